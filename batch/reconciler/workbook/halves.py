"""Two small tables side by side on a designed page, each with its own heading; figures right, words left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from batch.reconciler.workbook.grid import Grid
from batch.reconciler.workbook.styles import COUNT, MONEY

Value = Decimal | int | str | None
"""Money, a count, words, or nothing: what is not known."""
_NOTHING = "–"


class Span(NamedTuple):
    """The columns of the grid that something stands over."""

    first: int
    last: int


LEFT, RIGHT = Span(1, 5), Span(7, 11)
WHOLE = Span(1, 11)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a half: its values in the columns' order. `total`: a sum; `grey`: less important."""

    values: Sequence[Value]
    total: bool = False
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Half:
    """A table: where it stands, its columns, their headings (the first is its title), and its lines."""

    where: Span
    columns: Sequence[Span]
    headings: Sequence[str]
    lines: Sequence[Line]


def write_tables(grid: Grid, *tables: Half) -> None:
    """The tables side by side, then a gap."""
    for table in tables:
        _write_headings(grid, table)
    grid.sheet.height(grid.row, 21)
    grid.row += 1
    for lines in zip_longest(*(table.lines for table in tables)):
        for table, line in zip(tables, lines, strict=True):
            if line is not None:
                _write_line(grid, table, line)
        grid.end_row()
    grid.space(9)


def _write_headings(grid: Grid, table: Half) -> None:
    style, sheet = grid.styles.heading, grid.sheet
    sheet.blank(grid.row, *table.where, style())
    title, *others = zip(table.columns, table.headings, strict=True)
    sheet.merge(grid.row, *title[0], title[1], style(font_size=12, shrink=True))
    for where, words in others:
        sheet.merge(grid.row, *where, words, style(align="right"))


def _write_line(grid: Grid, table: Half, line: Line) -> None:
    styles, sheet = grid.styles, grid.sheet
    style = styles.total if line.total else styles.grey_line if line.grey else styles.line
    sheet.blank(grid.row, *table.where, style())
    for index, (where, value) in enumerate(zip(table.columns, line.values, strict=True)):
        if isinstance(value, Decimal | int):
            shown = style(align="right", num_format=COUNT if isinstance(value, int) else MONEY, shrink=True)
            if where.first == where.last:
                sheet.number(grid.row, where.first, value, shown)
            else:
                sheet.merge_number(grid.row, *where, value, shown)
        elif index:
            grid.text(*where, value or _NOTHING, style(align="right", text_wrap=True))
        else:
            grid.text(*where, value or _NOTHING, style(indent=1, text_wrap=True))
