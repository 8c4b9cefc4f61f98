"""A match as a workbook: Summary, one printed page; Differences, one a row; Lines, every line of the invoices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from batch.files import replacing
from batch.ledger.records import Environment, InvocationFacts, Status
from batch.loader.invoice import Line
from batch.money import ZERO
from batch.order import Cell
from batch.reconciler.labels import Label, Words
from batch.reconciler.matching.labels import TODO, MatchLabel
from batch.reconciler.matching.model import Match, Outcome, Piece
from batch.reconciler.matching.summary import write_match_summary
from batch.reconciler.place import MATCH, Owner, marks_of
from batch.reconciler.workbook.archive import assemble
from batch.reconciler.workbook.context import Imprint, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.long import TODO as TODO_COLUMN
from batch.reconciler.workbook.long import Bodies, Frame, frame_sheet, height_of
from batch.reconciler.workbook.stream import Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import PALE, Styles

FILLS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.AGREES: PALE[Status.PURCHASED],
        Outcome.EXPECTED: PALE[Status.OWNED],
        Outcome.DIFFERS: PALE[Status.DEFERRED],
        Outcome.NOT_BOUGHT: PALE[Status.REFUSED],
        Outcome.NOT_BILLED: PALE[Status.DOUBT],
    }
)
_FINE = frozenset({Outcome.AGREES, Outcome.EXPECTED})
_FILE = LongColumn("Invoice file")
_DIFFERENCES = (
    LongColumn("Number", Kind.UNIQUE, 16),
    LongColumn("Outcome", width=19),
    LongColumn("Reason", width=34),
    LongColumn("Billed", Kind.MONEY, 12),
    LongColumn("Bought", Kind.MONEY, 12),
    LongColumn("Difference", Kind.MONEY, 13),
    LongColumn("Currency", width=11),
    LongColumn("Invoice row", Kind.INTEGER, 13),
    LongColumn("Run", width=9),
    LongColumn("Source row", Kind.INTEGER, 12),
    LongColumn("Remarks", Kind.WRAPPED, 38.0),
    TODO_COLUMN,
)
_LINES = (
    LongColumn("Invoice row", Kind.INTEGER, 13),
    LongColumn("Number", Kind.UNIQUE, 16),
    LongColumn("Outcome", width=19),
    LongColumn("Billed", Kind.MONEY, 12),
    LongColumn("Bought", Kind.MONEY, 12),
    LongColumn("Difference", Kind.MONEY, 13),
    LongColumn("Currency", width=11),
    LongColumn("Reason"),
    LongColumn("Date", Kind.DAY, 12),
    LongColumn("Invoice no"),
    LongColumn("Description"),
    LongColumn("Number as written", Kind.UNIQUE),
    LongColumn("Charged on (local)", Kind.DAY, 19),
    LongColumn("Run", width=9),
    LongColumn("Source row", Kind.INTEGER, 12),
)


def write_match(
    path: Path, match: Match, facts: InvocationFacts, options: ReportOptions, mask: Callable[[str], str]
) -> None:
    """Write the match's workbook to `path`, whole or not at all, readable by its owner alone; `mask` is put over texts.

    Raises OSError where the file can't be written or the old one not replaced: it is intact then.
    """
    words, key = Words(options.language), match.books.key
    banner = words(Label.REHEARSAL) if key.environment is Environment.REHEARSAL else ""
    account = words(Label.ACCOUNT, name=options.account or key.account)
    imprint = Imprint(
        options,
        words,
        file=match.invoices[0].path.name,
        banner=banner,
        left=account,
        version=f"numbatch {facts.version}",
    )
    properties = {
        "title": words(MatchLabel.TITLE),
        "author": facts.user,
        "company": options.brand.company,
        "comments": banner,
    }
    owner = Owner(key.account, key.environment.value)
    book = Book(options.brand.font, facts.started, properties, marks_of(MATCH, owner))
    styles = Styles(book, options.brand)
    with Deflater() as deflater:
        several = len(match.invoices) > 1
        more = (_FILE,) if several else ()
        differences = LongSheet("Differences", (*more, *_DIFFERENCES), styles.long(), deflater)
        lines = LongSheet("Lines", (*more, *_LINES), styles.long(), deflater)
        rows = _Rows(match, mask, several=several)
        rows.write_differences(differences)
        rows.write_lines(lines)
        deflater.finish()
        bodies: Bodies = {}
        write_match_summary(book, styles, imprint, match, facts, mask)
        for sheet in (differences, lines):
            frame_sheet(styles, sheet, _frame(sheet, styles), imprint, bodies)
        with replacing(path) as file:
            assemble(file, book.close(), bodies)


def _frame(sheet: LongSheet, styles: Styles) -> Frame:
    """How a sheet is shown: frozen after its coloured column, printed whole."""
    outcome = next(index for index, column in enumerate(sheet.columns) if column.header == "Outcome")
    return Frame(outcome + 1, len(sheet.columns) - 1, outcome, styles.value_rules(FILLS))


class _Rows:
    """The rows of the two long sheets."""

    def __init__(self, match: Match, mask: Callable[[str], str], *, several: bool) -> None:
        self._match = match
        self._mask = mask
        self._several = several
        self._currency = match.books.currency

    def write_differences(self, sheet: LongSheet) -> None:
        """A row for each piece that is neither as bought nor expected."""
        for piece in self._match.pieces:
            if piece.outcome in _FINE:
                continue
            charge, todo, note = piece.charge, TODO[piece.reason], self._mask(piece.note)
            values: tuple[Cell, ...] = (
                piece.number or None,
                piece.outcome.value,
                piece.reason.value,
                piece.billed,
                piece.bought,
                piece.difference,
                self._currency,
                None if piece.line is None else piece.line.row,
                "" if charge is None else charge.run,
                None if charge is None else charge.row,
                note,
                todo,
            )
            sheet.add((*self._file(piece.line), *values), height_of(note, todo))
        sheet.finish()

    def write_lines(self, sheet: LongSheet) -> None:
        """A row for each line, with all that became of it; then those that are on no line."""
        of_line: dict[int, list[Piece]] = {}
        for piece in self._match.pieces:
            if piece.line is not None:
                of_line.setdefault(id(piece.line), []).append(piece)
        for invoice in self._match.invoices:
            for line in invoice.lines:
                sheet.add((*self._file(line), *self._line(line, of_line[id(line)])))
        sheet.finish()

    def _line(self, line: Line, pieces: list[Piece]) -> tuple[Cell, ...]:
        bought = sum((piece.bought for piece in pieces), ZERO)
        charge = next((piece.charge for piece in pieces if piece.charge is not None), None)
        worst = max(pieces, key=lambda piece: _ORDER.index(piece.outcome))
        return (
            line.row,
            line.number or None,
            worst.outcome.value,
            line.amount,
            bought,
            line.amount - bought,
            self._currency,
            " · ".join(dict.fromkeys(piece.reason.value for piece in pieces)),
            line.day,
            self._mask(line.document),
            self._mask(line.description),
            self._mask(line.written) or None,
            None if charge is None else charge.day,
            "" if charge is None else charge.run,
            None if charge is None else charge.row,
        )

    def _file(self, line: Line | None) -> tuple[Cell, ...]:
        if not self._several:
            return ()
        return ("" if line is None else self._match.invoices[line.file].path.name,)


_ORDER = (Outcome.AGREES, Outcome.EXPECTED, Outcome.NOT_BILLED, Outcome.DIFFERS, Outcome.NOT_BOUGHT)
"""The worst last: a line in several pieces is called by it."""
