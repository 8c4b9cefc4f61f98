"""Dates as invoices write them. 03/11/2026 is told by the column's other cells; where nothing tells, it is no date at all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from batch.loader.cells import Read

_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ].*)?")
_WRITTEN = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?: .*)?")
_NAMED = re.compile(r"(?:([0-9]{1,2})[-. ]+)?([A-Za-z]{3})[A-Za-z]*[-., ]+(?:([0-9]{1,2}),? +)?([0-9]{4})(?: .*)?")
_COMPACT = re.compile(r"(20[0-9]{2})([01][0-9])([0-3][0-9])")
_LONGEST = 40
"""Characters of a date that are looked at."""
_MONTHS: Final = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip


def read_dates(cells: Sequence[Read]) -> list[dt.date | None]:
    """The date of each cell of a column; None where it holds none that can be told."""
    day_first = _day_first([cell for cell in cells if isinstance(cell, str)])
    return [_date(cell, day_first=day_first) for cell in cells]


def _day_first(texts: Sequence[str]) -> bool | None:
    """Whether dates such as 03/11/2026 begin with the day; None where no cell tells, or two say different things."""
    told: set[bool] = set()
    for text in texts:
        found = _WRITTEN.fullmatch(text.strip()[:_LONGEST])
        if found is None:
            continue
        first, second = int(found[1]), int(found[3])
        day_first = found[2] == "." or first > 12
        if day_first or second > 12:
            told |= {day_first}
    return told.pop() if len(told) == 1 else None


def _date(cell: Read, *, day_first: bool | None) -> dt.date | None:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if not isinstance(cell, str | int) or isinstance(cell, bool):
        return None
    text = str(cell).strip()[:_LONGEST]
    try:
        if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        if found := _WRITTEN.fullmatch(text):
            return _written(int(found[1]), int(found[3]), found[4], day_first=day_first)
        if found := _NAMED.fullmatch(text):
            return _named(found[1] or found[3], found[2], int(found[4]))
    except ValueError:  # no such day
        pass
    return None


def _written(first: int, second: int, year: str, *, day_first: bool | None) -> dt.date | None:
    if day_first is None and first != second:
        return None
    day, month = (first, second) if day_first is not False else (second, first)
    return dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day)


def _named(day: str | None, month: str, year: int) -> dt.date | None:
    number = _MONTHS.get(month.lower())
    return None if number is None or day is None else dt.date(year, number, int(day))
