"""How long a reserved number (-220) is tried again: each has a clock, whose remaining seconds the ledger keeps."""

from __future__ import annotations

from batch.clock import Clock
from batch.ledger.attempts import OpenRow
from batch.pool.options import PoolOptions


class ReservedClocks:
    """The clocks of one invocation, by the rows' positions."""

    def __init__(self, options: PoolOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._running: dict[int, tuple[float, float]] = {}  # since when, and the seconds left then

    def left(self, row: OpenRow) -> float:
        """Seconds that it has left; its clock begins with the first answer, and goes on after a restart."""
        now = self._clock.elapsed()
        whole = self._options.reserved_give_up_after if row.reserved_left is None else row.reserved_left
        since, left = self._running.get(row.position, (now, whole))
        return max(0.0, left - (now - since))

    def is_up(self, left: float) -> bool:
        """Whether `left` does not reach for another try."""
        return left <= self._options.reserved_retry_every

    def run(self, row: OpenRow) -> None:
        """It was answered with "reserved": its clock runs from now, unless it does already."""
        self._running.setdefault(row.position, (self._clock.elapsed(), self.left(row)))

    def forget(self, row: OpenRow) -> None:
        """It is reserved no longer."""
        self._running.pop(row.position, None)
