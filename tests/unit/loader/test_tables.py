"""Sheets as people lay them out: titles, headers of two rows, tables put together, empty rows and columns, footers."""

from __future__ import annotations

import openpyxl
import pytest

from batch.order import RowKind
from batch.problem import Level


@pytest.fixture
def laid_out(tmp_path):
    """Makes a workbook of the given cells by their names, with the given merges."""

    def make(cells, *merges):
        made = openpyxl.Workbook()
        for name, value in cells.items():
            made.active[name] = value
        for merge in merges:
            made.active.merge_cells(merge)
        made.save(tmp_path / "orders.xlsx")
        return tmp_path / "orders.xlsx"

    return make


def rows_from(first, *rows):
    """Cells by their names, from A and row `first` on."""
    return {
        f"{chr(65 + place)}{number}": cell
        for number, row in enumerate(rows, start=first)
        for place, cell in enumerate(row)
        if cell is not None
    }


def errors(orders):
    return [(one.code, one.row) for one in orders.problems if one.level is Level.ERROR]


def warnings(orders):
    return [(one.code, one.row) for one in orders.problems if one.level is Level.WARNING]


ORDER = ["12025550131", "SIP", "a@pbx.example.com", "A1"]


def test_headings_of_groups_above_the_header_are_left_alone(laid_out, read):
    cells = rows_from(1, [None, "Routing", None, "Billing"], ["Number", "Type", "URI", "Cost centre"], ORDER)
    orders = read(laid_out(cells, "B1:C1"))
    assert [column.header for column in orders.columns] == ["Number", "Type", "URI", "Cost centre"]
    assert orders.rows[0].fields == {"Type": "1", "URI": "a@pbx.example.com"}


@pytest.mark.parametrize("merges", [("A1:A2", "B1:C1", "D1:D2"), ("B1:C1",), ()])
def test_a_header_of_two_rows_is_read_with_the_lower_ones(laid_out, read, merges):
    """Were Type and URI taken for an order's cells, all numbers would be bought without routing."""
    cells = rows_from(1, ["Number", "Routing", None, "Cost centre"], [None, "Type", "URI"], ORDER)
    orders = read(laid_out(cells, *merges))
    assert [column.header for column in orders.columns] == ["Number", "Type", "URI", "Cost centre"]
    assert [row.source.row for row in orders.rows] == [3]
    assert orders.rows[0].fields == {"Type": "1", "URI": "a@pbx.example.com"}
    assert [one.code for one in orders.problems] == ["header-of-rows"]


def test_a_header_merged_down_is_as_deep_as_its_number(laid_out, read):
    cells = rows_from(1, ["Number", "Billing", None], [None, "Centre", "Order no"], ["12025550131", "A1", 7])
    orders = read(laid_out(cells, "A1:A2", "B1:C1"))
    assert [column.header for column in orders.columns] == ["Number", "Centre", "Order no"]
    assert [row.source.row for row in orders.rows] == [3]


def test_a_header_merged_with_the_row_above_counts(laid_out, read):
    cells = rows_from(1, [None, None, "URI"], ["Number", "Type", None], ["12025550131", "SIP", "a@x.example"])
    orders = read(laid_out(cells, "C1:C2"))
    assert orders.rows[0].fields == {"Type": "1", "URI": "a@x.example"}
    assert warnings(orders) == []


def test_hints_below_the_header_are_no_header(text, read):
    orders = read(text("Number,Type,URI\n,1 = SIP,sip:…\n12025550131,SIP,a@x.example\n"))
    assert errors(orders)[0] == ("number-missing", 2)
    assert [row.kind for row in orders.rows] == [RowKind.INVALID, RowKind.ORDER]


def test_the_same_header_again_is_skipped_and_warned_of(text, read):
    page = "DID,URI,Cost centre\n1202555013{},a@x.example,A\n"
    orders = read(text(page.format(1) + page.format(2)))
    assert [(row.number, row.source.row) for row in orders.rows] == [("12025550131", 2), ("12025550132", 4)]
    assert warnings(orders) == [("header-again", 3)]


def test_another_header_amid_the_rows_spoils_the_sheet(text, read):
    """Its rows would be read by the first table's columns."""
    orders = read(text("Number,Type,Cost centre\n12025550131,SIP,A\nPhone,Cost centre,Type\n12025550132,A,SIP\n"))
    assert errors(orders)[0] == ("header-again", 3)
    assert any("a second table?" in one.problem for one in orders.problems)
    assert {row.kind for row in orders.rows} == {RowKind.INVALID}


def test_the_word_alone_is_no_header(text, read):
    assert errors(read(text("Number,URI\n12025550131,a@x.example\nNumber,\n"))) == [("number-malformed", 3)]


def test_two_tables_side_by_side_are_an_error(text, read):
    orders = read(text("Number,Type,,Number,Type\n12025550131,SIP,,12025550132,SIP\n"))
    assert errors(orders) == [("field-twice", 1), ("field-twice", 1)]


def test_empty_rows_and_columns_within_shift_nothing(laid_out, read):
    cells = {"B4": "Number", "D4": "URI", "G4": "Cost centre", "B6": "12025550131", "D6": "a@x.example", "G6": "A"}
    orders = read(laid_out({**cells, "B9": "wrong", "D9": "b@x.example"}))
    assert [row.source.row for row in orders.rows] == [6, 9]
    assert [(one.code, one.cell) for one in orders.problems if one.level is Level.ERROR] == [("number-malformed", "B9")]
    assert orders.rows[0].cells == ("12025550131", "a@x.example", "A")


@pytest.mark.parametrize(
    ("footer", "code"),
    [("Total: 43,,\n", "number-malformed"), (",,43\n", "number-missing"), ("Thanks!\n", "number-malformed")],
)
def test_totals_and_footers_are_no_orders_and_said_so(text, read, footer, code):
    orders = read(text(f"Number,URI,Amount\n12025550131,a@x.example,1\n\n{footer}"))
    assert errors(orders) == [(code, 4)]
    assert "delete" in next(one.remedy for one in orders.problems if one.level is Level.ERROR)
