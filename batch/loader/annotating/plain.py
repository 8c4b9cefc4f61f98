"""A new workbook of the cells of an order file whose own format can't be marked: text files, and older formats."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from batch.errors import OrdersError
from batch.fields import FieldTable
from batch.loader import LoadOptions
from batch.loader.cells import EXACT, LONGEST, Flaw, Read, as_text, is_blank
from batch.loader.findings import Findings
from batch.loader.header import Names, find_layout
from batch.loader.order_workbook import UNWRITABLE, never_rich
from batch.loader.source import Sheet, read_sheet
from batch.order import OrderFile

_SHEET: Final = "Orders"
"""The sheet's name where the file has none."""
_MOST_ROWS: Final = 1_048_576
_NARROWEST, _WIDEST, _MEASURED = 9, 50, 1000
_FORMATS: Final = {dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.date: "yyyy-mm-dd", dt.time: "hh:mm:ss"}


@dataclass(frozen=True, slots=True)
class Plain:
    """An .xlsx of nothing but cells, each where it was: its bytes, the name of its sheet, and what it lacks."""

    content: bytes
    sheet: str
    remarks: tuple[str, ...]


def plain_workbook(file: OrderFile, table: FieldTable, options: LoadOptions) -> Plain:
    """The cells of `file`, read again, as a workbook: text stays text, nothing is a formula.

    Raises OrdersError where the file has changed since it was read, or has more rows than a sheet.
    """
    names = Names(table, options.columns)
    sheet = read_sheet(file.path, options, names.heads)
    if sheet.sha256 != file.sha256:
        raise OrdersError(f"{file.path.name} has changed since it was checked", remedy="Check it again.")
    if sheet.height > _MOST_ROWS:
        raise OrdersError(
            f"{file.path.name} can't be annotated: it has {sheet.height:,} rows, and a sheet holds {_MOST_ROWS:,}",
            remedy="Split it.",
        )
    layout = find_layout(sheet, names, options, Findings(str(file.path), sheet.name))
    content, cut = _written(sheet, layout.row if layout else 0)
    lost = "It is a new workbook: formatting, formulas and other sheets are not kept."
    remarks = ["It is a new workbook, for a text file has no colours." if sheet.kind == "csv" else lost]
    if cut:
        remarks.append(f"{cut:,} texts are cut after the {LONGEST:,} characters that a cell holds.")
    return Plain(content, sheet_name(sheet.name), tuple(remarks))


def sheet_name(name: str) -> str:
    """`name` as a workbook of Excel may call a sheet: other programs allow more characters, and more of them."""
    return re.sub(r"[\[\]:*?/\\]", "-", name)[:31].strip("' ") or _SHEET


def _written(sheet: Sheet, header: int) -> tuple[bytes, int]:
    """The workbook's bytes, and how many texts were too long. `header`: its row, 0: none is known."""
    import xlsxwriter  # noqa: PLC0415 - 100 ms that only what writes pays

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True})
    page = book.add_worksheet(sheet_name(sheet.name))
    looks = {kind: book.add_format({"num_format": shown, "align": "left"}) for kind, shown in _FORMATS.items()}
    looks[str] = book.add_format({"num_format": "@"})
    head = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, _width(column[:_MEASURED]), looks[str])
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{max(1, sheet.height)}"})
    if header:
        page.freeze_panes(header, 0)
    cut = 0
    for row, cells in enumerate(zip(*sheet.columns, strict=True)):
        for place, cell in enumerate(cells):
            if cell != "":
                cut += _write(page, row, place, cell, {**looks, str: head} if row + 1 == header else looks)
    book.close()
    return out.getvalue(), cut


def _write(page: Any, row: int, place: int, cell: Read, looks: dict[type, Any]) -> bool:  # noqa: ANN401 - of xlsxwriter
    """Write a cell as what it is; whether it had to be cut."""
    match cell:
        case bool():
            page.write_boolean(row, place, cell)
        case int() if abs(cell) < EXACT:
            page.write_number(row, place, cell)
        case float():
            page.write_number(row, place, cell)
        case dt.datetime() | dt.date() if cell.year >= 1901:
            page.write_datetime(row, place, cell, looks[type(cell)])
        case dt.time():
            page.write_datetime(row, place, cell, looks[dt.time])
        case _:
            text = _text(cell)
            page.write_string(row, place, never_rich(text[:LONGEST]), looks[str])
            return len(text) > LONGEST
    return False


def _text(cell: Read) -> str:
    if isinstance(cell, Flaw):
        return cell.shown
    return UNWRITABLE.sub("\ufffd", cell) if isinstance(cell, str) else as_text(cell)


def _width(cells: Sequence[Read]) -> int:
    longest = max((len(_text(cell)) for cell in cells if not is_blank(cell)), default=0)
    return min(_WIDEST, max(_NARROWEST, longest + 3))
