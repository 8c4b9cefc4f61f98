"""Work beside the purchases: watching the time, a person's wishes, the balance. What ends it unasked ends the run, too."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from batch.errors import LedgerError
from batch.pool.brakes import Brakes


def begin_aside(work: Coroutine[Any, Any, None], name: str, brakes: Brakes) -> asyncio.Task[None]:
    """Begin it. Where it fails, the run halts: a brake that has died would be missed by nobody."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(partial(_ended, brakes))
    return task


async def end_aside(*tasks: asyncio.Task[None]) -> None:
    """End it; what it failed of has halted the run already."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _ended(brakes: Brakes, task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, LedgerError):
        brakes.halt(error.problem)
    elif error is not None:
        brakes.halt(f"a fault of the program: {type(error).__name__} ({task.get_name()})")
