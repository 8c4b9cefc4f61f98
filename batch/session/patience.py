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
        interrupted = asyncio.create_task(self._brakes.interruption.wait())
        try:
            await asyncio.wait({question, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            return question.result() if question.done() else None
        finally:
            question.cancel()
            interrupted.cancel()
            await asyncio.gather(question, interrupted, return_exceptions=True)
