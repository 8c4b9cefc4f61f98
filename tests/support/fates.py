"""Which deaths there are: every call of every command as it was surveyed, and moments between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.blows import ANYWHERE, CHANGING, LOOKING, Blow, blows_of
from support.lives import Fate, Lives, Moment

_ORDERS = 8
SAMPLED = _ORDERS + 3
"""How many fates a sample is of."""
_MANY = 200
"""Numbers of an order that is killed at moments."""
_MOMENTS = 12
_REPORTS = 10


_Deaths = list[tuple[str, Blow | Moment]]


@dataclass(frozen=True)
class Survey:
    """By command, the deaths that it can die at a call; `again` is a run that takes up what one before it left."""

    run: Sequence[Blow]
    again: Sequence[Blow]
    resolve: Sequence[Blow]
    init: Sequence[Blow]
    report: Sequence[Blow]

    @classmethod
    def take(cls, root: Path, *, looking: bool = False) -> Survey:
        """Run each command once to its end, and look at what it calls; `looking`: in all but the first at what only reads, too."""
        more = LOOKING if looking else ()

        def calls_of(lives: Lives, command: str, calls: Sequence[str] = CHANGING + more) -> list[Blow]:
            return blows_of(lives.traced().survey(lives.words(command), calls))

        with Lives(root / "run", Fate(0)) as lives:
            run = calls_of(lives, "run", CHANGING)
        with Lives(root / "again", Fate(0)) as lives:
            lives.die("run", Moment(6))
            resolve = calls_of(lives, "resolve")
            again = calls_of(lives, "run")
        with Lives(root / "init", Fate(0)) as lives:
            init = calls_of(lives, "init")
        # A workbook is written under a name that nobody knows before: all that the command writes, wherever to.
        names = {("write", ANYWHERE): 30, ("fsync", ANYWHERE): 2, ("rename", ANYWHERE): 1}
        return cls(run, again, resolve, init, blows_of(names))


def kind_of(blow: Blow) -> tuple[str, str]:
    """What deaths have in common that differ in their moment alone."""
    return blow.call, blow.file


def one_of_each(chance: random.Random, blows: Sequence[Blow]) -> list[Blow]:
    """A death of each kind, in the order in which the kinds come; which, and whether before or after, is chance's.

    Of the first half of a kind, so that it comes in another run as well.
    """
    kinds: dict[tuple[str, str], list[Blow]] = {}
    for blow in blows:
        kinds.setdefault(kind_of(blow), []).append(blow)
    return [chance.choice(of_kind[: max(2, len(of_kind) // 2)]) for of_kind in kinds.values()]


def sample(survey: Survey, seed: int) -> list[Fate]:
    """`SAMPLED` fates in which each kind of call of a first run is, and of the other commands some.

    Each order's deaths come in the order of the calls, so that every process gets a little further than the one before it.
    """
    chance = random.Random(seed)  # noqa: S311 - which death, and no secret
    first, again = one_of_each(chance, survey.run), one_of_each(chance, survey.again)
    fates: list[_Deaths] = [
        [("run", blow) for blow in [*first[place::_ORDERS], *again[place :: 2 * _ORDERS]]] for place in range(_ORDERS)
    ]
    fates += [
        [("run", Moment(5, sold=True)), *(("resolve", blow) for blow in one_of_each(chance, survey.resolve)[::6])],
        [("init", blow) for blow in one_of_each(chance, survey.init)[::4]],
        [("report", blow) for blow in one_of_each(chance, survey.report)],
    ]
    assert len(fates) == SAMPLED
    return [Fate(seed + place, deaths=tuple(deaths)) for place, deaths in enumerate(fates)]


def every(survey: Survey, seed: int) -> Iterator[Fate]:
    """All there is: each call of a first run before and after, and of the others as many as chance has it, without end."""
    chance = random.Random(seed)  # noqa: S311 - as above
    while True:
        fates = [*_at_calls(chance, survey), *_at_moments(chance, 14), *_others(chance, survey)]
        chance.shuffle(fates)
        for numbers, deaths in fates:
            yield Fate(seed, numbers, tuple(deaths))
            seed += 1


def _at_calls(chance: random.Random, survey: Survey) -> Iterator[tuple[int, _Deaths]]:
    for place, blow in enumerate(survey.run):
        yield 12, [("run", blow), *(("run", one) for one in _some(chance, survey.again, 1 if place % 4 == 0 else 0))]


def _at_moments(chance: random.Random, count: int) -> Iterator[tuple[int, _Deaths]]:
    for _ in range(count):
        yield _MANY, [("run", Moment(chance.randint(1, 25), chance.random() < 0.5)) for _ in range(_MOMENTS)]


def _others(chance: random.Random, survey: Survey) -> Iterator[tuple[int, _Deaths]]:
    for _ in range(16):
        before = ("run", Moment(chance.randint(3, 9), chance.random() < 0.5))
        yield 12, [before, *(("resolve", blow) for blow in _some(chance, survey.resolve, 3))]
        yield 3, [("init", blow) for blow in _some(chance, survey.init, 2)]
    for _ in range(4):
        yield 12, [("report", blow) for blow in _some(chance, survey.report, _REPORTS)]


def _some(chance: random.Random, blows: Sequence[Blow], count: int) -> list[Blow]:
    """By kinds first, so that the rare are not drowned by the many."""
    kinds: Mapping[tuple[str, str], int] = Counter(map(kind_of, blows))
    return chance.choices(blows, [1 / kinds[kind_of(blow)] for blow in blows], k=count) if count else []
