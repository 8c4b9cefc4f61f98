"""Which number is asked about next: from the resolve delay on, at growing intervals, and exactly when the horizon has passed."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from batch.clock import Clock
from batch.ledger.attempts import OpenRow
from batch.ledger.states import Timing
from batch.number import Number

_LONGEST = 60.0
_A_LITTLE = 0.001
"""Seconds added, so that an age that was waited for is never short of it by a rounding."""


@dataclass(slots=True, eq=False)
class Question:
    """A number to ask about. `row` is this run's row of it, if it has one; `since` when the doubt began (elapsed seconds).

    `owned`: the number is not in doubt, the ledger says that it is ours; `version` is its row's when it was last asked about, where
    it may be bought again. `lost`: it stands refused, and a lost attempt may have bought it all the same: asked once.
    """

    number: Number
    row: OpenRow | None
    since: float
    owned: bool = False
    lost: bool = False
    version: int = 0
    asked: int = 0
    unusable_since: float | None = None
    """Since when no answer could be used, be it that there was none or that it can't be believed."""


class Agenda:
    """The open questions, at most one a number."""

    def __init__(self, timing: Timing, clock: Clock) -> None:
        self._timing = timing
        self._clock = clock
        self._questions: dict[Number, Question] = {}
        self._due: list[tuple[float, int, Question]] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._questions)

    def all(self) -> list[Question]:
        """Every open question."""
        return list(self._questions.values())

    def add(self, question: Question, *, answered: bool = False) -> None:
        """Ask about it, from its delay on; `answered`: that was done, it stays open. Where it is open already, only its row is noted."""
        known = self._questions.get(question.number)
        if known is not None:
            known.row = question.row
            return
        self._questions[question.number] = question
        if not answered:
            self.schedule(question)

    def remove(self, question: Question) -> bool:
        """It is open no more; False where it was not."""
        return self._questions.pop(question.number, None) is not None

    def schedule(self, question: Question) -> None:
        """Ask (again) when it next makes sense."""
        now = self._clock.elapsed()
        age = now - question.since
        if age < self._timing.delay:
            due = question.since + self._timing.delay
        elif age < self._timing.horizon:
            due = question.since + min(max(age * 2, self._timing.delay), self._timing.horizon)
        else:
            due = now + min(self._timing.delay * 2 ** min(question.asked, 6), _LONGEST)
        due += _A_LITTLE
        self._sequence += 1
        heapq.heappush(self._due, (due, self._sequence, question))

    def take_due(self) -> Question | None:
        """A question whose time has come, or None."""
        now = self._clock.elapsed()
        while self._due and self._due[0][0] <= now:
            question = heapq.heappop(self._due)[2]
            if self._questions.get(question.number) is question:
                return question
        return None

    def next_in(self) -> float:
        """Seconds until the next question is due, infinite where there is none."""
        return max(0.0, self._due[0][0] - self._clock.elapsed()) if self._due else float("inf")

    def silence(self, question: Question) -> float:
        """Note that it got no usable answer now; seconds since the first such."""
        now = self._clock.elapsed()
        if question.unusable_since is None:
            question.unusable_since = now
        return now - question.unusable_since
