from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batch.provider.simulator import Account, Price, World
from batch.provider.simulator.catalogue import AREAS, in_plan, numbers_under, price_of


class StillClock:
    """Stands still until told to go on."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.time)

    def elapsed(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def world(clock: StillClock | None = None, balance: str = "100", **options: Any) -> World:
    accounts = [Account("ann", "a", Decimal(balance)), Account("bob", "b", Decimal(100))]
    return World(accounts, clock or StillClock(), **options)


def test_a_purchase_returns_the_number_and_takes_setup_and_first_month():
    w = world(stock={"442079460001": Price(Decimal("2.000"), Decimal("3.00"))})
    assert w.buy("ann", "442079460001", {"Password": "a", "Description": "x"}) == 442079460001
    record = w.record()
    assert record.balance == Decimal("95.000")
    assert [(c.number, c.setup, c.monthly, c.by_hand) for c in record.charges] == [
        ("442079460001", Decimal("2.000"), Decimal("3.00"), False)
    ]
    assert dict(record.holdings[0].order) == {"Description": "x"}, "no password is kept"


def test_a_number_that_is_held_by_anyone_is_sold_and_charges_nothing():
    w = world()
    w.buy("ann", "442079460001")
    w.sell_elsewhere("442079460002")
    assert [w.buy("ann", "442079460001"), w.buy("bob", "442079460001"), w.buy("ann", "442079460002")] == [-165] * 3
    assert len(w.charges) == 1


def test_a_released_number_is_reserved_for_a_while_and_then_for_sale_again():
    clock = StillClock()
    w = world(clock, reserved_for=60)
    w.buy("ann", "442079460001")
    assert not w.release("bob", "442079460001"), "another's number"
    assert w.release("ann", "442079460001")
    assert w.buy("bob", "442079460001") == -220
    clock.time += 60
    assert w.buy("bob", "442079460001") == 442079460001
    assert [c.account for c in w.charges] == ["ann", "bob"], "a release keeps its charge"


def test_a_number_outside_the_inventory_is_refused():
    w = world()
    w.withdraw("442079460001")
    assert [w.buy("ann", n) for n in ("442079460001", "123456", "1234567890123456", "0442079460", "", "x")] == [
        -275
    ] * 6
    assert world(stock={}).buy("ann", "442079460001") == -275


def test_without_the_balance_nothing_is_sold():
    w = world(balance="1.49", stock={"442079460001": Price(Decimal("0.500"), Decimal("1.00"))})
    assert w.buy("ann", "442079460001") == 99
    assert not w.charges


def test_the_account_query_lags_behind_purchases_and_releases():
    clock = StillClock()
    w = world(clock, lag=10)
    w.buy("ann", "442079460001")
    assert w.shown("ann", "442079460001") is None
    clock.time += 10
    assert w.shown("ann", "442079460001") is not None
    assert w.shown("bob", "442079460001") is None
    w.release("ann", "442079460001")
    assert w.shown("ann", "442079460001") is not None
    clock.time += 10
    assert w.shown("ann", "442079460001") is None


def test_purchases_and_releases_by_hand_go_past_the_api_and_are_marked():
    w = world()
    assert w.buy_by_hand("442079460001") == 442079460001
    assert w.buy_by_hand("442079460001", "bob") == -165
    assert w.charges[0].by_hand
    assert w.charges[0].account == "ann"
    assert w.release_by_hand("442079460001")
    assert not w.release_by_hand("442079460001", "bob")


def test_a_number_held_before_the_record_began_has_no_charge():
    w = world()
    w.hold("442079460001", datetime(2020, 1, 1, tzinfo=UTC))
    assert w.buy("ann", "442079460001") == -165
    assert not w.record().charges
    assert w.record().holdings[0].created.year == 2020


def test_a_password_must_be_the_accounts_own():
    w = world()
    assert w.knows("ann", "a")
    assert not w.knows("ann", "b")
    assert not w.knows("eve", "a")
    assert "'a'" not in repr(w.accounts["ann"])


def test_the_stock_lists_only_what_is_for_sale():
    w = world()
    w.buy("ann", "442079460000")
    w.sell_elsewhere("442079460001")
    w.withdraw("442079460002")
    w.reserve("442079460003", math.inf)
    w.unlisted = frozenset({"442079460004"})
    assert w.in_stock("4420", 2) == ["442079460005", "442079460006"]
    explicit = world(stock={"15": Price(Decimal(1), Decimal(1)), "26": Price(Decimal(1), Decimal(1))})
    assert explicit.in_stock("2", 10) == ["26"]


def test_prices_depend_on_the_prefix_alone():
    assert price_of("120355501") == price_of("1203999")
    assert len({price_of(f"{prefix}00000") for prefix in range(1200, 1260)}) > 10
    assert world().price("442079460001") == price_of("442079460001")


@pytest.mark.parametrize(
    ("prefix", "first", "length"),
    [
        ("1", "12015550100", 11),
        ("1203", "12035550100", 11),
        ("12035550199", "12035550199", 11),
        ("1203444", "12034440000", 11),
        ("4420", "442079460000", 12),
        ("442071", "442071000000", 12),
        ("34", "34000000000", 11),
        ("341234567890123", "341234567890123", 15),
    ],
)
def test_numbers_under_a_prefix_begin_with_it_and_fit_their_plan(prefix: str, first: str, length: int):
    found = next(iter(numbers_under(prefix)))
    assert (found, len(found)) == (first, length)
    assert in_plan(found)


@pytest.mark.parametrize("prefix", ["", "0", "abc", "1" * 16, "120355501001"])
def test_a_prefix_of_no_plan_has_few_numbers_or_none(prefix: str):
    assert all(number.startswith(prefix) for number in numbers_under(prefix))
    if prefix != "120355501001":
        assert not list(numbers_under(prefix))


def test_every_area_lists_numbers_of_its_own():
    for area in AREAS:
        assert next(numbers_under(area.code)).startswith(area.code)


@pytest.mark.parametrize(
    ("prefix", "count"),
    [
        ("1202555", 10_000),
        ("12025550", 1000),
        ("12025550100", 1),
        ("44791112", 11_000),
        ("49302312", 11_000),
        ("3499888", 10_000),
    ],
)
def test_every_number_is_listed_where_four_digits_or_fewer_are_open(prefix: str, count: int):
    found = world().in_stock(prefix, 5)
    assert len(found) == len(set(found)) == count
    assert all(number.startswith(prefix) and in_plan(number) for number in found)


def test_of_the_numbers_under_a_long_prefix_only_what_is_sold_or_reserved_is_left_out():
    w = world(reserved_for=60)
    w.unlisted = frozenset({"12025550107"})
    w.ghosts = frozenset({"12025550105"})
    w.buy("ann", "12025550101")
    w.sell_elsewhere("12025550102")
    w.withdraw("12025550103")
    w.withdraw("12025550105")
    w.buy("ann", "12025550104")
    w.release("ann", "12025550104")
    left_out = {"12025550101", "12025550102", "12025550103", "12025550104"}
    assert {f"1202555010{last}" for last in range(10)} - set(w.in_stock("1202555010", 1)) == left_out
    assert w.check("ann", "12025550105") == -275


def test_an_explicit_stock_lists_all_that_it_has_under_a_long_prefix():
    price = Price(Decimal(1), Decimal(1))
    w = world(stock={f"1202555010{last}": price for last in range(8)})
    assert len(w.in_stock("1202555", 3)) == 8
    assert len(w.in_stock("1202", 3)) == 3


def test_a_new_price_holds_from_now_on_for_all_under_its_prefix_and_the_latest_counts():
    w = world(stock={"12025550101": Price(Decimal(9), Decimal(9))}, quotes={"12025550102": Decimal(1)})
    w.reprice("1202", Price(Decimal(2), Decimal(3)))
    assert w.price("12025550101").first_charge == w.price("12025550102").first_charge == 5
    w.reprice("12025550101", Price(Decimal(1), Decimal(0)))
    assert (w.price("12025550101").first_charge, w.price("12025550102").first_charge) == (1, 5)
    w.reprice("1202", Price(Decimal(7), Decimal(0)))
    assert w.price("12025550101").first_charge == 7
    w.buy("ann", "12025550101")
    assert w.first.balance == 93


def test_what_others_spend_leaves_the_balance_and_no_charge():
    w = world()
    w.spend(Decimal("30.50"))
    w.spend(Decimal(-1))
    assert w.record().balance == Decimal("70.50")
    assert not w.record().charges
