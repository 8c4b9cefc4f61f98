"""What the child answers, into a sheet: every line is judged, since what wrote it may not be the reader any more.

A parser that was made to go wrong can write what it likes. It gets cells here, or nothing: no line is longer than it may be, no
sheet larger than what stands in it explains, and what is no answer ends in `Broken`, never in another exception.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from batch.errors import OrdersError
from batch.loader.cells import Flaw, Read
from batch.loader.reader.packing import CHUNK, COLUMNS, LINE, unpack

MOST_ROWS = 1 << 24
"""Rows that are read from one file at most; a workbook's sheet has a sixteenth of them."""

_ROOM = 1 << 25
"""Cells, blank ones with them, that a sheet may have whatever it holds: 256 MB."""
_ROOM_A_CELL = 32
"""And so many more for each cell with something in it."""
_BYTES = 64 << 20
_BYTES_A_BYTE = 64
_CELLS_A_BYTE = 4
"""How much an answer may hold for each byte of the file, beyond what any may."""
_WORDS = 2000
"""Characters of a refusal that are passed on."""


class Broken(Exception):
    """The child has answered what the reader never would."""


@dataclass
class Sheet:
    """A sheet's cells: `columns` from the left of the sheet, each with `height` cells from row 1."""

    path: Path
    name: str
    kind: str
    sha256: str
    columns: list[list[Read]]
    height: int
    twice: list[tuple[int, int]] = field(default_factory=list)
    """Places (row from 1, column from 0) that two cells claim."""
    hidden: list[int] = field(default_factory=list)
    """Hidden rows, from 1; `filtered` are those of them that a filter is known to hide."""
    filtered: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Cells that were made one: the row and column of the first, of the last."""
    others: list[str] = field(default_factory=list)
    """Sheets beside this one that have orders, as far as they were looked into."""


def collect(path: Path, lines: IO[bytes], size: int) -> Sheet | None:
    """The sheet that the child tells of the file at `path`, of `size` bytes, or None where it broke off before its end.

    Raises OrdersError where it refuses the file, or the file's sheet is huge and all but empty; Broken where it answers nonsense.
    """
    growing: _Growing | None = None
    most = _BYTES + _BYTES_A_BYTE * size
    while line := lines.readline(LINE + 1):
        most -= len(line)
        if len(line) > LINE or most < 0:
            raise Broken
        if not line.endswith(b"\n"):
            return None
        try:
            message = json.loads(line)
            if "refused" in message:
                raise _refused(path, message)
            if "kind" in message:
                growing = _Growing(path, message, _ROOM + _CELLS_A_BYTE * size)
            elif growing is not None and "rows" in message:
                growing.append(message)
            elif growing is not None:
                return growing.finished(message["end"])
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            raise Broken from None
    return None


def _refused(path: Path, message: dict[str, Any]) -> OrdersError:
    problem, remedy = (_text(message[name])[:_WORDS] for name in ("refused", "remedy"))
    return OrdersError(f"{path.name}: {problem}", remedy=remedy)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object, lowest: int, highest: int) -> int:
    """`value`, if it is a whole number within these bounds."""
    if type(value) is not int or not lowest <= value <= highest:
        raise ValueError
    return value


class _Growing:
    """A sheet whose cells still come."""

    def __init__(self, path: Path, message: dict[str, Any], most: int) -> None:
        kind, name, sha256 = (_text(message[key]) for key in ("kind", "sheet", "sha256"))
        self._sheet = Sheet(path, name, kind, sha256, [], 0)
        self._left = _whole(message["left"], 0, COLUMNS - 1)
        self._filled = 0
        self._most = most

    def append(self, message: dict[str, Any]) -> None:
        rows = _whole(message["rows"], 1, CHUNK)
        _whole(self._sheet.height + rows, 1, MOST_ROWS)
        chunk = message["columns"]
        _whole(self._filled + rows * sum(packed is not None for packed in chunk), 0, self._most)
        columns = [None if packed is None else unpack(packed, rows) for packed in chunk]
        self._filled += sum(rows - cells.count("") for cells in columns if cells is not None)
        self._grow(self._sheet.height, self._left + len(columns))
        for place, cells in enumerate(columns, start=self._left):
            if cells is not None:
                self._sheet.columns[place].extend(cells)
        self._grow(self._sheet.height + rows, 0)

    def finished(self, flaws: dict[str, Any]) -> Sheet:
        """The sheet, with flaws in their places."""
        for row, place in flaws["formulas"]:
            self._put(row, place, Flaw("formula-uncached", "(formula)", "a formula without a stored value"))
        for row, place, text in flaws["errors"]:
            shown = _text(text)[:_WORDS]
            self._put(row, place, Flaw("excel-error", shown, f"the spreadsheet shows an error here: {shown}"))
        self._sheet.twice = [(_whole(row, 1, MOST_ROWS), _whole(place, 0, COLUMNS)) for row, place in flaws["twice"]]
        self._sheet.hidden = [_whole(row, 1, MOST_ROWS) for row in flaws["hidden"]]
        self._sheet.filtered = [_whole(row, 1, MOST_ROWS) for row in flaws["filtered"]]
        self._sheet.hidden_columns = [_whole(place, 0, COLUMNS) for place in flaws["hidden_columns"]]
        self._sheet.merged = [
            (
                _whole(top, 1, MOST_ROWS),
                _whole(left, 0, COLUMNS),
                _whole(bottom, 1, MOST_ROWS),
                _whole(right, 0, COLUMNS),
            )
            for top, left, bottom, right in flaws["merged"]
        ]
        self._sheet.others = [_text(name)[:_WORDS] for name in flaws["others"]]
        return self._sheet

    def _put(self, row: int, place: int, flaw: Flaw) -> None:
        self._filled += 1
        self._grow(_whole(row, 1, MOST_ROWS), _whole(place, 0, COLUMNS - 1) + 1)
        self._sheet.columns[place][row - 1] = flaw

    def _grow(self, height: int, width: int) -> None:
        """Make the sheet at least so high and so wide.

        Raises OrdersError where it would be huge and all but empty: a header of thousands of columns, a cell far below.
        """
        sheet = self._sheet
        height, width = max(height, sheet.height), max(width, len(sheet.columns))
        if width > COLUMNS:
            raise ValueError
        if height * width > _ROOM + _ROOM_A_CELL * self._filled:
            raise OrdersError(
                f"{sheet.path.name}: its sheet has {height:,} rows and {width:,} columns, nearly all of them empty",
                remedy="Copy the orders into a new workbook (a stray cell far away makes a sheet huge), or save them as CSV.",
            )
        sheet.columns.extend([] for _ in range(len(sheet.columns), width))
        for column in sheet.columns:
            if len(column) < height:
                column.extend([""] * (height - len(column)))
        sheet.height = height
