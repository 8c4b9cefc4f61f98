"""Invoices into lines: amounts to the cent or refused by their cell, columns by name, totals held against their lines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from random import Random

import openpyxl
import pytest
import xlsxwriter
from support.hostile import same_place_twice
from support.sheets import WRITERS

from batch.errors import OrdersError, UsageError
from batch.loader.invoice import Invoice, InvoiceOptions, Kind, read_invoices
from batch.loader.invoice.amounts import read_amounts
from batch.loader.invoice.dates import read_dates


def values(*cells):
    return [one.value for one in read_amounts(cells)]


@pytest.fixture
def read(tmp_path):
    """Writes a text file and reads it as an invoice."""

    def write(text: str | bytes, name: str = "invoice.csv", **options) -> Invoice:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_path(path, **options)

    return write


def read_path(path: Path, **options) -> Invoice:
    [found] = read_invoices([path], InvoiceOptions(**{"currency": "USD", **options}))
    return found


# Amounts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("2.50", "2.5"),
        ("$ 2.50", "2.5"),
        ("2.50 USD", "2.5"),
        ("USD2.50", "2.5"),
        ("US$ 2.50", "2.5"),
        ("-2.50", "-2.5"),
        ("−2.50", "-2.5"),
        ("$-2.50", "-2.5"),
        ("(2.50)", "-2.5"),
        ("($2.50)", "-2.5"),
        ("2.50-", "-2.5"),
        ("2.50 CR", "-2.5"),
        ("2.50 DR", "2.5"),
        ("+2.50", "2.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234,50 €", "1234.5"),
        ("1\u202f234,50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("0,125", "0.125"),
        (".50", "0.5"),
        ("12,5", "12.5"),
        ("1.250", "1.25"),
        ("١٢", "12"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (7, "7"),
        ("0.00", "0"),
        ("-0.00", "0"),
    ],
)
def test_an_amount_is_read_to_the_cent(written, amount):
    assert values(written) == [Decimal(amount)]


@pytest.mark.parametrize(
    "written",
    ["1,250", "abc", "2.50.1", "1,23,456.00", "12.34,567", "--2", "-(2.50)", "(2.50", "2.5 0", "$2.50 EUR", "1e3", "NaN", "∞", True,
     dt.date(2026, 11, 3), float("inf"), 1e13, "9999999999999", "2 ¤", "=1+1"],
)  # fmt: skip
def test_what_is_no_amount_or_may_be_two_is_refused_and_never_guessed(written):
    [found] = read_amounts([written])
    assert found.value is None
    assert found.problem


def test_a_blank_cell_holds_nothing():
    assert [(one.value, one.problem) for one in read_amounts(["", "  "])] == [(None, "")] * 2


def test_the_other_cells_of_a_column_tell_what_a_comma_means():
    assert values("2,50", "1,250", "1.250") == [Decimal("2.5"), Decimal("1.25"), Decimal(1250)]
    assert values("2.50", "1,250", "1.250") == [Decimal("2.5"), Decimal(1250), Decimal("1.25")]
    assert values("2.50", "2,50", "1,250", "1.250")[2:] == [None, None]


def test_a_sign_of_currency_is_told_where_it_means_one():
    assert [one.currency for one in read_amounts(["€2", "2 EUR", "£2", "$2", "2", "chf 2"])] == [
        *("EUR", "EUR", "GBP", "", "", "CHF")
    ]


# Dates -----------------------------------------------------------------------------------------------------------------

_NOVEMBER = dt.date(2026, 11, 3)


@pytest.mark.parametrize(
    "cell",
    ["2026-11-03", "2026/11/3", "20261103", "2026-11-03T22:10:00Z", "03.11.2026", "3.11.26", "3 Nov 2026", "Nov 3, 2026",
     "03-Nov-2026", "November 3 2026", _NOVEMBER, dt.datetime(2026, 11, 3, 5, tzinfo=dt.UTC), 20261103],
)  # fmt: skip
def test_a_date_is_read(cell):
    assert read_dates([cell]) == [_NOVEMBER]


@pytest.mark.parametrize(
    "cell", ["03/11/2026", "32.11.2026", "2026-13-01", "soon", "Nov 2026", "3 Xyz 2026", "", 7, True, 2.5]
)
def test_what_is_no_date_or_may_be_two_is_none(cell):
    assert read_dates([cell]) == [None]


def test_the_other_cells_of_a_column_tell_whether_the_day_is_first():
    assert read_dates(["03/11/2026", "21/11/2026"])[0] == _NOVEMBER
    assert read_dates(["11/03/2026", "11/21/2026"])[0] == _NOVEMBER
    assert read_dates(["03/11/2026", "21/11/2026", "11/21/2026"])[0] is None
    assert read_dates(["11/11/2026"]) == [dt.date(2026, 11, 11)]


# Columns and rows ------------------------------------------------------------------------------------------------------


def test_titles_above_the_header_totals_and_notes_are_no_lines(read):
    found = read(
        "Acme Telecom;;;\nInvoice 2026-1187;;;\n;;;\nDate;DID;Charge type;Net amount (USD)\n"
        '24.11.2026;+1 202-555-0123;Setup;"0,50"\n24.11.2026;0012025550123;Monthly fee;"3,00"\n'
        "Date;DID;Charge type;Net amount (USD)\n;;Subtotal;3,50\n;;Handling;1,00\n;;VAT 20%;0,90\n;;Total;5,40\n"
        "Thank you;;;\n"
    )
    assert found.columns == {
        "Number": "DID",
        "Amount": "Net amount (USD)",
        "Date": "Date",
        "Description": "Charge type",
    }
    assert [(one.row, one.number, one.amount, one.kind, one.description) for one in found.lines] == [
        (5, "12025550123", Decimal("0.5"), Kind.SETUP, "Setup"),
        (6, "12025550123", Decimal(3), Kind.MONTHLY, "Monthly fee"),
        (9, "", Decimal(1), Kind.ANY, "Handling"),
        (10, "", Decimal("0.9"), Kind.TAX, "VAT 20%"),
    ]
    assert [line.day for line in found.lines[:2]] == [dt.date(2026, 11, 24)] * 2
    assert [(one.row, one.label, one.agrees) for one in found.totals] == [(8, "Subtotal", True), (11, "Total", True)]
    assert found.total == Decimal("5.4")


def test_a_total_that_its_lines_do_not_come_to_is_told(read):
    [total] = read("Number,Amount\n12025550123,2.50\nTotal,9.50\n").totals
    assert (total.amount, total.lines, total.agrees) == (Decimal("9.5"), Decimal("2.5"), False)


def test_set_up_and_month_in_columns_of_their_own_are_two_charges_and_zero_is_none(read):
    found = read("TN,NRC,MRC\n12025550123,0.50,3.00\n12025550124,0.00,3.00\n12025550125,0,0\nTotal,0.50,6.00\n")
    assert [(one.number[-1], one.kind, one.amount) for one in found.lines] == [
        ("3", Kind.SETUP, Decimal("0.5")),
        ("3", Kind.MONTHLY, Decimal(3)),
        ("4", Kind.MONTHLY, Decimal(3)),
        ("5", Kind.SETUP, Decimal(0)),
    ]
    assert [one.agrees for one in found.totals] == [True]


def test_the_surest_name_is_the_amount_and_the_others_are_said_to_be_left_alone(read):
    found = read("Number,Total,Net,Setup\n12025550123,3.00,2.50,1\n")
    assert found.lines[0].amount == Decimal("2.5")
    assert found.columns == {"Number": "Number", "Amount": "Net"}
    assert found.remarks == ("left alone, for another column is the amount: Total, Setup",)


def test_charge_is_the_amount_where_nothing_else_is_and_else_says_what_it_is_for(read):
    assert read("Number,Charge\n12025550123,2.50\n").columns["Amount"] == "Charge"
    found = read("Number,Charge,Amount\n12025550123,setup,2.50\n")
    assert (found.columns["Amount"], found.columns["Description"], found.lines[0].kind) == (
        "Amount",
        "Charge",
        Kind.SETUP,
    )


def test_columns_are_mapped_by_the_user_and_what_they_mean_is_not_guessed(read):
    text = "Line,Billed,Amount,Date\n12025550123,2.50,9,2026-11-03\n"
    found = read(text, columns={"line": "number", "BILLED": "Amount", "Date": False})
    assert (found.lines[0].amount, found.lines[0].day) == (Decimal("2.5"), None)
    with pytest.raises(UsageError, match=r"'Line' is to be 'Numbr'") as told:
        read(text, columns={"Line": "Numbr"})
    assert "Number, Amount, Setup" in told.value.remedy
    with pytest.raises(OrdersError, match="no header is called 'linie'"):
        read(text, columns={"Linie": "Number"})
    with pytest.raises(OrdersError, match=r"'Line' \(column A\) and 'Billed' \(column B\) are both Number"):
        read(text, columns={"Line": "Number", "Billed": "Number"})


def test_a_column_that_is_mapped_to_the_description_tells_what_a_line_is_for(read):
    [line] = read("Number,Amount,What\n12025550123,2,Set-up fee\n", columns={"What": "Description"}).lines
    assert (line.kind, line.description) == (Kind.SETUP, "Set-up fee")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A,B\n1,2\n", "no row names a number and an amount.*it has A, B"),
        ("Number,Notes\n12025550123,x\n", "no row names a number and an amount"),
        ("Number,Amount,Amount\n12025550123,1,2\n", r"'Amount' \(column B\) and 'Amount' \(column C\) are both Amount"),
        ("Number,Amount\n,\n", "there are no charges below the header in row 1"),
        ("Number,Amount\n12025550123,two\n12025550124,3\n12025550125,x\n", r"(?s)B2: 'two' is no amount.*B4: 'x'"),
        ("Number,Amount\nTotal,two\n", "B2: 'two'"),
        ("Number,Amount,Currency\n12025550123,2,EUR\n", "row 2: it is in EUR, and the account's prices are in USD"),
        ("Number,Amount\n12025550123,€2\n", "row 2: it is in EUR"),
        ("Number,Amount (EUR)\n12025550123,2\n", "row 2: it is in EUR"),
        ("", "the file is empty"),
    ],
)
def test_an_invoice_that_can_not_be_used_is_refused_with_its_remedy(read, text, problem):
    with pytest.raises(OrdersError, match=problem) as told:
        read(text)
    assert told.value.remedy


def test_many_amounts_that_can_not_be_read_are_named_and_the_rest_counted(read):
    rows = "".join(f"120255501{n:02},x{n}\n" for n in range(13))
    with pytest.raises(OrdersError, match=r"(?s)B2: 'x0'.*B11: 'x9'.*and 3 more"):
        read(f"Number,Amount\n{rows}")


def test_another_currency_that_is_the_accounts_own_is_no_trouble(read):
    assert read("Number,Amount (EUR),Ccy\n12025550123,2 €,eur\n", currency="EUR").total == 2
    assert read("Number,Amount,Ccy\n12025550123,$2,$\n").total == 2


def test_numbers_are_read_as_in_orders_and_what_is_none_keeps_its_words(read):
    text = "Number,Amount\n03 12 34 50 00,1\n12025550123.0,1\nbob,1\n"
    found = read(text, default_country="FR").lines
    assert [one.number for one in found] == ["33312345000", "12025550123", ""]
    assert found[2].written == "bob"
    assert found[2].why
    assert "written as a national number" in read(text).lines[0].why
    with pytest.raises(UsageError, match="default_country"):
        read(text, default_country="ZZ")


def test_a_header_row_is_the_one_that_is_told(read):
    text = "Number,Amount\n1,1\nNumber,Net\n12025550123,2\n"
    assert read(text, header_row=3).total == 2
    with pytest.raises(OrdersError, match="no row names"):
        read(text, header_row=99)


def test_dates_that_can_not_be_told_are_counted(read):
    found = read("Number,Amount,Date\n12025550123,1,03/11/2026\n12025550124,1,04/11/2026\n")
    assert [one.day for one in found.lines] == [None, None]
    assert found.remarks[0].startswith("2 dates can't be told")


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if kind != "template"])
def test_an_invoice_is_read_alike_whoever_wrote_it(kind, tmp_path):
    rows = [("+12025550123", 2.5), ("12025550124", 0.3)]
    written = WRITERS[kind](tmp_path, ["DID", "Amount"], rows)
    assert [(one.number, one.amount) for one in read_path(written).lines] == [
        ("12025550123", Decimal("2.5")),
        ("12025550124", Decimal("0.3")),
    ]


def test_a_formula_without_a_value_is_no_amount_and_one_with_a_value_is(tmp_path):
    path = tmp_path / "invoice.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Number", "Amount"])
        sheet.write_row(1, 0, ["12025550123"])
        sheet.write_formula(1, 1, "=1+1", None, 2)
    assert read_path(path).total == 2
    book = openpyxl.Workbook()
    for row in (["Number", "Amount"], ["12025550123", "=1+1"]):
        book.active.append(row)
    book.save(path)
    with pytest.raises(OrdersError, match="B2"):
        read_path(path)


def test_hidden_rows_count_and_are_told_of(tmp_path):
    path = tmp_path / "invoice.xlsx"
    book = openpyxl.Workbook()
    for row in (["Number", "Amount"], ["12025550123", 1], ["12025550124", 2]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    found = read_path(path)
    assert found.total == 3
    assert found.remarks == ("1 row hidden or filtered: they count all the same",)


def test_a_file_that_is_no_spreadsheet_is_refused(read):
    for content, name in ((b"%PDF-1.7", "invoice.csv"), (b"PK\x03\x04rubbish", "invoice.xlsx")):
        with pytest.raises(OrdersError):
            read(content, name)
    with pytest.raises(OrdersError, match="charges can't be read from a file of this kind") as told:
        read(b"%PDF-1.7", "invoice.pdf")
    assert ".csv" in told.value.remedy


def test_a_cell_that_two_claim_is_refused(read):
    name, content, _ = same_place_twice(Random(1))  # noqa: S311 - no secret
    with pytest.raises(OrdersError, match="two cells claim the place"):
        read(content, name)
