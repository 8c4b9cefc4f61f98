"""Order workbooks that the program writes: the loader reads the same orders again, and nothing in them can run."""

from __future__ import annotations

import csv
import datetime as dt
import stat
from decimal import Decimal

import openpyxl
import pytest

from batch.errors import UsageError
from batch.loader.order_workbook import write_order_workbook
from batch.loader.template import write_template

HEADERS = ["Number", "Price", "Area", "Description", "Type", "URI"]
ROWS = [
    ["12035550100-12035550199", Decimal("5.000"), "Bridgeport, CT", "", None, ""],
    ["12035550300", Decimal("12.5"), "=HYPERLINK(0)", "+Sales", "SIP", "{number}@pbx.example.com"],
]


@pytest.mark.parametrize("name", ["orders.xlsx", "ORDERS.XLSX", "orders.csv", "orders.tsv"])
def test_what_is_written_loads_to_the_same_orders(tmp_path, read, name):
    path = tmp_path / name
    write_order_workbook(path, HEADERS, ROWS, title="In stock & more")
    orders = read(path)
    assert [problem.code for problem in orders.problems] == ["uri-missing"]
    assert [row.number for row in orders.rows] == [*map(str, range(12035550100, 12035550200)), "12035550300"]
    assert {row.price for row in orders.rows[:100]} == {Decimal(5)}
    last = orders.rows[-1]
    assert last.price == Decimal("12.5")
    assert last.fields == {"Description": "+Sales", "Type": "1", "URI": "12035550300@pbx.example.com"}
    assert last.cells[2] == "=HYPERLINK(0)"
    assert orders.rows[0].fields == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_another_reader_finds_text_a_frozen_header_and_no_formula(tmp_path):
    path = tmp_path / "orders.xlsx"
    write_order_workbook(path, HEADERS, ROWS, title="In stock")
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    assert book.properties.title == "In stock"
    assert [cell.value for cell in sheet[1]] == HEADERS
    assert sheet.freeze_panes == "B2"
    assert (sheet["A3"].value, sheet["A3"].data_type, sheet["A3"].number_format) == ("12035550300", "s", "@")
    assert (sheet["B3"].value, sheet["B3"].data_type) == (12.5, "n")
    assert (sheet["C3"].value, sheet["C3"].data_type) == ("=HYPERLINK(0)", "s")
    assert sheet["D2"].value is None
    assert sheet.column_dimensions["A"].width > len("12035550100-12035550199")
    assert sheet["A1"].font.b
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "inlineStr"}


def test_a_number_filled_in_below_stays_text(tmp_path):
    path = tmp_path / "orders.xlsx"
    write_order_workbook(path, HEADERS, ROWS)
    sheet = openpyxl.load_workbook(path)["Orders"]
    assert {sheet.column_dimensions[letter].number_format for letter in "ACDEF"} == {"@"}


def test_the_providers_fields_have_notes_and_drop_downs_as_in_the_template(tmp_path, table, read):
    path = tmp_path / "orders.xlsx"
    write_order_workbook(path, HEADERS, ROWS, table=table)
    sheet = openpyxl.load_workbook(path)["Orders"]
    heads = {cell.value: cell for cell in sheet[1]}
    assert [name for name, cell in heads.items() if cell.comment] == ["Description", "Type", "URI"]
    [rule] = sheet.data_validations.dataValidation
    assert (str(rule.sqref).split(":")[0], rule.formula1) == ("E2", '"sip,dial"')
    assert sheet.column_dimensions["F"].width >= 30
    assert len(read(path).rows) == 101


def test_what_check_would_refuse_is_coloured_as_in_the_template(tmp_path, table):
    path = tmp_path / "orders.xlsx"
    write_order_workbook(path, HEADERS, ROWS, table=table)
    sheet = openpyxl.load_workbook(path)["Orders"]
    formulas = {str(area.sqref): [rule.formula[0] for rule in area.rules] for area in sheet.conditional_formatting}
    last = len(ROWS) + 1 + 200
    assert set(formulas) == {f"A2:A{last}", f"B2:B{last}", f"E2:E{last}", f"F2:F{last}"}
    assert any("COUNTIF($A$2" in formula for formula in formulas[f"A2:A{last}"])
    assert any('TRIM($F2)=""' in formula for formula in formulas[f"F2:F{last}"])
    write_order_workbook(path, HEADERS, ROWS, force=True)
    assert not openpyxl.load_workbook(path)["Orders"].conditional_formatting


def test_cells_of_every_kind_come_back(tmp_path, read):
    moment = dt.datetime(2026, 11, 24, 13, 30)  # noqa: DTZ001 - as a workbook has it
    kinds = [7, 10**15, 1.5, True, dt.date(2026, 11, 24), moment, dt.date(1899, 1, 1), Decimal("1.2345678901234567")]
    expected = [7, "1000000000000000", 1.5, True, dt.date(2026, 11, 24), moment, "1899-01-01", "1.2345678901234567"]
    path = tmp_path / "kinds.xlsx"
    write_order_workbook(path, ["Number", *"abcdefgh"], [["12035550100", *kinds]])
    assert list(read(path).rows[0].cells[1:]) == expected
    path = tmp_path / "kinds.csv"
    write_order_workbook(path, ["Number", *"abcdefgh"], [["12035550100", *kinds]])
    texts = ["7", "1000000000000000", "1.5", "TRUE", "2026-11-24", "2026-11-24 13:30:00", "1899-01-01"]
    assert list(read(path).rows[0].cells[1:]) == [*texts, "1.2345678901234567"]


HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://x";"y")',
    "+1-1",
    "-2+3",
    "@SUM(A1)",
    '="0123"',
    "<r><t>rich</t></r>",
    "_x0041_",
    "_x005F_x000D_",
    "_x0041\x01",
    "a & b <c>",
    "'quoted",
    'say "hi"; or, not',
    "two\nlines",
    "Größe €",
]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".tsv"])
def test_text_that_could_be_something_else_stays_text(tmp_path, read, suffix):
    path = tmp_path / f"hostile{suffix}"
    write_order_workbook(path, ["Number", *(f"c{n}" for n, _ in enumerate(HOSTILE))], [["12035550100", *HOSTILE]])
    assert list(read(path).rows[0].cells[1:]) == HOSTILE


def test_a_spreadsheet_finds_no_formula_in_a_csv_but_quoted_text(tmp_path):
    path = tmp_path / "hostile.csv"
    write_order_workbook(path, ["Number", "Notes"], [[f"1203555010{n}", text] for n, text in enumerate(HOSTILE[:6])])
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    for cell in cells:
        assert cell[0] not in "=+-@" or (cell.startswith('="') and '"' not in cell[2:-1].replace('""', ""))


def test_half_a_character_is_written_as_a_mark(tmp_path, read):
    for name in ("half.csv", "half.xlsx"):
        write_order_workbook(tmp_path / name, ["Number", "Notes"], [["12035550100", "a\ud800\x00b"]])
        assert read(tmp_path / name).rows[0].cells[1] == "a\ufffd\ufffdb"


def test_a_text_too_long_for_a_cell_is_refused_with_its_row(tmp_path):
    with pytest.raises(UsageError, match="row 3"):
        write_order_workbook(tmp_path / "a.xlsx", ["Number", "N"], [["1", ""], ["2", "x" * 40_000]])
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_replaced_only_by_force(tmp_path, read):
    path = tmp_path / "orders.csv"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already") as caught:
        write_order_workbook(path, HEADERS, ROWS)
    assert "--force" in caught.value.remedy
    assert path.read_text() == "mine"
    write_order_workbook(path, HEADERS, ROWS, force=True)
    assert len(read(path).rows) == 101


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path):
    target, path = tmp_path / "target.csv", tmp_path / "orders.csv"
    target.write_text("mine")
    path.symlink_to(target)
    write_order_workbook(path, HEADERS, ROWS, force=True)
    assert target.read_text() == "mine"
    assert not path.is_symlink()


@pytest.mark.parametrize("name", ["orders.xls", "orders", "orders.json"])
def test_another_kind_of_file_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="written as"):
        write_order_workbook(tmp_path / name, HEADERS, ROWS)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_or_is_the_target_is_said(tmp_path):
    with pytest.raises(UsageError, match="can't be written"):
        write_order_workbook(tmp_path / "nowhere" / "a.xlsx", HEADERS, ROWS)
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(UsageError, match="can't be written"):
        write_order_workbook(tmp_path / "folder.xlsx", HEADERS, ROWS, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.xlsx"]


@pytest.mark.parametrize("write", [write_template, lambda path, _: write_order_workbook(path, HEADERS, ROWS)])
def test_a_full_disk_leaves_nothing_and_is_no_fault(tmp_path, table, write, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(UsageError, match="No space left"):
        write(tmp_path / "a.xlsx", table)
    assert list(tmp_path.iterdir()) == []
