"""The user's own workbook with its problems marked: everything else stays, and it is an order workbook again."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side
from python_calamine import CalamineWorkbook
from support.packages import check_package

from batch.errors import OrdersError, UsageError
from batch.loader import LoadOptions
from batch.loader.annotating.asking import annotate, problems_path, targets
from batch.loader.annotating.styles import ERROR, FILLS, WARNING
from batch.order import OrderFile
from batch.problem import Level, Problem

PALE, PALE_BLUE = FILLS[ERROR, False], FILLS[WARNING, False]
BAD = [
    ["Number", "Type", "URI", "Channels", "Site"],
    ["12025550123", "SIP", "sip:100@pbx.example.com", "2", "Paris"],
    [None, "SIP", "sip:100@pbx.example.com", "many", "Nice"],
    ["1.20E+10", "SIP", "sip:100@pbx.example.com", "2", "Lille"],
    ["12025550124", "SIP", None, "2", "Lyon"],
]


@pytest.fixture
def marked(read, table, tmp_path):
    """Checks a file, marks it, and answers the marked one, which breaks no rule, and what was told."""

    def mark(path: Path, name: str = "", **options: object):
        orders = read(path, **options)
        target = tmp_path / (name or f"marked{path.suffix if path.suffix == '.xlsm' else '.xlsx'}")
        done = annotate(orders.files[0], orders.problems, target, table, LoadOptions(**options))
        check_package(target)
        return target, done

    return mark


def fill(cell) -> str:
    return cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else ""


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_bad_cell_is_coloured_and_says_what_is_wrong_and_how_to_mend_it(book, marked):
    path, done = marked(book(BAD))
    sheet = openpyxl.load_workbook(path)["Sheet1"]
    coloured = {cell.coordinate: fill(cell) for row in sheet.iter_rows() for cell in row if fill(cell)}
    assert coloured == {"A3": PALE, "D3": PALE, "A4": PALE, "C5": PALE_BLUE}
    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment} == set(coloured)
    text = sheet["A4"].comment.text
    assert text.startswith("numbatch check: error\nDigits are lost")
    assert "\nTo mend it: Format the column as text" in text
    assert text.endswith("(number-lossy)")
    assert sheet["C5"].comment.text.startswith("numbatch check: warning\n")
    assert (done.marked, done.commented, done.sheet) == (4, 4, "Problems")


def test_a_sheet_lists_every_problem_with_a_link_to_its_cell(book, marked):
    path, _ = marked(book(BAD))
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["Sheet1", "Problems"]
    sheet = workbook["Problems"]
    assert sheet["A1"].value == "3 errors, 1 warning"
    head, *rows = sheet.iter_rows(min_row=4, values_only=True)
    assert head == ("Level", "Cell", "Column", "Value", "What is wrong", "How to mend it", "Code")
    assert [(row[0], row[1], row[2], row[3], row[6]) for row in rows] == [
        ("error", "A3", "Number", None, "number-missing"),
        ("error", "D3", "Channels", "many", "channels-malformed"),
        ("error", "A4", "Number", "1.20E+10", "number-lossy"),
        ("warning", "C5", "URI", None, "uri-missing"),
    ]
    assert sheet["B6"].hyperlink.location == "'Sheet1'!D3"
    assert sheet.freeze_panes == "A5"
    assert sheet.auto_filter.ref == "A4:G8"
    assert sheet.print_title_rows == "$4:$4"
    assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", True)


def test_a_cells_own_font_border_and_number_format_are_kept(tmp_path, marked):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in BAD:
        sheet.append(row)
    cell = sheet["D3"]
    cell.font, cell.number_format = Font(name="Courier New", italic=True), "0.00"
    cell.border, cell.fill = Border(left=Side("thick")), PatternFill("solid", fgColor="FF00FF00")
    workbook.save(tmp_path / "own.xlsx")
    path, _ = marked(tmp_path / "own.xlsx")
    cell = openpyxl.load_workbook(path)["Sheet"]["D3"]
    assert (cell.font.name, cell.font.italic, cell.number_format) == ("Courier New", True, "0.00")
    assert (cell.border.left.style, fill(cell)) == ("thick", PALE)


def test_light_text_on_a_dark_header_gets_a_strong_colour(tmp_path, marked):
    workbook = openpyxl.Workbook()
    workbook.active.append(["Number", "RingTyp", "Vms2", "Typ"])
    workbook.active.append(["12025550123", "1"])
    for cell, colour in zip(workbook.active[1], ("FFFFFFFF", "FFFFFFFF", "FF000000", None), strict=True):
        cell.font = Font(color=colour)
    workbook.save(tmp_path / "dark.xlsx")
    path, _ = marked(tmp_path / "dark.xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert [fill(cell) for cell in sheet[1]] == ["", FILLS[ERROR, True], PALE, PALE]


def test_all_parts_but_those_that_must_change_are_kept_byte_for_byte(tmp_path, marked):
    rich = tmp_path / "rich.xlsx"
    write_rich(rich)
    path, _ = marked(rich)
    before, after = parts(rich), parts(path)
    assert set(before) < set(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
    } - {"xl/worksheets/_rels/sheet1.xml.rels"}
    # Of the sheet, what was inserted is all that is new.
    old, new = before["xl/worksheets/sheet1.xml"], after["xl/worksheets/sheet1.xml"]
    assert re.sub(rb' s="\d+"', b"", old) == re.sub(rb' s="\d+"', b"", new)
    assert list(after)[0] == "[Content_Types].xml"


def write_rich(path: Path, *, macros: bool = False) -> None:
    """A workbook with most of what a workbook can have."""
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("Orders")
    bold = workbook.add_format({"bold": True, "bg_color": "#FFFF00"})
    for place, header in enumerate(["Number", "URI", "Site", "Sum"]):
        sheet.write(0, place, header, bold)
    for row in range(1, 6):
        sheet.write_string(row, 0, f"1202555012{row}" if row != 3 else "1.20E+10")
        sheet.write_string(row, 1, "sip:a@pbx.example.com")
        sheet.write_rich_string(row, 2, "a ", bold, "rich ", "text")
        sheet.write_formula(row, 3, f"=1+{row}", None, 1 + row)
    sheet.write_comment("A4", "My own remark", {"author": "Anna"})
    sheet.write_comment("B2", "Another", {"author": "Ben"})
    sheet.add_table("A1:D6", {"columns": [{"header": name} for name in ("Number", "URI", "Site", "Sum")]})
    sheet.conditional_format("D2:D6", {"type": "data_bar"})
    sheet.data_validation("C2:C6", {"validate": "list", "source": ["a", "b"]})
    sheet.set_header("&L&G", {"image_left": io.BytesIO(PIXEL), "image_left_position": "x"} if not macros else {})
    sheet.insert_image("F2", "pixel.png", {"image_data": io.BytesIO(PIXEL)})
    sheet.insert_button("F8", {"macro": "say", "caption": "Press"})
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=Orders!$D$2:$D$6"})
    sheet.insert_chart("H2", chart)
    sheet.protect("secret")
    other = workbook.add_worksheet("Other")
    other.write_comment("A1", "Elsewhere", {"author": "Anna"})
    other.write_formula(0, 1, "=Orders!D2")
    workbook.define_name("Total", "=Orders!$D$2:$D$6")
    workbook.close()


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301010018dd8d"
    "b00000000049454e44ae426082"
)
