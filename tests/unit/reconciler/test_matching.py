"""Invoices against the ledger's charges: what each line is, and that every cent of the difference stands under one reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from batch.ledger.records import Environment, LedgerKey, Status
from batch.loader.invoice import Invoice, Kind, Line, TotalRow
from batch.provider.multitel.codes import CODES
from batch.reconciler.matching.books import read_books, span_of
from batch.reconciler.matching.match import match_invoices
from batch.reconciler.matching.model import Books, Charge, Match, Outcome, Period, Standing
from batch.reconciler.matching.rates import constant_rate, prorated, same

KEY = LedgerKey("multitel", Environment.LIVE, "acme")
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), "--month 2026-11")
DAY = date(2026, 11, 16)
A, B, C = "12025550001", "12025550002", "12025550003"


def money(amount) -> Decimal:
    return Decimal(str(amount))


def charge(number=A, setup=1, monthly=3, day=DAY, **changes) -> Charge:
    fees = {"setup": None if setup is None else money(setup), "monthly": None if monthly is None else money(monthly)}
    return Charge(**{"number": number, "run": "7f3a", "row": 2, "day": day, **fees, **changes})


def line(amount, number=A, row=2, **changes) -> Line:
    return Line(**{"file": 0, "row": row, "number": number, "written": number, "amount": money(amount), **changes})


def invoice(*lines, **changes) -> Invoice:
    return Invoice(
        **{"path": Path("i.csv"), "sheet": "", "sha256": "", "columns": {}, "lines": tuple(lines), **changes}
    )


def books(*charges, others=(), standings=None, period=NOVEMBER) -> Books:
    def by_number(many):
        found = {}
        for one in many:
            found.setdefault(one.number, []).append(one)
        return found

    return Books(KEY, "USD", period, by_number(charges), by_number(others), standings or {}, 1)


def matched(lines, ledger, rate=None) -> Match:
    found = match_invoices([invoice(*lines)], ledger, rate)
    assert_adds_up(found)
    return found


def assert_adds_up(found: Match) -> None:
    assert sum(piece.billed for piece in found.pieces) == found.billed
    assert sum(piece.bought for piece in found.pieces) == found.books.total
    assert found.explained + found.unexplained == found.difference == found.billed - found.books.total


def told(found: Match) -> list[tuple[str, Decimal]]:
    return [(piece.reason.name, piece.difference) for piece in found.pieces]


# What agrees -----------------------------------------------------------------------------------------------------------


def test_set_up_and_month_on_lines_of_their_own_agree_in_any_order_and_without_words():
    for first, second in ((1, 3), (3, 1)):
        found = matched([line(first), line(second, row=3)], books(charge()))
        assert told(found) == [("AGREES", 0), ("AGREES", 0)]
        assert found.agrees


def test_set_up_and_month_in_one_line_agree_and_are_told_so():
    found = matched([line(4)], books(charge()))
    assert told(found) == [("ONE_LINE", 0)]
    assert (found.agrees, found.pieces[0].outcome) == (True, Outcome.AGREES)


def test_an_estimate_agrees_with_one_line_or_with_lines_that_come_to_it_together():
    ledger = books(charge(setup=None, monthly=None, estimate=money(4)))
    assert told(matched([line(4)], ledger)) == [("AGREES", 0)]
    two = [line(1, kind=Kind.SETUP), line(3, row=3, kind=Kind.MONTHLY)]
    assert told(matched(two, ledger)) == [("AGREES", 0), ("AGREES", 0)]


def test_a_price_with_more_decimals_agrees_to_the_cent_and_what_rounding_leaves_is_in_the_sums():
    found = matched([line("0.34")], books(charge(setup=0, monthly="0.335")))
    assert told(found) == [("AGREES", money("0.005"))]
    assert found.agrees
    assert found.pieces[0].note == "to the cent: 0.335 here"


def test_a_number_that_was_bought_twice_agrees_with_both_by_the_dates_of_the_lines():
    early, late = charge(day=date(2026, 11, 2), monthly=3), charge(day=date(2026, 11, 20), monthly=4, row=9)
    lines = [line(5, day=date(2026, 11, 20)), line(4, row=3, day=date(2026, 11, 2))]
    found = matched(lines, books(early, late))
    assert told(found) == [("ONE_LINE", 0), ("ONE_LINE", 0)]
    assert [piece.charge for piece in found.pieces] == [late, early]


def test_a_free_number_that_is_not_billed_or_billed_at_nothing_is_no_difference():
    assert matched([line(4, C)], books(charge(setup=0, monthly=0), charge(C))).agrees
    assert matched([line(0)], books(charge(setup=0, monthly=0))).agrees
    assert matched([line(0), line(3, row=3)], books(charge(setup=0, monthly=3))).agrees


# What is expected ------------------------------------------------------------------------------------------------------


def test_the_monthly_fee_of_a_number_bought_earlier_is_expected():
    found = matched([line(3)], books(others=[charge(day=date(2026, 9, 3))]))
    assert told(found) == [("RECURRING", 3)]
    assert (found.agrees, found.pieces[0].outcome, found.explained) == (True, Outcome.EXPECTED, 3)
    assert found.pieces[0].note == "bought on 2026-09-03, run 7f3a"


def test_another_monthly_fee_than_the_known_one_is_told_apart_from_the_fee():
    found = matched([line("3.50")], books(others=[charge(day=date(2026, 9, 3))]))
    assert told(found) == [("RECURRING", 3), ("PRICE", money("0.5"))]
    assert found.pieces[1].note == "3.00 a month is known, 3.50 is billed"
    assert (found.agrees, found.unexplained) == (False, money("0.5"))


def test_a_later_month_in_the_same_invoice_is_expected_by_its_date_or_by_the_period():
    lines = [line(1), line(3, row=3, day=DAY), line(3, row=4, day=date(2026, 12, 1))]
    assert told(matched(lines, books(charge())))[2] == ("RECURRING", 3)
    undated = [line(1), line(3, row=3), line(3, row=4), line(3, row=5)]
    until = Period(date(2026, 11, 1), date(2026, 12, 31), "")
    assert [name for name, _ in told(matched(undated, books(charge(), period=until)))] == [
        *("AGREES", "AGREES", "RECURRING", "TWICE")
    ]


def test_the_same_month_of_a_number_bought_earlier_is_billed_twice_and_another_month_is_not():
    earlier = charge(day=date(2026, 9, 3))
    twice = matched([line(3), line(3, row=3)], books(others=[earlier]))
    assert told(twice) == [("RECURRING", 3), ("TWICE", 3)]
    assert (twice.agrees, twice.pieces[1].note) == (False, "as in row 2")
    dated = [
        line(3, day=date(2026, 11, 1)),
        line(3, row=3, day=date(2026, 11, 30)),
        line(3, row=4, day=date(2026, 12, 1)),
    ]
    assert [name for name, _ in told(matched(dated, books(others=[earlier])))] == ["RECURRING", "TWICE", "RECURRING"]
    two_months = Period(date(2026, 11, 1), date(2026, 12, 31), "")
    assert matched([line(3), line(3, row=3)], books(others=[earlier], period=two_months)).agrees
    for half_open in (Period(date(2026, 11, 1), None, ""), Period(None, date(2026, 8, 31), "")):
        found = matched([line(3), line(3, row=3)], books(others=[earlier], period=half_open))
        assert not found.agrees


def test_another_charge_beside_the_monthly_fee_is_not_explained_and_nothing_is_no_charge():
    earlier = books(others=[charge(day=date(2026, 9, 3))])
    found = matched([line(3), line(7, row=3), line(0, row=4)], earlier)
    assert told(found) == [("RECURRING", 3), ("EXTRA", 7), ("AGREES", 0)]
    assert told(matched([line(3), line(4, row=3)], earlier)) == [("RECURRING", 3), ("OTHER_PERIOD", 4)]
    assert told(matched([line(1, kind=Kind.SETUP)], earlier)) == [("OTHER_PERIOD", 1)]


def test_a_tax_line_of_a_number_is_expected_at_the_rate_given_and_no_other():
    for amount, reason in (("0.80", "TOLD_TAX"), ("0.90", "TAX")):
        lines = [line(4), line(amount, row=3, kind=Kind.TAX)]
        assert told(matched(lines, books(charge()), money("0.2")))[1] == (reason, money(amount))


def test_without_dates_nothing_tells_of_a_later_month():
    repeated = [line(1), line(3, row=3), line(3, row=4)]
    for ledger in (books(charge(), period=Period(None, None, "")), books(charge(day=None))):
        assert [name for name, _ in told(matched(repeated, ledger))] == ["AGREES", "AGREES", "TWICE"]


def test_a_monthly_fee_that_is_not_known_can_not_be_compared_and_is_said_so():
    found = matched([line(3)], books(others=[charge(day=date(2026, 9, 3), setup=None, monthly=None)]))
    assert told(found) == [("NO_PRICE", 3)]


def test_the_rate_of_tax_that_is_given_makes_tax_expected():
    lines = [line("4.80"), line("3.60", B, row=3), line("7.20", C, row=4)]
    earlier = charge(B, day=date(2026, 9, 3))
    found = matched(
        lines, books(charge(), charge(C, setup=None, monthly=None, estimate=money(6)), others=[earlier]), money("0.2")
    )
    assert told(found) == [
        ("TOLD_TAX", money("0.8")),
        ("RECURRING", 3),
        ("TOLD_TAX", money("0.6")),
        ("TOLD_TAX", money("1.2")),
    ]
    assert (found.agrees, found.rate, found.rate_given) == (True, money("0.2"), True)


def test_a_line_of_tax_is_expected_where_it_is_the_rate_of_the_lines_and_else_not():
    lines = [line(4), line("0.80", "", row=3, kind=Kind.TAX, written="", description="VAT 20%")]
    assert told(matched(lines, books(charge()), money("0.2"))) == [("ONE_LINE", 0), ("TOLD_TAX", money("0.8"))]
    for rate in (None, money("0.19")):
        found = matched(lines, books(charge()), rate)
        assert told(found)[1] == ("TAX_LINE", money("0.8"))
        assert not found.agrees


# Prices that differ ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "days"), [("1.50", "15 of 30 days"), ("1.40", "14 of 30 days")])
def test_a_first_month_by_its_days_is_told_with_the_day_of_purchase_or_without(amount, days):
    found = matched([line(1), line(amount, row=3)], books(charge()))
    assert told(found) == [("AGREES", 0), ("PRORATED", money(amount) - 3)]
    assert (found.agrees, found.unexplained) == (False, 0)
    assert days


def test_a_first_month_by_its_days_in_one_line_with_the_set_up_and_with_tax_is_told_as_both():
    assert told(matched([line("2.50")], books(charge()))) == [("PRORATED", money("-1.5"))]
    found = matched([line("4.20")], books(charge(setup=2, monthly=3)), money("0.2"))
    assert told(found) == [("PRORATED", money("-1.5")), ("TOLD_TAX", money("0.7"))]


def test_one_rate_over_most_numbers_is_taken_for_tax_and_said_to_be():
    charges = [charge(str(12025550000 + n), setup=0, monthly=price) for n, price in enumerate(("2.25", "3", "5.49"))]
    lines = [line(amount, str(12025550000 + n), row=n) for n, amount in enumerate(("2.68", "3.57", "6.53"))]
    found = matched(lines, books(*charges))
    assert {name for name, _ in told(found)} == {"TAX"}
    assert (found.rate, found.rate_given, found.agrees, found.unexplained) == (money("0.19"), False, False, 0)


def test_one_number_alone_tells_no_rate():
    found = matched([line("4.80")], books(charge()))
    assert told(found) == [("PRICE", money("0.8"))]
    assert found.rate is None


def test_what_rounding_leaves_tells_no_rate():
    charges = [charge(A, setup=0, monthly="0.335"), charge(B, setup=0)]
    found = matched([line("0.34"), line("3.07", B, row=3)], books(*charges))
    assert told(found) == [("AGREES", money("0.005")), ("PRICE", money("0.07"))]


def test_the_monthly_fees_of_numbers_bought_earlier_tell_a_rate_too():
    earlier = [charge(number, day=date(2026, 9, 3)) for number in (A, B)]
    found = matched([line("3.60"), line("3.60", B, row=3)], books(others=earlier))
    assert [name for name, _ in told(found)] == ["RECURRING", "TAX"] * 2


def test_a_tax_line_of_a_number_is_tax_and_never_taken_for_its_set_up():
    lines = [line(4), line(1, row=3, kind=Kind.TAX)]
    assert told(matched(lines, books(charge()))) == [("ONE_LINE", 0), ("TAX", 1)]


def test_what_is_billed_twice_is_told_with_the_row_it_repeats():
    found = matched([line(4), line(4, row=9)], books(charge()))
    assert told(found) == [("ONE_LINE", 0), ("TWICE", 4)]
    assert found.pieces[1].note == "as in row 2"
    wrong = matched([line(9), line(9, row=9)], books(charge()))
    assert told(wrong) == [("PRICE", 5), ("TWICE", 9)]


def test_what_is_billed_twice_in_two_invoices_names_the_other():
    first, second = invoice(line(4, document="R-1")), invoice(line(4, file=1, document="R-2"))
    found = match_invoices([first, second], books(charge()))
    assert told(found) == [("ONE_LINE", 0), ("TWICE", 4)]
    assert found.pieces[1].note == "as in R-1, row 2"
    assert_adds_up(found)


def test_a_credit_is_told_as_one():
    found = matched([line(4), line(-4, row=3)], books(charge()))
    assert told(found) == [("ONE_LINE", 0), ("CREDIT", -4)]


def test_another_price_is_set_against_the_charge_of_its_kind():
    lines = [line(5, kind=Kind.SETUP), line("3.50", row=3, kind=Kind.MONTHLY)]
    assert told(matched(lines, books(charge()))) == [("PRICE", 4), ("PRICE", money("0.5"))]
    assert told(matched([line(9)], books(charge()))) == [("PRICE", 5)]
    assert told(matched([line("2.90")], books(charge()))) == [("PRICE", money("-0.1")), ("NOT_BILLED", -1)]


def test_a_set_up_fee_that_is_none_here_is_another_charge():
    lines = [line(5, kind=Kind.SETUP), line(3, row=3, kind=Kind.MONTHLY)]
    found = matched(lines, books(charge(setup=0)))
    assert told(found) == [("AGREES", 0), ("EXTRA", 5)] or told(found) == [("EXTRA", 5), ("AGREES", 0)]
    assert found.unexplained == 5


def test_an_estimate_is_shared_by_two_lines_that_do_not_come_to_it():
    ledger = books(charge(setup=None, monthly=None, estimate=money(4)))
    found = matched([line(1, kind=Kind.SETUP), line("3.50", row=3, kind=Kind.MONTHLY)], ledger)
    assert told(found) == [("PRICE", 0), ("PRICE", money("0.5"))]


# What is on one side alone ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.REFUSED, "REFUSED"),
        (Status.DOUBT, "DOUBT"),
        (Status.OWNED, "OWNED"),
        (Status.NOT_SENT, "NOT_SENT"),
        (Status.DEFERRED, "NOT_SENT"),
    ],
)
def test_what_was_billed_and_not_bought_says_how_the_number_stands_in_the_ledger(status, reason):
    found = matched([line(4)], books(standings={A: Standing(status, "7f3a", "some words (-275)")}))
    assert told(found) == [(reason, 4)]
    assert (found.pieces[0].outcome, found.pieces[0].note) == (Outcome.NOT_BOUGHT, "run 7f3a: some words (-275)")
    assert found.unexplained == 0


def test_a_number_that_was_never_seen_and_a_charge_of_no_number_are_told_apart():
    lines = [
        line(4),
        line(9, "", row=3, written="bob", why="it has letters"),
        line(1, "", row=4, written="", description="Fee"),
    ]
    found = matched(lines, books())
    assert told(found) == [("NEVER", 4), ("NO_NUMBER", 9), ("NO_NUMBER", 1)]
    assert [piece.note for piece in found.pieces] == ["", "bob: it has letters", "Fee"]


def test_a_fee_after_the_number_was_given_back_is_told_and_one_before_is_expected():
    gone = charge(day=date(2026, 9, 3), released=date(2026, 10, 5))
    assert told(matched([line(3)], books(others=[gone]))) == [("RELEASED", 3)]
    assert told(matched([line(3, day=date(2026, 10, 1))], books(others=[gone]))) == [("RECURRING", 3)]


def test_a_first_charge_of_another_period_is_told_so():
    for day in (date(2026, 10, 31), date(2026, 12, 1)):
        found = matched([line(4)], books(others=[charge(day=day)]))
        assert told(found) == [("OTHER_PERIOD", 4)]
        assert found.pieces[0].note == f"bought on {day}, run 7f3a"


def test_what_was_bought_and_not_billed_is_told_whole_and_in_parts():
    found = matched([line(1, kind=Kind.SETUP)], books(charge(), charge(B)))
    assert told(found) == [("AGREES", 0), ("NOT_BILLED", -3), ("NOT_BILLED", -4)]
    assert [piece.note for piece in found.pieces] == ["", "its month alone", ""]
    assert found.of(Outcome.NOT_BILLED).difference == -7


def test_a_purchase_of_unknown_price_is_told_billed_or_not():
    unknown = charge(setup=None, monthly=None)
    assert told(matched([line(4)], books(unknown))) == [("NO_PRICE", 4)]
    assert told(matched([line(4, B)], books(unknown))) == [("NEVER", 4), ("NOT_BILLED", 0)]


def test_a_total_that_is_wrong_is_no_agreement():
    wrong = TotalRow(0, 3, "Total", money(5), money(4))
    found = match_invoices([invoice(line(4), totals=(wrong,))], books(charge()))
    assert (found.agrees, found.wrong_totals, found.difference) == (False, 1, 0)


# The ledger's side -----------------------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_charges_of_a_period_are_those_of_its_local_days(make):
    midnight = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # already November in Berlin
    rows = [
        make.row(0, requested_at=midnight),
        make.row(1, requested_at=midnight - timedelta(hours=1)),
        make.row(2, Status.RELEASED, released_at=midnight + timedelta(days=20)),
        make.row(3, setup=None, monthly=None, requested_at=None, confirmed_at=None),
        make.row(4, Status.REFUSED, code=-275),
        make.row(5, Status.DOUBT),
        make.row(6, Status.INVALID, number="x"),
    ]
    found = read_books(make.reader(rows), CODES, NOVEMBER, BERLIN, "USD")
    assert sorted(found.charges) == ["12025550000", "12025550002", "12025550003"]
    assert sorted(found.others) == ["12025550001"]
    [first] = found.charges["12025550000"]
    assert (first.day, first.amount, first.released) == (date(2026, 11, 1), money("2.5"), None)
    assert found.charges["12025550002"][0].released == date(2026, 11, 21)
    [estimated] = found.charges["12025550003"]
    assert (estimated.day, estimated.amount, estimated.setup) == (None, 3, None)
    assert {number: one.status for number, one in found.standings.items()} == {
        "12025550004": Status.REFUSED,
        "12025550005": Status.DOUBT,
    }
    assert found.standings["12025550004"].note.endswith("(-275)")
    assert (found.total, found.count, found.outside, found.runs) == (money(8), 3, 1, 1)


def test_of_several_words_on_a_number_doubt_weighs_most_and_then_ownership(make):
    def standing(*statuses):
        rows = [make.row(0, status) for status in statuses]
        return read_books(make.reader(rows), CODES, NOVEMBER, BERLIN, "USD").standings["12025550000"].status

    assert standing(Status.DOUBT, Status.REFUSED) is Status.DOUBT
    assert standing(Status.OWNED, Status.NOT_SENT) is Status.OWNED
    assert standing(Status.REFUSED, Status.NOT_SENT) is Status.NOT_SENT
    assert standing(Status.OWNED, Status.DOUBT) is Status.DOUBT


def test_without_a_period_the_span_of_the_invoices_dates_counts_and_without_dates_everything():
    dated = invoice(line(1, day=date(2026, 11, 20)), line(1, day=date(2026, 11, 2)), line(1))
    found = span_of([dated, invoice(line(1))])
    assert (found.first, found.last) == (date(2026, 11, 2), date(2026, 11, 20))
    everything = span_of([invoice(line(1))])
    assert (everything.first, everything.last, everything.holds(date(1999, 1, 1))) == (None, None, True)
    assert found.holds(None)
    assert not found.holds(date(2026, 11, 21))


# Arithmetic ------------------------------------------------------------------------------------------------------------


def test_a_month_by_its_days_is_exact_to_the_cent():
    assert prorated(money(3), date(2026, 11, 1)) == {money(3), money("2.90")}
    assert prorated(money("2.99"), date(2026, 2, 28)) == {money("0.11"), money(0)}


def test_amounts_are_the_same_to_the_cent_only_where_the_ledgers_has_more_decimals():
    assert same(money("0.34"), money("0.335"))
    assert same(money("0.33"), money("0.325")) == same(money("0.32"), money("0.325"))
    assert not same(money("0.335"), money("0.34"))
    assert not same(money("2.50"), money("2.51"))


@pytest.mark.parametrize(
    ("pairs", "rate"),
    [
        ([], None),
        ([("1.20", "1")], None),
        ([("1.20", "1"), ("2.40", "2")], "0.2"),
        ([("1.20", "1"), ("2.40", "2"), ("9", "2"), ("1", "2")], None),
        ([("1", "1.2"), ("2", "2.4")], None),
        ([("1", "0"), ("2", "0")], None),
        ([("10.77", "10"), ("107.70", "100")], "0.077"),
        ([("15", "10"), ("30", "20")], None),
    ],
)
def test_a_rate_needs_two_numbers_and_most_of_them(pairs, rate):
    found = constant_rate([(money(billed), money(bought)) for billed, bought in pairs])
    assert found == (None if rate is None else money(rate))
