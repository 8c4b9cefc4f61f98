"""What the long sheets have in common: a dark header, a filter, panes, print set-up, no green triangles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from batch.reconciler.workbook.context import Pages
from batch.reconciler.workbook.deflate import Part
from batch.reconciler.workbook.engine import Style
from batch.reconciler.workbook.grid import lines
from batch.reconciler.workbook.stream import Kind, LongColumn, LongSheet, column_letters, widths
from batch.reconciler.workbook.styles import Styles

_REASON_WIDTH, _TODO_WIDTH = 38.0, 58.0
REASON = LongColumn("Reason", Kind.WRAPPED, _REASON_WIDTH)
TODO = LongColumn("What to do", Kind.WRAPPED, _TODO_WIDTH)
_PADDING, _LINE, _MOST_LINES = 3.0, 13.0, 8

Bodies = dict[str, tuple[str, str, Part]]
"""By member: dimension, header row, and the rows below."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is particular to a long sheet: columns that stay in view, the last one that is printed, coloured statuses."""

    frozen: int
    printed: int
    status: int
    rules: Mapping[str, Style]


@lru_cache(maxsize=4096)
def height_of(reason: str, todo: str) -> float | None:
    """The height, in points, of a row with these texts; None where one line holds them."""
    needed = max(lines(reason, _REASON_WIDTH - 2), lines(todo, _TODO_WIDTH - 2))
    return None if needed == 1 else _PADDING + _LINE * min(needed, _MOST_LINES)


def frame_sheet(styles: Styles, rows: LongSheet, frame: Frame, pages: Pages, bodies: Bodies) -> None:
    """Make the sheets that hold `rows`: one, and `NAME 2` and so on where a sheet can't hold them."""
    for number, page in enumerate(rows.pages, 1):
        name = rows.name if number == 1 else f"{rows.name} {number}"
        sheet = styles.book.sheet(name)
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
            # Beside the coloured column: where two rules meet, not every program shows both.
            skipped = frame.status if frame.rules else -1
            if skipped > 0:
                sheet.rule_every_row((1, 0, last_row, skipped - 1), styles.row_line())
            sheet.rule_every_row((1, skipped + 1, last_row, last), styles.row_line())
        sheet.page(pages.page(landscape=True, title=name))
        bodies[sheet.member] = (whole, rows.header(), page.part)
