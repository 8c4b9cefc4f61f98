"""What a seed decides: the kind of its world, and what befalls each request and each question in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from simulation.provider import LATEST, Fate, Provider, usual
from support.world import COST, NEVER, TIMEOUT, number

from batch.provider.protocol import (
    Blocked,
    NoAnswer,
    NotOwned,
    NotReleased,
    OtherNumber,
    Owned,
    Refused,
    Throttled,
    Unclear,
    UnknownCode,
    Unsent,
)

ATTEMPTS = 2
RETRY_RESERVED = 10.0
BLIND = frozenset({"inquiry fails", "inquiry says yes to all", "inquiry refuses the account"})
"""Moods of the account query in which nothing at all can be found out."""
_MOODS = {
    "inquiry works": 6,
    "inquiry fails now and then": 2,
    "inquiry fails": 1,
    "inquiry says yes to all": 1,
    "inquiry says no to all": 1,
    "inquiry changes its shape": 1,
    "inquiry hides a number": 0.5,
    "inquiry loses its memory": 1,
    "inquiry turns to yes": 0.5,
    "inquiry refuses the account": 0.3,
}


@dataclass(frozen=True)
class Nature:
    """The kind of world that a seed plays in."""

    late: bool
    """The provider executes later than it should: what is not found out at once must be so by a later run."""
    two_steps: bool
    """It checks and charges in two steps: a request that overlaps another is charged as well."""
    jumps: bool
    """Somebody sets the wall clock."""
    people: bool
    """They buy and give back on the provider's site."""
    operators: bool
    """They give back, buy again, and say what they saw."""
    rude: float
    """The share of requests that meet a fault."""
    brief: bool
    """Processes are short: many kills, much is found at the next start."""
    repeats: bool
    """Requests arrive twice now and then."""

    wakeful: bool
    """Answers arrive that belong to processes which were believed dead, as where several workers share a ledger."""

    @classmethod
    def draw(cls, chance: Random) -> Nature:
        late = chance.random() < 0.15
        two_steps = not late and chance.random() < 0.15
        return cls(
            late=late,
            two_steps=two_steps,
            jumps=chance.random() < 0.15,
            people=not late and chance.random() < 0.3,
            operators=chance.random() < 0.4,
            rude=chance.choice([0.15, 0.35, 0.35, 0.8]),
            brief=chance.random() < 0.3,
            repeats=not late and not two_steps and chance.random() < 0.3,
            wakeful=chance.random() < 0.35,
        )


class Fates:
    """Draws, from one seed's chance, what befalls what."""

    def __init__(self, chance: Random, nature: Nature, always: str = "") -> None:
        """`always`: the account query's mood in every process."""
        self._chance = chance
        self._always = always
        self._nature = nature
        self.mood = "inquiry works"
        self._questions = self._memory = 0

    # Purchases -------------------------------------------------------------------------------------------------------

    def __call__(self, asked) -> Fate:
        chance = self._chance
        if chance.random() >= self._nature.rude:
            fate = usual(chance.choice([0.1, 3.0, 20.0] if self._nature.wakeful else [0.02, 0.1, 0.1, 3.0]))
        else:
            kinds, weights = _KINDS_ANSWERED if self._nature.wakeful else _KINDS
            fate = getattr(self, chance.choices(kinds, weights)[0])()
        if self._nature.repeats and chance.random() < 0.2 and fate.executed < 5:
            return Fate(fate.answer, fate.executed, fate.takes, f"{fate.name}, delivered twice", fate.executed + 0.5)
        return fate

    def _executed(self, takes: float) -> float:
        """After how many seconds it is executed, if at all, where its sender waits for `takes`."""
        chance = self._chance
        latest = 400.0 if self._nature.late else takes + LATEST
        return chance.choice([NEVER, 0.005, min(0.05, takes / 2), chance.uniform(0, latest), latest])

    def _lost(self) -> Fate:
        takes = self._chance.choice([1.0, TIMEOUT])
        executed = self._executed(takes)
        when = "never executed" if executed == NEVER else "executed"
        if takes < executed < NEVER:
            when = "executed later"
        return Fate(NoAnswer("timed out"), executed, takes, f"timed out, {when}")

    def _reset(self) -> Fate:
        words, name = self._chance.choice(
            [("the connection was reset", "reset"), ("half a body", "200 with nonsense"), ("502", "500, 502, 504")]
        )
        return Fate(NoAnswer(words), self._executed(0.1), 0.1, name)

    def _busy(self) -> Fate:
        asks = self._chance.choice([None, 0.0, 5.0])
        name = "503" if asks is None else "503 with Retry-After"
        return Fate(NoAnswer("503", busy=True, retry_after=asks), self._executed(0.1), 0.1, name)

    def _throttled(self) -> Fate:
        asks = self._chance.choice([None, 1.0])
        if not self._nature.two_steps and self._chance.random() < 0.3:
            return Fate(Throttled(asks), 0.05, 0.1, "429, executed nevertheless")
        return Fate(Throttled(asks), NEVER, 0.1, "429")

    def _unsent(self) -> Fate:
        return Fate(Unsent("connection refused"), NEVER, 0.01, "connection refused")

    def _bad_certificate(self) -> Fate:
        return Fate(Unsent("the certificate is not to be trusted", fatal=True), NEVER, 0.01, "bad certificate")

    def _redirected(self) -> Fate:
        return Fate(NoAnswer("redirected", halt=True), NEVER, 0.1, "redirect")

    def _refused(self) -> Fate:
        return self._code(-275, "refused")

    def _reserved(self) -> Fate:
        return self._code(-220, "-220")

    def _account(self) -> Fate:
        code = self._chance.choice([99, 100, -55])
        return self._code(code, "99" if code == 99 else "100 and its like")

    def _code(self, value: int, name: str) -> Fate:
        return Fate(Refused(value), NEVER, self._slowly(), name)

    def _slowly(self) -> float:
        return self._chance.choice([0.1, 20.0] if self._nature.wakeful else [0.1, 0.1, 3.0])

    def _unknown(self) -> Fate:
        return Fate(UnknownCode(-777), self._executed(0.1), self._slowly(), "unknown code")

    def _other(self) -> Fate:
        returned = OtherNumber(number(900 + self._chance.randrange(9)))
        return Fate(returned, self._executed(0.1), self._slowly(), "RETURN is another number")

    # Releases --------------------------------------------------------------------------------------------------------

    def release(self) -> Fate:
        chance = self._chance
        return chance.choice(
            [
                Fate(None, 0.05, 0.1, "release answered"),
                Fate(None, 0.05, 0.1, "release answered"),
                Fate(NoAnswer("timed out"), chance.uniform(0, 1.0 + LATEST), 1.0, "release lost, executed"),
                Fate(NoAnswer("timed out"), NEVER, 1.0, "release lost, never executed"),
                Fate(NotReleased(-1), NEVER, 0.1, "release refused"),
                Fate(Unsent("connection refused"), NEVER, 0.01, "release unsent"),
            ]
        )

    # The account query -----------------------------------------------------------------------------------------------

    def new_mood(self, provider: Provider) -> None:
        self.mood = self._always or self._chance.choices(list(_MOODS), list(_MOODS.values()))[0]
        provider.met[self.mood] += 1
        self._questions = 0
        self._memory = self._chance.choice([6, 9, 12])

    def answer(self, asked, true):
        match self.mood:
            case "inquiry fails":
                return Unclear("failed")
            case "inquiry fails now and then" if self._chance.random() < 0.3:
                return Unclear("failed", busy=self._chance.random() < 0.2)
            case "inquiry says yes to all":
                return Owned(asked, None, None, None, "", {})
            case "inquiry says no to all":
                return NotOwned("-440")
            case "inquiry changes its shape" if isinstance(true, NotOwned):
                self._questions += 1
                return NotOwned("-440" if self._questions < 4 else "empty")
            case "inquiry hides a number" if int(asked) % 3 == 0:
                return NotOwned("empty")
            case "inquiry loses its memory":
                self._questions += 1
                return true if self._questions < self._memory else NotOwned("-440")
            case "inquiry turns to yes":
                self._questions += 1
                return true if self._questions < self._memory else Owned(asked, None, None, None, "", {})
            case "inquiry refuses the account":
                return Blocked(100)
            case _:
                return true


_WEIGHTS = {
    "_lost": 6,
    "_reset": 3,
    "_busy": 2,
    "_throttled": 3,
    "_unsent": 2,
    "_bad_certificate": 0.1,
    "_redirected": 0.1,
    "_refused": 0.5,
    "_reserved": 0.7,
    "_account": 0.5,
    "_unknown": 0.6,
    "_other": 0.2,
}
_KINDS = (list(_WEIGHTS), list(_WEIGHTS.values()))
_ANSWERED = frozenset({"_refused", "_reserved", "_account", "_unknown", "_other"})
_KINDS_ANSWERED = (list(_WEIGHTS), [weight * 3 if kind in _ANSWERED else weight for kind, weight in _WEIGHTS.items()])


def settings(chance: Random, *, workers: list[int]) -> dict:
    """One process's options, but for the bounds of its run."""
    return {
        "workers": chance.choice(workers),
        "max_attempts": ATTEMPTS,
        "prices": chance.random() < 0.3,
        "reserved_retry_every": RETRY_RESERVED,
        "outage_give_up_after": 100.0,
        "brake": None,
        "limit": chance.choice([None, None, None, 2]),
    }


def bounds(chance: Random) -> dict:
    """What a run may spend and buy, over all its invocations."""
    return chance.choice(
        [
            {},
            {},
            {"max_spend": COST * chance.randrange(1, 6) + chance.choice([Decimal(0), Decimal(1)])},
            {"max_numbers": chance.randrange(1, 5)},
        ]
    )


def zone(chance: Random) -> timedelta:
    return timedelta(minutes=15 * chance.randrange(-48, 56))
