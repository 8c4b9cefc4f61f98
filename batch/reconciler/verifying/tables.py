"""The long sheets as tables: a header, found by its names, and the rows under it, over all the sheets that they go on in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batch.loader.book import Book, BookSheet
from batch.loader.cells import Read
from batch.reconciler.verifying.likeness import shown

_SEARCHED = 20
"""Rows from the top in which a header may stand."""

Key = tuple[str, ...]


class Spec(NamedTuple):
    """A sheet by its name: headers that identify a row, the best first, and the one that holds its number."""

    name: str
    keys: Sequence[Key]
    number: str = "Number"


RESULTS = Spec("Results", (("Source file", "Source sheet", "Source row", "Number"), ("Number",), ("Source row",)))
FAILURES = Spec("Failures", (("numbatch: Source row", "Number"), ("Number",), ("numbatch: Source row",)))
BY_CODE = Spec(
    "By code",
    (
        ("Return code", "Status", "Meaning", "What to do"),
        ("Return code", "Status", "Meaning"),
        ("Meaning",),
        ("Status",),
    ),
    "",
)
CHARGES = Spec("Charges", (("Charge no",), ("Number", "Charge"), ("Number",)))
ATTEMPTS = Spec("Attempts", (("Number", "Kind", "Attempt"), ("Request",), ("Number",)))


@dataclass
class Table:
    """A sheet's rows under its header, over all the pages that it goes on in (`NAME 2`, …).

    `headers` in their order; `columns` the cells below each; `pages` are (first row of this table, sheet, its header's row).
    """

    headers: list[str]
    columns: list[list[Read]]
    pages: list[tuple[int, BookSheet, int]]

    @property
    def rows(self) -> int:
        """Rows below the header."""
        return len(self.columns[0]) if self.columns else 0

    def where(self, row: int) -> tuple[BookSheet, int]:
        """The sheet and the row in it, as Excel counts, of a row of this table."""
        first, sheet, header = next(page for page in reversed(self.pages) if page[0] <= row)
        return sheet, header + 1 + row - first

    def named(self, header: str) -> list[Read] | None:
        """The cells under the first header of that name."""
        return self.columns[self.headers.index(header)] if header in self.headers else None


def table_of(sheets: Sequence[BookSheet], wanted: Sequence[str]) -> Table | None:
    """The table on `sheets`, which go on from one another, whose header has most of the `wanted` names; None: on none."""
    found: Table | None = None
    for sheet in sheets:
        row = _header_row(sheet, wanted)
        if row is None:
            continue
        headers = [shown(column[row - 1]) for column in sheet.columns]
        below = [column[row:] for column in sheet.columns]
        if found is None:
            found = Table(headers, below, [(0, sheet, row)])
            continue
        before = found.rows
        found.pages.append((before, sheet, row))
        for header, column in zip(found.headers, found.columns, strict=True):
            column.extend(below[headers.index(header)] if header in headers else [""] * (sheet.height - row))
    return found


def _header_row(sheet: BookSheet, wanted: Sequence[str]) -> int | None:
    names = set(wanted)
    best, most = None, len(names) // 2
    for row in range(1, min(sheet.height, _SEARCHED) + 1):
        count = len(names & {shown(column[row - 1]) for column in sheet.columns})
        if count > most:
            best, most = row, count
    return best


def pages_of(book: Book, name: str) -> list[BookSheet]:
    """The sheets of that name that go on from one another."""
    found = []
    number = 1
    while (sheet := book.sheet(name if number == 1 else f"{name} {number}")) is not None:
        found.append(sheet)
        number += 1
    return found
