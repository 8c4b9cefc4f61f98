"""Giving a run back, from its plan to its result workbook: open, show, have the name typed, give back, report."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.begin import Begun
from batch.cli.confirm import is_attended
from batch.cli.figures import plural
from batch.cli.interrupt import nothing_sent
from batch.cli.loop import RELEASING, new_runner, signals_to
from batch.cli.numbers import read_number
from batch.cli.options import READING
from batch.cli.output import say_json, tell
from batch.cli.place import open_reader
from batch.cli.progress import Progress, shows_bar
from batch.cli.release_view import outcome_json, outcome_lines, plan_json, plan_lines
from batch.cli.request import ReleaseRequest
from batch.cli.results import Wanted, deliver, report_options, require_group
from batch.cli.scene import Scene, facts, new_provider, open_ledger, options_of, real_scene
from batch.clock import SystemClock
from batch.errors import LedgerError, UsageError
from batch.number import Number
from batch.pool.options import PoolOptions
from batch.reconciler.release_plan import ReleasePlan, plan_release
from batch.reconciler.results import Judge
from batch.session import ReleaseOutcome, Session, Stop, release_run

if TYPE_CHECKING:
    from batch.ledger.reading import LedgerReader
    from batch.ledger.records import Run
    from batch.ledger.sqlite import SqliteLedger
    from batch.reconciler.report import ReportOptions

_DECLINED = 2
_PERSON = 4
_NOT_WRITTEN = 1


def give_back(begun: Begun, request: ReleaseRequest) -> int:
    """Do it all; the exit code."""
    wait = request.wait
    only = _named(request.only, begun)
    if request.dry_run:
        return _show(begun, request, only)
    if request.confirm is None and not is_attended():
        raise UsageError(
            "giving numbers back off a terminal needs --confirm RUN, the run's whole name",
            remedy="`numbatch runs` lists the runs; --dry-run shows what would be given back. Nothing was sent.",
        )
    with new_runner(begun.settings.workers) as runner:
        stack = AsyncExitStack()
        try:
            with nothing_sent():
                work = runner.run(_open(stack, begun, request, only, wait))
                if not work.plan.numbers:
                    return work.nothing_to_do()
                if not work.may_begin():
                    return _DECLINED
            return runner.run(work.give_back())
        except LedgerError:
            # What it could not write is what counts; its head file, on the same full disk perhaps, is no other news.
            with suppress(LedgerError):
                runner.run(stack.aclose())
            raise
        finally:
            runner.run(stack.aclose())


def _named(words: Collection[str], begun: Begun) -> Mapping[Number, Sequence[Number]] | None:
    """The numbers of --only: each word is a number, several with commas between, or an order workbook; None: all.

    Each with all the numbers that its row names: whichever of them the run bought is meant.
    """
    if not words:
        return None
    named: list[Sequence[Number]] = []
    for word in words:
        if Path(word).suffix and Path(word).exists():
            named += _ordered(Path(word), begun)
        else:
            named += [(read_number(one, begun.settings),) for one in word.split(",") if one.strip()]
    return {number: members for members in named for number in members}


def _ordered(path: Path, begun: Begun) -> Sequence[Sequence[Number]]:
    """The numbers that each row of an order workbook names. Raises UsageError where one names none: nobody could tell which it means."""
    from batch.cli.orders import load_orders  # noqa: PLC0415 - only where one is named

    orders = load_orders([path], begun.settings, READING)
    if orders.wishes:
        count, row = sum(wish.count for wish in orders.wishes), orders.wishes[0].source.row
        raise UsageError(
            f"{path} leaves {plural(count, 'number')} open (AnyOf, the first in row {row}): it does not say which were bought",
            remedy="Name the numbers themselves; the result workbook has them (`numbatch report`). Nothing was sent.",
        )
    unread = [row.source.row for row in orders.rows if not row.number]
    if unread:
        raise UsageError(
            f"{path} has {plural(len(unread), 'row')} without a number that can be read, the first is row {unread[0]}",
            remedy=f"`numbatch check {path}` says what is wrong. Nothing was sent.",
        )
    return [(Number(row.number), *row.alternatives) for row in orders.rows]


def _planned(reader: LedgerReader, run: Run, only: Mapping[Number, Sequence[Number]] | None) -> ReleasePlan:
    """Raises UsageError where numbers are named that the run does not order."""
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - the table alone

    report = reader.report(run)
    plan = plan_release(reader.rows(run), Judge(CODES, run.name, report.assumed, report.ever_assumed), only)
    unknown = set(plan.strangers)
    strangers = [] if only is None else [only[one] for one in plan.strangers if unknown.issuperset(only[one])]
    if strangers:
        first, more = strangers[0][0], len(set(strangers)) - 1
        others = f" and {plural(more, 'other number')}" if more else ""
        raise UsageError(
            f"run {run.name} does not order {first}{others}",
            remedy="`numbatch history NUMBER` tells which run bought it. Nothing was sent.",
        )
    return plan


def _show(begun: Begun, request: ReleaseRequest, only: Mapping[Number, Sequence[Number]] | None) -> int:
    """--dry-run: from the ledger alone, without its lock and without a login."""
    with open_reader(begun.settings, begun.environ) as reader:
        run = reader.find(request.run)
        plan = _planned(reader, run, only)
        key = reader.key
    if request.json:
        say_json(plan_json(plan, run, key, begun.settings))
    else:
        from batch.cli.output import say  # noqa: PLC0415 - what was asked for

        for line in plan_lines(plan, run, key, begun.settings):
            say(line)
    return 0


async def _open(
    stack: AsyncExitStack,
    begun: Begun,
    request: ReleaseRequest,
    only: Mapping[Number, Sequence[Number]] | None,
    wait: float,
) -> _Work:
    clock = SystemClock()
    scene = await stack.enter_async_context(real_scene(begun))
    report = report_options(scene.settings)
    options = options_of(scene, clock.now())
    ledger = await open_ledger(scene, clock, options, wait=wait, create=False)
    stack.push_async_callback(ledger.close)
    reader = ledger.reader()
    stack.callback(reader.close)
    run = reader.find(request.run)
    if request.confirm is not None and request.confirm != run.name:
        raise UsageError(
            f"--confirm says {request.confirm!r}, and the run is {run.name!r}",
            remedy="Write the run's whole name. Nothing was sent.",
        )
    require_group(run.columns, scene.settings)
    wanted = Wanted([one.path for one in run.files], request.results, request.force, scene.environment)
    plan = _planned(reader, run, only)
    if plan.numbers:
        wanted.path(run)  # where the results could not go, nothing is given back
    return _Work(begun, request, only, scene, report, options, ledger, reader, clock, wanted, run, plan)


@dataclass(frozen=True, slots=True)
class _Work:
    begun: Begun
    request: ReleaseRequest
    only: Mapping[Number, Sequence[Number]] | None
    scene: Scene
    report: ReportOptions
    options: PoolOptions
    ledger: SqliteLedger
    reader: LedgerReader
    clock: SystemClock
    wanted: Wanted
    run: Run
    plan: ReleasePlan

    def nothing_to_do(self) -> int:
        """Say so; what was named and can't be given back needs a person."""
        code = _PERSON if self.plan.kept else 0
        if self.request.json:
            nothing = ReleaseOutcome(self.run, code, "", 0, 0, {}, [], 0)
            say_json(outcome_json(nothing, self.ledger.key, code, None))
        elif code or not self.begun.quiet:
            for line in plan_lines(self.plan, self.run, self.ledger.key, self.scene.settings):
                tell(line)
            tell("Nothing is to be given back; nothing was sent.")
        return code

    def may_begin(self) -> bool:
        """Show the plan, and have the run's name typed where a person is there."""
        if not self.begun.quiet:
            for line in plan_lines(self.plan, self.run, self.ledger.key, self.scene.settings):
                tell(line)
        if self.request.confirm is not None:
            return True
        what = "for good" if self.scene.is_live else "in a rehearsal"
        tell(f"To give back {plural(self.plan.numbers, 'number')} {what}, type the run's name ({self.run.name}):")
        if _typed() == self.run.name:
            return True
        tell("numbatch: not confirmed; nothing was sent")
        if self.request.json:
            say_json({"run": self.run.name, "exit_code": _DECLINED, "reason": "not confirmed"})
        return False

    async def give_back(self) -> int:
        """Give back, close the ledger, write the workbook from it, and tell what it came to."""
        stop = Stop()
        with signals_to(stop, RELEASING), Progress(bar=shows_bar(quiet=self.begun.quiet)) as progress:
            async with new_provider(self.scene, self.clock) as provider:
                who = facts(self.scene.settings, self.clock.now())
                session = Session(provider, self.ledger, self.options, who, self.clock, progress, stop)
                outcome = await release_run(self.run, session, only=self.only)
            try:
                await self.ledger.close()
            except LedgerError:
                if not outcome.halt_reason:
                    raise
            results = await asyncio.to_thread(self._report)
        code = outcome.exit_code or (_NOT_WRITTEN if results is None else 0)
        self._tell(outcome, code, results)
        return code

    def _report(self) -> str | None:
        keep = self.scene.ledger.directory
        path = deliver(self.wanted.path_after(self.run, keep), self.reader, self.run, self.report, keep=keep)
        return None if path is None else str(path)

    def _tell(self, outcome: ReleaseOutcome, code: int, results: str | None) -> None:
        if self.request.json:
            say_json(outcome_json(outcome, self.ledger.key, code, results))
        elif code or not self.begun.quiet:
            outcome_lines(outcome, self.ledger.key, code, results)


def _typed() -> str:
    try:
        return sys.stdin.readline().strip()
    except (OSError, ValueError):
        return ""
