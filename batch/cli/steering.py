"""Reaching a run that is under way in another process: what is wished of it, and what it says that it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from batch.cli.begin import Begun
from batch.cli.place import ledger_directory, open_reader
from batch.errors import UsageError
from batch.ledger.records import Run, Status

if TYPE_CHECKING:
    from batch.clock import Clock
    from batch.ledger.wishes import Control, Doing, Wishes

_PATIENCE = 5.0
"""Seconds that a run has to say that it obeys."""
_POLL = 0.05
_SENT = frozenset({Status.PURCHASED, Status.REFUSED, Status.DEFERRED, Status.DOUBT, Status.RELEASED})

Change = Callable[["Doing"], tuple[bool, Decimal]]
"""What is wished, by what the run does now: whether it should be paused, and its rate."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A run that obeys: what it does, and how many of its numbers were sent."""

    run: Run
    doing: Doing
    sent: int

    def json(self) -> dict[str, object]:
        """For programs. The rate is text: a JSON number would become a float."""
        doing = self.doing
        return {
            "run": self.run.name,
            "paused": doing.paused,
            "rate": f"{doing.rate:f}",
            "sent": self.sent,
            "rows": self.run.rows,
        }

    @property
    def so_far(self) -> str:
        """How far it has come, in words."""
        return f"{self.sent:,} of {self.run.rows:,} sent"


def reach(begun: Begun, name: str | None, change: Change) -> Reached:
    """Let the run (None: the one that is under way) know what is wished, and wait until it says that it obeys.

    Raises UsageError where there is no such run, it is not under way, or it does not answer: then it goes on as before.
    """
    from batch.clock import SystemClock  # noqa: PLC0415 - when flags and settings are right
    from batch.ledger.sqlite.wishes import FileControl  # noqa: PLC0415

    with open_reader(begun.settings, begun.environ) as reader:
        control = FileControl(ledger_directory(begun.settings, begun.environ), reader.key)
        now = control.doing()
        run = reader.find(now.run if name is None and now is not None else name)
        with asyncio.Runner() as runner:
            doing = runner.run(wish(control, run, change, SystemClock()))
        counts = reader.tally(run).counts
    return Reached(run, doing, sum(counts[status] for status in _SENT))


async def wish(control: Control, run: Run, change: Change, clock: Clock) -> Doing:
    """Wish it, and wait for the run's word. Raises UsageError as `reach` does."""
    from batch.ledger.wishes import Wishes  # noqa: PLC0415 - as above

    now = control.doing()
    if now is None or now.run != run.name:
        raise _not_under_way(run, now)
    before = control.wishes()
    known = before.sequence if before is not None and before.run == run.name else 0
    paused, rate = change(now)
    wishes = Wishes(run.name, max(now.sequence, known) + 1, paused, rate)
    control.wish(wishes)
    try:
        return await _obeyed(control, run, wishes, clock)
    except BaseException:
        _take_back(control, wishes, now)
        raise


def _take_back(control: Control, wishes: Wishes, before: Doing) -> None:
    """Wish what the run did before, for it may have read the wish already; what another has wished since stays."""
    if control.wishes() != wishes:
        return
    control.withdraw(wishes)
    now = control.doing()
    if now is not None and now.run == wishes.run:
        control.wish(replace(wishes, sequence=wishes.sequence + 1, paused=before.paused, rate=before.rate))


async def _obeyed(control: Control, run: Run, wishes: Wishes, clock: Clock) -> Doing:
    until = clock.elapsed() + _PATIENCE
    while True:
        now = control.doing()
        if now is None or now.run != run.name:
            raise _not_under_way(run, now)
        if now.follows(wishes):
            return now
        if clock.elapsed() >= until:
            break
        await clock.sleep(_POLL)
    raise UsageError(
        f"run {run.name} does not answer: its process {now.pid} may be suspended, or another command came in between",
        remedy=f"This was taken back: it goes on as before. `numbatch status {run.name}` tells more; then try again.",
    )


def _not_under_way(run: Run, now: Doing | None) -> UsageError:
    other = "" if now is None else f"; run {now.run} is"
    return UsageError(
        f"run {run.name} is not under way{other}",
        remedy="Nothing was changed. Only a run that is buying can be reached, by the same user, on the machine that it runs on.",
    )
