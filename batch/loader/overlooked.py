"""What a person may overlook in a sheet that seems right: hidden rows and columns, merged cells, orders in another sheet."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from typing import TYPE_CHECKING

from batch.loader.cells import Flaw, Read, column_letters, is_blank
from batch.loader.collecting import Sheet
from batch.loader.findings import Findings
from batch.number.wording import first_of, plural

if TYPE_CHECKING:
    from batch.loader.header import Layout

_LISTED = 5


def mark_merged(sheet: Sheet, layout: Layout) -> None:
    """Put a flaw where a cell below the header is merged with the one above it, and so has no value of its own.

    Only in rows that hold something else: what is merged over empty rows is decoration.
    """
    places = {heading.place for heading in layout.headings}
    for top, left, bottom, right in sheet.merged:
        if left not in places or bottom == top or top <= layout.row or top > sheet.height:
            continue
        column = sheet.columns[left]
        if is_blank(column[top - 1]):
            continue
        first = f"{column_letters(left)}{top}"
        flaw = Flaw("cell-merged", "", f"merged with {first}: only {first} has the value, here is none")
        for row in range(top + 1, min(bottom, sheet.height) + 1):
            beside = (sheet.columns[place][row - 1] for place in places if not left <= place <= right)
            if any(not is_blank(cell) and not _is_merged(cell) for cell in beside):
                column[row - 1] = flaw


def _is_merged(cell: Read) -> bool:
    return isinstance(cell, Flaw) and cell.code == "cell-merged"


def note_overlooked(
    sheet: Sheet, layout: Layout, rows: Collection[int], filled: Collection[int], findings: Findings, *, chosen: bool
) -> None:
    """Warn of what may be overlooked. `rows` have orders, from 1; `filled` are the places of columns, but for Number's, with a value.

    `chosen`: the sheet was asked for by name.
    """
    behind = sorted(set(sheet.filtered).intersection(rows))
    hidden = sorted(set(sheet.hidden).intersection(rows).difference(behind))
    if behind:
        _note_hidden(behind, "hidden by a filter", findings)
    if hidden:
        _note_hidden(hidden, "hidden" if behind or sheet.kind == "ods" else "hidden, perhaps behind a filter", findings)
    number = layout["Number"]
    places = set(sheet.hidden_columns).intersection({*filled, number.place} if number else filled)
    for heading in layout.headings:
        if heading.field is not None and heading.place in places:
            findings.add("column-hidden", layout.row, heading.place, value=heading.header, warning=True)
    if sheet.others and not chosen:
        verb = "has" if len(sheet.others) == 1 else "have"
        problem = f"only the sheet {sheet.name!r} is read: {_sheets(sheet.others)} {verb} orders, too"
        findings.add(
            "sheets-unread", 0, problem=problem, remedy=f"To buy those, name it: {_flag(sheet)}.", warning=True
        )


def elsewhere(sheet: Sheet) -> tuple[str, str]:
    """Where the orders are that a sheet without a number column lacks, and how to name it; empty where no sheet has any."""
    if not sheet.others:
        return "", ""
    verb = "has" if len(sheet.others) == 1 else "have"
    return f"; {_sheets(sheet.others)} {verb} one", f"Name the sheet that has the orders: {_flag(sheet)}."


def _note_hidden(rows: list[int], how: str, findings: Findings) -> None:
    some = first_of([str(row) for row in rows], _LISTED)
    verb = "is" if len(rows) == 1 else "are"
    problem = f"{plural(len(rows), 'row')} with orders {verb} {how} (row {some}): bought like the others"
    findings.add("rows-hidden", 0, problem=problem, warning=True)


def _sheets(names: list[str]) -> str:
    some = first_of([repr(name) for name in names], _LISTED)
    return f"the sheet {some}" if len(names) == 1 else f"the sheets {some}"


def _flag(sheet: Sheet) -> str:
    return f"--sheet {shlex.quote(sheet.others[0])}"
