"""`numbatch audit`: what a run asked for against what the account holds now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.figures import plural, rate_text, span
from batch.cli.masking import mask
from batch.cli.options import COMMON, PACE, WHERE, Common, Json, Pace, RunName, Where
from batch.cli.output import Column, say, say_json, say_table, tell

if TYPE_CHECKING:
    from batch.cli.scene import Scene
    from batch.ledger.reading import LedgerReader
    from batch.ledger.records import LedgerKey, Run
    from batch.reconciler.audit import Audit, Audited, Difference
    from batch.reconciler.audit_sheet import AuditRecord

Output = Annotated[
    Path | None,
    Parameter(name=("--output", "-o"), metavar="AUDIT.xlsx", help="A workbook of what was found, besides."),
]
ReplaceAny = Annotated[bool, Parameter(show_default=False, help="Replace a file that is no audit of this program's.")]
PageLanguage = Annotated[str | None, Parameter(metavar="en|de", help="Of the workbook.")]

_STOPPING = {1: "Stopping: nothing was bought or recorded; the same command asks again."}
_NOT_WRITTEN = 1
_WHOLE = {"gone": "not in the account", "held": "in the account"}
_INTERRUPTED = 128


def audit(
    run: RunName = None,
    /,
    *,
    json: Json = False,
    output: Output = None,
    force: ReplaceAny = False,
    language: PageLanguage = None,
    pace: Pace = PACE,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Compare what a run asked for with what the account holds now, number by number and field by field.

    Asks the account a question a number; buys nothing, records nothing, takes no lock. Exit code 0 for no difference, 4 for
    differences, 6 where some could not be told, 5 where the account was refused.

    For example:
        numbatch audit
        numbatch audit 7f3a -o audit.xlsx
    """
    begun = begin_with_settings(common, where, pace, more={"language": language})
    from batch.cli.loop import new_runner  # noqa: PLC0415 - when flags and settings are right

    with new_runner() as runner:
        return runner.run(_audit(begun, run, Wanted(output, force), as_json=json))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the workbook is to go, None for nowhere; `force`: whatever stands there."""

    path: Path | None
    force: bool


async def _audit(begun: Begun, name: str | None, wanted: Wanted, *, as_json: bool) -> int:
    from batch.cli.loop import signals_to  # noqa: PLC0415 - as above
    from batch.cli.scene import facts, real_scene  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.ledger.sqlite import SqliteReader  # noqa: PLC0415
    from batch.reconciler.audit import rows_to_ask  # noqa: PLC0415
    from batch.session import Stop  # noqa: PLC0415

    stop, clock = Stop(), SystemClock()
    async with AsyncExitStack() as stack:
        scene = await stack.enter_async_context(real_scene(begun))
        reader = SqliteReader.open(scene.ledger.directory, scene.ledger.key)
        stack.callback(reader.close)
        found = reader.find(name)
        path = _place(wanted, found, scene.ledger.key)
        rows = list(rows_to_ask(reader, found))
        who = facts(begun.settings, clock.now())
        stack.enter_context(signals_to(stop, _STOPPING))
        work = asyncio.create_task(_ask(begun, scene, reader, rows))
        stop.bind(lambda: _cancel(work), lambda: _cancel(work))
        try:
            audited = await work
        except asyncio.CancelledError:
            if not stop.signal:
                raise
            return _INTERRUPTED + stop.signal
        written = None
        if path is not None:
            from batch.reconciler.audit_sheet import AuditRecord  # noqa: PLC0415 - only where it is written

            record = AuditRecord(audited, rows, reader.report(found), who, clock.now())
            written = _deliver(path, record, begun, scene)
    exit_code = _NOT_WRITTEN if path is not None and written is None else audited.exit_code
    if as_json:
        told = audit_json(found, scene.ledger.key, audited)
        say_json(told | {"workbook": None if written is None else str(written), "exit_code": exit_code})
    elif exit_code or not begun.quiet:
        _say(found, audited)
        if written is not None:
            say(f"  workbook: {written}")
    return exit_code


def _place(wanted: Wanted, run: Run, key: LedgerKey) -> Path | None:
    """Where the workbook goes. Raises UsageError, before anything is asked, where something stands there that is not ours."""
    from batch.reconciler.place import AUDIT, Owner, place_for  # noqa: PLC0415 - only where it is written

    if wanted.path is None:
        return None
    owner = Owner(run.key, key.environment.value)
    orders = [one.path for one in run.files]
    return place_for(wanted.path, kind=AUDIT, owner=owner, name=run.name, others=orders, force=wanted.force)


def _deliver(path: Path, record: AuditRecord, begun: Begun, scene: Scene) -> Path | None:
    """Write the workbook to `path`, else elsewhere, and say so; None where no directory takes it."""
    from batch.cli.pages import deliver_page  # noqa: PLC0415 - only where it is written
    from batch.cli.results import report_options  # noqa: PLC0415
    from batch.reconciler.audit_sheet import audit_owner, write_audit  # noqa: PLC0415
    from batch.reconciler.place import AUDIT  # noqa: PLC0415

    options = report_options(begun.settings)
    return deliver_page(
        path,
        lambda one: write_audit(one, record, options, mask),
        kind=AUDIT,
        owner=audit_owner(record.report),
        name=record.report.run.name,
        fallbacks=[scene.ledger.directory],
    )


async def _ask(begun: Begun, scene: Scene, reader: LedgerReader, rows: Sequence[Audited]) -> Audit:
    from batch.cli.progress import Progress, shows_bar  # noqa: PLC0415 - as above
    from batch.cli.scene import new_provider, options_of  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.reconciler.audit import audit_rows  # noqa: PLC0415

    clock = SystemClock()
    options = options_of(scene, clock.now())
    if not begun.quiet:
        seconds = timedelta(seconds=ceil(len(rows) / float(options.rate)))
        tell(
            f"{plural(len(rows), 'question')} to the account at {rate_text(options.rate)} a second, about {span(seconds)}. "
            "Nothing is bought or recorded."
        )
    with Progress(bar=shows_bar(quiet=begun.quiet)) as progress:
        async with new_provider(scene, clock) as provider:
            return await audit_rows(rows, reader, provider=provider, options=options, clock=clock, tell=progress)


def audit_json(run: Run, key: LedgerKey, audited: Audit) -> dict[str, object]:
    """The line of `audit --json`."""
    return {
        "run": run.name,
        "environment": key.environment.value,
        "account": key.account,
        "asked": audited.asked,
        "agree": audited.agree,
        "differences": [
            {
                "number": one.number,
                "status": one.status.value,
                "what": one.what.value,
                "field": one.name or None,
                "asked": mask(one.asked) if one.name else None,
                "has": mask(one.has) if one.name else None,
            }
            for one in audited.differences
        ],
        "unclear": [row.number for row in audited.unclear],
        "compared": list(audited.compared),
        "not_compared": list(audited.not_compared),
        "retired": list(audited.retired),
        "exit_code": audited.exit_code,
        "reason": mask(audited.reason) or None,
    }


def _say(run: Run, audited: Audit) -> None:
    if audited.differences:
        columns = [Column(name) for name in ("Number", "Status", "What", "Asked for", "The account has")]
        say_table(columns, map(_row, audited.differences))
    kinds = Counter(one.what.value for one in audited.differences)
    say(f"Run {run.name}: {plural(audited.asked, 'number')} asked about, {audited.agree:,} without a difference")
    words = {
        "gone": ("number", "said to be ours, and not in the account"),
        "held": (
            "number",
            "in the account, and not said to be ours: `numbatch history NUMBER`, then look who bought it",
        ),
        "differs": (
            "field",
            "otherwise than asked for: change it with the provider; the program changes nothing that is owned",
        ),
    }
    for what, count in kinds.items():
        noun, said = words[what]
        say(f"  {plural(count, noun)} {said}")
    if audited.unclear:
        say(f"  {plural(len(audited.unclear), 'number')} could not be told: {mask(audited.reason)}")
    if audited.not_compared:
        say(f"  not compared, since the account does not report it: {', '.join(audited.not_compared)}")
    if audited.retired:
        say(f"  not compared, since the provider has retired it: {', '.join(audited.retired)}")


def _row(one: Difference) -> tuple[str, ...]:
    if not one.name:
        return (one.number, one.status, _WHOLE[one.what], "", "")
    return (one.number, one.status, one.name, mask(one.asked), mask(one.has) or "(blank)")


def _cancel(task: asyncio.Task[Audit]) -> None:
    task.cancel()
