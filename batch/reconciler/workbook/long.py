"""What the long sheets have in common: a dark header, a filter, panes, print set-up, no green triangles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.engine import Book, Style
from batch.reconciler.workbook.stream import LongSheet, Part, column_letters, widths

Bodies = dict[str, tuple[str, str, Part]]
"""By member: dimension, header row, and the rows below."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is particular to a long sheet: columns that stay in view, the last one that is printed, coloured statuses."""

    frozen: int
    printed: int
    status: int
    rules: Mapping[str, Style]


def frame_sheet(book: Book, rows: LongSheet, frame: Frame, context: Context, bodies: Bodies) -> None:
    """Make the sheets that hold `rows`: one, and `NAME 2` and so on where a sheet can't hold them."""
    for number, page in enumerate(rows.pages, 1):
        name = rows.name if number == 1 else f"{rows.name} {number}"
        sheet = book.sheet(name)
        last_row, last = page.rows, len(rows.columns) - 1
        sheet.widths(widths(rows))
        native = sheet.native
        native.freeze_panes(1, frame.frozen)
        native.autofilter(0, 0, last_row, last)
        native.repeat_rows(0)
        native.print_area(0, 0, last_row, min(frame.printed, last))
        native.hide_gridlines(2)
        whole = f"A1:{column_letters(last)}{last_row + 1}"
        native.ignore_errors({"number_stored_as_text": whole, "eval_error": whole, "two_digit_text_year": whole})
        if last_row:
            sheet.colour_values((1, frame.status, last_row, frame.status), frame.rules)
        sheet.page(context.page(landscape=True, title=name))
        bodies[sheet.member] = (whole, rows.header(), page.part)
