"""A run from its orders to its result workbook: open, plan, ask, buy, report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.begin import Begun
from batch.cli.carrying import FACT
from batch.cli.confirm import agrees, is_attended, require_bound
from batch.cli.figures import rate_text
from batch.cli.forecast import Forecast
from batch.cli.interrupt import nothing_sent
from batch.cli.loop import new_runner, signals_to
from batch.cli.older import refuse_older
from batch.cli.options_of import time_zone
from batch.cli.output import say, say_json, tell
from batch.cli.plan_view import begin_lines, plan_lines, since_lines
from batch.cli.preparing import Prepared, prepare
from batch.cli.progress import Progress, shows_bar
from batch.cli.request import Request
from batch.cli.results import Wanted, deliver, report_options, require_group
from batch.cli.scene import Scene, facts, new_provider, open_ledger, options_of, real_scene, simulated_scene
from batch.cli.summary import Summary, failure_json, say_summary, summary_json
from batch.clock import SystemClock
from batch.errors import LedgerError
from batch.ledger.records import InvocationFacts, Status
from batch.order import Orders
from batch.plan import Plan
from batch.pool.options import PoolOptions
from batch.session import RunOutcome, Session, Stop, buy_orders

if TYPE_CHECKING:
    from batch.ledger.sqlite import SqliteLedger
    from batch.reconciler.report import ReportOptions

_DECLINED = 2
_NOT_WRITTEN = 1
"""All is bought, and no result workbook could be written anywhere: whoever waits for it must hear of that."""


def buy(begun: Begun, orders: Orders, request: Request) -> int:
    """Do it all; the exit code. What is asked of a person is asked between two turns of the loop, so that Ctrl-C works."""
    wait = request.wait
    with new_runner(begun.settings.workers) as runner:
        stack = AsyncExitStack()
        try:
            with nothing_sent():
                buying = runner.run(_open(stack, begun, orders, request, wait))
                may_begin = buying.may_begin()
            if not may_begin:
                if request.json:
                    say_json(failure_json(_DECLINED, "not confirmed"))
                return _DECLINED
            return runner.run(buying.buy())
        except LedgerError:
            # What it could not write is what counts; its head file, on the same full disk perhaps, is no other news.
            with suppress(LedgerError):
                runner.run(stack.aclose())
            raise
        finally:
            runner.run(stack.aclose())


@asynccontextmanager
async def _scene(begun: Begun, orders: Orders, request: Request, clock: SystemClock) -> AsyncIterator[Scene]:
    if request.rehearsal.simulate:
        async with simulated_scene(begun, request.rehearsal, orders, clock) as simulated:
            yield simulated
    else:
        async with real_scene(begun) as real:
            yield real


async def _open(stack: AsyncExitStack, begun: Begun, orders: Orders, request: Request, wait: float) -> _Buying:
    clock = SystemClock()
    scene = await stack.enter_async_context(_scene(begun, orders, request, clock))
    if request.carried is not None:
        request.carried.require_account(scene)
    if scene.is_live and not is_attended():
        require_bound(scene.settings, yes=request.yes)
    wanted = Wanted(request.paths, request.results, request.force, scene.environment)
    wanted.check(orders, None, clock.now())
    require_group(orders.columns, scene.settings)
    report = report_options(scene.settings)
    options = options_of(scene, clock.now(), retry_refused=request.retry_refused, rebuy=request.rebuy)
    ledger = await open_ledger(scene, clock, options, wait=wait)
    stack.push_async_callback(ledger.close)
    if not scene.temporary:
        refuse_older(scene.ledger.directory, ledger, orders, wanted, clock.now())
    prepared = await prepare(scene, orders, ledger, options, clock, stack, carried=request.carried)
    return _Buying(begun, orders, request, scene, wanted, report, options, ledger, clock, prepared)


async def _close(ledger: SqliteLedger, *, halted: bool) -> None:
    """Close it; a run that has halted for its disk is told and reported all the same."""
    try:
        await ledger.close()
    except LedgerError:
        if not halted:
            raise


@dataclass(frozen=True, slots=True)
class _Buying:
    begun: Begun
    orders: Orders
    request: Request
    scene: Scene
    wanted: Wanted
    report: ReportOptions
    options: PoolOptions
    ledger: SqliteLedger
    clock: SystemClock
    prepared: Prepared

    @property
    def plan(self) -> Plan:
        """What is shown, and asked about."""
        return self.prepared.plan

    def may_begin(self) -> bool:
        """Show the plan, and ask where a person is there; check first that the results can go where they should."""
        plan = self.plan
        self.wanted.check(self.orders, plan.preview.run, self.clock.now())
        if not self.begun.quiet:
            zone = time_zone(self.scene.settings)
            lines = plan_lines(
                plan, rate=rate_text(self.options.rate), currency=self.scene.settings.currency, zone=zone
            )
            for line in [*lines, *self._judged()]:
                tell(line)
        asks = is_attended() and not self.request.yes and not self.request.rehearsal.simulate
        if not asks or not (plan.to_buy or plan.preview.in_doubt or self.request.rebuy):
            return True
        if agrees(self._question()):
            return True
        tell("numbatch: not confirmed; nothing was sent")
        return False

    def _question(self) -> str:
        what = "with real money" if self.scene.is_live else "in a rehearsal"
        account, carried = self.scene.ledger.key.account, self.request.carried
        first = (
            "Buy a canary first, halt where it does not match, else buy up to" if self.request.canary else "Buy up to"
        )
        plan = "" if carried is None else f" of plan {carried.plan.id}"
        again = ", and what the account no longer holds again" if self.request.rebuy else ""
        where = f"for account {account} at {self.scene.settings.base_url}"
        return f"{first} {self.plan.to_buy:,} numbers{plan}{again}, {where}, {what}?"

    def _judged(self) -> list[str]:
        """Where it will stop, and what to mind; of a plan that was agreed to already, what has changed since is worth knowing, and no verdict."""
        if self.request.carried is not None:
            return since_lines(self.plan)
        return begin_lines(self.plan, until=self.options.until, zone=time_zone(self.scene.settings))

    async def buy(self) -> int:
        """Buy, close the ledger, write the workbook from it, and tell what it came to."""
        from batch.ledger.sqlite.wishes import FileControl  # noqa: PLC0415 - with the ledger

        stop = Stop()
        zone = time_zone(self.scene.settings)
        if self.request.carried is not None:  # once more: the lock, or a person's answer, may have been waited for
            self.request.carried.require_current(self.clock.now(), zone)
        forecast = Forecast(self.clock, self.options.rate, until=self.options.until, zone=zone)
        with signals_to(stop):
            provider = new_provider(self.scene, self.clock)
            with Progress(bar=shows_bar(quiet=self.begun.quiet), total=self._to_do(), forecast=forecast) as progress:
                async with provider:
                    session = Session(
                        provider=provider,
                        ledger=self.ledger,
                        options=self.options,
                        facts=self._facts(),
                        clock=self.clock,
                        tell=progress,
                        stop=stop,
                        control=FileControl(self.scene.ledger.directory, self.scene.ledger.key),
                        quotes=self.prepared.quotes,
                        pacer=self.prepared.pacer,
                        planned=self.request.carried is not None,
                        canary=self.request.canary,
                    )
                    outcome = await buy_orders(self.orders, session)
            await _close(self.ledger, halted=bool(outcome.halt_reason))
            # In a thread, so that a signal is still heard; there is nothing left that it could lose.
            summary = await asyncio.to_thread(self._report, outcome)
        self._tell(summary)
        return summary.exit_code or 0

    def _facts(self) -> InvocationFacts:
        """Who runs what, and which plan it carries out: that is how the ledger knows a plan that was used."""
        told = facts(self.scene.settings, self.clock.now())
        carried = self.request.carried
        return told if carried is None else replace(told, settings={**told.settings, FACT: carried.plan.id})

    def _to_do(self) -> int:
        plan = self.plan
        return plan.to_buy + plan.preview.in_doubt + plan.preview.already_owned

    def _report(self, outcome: RunOutcome) -> Summary:
        from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - the table alone
        from batch.reconciler.totals import run_totals  # noqa: PLC0415

        settings = self.scene.settings
        reader = self.ledger.reader()
        try:
            keep = Path() if self.scene.temporary else self.scene.ledger.directory
            wanted = self.wanted.path_after(outcome.run, keep)
            lasting = not self.scene.temporary
            path = deliver(wanted, reader, outcome.run, self.report, keep=keep, lasting=lasting)
            totals = run_totals(reader, outcome.run, CODES)
        finally:
            reader.close()
        return Summary(
            self.scene.ledger.key,
            outcome.run,
            totals,
            settings.currency,
            outcome.exit_code or (_NOT_WRITTEN if path is None else 0),
            outcome.halt_reason,
            None if path is None else str(path),
            planned=self.request.carried is not None,
            used_up=self._is_used_up(totals.counts),
        )

    def _is_used_up(self, counts: Mapping[Status, int]) -> bool:
        """Whether this was a plan, and nothing is left that it may do: as `Carried.require_open` would find it."""
        carried = self.request.carried
        if carried is None or counts[Status.DOUBT]:
            return False
        bought = counts[Status.PURCHASED] + counts[Status.RELEASED]
        return bought >= carried.plan.max_numbers or not (counts[Status.NOT_SENT] or counts[Status.DEFERRED])

    def _tell(self, summary: Summary) -> None:
        if self.request.json:
            say_json(summary_json(summary))
        elif summary.exit_code or not self.begun.quiet:
            say_summary(summary)
            if summary.results is not None:
                say(summary.results)
