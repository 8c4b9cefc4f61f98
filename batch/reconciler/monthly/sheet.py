"""A month's workbook: Summary, one printed page; Charges, the grain of an invoice; By run, and By group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from batch.codes import CodeTable
from batch.errors import UsageError
from batch.files import replacing
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Environment, InvocationFacts, LedgerKey, Run, Status
from batch.order import Cell
from batch.reconciler.labels import Label, Words
from batch.reconciler.matching.model import Period
from batch.reconciler.monthly.labels import MonthLabel
from batch.reconciler.monthly.model import BookRate, Month, RunSums, Sums
from batch.reconciler.monthly.summary import write_month_summary
from batch.reconciler.place import MONTH, Owner, marks_of
from batch.reconciler.report import make_context
from batch.reconciler.results import Charged, Judge, ResultRow
from batch.reconciler.workbook.archive import assemble
from batch.reconciler.workbook.cells import plain_text
from batch.reconciler.workbook.charges import charge_columns, charges_of, posting_day
from batch.reconciler.workbook.context import Imprint, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.long import Bodies, Frame, frame_sheet
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import Styles

_SUMS = (
    LongColumn("Numbers", Kind.INTEGER, 11),
    LongColumn("Set-up", Kind.MONEY, 13),
    LongColumn("Monthly", Kind.MONEY, 13),
    LongColumn("Estimated", Kind.MONEY, 13),
    LongColumn("Charged", Kind.MONEY, 13),
    LongColumn("Price not known", Kind.INTEGER, 17),
    LongColumn("At risk", Kind.MONEY, 12),
    LongColumn("Monthly from now on", Kind.MONEY, 21),
    LongColumn("Given back", Kind.INTEGER, 12),
    LongColumn("Currency", width=10),
)


@dataclass(frozen=True, slots=True)
class MonthOf:
    """Which month: the `period`, as people call it (`name`), its short `label`, and the rate of the books, None: none."""

    period: Period
    name: str
    label: str
    book: BookRate | None = None

    def owner(self, key: LedgerKey) -> Owner:
        """Whose the workbook is."""
        return Owner(f"{key.account} {self.label}", key.environment.value)


def write_month(
    path: Path,
    reader: LedgerReader,
    month: MonthOf,
    codes: CodeTable,
    facts: InvocationFacts,
    options: ReportOptions,
    mask: Callable[[str], str],
) -> Month:
    """Write the workbook of all runs' charges in the period to `path`, whole or not at all; what they come to.

    Raises LedgerError where the ledger can't be read, UsageError where `group_by` names a column that no run has, and OSError
    where the file can't be written or the old one not replaced: it is intact then.
    """
    words, key = Words(options.language), reader.key
    rehearsal = words(Label.REHEARSAL) if key.environment is Environment.REHEARSAL else ""
    title = words(MonthLabel.TITLE, period=month.name)
    account = options.account or key.account
    pages = Imprint(
        options,
        words,
        file=title,
        banner=rehearsal,
        left=words(Label.ACCOUNT, name=account),
        version=f"numbatch {facts.version}",
    )
    properties = {"title": title, "author": facts.user, "company": options.brand.company, "comments": rehearsal}
    book = Book(options.brand.font, facts.started, properties, marks_of(MONTH, month.owner(key)))
    styles = Styles(book, options.brand)
    with Deflater() as deflater:
        made = _Rows(reader, month.period, options, styles.long(), deflater)
        made.add_all(codes, mask)
        deflater.finish()
        bodies: Bodies = {}
        write_month_summary(book, styles, pages, made.month, month.book, facts, key, reader.head(), made.group_header)
        for sheet, frozen in ((made.charges, 3), (made.by_run, 1), (made.by_group, 1)):
            frame_sheet(styles, sheet, Frame(frozen, len(sheet.columns) - 1, 0, {}), pages, bodies)
        with replacing(path) as file:
            assemble(file, book.close(), bodies)
    return made.month


class _Rows:
    """The long sheets, written in one pass over each run's rows, oldest run first."""

    def __init__(
        self, reader: LedgerReader, period: Period, options: ReportOptions, styles: CellStyles, deflater: Deflater
    ) -> None:
        self._reader = reader
        self._period = period
        self._options = options
        self._zone: tzinfo = options.timezone
        self._account = options.account or reader.key.account
        self._blank = Words(options.language)(Label.NO_GROUP)
        self._runs = list(reversed(reader.runs()))
        self.month = Month(all_runs=len(self._runs))
        self.group_header = self._header()
        returned = LongColumn("Given back on (local)", Kind.DAY, 21)
        self.charges = LongSheet("Charges", (*charge_columns(self.group_header), returned), styles, deflater)
        first = (LongColumn("Run", width=9), LongColumn("Order files"), LongColumn("Begun (local)", Kind.DAY, 15))
        self.by_run = LongSheet("By run", (*first, *_SUMS), styles, deflater)
        self.by_group = LongSheet("By group", (LongColumn(self.group_header), *_SUMS), styles, deflater)

    def _header(self) -> str:
        """What the groups are called. Raises UsageError where the column that was named is in no run."""
        wanted = self._options.group_by
        if wanted is None:
            found = {run.columns[index].header for run in self._runs if (index := self._group(run)) is not None}
            return found.pop() if len(found) == 1 else "Cost centre"
        if self._runs and all(self._group(run) is None for run in self._runs):
            has = dict.fromkeys(column.header for run in self._runs for column in run.columns)
            raise UsageError(
                f"no run's order sheet has a column {wanted!r} to sum charges by", remedy=f"They have {', '.join(has)}."
            )
        return wanted

    def _group(self, run: Run) -> int | None:
        wanted = self._options.group_by
        if wanted is None:
            return make_context(self._reader.report(run), self._options).group
        name = wanted.strip().casefold()
        return next((at for at, one in enumerate(run.columns) if one.header.strip().casefold() == name), None)

    def add_all(self, codes: CodeTable, mask: Callable[[str], str]) -> None:
        """Write and count what every run was charged in the period."""
        for run in self._runs:
            sums = self._add(run, codes)
            if not sums.is_empty:
                self.month.runs.append(RunSums(run, sums))
                files = mask(", ".join(one.path.name for one in run.files))
                begun = run.created.astimezone(self._zone).date()
                self.by_run.add((run.name, files, begun, *self._figures(sums)))
        self.month.groups = dict(sorted(self.month.groups.items(), key=lambda one: (-one[1].charged, one[0])))
        for name, sums in self.month.groups.items():
            self.by_group.add((name, *self._figures(sums)))
        for sheet in (self.charges, self.by_run, self.by_group):
            sheet.finish()

    def _figures(self, sums: Sums) -> tuple[Cell, ...]:
        return (
            sums.bought,
            sums.setup,
            sums.monthly,
            sums.estimated,
            sums.charged,
            sums.unpriced,
            sums.at_risk,
            sums.recurring,
            sums.returned,
            self._options.currency,
        )

    def _add(self, run: Run, codes: CodeTable) -> Sums:
        report, group = self._reader.report(run), self._group(run)
        judge = Judge(codes, run.name, report.assumed, report.ever_assumed)
        sums = Sums()
        for result in judge.results(self._reader.rows(run)):
            charged = result.charged is Charged.YES
            day = posting_day(result, self._zone)
            if charged and day is None:
                self.month.undated += 1
            elif day is not None and self._period.holds(day):
                for one in self._counts(sums, result, group):
                    if charged:
                        one.buy(result, held=result.row.status is Status.PURCHASED)
                    elif result.row.status is Status.DOUBT:
                        one.doubt(result)
                if charged:
                    self._write(run, result, day, group)
            if (back := self._returned(result)) is not None and self._period.holds(back):
                for one in self._counts(sums, result, group):
                    one.returned += 1
        return sums

    def _counts(self, of_run: Sums, result: ResultRow, group: int | None) -> Iterator[Sums]:
        """Where a row counts: whole, by run, by group. A group appears where something of it counts."""
        yield self.month.whole
        yield of_run
        if result.charged is Charged.YES or result.row.status is Status.DOUBT:
            cell = None if group is None else result.row.cells[group]
            name = self._blank if cell is None else plain_text(cell).strip() or self._blank
            yield self.month.groups.setdefault(name, Sums())

    def _returned(self, result: ResultRow) -> date | None:
        moment: datetime | None = result.row.released_at
        return None if moment is None else moment.astimezone(self._zone).date()

    def _write(self, run: Run, result: ResultRow, day: date, group: int | None) -> None:
        row = result.row
        for part in charges_of(result):
            values: Sequence[Cell] = (
                f"{run.name}-{row.position + 1}-{part.number}",
                day,
                row.number,
                part.charge,
                part.amount,
                self._options.currency,
                part.confirmed,
                self._account,
                None if group is None else row.cells[group],
                run.name,
                row.source.row,
                self._returned(result),
            )
            self.month.charges += 1
            if part.amount is not None:
                self.month.charged += part.amount
            self.charges.add(values)
