"""Writers that put a sheet of every kind of cell into every format.

A writer takes what its format, or the library behind it, can hold: `adapted` says what that is, so that a test can ask for
exactly that again.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import xlsxwriter

from batch.loader.order_workbook import write_order_workbook
from batch.loader.template import write_template
from batch.provider.multitel.fields import FIELDS

Cell = str | int | float | bool | dt.date | dt.time | None
Rows = Sequence[Sequence[Cell]]

_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MOMENT = "yyyy-mm-dd hh:mm:ss"


def as_excel_says(text: str) -> str:
    """`text` as Excel stores it: control characters escaped, and what looks like such an escape."""
    text = re.sub("_(?=x[0-9A-Fa-f]{4})", "_x005F_", text)
    return re.sub("[\x00-\x08\x0b-\x1f]", lambda found: f"_x{ord(found[0]):04X}_", text)


def as_text(cell: Cell) -> str:
    """What a text file holds for `cell`."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case dt.datetime():
            return cell.isoformat(sep=" ")
        case _:
            return cell if isinstance(cell, str) else str(cell)


# Writers -------------------------------------------------------------------------------------------------------------


def _openpyxl(path: Path, header: Sequence[str], rows: Rows) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "S"
    _fill(sheet, [list(header), *rows], 1)
    book.save(path / "a.xlsx")
    return path / "a.xlsx"


def _fill(sheet, rows: Rows, first: int) -> None:
    for line, row in enumerate(rows, first):
        for column, value in enumerate(row, 1):
            if value is None:
                sheet.cell(line, column).value = None
            else:
                cell = sheet.cell(line, column, as_excel_says(value) if isinstance(value, str) else value)
                if cell.data_type == "f" or (isinstance(value, str) and cell.data_type == "e"):
                    cell.data_type = "s"


def _xlsxwriter(path: Path, header: Sequence[str], rows: Rows) -> Path:
    with xlsxwriter.Workbook(path / "a.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet("S")
        formats = {
            kind: book.add_format({"num_format": shown})
            for kind, shown in ((dt.datetime, _MOMENT), (dt.date, "yyyy-mm-dd"), (dt.time, "hh:mm:ss"))
        }
        for line, row in enumerate([list(header), *rows]):
            for column, value in enumerate(row):
                match value:
                    case None:
                        continue
                    case bool():
                        sheet.write_boolean(line, column, value)
                    case str():
                        sheet.write_string(line, column, value)
                    case int() | float():
                        sheet.write_number(line, column, value)
                    case _:
                        sheet.write_datetime(line, column, value, formats[type(value)])
    return path / "a.xlsx"


def _pandas(engine: str) -> Callable[[Path, Sequence[str], Rows], Path]:
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}} if engine == "xlsxwriter" else {}

    def write(path: Path, header: Sequence[str], rows: Rows) -> Path:
        said = as_excel_says if engine == "openpyxl" else str
        whole = [[said(cell) if isinstance(cell, str) else cell for cell in row] for row in [list(header), *rows]]
        frame = pd.DataFrame(whole, dtype=object)
        with pd.ExcelWriter(path / "a.xlsx", engine=engine, engine_kwargs=options) as writer:
            frame.to_excel(writer, index=False, header=False, sheet_name="S")
            if engine == "openpyxl":
                for cell in (cell for row in writer.sheets["S"].iter_rows() for cell in row):
                    if cell.data_type in {"f", "e"}:
                        cell.data_type = "s"
        return path / "a.xlsx"

    return write


def _ours(suffix: str) -> Callable[[Path, Sequence[str], Rows], Path]:
    def write(path: Path, header: Sequence[str], rows: Rows) -> Path:
        write_order_workbook(path / f"a{suffix}", list(header), rows, title="S", table=FIELDS)
        return path / f"a{suffix}"

    return write


def _template(path: Path, header: Sequence[str], rows: Rows) -> Path:
    """The template as a person fills it in: its columns are there already, the others are added at its right."""
    write_template(path / "a.xlsx", FIELDS)
    book = openpyxl.load_workbook(path / "a.xlsx")
    sheet = book["Orders"]
    there = {cell.value.casefold(): cell.column for cell in sheet[1]}
    places = {}
    for name in header:
        places[name] = there.get(re.sub("[ _]", "", name).casefold()) or sheet.max_column + 1
        if places[name] > len(there):
            _fill_one(sheet, 1, places[name], name)
    for line, row in enumerate(rows, 2):
        for column in there.values():
            sheet.cell(line, column).value = None  # the example is written over
        for name, value in zip(header, row, strict=True):
            _fill_one(sheet, line, places[name], value)
    book.save(path / "a.xlsx")
    return path / "a.xlsx"


def _fill_one(sheet, line: int, column: int, value: Cell) -> None:
    cell = sheet.cell(line, column)
    cell.value = as_excel_says(value) if isinstance(value, str) else value
    if isinstance(value, str) and cell.data_type in {"f", "e"}:
        cell.data_type = "s"


def _text(
    suffix: str, delimiter: str, encoding: str, quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n"
) -> Callable[[Path, Sequence[str], Rows], Path]:
    def write(path: Path, header: Sequence[str], rows: Rows) -> Path:
        content = io.StringIO()
        writer = csv.writer(content, delimiter=delimiter, quoting=quoting, lineterminator=end)
        writer.writerows([as_text(cell) for cell in row] for row in [header, *rows])
        (path / f"a{suffix}").write_bytes(content.getvalue().encode(encoding))
        return path / f"a{suffix}"

    return write


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = re.compile(r"[\t\n]| {2,}|^ | $")


def _ods(path: Path, header: Sequence[str], rows: Rows) -> Path:
    """An .ods by hand, as LibreOffice writes one."""
    lines = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in [list(header), *rows]
    )
    content = (
        f'<office:document-content xmlns:office="{_OFFICE}:office:1.0" xmlns:table="{_OFFICE}:table:1.0"'
        f' xmlns:text="{_OFFICE}:text:1.0"><office:body><office:spreadsheet><table:table table:name="S">'
        f"{lines}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path / "a.ods", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return path / "a.ods"


def _ods_cell(cell: Cell) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case bool():
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
        case str():
            said = _SPACES.sub(lambda found: _ods_space(found[0]), escape(cell).replace("\r", "&#13;"))
            lines = "".join(f"<text:p>{line}</text:p>" for line in said.split("\n"))
            return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
        case int() | float():
            return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
        case dt.time():
            return f'<table:table-cell office:value-type="time" office:time-value="PT{cell:%HH%MM%SS}"/>'
        case _:
            return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'


def _ods_space(space: str) -> str:
    if space == "\t":
        return "<text:tab/>"
    return space if space == "\n" else f'<text:s text:c="{len(space)}"/>'


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = len(content), b""
    while True:
        length, low = length >> 7, length & 0x7F
        size += bytes([low | (0x80 if length else 0)])
        if not length:
            return head + size + content


def _wide(text: str) -> bytes:
    units = text.encode("utf-16-le", "surrogatepass")
    return struct.pack("<I", len(units) // 2) + units


def _xlsb(path: Path, header: Sequence[str], rows: Rows) -> Path:
    """An .xlsb by hand: texts, numbers and truths; dates are numbers there, and are written as texts here."""
    data = io.BytesIO()
    whole = [list(header), *rows]
    for number, row in enumerate(whole):
        data.write(_record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0)))
        for column, cell in enumerate(row):
            place = struct.pack("<II", column, 0)
            match cell:
                case None:
                    data.write(_record(1, place))
                case bool():
                    data.write(_record(4, place + bytes([cell])))
                case int() | float():
                    data.write(_record(5, place + struct.pack("<d", cell)))
                case _:
                    data.write(_record(6, place + _wide(as_text(cell))))
    size = struct.pack("<IIII", 0, len(whole) - 1, 0, max(map(len, whole)) - 1)
    sheet = _record(129) + _record(148, size) + _record(145) + data.getvalue() + _record(146) + _record(130)
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("S")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path / "a.xlsb", "w") as package:
        package.writestr(
            "xl/workbook.bin", _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
        )
        package.writestr(
            "xl/_rels/workbook.bin.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{kind}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        )
        package.writestr("xl/worksheets/sheet1.bin", sheet)
    return path / "a.xlsb"


WRITERS: dict[str, Callable[[Path, Sequence[str], Rows], Path]] = {
    "openpyxl": _openpyxl,
    "xlsxwriter": _xlsxwriter,
    "pandas, openpyxl": _pandas("openpyxl"),
    "pandas, xlsxwriter": _pandas("xlsxwriter"),
    "ours .xlsx": _ours(".xlsx"),
    "ours .csv": _ours(".csv"),
    "ours .tsv": _ours(".tsv"),
    "template": _template,
    "ods": _ods,
    "xlsb": _xlsb,
    "csv": _text(".csv", ",", "utf-8"),
    "csv with a mark, semicolons": _text(".csv", ";", "utf-8-sig", csv.QUOTE_ALL),
    "csv of Windows' Unicode, tabs": _text(".csv", "\t", "utf-16", csv.QUOTE_ALL, "\n"),
    "tsv": _text(".tsv", "\t", "utf-8"),
}
"""Each writes a header and rows below it into a folder, and answers the path."""

TEXT = frozenset(kind for kind in WRITERS if "csv" in kind or "tsv" in kind)


def adapted(kind: str, cell: Cell) -> Cell:
    """`cell`, or what can stand for it in files that this writer makes."""
    if not isinstance(cell, str):
        return None if kind == "xlsb" and isinstance(cell, dt.date | dt.time) else cell
    if kind in TEXT:
        # A text in ="…" is how a CSV says that it is text; ours says it of such a text, too.
        cell = re.sub("[\0\ud800-\udfff\ufffe\uffff]", "?", cell)
        return cell if kind.startswith("ours") else re.sub('\\A="', "='", cell)
    if kind.endswith("xlsxwriter"):
        # Where two escapes meet the library escapes the first only; and it takes <r> for markup, {= for a formula.
        cell = (
            re.sub("_(?=x[0-9A-Fa-f]{4}(?:_x[0-9A-Fa-f]{4}_|[\0-\x1f]))", ".", cell)
            .replace("<r>", "<R>")
            .replace("{=", "{-")
        )
    if kind in {"openpyxl", "pandas, openpyxl", "template"} and not cell.strip():
        return None  # the library does not say that blanks count
    if kind == "xlsb":
        cell = cell.lstrip("\ufeff")
    if kind == "ours .xlsx":
        cell = cell.replace("\0", "?")
    if kind == "ods":
        # It has no escapes: what XML can't say it can't say.
        return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "?", cell)
    return _NO_XML.sub("?", cell)


def carried(kind: str, cell: Cell) -> Cell:
    """What the loader carries along where a writer of this kind wrote `cell` in a user's column."""
    if cell is None or cell == "":
        return None
    if kind in TEXT or (isinstance(cell, dt.time) and kind.startswith("pandas")):
        return as_text(cell)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time() and kind != "ods":
        return cell.date()  # a day is a moment at midnight there
    return cell
