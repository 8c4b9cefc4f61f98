"""A result workbook against the provider's own record, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from openpyxl import load_workbook

_NOT_CHARGED = {"refused", "not sent", "deferred", "already owned"}


def rows_of(workbook: Path) -> Mapping[str, str]:
    """Number to status, as the sheet Results says."""
    header, *rows = load_workbook(workbook)["Results"].iter_rows(values_only=True)
    number, status = header.index("Number"), header.index("Status")
    return {row[number]: row[status] for row in rows}


def disagreements(
    workbook: Path, charged: Iterable[str], *, ours_before: Collection[str] = (), doubt: bool = False
) -> Iterator[str]:
    """Every row that says otherwise than the provider. `charged` is what this run was charged, each as often as it was.

    `doubt`: rows may be in doubt, as while the provider can't be asked.
    """
    charges = Counter(charged)
    statuses = rows_of(workbook)
    for number, times in charges.items():
        if times > 1:
            yield f"{number} was charged {times} times"
        if number not in statuses:
            yield f"{number} was charged, and stands in no row"
    for number, status in statuses.items():
        paid = charges[number] > 0
        if status == "in doubt":
            if not doubt:
                yield f"{number} is in doubt"
        elif (status in {"purchased", "released"}) != paid or (paid and status in _NOT_CHARGED):
            yield f"{number} is {status}, and was {'' if paid else 'not '}charged"
        elif status == "already owned" and number not in ours_before:
            yield f"{number} is {status}, and never was"
