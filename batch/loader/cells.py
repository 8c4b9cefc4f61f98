"""Cells as they were read, and the text that people mean by them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from batch.loader.reader.packing import EXACT

__all__ = ["EXACT", "LONGEST", "Flaw", "Read", "as_text", "column_letters", "is_blank"]

LONGEST = 32_767
"""Characters that a cell of a workbook holds at most."""


@dataclass(frozen=True, eq=False, slots=True)
class Flaw:
    """A cell of which no value is known: a formula without one, or an error value."""

    code: str
    shown: str
    problem: str


Read = str | int | float | bool | dt.date | dt.time | Flaw
"""A cell as it was read: blank is '', whole numbers below `EXACT` are int."""


_E_NOTATION = 1e22
"""From here on a whole number is clearer with an exponent."""


def as_text(cell: Read) -> str:
    """The text that a person means who wrote `cell`: 1 for 1.0, TRUE for true; blank for a flaw."""
    match cell:
        case str():
            return cell.strip()
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < _E_NOTATION else repr(cell)
        case dt.datetime():
            return cell.isoformat(sep=" ")
        case dt.date() | dt.time():
            return cell.isoformat()
        case Flaw():
            return ""


def is_blank(cell: Read) -> bool:
    """Whether nothing but white space stands there."""
    return isinstance(cell, str) and not cell.strip()


def column_letters(place: int) -> str:
    """The name of a column that counts from 0: 0 → "A", 26 → "AA"."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
