"""What a plan says of a run before anything is sent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from batch.ledger.prospects import Prospect
from batch.ledger.records import Preview
from batch.number import Number
from batch.order import OrderFile, Orders, Row, RowKind, Source
from batch.plan import Limits, Pace, make_plan
from batch.problem import Level, Problem

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
PACE = Pace(Decimal(5), prices=True, ask_owned=True)


def _orders(*prices, problems=()):
    rows = [
        Row(n, RowKind.ORDER, Source(0, "Orders", n + 2), Number(f"1202555{n:04}"), {}, (), price=price)
        for n, price in enumerate(prices)
    ]
    return Orders((OrderFile(Path("o.xlsx"), "0" * 64, "Orders", len(rows)),), (), rows, tuple(problems))


def _preview(to_buy, **counts):
    zeros = dict.fromkeys(("purchased", "already_owned", "in_doubt", "refused", "deferred", "duplicates", "invalid"), 0)
    return Preview(run=None, to_buy=to_buy, **{**zeros, **counts})


def _prospect(preview, **told):
    """The first rows are those to buy."""
    return Prospect(preview, list(range(preview.to_buy + preview.deferred)), **told)


def _plan(orders, preview, pace=PACE, **limits):
    return make_plan(orders, _prospect(preview), pace=pace, limits=Limits(**limits), now=NOW)


def test_the_duration_counts_every_request_that_the_rate_allows():
    plan = _plan(_orders(*[Decimal(8)] * 100), _preview(80, already_owned=15, in_doubt=5))
    assert plan.duration == timedelta(seconds=(80 * 2 + 15 + 5) / 5)
    assert plan.ends == NOW + plan.duration
    bare = _plan(_orders(*[Decimal(8)] * 100), _preview(100), pace=Pace(Decimal(5), prices=False, ask_owned=False))
    assert bare.duration == timedelta(seconds=20)


def test_deferred_numbers_are_tried_again_and_so_counted():
    plan = _plan(_orders(Decimal(8), Decimal(8)), _preview(1, deferred=1))
    assert plan.to_buy == plan.open_numbers == 2


def test_the_cost_is_that_of_the_rows_that_would_be_sent():
    orders = _orders(Decimal("1.5"), Decimal(10), Decimal(3))
    assert _plan(orders, _preview(3)).cost == Decimal("14.5")
    assert _plan(orders, _preview(3), limit=2).cost == Decimal("11.5")
    assert _plan(orders, _preview(0, purchased=3)).cost == 0


def test_a_number_without_a_price_makes_the_cost_unknown_unless_a_price_is_assumed():
    orders = _orders(Decimal(2), None)
    assert _plan(orders, _preview(2)).cost is None
    assert _plan(orders, _preview(2), price=Decimal(5)).cost == 7


def test_go_where_nothing_stands_in_the_way():
    assert _plan(_orders(Decimal(2)), _preview(1), max_spend=Decimal(2), max_numbers=1).go


def test_each_thing_that_would_stop_the_run_is_a_reason_of_its_own():
    wrong = Problem("number-lossy", Level.ERROR, "o.xlsx", "Orders", 2, "Number", "A2", "1E9", "lost", "mend")
    orders = _orders(Decimal(10), Decimal(10), problems=[wrong])
    plan = _plan(orders, _preview(2), max_spend=Decimal(15), max_numbers=1, until=NOW)
    assert not plan.go
    assert len(plan.reasons) == 3
    unaffordable = _plan(_orders(Decimal(10), Decimal(10)), _preview(2), max_spend=Decimal(15))
    assert "20" in unaffordable.reasons[0]
    unpriced = _plan(_orders(None), _preview(1), max_spend=Decimal(15))
    assert "no price" in unpriced.reasons[0]
