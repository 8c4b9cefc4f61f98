"""A match's workbook, opened again by another reader: the same figures on every sheet, and nothing that can run or is secret."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from batch.ledger.records import Environment, InvocationFacts, LedgerKey
from batch.loader.invoice import Invoice, Kind, Line, TotalRow
from batch.reconciler.matching.labels import OUTCOMES, REASONS, TODO
from batch.reconciler.matching.match import match_invoices
from batch.reconciler.matching.model import Books, Charge, Outcome, Period, Reason, outcome_of
from batch.reconciler.matching.sheet import write_match
from batch.reconciler.place import MATCH, Owner, owner_of

from .conftest import START

KEY = LedgerKey("multitel", Environment.LIVE, "acme")
DAY = date(2026, 11, 16)
A, B, C, D = (f"1202555000{n}" for n in range(4))
FACTS = InvocationFacts(START, "ops", "host-01", 4711, "0.9.0", {})


def charge(number, setup="1", monthly="3", day=DAY):
    return Charge(number, "7f3a", 2, day, Decimal(setup), Decimal(monthly))


def line(row, number, amount, **changes):
    return Line(
        **{"file": 0, "row": row, "number": number, "written": f"+{number}", "amount": Decimal(amount), **changes}
    )


LINES = (
    line(2, A, "1", kind=Kind.SETUP, day=DAY, document="R-1", description="Set-up"),
    line(3, A, "1.50", kind=Kind.MONTHLY, description="=cmd|' /C calc'!A0"),
    line(4, B, "3"),
    line(5, "", "9", written="me:word@host", why="it has letters", description="me:word@host"),
    line(6, C, "5"),
)


@pytest.fixture
def found():
    """A match of five lines in which something agrees, is expected, differs, and stands on one side alone."""

    def make(**changes):
        files = changes.pop("files", 1)
        totals = changes.pop("totals", (TotalRow(0, 7, "Total", Decimal(20), Decimal("19.50")),))
        invoices = [
            Invoice(
                Path("invoice.csv"), "", "ab" * 32, {"Number": "DID", "Amount": "Net"}, LINES, totals, ("a remark",)
            )
        ]
        if files > 1:
            other = tuple(replace(one, file=1) for one in LINES[2:3])
            invoices.append(Invoice(Path("second.csv"), "", "cd" * 32, {"Number": "DID", "Amount": "Net"}, other))
        period = changes.pop("period", Period(date(2026, 11, 1), date(2026, 11, 30), "--month 2026-11"))
        key = changes.pop("key", KEY)
        ledger = Books(
            key, "USD", period, {A: [charge(A)], D: [charge(D)]}, {B: [charge(B, day=date(2026, 9, 3))]}, {}, 2
        )
        return match_invoices(invoices, ledger, changes.pop("rate", None))

    return make


@pytest.fixture
def written(make, found, tmp_path):
    """Writes the match and opens it again."""

    def write(match=None, **options):
        path = tmp_path / "match.xlsx"
        write_match(
            path, match or found(), FACTS, make.options(**options), lambda text: re.sub(r":\w+@", ":***@", text)
        )
        return openpyxl.load_workbook(path)

    return write


def table(sheet):
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def rows_of(sheet):
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def words(book):
    return "\n".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )


def test_the_sheets_stand_in_order_frozen_and_filtered_and_it_opens_on_summary(written):
    book = written()
    assert book.sheetnames == ["Summary", "Differences", "Lines"]
    assert book.active.title == "Summary"
    assert [book[name].freeze_panes for name in book.sheetnames] == [None, "C2", "D2"]
    assert (book["Differences"].auto_filter.ref, book["Lines"].auto_filter.ref) == ("A1:L5", "A1:O6")


def test_summary_leads_from_the_ledgers_total_to_the_invoices_reason_by_reason(written):
    rows = rows_of(written()["Summary"])
    first = next(place for place, row in enumerate(rows) if row[:1] == ["From the ledger to the invoice"])
    last = next(place for place, row in enumerate(rows) if row[:1] == ["The invoice's lines"])
    bridge = [row[:3] for row in rows[first + 1 : last]]
    assert bridge == [
        ["Charges of the ledger", 8, "2 purchases in the period, 1 outside it"],
        ["Monthly fees of numbers bought earlier", 1, 3],
        ["First month by its days", 1, -1.5],
        ["Numbers never seen here", 1, 5],
        ["Charges of no number", 1, 9],
        ["Bought, and not billed", 0, -4],
    ]
    amounts = [8, 3, -1.5, 5, 9, -4]
    assert rows[last][:3] == ["The invoice's lines", 5, sum(amounts)] == ["The invoice's lines", 5, 19.5]
    assert rows[last][3] == "explained 11.50 · not explained 0.00"


def test_summary_says_whether_it_adds_up_and_what_it_was_read_from(written):
    told = words(written())
    assert "8.00 + 11.50 + 0.00 = 19.50" in told
    assert "Total: 20.00, its lines 19.50" in told
    assert ("✓ agrees" in told, "✗ differs" in told) == (True, True)
    assert f"invoice.csv: SHA-256 {'ab' * 32}" in told
    assert "Number = DID, Amount = Net" in told
    assert "a remark" in told
    assert "Charges from 1 Nov 2026 to 30 Nov 2026 (--month 2026-11)" in told


def test_each_difference_is_a_row_and_they_add_up_to_the_difference_but_for_what_is_expected(written, found):
    rows = table(written()["Differences"])
    assert [(row["Number"], row["Outcome"], row["Difference"], row["Invoice row"], row["Run"]) for row in rows] == [
        (A, "price differs", -1.5, 3, "7f3a"),
        (None, "billed, not bought", 9, 5, None),
        (C, "billed, not bought", 5, 6, None),
        (D, "bought, not billed", -4, None, "7f3a"),
    ]
    assert rows[0]["What to do"] == TODO[Reason.PRORATED]
    expected = found().of(Outcome.EXPECTED).difference
    assert Decimal(str(sum(row["Difference"] for row in rows))) + expected == found().difference


def test_every_line_is_a_row_with_what_became_of_it(written):
    rows = table(written()["Lines"])
    assert [(row["Invoice row"], row["Outcome"], row["Reason"], row["Billed"], row["Bought"]) for row in rows] == [
        (2, "agrees", "agrees", 1, 1),
        (3, "price differs", "pro-rated first month", 1.5, 3),
        (4, "expected", "monthly fee of a number bought earlier", 3, 0),
        (5, "billed, not bought", "charge of no number", 9, 0),
        (6, "billed, not bought", "number never seen", 5, 0),
    ]
    assert (rows[0]["Invoice no"], rows[0]["Date"].date(), rows[0]["Number as written"]) == ("R-1", DAY, f"+{A}")


def test_nothing_from_outside_is_a_formula_and_nothing_secret_is_told(written):
    book = written()
    assert "word" not in words(book)
    assert table(book["Lines"])[1]["Description"] == "=cmd|' /C calc'!A0"
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_several_invoices_have_a_column_that_names_the_file(written, found):
    book = written(found(files=2))
    assert [row["Invoice file"] for row in table(book["Lines"])] == [*["invoice.csv"] * 5, "second.csv"]
    assert {row["Invoice file"] for row in table(book["Differences"])} == {"invoice.csv", "second.csv", None}
    assert "invoice.csv and 1 more" in words(book)


def test_a_line_in_two_pieces_is_one_row_and_called_by_the_worse(written, found):
    row = table(written(found(rate=Decimal("0.5")))["Lines"])[2]
    assert (row["Outcome"], row["Billed"]) == ("expected", 3)
    ledger = found().books
    match = match_invoices([Invoice(Path("i.csv"), "", "", {}, (line(2, B, "3.50"),))], ledger)
    [row] = table(written(match)["Lines"])
    assert (row["Outcome"], row["Reason"]) == (
        "price differs",
        "monthly fee of a number bought earlier · price differs",
    )
    assert (row["Billed"], row["Bought"], row["Difference"]) == (3.5, 0, 3.5)


def test_without_a_period_and_totals_it_says_so_and_many_totals_are_counted(written, found):
    told = words(written(found(period=Period(None, None, "all charges"), totals=())))
    assert "All charges of the ledger (all charges)" in told
    assert "no total on the invoice to compare with" in told
    many = tuple(TotalRow(0, row, "Subtotal", Decimal(1), Decimal(1)) for row in range(7))
    assert "3 more totals" in words(
        written(found(totals=many, period=Period(date(2026, 11, 1), None, "--from 2026-11-01")))
    )


def test_the_rate_of_tax_is_told_with_where_it_comes_from(written):
    charges = {number: [charge(number, "0")] for number in (A, B)}
    ledger = Books(KEY, "USD", Period(None, None, ""), charges, {}, {}, 1)
    bill = Invoice(Path("i.csv"), "", "", {}, (line(2, A, "3.60"), line(3, B, "3.60")))
    assert "20 %, told by the amounts: check it" in words(written(match_invoices([bill], ledger)))
    assert "20 %, as given" in words(written(match_invoices([bill], ledger, Decimal("0.2"))))


def test_what_rounding_leaves_has_a_line_of_its_own_and_what_is_not_explained_says_so(written):
    ledger = Books(KEY, "USD", Period(None, None, ""), {A: [charge(A, "0", "0.335")], B: [charge(B, "0")]}, {}, {}, 1)
    bill = Invoice(Path("i.csv"), "", "", {}, (line(2, A, "0.34"), line(3, B, "3.07")))
    rows = rows_of(written(match_invoices([bill], ledger))["Summary"])
    assert ["Agree to the cent", 1, 0.005, "to the cent, of prices with more decimals"] in rows
    assert ["Price differs", 1, 0.07, "Not explained"] in rows


def test_a_rehearsal_says_so_and_the_workbook_says_whose_it_is(written, found, tmp_path):
    key = LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:1")
    book = written(found(key=key), account="Acme")
    assert "Rehearsal: nothing was bought" in words(book)
    assert all("Rehearsal" in sheet.oddHeader.center.text for sheet in book)
    assert "account Acme (acme)" in words(book)
    assert owner_of(tmp_path / "match.xlsx", MATCH) == Owner("acme", "rehearsal")


def test_it_is_german_where_asked_but_for_its_data(written):
    book = written(language="de")
    assert "Vom Ledger zur Rechnung" in words(book)
    assert table(book["Lines"])[0]["Outcome"] == "agrees"


def test_every_reason_has_its_words_and_what_differs_has_something_to_do():
    assert set(REASONS) == set(Reason)
    assert set(OUTCOMES) == set(Outcome)
    fine = {Outcome.AGREES, Outcome.EXPECTED}
    assert set(TODO) == {reason for reason in Reason if outcome_of(reason) not in fine}
