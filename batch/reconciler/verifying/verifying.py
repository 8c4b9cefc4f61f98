"""A workbook against its ledger: the whole comparison, sheet by sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

from batch.codes import CodeTable
from batch.errors import UsageError
from batch.ledger.evidence import EvidenceReader, Since
from batch.ledger.records import Head, Run, RunReport
from batch.loader.book import Book, BookSheet
from batch.reconciler.results import Judge
from batch.reconciler.verifying.comparing import Comparison
from batch.reconciler.verifying.expected import Expected, expected
from batch.reconciler.verifying.findings import Difference, Findings, Kind
from batch.reconciler.verifying.later import Later, before_of
from batch.reconciler.verifying.origin import Origin, group_of, summary_of
from batch.reconciler.verifying.pages import compare_summary
from batch.reconciler.verifying.tables import (
    ATTEMPTS,
    BY_CODE,
    CHARGES,
    FAILURES,
    RESULTS,
    Spec,
    Table,
    pages_of,
    table_of,
)
from batch.reconciler.workbook.context import ReportOptions

_DIFFERS = 4


@dataclass(frozen=True)
class Verified:
    """What came of it. `since` is what the ledger has come to know after the workbook's entry; None: it has no such entry."""

    run: Run
    origin: Origin
    head: Head
    differences: list[Difference]
    remarks: list[str]
    since: Since | None
    compared: list[str]
    """The sheets that were compared."""

    @property
    def unexplained(self) -> list[Difference]:
        """Those that nothing in the ledger explains."""
        return [one for one in self.differences if not one.later]

    @property
    def exit_code(self) -> int:
        """0 where all agrees, else 4."""
        return _DIFFERS if self.differences else 0


def run_of(reader: EvidenceReader, origin: Origin) -> Run:
    """The run that the workbook says it is of. Raises UsageError where this ledger has no such run."""
    runs = reader.runs()
    found = next((one for one in runs if one.key == origin.key), None)
    if found is None and not origin.key:
        found = next((one for one in runs if one.name == origin.run), None)
    if found is None:
        listed = ", ".join(one.name for one in runs[:20]) or "none"
        raise UsageError(
            f"The workbook says that it is of run {origin.run!r}, and this ledger has no such run (it has {listed}).",
            remedy="Name its ledger: --ledger, --account, --environment live or rehearsal.",
        )
    return found


def verify(
    book: Book,
    origin: Origin,
    reader: EvidenceReader,
    run: Run,
    codes: CodeTable,
    options: ReportOptions,
    mask: Callable[[str], str],
) -> Verified:
    """Compare every sheet of `book` with what the ledger says of `run`. Raises LedgerError where that can't be read.

    `options` are how workbooks are written here; what the workbook tells of how it was written goes before them. `mask` is put
    over the words of a sheet Attempts.
    """
    findings = Findings()
    report = reader.report(run)
    head = report.head
    told = _check_head(reader, origin, head, findings)
    _check_properties(origin, report, findings)
    as_written = report if origin.head is None else replace(report, head=origin.head)
    ours = expected(
        as_written, reader.rows(run), reader.attempts(run), codes, _options(options, origin, run, report, mask)
    )
    tables = _compare_sheets(book, ours, findings)
    since = reader.since(run, origin.head.sequence) if told and origin.head is not None else None
    differences = findings.differences
    if since is not None and since.entries and differences:
        judge = Judge(codes, run.name, report.assumed, report.ever_assumed)
        before = before_of(reader.rows(run), judge, since.numbers)
        differences = Later(since, tables, {RESULTS.name: _table(ours, RESULTS)}, before).judged(differences)
    return Verified(run, origin, head, differences, findings.remarks, since, [*ours.sheets])


def _options(
    options: ReportOptions, origin: Origin, run: Run, report: RunReport, mask: Callable[[str], str]
) -> ReportOptions:
    """How the workbook was written, as far as it tells."""
    zone: tzinfo = origin.zone or options.timezone
    known = {options.currency, *(one.facts.settings.get("currency") for one in report.invocations)}
    return replace(
        options,
        language=origin.language,
        timezone=zone,
        account=origin.account or options.account,
        currency=origin.currency if origin.currency in known else options.currency,
        group_by=group_of(run, origin),
        attempts=mask if origin.attempts else None,
    )


def _check_head(reader: EvidenceReader, origin: Origin, now: Head, findings: Findings) -> bool:
    """Whether the workbook names an entry of this very ledger."""
    head = origin.head
    if head is None:
        findings.add(Difference(Kind.HEAD, "", says="no entry of any ledger", ledger=f"entry {now.sequence} now"))
        return False
    if head.ledger_id != now.ledger_id:
        findings.add(Difference(Kind.HEAD, "", says=f"ledger {head.ledger_id}", ledger=f"ledger {now.ledger_id}"))
        return False
    known = reader.hash_of(head.sequence)
    if known != head.hash:
        has = f"it has {now.sequence} entries only" if known is None else f"entry {head.sequence} is {known}"
        findings.add(Difference(Kind.HEAD, "", says=f"entry {head.sequence} is {head.hash}", ledger=has))
        return False
    return True


def _check_properties(origin: Origin, report: RunReport, findings: Findings) -> None:
    if not origin.from_properties:
        findings.remark("the file has lost its properties: which run it is of is told by its sheet Summary")
        return
    for name, says, ledger in (
        ("run", origin.run, report.run.name),
        ("environment", origin.environment, report.key.environment.value),
    ):
        if says != ledger:
            findings.add(Difference(Kind.PROPERTY, "", column=f"numbatch {name}", says=says, ledger=ledger))


def _headers(ours: Expected, spec: Spec) -> list[str]:
    sheet = ours.sheets[spec.name]
    return [str(column[0]) for column in sheet.columns]


def _table(ours: Expected, spec: Spec) -> Table:
    """The ledger's side of a sheet."""
    table = table_of([ours.sheets[spec.name]], _headers(ours, spec))
    assert table is not None  # noqa: S101 - its header is there
    return table


def _compare_sheets(book: Book, ours: Expected, findings: Findings) -> dict[str, Table]:
    """Compare them all; the file's own tables by name."""
    taken: set[str] = set()
    tables: dict[str, Table] = {}
    summary = summary_of(book)
    if summary is None:
        findings.add(Difference(Kind.SHEET_MISSING, "Summary"))
    else:
        taken.add(summary.name)
        _check_sheet(summary, "Summary", findings)
        compare_summary(summary, ours.sheets["Summary"], ours.context.words, findings)
    for spec in (RESULTS, FAILURES, BY_CODE, CHARGES, ATTEMPTS):
        if spec.name not in ours.sheets:
            continue
        sheets = pages_of(book, spec.name) or _renamed(book, ours, spec)
        table = table_of(sheets, _headers(ours, spec))
        if table is None:
            findings.add(Difference(Kind.SHEET_MISSING, spec.name))
            continue
        taken |= {one.name for one in sheets}
        for number, one in enumerate(sheets, 1):
            _check_sheet(one, spec.name if number == 1 else f"{spec.name} {number}", findings)
        Comparison(spec, table, _table(ours, spec), findings).compare()
        tables[spec.name] = table
    others = [one.name for one in book.sheets if one.name not in taken]
    if others:
        findings.remark(f"sheets that are not the program's: {', '.join(others)}")
    return tables


def _renamed(book: Book, ours: Expected, spec: Spec) -> list[BookSheet]:
    """The sheet that has this one's header, under a name that none of ours has."""
    headers = _headers(ours, spec)
    for one in book.sheets:
        known = any(one.name == name or one.name.startswith(f"{name} ") for name in ours.sheets)
        if not known and table_of([one], headers) is not None:
            return [one]
    return []


def _check_sheet(sheet: BookSheet, name: str, findings: Findings) -> None:
    if sheet.name != name:
        findings.add(Difference(Kind.SHEET_RENAMED, name, says=sheet.name, ledger=name, where=sheet.name))
    if not sheet.visible:
        findings.add(Difference(Kind.HIDDEN, name, says="the whole sheet is hidden", where=sheet.name))
