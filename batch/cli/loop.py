"""The event loop of a command, and the signals that end a run."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batch.cli.limits import require_files
from batch.cli.output import tell

if TYPE_CHECKING:
    from batch.session import Stop

BUYING = {
    1: "Stopping: what is in flight is waited for and recorded. Once more stops at once, and leaves it in doubt.",
    2: "Stopping at once: what was in flight is in doubt; the next run asks about it.",
}
"""What the first and the second signal lead to in a run, in words."""
RELEASING = {
    1: "Stopping: what is in flight is waited for and recorded. Once more stops at once, and leaves it in doubt.",
    2: "Stopping at once: what was in flight is in doubt; the same command again asks about it.",
}
"""What the first and the second signal lead to while numbers are given back, in words."""
REBUILDING = {
    1: "Stopping: no purchase was sent. What the account showed and is recorded stays so; the same command goes on.",
}
"""What a signal leads to in a rebuild, in words."""


def new_runner(connections: int = 1) -> asyncio.Runner:
    """A runner on uvloop where it is installed. Raises UsageError where the system forbids as many `connections`."""
    require_files(connections)
    return asyncio.Runner(loop_factory=_loop_factory())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


@contextmanager
def signals_to(stop: Stop, said: Mapping[int, str] = BUYING) -> Iterator[None]:
    """SIGINT and SIGTERM ask to drain, and the second time to stop at once; within a running loop.

    `said` is what is told of the first signal, and of the second.

    SIGHUP, the terminal's end, asks to drain too, and only that: it may come from the system and the shell alike. A signal
    that was ignored when the command began (nohup, a background job of a script) stays so.
    """
    loop = asyncio.get_running_loop()
    asked = 0

    def ask(number: int) -> None:
        nonlocal asked
        if asked and number == signal.SIGHUP:
            return
        asked += 1
        if asked in said:
            tell(f"numbatch: {said[asked]}")
        stop.request(number)

    all_ = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in all_}
    numbers = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, ask, int(number))
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
