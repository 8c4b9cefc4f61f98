"""Headers of two rows: headings of groups above those of the columns, and cells merged over both."""

from __future__ import annotations

from collections.abc import Sequence

from batch.loader.cells import as_text, is_blank
from batch.loader.collecting import Sheet
from batch.loader.names import Names


def whole_header(sheet: Sheet, row: int, names: Names) -> tuple[int, list[str]]:
    """The last row (from 1) of the header that has a number column in `row`, and each column's header.

    A header is what stands lowest: `Type` below `Routing`. What is merged over both rows, or has nothing below it, stands in both.
    """
    upper = _texts(sheet, row)
    number = next((place for place, text in enumerate(upper) if names.field(text) == "Number"), None)
    deep = next((b for top, left, b, _ in sheet.merged if (top, left) == (row, number) and b > row), row)
    if deep == row and _goes_on(upper, sheet, row, number, names):
        deep = row + 1
    if row < deep <= sheet.height:
        for below in range(row + 1, deep + 1):
            upper = [low or high for low, high in zip(_texts(sheet, below), upper, strict=True)]
        return deep, upper
    for top, left, bottom, _ in sheet.merged:
        # Merged with the row of group headings above it.
        if top < row <= bottom and left < len(upper) and not upper[left]:
            upper[left] = as_text(sheet.columns[left][top - 1])
    return row, upper


def _texts(sheet: Sheet, row: int) -> list[str]:
    return [as_text(column[row - 1]) for column in sheet.columns]


def _goes_on(upper: Sequence[str], sheet: Sheet, row: int, number: int | None, names: Names) -> bool:
    """Whether the row below `row` has headers, too: names of fields, none below another field's, and no number."""
    if number is None or row >= sheet.height:
        return False
    cells = [column[row] for column in sheet.columns]
    if not is_blank(cells[number]) or not all(isinstance(cell, str) for cell in cells):
        return False
    below = [names.field(as_text(cell)) for cell in cells]
    if not any(below):
        return False
    return all(
        names.field(high) is None or is_blank(cell) or names.field(high) == low
        for high, cell, low in zip(upper, cells, below, strict=True)
    )
