"""`numbatch resolve --rebuild ORDERS`: a ledger that was lost, made anew from what the account shows. Sends no purchase.

Each workbook that is named is a run of its own, as `numbatch run` makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from batch.cli.again import with_orders
from batch.cli.begin import Begun
from batch.cli.confirm import agrees, is_attended
from batch.cli.figures import plural, rate_text, span
from batch.cli.loop import REBUILDING, new_runner, signals_to
from batch.cli.masking import mask
from batch.cli.orders import load_orders
from batch.cli.output import Column, say, say_json, say_table, tell
from batch.cli.problems import has_errors, tell_problems
from batch.cli.progress import Progress, shows_bar
from batch.cli.request import RebuildRequest
from batch.cli.scene import Scene, facts, new_provider, options_of, real_scene
from batch.clock import SystemClock
from batch.errors import UsageError
from batch.ledger.sqlite import Found, Rebuild
from batch.pool.options import PoolOptions
from batch.session import RebuildOutcome, Session, Stop, ordered_numbers, rebuild_orders

if TYPE_CHECKING:
    from batch.order import Orders

_DECLINED = 2
_INVALID = 3


def rebuild(begun: Begun, request: RebuildRequest) -> int:
    """Do it all; the exit code."""
    wait = request.wait
    # A file that is named twice is one workbook all the same.
    workbooks = [load_orders([path], begun.settings, request.reading) for path in dict.fromkeys(request.paths)]
    if any(map(has_errors, workbooks)) and not request.skip_invalid:
        tell_problems([problem for orders in workbooks for problem in orders.problems])
        tell("Nothing was asked. Mend these; or --skip-invalid, as the run had it.")
        if request.json:
            say_json({"complete": False, "exit_code": _INVALID, "reason": "invalid rows"})
        return _INVALID
    with new_runner() as runner:
        stack = AsyncExitStack()
        try:
            work = runner.run(_open(stack, begun, workbooks, request, wait))
            if work.found.found is Found.WHOLE:
                return work.nothing_lost()
            if not work.may_begin():
                return _DECLINED
            return runner.run(work.rebuild())
        finally:
            runner.run(stack.aclose())


async def _open(
    stack: AsyncExitStack, begun: Begun, workbooks: Sequence[Orders], request: RebuildRequest, wait: float
) -> _Work:
    clock = SystemClock()
    scene = await stack.enter_async_context(real_scene(begun))
    options = options_of(scene, clock.now())
    where = scene.ledger
    found = await Rebuild.begin(
        where.directory, where.key, clock=clock, heads=where.heads, wait=wait, timing=options.timing
    )
    stack.push_async_callback(found.close)
    return _Work(begun, workbooks, request, scene, options, found, clock)


@dataclass(frozen=True, slots=True)
class _Work:
    begun: Begun
    workbooks: Sequence[Orders]
    request: RebuildRequest
    scene: Scene
    options: PoolOptions
    found: Rebuild
    clock: SystemClock

    def nothing_lost(self) -> int:
        """Say so: there is nothing to rebuild."""
        words = (
            f"The ledger {self.found.path} is whole, and agrees with its head file: nothing is lost, nothing was asked."
        )
        if self.request.json:
            say_json({**self._about(), "complete": True, "exit_code": 0, "reason": words})
        elif not self.begun.quiet:
            say(words)
            say("`numbatch resolve` asks about numbers in doubt.")
            for again in self._runs():
                say(f"`{again}` goes on: it buys what is missing.")
            say("A purchase of a number that is ours already is answered -165, and charges nothing.")
        return 0

    def may_begin(self) -> bool:
        """Say what was found and what comes, and ask where a person is there. Raises UsageError where none is, and none said yes."""
        tell(f"numbatch: {mask(self.found.problem)}")
        if not self.begun.quiet:
            for line in self._plan():
                tell(f"  {line}")
        if self.request.yes or not self.scene.is_live:
            return True
        if not is_attended():
            raise UsageError(
                "rebuilding a live ledger off a terminal needs --yes",
                remedy="Nothing was asked or changed. Put the newest ledger back where there is one.",
            )
        if agrees("Make the ledger from what the account shows?"):
            return True
        tell("numbatch: not confirmed; nothing was asked or changed")
        return False

    def _plan(self) -> list[str]:
        numbers = ordered_numbers(self.workbooks)
        seconds = ceil(numbers / float(self.options.rate) + self.options.resolve_horizon)
        lines = []
        if self.found.moves_aside:
            lines.append("That file is moved aside, and kept.")
        elif self.found.found is Found.BEHIND:
            lines.append("What it knows is true as far as it goes: it is kept, and what is missing is added.")
        lines.append(
            f"The account is asked about up to {plural(numbers, 'number')} at {rate_text(self.options.rate)} a second, about "
            f"{span(timedelta(seconds=seconds))}. No purchase is sent."
        )
        if len(self.workbooks) > 1:
            lines.append("Each workbook is a run of its own.")
        lines.append("Numbers of other workbooks are not asked about: name every order workbook that was run.")
        return lines

    async def rebuild(self) -> int:
        """Ask, put the ledger in place if nothing is left open, and tell what it came to."""
        first, *others = self.workbooks
        stop = Stop()
        with signals_to(stop, REBUILDING):
            ledger = self.found.open()
            if self.found.aside is not None and not self.begun.quiet:
                tell(f"  Kept: {self.found.aside}")
            with Progress(bar=shows_bar(quiet=self.begun.quiet)) as progress:
                async with new_provider(self.scene, self.clock) as provider:
                    told = facts(self.scene.settings, self.clock.now())
                    # A run asks later: `SqliteReader.rebuilt`.
                    told = replace(told, settings={**told.settings, "rebuild": "yes"})
                    session = Session(provider, ledger, self.options, told, self.clock, progress, stop)
                    outcome = await rebuild_orders(first, session, *others)
            if outcome.complete:
                await self.found.complete()
        self._tell(outcome)
        return outcome.exit_code

    def _about(self) -> dict[str, object]:
        key = self.scene.ledger.key
        aside = self.found.aside
        return {
            "environment": key.environment.value,
            "account": key.account,
            "ledger": str(self.found.path),
            "found": self.found.found.value,
            "kept": None if aside is None else str(aside),
        }

    def _tell(self, outcome: RebuildOutcome) -> None:
        if self.request.json:
            counts = {name: getattr(outcome, name) for name in ("known", "ours", "absent", "unclear", "in_doubt")}
            ends = {"proved": outcome.proved, "complete": outcome.complete, "exit_code": outcome.exit_code}
            names = [run.name for run in outcome.runs]
            say_json({"runs": names, **self._about(), **counts, **ends, "reason": mask(outcome.reason) or None})
        elif outcome.exit_code or not self.begun.quiet:
            for line in self._lines(outcome):
                say(line)

    def _lines(self, outcome: RebuildOutcome) -> list[str]:
        rows = [
            ("known as ours before", outcome.known),
            ("found ours: already owned, never sent", outcome.ours),
            ("not ours: may be bought", outcome.absent),
            ("no usable answer", outcome.unclear),
            ("in doubt", outcome.in_doubt),
        ]
        names = ", ".join(run.name for run in outcome.runs)
        say(
            f"Run{'s' * (len(outcome.runs) > 1)} {names}, account {self.scene.ledger.key.account}, {self.scene.environment}"
        )
        say_table(
            [Column("The account"), Column("Numbers", figures=True)],
            [(words, f"{count:,}") for words, count in rows if count],
        )
        if not outcome.complete:
            why = f" ({mask(outcome.reason)})" if outcome.reason else ""
            return [
                f"Not complete{why}: nothing is bought with this ledger until it is.",
                "Next: the same command goes on where it stopped.",
            ]
        lines = [f"The ledger is in place: {self.found.path}"]
        if not outcome.proved:
            lines.append(
                "Nothing of the orders shows in the account, so nothing proved that the account query sees what is there. A "
                "purchase of a number that is ours all the same is refused (-165), and charges nothing."
            )
        if outcome.in_doubt:
            lines.append("Next: `numbatch resolve` asks again about the numbers in doubt.")
        else:
            lines += [f"Next: `{again}` buys what is missing." for again in self._runs()]
        return lines

    def _runs(self) -> list[str]:
        """The command that goes on with each workbook."""
        request = self.request
        return [
            with_orders(
                "numbatch run ORDERS", [path], request.where, request.reading, skip_invalid=request.skip_invalid
            )
            for path in dict.fromkeys(request.paths)
        ]
