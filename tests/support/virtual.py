"""A clock and an event loop whose time passes only when everything waits: hours in milliseconds, the same every time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import async_solipsism

_BEGIN = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


class VirtualClock:
    """The clock of the loop that runs; `skew` shifts the wall clock, as an operator who sets it would."""

    def __init__(self) -> None:
        self.skew = 0.0

    def now(self) -> datetime:
        return _BEGIN + timedelta(seconds=self.elapsed() + self.skew)

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 1e-6) if seconds > 0 else 0)


def virtual(coroutine):
    """Run `coroutine` to its end on virtual time, and answer what it returns."""
    with asyncio.Runner(loop_factory=async_solipsism.EventLoop) as runner:
        return runner.run(coroutine)
