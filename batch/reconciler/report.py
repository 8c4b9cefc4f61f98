"""Writes a run's result workbook from the ledger alone, in one pass over its rows.

One pass, and not one a sheet: a run may be under way, and every sheet must tell the same moment. The same ledger gives
the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch.codes import CodeTable
from batch.errors import UsageError
from batch.files import replacing
from batch.ledger.attempts import Attempt
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run, RunReport, RunRow
from batch.order import Column
from batch.reconciler.delivery import Delivered, deliver_workbook
from batch.reconciler.labels import Label, Words
from batch.reconciler.place import fallback_path
from batch.reconciler.results import Judge, ResultRow, own_columns
from batch.reconciler.totals import RunTotals, Tally
from batch.reconciler.workbook.archive import assemble
from batch.reconciler.workbook.attempts import AttemptsSheet
from batch.reconciler.workbook.by_code import write_by_code
from batch.reconciler.workbook.cells import plain_text
from batch.reconciler.workbook.charges import ChargesSheet
from batch.reconciler.workbook.context import Context, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.failures import FailuresSheet
from batch.reconciler.workbook.long import Bodies, frame_sheet
from batch.reconciler.workbook.results_sheet import ResultsSheet
from batch.reconciler.workbook.stream import CellStyles, LongSheet
from batch.reconciler.workbook.styles import Styles
from batch.reconciler.workbook.summary import Ties, write_summary

__all__ = ["Delivered", "ReportOptions", "deliver_report", "write_report"]

_COST_CENTRE = re.compile(
    r"cost\W*(cent(er|re)|code|unit)|kosten\W*stelle|kst\b|cent(re|ro)\W*(de|di)\W*co(û|u|s)|kostenplaats|department|abteilung",
    re.IGNORECASE,
)


def write_report(path: Path, reader: LedgerReader, run: Run, codes: CodeTable, options: ReportOptions) -> None:
    """Write the result workbook of `run` to `path`, whole or not at all, readable by its owner alone.

    Raises LedgerError where the ledger can't be read, UsageError where `group_by` names no column of the order sheet,
    and OSError where the file can't be written or the old one not replaced: it is intact then.
    """
    report = reader.report(run)
    context = make_context(report, options)
    book = Book(options.brand.font, context.made, _properties(context), context.marks)
    styles = Styles(book, options.brand)
    with Deflater() as deflater:
        made = Sheets(context, styles.long(), deflater)
        made.add_all(reader.rows(run), codes)
        if options.attempts is not None:
            made.add_attempts(reader.attempts(run))
        made.finish()
        deflater.finish()
        bodies: Bodies = {}
        write_summary(book, styles, context, made.totals, made.ties)
        frame_sheet(styles, made.results.rows, made.results.frame(styles), context, bodies)
        frame_sheet(styles, made.failures.rows, made.failures.frame(styles), context, bodies)
        write_by_code(book, styles, context, made.totals)
        frame_sheet(styles, made.charges.rows, made.charges.frame(), context, bodies)
        if options.attempts is not None:
            frame_sheet(styles, made.attempts.rows, made.attempts.frame(), context, bodies)
        with replacing(path) as file:
            assemble(file, book.close(), bodies)


def make_context(report: RunReport, options: ReportOptions) -> Context:
    """What every sheet of this run's workbook needs to know. Raises UsageError where `group_by` names no column."""
    return Context(report, options, Words(options.language), _group_column(report.run.columns, options.group_by))


class Sheets:
    """The long sheets of one workbook, written side by side in one pass over the rows, and what they come to.

    `sheet` makes each of them: whoever wants the values alone hands in another kind.
    """

    def __init__(
        self, context: Context, styles: CellStyles, deflater: Deflater, sheet: type[LongSheet] = LongSheet
    ) -> None:
        self.results = ResultsSheet(context, styles, deflater, sheet)
        self.failures = FailuresSheet(context, styles, deflater, sheet)
        self.charges = ChargesSheet(context, styles, deflater, sheet)
        self.attempts = AttemptsSheet(context, styles, deflater, sheet)
        self._context = context
        self._tally = Tally(_grouping(context))

    def add_all(self, rows: Iterable[RunRow], codes: CodeTable) -> None:
        """Write what the ledger says of `rows`."""
        report = self._context.report
        for result in Judge(codes, report.run.name, report.assumed, report.ever_assumed).results(rows):
            self._tally.add(result)
            self.results.add(result)
            self.failures.add(result)
            self.charges.add(result)

    def add_attempts(self, attempts: Iterable[Attempt]) -> None:
        """Write every request of the run."""
        for one in attempts:
            self.attempts.add(one)

    def finish(self) -> None:
        """Hand over what is left. The deflater is to be finished next."""
        for one in (self.results, self.failures, self.charges, self.attempts):
            one.rows.finish()

    @property
    def totals(self) -> RunTotals:
        """What the rows came to."""
        return self._tally.totals()

    @property
    def ties(self) -> Ties:
        """What the sheet Charges came to."""
        return Ties(self.charges.total, self.charges.rows.rows)


def _properties(context: Context) -> dict[str, str]:
    rehearsal = context.words(Label.REHEARSAL) if context.rehearsal else ""
    return {
        "title": context.words(Label.TITLE),
        "subject": context.words(Label.RUN, name=context.report.run.name),
        "author": context.last.user if context.last else "",
        "company": context.options.brand.company,
        "comments": rehearsal,
    }


def _group_column(columns: Sequence[Column], named: str | None) -> int | None:
    if named is None:
        return next((index for index, column in own_columns(columns) if _COST_CENTRE.search(column.header)), None)
    wanted = named.strip().casefold()
    for index, column in enumerate(columns):
        if column.header.strip().casefold() == wanted:
            return index
    has = ", ".join(column.header for column in columns)
    raise UsageError(f"the order sheet has no column {named!r} to sum charges by", remedy=f"It has {has}.")


@dataclass(frozen=True, slots=True)
class _Grouping:
    column: int
    blank: str

    def __call__(self, result: ResultRow) -> str:
        cell = result.row.cells[self.column]
        return self.blank if cell is None else plain_text(cell).strip() or self.blank


def _grouping(context: Context) -> _Grouping | None:
    return None if context.group is None else _Grouping(context.group, context.words(Label.NO_GROUP))


def deliver_report(
    path: Path,
    reader: LedgerReader,
    run: Run,
    codes: CodeTable,
    options: ReportOptions,
    *,
    fallbacks: Sequence[Path],
) -> Delivered:
    """Write the result workbook to `path`, or where that can't be to the first of the directories `fallbacks` that takes it.

    Raises what `write_report` raises; OSError, of `path`, where no directory takes it.
    """
    return deliver_workbook(
        path,
        lambda one: write_report(one, reader, run, codes, options),
        lambda folder: fallback_path(path, folder, run, reader.key.environment),
        fallbacks,
    )
