"""What an .xlsx can hide: formulas without value, error values, cells in one place, entities."""

from __future__ import annotations

import openpyxl
import pytest
import xlsxwriter

from batch.errors import OrdersError
from batch.loader.reader.sheetxml import Search, column_index
from batch.order import RowKind


def cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number, *cells, more=""):
    return f'<row r="{number}" {more}>{"".join(cells)}</row>'


HEAD = row(1, cell("A1", "Number"), cell("B1", "URI"), cell("C1", "Notes"))


def found(orders):
    return [(problem.level.value, problem.code, problem.cell) for problem in orders.problems]


def test_a_formula_without_value_in_a_field_is_an_error(tmp_path, read):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Number", "URI", "Notes"])
    sheet.append(["=33123450000+1", "a@b.c", "x"])
    sheet.append(["33123450001", '="a@"&"b.c"', "x"])
    sheet.append(["33123450002", "a@b.c", "=1+1"])
    sheet.append(["33123450003", "a@b.c", "=1+2"])
    workbook.save(tmp_path / "a.xlsx")
    orders = read(tmp_path / "a.xlsx")
    assert found(orders) == [
        ("error", "formula-uncached", "A2"),
        ("error", "formula-uncached", "B3"),
        ("warning", "formula-uncached", "C4"),
    ]
    assert "1 more row" in orders.problems[2].problem
    assert [r.kind for r in orders.rows] == [RowKind.INVALID, RowKind.INVALID, RowKind.ORDER, RowKind.ORDER]
    assert orders.rows[2].cells[2] is None


def test_a_formula_counts_by_its_stored_value(tmp_path, read):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["Number", "URI", "Notes"])
        sheet.write_formula(1, 0, "=33123450000+1", value=33123450001)
        sheet.write_formula(1, 1, '="a@b.c"', value="a@b.c")
        sheet.write_formula(1, 2, "=1=1", value=True)
    orders = read(tmp_path / "a.xlsx")
    assert found(orders) == []
    assert orders.rows[0].number == "33123450001"
    assert orders.rows[0].fields == {"URI": "a@b.c"}


def test_an_empty_text_is_a_stored_value(raw_xlsx, read):
    data = HEAD + row(2, cell("A2", "33123450000"), cell("B2", "a@b.c"), '<c r="C2" t="str"><f>""</f><v></v></c>')
    assert found(read(raw_xlsx(data))) == []


def test_error_values(raw_xlsx, read):
    error = '<c r="{}" t="e"><v>#REF!</v></c>'
    data = (
        HEAD
        + row(2, error.format("A2"), cell("B2", "a@b.c"))
        + row(3, cell("A3", "33123450000"), error.format("B3"))
        + row(4, cell("A4", "33123450001"), cell("B4", "a@b.c"), error.format("C4"))
    )
    orders = read(raw_xlsx(data))
    assert found(orders) == [
        ("error", "excel-error", "A2"),
        ("error", "excel-error", "B3"),
        ("warning", "excel-error", "C4"),
    ]
    assert orders.problems[0].value == "#REF!"


def test_two_cells_in_one_place(raw_xlsx, read):
    data = (
        HEAD
        + row(2, cell("A2", "33123450000"), cell("B2", "a@b.c"), cell("A2", "33123450001"))
        + row(3, cell("A3", "33123450002"), cell("B3", "a@b.c"))
        + row(3, cell("A3", "33123450003"))
    )
    orders = read(raw_xlsx(data))
    assert found(orders) == [("error", "cell-twice", "A2"), ("error", "cell-twice", "A3")]
    assert {r.kind for r in orders.rows} == {RowKind.INVALID}


def test_two_cells_in_one_place_of_the_header_make_all_rows_invalid(raw_xlsx, read):
    data = row(1, cell("A1", "Number"), cell("B1", "URI"), cell("B1", "URI2")) + row(2, cell("A2", "33123450000"))
    orders = read(raw_xlsx(data))
    assert ("error", "cell-twice", "B1") in found(orders)
    assert {r.kind for r in orders.rows} == {RowKind.INVALID}


def test_cells_out_of_order_are_none_twice(raw_xlsx, read):
    data = (
        HEAD
        + row(3, cell("A3", "33123450001"), cell("B3", "a@b.c"))
        + row(2, cell("B2", "a@b.c"), cell("A2", "33123450000"))
    )
    orders = read(raw_xlsx(data))
    assert found(orders) == []
    assert [r.number for r in orders.rows] == ["33123450000", "33123450001"]


def test_namespace_prefix_and_cells_without_place(raw_xlsx, read):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = (
        f'<x:worksheet xmlns:x="{main}"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>Number</x:t></x:is></x:c></x:row>'
        '<x:row r="2"><x:c r="A2"><x:f>1+1</x:f></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert found(read(raw_xlsx("", sheet=xml))) == [("error", "formula-uncached", "A2"), ("warning", "uri-missing", "")]


def test_hidden_rows_are_told(raw_xlsx, read):
    data = HEAD + row(2, cell("A2", "33123450000"), cell("B2", "a@b.c"), more='hidden="1"') + row(9, more='hidden="1"')
    orders = read(raw_xlsx(data))
    assert found(orders) == [("warning", "rows-hidden", "")]
    assert "row 2" in orders.problems[0].problem


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE w [<!ENTITY n "33123450000">]>',
        '<?xml version="1.0"?><!-- ' + "x" * 70_000 + " --><!DOCTYPE w>",
    ],
)
def test_entities_are_refused(raw_xlsx, read, before):
    with pytest.raises(OrdersError, match="entities"):
        read(raw_xlsx(HEAD + row(2, cell("A2", "33123450000")), before=before))
    with pytest.raises(OrdersError):
        read(raw_xlsx(HEAD + row(2, cell("A2", "&n;")), before=before))


def test_entities_of_ods_are_refused(ods, read):
    with pytest.raises(OrdersError, match="entities"):
        read(ods("", before='<!DOCTYPE o [<!ENTITY n "1">]>'))


def test_a_lying_dimension_changes_nothing(raw_xlsx, read):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    data = HEAD + row(2, cell("A2", "33123450000"), cell("B2", "a@b.c"))
    xml = f'<worksheet xmlns="{main}"><dimension ref="A1:A1"/><sheetData>{data}</sheetData></worksheet>'
    assert [r.number for r in read(raw_xlsx("", sheet=xml)).rows] == ["33123450000"]


def test_a_sign_is_found_where_pieces_meet():
    """Cut at every byte, a formula is still seen."""
    xml = b'<worksheet><sheetData><row r="1"><c r="A1"><f>1</f></c></row></sheetData></worksheet>'
    for cut in range(1, len(xml)):
        search = Search(lambda cut=cut: iter([xml[:cut], xml[cut:]]))
        search.run()
        assert search.flaws(0).formulas == [(1, 0)]


def test_columns_are_counted():
    assert [column_index(letters) for letters in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16_383]


def test_a_sheet_of_16384_columns(tmp_path, read):
    with xlsxwriter.Workbook(tmp_path / "wide.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, [f"h{place}" for place in range(16_383)] + ["Number"])
        sheet.write(1, 16_383, "33123450000")
    orders = read(tmp_path / "wide.xlsx")
    assert orders.rows[0].number == "33123450000"
    assert len(orders.columns) == 16_384


@pytest.mark.parametrize("after", ["{row}", "<sheetData>{row}</sheetData>"])
def test_rows_behind_the_end_of_the_rows_are_not_silently_left_out(raw_xlsx, read, after):
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>Number</t></is></c></row>'
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>3312345000{0}</t></is></c></row>'
    data = f"{head}{row.format(2)}</sheetData>{after.format(row=row.format(3))}<sheetData/>"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{main}"><sheetData>{data}</worksheet>'
    with pytest.raises(OrdersError, match="damaged"):
        read(raw_xlsx("", sheet=sheet))
