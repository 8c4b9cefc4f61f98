"""Any invoice against any ledger: every cent of every line and of every charge is told once, and the difference adds up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from batch.ledger.records import Environment, LedgerKey, Status
from batch.loader.invoice import Invoice, Kind, Line
from batch.loader.invoice.amounts import read_amounts
from batch.loader.invoice.dates import read_dates
from batch.reconciler.matching.match import match_invoices
from batch.reconciler.matching.model import Books, Charge, Outcome, Period, Standing

KEY = LedgerKey("multitel", Environment.LIVE, "acme")
FIRST = date(2026, 11, 1)
NUMBERS = [f"1202555000{n}" for n in range(4)]

few_amounts = st.sampled_from(
    [Decimal(one) for one in ("0", "0.50", "1", "1.20", "1.50", "3", "3.60", "4", "4.80", "0.335")]
)
amounts = few_amounts | st.decimals(0, 20, places=2)
days = st.integers(-60, 90).map(lambda day: FIRST + timedelta(days=day))


@st.composite
def charges(draw):
    number, day = draw(st.sampled_from(NUMBERS)), draw(st.none() | days)
    known = draw(st.booleans())
    setup, monthly = (draw(amounts), draw(amounts)) if known else (None, None)
    estimate = None if known else draw(st.none() | amounts)
    released = None if day is None else draw(st.none() | st.just(day + timedelta(days=9)))
    return Charge(number, "7f3a", draw(st.integers(2, 9)), day, setup, monthly, estimate, released)


@st.composite
def invoices(draw, file):
    lines = []
    for row in range(draw(st.integers(0, 7))):
        number = draw(st.sampled_from([*NUMBERS, ""]))
        amount = draw(amounts | amounts.map(lambda one: -one))
        lines.append(Line(file, row + 2, number, number, amount, draw(st.sampled_from(Kind)), draw(st.none() | days)))
    return Invoice(Path("i.csv"), "", "", {}, tuple(lines))


@st.composite
def matches(draw):
    period = draw(
        st.sampled_from([Period(None, None, ""), Period(FIRST, FIRST + timedelta(29), ""), Period(None, FIRST, "")])
    )
    inside, outside = {}, {}
    for one in draw(st.lists(charges(), max_size=6)):
        (inside if period.holds(one.day) else outside).setdefault(one.number, []).append(one)
    statuses = st.sampled_from([Status.REFUSED, Status.DOUBT, Status.OWNED, Status.NOT_SENT])
    standings = draw(st.dictionaries(st.sampled_from(NUMBERS), statuses.map(lambda one: Standing(one, "7f3a"))))
    books = Books(KEY, "USD", period, inside, outside, standings, 1)
    rate = draw(st.none() | st.just(Decimal("0.2")))
    return match_invoices([draw(invoices(0)), draw(invoices(1))], books, rate)


@given(matches())
def test_explained_and_unexplained_are_the_difference_to_the_cent_and_what_agrees_is_none(found):
    assert found.explained + found.unexplained == found.difference == found.billed - found.books.total
    sums = found.by_reason.values()
    assert sum(one.billed for one in sums) == found.billed
    assert sum(one.bought for one in sums) == found.books.total
    assert sum(found.of(outcome).difference for outcome in Outcome) == found.difference
    agreeing = [piece.difference for piece in found.pieces if piece.outcome is Outcome.AGREES]
    assert all(abs(difference) < Decimal("0.01") for difference in agreeing)
    assert found.agrees == all(piece.outcome in {Outcome.AGREES, Outcome.EXPECTED} for piece in found.pieces)


@given(matches())
def test_every_line_is_told_once_to_the_cent_and_so_is_every_charge(found):
    billed, bought = Counter(), Counter()
    for piece in found.pieces:
        if piece.line is not None:
            billed[piece.line] += piece.billed
        else:
            assert piece.billed == 0
        if piece.charge is not None:
            bought[piece.number] += piece.bought
        else:
            assert piece.bought == 0
    assert {id(piece.line) for piece in found.pieces if piece.line is not None} == {
        id(line) for invoice in found.invoices for line in invoice.lines
    }
    for line, amount in billed.items():
        assert amount == line.amount
    for number, many in found.books.charges.items():
        assert bought[number] == sum(one.amount or 0 for one in many)


@given(st.lists(st.text() | st.integers() | st.floats() | st.booleans() | st.dates(), max_size=5))
def test_any_cell_is_an_amount_or_refused_and_a_date_or_none(cells):
    for one in read_amounts(cells):
        assert one.value is None or one.value.is_finite()
    assert len(read_dates(cells)) == len(cells)


@given(
    st.decimals(-(10**6), 10**6, places=2), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")])
)
def test_an_amount_of_two_decimals_is_read_as_it_was_written(amount, signs):
    group, point = signs
    written = f"{amount:,.2f}".replace(",", "\0").replace(".", point).replace("\0", group)
    assert read_amounts([written])[0].value == amount
