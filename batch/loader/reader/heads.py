"""Headers of number columns: in the sheet that is read, and in those beside it, which are not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

SEARCHED = 20
"""Rows that are not blank among which the header is searched for."""
_MOST = 50
"""Sheets that are looked into at most."""
_EXAMPLE = "example"
PROBLEMS = ("Level", "Cell", "Column", "Value", "What is wrong", "How to mend it", "Code")
"""The header of the sheet in which we list problems: whatever stands below it, it has no orders."""


def squeezed(header: str) -> str:
    """A header without what makes no difference: case, spaces, hyphens, underscores, what can't be seen."""
    return re.sub(r"[\s_\u200b-\u200f\u2010-\u2015\u2060\ufeff-]", "", header).casefold()


def headed(rows: Iterable[Sequence[Any]], heads: frozenset[str], *, filled: bool = False) -> bool:
    """Whether a number column's header stands in the first rows that are not blank; `filled`: with an order below it."""
    place: int | None = None
    seen = 0
    for row in rows:
        if place is not None:
            below = row[place] if place < len(row) else ""
            if below != "":
                return not str(below).strip().casefold().startswith(_EXAMPLE)
            continue
        if all(cell == "" for cell in row):
            continue
        if tuple(row[: len(PROBLEMS)]) == PROBLEMS:
            return False
        place = next((at for at, cell in enumerate(row) if isinstance(cell, str) and squeezed(cell) in heads), None)
        if place is not None and not filled:
            return True
        seen += 1
        if place is None and seen == SEARCHED:
            return False
    return False


def sheets_beside(book: Any, name: str, heads: frozenset[str], *, hidden: bool) -> list[str]:  # noqa: ANN401 - CalamineWorkbook
    """The visible sheets of `book`, but for the one called `name`, that have orders; where none has, with `hidden` the hidden ones."""
    import python_calamine as calamine  # noqa: PLC0415 - not for CSV

    sheets = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet and one.name != name]
    seen = [one for one in sheets if one.visible == calamine.SheetVisibleEnum.Visible]
    for group in (seen, [one for one in sheets if one not in seen] if hidden else []):
        if found := [str(one.name) for one in group[:_MOST] if _has_orders(book, str(one.name), heads)]:
            return found
    return []


def _has_orders(book: Any, name: str, heads: frozenset[str]) -> bool:  # noqa: ANN401 - as above
    try:
        sheet = book.get_sheet_by_name(name)
        return bool(sheet.start) and headed(sheet.iter_rows(), heads, filled=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a sheet that nobody asked for, and the reader has many errors
        return False
    except BaseException as error:  # the reader's own panics are no Exception
        if type(error).__name__ != "PanicException":
            raise
        return False
