"""The audit as a workbook: Summary, one printed page; Differences, one a row; Numbers, every number that was asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from batch.files import replacing
from batch.ledger.records import Environment, InvocationFacts, RunReport, Status
from batch.number import Number
from batch.order import Cell
from batch.reconciler.audit import REMEDIES, Audit, Audited, Finding, Shown
from batch.reconciler.labels import Label, Words
from batch.reconciler.page_labels import AuditLabel
from batch.reconciler.place import AUDIT, Owner, marks_of
from batch.reconciler.workbook.archive import assemble
from batch.reconciler.workbook.audit_summary import Heading, write_audit_summary
from batch.reconciler.workbook.context import Context, Imprint, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.long import TODO, Bodies, Frame, frame_sheet, height_of
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import PALE, Styles

Mask = Callable[[str], str]
"""Takes what is secret out of a text."""


_FILLS: Final = MappingProxyType(
    {
        Finding.AGREES: PALE[Status.PURCHASED],
        Finding.DIFFERS: PALE[Status.DEFERRED],
        Finding.GONE: PALE[Status.REFUSED],
        Finding.HELD: PALE[Status.OWNED],
        Finding.UNTOLD: PALE[Status.DOUBT],
    }
)
_SOURCE = (LongColumn("Source file"), LongColumn("Source sheet"))
_DIFFERENCES = (
    LongColumn("Number", Kind.UNIQUE, 16),
    LongColumn("Status", width=15),
    LongColumn("Source row", Kind.INTEGER, 13),
    LongColumn("What", width=10),
    LongColumn("Field", width=15),
    LongColumn("Asked for"),
    LongColumn("The account has"),
    TODO,
)
_NUMBERS = (
    LongColumn("Number", Kind.UNIQUE, 16),
    LongColumn("Found", width=12),
    LongColumn("Status", width=15),
    LongColumn("Source row", Kind.INTEGER, 13),
    LongColumn("Fields that differ"),
    LongColumn("Created (account's clock)", Kind.MOMENT, 26),
    LongColumn("Setup fee", Kind.MONEY, 12),
    LongColumn("Monthly fee", Kind.MONEY, 14),
    LongColumn("Currency", width=11),
    LongColumn("Reason"),
)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An audit and what it was of: the run as the ledger `report`s it, who asked and when (`facts`, `ended`), the rows asked about."""

    audit: Audit
    rows: Sequence[Audited]
    report: RunReport
    facts: InvocationFacts
    ended: datetime


def write_audit(path: Path, record: AuditRecord, options: ReportOptions, mask: Mask) -> None:
    """Write the audit's workbook to `path`, whole or not at all, readable by its owner alone; `mask` is put over values.

    Raises OSError where the file can't be written or the old one not replaced: it is intact then.
    """
    words = Words(options.language)
    context = Context(record.report, options, words, None)
    imprint = _imprint(context, record)
    book = Book(options.brand.font, record.ended, _properties(context), marks_of(AUDIT, audit_owner(record.report)))
    styles = Styles(book, options.brand)
    with Deflater() as deflater:
        pages = _Pages(record, context, mask, styles.long(), deflater)
        pages.write()
        deflater.finish()
        bodies: Bodies = {}
        heading = Heading(record.facts, record.ended, pages.counts)
        write_audit_summary(book, styles, context, imprint, record.audit, heading, mask)
        frame_sheet(styles, pages.differences, pages.frame(pages.differences, styles), imprint, bodies)
        frame_sheet(styles, pages.numbers, pages.frame(pages.numbers, styles), imprint, bodies)
        with replacing(path) as file:
            assemble(file, book.close(), bodies)


def audit_owner(report: RunReport) -> Owner:
    """Whose an audit of that run is."""
    return Owner(report.run.key, report.key.environment.value)


class _Pages:
    """The two long sheets, and how many numbers have each finding."""

    def __init__(
        self, record: AuditRecord, context: Context, mask: Mask, styles: CellStyles, deflater: Deflater
    ) -> None:
        self._record = record
        self._mask = mask
        self._files = context.file_names if len(record.report.run.files) > 1 else ()
        self._currency = context.options.currency
        more = _SOURCE if self._files else ()
        self.differences = LongSheet("Differences", (*more, *_DIFFERENCES), styles, deflater)
        self.numbers = LongSheet("Numbers", (*more, *_NUMBERS), styles, deflater)
        self._findings = record.audit.findings()
        self.counts = dict.fromkeys(Finding, 0)

    def write(self) -> None:
        """Write every row, in the order of the sheet."""
        audit = self._record.audit
        rows = {row.number: row for row in self._record.rows}
        fields: dict[Number, list[str]] = {}
        for one in audit.differences:
            todo = REMEDIES[one.what]
            if one.name:
                fields.setdefault(one.number, []).append(one.name)
            values = (
                one.number,
                one.status.value,
                rows[one.number].source.row,
                one.what.value,
                one.name,
                self._mask(one.asked),
                (self._mask(one.has) or "(blank)") if one.name else "",
                todo,
            )
            self.differences.add((*self._source(rows[one.number]), *values), height_of("", todo))
        for row in self._record.rows:
            self._add_number(row, fields.get(row.number, ()))
        self.differences.finish()
        self.numbers.finish()

    def _add_number(self, row: Audited, fields: Sequence[str]) -> None:
        audit = self._record.audit
        found = self._findings.get(row.number, Finding.AGREES)
        self.counts[found] += 1
        shown = audit.shown.get(row.number, Shown(None, None, None))
        self.numbers.add(
            (
                *self._source(row),
                row.number,
                found.value,
                row.status.value,
                row.source.row,
                ", ".join(fields),
                shown.created,
                shown.setup,
                shown.monthly,
                None if shown.setup is None and shown.monthly is None else self._currency,
                self._mask(audit.reason) if found is Finding.UNTOLD else "",
            )
        )

    def _source(self, row: Audited) -> tuple[Cell, ...]:
        return (self._files[row.source.file], row.source.sheet) if self._files else ()

    def frame(self, sheet: LongSheet, styles: Styles) -> Frame:
        """How a sheet is shown: frozen after its coloured column, printed whole."""
        number = next(index for index, column in enumerate(sheet.columns) if column.header == "Number")
        rules = styles.status_rules() if sheet is self.differences else styles.value_rules(_FILLS)
        return Frame(number + 2, len(sheet.columns) - 1, number + 1, rules)


def _imprint(context: Context, record: AuditRecord) -> Imprint:
    words = context.words
    return Imprint(
        context.options,
        words,
        file=context.file_names[0] if context.file_names else "",
        banner=words(Label.REHEARSAL) if context.rehearsal else "",
        left=words(Label.RUN, name=record.report.run.name),
        version=f"numbatch {record.facts.version}",
    )


def _properties(context: Context) -> dict[str, str]:
    words = context.words
    rehearsal = context.report.key.environment is Environment.REHEARSAL
    return {
        "title": words(AuditLabel.TITLE),
        "subject": words(Label.RUN, name=context.report.run.name),
        "company": context.options.brand.company,
        "comments": words(Label.REHEARSAL) if rehearsal else "",
    }
