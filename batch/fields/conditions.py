"""What a rule can ask of a row's fields: said as data, so that it is judged here and told to a spreadsheet as well.

A row is its fields that are not blank, by name, as they are sent: a coded field is there by its code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """The field called `name` has a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Is:
    """The coded field called `name` has the value that `code` stands for."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Begins:
    """The value of `name` begins with `start` (in lower case), whatever its case."""

    name: str
    start: str


@dataclass(frozen=True, slots=True)
class Contains:
    """The value of `name` has `text` in it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Only:
    """The field `name` has a value, and no characters but those of `characters`."""

    name: str
    characters: str


@dataclass(frozen=True, slots=True)
class Not:
    """`condition` does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Each of `conditions` holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of `conditions` holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of text, such as an e-mail address.

    `fits` judges exactly. `sign` is what a spreadsheet can tell it by, of the field whose name it is given: every text that
    fits bears it; what bears it and doesn't fit is complained of by the field's own check. None: it can't be told there.
    """

    fits: Callable[[str], bool]
    sign: Callable[[str], Condition] | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """The value of `name` has a shape."""

    name: str
    shape: Shape


Condition = Given | Is | Begins | Contains | Only | Not | All | Either | Has


def judge(condition: Condition) -> Callable[[Row], bool]:
    """Answers for a row whether `condition` holds. It is made once, and called for each row."""
    match condition:
        case Given(name):
            return lambda row: name in row
        case Is(name, code):
            return lambda row: row.get(name) == code
        case Begins(name, start):
            return lambda row: row.get(name, "").lower().startswith(start)
        case Contains(name, text):
            return lambda row: text in row.get(name, "")
        case Only(name, characters):
            return lambda row: bool(value := row.get(name, "")) and not value.strip(characters)
        case Has(name, shape):
            fits = shape.fits
            return lambda row: (value := row.get(name)) is not None and fits(value)
        case Not(inner):
            if isinstance(inner, Given):
                name = inner.name
                return lambda row: name not in row
            holds = judge(inner)
            return lambda row: not holds(row)
        case All(several):
            return _all([judge(one) for one in several])
        case Either(several):
            none = _all([judge(Not(one)) for one in several])
            return lambda row: not none(row)
        case _:
            assert_never(condition)


def _all(several: list[Callable[[Row], bool]]) -> Callable[[Row], bool]:
    return reduce(_both, several)


def _both(one: Callable[[Row], bool], other: Callable[[Row], bool]) -> Callable[[Row], bool]:
    return lambda row: one(row) and other(row)


def names_of(condition: Condition) -> frozenset[str]:
    """The fields that `condition` asks about."""
    match condition:
        case Not(inner):
            return names_of(inner)
        case All(several) | Either(several):
            return frozenset().union(*map(names_of, several))
        case _:
            return frozenset({condition.name})
