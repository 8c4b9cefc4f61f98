"""What a person may overlook in a workbook is said: hidden rows and columns, merged cells, orders in another sheet."""

from __future__ import annotations

import openpyxl
import pytest

from batch.order import RowKind
from batch.problem import Level

HEAD = ["Number", "Type", "URI", "Cost centre"]


def row(last, centre="A"):
    return [f"1202555013{last}", "SIP", "a@pbx.example.com", centre]


@pytest.fixture
def workbook(tmp_path):
    """Makes a workbook whose first sheet has the given rows; `change` may do anything to it."""

    def make(rows, change=None, name="orders.xlsx"):
        made = openpyxl.Workbook()
        made.active.title = "Orders"
        for cells in rows:
            made.active.append(cells)
        if change:
            change(made)
        made.save(tmp_path / name)
        return tmp_path / name

    return make


def problems(orders, code):
    return [one for one in orders.problems if one.code == code]


def test_rows_behind_a_filter_are_bought_and_said_so(workbook, read):
    def hide(made):
        sheet = made.active
        sheet.auto_filter.ref = "A1:D4"
        sheet.auto_filter.add_filter_column(3, ["A"])
        for number in (3, 5):
            sheet.row_dimensions[number].hidden = True

    orders = read(workbook([HEAD, row(1), row(2, "B"), row(3), row(4)], hide))
    assert len(orders.rows) == 4
    said = [one.problem for one in problems(orders, "rows-hidden")]
    assert said == [
        "1 row with orders is hidden by a filter (row 3): bought like the others",
        "1 row with orders is hidden (row 5): bought like the others",
    ]


def test_a_filter_that_nothing_is_chosen_from_hides_nothing(workbook, read):
    def hide(made):
        made.active.auto_filter.ref = "A1:D3"
        made.active.row_dimensions[3].hidden = True

    [problem] = problems(read(workbook([HEAD, row(1), row(2)], hide)), "rows-hidden")
    assert "hidden, perhaps behind a filter (row 3)" in problem.problem


def test_hidden_rows_without_orders_are_not_spoken_of(workbook, read):
    def hide(made):
        for number in (1, 2, 5):
            made.active.row_dimensions[number].hidden = True

    assert problems(read(workbook([["Title"], [], HEAD, row(1)], hide)), "rows-hidden") == []


def test_a_hidden_column_is_a_field_like_the_others_and_warned_of(workbook, read):
    def hide(made):
        made.active.column_dimensions["C"].hidden = True
        made.active.column_dimensions["D"].hidden = True

    orders = read(workbook([HEAD, row(1)], hide))
    assert orders.rows[0].fields["URI"] == "a@pbx.example.com"
    assert [(one.cell, one.level) for one in problems(orders, "column-hidden")] == [("C1", Level.WARNING)]


def test_a_merged_field_has_no_value_below_its_first_cell(workbook, read):
    """Bought without its routing, the number would ring nowhere."""

    def merge(made):
        made.active["C3"] = None
        made.active.merge_cells("C2:C3")
        made.active["D3"] = None
        made.active.merge_cells("D2:D3")

    orders = read(workbook([HEAD, row(1), row(2)], merge))
    [field, own] = problems(orders, "cell-merged")
    assert (field.cell, field.level, own.level) == ("C3", Level.ERROR, Level.WARNING)
    assert "only C2 has the value" in field.problem
    assert [one.kind for one in orders.rows] == [RowKind.ORDER, RowKind.INVALID]


def test_a_number_merged_over_rows_says_so(workbook, read):
    def merge(made):
        made.active["A3"] = None
        made.active.merge_cells("A2:A3")

    orders = read(workbook([HEAD, row(1), row(2)], merge))
    assert [(one.code, one.cell) for one in orders.problems if one.level is Level.ERROR] == [("cell-merged", "A3")]


def test_merged_titles_and_decoration_are_left_alone(workbook, read):
    def merge(made):
        made.active.merge_cells("A1:D1")
        made.active.merge_cells("A5:A7")
        made.active["A9"] = "12025550139"
        made.active.merge_cells("A9:A11")

    orders = read(workbook([["Orders of today"], HEAD, row(1)], merge))
    assert [one.number for one in orders.rows] == ["12025550131", "12025550139"]
    assert problems(orders, "cell-merged") == []


def test_where_the_first_sheet_has_no_number_column_the_one_that_has_is_named(workbook, read):
    def add(made):
        made.active.title = "Cover page"
        sheet = made.create_sheet("My orders")
        for cells in ([], HEAD, row(1)):
            sheet.append(cells)

    path = workbook([["Dear all,"], ["please order these."]], add)
    [problem] = problems(read(path), "header-missing")
    assert "the sheet 'My orders' has one" in problem.problem
    assert "--sheet 'My orders'" in problem.remedy
    assert len(read(path, sheet="My orders").rows) == 1


def test_a_hidden_sheet_is_named_where_no_visible_one_has_orders(workbook, read):
    def add(made):
        for name, state in (("Seen", "visible"), ("Kept", "veryHidden")):
            sheet = made.create_sheet(name)
            sheet.sheet_state = state
            if name == "Kept":
                sheet.append(HEAD)
                sheet.append(row(1))

    [problem] = problems(read(workbook([["Nothing here"]], add)), "header-missing")
    assert "'Kept'" in problem.problem


def test_orders_in_another_visible_sheet_are_said_not_to_be_read(workbook, read):
    def add(made):
        for name, cells in (("Paris", row(2)), ("Rome", row(3)), ("Example", ["example: 1"]), ("Notes", ["x"])):
            sheet = made.create_sheet(name)
            sheet.append(HEAD if name != "Notes" else ["Notes"])
            sheet.append(cells)

    path = workbook([HEAD, row(1)], add)
    [problem] = problems(read(path), "sheets-unread")
    assert problem.level is Level.WARNING
    assert problem.problem == "only the sheet 'Orders' is read: the sheets 'Paris', 'Rome' have orders, too"
    assert problems(read(path, sheet="Orders"), "sheets-unread") == []


def test_a_chart_is_no_first_sheet(workbook, read):
    def add(made):
        made.create_chartsheet("Chart", 0)

    assert len(read(workbook([HEAD, row(1)], add)).rows) == 1


def test_rows_and_columns_that_ods_hides_are_told(ods, read):
    def cells(*texts, **attributes):
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        told = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        return f"<table:table-row{told}>{''.join(map(cell.format, texts))}</table:table-row>"

    columns = '<table:table-column table:visibility="collapse"/><table:table-column table:number-columns-repeated="9"/>'
    rows = (
        cells("", number_rows_repeated="3")
        + cells("Number", "URI")
        + cells("12025550131", "a@x.example", visibility="filter")
        + cells("", "", visibility="filter", number_rows_repeated="2")
        + cells("12025550132", "a@x.example", visibility="collapse")
        + '<table:table-row><table:table-cell office:value-type="string"><text:p>12025550133</text:p></table:table-cell>'
        '<table:table-cell office:value-type="string" table:number-rows-spanned="2"><text:p>a@x.example</text:p>'
        "</table:table-cell></table:table-row>"
        '<table:table-row><table:table-cell office:value-type="string"><text:p>12025550134</text:p></table:table-cell>'
        "<table:covered-table-cell/></table:table-row>"
    )
    orders = read(ods(columns + rows))
    assert [one.source.row for one in orders.rows] == [5, 8, 9, 10]
    assert [(one.code, one.cell, one.problem.partition(":")[0]) for one in orders.problems] == [
        ("rows-hidden", "", "1 row with orders is hidden by a filter (row 5)"),
        ("rows-hidden", "", "1 row with orders is hidden (row 8)"),
        ("column-hidden", "A4", "The column is hidden, and a field like the others"),
        ("cell-merged", "B10", "merged with B9"),
    ]
