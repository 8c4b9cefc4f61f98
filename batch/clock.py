"""Time and chance: the only module that reads a clock or draws random numbers.

Everything above takes a `Clock`, so that tests and the simulation run on a time of their own.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment by both clocks: `elapsed` in seconds since boot, suspension included, and `wall` in seconds of UTC."""

    elapsed: float
    wall: float


class Clock(Protocol):
    """What the program knows of time."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC. For people and records; never for ages."""
        ...

    def elapsed(self) -> float:
        """Seconds since some fixed moment, never jumping back, counting on while the machine is suspended."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero and less only yields."""
        ...


class SystemClock:
    """The machine's clocks: CLOCK_BOOTTIME where there is one (Linux), for it counts suspension."""

    def __init__(self) -> None:
        self._id = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """See `Clock.elapsed`."""
        return time.clock_gettime(self._id)

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(max(seconds, 0.0))


def mark(clock: Clock) -> Mark:
    """Note this moment, to ask later with `age` how long ago it was."""
    return Mark(clock.elapsed(), clock.now().timestamp())


def age(clock: Clock, since: Mark) -> float:
    """Seconds since `since`: the larger of what both clocks say, and infinite where one of them went backwards.

    A suspended machine stops one clock, a set-back wall clock turns the other: whichever is worse counts, so that a
    stale intent is never taken for a fresh one.
    """
    elapsed = clock.elapsed() - since.elapsed
    wall = clock.now().timestamp() - since.wall
    return _NEVER if elapsed < 0 or wall < 0 else max(elapsed, wall)


def random_id(length: int = 16) -> str:
    """Random lower-case hexadecimal digits from the system's source."""
    return secrets.token_hex((length + 1) // 2)[:length]


def random_mark() -> str:
    """A mark for one attempt to buy a number: short, for it shows in the account, and no other attempt on it has the same."""
    return random_id(10)
