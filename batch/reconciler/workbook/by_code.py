"""By code: each return code, and each reason without one, with who acts, what to do, how many and what share."""

from __future__ import annotations

from decimal import Decimal

from batch.reconciler.totals import RunTotals
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import lines
from batch.reconciler.workbook.styles import COUNT, SHARE, Styles

COLUMNS = (
    ("Return code", 13),
    ("Status", 14),
    ("Meaning", 46),
    ("Who acts", 22),
    ("What to do", 64),
    ("Count", 11),
    ("Share", 10),
)
_LINE = 14.0


def write_by_code(book: Book, styles: Styles, context: Context, totals: RunTotals) -> None:
    """Make the sheet. Shares are of all rows in."""
    sheet = book.sheet("By code")
    left, right = styles.header_left(), styles.header_right()
    for column, (header, width) in enumerate(COLUMNS):
        sheet.text(0, column, header, right if header in {"Return code", "Count", "Share"} else left)
        sheet.widths({column: width})
    sheet.height(0, 24)
    text = styles.line(text_wrap=True, indent=1)
    integer = styles.line(align="right")
    count = styles.line(align="right", num_format=COUNT)
    share = styles.line(align="right", num_format=SHARE)
    for row, (cause, number) in enumerate(totals.causes.items(), 1):
        if cause.code is None:
            sheet.blank(row, 0, 0, integer)
        else:
            sheet.number(row, 0, cause.code, integer)
        sheet.text(row, 1, cause.status.value, text)
        sheet.text(row, 2, cause.reason, text)
        sheet.text(row, 3, cause.actor.value, text)
        sheet.text(row, 4, cause.todo, text)
        sheet.number(row, 5, number, count)
        sheet.number(row, 6, Decimal(number) / totals.rows, share)
        sheet.height(row, 4 + _LINE * max(lines(cause.reason, 44), lines(cause.todo, 62)))
    native, last = sheet.native, len(totals.causes)
    native.freeze_panes(1, 0)
    native.autofilter(0, 0, last, len(COLUMNS) - 1)
    native.repeat_rows(0)
    native.hide_gridlines(2)
    if last:
        sheet.colour_values((1, 1, last, 1), styles.status_rules())
    sheet.page(context.page(landscape=True, title="By code"))
