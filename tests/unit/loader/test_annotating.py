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

from batch.loader.annotating.asking import listed
from batch.loader.annotating.editing import edit
from batch.loader.annotating.styles import ERROR, FILLS, WARNING

PALE, PALE_BLUE = FILLS[ERROR, False], FILLS[WARNING, False]
BAD = [
    ["Number", "Type", "URI", "Channels", "Site"],
    ["12025550123", "SIP", "sip:100@pbx.example.com", "2", "Paris"],
    [None, "SIP", "sip:100@pbx.example.com", "many", "Nice"],
    ["1.20E+10", "SIP", "sip:100@pbx.example.com", "2", "Lille"],
    ["12025550124", "SIP", None, "2", "Lyon"],
]


@pytest.fixture
def marked(read, tmp_path):
    """Checks a file, marks it in this process, and answers the marked one, which breaks no rule, and what was told."""

    def mark(path: Path, name: str = "", **options: object):
        orders = read(path, **options)
        target = tmp_path / (name or f"marked{path.suffix if path.suffix == '.xlsm' else '.xlsx'}")
        done = edit(path.read_bytes(), orders.files[0].sheet, path.name, [listed(one) for one in orders.problems])
        target.write_bytes(done.content)
        check_package(target)
        return target, done

    return mark


def fill(cell) -> str:
    return cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else ""


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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
    sheet.set_header("&L&G", {"image_left": "header.png", "image_data_left": io.BytesIO(PIXEL)})
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
    if macros:
        (path.parent / "vbaProject.bin").write_bytes(b"the code of the macros")
        workbook.add_vba_project(str(path.parent / "vbaProject.bin"))
    workbook.close()


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301010018dd8d"
    "b00000000049454e44ae426082"
)


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
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
    }
    # Of the sheet, what was inserted is all that is new.
    old, new = before["xl/worksheets/sheet1.xml"], after["xl/worksheets/sheet1.xml"]
    assert re.sub(rb' s="\d+"', b"", old) == re.sub(rb' s="\d+"', b"", new)
    assert next(iter(after)) == "[Content_Types].xml"


def test_what_is_marked_is_an_order_workbook_as_before(book, read, marked):
    path = book(BAD, sheet="My orders")
    again, _ = marked(path)
    for options in ({}, {"sheet": "My orders"}):
        before, after = read(path, **options), read(again, **options)
        assert (after.key, after.files[0].sheet) == (before.key, "My orders")
        assert [one.cell for one in after.problems] == [one.cell for one in before.problems]


def test_a_mended_workbook_that_is_marked_again_has_no_marks_but_the_new_ones(book, marked):
    path, _ = marked(book(BAD), "first.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Sheet1"]["A3"], workbook["Sheet1"]["D3"] = "12025550125", "3"
    workbook.save(path.parent / "mended.xlsx")
    path, done = marked(path.parent / "mended.xlsx", "second.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Sheet1"]
    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if fill(cell)} == {"A4", "C5"}
    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment} == {"A4", "C5"}
    assert sheet["A4"].comment.text.count("numbatch check") == 1
    assert workbook.sheetnames == ["Sheet1", "Problems"]
    assert workbook["Problems"].max_row == 6
    assert done.sheet == "Problems"


def test_marking_again_and_again_grows_nothing(tmp_path, marked):
    write_rich(tmp_path / "rich.xlsx")
    paths = [tmp_path / "rich.xlsx"]
    for number in range(4):
        paths.append(marked(paths[-1], f"{number}.xlsx")[0])
    third, fourth = parts(paths[-2]), parts(paths[-1])
    assert {name: len(part) for name, part in third.items()} == {name: len(part) for name, part in fourth.items()}


def test_a_colour_that_was_there_comes_back_when_the_cell_is_mended(tmp_path, marked):
    workbook = openpyxl.Workbook()
    for row in BAD[:3]:
        workbook.active.append(row)
    workbook.active["D3"].fill = PatternFill("solid", fgColor="FF00FF00")
    workbook.save(tmp_path / "green.xlsx")
    path, _ = marked(tmp_path / "green.xlsx", "first.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook.active["A3"], workbook.active["D3"] = "12025550125", "3"
    workbook.save(tmp_path / "mended.xlsx")
    path, done = marked(tmp_path / "mended.xlsx", "second.xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert (fill(sheet["A3"]), fill(sheet["D3"]), done.marked) == ("", "FF00FF00", 0)


def test_a_valid_workbook_comes_back_and_says_that_nothing_is_wrong(book, marked):
    path, done = marked(book(BAD[:2]))
    sheet = openpyxl.load_workbook(path)["Problems"]
    assert (done.marked, done.commented) == (0, 0)
    assert (sheet["A1"].value, sheet.max_row) == ("No problems found", 4)
    assert "Nothing is to be mended." in sheet["A2"].value


def test_a_remark_of_the_users_on_the_same_cell_keeps_its_text_and_ours_follows(tmp_path, marked):
    write_rich(tmp_path / "rich.xlsx")
    path, _ = marked(tmp_path / "rich.xlsx", "first.xlsx")
    for _ in range(2):
        sheet = openpyxl.load_workbook(path)["Orders"]
        text = sheet["A4"].comment.text
        assert text.startswith("My own remark\n\nnumbatch check: error\n")
        assert (text.count("numbatch check"), sheet["A4"].comment.author) == (1, "Anna")
        path, _ = marked(path, "second.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Orders"]["A4"] = "12025550199"
    workbook.save(tmp_path / "mended.xlsx")
    path, _ = marked(tmp_path / "mended.xlsx", "third.xlsx")
    assert openpyxl.load_workbook(path)["Orders"]["A4"].comment.text == "My own remark"


def test_plain_text_of_a_remark_is_kept_and_a_conversation_is_left_alone(tmp_path, marked):
    workbook = openpyxl.Workbook()
    for row in BAD:
        workbook.active.append(row)
    for cell, author in (("A3", "Anna"), ("A4", "tc={0B1D}")):
        workbook.active[cell].comment = Comment("Says who?", author)
    workbook.save(tmp_path / "talk.xlsx")
    path, done = marked(tmp_path / "talk.xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A3"].comment.text.startswith("Says who?\n\nnumbatch check: error")
    assert (sheet["A4"].comment.text, fill(sheet["A4"])) == ("Says who?", PALE)
    assert (done.marked, done.commented) == (4, 3)


def test_a_sheet_of_the_users_called_problems_is_not_lost(tmp_path, marked):
    workbook = openpyxl.Workbook()
    for row in BAD:
        workbook.active.append(row)
    workbook.create_sheet("problems")["A1"] = "mine"
    workbook.save(tmp_path / "own.xlsx")
    path, done = marked(tmp_path / "own.xlsx", "first.xlsx")
    path, again = marked(path, "second.xlsx")
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["Sheet", "problems", "Problems (2)"]
    assert (workbook["problems"]["A1"].value, done.sheet, again.sheet) == ("mine", "Problems (2)", "Problems (2)")


def test_macros_stay_and_their_workbook_stays_one(tmp_path, marked):
    write_rich(tmp_path / "macros.xlsm", macros=True)
    path, _ = marked(tmp_path / "macros.xlsm")
    assert path.suffix == ".xlsm"
    after = parts(path)
    assert after["xl/vbaProject.bin"] == b"the code of the macros"
    assert b"macroEnabled" in after["[Content_Types].xml"]


def test_a_signature_that_would_be_wrong_is_removed_and_said_so(book, marked, tmp_path):
    path = book(BAD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("_xmlsignatures/origin.sigs", b"")
        archive.writestr("_xmlsignatures/sig1.xml", b"<Signature/>")
    content = parts(path)
    content["_rels/.rels"] = content["_rels/.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="sig" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"'
        b' Target="_xmlsignatures/origin.sigs"/></Relationships>',
    )
    content["[Content_Types].xml"] = content["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Default Extension="sigs" ContentType="application/x"/><Override PartName="/_xmlsignatures/sig1.xml"'
        b' ContentType="application/y"/></Types>',
    )
    signed = tmp_path / "signed.xlsx"
    with zipfile.ZipFile(signed, "w") as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    path, done = marked(signed)
    assert not [name for name in parts(path) if "signature" in name]
    assert "signature is removed" in done.remarks[0]
    assert "signature is removed" in openpyxl.load_workbook(path)["Problems"]["A2"].value


def test_a_problem_in_a_merged_cell_is_marked_where_it_shows(tmp_path, marked):
    workbook = openpyxl.Workbook()
    for row in BAD:
        workbook.active.append(row)
    workbook.active.merge_cells("A2:A3")
    workbook.save(tmp_path / "merged.xlsx")
    path, _ = marked(tmp_path / "merged.xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert fill(sheet["A2"]) == PALE
    assert "A3: " in sheet["A2"].comment.text


def test_a_problem_of_a_whole_row_is_marked_in_its_first_cell(book, marked):
    path, done = marked(book([["Note", "Number", "Type"], ["a", "12025550123", "SIP"]]))
    sheet = openpyxl.load_workbook(path).active
    assert (fill(sheet["A2"]), done.marked) == (PALE_BLUE, 1)
    assert openpyxl.load_workbook(path)["Problems"]["B5"].value == "A2"


# By hand -------------------------------------------------------------------------------------------------------------


def text_cell(text: str, place: str = "") -> str:
    named = f' r="{place}"' if place else ""
    return f'<c{named} t="inlineStr"><is><t>{text}</t></is></c>'


BAD_CELL = text_cell("1.2E+10", "A2")
HEADS = text_cell("Number", "A1") + text_cell("URI", "B1") + text_cell("URI2", "C1")
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml"'
    ' ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName='
    '"/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def by_hand(raw_xlsx):
    """Writes a sheet's data by hand, into a package that says of which type its parts are."""

    def write(data: str, **options: str) -> Path:
        path = raw_xlsx(data, **options)
        content = parts(path) | {"[Content_Types].xml": TYPES.encode()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in content.items():
                archive.writestr(name, part)
        return path

    return write


def coloured(path: Path) -> set[str]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return {cell.coordinate for row in sheet.iter_rows() for cell in row if fill(cell)}


def test_cells_and_rows_without_names_are_counted_and_cells_that_are_not_there_are_put_in_their_places(by_hand, marked):
    data = (
        f"<row>{text_cell('Number')}{text_cell('Type')}{text_cell('URI')}{text_cell('Channels')}</row>"
        f"<row>{text_cell('12025550123')}{text_cell('SIP')}<c/>{text_cell('many')}</row>"
        f'<row spans="2:4"><c r="B3" t="inlineStr"><is><t>SIP</t></is></c>{text_cell("a@b.example")}</row>'
        f"<row r='5'>{text_cell('1.2E+10', 'A5')}</row>"
    )
    path, done = marked(by_hand(data))
    assert coloured(path) == {"C2", "D2", "A3", "A5", "C5"}
    assert done.marked == 5
    sheet = parts(path)["xl/worksheets/sheet1.xml"].decode()
    assert re.search(r'<row><c r="A3" s="\d+"/><c r="B3"', sheet)
    assert re.search(r'</c><c r="C5" s="\d+"/></row>', sheet)


@pytest.mark.parametrize(
    "inside",
    ["<!-- <row r='2'><c r='A2'/></row> </sheetData> -->", "<?note <row r='2'> ?>", ""],
    ids=["comment", "instruction", "plain"],
)
def test_only_what_is_a_row_is_taken_for_one(by_hand, marked, inside):
    data = (
        f'<row r="1">{HEADS}</row>{inside}<row r="2">{text_cell("1.2E+10", "A2")}'
        '<c r="B2" t="inlineStr"><is><t><![CDATA[</c></row><row r="2"><c r="A2"/> a@b]]></t></is></c></row>'
    )
    path, _ = marked(by_hand(data))
    assert {"A2"} <= coloured(path) <= {"A2", "B2"}
    assert inside.encode() in parts(path)["xl/worksheets/sheet1.xml"]


def test_a_sheet_whose_names_have_a_prefix_is_marked_under_it(by_hand, marked):
    cells = re.sub(r"<(/?)(\w)", r"<\1x:\2", f'<row r="1">{HEADS}</row><row r="2">{BAD_CELL}</row>')
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:cols><x:col min="2" max="3" width="20" style="0"/></x:cols><x:sheetData>{cells}'
        '</x:sheetData><x:pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/></x:worksheet>'
    )
    path, _ = marked(by_hand("", sheet=sheet))
    assert coloured(path) == {"A2", "B2"}
    after = parts(path)["xl/worksheets/sheet1.xml"]
    assert b"<bookViews><workbookView/></bookViews><sheets>" in parts(path)["xl/workbook.xml"]
    assert re.search(rb'footer="1"/><x:legacyDrawing [^>]*r:id="rId\d+"/></x:worksheet>$', after)


def test_strict_workbooks_get_strict_relations(book, marked, tmp_path):
    path = book(BAD)
    strict = tmp_path / "strict.xlsx"
    office, purl = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    office, purl = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    with zipfile.ZipFile(strict, "w") as archive:
        for name, part in parts(path).items():
            named = part.replace(office + b"spreadsheetml/2006/main", purl + b"spreadsheetml/main")
            archive.writestr(
                name,
                named.replace(office + b"officeDocument/2006/relationships", purl + b"officeDocument/relationships"),
            )
    path, _ = marked(strict)
    after = parts(path)
    assert b'/ooxml/officeDocument/relationships/comments"' in after["xl/worksheets/_rels/sheet1.xml.rels"]
    for part in ("xl/worksheets/sheet2.xml", "xl/comments1.xml"):
        assert b'xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"' in after[part]
    assert CalamineWorkbook.from_path(str(path)).sheet_names == ["Sheet1", "Problems"]
