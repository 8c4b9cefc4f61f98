"""Writes a run's result workbook from the ledger alone, in one pass over its rows.

One pass, and not one a sheet: a run may be under way, and every sheet must tell the same moment. The same ledger gives
the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batch.codes import CodeTable
from batch.errors import UsageError
from batch.files import replacing
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run
from batch.order import Column
from batch.reconciler.delivery import Delivered, deliver_workbook
from batch.reconciler.labels import Label, Words
from batch.reconciler.place import fallback_path
from batch.reconciler.results import Judge, ResultRow, own_columns
from batch.reconciler.totals import Tally
from batch.reconciler.workbook.archive import assemble
from batch.reconciler.workbook.by_code import write_by_code
from batch.reconciler.workbook.cells import plain_text
from batch.reconciler.workbook.charges import ChargesSheet
from batch.reconciler.workbook.context import Context, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.failures import FailuresSheet
from batch.reconciler.workbook.long import Bodies, frame_sheet
from batch.reconciler.workbook.results_sheet import ResultsSheet
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
    context = Context(report, options, Words(options.language), _group_column(run.columns, options.group_by))
    book = Book(options.brand.font, context.made, _properties(context), context.marks)
    styles = Styles(book, options.brand)
    with Deflater() as deflater:
        long = styles.long()
        results = ResultsSheet(context, long, deflater)
        failures = FailuresSheet(context, long, deflater)
        charges = ChargesSheet(context, long, deflater)
        tally = Tally(_grouping(context))
        for result in Judge(codes, run.name, report.assumed, report.ever_assumed).results(reader.rows(run)):
            tally.add(result)
            results.add(result)
            failures.add(result)
            charges.add(result)
        for rows in (results.rows, failures.rows, charges.rows):
            rows.finish()
        deflater.finish()
        totals = tally.totals()
        bodies: Bodies = {}
        write_summary(book, styles, context, totals, Ties(charges.total, charges.rows.rows))
        frame_sheet(styles, results.rows, results.frame(styles), context, bodies)
        frame_sheet(styles, failures.rows, failures.frame(styles), context, bodies)
        write_by_code(book, styles, context, totals)
        frame_sheet(styles, charges.rows, charges.frame(), context, bodies)
        with replacing(path) as file:
            assemble(file, book.close(), bodies)


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
