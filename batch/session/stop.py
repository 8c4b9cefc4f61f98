"""How the outside ends a run."""

from __future__ import annotations

from collections.abc import Callable


class Stop:
    """The first `request` drains, a second one stops at once and leaves doubt, recorded."""

    def __init__(self) -> None:
        self.signal = 0
        """The number of the signal that asked first (1, 2 or 15), 0 while none did."""
        self._drain: Callable[[], None] = _nothing
        self._cancel: Callable[[], None] = _nothing

    def request(self, signal: int) -> None:
        """Ask to drain (or, the second time, to stop at once). Callable from a signal handler of the event loop."""
        if self.signal:
            self._cancel()
        else:
            self.signal = signal
            self._drain()

    def bind(self, drain: Callable[[], None], cancel: Callable[[], None]) -> None:
        """Say what the first and the second request do; a request that came before drains at once."""
        self._drain, self._cancel = drain, cancel
        if self.signal:
            drain()


def _nothing() -> None:
    """A request before anything is under way is kept in `Stop.signal`."""
