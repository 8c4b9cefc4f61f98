"""The pacer: when a request may leave.

It gives out the next slot a little ahead, so that the intent can be put on disk meanwhile, and lets the request leave at its
slot's time and not before: the disk's jitter must not become the rate's. Just before each departure it looks at the last
ones: whatever the slots said, no window of one second ever holds more than the rate. After the provider asks for a pause it
goes on at half the pace, and speeds up again by degrees. A person may set another rate meanwhile, or hold a kind of request.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from batch.clock import Clock
from batch.provider.departures import LEAVES

_WINDOW = 1.006
"""Seconds in which no more than the rate may leave: one, and what a network may squeeze out on the way."""
_LEAD = 0.025
"""Seconds that a slot is given out ahead of its time: more than a group commit takes."""
_CATCH_UP = 0.05
"""Seconds that a late event loop may make up for by closer slots; the window is checked all the same."""
_SLOWEST = 1 / 64
_RECOVERY = 0.1
"""Share of the full pace that each second without a complaint gives back."""


class Priority(IntEnum):
    """Who goes first when several wait: a number in doubt holds money, a price only interests."""

    INQUIRY = 0
    PURCHASE = 1
    PRICE = 2


_GLANCE = 0.25
"""Seconds after which whoever waits for a slot's time looks whether the rate is another now."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a rate means: `burst` requests at most in any `window` seconds, `spacing` seconds apart."""

    rate: Decimal
    burst: int
    window: float
    spacing: float


def _limits(rate: Decimal) -> _Limits:
    burst = max(1, int(rate))
    window = _WINDOW * max(1.0, 1 / float(rate))
    return _Limits(rate, burst, window, window / burst)


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """Leave to send one request at `at`, in seconds of the clock's elapsed time, at the rate that was right when it was given out."""

    at: float
    priority: Priority
    limits: _Limits


@dataclass(slots=True)
class _Departure:
    """When a request left, as far as is known."""

    at: float
    clock: Clock

    def leaves(self) -> None:
        self.at = self.clock.elapsed()


class Pacer:
    """Gives out slots to whoever waits, by priority and then in order. `start` before use, `close` after.

    `rate` is requests a second, and may be a fraction: at 0.5 one leaves every two seconds; at 2.5 no more than two leave
    in any one second.
    """

    def __init__(self, rate: Decimal, clock: Clock) -> None:
        self._clock = clock
        self._limits = _limits(rate)
        self._departures: deque[_Departure] = deque(maxlen=self._limits.burst)
        self._waiting: dict[Priority, deque[asyncio.Future[Slot | None]]] = {one: deque() for one in Priority}
        self._abandoned: set[Priority] = set()
        self._held: set[Priority] = set()
        self._out: set[Slot] = set()
        self._next_at = 0.0
        self._returned: list[float] = []
        self._paused_until = 0.0
        self._pace = 1.0
        self._pace_at = 0.0
        self._wake = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to give out slots."""
        self._dispatcher = asyncio.create_task(self._dispatch(), name="pacer")

    async def close(self) -> None:
        """Give out no more slots; whoever waits is cancelled."""
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            await asyncio.gather(self._dispatcher, return_exceptions=True)
        for waiting in self._waiting.values():
            for waiter in waiting:
                waiter.cancel()
            waiting.clear()

    # Slots -----------------------------------------------------------------------------------------------------------

    async def slot(self, priority: Priority) -> Slot | None:
        """Wait for the next slot; it is given out shortly before its time. None: `abandon` was called."""
        if priority in self._abandoned:
            return None
        waiter: asyncio.Future[Slot | None] = asyncio.get_running_loop().create_future()
        self._waiting[priority].append(waiter)
        self._wake.set()
        return await waiter

    def abandon(self, priority: Priority) -> None:
        """Give out no more slots of this priority: whoever waits for one, or will, is told so at once."""
        self._abandoned.add(priority)
        for waiter in self._waiting[priority]:
            if not waiter.done():
                waiter.set_result(None)

    def give_back(self, slot: Slot | None) -> None:
        """A slot that nothing leaves by (None: there was none): another may have it, where the rate is still the same."""
        if slot is None:
            return
        self._out.discard(slot)
        if slot.limits is self._limits:
            heapq.heappush(self._returned, slot.at)
        self._wake.set()

    async def depart(self, slot: Slot) -> None:
        """Wait for the slot's time, and for the last second to have room; the request must be sent right after.

        The provider's adapter notes when it has really left (`LEAVES`): one that waited for a connection leaves later, and
        what comes a second after it must not catch up with it.
        """
        try:
            while True:
                now = self._clock.elapsed()
                # Where the rate was set meanwhile, by whichever of both lets it leave sooner: others do not wait for it.
                free_at = min(self._free_at(slot.limits), self._free_at(self._limits))
                wait = max(slot.at, free_at) - now
                if wait <= 0:
                    self._departures.append(departure := _Departure(now, self._clock))
                    LEAVES.set(departure.leaves)
                    return
                await self._clock.sleep(wait)
        finally:
            self._out.discard(slot)

    def _free_at(self, limits: _Limits) -> float:
        """From when on one more may leave by these limits."""
        full = len(self._departures) >= limits.burst
        return self._departures[-limits.burst].at + limits.window if full else 0.0

    # A person's wishes ------------------------------------------------------------------------------------------------

    def set_rate(self, rate: Decimal) -> None:
        """Go on at this rate. What has its slot already still leaves by the old one, within moments.

        Never more leaves in a window than the larger of both rates, and no more than the new one once those have left.
        """
        limits = _limits(rate)
        if self._departures.maxlen is None or self._departures.maxlen < limits.burst:
            self._departures = deque(self._departures, maxlen=limits.burst)
        last = max([one.at for one in self._departures] + [slot.at for slot in self._out], default=0.0)
        # A slower rate begins a whole window after the last that leaves by the old one: then none has to wait with its intent
        # on disk. A faster one begins at once.
        self._next_at = last + (limits.window if limits.rate < self._limits.rate else limits.spacing)
        self._returned.clear()
        self._limits = limits
        self._wake.set()

    def hold(self, priority: Priority) -> None:
        """Give out no slots of this priority until `let_go`: whoever waits for one waits on."""
        self._held.add(priority)

    def let_go(self, priority: Priority) -> None:
        """End a `hold`."""
        self._held.discard(priority)
        self._wake.set()

    def holds(self, priority: Priority) -> bool:
        """Whether slots of this priority are held."""
        return priority in self._held

    def is_out(self, priority: Priority) -> bool:
        """Whether somebody has a slot of this priority, and has not left by it yet."""
        return any(slot.priority is priority for slot in self._out)

    def pause(self, seconds: float, *, slow: bool = True) -> None:
        """The provider asked for a pause: give out nothing for `seconds`, then go on, at half the pace where it is `slow`."""
        now = self._clock.elapsed()
        if slow and now >= self._paused_until:  # of many complaints about one burst, the first one slows
            self._pace = max(_SLOWEST, self._pace_now(now) / 2)
        self._paused_until = max(self._paused_until, now + seconds)
        self._pace_at = self._paused_until

    def _pace_now(self, now: float) -> float:
        return min(1.0, self._pace + _RECOVERY * max(0.0, now - self._pace_at)) if self._pace < 1.0 else 1.0

    async def _dispatch(self) -> None:
        while True:
            priority = self._next()
            if priority is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            now = self._clock.elapsed()
            at = self._slot_at(now)
            if at - _LEAD > now:
                await self._clock.sleep(min(at - _LEAD - now, _GLANCE))
                continue
            self._take(at)
            slot = Slot(at, priority, self._limits)
            self._out.add(slot)
            waiter = self._waiting[priority].popleft()
            waiter.set_result(slot)

    def _next(self) -> Priority | None:
        """Whose turn it is, and who still waits; None: nobody waits who may have a slot."""
        for priority, waiting in self._waiting.items():
            while waiting and waiting[0].done():  # cancelled, or abandoned
                del waiting[0]
            if waiting and priority not in self._held:
                return priority
        return None

    def _slot_at(self, now: float) -> float:
        earliest = now - _CATCH_UP
        while self._returned and self._returned[0] < earliest:
            heapq.heappop(self._returned)  # its time is over
        at = self._returned[0] if self._returned else max(self._next_at, earliest)
        return max(at, self._paused_until)

    def _take(self, at: float) -> None:
        if self._returned:
            heapq.heappop(self._returned)
        else:
            self._next_at = at + self._limits.spacing / self._pace_now(at)
