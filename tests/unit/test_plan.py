"""What a plan says of a run before anything is sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.cli.plan_view import begin_lines, verdict_lines
from batch.fields import Field, FieldTable, Group
from batch.ledger.prospects import Prospect
from batch.ledger.records import Preview
from batch.number import Number
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source, StandIn
from batch.plan import Known, Limits, Pace, make_plan
from batch.plan.catalogue import Catalogue, Listing
from batch.problem import Level, Problem
from batch.provider.lookups import Offer

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


def _channels(orders, *counts):
    rows = [replace(row, fields={"Channels": count}) for row, count in zip(orders.rows, counts, strict=True)]
    return replace(orders, rows=rows)


def test_each_channel_may_be_charged_for_where_the_price_is_listed_and_is_not_surely():
    orders = _channels(_orders(None, None, Decimal(5)), "10", "", "10")
    known = _listed(_number(0), _number(1), _number(2))
    plan = _known(orders, known)
    assert (plan.cost, plan.worst, plan.priced) == (Decimal("43.5"), Decimal("43.5"), Decimal(12))
    assert {(one.first_charge, one.count) for one in plan.by_price} == {(Decimal("3.5"), 2), (Decimal(5), 1)}
    assert "up to 43.50, more than" in _known(orders, known, max_spend=Decimal(43)).reasons[0]
    assert _known(orders, known, max_spend=Decimal("43.5")).go
    assert _known(orders, replace(known, balance=Decimal(12))).go
    assert "less than the cost: 12.00" in _known(orders, replace(known, balance=Decimal(11))).reasons[0]
    assumed = _known(_channels(_orders(None), "10"), Known(), price=Decimal(3))
    assert (assumed.cost, assumed.priced) == (3, 3)


def _with_spare(orders, *numbers, **fields):
    spare = tuple(StandIn(fields, (), Number(one)) for one in numbers)
    return replace(orders, rows=[replace(row, stand_ins=spare) for row in orders.rows])


def test_a_row_costs_at_most_what_the_dearest_of_its_alternatives_does():
    offers = [
        Offer(Number(one), Decimal(0), Decimal(each))
        for one, each in ((_number(0), 2), (_number(8), 9), (_number(9), 4))
    ]
    known = Known(Catalogue([Listing("1202555", NOW, offers)]))
    plan = _known(_with_spare(_orders(None), _number(9), _number(8)), known)
    assert (plan.priced, plan.cost, plan.unpriced_alternatives) == (2, 9, 0)
    assert _known(_with_spare(_orders(None), _number(9), Channels="3"), known).cost == 12
    assert _known(_with_spare(_orders(Decimal(3)), _number(8)), known).cost == 3
    assert (
        _known(
            _with_spare(_orders(None), _number(8)),
            Known(Catalogue([Listing("12025550008", NOW, offers[1:2])])),
            price=Decimal(1),
        ).cost
        == 9
    )


def test_an_alternative_of_unknown_price_is_worth_a_remark_under_a_spending_limit():
    orders = _with_spare(_orders(None), Number("33123450000"))  # of a country that nothing was listed of
    known = _listed(_number(0))
    bound = _known(orders, known, max_spend=Decimal(9))
    assert bound.go
    assert "nothing tells the price of 1 alternative: under a spending limit they are not taken" in bound.remarks
    assert not _known(orders, known).remarks
    assert _known(orders, known, max_spend=Decimal(9), price=Decimal(1)).unpriced_alternatives == 0
    assert _known(_with_spare(_orders(Decimal(2)), _number(9)), known).unpriced_alternatives == 0


# With what was looked up --------------------------------------------------------------------------------------------------


def _listed(*numbers, setup="0.5", monthly="3", at=NOW, **told):
    offers = [Offer(Number(one), Decimal(setup), Decimal(monthly), **told) for one in numbers]
    return Known(Catalogue([Listing("1202555", at, offers)]), told.pop("balance", None))


def _number(n):
    return f"1202555{n:04}"


def _known(orders, known, **limits):
    prospect = _prospect(_preview(len(orders.rows)))
    return make_plan(orders, prospect, pace=PACE, limits=Limits(**limits), now=NOW, known=known)


def test_the_order_prices_a_number_before_the_catalogue_and_the_catalogue_before_what_is_assumed():
    orders = _orders(Decimal(5), None, None)
    known = Known(Catalogue([Listing("12025550001", NOW, _listed(_number(1)).catalogue.listings["1202555"].offers)]))
    plan = _known(orders, known, price=Decimal(9))
    assert {(one.first_charge, one.priced_by.value) for one in plan.by_price} == {
        (Decimal(5), "order"), (Decimal("3.5"), "catalogue"), (Decimal(9), "assumed"),
    }  # fmt: skip
    assert plan.cost == Decimal("17.5")
    assert plan.monthly is None
    assert any("assumed" in one for one in plan.remarks)


def test_numbers_that_are_not_in_stock_are_a_reason_with_the_first_few():
    plan = _known(_orders(*[None] * 6), _listed(_number(0)))
    assert len(plan.not_in_stock) == 5
    [reason] = plan.reasons
    assert "5 numbers not in stock" in reason
    assert _number(1) in reason
    assert "2 more" in reason


def test_a_balance_that_is_surely_too_small_is_a_reason_and_an_unknown_one_is_none():
    orders = _orders(Decimal(5), Decimal(5), None)
    assert "balance" in _known(orders, Known(balance=Decimal("9.99"))).reasons[0]
    assert _known(orders, Known(balance=Decimal(10))).go
    unknown = _known(orders, Known(unknown=("the balance is not known: HTTP 500",)))
    assert unknown.go
    assert unknown.balance is None
    assert "the balance is not known: HTTP 500" in unknown.remarks


def test_a_number_for_texts_only_with_a_place_for_calls_is_a_reason():
    table = FieldTable((Field("URI", "", Group.ROUTING, rings=True),))
    orders = _orders(None, None)
    orders = replace(orders, rows=[replace(orders.rows[0], fields={"URI": "a@b"}), orders.rows[1]])
    known = _listed(_number(0), _number(1), voice=False)
    plan = make_plan(orders, _prospect(_preview(2)), pace=PACE, limits=Limits(), now=NOW, known=known, fields=table)
    [reason] = plan.reasons
    assert _number(0) in reason
    assert _number(1) not in reason


def test_until_says_how_many_fit():
    until = NOW + timedelta(seconds=10)
    plan = _plan(_orders(*[Decimal(1)] * 100), _preview(100), until=until)
    assert plan.fits == 50
    assert "50 of 100" in plan.reasons[0]
    assert _plan(_orders(*[Decimal(1)] * 50), _preview(50), until=until).go


def test_a_run_says_where_its_bounds_stop_it_and_what_to_mind_and_no_verdict_on_what_it_does_all_the_same():
    until = NOW + timedelta(seconds=10)
    orders, prospect = _orders(*[Decimal(2)] * 100), _prospect(_preview(100))
    limits = Limits(until=until, max_spend=Decimal(150))
    plan = make_plan(orders, prospect, pace=PACE, limits=limits, now=NOW, known=Known(balance=Decimal(3)))
    assert len(plan.reasons) == 3
    assert begin_lines(plan, until=until, zone=UTC) == [
        "  50 of 100 will be sent by 22:00, then it stops",
        "  it stops at that bound: it may cost up to 200.00, more than --max-spend 150.00",
        "Mind:",
        "  the balance of 3.00 is less than the cost: 200.00. Top up 197.00, or set --max-spend",
    ]
    assert begin_lines(_plan(orders, _preview(100)), until=None, zone=UTC) == []
    assert "NO-GO" in verdict_lines(plan)


def test_bounds_count_what_earlier_invocations_spent():
    orders = _orders(Decimal(5), Decimal(5))
    spent = _prospect(_preview(2), spent=Decimal(91), bought=9)

    def plan(**limits):
        return make_plan(orders, spent, pace=PACE, limits=Limits(**limits), now=NOW)

    assert plan(max_spend=Decimal(101), max_numbers=11).go
    assert "91" in plan(max_spend=Decimal(100)).reasons[0]
    assert plan(max_numbers=10).to_buy == 1
    assert "9 of before" in plan(max_numbers=10).reasons[0]


def test_old_prices_refusals_and_other_routing_are_worth_a_remark():
    known = _listed(_number(0), at=NOW - timedelta(minutes=30))
    prospect = _prospect(_preview(1), refused_before=1, differing=2)
    plan = make_plan(_orders(Decimal(1)), prospect, pace=PACE, limits=Limits(), now=NOW, known=known)
    assert plan.go
    words = " ".join(plan.remarks)
    for expected in ("30 minutes", "refused before", "2 numbers owned already", "more than the order's Price"):
        assert expected in words


def test_what_the_account_no_longer_holds_is_named_and_so_is_what_buys_it_again():
    orders = _orders(Decimal(1), Decimal(1))

    def words(**told):
        preview = _preview(1, already_owned=1)
        plan = make_plan(orders, _prospect(preview, gone=[1], **told), pace=PACE, limits=Limits(), now=NOW)
        assert plan.no_longer_held == 1
        return "; ".join(plan.remarks)

    assert (
        "1 number counted as owned that the account no longer holds: 12025550001; not bought again without" in words()
    )
    assert "bought again that the account no longer holds (--rebuy): 12025550001" in words(rebuy=True)
    assert "asked about" not in words(rebuy=True)
    assert "7 owned numbers asked about first" in words(rebuy=True, unasked=7)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.booleans(), st.sampled_from(["US", "FR", ""])), max_size=30),
    st.one_of(st.none(), st.integers(0, 40)),
    st.sampled_from([None, Decimal(4)]),
)
def test_the_sums_agree(rows, limit, price):
    orders = _orders(*[None if one is None else Decimal(one) for one, _, _ in rows])
    orders = replace(
        orders,
        columns=(Column("Team"),),
        rows=[
            replace(row, country=country, cells=(country,))
            for row, (_, _, country) in zip(orders.rows, rows, strict=True)
        ],
    )
    known = _listed(*[_number(n) for n, (_, listed, _) in enumerate(rows) if listed])
    prospect = _prospect(_preview(len(rows)))
    plan = make_plan(
        orders, prospect, pace=PACE, limits=Limits(limit=limit, price=price), now=NOW, known=known, group_by="team"
    )
    assert sum(one.numbers for one in plan.by_country) == plan.to_buy
    assert sum(one.numbers for one in plan.by_group) == plan.to_buy
    assert sum(one.count for one in plan.by_price) == plan.to_buy
    assert sum(one.count for one in plan.by_price if one.first_charge is None) == plan.unpriced
    known_part = sum(
        (one.first_charge * one.count for one in plan.by_price if one.first_charge is not None), Decimal(0)
    )
    assert plan.priced == known_part
    assert (plan.cost is None) == bool(plan.unpriced)
    if plan.cost is not None:
        assert plan.cost == sum((one.first_charge for one in plan.by_country), Decimal(0)) == plan.priced


def test_what_may_be_overlooked_in_the_sheet_is_said_in_the_plan():
    def warning(code, words, column=""):
        return Problem(code, Level.WARNING, "dir/o.xlsx", "Orders", 0, column, "", "", words, "")

    said = (
        warning("rows-hidden", "3 rows with orders are hidden by a filter (row 2): bought like the others"),
        warning("rows-of-others", "57 rows are of another account than 'london', and not bought here: 57 of 'paris'"),
        warning("column-hidden", "The column is hidden, and a field like the others.", "URI"),
        warning("number-invalid", "its range is not known as given out"),
    )
    orders = _orders(Decimal(1), problems=said)
    plan = _plan(orders, _preview(1))
    assert plan.go
    assert plan.remarks == (
        "3 rows with orders are hidden by a filter (row 2): bought like the others",
        "57 rows are of another account than 'london', and not bought here: 57 of 'paris'",
        "column URI: the column is hidden, and a field like the others.",
    )
    two = replace(orders, files=(*orders.files, *orders.files))
    assert _plan(two, _preview(1)).remarks[0].startswith("o.xlsx: 3 rows")
