"""One messy sheet of orders as many programs would have written it: libraries, LibreOffice, and markup as others write it by hand."""

from __future__ import annotations

import csv
import datetime as dt
import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import xlsxwriter

Cell = str | int | float | bool | dt.date
Cells = Mapping[tuple[int, int], Cell]
"""A sheet's cells by row, from 1, and column, from 0."""

DAY = dt.date(2026, 11, 24)
SHEET = "Orders"

MESSY: Cells = {
    (1, 1): "Numbers to order, as agreed",
    (4, 1): "Phone number",
    (4, 2): "Type",
    (4, 3): "URI",
    (4, 4): "Channels",
    (4, 5): "Price",
    (4, 6): "Record",
    (4, 8): "Cost centre",
    (4, 9): "Ordered",
    (5, 1): "+1 202 555-0131",
    (5, 2): "SIP",
    (5, 3): "sip:{last4}@pbx.example.com",
    (5, 4): 2,
    (5, 5): 2.5,
    (5, 6): True,
    (5, 8): "Zürich, Büro",
    (5, 9): DAY,
    (6, 1): 12025550132,
    (6, 2): 1,
    (6, 3): "a@pbx.example.com",
    (6, 8): "two\nlines",
    (9, 1): "33123450000-33123450004",
    (9, 2): "sip",
    (9, 3): "sip:{number}@pbx.example.com",
    (9, 8): 7,
    (11, 1): "12025550139",
    (11, 3): "a@pbx.example.com",
    (11, 4): "many",
}
"""A title, empty rows and columns, texts and numbers, a block, a line break, and a wrong cell: E11."""

WIDTH = 10
HEIGHT = 11


def grid(cells: Cells = MESSY) -> list[list[Cell | None]]:
    """The sheet as rows of cells from A1."""
    return [[cells.get((row, column)) for column in range(WIDTH)] for row in range(1, HEIGHT + 1)]


# Libraries -----------------------------------------------------------------------------------------------------------


def _openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = SHEET
    for (row, column), value in MESSY.items():
        book.active.cell(row, column + 1, value)
    book.active.merge_cells("B1:F1")
    hidden = book.create_sheet("Old orders", 0)
    hidden.append(["Number"])
    hidden.append(["12025550199"])
    hidden.sheet_state = "hidden"
    book.active = 1
    book.save(path)


def _xlsxwriter(path: Path) -> None:
    """Texts that Excel shows behind an apostrophe; a share, an amount, and a number shown shortened."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        quoted = book.add_format({"quote_prefix": True})
        shown = {
            (5, 4): book.add_format({"num_format": "0%"}),
            (5, 5): book.add_format({"num_format": '#,##0.00 "€"'}),
            (5, 9): book.add_format({"num_format": "dd.mm.yyyy"}),
            (6, 1): book.add_format({"num_format": "0.00E+00"}),
        }
        for (row, column), value in MESSY.items():
            if isinstance(value, dt.date):
                moment = dt.datetime.combine(value, dt.time())
                sheet.write_datetime(row - 1, column, moment, shown[row, column])
            elif isinstance(value, str):
                sheet.write_string(row - 1, column, value, quoted)
            else:
                sheet.write(row - 1, column, value, shown.get((row, column)))


def _formulas(path: Path) -> None:
    """Every cell a formula with its stored value."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for (row, column), value in MESSY.items():
            if isinstance(value, dt.date):
                sheet.write_datetime(row - 1, column, dt.datetime.combine(value, dt.time()), day)
            elif isinstance(value, bool):
                sheet.write_formula(row - 1, column, "=1=1", None, value)
            else:
                sheet.write_formula(row - 1, column, "=Source!A1", None, value)


def _pandas(path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        pd.DataFrame(grid()[4:], columns=grid()[3], dtype=object).to_excel(
            writer, sheet_name=SHEET, index=False, startrow=3
        )
        writer.sheets[SHEET]["B1"] = MESSY[1, 1]
        for column in (0, 7):
            writer.sheets[SHEET].cell(4, column + 1).value = None


# Markup as other programs write it -----------------------------------------------------------------------------------

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_STYLES = '<fonts/><fills/><borders/><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
_DAY_STYLE = 1


def _reference(row: int, column: int) -> str:
    return f"{chr(65 + column)}{row}"


def _serial(day: dt.date, *, apple: bool = False) -> int:
    return (day - (dt.date(1904, 1, 1) if apple else dt.date(1899, 12, 30))).days


def _rows(cell: Callable[[int, int, Cell], str], *, references: bool = True) -> Iterator[str]:
    for number, row in enumerate(grid(), start=1):
        cells = ""
        for column, value in enumerate(row):
            if value is not None:
                cells += cell(number, column, value)
            elif not references:
                cells += "<c/>"
        yield f'<row r="{number}">{cells}</row>' if references else f"<row>{cells}</row>"


def _plain(value: Cell, at: str, *, apple: bool = False) -> str:
    """A number, a truth or a day."""
    if isinstance(value, bool):
        return f'<c {at} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, dt.date):
        return f'<c {at} s="{_DAY_STYLE}"><v>{_serial(value, apple=apple)}</v></c>'
    return f"<c {at}><v>{value!r}</v></c>"


def _inline(path: Path) -> None:
    """Inline strings, partly in runs."""

    def cell(row: int, column: int, value: Cell) -> str:
        at = f'r="{_reference(row, column)}"'
        if not isinstance(value, str):
            return _plain(value, at)
        half = len(value) // 2
        one, two = escape(value[:half]), escape(value[half:])
        runs = f'<r><t xml:space="preserve">{one}</t></r><r><rPr><b/></rPr><t xml:space="preserve">{two}</t></r>'
        return f'<c {at} t="inlineStr"><is>{runs}</is></c>'

    _package(path, "".join(_rows(cell)))


def _shared(path: Path) -> None:
    """Shared strings with runs and with readings for Japanese, which are no part of the text."""
    texts: list[str] = []

    def cell(row: int, column: int, value: Cell) -> str:
        at = f'r="{_reference(row, column)}"'
        if not isinstance(value, str):
            return _plain(value, at)
        texts.append(
            f'<si><r><t xml:space="preserve">{escape(value[:1])}</t></r><r><rPr><i/></rPr><t xml:space="preserve">'
            f'{escape(value[1:])}</t></r><rPh sb="0" eb="1"><t>ヨミ</t></rPh><phoneticPr fontId="1"/></si>'
        )
        return f'<c {at} t="s"><v>{len(texts) - 1}</v></c>'

    rows = "".join(_rows(cell))
    _package(path, rows, shared=f'<sst xmlns="{_MAIN}">{"".join(texts)}</sst>')


def _without_places(path: Path) -> None:
    """Rows and cells without references, in order, as small programs write them; texts as results of formulas."""

    def cell(_row: int, _column: int, value: Cell) -> str:
        return f'<c t="str"><v>{escape(value)}</v></c>' if isinstance(value, str) else _plain(value, "")

    _package(path, "".join(_rows(cell, references=False)))


def _iso_days(path: Path) -> None:
    """Days as ISO texts of a type of their own, and elements under a prefix."""

    def cell(row: int, column: int, value: Cell) -> str:
        at = f'r="{_reference(row, column)}"'
        if isinstance(value, str):
            return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        if isinstance(value, dt.date):
            return f'<c {at} s="1" t="d"><v>{value.isoformat()}</v></c>'
        return _plain(value, at)

    _package(path, "".join(_rows(cell)))


def _apple(path: Path) -> None:
    """Days counted from 1904."""

    def cell(row: int, column: int, value: Cell) -> str:
        at = f'r="{_reference(row, column)}"'
        if isinstance(value, str):
            return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return _plain(value, at, apple=True)

    _package(path, "".join(_rows(cell)), properties='<workbookPr date1904="1"/>')


def _strict(path: Path) -> None:
    """The names of strict OOXML."""

    def cell(row: int, column: int, value: Cell) -> str:
        at = f'r="{_reference(row, column)}"'
        if isinstance(value, str):
            return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return _plain(value, at)

    _package(path, "".join(_rows(cell)), strict=True)


def _package(path: Path, rows: str, *, shared: str = "", properties: str = "", strict: bool = False) -> None:
    main, relations = (_STRICT, _STRICT_RELATIONS) if strict else (_MAIN, _RELATIONS)
    sheet_relation = f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
    more = f'<Relationship Id="rId2" Type="{relations}/styles" Target="styles.xml"/>'
    if shared:
        more += f'<Relationship Id="rId3" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/>'
    kinds = {
        "workbook": "sheet.main",
        "worksheets/sheet1": "worksheet",
        "styles": "styles",
        "sharedStrings": "sharedStrings",
    }
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        f'{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{relations}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}">{properties}<sheets>'
        f'<sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{sheet_relation}{more}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{_STYLES}</styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": shared,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            if content:
                package.writestr(name, content)


WORKBOOKS: Mapping[str, Callable[[Path], None]] = {
    "openpyxl": _openpyxl,
    "xlsxwriter": _xlsxwriter,
    "formulas": _formulas,
    "pandas": _pandas,
    "inline strings": _inline,
    "shared strings": _shared,
    "no references": _without_places,
    "ISO days": _iso_days,
    "days from 1904": _apple,
    "strict": _strict,
}
"""Each writes `MESSY` as an .xlsx at a path."""


# Text ----------------------------------------------------------------------------------------------------------------


def text(delimiter: str, *, comma: bool = False, quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    """`MESSY` as delimited text; `comma`: with decimal commas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)
    for row in grid():
        cells = ["TRUE" if cell is True else "" if cell is None else str(cell) for cell in row]
        writer.writerow([cell.replace("2.5", "2,5") if comma and cell == "2.5" else cell for cell in cells])
    return out.getvalue()


# LibreOffice ---------------------------------------------------------------------------------------------------------

OFFICE_FILTERS: Mapping[str, str] = {
    "xlsx": "xlsx",
    "xlsm": "xlsm:Calc MS Excel 2007 VBA XML",
    "ods": "ods",
    "xls": "xls",
    "csv": "csv:Text - txt - csv (StarCalc):59,34,1,1,,0,false,false",
    "tsv": "tsv:Text - txt - csv (StarCalc):9,34,65535,1,,0,true,false",
}
"""Ending → LibreOffice's filter: semicolons in cp1252, tabs in UTF-16."""


def office(source: Path, kind: str, folder: Path) -> Path:
    """`source` as LibreOffice saves it; it has a profile of its own in `folder`."""
    home = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", OFFICE_FILTERS[kind], "--outdir", str(folder)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=120)
    return folder / f"{source.stem}.{kind}"
