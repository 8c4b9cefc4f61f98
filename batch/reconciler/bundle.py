"""All that an auditor needs of one run, in one file: the workbook, every request, who ran what, and how to check it.

The same ledger gives the same bytes: members in a fixed order, with the moment that the workbook speaks of as their time.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from batch.codes import CodeTable
from batch.errors import UsageError
from batch.files import replacing
from batch.ledger.attempts import Attempt
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Head, Invocation, Run, RunReport
from batch.order import Cell
from batch.reconciler.attempts import HEADERS, AttemptValues
from batch.reconciler.report import make_context, write_report
from batch.reconciler.workbook.context import ReportOptions

Mask = Callable[[str], str]

ATTEMPTS = "attempts.csv"
RUN = "run.json"
PLAN = "plan.json"
README = "README.txt"
SUMS = "SHA256SUMS"

_TRIES = 3
_EARLIEST = 1980
_PIECE = 1 << 20
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell of a CSV file begins with that a spreadsheet program would calculate."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a bundle: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was written: where, its members in their order, and the ledger's head that they were written from."""

    path: Path
    members: tuple[Member, ...]
    head: Head


def write_bundle(
    path: Path,
    reader: LedgerReader,
    run: Run,
    codes: CodeTable,
    options: ReportOptions,
    mask: Mask,
    *,
    plan: bytes | None = None,
) -> Bundled:
    """Write the bundle of `run` to `path`, whole or not at all, readable by its owner alone. `plan` is a plan file's content.

    `mask` is put over words that come from elsewhere. Raises LedgerError where the ledger can't be read, UsageError where it is
    being written all the while, OSError where the file can't be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder)
        report = _write_parts(beside, reader, run, codes, options, mask)
        if plan is not None:
            (beside / PLAN).write_bytes(plan)
        names = [workbook_name(run), ATTEMPTS, RUN, *([PLAN] if plan is not None else [])]
        members = [_member(beside / name) for name in names]
        (beside / README).write_text(_readme(report, members), encoding="utf-8")
        members.insert(0, _member(beside / README))
        (beside / SUMS).write_text(_sums(members), encoding="utf-8")
        members.append(_member(beside / SUMS))
        moment = make_context(report, options).made
        with replacing(path) as file:
            _pack(file, beside, members, moment)
    return Bundled(path, tuple(members), report.head)


def workbook_name(run: Run) -> str:
    """What the workbook is called in the bundle."""
    return f"results-{run.name}.xlsx"


def _write_parts(
    folder: Path, reader: LedgerReader, run: Run, codes: CodeTable, options: ReportOptions, mask: Mask
) -> RunReport:
    """Workbook, attempts and run, of one state of the ledger; the run's facts."""
    for _ in range(_TRIES):
        report = reader.report(run)
        write_report(folder / workbook_name(run), reader, run, codes, options)
        with (folder / ATTEMPTS).open("w", encoding="utf-8", newline="") as file:
            write_attempts(file, report, reader.attempts(run), mask)
        (folder / RUN).write_text(_json(run_facts(report, mask)), encoding="utf-8")
        if reader.report(run).head == report.head:
            return report
    raise UsageError(
        "The ledger is being written all the while: its files would not tell the same moment.",
        remedy="Bundle the run when nothing is under way: `numbatch status` tells.",
    )


def write_attempts(file: IO[str], report: RunReport, attempts: Iterable[Attempt], mask: Mask) -> None:
    """Every request as CSV: a header, then a line each, times in UTC as ISO 8601; no cell begins as a formula does."""
    lines = csv.writer(file)
    lines.writerow(HEADERS)
    values = AttemptValues(report)
    for attempt in attempts:
        lines.writerow([_told(cell, mask) for cell in values(attempt)])


def _told(cell: Cell, mask: Mask) -> object:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, str):
        words = mask(cell)
        return f"'{words}" if words.startswith(_FORMULAS) else words
    return "" if cell is None else cell


def run_facts(report: RunReport, mask: Mask) -> dict[str, object]:
    """The run, its files and every invocation with its settings, for programs. No secret is among the settings that are kept."""
    key, run, head = report.key, report.run, report.head
    return {
        "run": run.name,
        "key": run.key,
        "provider": key.provider,
        "environment": key.environment.value,
        "account": key.account,
        "place": key.place or None,
        "created": run.created.isoformat(),
        "rows": run.rows,
        "files": [
            {"name": one.path.name, "sha256": one.sha256, "sheet": one.sheet, "rows": one.source_rows}
            for one in run.files
        ],
        "columns": [{"header": one.header, "field": one.field} for one in run.columns],
        "ledger": {"id": head.ledger_id, "entry": head.sequence, "head": head.hash},
        "invocations": [_invocation(number, one, mask) for number, one in enumerate(report.invocations, 1)],
    }


def _invocation(number: int, one: Invocation, mask: Mask) -> dict[str, object]:
    facts, end = one.facts, one.end
    return {
        "invocation": number,
        "started": facts.started.isoformat(),
        "ended": None if end is None else end.ended.isoformat(),
        "by": facts.user,
        "host": facts.host,
        "version": facts.version,
        "plan": facts.settings.get("plan"),
        "settings": {name: mask(value) for name, value in sorted(facts.settings.items())},
        "exit_code": None if end is None else end.exit_code,
        "stopped_by": None if end is None else end.stop.value,
        "halt_reason": None if end is None else mask(end.halt_reason) or None,
        "opening_balance": None if end is None or end.opening_balance is None else str(end.opening_balance),
        "closing_balance": None if end is None or end.closing_balance is None else str(end.closing_balance),
    }


def plan_ids(report: RunReport) -> list[str]:
    """The plans that this run's invocations carried out."""
    return list(dict.fromkeys(one.facts.settings["plan"] for one in report.invocations if "plan" in one.facts.settings))


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _member(path: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(path):
        digest.update(piece)
        size += len(piece)
    return Member(path.name, size, digest.hexdigest())


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _sums(members: Sequence[Member]) -> str:
    return "".join(f"{one.sha256}  {one.name}\n" for one in members)


_ABOUT = {
    ATTEMPTS: "every request that was sent, in order: when, which number, what came of it, who sent it (UTF-8, UTC)",
    RUN: "the order files by name and SHA-256, every invocation with its settings, and the ledger's head",
    PLAN: "the plan that the run carried out, as it was agreed to",
}


def _readme(report: RunReport, members: Sequence[Member]) -> str:
    key, run, head = report.key, report.run, report.head
    workbook = workbook_name(run)
    files = "\n".join(
        f"{one.name}\n  {_ABOUT.get(one.name, 'the result workbook; its sheet Summary says what was bought and paid')}"
        f"\n  SHA-256 {one.sha256}"
        for one in members
    )
    rehearsal = "\nThis was a rehearsal: nothing was bought.\n" if key.environment.value == "rehearsal" else ""
    open_plans = [] if any(one.name == PLAN for one in members) else plan_ids(report)
    plans = f"\nThe run carried out plan {', '.join(open_plans)}, whose file is not in here.\n" if open_plans else ""
    return f"""Run {run.name} of account {key.account} ({key.environment.value}, {key.provider}): {run.rows:,} rows
{rehearsal}
Written from the ledger alone, as it was at entry {head.sequence:,}:
  ledger {head.ledger_id}
  head   {head.hash}

The files
{files}
{plans}
To check them
1. That nothing was changed in here: sha256sum -c {SUMS}
2. That the workbook says what the ledger says: numbatch verify {workbook}
   (on the machine that has the ledger; it looks whether the head above is that of an entry there)
3. That the ledger was not changed since: numbatch ledger verify
4. That the order files are those that were bought by: their SHA-256 stand in {RUN} and on Summary.
numbatch bundle {run.name} writes this file again from the same ledger, byte for byte, as long as nothing was added to it.
"""


def _pack(file: IO[bytes], folder: Path, members: Sequence[Member], moment: datetime) -> None:
    at = moment.astimezone(UTC)
    date = (max(at.year, _EARLIEST), at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(file, "w") as archive:
        for one in members:
            info = zipfile.ZipInfo(one.name, date)
            info.external_attr = 0o600 << 16
            info.create_system = 3  # the same bytes wherever it is made
            info.file_size = one.size
            info.compress_type = zipfile.ZIP_STORED if one.name.endswith(".xlsx") else zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as member:
                for piece in _pieces(folder / one.name):
                    member.write(piece)
