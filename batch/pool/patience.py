"""Waiting that ends when somebody wants the program to end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from batch.clock import Clock
from batch.pool.brakes import Brakes

T = TypeVar("T")

_TURN = 0.5
"""Seconds within which a wait notices that."""


class Patience:
    """Waits for one process, whose brakes say when nothing is waited for any more."""

    def __init__(self, clock: Clock, brakes: Brakes) -> None:
        self._clock = clock
        self._brakes = brakes

    async def wait(self, seconds: float) -> bool:
        """Wait; False where somebody wants the program to end."""
        until = self._clock.elapsed() + seconds
        while (left := until - self._clock.elapsed()) > 0 and not self._brakes.interrupted:
            await self._clock.sleep(min(left, _TURN))
        return not self._brakes.interrupted

    async def unless_interrupted(self, asking: Coroutine[Any, Any, T]) -> T | None:
        """What was found out; None where somebody wants the program to end, who is not kept waiting by questions."""
        question = asyncio.create_task(asking, name="ask")
        ended = await _first_ended(question, asyncio.create_task(self._brakes.interruption.wait()))
        return question.result() if question in ended else None


async def first_of(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Until one of them has ended, raising what it raised; the others are cancelled."""
    for task in await _first_ended(*map(asyncio.create_task, coroutines)):
        task.result()


async def _first_ended(*tasks: asyncio.Task[Any]) -> set[asyncio.Task[Any]]:
    """Those that have ended first; the others are cancelled."""
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return ended
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
