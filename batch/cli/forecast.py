"""How far a run will get, and when it ends: by the rate at first, then by what was measured lately."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from batch.clock import Clock

_LATELY = 300.0
"""Seconds that the measured speed is taken over."""
_MEASURED = 10.0
"""Seconds of a phase before a measurement counts."""
_SAMPLES = 1.0
"""Seconds between two samples."""


class Forecast:
    """Of one phase at a time: `begin`, then `at` for each step; `words` whenever they are shown."""

    def __init__(self, clock: Clock, rate: Decimal, *, until: datetime | None, zone: tzinfo) -> None:
        """`rate`: steps a second at most; `until` (aware): nothing is sent afterwards; `zone`: what times are told in."""
        self._clock = clock
        self._rate = rate
        self._until = until
        self._zone = zone
        self._total = 0
        self._done = 0
        self._samples: deque[tuple[float, int]] = deque()
        self._forget()  # a step may be told of where no phase began: in a run with nothing left but doubt

    def begin(self, total: int, done: int = 0) -> None:
        """A phase of `total` steps begins, of which so many are done."""
        self._total = total
        self._done = done
        self._forget()

    def at(self, done: int) -> None:
        """So many steps are done now."""
        self._done = done
        now = self._clock.elapsed()
        if now - self._samples[-1][0] >= _SAMPLES:
            self._samples.append((now, done))
            while now - self._samples[0][0] > _LATELY:
                self._samples.popleft()

    def steer(self, rate: Decimal) -> None:
        """From now on it goes at another rate, or goes on: what was measured tells no more."""
        self._rate = rate
        self._forget()

    def words(self) -> str:
        """How many will be done by when: "12,600 of 14,000 by 04:00"."""
        now = self._clock.now()
        speed = self._speed()
        ends = now + timedelta(seconds=max(0, self._total - self._done) / speed)
        done = self._total
        if self._until is not None and ends > self._until:
            ends = self._until
            done = min(done, self._done + int(speed * max(0.0, (ends - now).total_seconds())))
        local = ends.astimezone(self._zone)
        day = "" if local.date() == now.astimezone(self._zone).date() else f"{local:%Y-%m-%d} "
        return f"{done:,} of {self._total:,} by {day}{local:%H:%M}"

    def _forget(self) -> None:
        self._samples.clear()
        self._samples.append((self._clock.elapsed(), self._done))

    def _speed(self) -> float:
        """Steps a second."""
        since, done = self._samples[0]
        seconds = self._clock.elapsed() - since
        if seconds < _MEASURED or self._done <= done:
            return float(self._rate)
        return (self._done - done) / seconds
