"""When a request really leaves: the one word that an adapter says to whoever paces it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar


def _nobody_counts() -> None:
    """Nobody paces this request."""


LEAVES: ContextVar[Callable[[], None]] = ContextVar("LEAVES", default=_nobody_counts)
"""What an adapter calls as the first byte of a request leaves. A request may have to wait for a connection first, and what the
provider's rate sees is when it leaves, not when somebody wanted it to."""
