"""The grid of Summary: four blocks of two columns, thin gaps between them, and tables laid across."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from batch.reconciler.workbook.engine import Sheet, Style
from batch.reconciler.workbook.styles import COUNT, MONEY, SHARE, Styles

FIRST, LAST = 1, 11
BLOCKS = ((1, 2), (4, 5), (7, 8), (10, 11))
"""First and last column of each block."""

_BLOCK_WIDTH, _GAP_WIDTH, _MARGIN_WIDTH = 12.0, 1.4, 1.4
_DIGIT, _LETTER = 0.93, 0.77
_LINE = 13.5
_PADDING = 4.5


def width(first: int, last: int) -> float:
    """Characters that fit from one column to another."""
    return sum(_GAP_WIDTH if column in {3, 6, 9} else _BLOCK_WIDTH for column in range(first, last + 1))


def column_widths() -> dict[int, float]:
    """The width of every column of the grid."""
    gaps = dict.fromkeys((3, 6, 9), _GAP_WIDTH)
    return {0: _MARGIN_WIDTH, **{c: gaps.get(c, _BLOCK_WIDTH) for c in range(FIRST, LAST + 1)}}


def lines(text: str, room: float) -> int:
    """How many lines `text` takes in a column of `room` characters, on the safe side.

    A column's width counts digits of a larger type: ours take nine tenths of that, letters some three quarters.
    """
    taken, left = 1, room
    for word in text.split():
        size = sum(_DIGIT if char.isdigit() else _LETTER for char in word)
        if size > left and left < room:
            taken, left = taken + 1, room
        while size > room:
            taken, size = taken + 1, size - room
        left -= size + _LETTER
    return taken


@dataclass
class Grid:
    """Summary being written from the top down: `row` is the next free one."""

    sheet: Sheet
    styles: Styles
    row: int = 0
    _heights: dict[int, float] = field(default_factory=dict)

    def space(self, points: float) -> None:
        """An empty row of that height."""
        self.sheet.height(self.row, points)
        self.row += 1

    def full(self, text: str, style: Style, *, room: float = 94.0, line: float = _LINE) -> None:
        """A text over the whole width, as high as it needs."""
        self.sheet.merge(self.row, FIRST, LAST, text, style)
        self.sheet.height(self.row, _PADDING + line * lines(text, room))
        self.row += 1

    def headings(self, title: str, *others: tuple[int, int, str, str]) -> None:
        """The head of a table: its `title`, and (first column, last column, words, alignment) of the others."""
        cell = self.styles.heading
        self.sheet.blank(self.row, FIRST, LAST, cell())
        self.sheet.text(self.row, FIRST, title, cell(font_size=12))
        for first, last, words, align in others:
            self.sheet.merge(self.row, first, last, words, cell(align=align, **_indented(align)))
        self.sheet.height(self.row, 21)
        self.row += 1

    def background(self, *, total: bool = False) -> None:
        """Draw the line of a table's row over the whole width."""
        style = self.styles.total() if total else self.styles.line()
        self.sheet.blank(self.row, FIRST, LAST, style)

    def cells(self, *, total: bool, numbers: int, share: Decimal | None, charged: Decimal) -> None:
        """The figures of a row of "What happened"."""
        styles = self.styles
        style = styles.total if total else styles.line if numbers else styles.grey_line
        self.sheet.number(self.row, 4, numbers, style(align="right", num_format=COUNT))
        if share is not None:
            self.sheet.number(self.row, 5, share, style(align="right", num_format=SHARE))
        paid = styles.total if total else styles.line if charged else styles.grey_line
        self.sheet.number(self.row, 7, charged, paid(align="right", num_format=MONEY))

    def text(self, first: int, last: int, text: str, style: Style) -> None:
        """A text from one column to another; the row grows to hold it."""
        self.sheet.merge(self.row, first, last, text, style)
        needs = _PADDING + _LINE * lines(text, width(first, last) - 2)
        self._heights[self.row] = max(self._heights.get(self.row, 18.0), needs)

    def end_row(self) -> None:
        """Go on to the next row."""
        self.sheet.height(self.row, self._heights.get(self.row, 18.0))
        self.row += 1


def _indented(align: str) -> dict[str, object]:
    return {"indent": 1} if align == "left" else {}
