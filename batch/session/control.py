"""What a person wishes of this run from another process: paused, going on, at another rate.

While it is paused by a person no purchase leaves; numbers in doubt are still asked about, and prices read. An invocation begins
unpaused, at its own rate: what was wished of one that was killed is over with it, lest a forgotten pause stalls the next. A
pause is no bound: `--until` and a signal end a paused run as any other.
"""

from __future__ import annotations

from batch.clock import Clock
from batch.ledger.wishes import Control, Doing, Wishes
from batch.pool.notices import Steered, Tell
from batch.pool.pacer import Pacer, Priority

_POLL = 0.25
"""Seconds between two looks at what is wished."""
_UNDER_WAY = 0.02
"""Seconds between two looks whether what had its slot already has left."""


class Steering:
    """Obeys what is wished of one run. `begin`, then `follow` as a task of its own, then `end`."""

    def __init__(self, control: Control, doing: Doing, *, pacer: Pacer, clock: Clock, tell: Tell) -> None:
        self._control = control
        self._doing = doing
        self._pacer = pacer
        self._clock = clock
        self._tell = tell

    def begin(self) -> None:
        """Say that the run is under way; forget what was wished before."""
        self._control.begin(self._doing)

    async def follow(self) -> None:
        """Obey, until cancelled."""
        while True:
            wishes = self._control.wishes()
            if wishes is not None and wishes.run == self._doing.run and wishes.sequence != self._doing.sequence:
                await self._obey(wishes)
            await self._clock.sleep(_POLL)

    def end(self) -> None:
        """The run is under way no more."""
        self._control.end()

    async def _obey(self, wishes: Wishes) -> None:
        before = self._doing
        if wishes.rate != before.rate:
            self._pacer.set_rate(wishes.rate)
        if wishes.paused:
            self._pacer.hold(Priority.PURCHASE)
            while self._pacer.is_out(Priority.PURCHASE):  # then "paused" is true of what leaves, too
                await self._clock.sleep(_UNDER_WAY)
        else:
            self._pacer.let_go(Priority.PURCHASE)
        self._doing = Doing(before.run, before.pid, wishes.sequence, wishes.paused, wishes.rate, before.agreed)
        if (wishes.paused, wishes.rate) != (before.paused, before.rate):
            self._tell(Steered(wishes.paused, wishes.rate))
        self._control.tell(self._doing)
