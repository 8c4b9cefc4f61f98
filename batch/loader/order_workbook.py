"""A plain order workbook from rows that a program has: what look-ups and plans hand to people to fill in and to run.

The loader reads the same orders again from what is written here; nothing in it is a formula, but in a CSV the quoting that
keeps a spreadsheet from making one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

from batch.errors import UsageError
from batch.fields import FieldTable
from batch.loader.cells import EXACT, LONGEST, as_text
from batch.loader.colouring import colour
from batch.loader.prompts import INK, WIDTHS, Prompts
from batch.loader.writing import require_free, writing
from batch.order import Cell

_BOOK = ".xlsx"
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (_BOOK, *_DELIMITERS)
"""The kinds of file that orders are written to."""

_DIGITS = 15
"""Decimal digits that a spreadsheet keeps of a number."""
_NARROWEST, _WIDEST = 8, 60
_MEASURED = 5000
"""Rows that a column's width is found from."""
_SPARE = 200
"""Rows below the orders where text is expected too."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_FIGURE = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LIKE_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4})")
"""How Excel's escapes of control characters begin, in texts where they are none."""
UNWRITABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
"""What no workbook can hold."""
_FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss"}


def write_order_workbook(
    path: Path,
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    force: bool = False,
    title: str = "",
    table: FieldTable | None = None,
) -> None:
    """Write an order workbook to `path`, whole or not at all, readable by its owner alone.

    The kind of file is what `path` is named: .xlsx, .csv or .tsv. `rows` have a cell for each of `headers`: text stays text,
    a Decimal is an amount of money, None and an empty text are blank. `title` stands in the workbook's properties and above
    each printed page. With the provider's `table`, its fields have notes, drop-downs and room, as in the template.

    Raises UsageError where something is there already (unless `force`), where it can't be written, where the name is of no
    such kind, and where a text is too long for a cell.
    """
    require_target(path, force=force)
    lines = [list(row) for row in rows]
    _check_lengths(path, [list(headers), *lines])
    with writing(path) as file:
        if path.suffix.lower() == _BOOK:
            _write_book(file, headers, lines, title, table)
        else:
            _write_text(file, [list(headers), *lines], _DELIMITERS[path.suffix.lower()])


def require_target(path: Path, *, force: bool) -> None:
    """Raises UsageError where no order workbook may be written to `path`: see `write_order_workbook`."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: orders are written as {', '.join(SUFFIXES)}", remedy="Name it orders.xlsx, say.")
    require_free(path, force=force)


def _check_lengths(path: Path, lines: Sequence[Sequence[Cell]]) -> None:
    for place, line in enumerate(lines, start=1):
        if any(isinstance(cell, str) and len(cell) > LONGEST for cell in line):
            raise UsageError(f"{path}: a text in row {place} is longer than a cell holds ({LONGEST:,} characters)")


# As a workbook -------------------------------------------------------------------------------------------------------


def _write_book(
    file: IO[bytes], headers: Sequence[str], rows: Sequence[Sequence[Cell]], title: str, table: FieldTable | None
) -> None:
    import xlsxwriter  # noqa: PLC0415 - 100 ms that only what writes pays

    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "comments": "An order workbook: numbatch check, then numbatch plan."})
    # The face and size of every cell that has no format of its own.
    book.formats[0].set_font_size(10)
    sheet = book.add_worksheet("Orders")
    last = len(rows) + 1 + _SPARE
    prompts = Prompts(book, sheet, last)
    styles = _Styles(book, prompts)
    for place, header in enumerate(headers):
        _add_column(sheet, styles, place, header, [row[place] for row in rows[:_MEASURED]], table)
    if table is not None:
        colour(book, sheet, table, {header: place for place, header in enumerate(headers)}, last)
    for line, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            styles.write(sheet, line, place, cell)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if title:
        sheet.set_header("&L&9" + title[:200].replace("&", "&&"))
    sheet.set_footer("&R&8page &P of &N")
    if rows:
        sheet.autofilter(0, 0, len(rows), len(headers) - 1)
    prompts.add_lists()
    book.close()


def _add_column(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    styles: _Styles,
    place: int,
    header: str,
    cells: Sequence[Cell],
    table: FieldTable | None,
) -> None:
    """A column's header, width and face; a field of `table` is shown as in the template."""
    texts = all(cell is None or isinstance(cell, str) for cell in cells)
    longest = max((len(_shown(cell)) for cell in cells), default=0)
    width = min(_WIDEST, max(_NARROWEST, len(header) + 5, longest + 3))
    if table is not None and header in table.names:
        styles.prompts.head(place, header, table)
        width = max(width, WIDTHS.get(header, 0))
        if table[header].words:
            styles.prompts.drop_down(place, table[header])
    else:
        sheet.write_string(0, place, never_rich(_shown(header)), styles.head_left if texts else styles.head_right)
    sheet.set_column(place, place, width, styles.text if texts else styles.plain)


class _Styles:
    """The formats of one workbook, and how each kind of cell is written."""

    def __init__(self, book: Any, prompts: Prompts) -> None:  # noqa: ANN401 - xlsxwriter has no types
        self.prompts = prompts
        self.head_left = prompts.head_style
        self.head_right = book.add_format(
            {
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": INK,
                "font_size": 10,
                "valign": "vcenter",
                "align": "right",
            }
        )
        self.plain = book.add_format({"font_size": 10})
        self.text = book.add_format({"font_size": 10, "num_format": "@", "align": "left", "indent": 1})
        self._money = book.add_format({"font_size": 10, "num_format": "#,##0.00##"})
        self._moments = {
            kind: book.add_format({"font_size": 10, "num_format": shown, "align": "left", "indent": 1})
            for kind, shown in _FORMATS.items()
        }

    def write(self, sheet: Any, line: int, place: int, cell: Cell) -> None:  # noqa: ANN401 - as above
        """Put `cell` where it belongs: as a number only where a spreadsheet keeps every digit of it."""
        match cell:
            case None | "":
                return
            case bool():
                sheet.write_boolean(line, place, cell, self.plain)
            case int() if abs(cell) < EXACT:
                sheet.write_number(line, place, cell, self.plain)
            case float():
                sheet.write_number(line, place, cell, self.plain)
            case Decimal() if len(cell.as_tuple().digits) <= _DIGITS:
                sheet.write_number(line, place, cell, self._money)
            case datetime() | date() | time() if not (isinstance(cell, date) and cell.year < 1901):
                sheet.write_datetime(line, place, cell, self._moments[type(cell)])
            case _:
                sheet.write_string(line, place, never_rich(_shown(cell)), self.text)


def never_rich(text: str) -> str:
    """`text`, or where the writer would take it for markup or escape half of it, markup that says just this."""
    if (text.startswith("<r>") and text.endswith("</r>")) or _LIKE_ESCAPE.search(text):
        # Underscores as references: the writer, which looks for escapes itself, sees none.
        said = _LIKE_ESCAPE.sub("&#95;x005F&#95;", escape(text))
        return f'<r><t xml:space="preserve">{said}</t></r>'
    return text


# As text -------------------------------------------------------------------------------------------------------------


def _write_text(file: IO[bytes], lines: Sequence[Sequence[Cell]], delimiter: str) -> None:
    # The mark at the beginning is what a spreadsheet knows UTF-8 by.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    csv.writer(text, delimiter=delimiter).writerows([_harmless(_shown(cell)) for cell in line] for line in lines)
    text.flush()
    text.detach()  # or it would close the file when it goes


def _harmless(text: str) -> str:
    """`text` so that a spreadsheet takes it for text: what could begin a formula is quoted as one that is just this text."""
    if text.startswith(_STARTS_FORMULA) and not _PLAIN_FIGURE.fullmatch(text):
        return '="' + text.replace('"', '""') + '"'
    return text


def _shown(cell: Cell) -> str:
    """A cell as text, digit for digit; what no file holds (half a character) becomes a question mark."""
    match cell:
        case None:
            return ""
        case str():
            return UNWRITABLE.sub("\ufffd", cell)
        case Decimal():
            return f"{cell:f}"
        case _:
            return as_text(cell)
