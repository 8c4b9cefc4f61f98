"""Somebody who pauses the run that is under way, lets it go on, and changes its rate; and whether it obeys."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from simulation.invariants import hold

from batch.ledger.wishes import Control, Doing, Wishes

_RATES = (Decimal("0.5"), Decimal(5), Decimal(50))


class Remote(Control):
    """One process's, drawn by chance: at which seconds from its beginning what is wished of it."""

    def __init__(self, chance: Random, clock, provider) -> None:
        self._clock = clock
        self._provider = provider
        moments = sorted(chance.uniform(0, chance.choice([0.5, 30])) for _ in range(chance.randrange(1, 5)))
        # The last wish lets it go on: a run that stays paused never ends.
        pauses = [chance.random() < 0.6 for _ in moments[1:]] + [False]
        self._plan = [
            (at, paused, chance.choice(_RATES)) for at, paused in zip(moments, pauses, strict=True)
        ]  # fmt: skip
        self._doing: Doing | None = None
        self._began = 0.0
        self._sends: int | None = None  # those that had left when it said that it is paused
        self._trespassed = 0

    def begin(self, doing):
        self._doing, self._began = doing, self._clock.elapsed()

    def wishes(self):
        due = [one for one in self._plan if one[0] <= self._clock.elapsed() - self._began]
        return Wishes(self._doing.run, len(due), due[-1][1], due[-1][2]) if due else None

    def tell(self, doing):
        self._count()
        if doing.paused and self._sends is None:
            self._sends = len(self._provider.sends)
            self._provider.met["paused by a person"] += 1
        elif not doing.paused:
            self._sends = None
        self._provider.met["another rate"] += doing.rate != self._doing.rate
        self._doing = doing

    def end(self):
        self._count()
        self._sends = None

    def _count(self):
        if self._sends is not None:
            self._trespassed += len(self._provider.sends) - self._sends
            self._sends = len(self._provider.sends)

    def check(self) -> None:
        """No purchase has left while it was paused."""
        self._count()
        words = f"{self._trespassed} purchases left while it was paused"
        hold("of a pause", words, if_=not self._trespassed)

    def doing(self):
        return self._doing

    def wish(self, wishes):
        raise NotImplementedError

    def withdraw(self, wishes):
        raise NotImplementedError
