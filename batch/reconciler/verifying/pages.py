"""Summary of the file beside the ledger's: row by row, as its labels align, for its rows shift with what there is to say.

Who ran it last, and when, is no fact of the run; nor are the company's name and the program's version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from batch.loader.book import BookSheet
from batch.loader.cells import Read, column_letters
from batch.reconciler.labels import Label, Words
from batch.reconciler.verifying.comparing import spans
from batch.reconciler.verifying.findings import Difference, Findings, Kind
from batch.reconciler.verifying.likeness import same, shown
from batch.reconciler.workbook.grid import FIRST, LAST

_NAME = "Summary"
_TITLE_ROW, _WHEN_ROW = 2, 4
"""Rows of the ledger's page, as Excel counts, that hold the title and who ran it when."""


def compare_summary(file: BookSheet, ledger: BookSheet, words: Words, findings: Findings) -> None:
    """Compare the page; what it finds goes to `findings`."""
    rows = {row for row in range(1, ledger.height + 1) if not _is_no_fact(ledger, row, words)}
    for ours, theirs in _aligned(file, ledger):
        if ours is None:
            assert theirs is not None  # noqa: S101 - one of the two is there
            findings.add(Difference(Kind.ROW_ADDED, _NAME, f"row {theirs}", says=_said(file, theirs), where=file.name))
        elif ours not in rows:
            continue
        elif theirs is None:
            findings.add(Difference(Kind.ROW_MISSING, _NAME, ledger=_said(ledger, ours), where=file.name))
        else:
            _compare_row(file, theirs, ledger, ours, findings)
    hidden = [row for row in file.hidden_rows if row <= file.height]
    if hidden:
        findings.add(Difference(Kind.HIDDEN, _NAME, f"rows {spans(hidden)}", says="hidden rows", where=file.name))
    columns = [column for column in file.hidden_columns if column not in ledger.hidden_columns and column <= LAST]
    if columns:
        letters = ", ".join(map(column_letters, columns))
        findings.add(Difference(Kind.HIDDEN, _NAME, f"columns {letters}", says="hidden columns", where=file.name))


def label_of(sheet: BookSheet, row: int, column: int) -> str:
    """What the cell is about: the row's first words, or for a figure that is its row's first the words above it."""
    first = next((cell for cell in _row(sheet, row) if cell != ""), "")
    if isinstance(first, str) and first != shown(sheet.cell(row, column)):
        return first
    above = sheet.cell(row - 1, column)
    return above if isinstance(above, str) else ""


def _is_no_fact(sheet: BookSheet, row: int, words: Words) -> bool:
    if row == _WHEN_ROW:
        return True
    return sheet.cell(row, FIRST) == words(Label.PROGRAM)


def _compare_row(file: BookSheet, theirs: int, ledger: BookSheet, ours: int, findings: Findings) -> None:
    for column in range(FIRST, LAST + 1):
        if ours == _TITLE_ROW and column > FIRST:
            break
        says, ledger_says = file.cell(theirs, column), ledger.cell(ours, column)
        formula = (theirs, column) in file.formulas
        if formula or not same(says, ledger_says):
            kind = Kind.FORMULA if formula else Kind.VALUE
            place = f"{column_letters(column)}{theirs}"
            error = (theirs, column) in file.errors
            said = "(an error value)" if error else shown(says)
            label = label_of(ledger, ours, column)
            findings.add(Difference(kind, _NAME, place, label, said, shown(ledger_says), where=file.name))


def _aligned(file: BookSheet, ledger: BookSheet) -> Iterator[tuple[int | None, int | None]]:
    """Rows that belong together: (the ledger's, the file's), from 1; None where there is none."""
    ours, theirs = _filled(ledger), _filled(file)
    if len(ours) == len(theirs):
        yield from zip(ours, theirs, strict=True)
        return
    first, second = [_label(ledger, row) for row in ours], [_label(file, row) for row in theirs]
    for what, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if what == "equal" or (what == "replace" and b - a == d - c):
            yield from zip(ours[a:b], theirs[c:d], strict=True)
        else:
            yield from ((row, None) for row in ours[a:b])
            yield from ((None, row) for row in theirs[c:d])


def _filled(sheet: BookSheet) -> list[int]:
    return [row for row in range(1, sheet.height + 1) if any(cell != "" for cell in _row(sheet, row))]


def _row(sheet: BookSheet, row: int) -> Sequence[Read]:
    return [sheet.cell(row, column) for column in range(FIRST, LAST + 1)]


def _label(sheet: BookSheet, row: int) -> str:
    first = next(cell for cell in _row(sheet, row) if cell != "")
    return first if isinstance(first, str) else "#"


def _said(sheet: BookSheet, row: int) -> str:
    return " | ".join(shown(cell) for cell in _row(sheet, row) if cell != "")[:200]
