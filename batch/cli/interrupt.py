"""Signals that end a command while it sends nothing: in one line, with the exit code of the signal.

While something is sent, `batch.cli.loop.signals_to` has them, and they ask to drain.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NOTHING_SENT = "nothing was sent"
_OTHERS = (signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """What has interrupted the command: Ctrl-C, unless another signal came first."""

    def __init__(self) -> None:
        self._number: int = signal.SIGINT

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells have it."""
        return 128 + self._number

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Do what Ctrl-C does, for whoever waits has made ready for that."""
        self._number = number
        as_ctrl_c = signal.getsignal(signal.SIGINT)
        if not callable(as_ctrl_c):  # ignored, in a script's background: this signal is not
            raise KeyboardInterrupt
        as_ctrl_c(signal.SIGINT, frame)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does, where they would end the process without a word."""
    interruption = Interruption()
    heard = [number for number in _OTHERS if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in heard:
            signal.signal(number, interruption.hear)
    except ValueError:  # not the main thread: signals are somebody else's
        heard = []
    try:
        yield interruption
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Let an interruption of the block say that nothing was sent."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(NOTHING_SENT) from None
