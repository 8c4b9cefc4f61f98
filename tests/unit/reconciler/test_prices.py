"""What was really paid: read back, kept, held against the quote; never worth an outage."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from support.desk import PURCHASED, at_desk, orders
from support.world import COST, code, lost, number

from batch.ledger.attempts import OpenRow
from batch.plan.quote import Quote
from batch.pool.brakes import Brakes
from batch.pool.notices import Alarm, Stepped
from batch.pool.options import PoolOptions
from batch.provider.protocol import Blocked, NotOwned, Owned, Unclear
from batch.reconciler.prices import Quotes

N = [number(n) for n in range(100)]
ONE, TWO = Decimal(1), Decimal(2)


def _row(price):
    return OpenRow(0, N[0], {}, price)


@pytest.mark.parametrize(
    ("row", "assumed", "setup", "monthly", "halts"),
    [
        (_row(COST), None, ONE, TWO, False),
        (_row(COST), None, TWO, TWO, True),
        (_row(None), COST, TWO, TWO, True),
        (_row(Decimal(4)), COST, TWO, TWO, False),
        (_row(None), None, TWO, TWO, False),
        (_row(ONE), None, None, TWO, False),
        (_row(ONE), None, TWO, None, False),
        (None, ONE, TWO, TWO, False),
    ],
)
def test_more_than_was_quoted_halts_and_is_said_once(row, assumed, setup, monthly, halts):
    told = []
    options = PoolOptions(price=assumed)
    brakes = Brakes(options, told.append)
    quotes = Quotes(options, brakes, told.append)
    for _ in range(2):
        quotes.compare(row, setup, monthly)
    assert bool(brakes.halt_reason) is halts
    assert sum(isinstance(one, Alarm) for one in told) == halts


LISTED = {N[0]: Quote(ONE, TWO), N[2]: Quote(ONE, TWO, presumed=True)}


@pytest.mark.parametrize(
    ("row", "planned", "monthly", "said"),
    [
        (_row(None), False, TWO, ""),
        (_row(None), False, Decimal(3), "cost 4.00, more than the 3.00 that was expected"),
        (_row(None), False, ONE, ""),
        (_row(Decimal(9)), False, Decimal(3), ""),
        (_row(None), True, TWO, ""),
        (_row(None), True, Decimal(3), "cost 4.00, and the plan has it at 3.00"),
        (_row(None), True, ONE, "cost 2.00, and the plan has it at 3.00"),
        (_row(Decimal(9)), True, ONE, "cost 2.00, and the plan has it at 3.00"),
        (_row(Decimal("2.5")), True, TWO, "cost 3.00, more than the 2.50 that was expected"),
        (OpenRow(0, N[1], {}, None), True, ONE, ""),
        (OpenRow(0, N[2], {}, None), True, ONE, ""),
        (OpenRow(0, N[2], {}, None), True, Decimal(3), "cost 4.00, more than the 3.00 that was expected"),
    ],
)
def test_a_price_is_held_against_the_quote_and_a_plans_quote_must_be_met_exactly(row, planned, monthly, said):
    options = PoolOptions()
    brakes = Brakes(options, lambda _: None)
    Quotes(options, brakes, lambda _: None, LISTED, planned=planned).compare(row, ONE, monthly)
    assert brakes.halt_reason == (f"{row.number} {said}" if said else "")


def test_when_nobody_answers_the_rest_is_left_for_another_run():
    async def scenario(desk):
        desk.provider.answers = lambda *_: Unclear("failed")
        outcome = await desk.buy(orders("a", N), prices=True)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0, 100)
        assert len(desk.provider.questions) < 40
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N), prices=True)).exit_code == 0
        assert {row.setup for row in desk.rows("a")} == {ONE}
        assert len(desk.provider.sends) == 100

    at_desk(scenario)


def test_an_account_that_does_not_tell_prices_is_not_asked_for_ever():
    async def scenario(desk):
        desk.provider.answers = lambda asked, _: Owned(asked, ONE, None, None, "", {})
        outcome = await desk.buy(orders("a", N), prices=True)
        assert (outcome.exit_code, len(desk.provider.questions) < 40) == (0, True)

    at_desk(scenario)


def test_an_account_that_is_refused_halts():
    async def scenario(desk):
        desk.provider.answers = lambda *_: Blocked(-110)
        outcome = await desk.buy(orders("a", N[:10]), prices=True)
        assert (outcome.exit_code, outcome.halt_reason) == (5, "the account was refused (-110)")
        assert outcome.counts[PURCHASED] == 10

    at_desk(scenario)


def test_where_the_account_was_refused_before_no_price_is_asked_for():
    async def scenario(desk):
        desk.provider.script = {N[1]: [lost(takes=1.0)]}
        desk.provider.answers = lambda *_: Blocked(100)
        outcome = await desk.buy(orders("a", N[:10]), prices=True)
        assert (outcome.exit_code, len(desk.provider.questions)) == (6, 2)

    at_desk(scenario)


def test_where_nothing_was_bought_there_is_no_price_to_read():
    async def scenario(desk):
        desk.provider.fault = lambda _: code(-275)
        assert (await desk.buy(orders("a", N[:3]), prices=True)).exit_code == 4
        assert not desk.provider.questions

    at_desk(scenario)


def test_a_number_that_never_shows_keeps_its_price_open():
    async def scenario(desk):
        desk.provider.answers = lambda asked, true: NotOwned("-440") if asked == N[3] else true
        outcome = await desk.buy(orders("a", N[:10]), prices=True)
        assert outcome.exit_code == 0
        assert [row.position for row in desk.rows("a") if row.setup is None] == [3]
        assert len(desk.provider.asked(N[3])) == 2
        assert len(desk.told(Stepped)) == 9

    at_desk(scenario)


@pytest.mark.parametrize("at", [3.0, 8.0])
def test_a_signal_ends_the_reading(at):
    async def scenario(desk):
        asyncio.get_running_loop().call_later(at, lambda: desk.stop.request(15))
        outcome = await desk.buy(orders("a", N[:20]), prices=True, rate=Decimal(10))
        assert outcome.exit_code == 143
        assert desk.clock.elapsed() < at + 1
        assert outcome.counts[PURCHASED] == 20

    at_desk(scenario, lag=30.0)


def test_where_the_balance_is_not_told_nothing_else_changes():
    async def scenario(desk):
        desk.provider.balance_known = False
        assert (await desk.buy(orders("a", N[:3]), prices=True)).exit_code == 0

    at_desk(scenario)
