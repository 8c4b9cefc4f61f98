"""The fields that a provider takes with a purchase: one table that checks orders, writes the template and the reference.

A provider declares a `FieldTable`; the loader, the template and the documentation read it and know no field by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import eq
from typing import NamedTuple


class Differing(NamedTuple):
    """A field, by `name`, that was `asked` for otherwise than the account `has` it."""

    name: str
    asked: str
    has: str


class Complaint(NamedTuple):
    """What is wrong with a value: a stable problem code, what is wrong, how to mend it; `warning`: allowed all the same."""

    code: str
    problem: str
    remedy: str
    warning: bool = False


class Group(StrEnum):
    """How fields are grouped in the template and the reference."""

    ROUTING = "Routing"
    SMS = "Text messages"
    FAX = "Fax"
    VOICEMAIL = "Voicemail"
    FEATURES = "Features"
    ACCOUNT = "Account"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a purchase.

    `words` maps what people write, in lower case, to the code that is sent ("sip" → "1"); a code stands for itself. A field
    with words takes nothing else. `check` judges a value that is not blank, after words and fill-ins, and answers None where
    all is well. `example` is what the template shows. `if_absent` says what the provider does with a blank.
    """

    name: str
    meaning: str
    group: Group
    example: str = ""
    if_absent: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[str], Complaint | None] | None = None
    retired: bool = False
    """The provider marks it retired: accepted, and warned of once a run."""
    secret: bool = False
    """May hold a secret (a password in a SIP URI, a token in a URL): masked in logs."""
    rings: bool = False
    """Says where calls go: of use to a number that takes calls only."""
    reported: tuple[str, ...] = ()
    """What the account calls it where it reports it, the newest name first; none: it does not report it."""
    alike: Callable[[str, str], bool] = eq
    """Whether what was asked for and what the account reports mean the same."""

    @property
    def labels(self) -> dict[str, str]:
        """For a coded field: code → the first word for it, for drop-downs ("1" → "SIP")."""
        found: dict[str, str] = {}
        for word, code in self.words.items():
            found.setdefault(code, word)
        return found

    def name_in(self, holding: Mapping[str, str]) -> str | None:
        """What the account calls it in `holding`, what it reports of a number; None where it does not report it there."""
        return next((name for name in self.reported if name in holding), None)


@dataclass(frozen=True, slots=True)
class CrossRule:
    """A rule over several fields of one row. `check` gets the values that are not blank, and yields (field, complaint)."""

    summary: str
    """The rule in words, for the reference and the template's instructions."""
    check: Callable[[Mapping[str, str]], Sequence[tuple[str, Complaint]]]


@dataclass(frozen=True, slots=True)
class FieldTable:
    """A provider's fields in its documented order, and the rules across them."""

    fields: tuple[Field, ...]
    rules: tuple[CrossRule, ...] = ()

    def __getitem__(self, name: str) -> Field:
        """The field called exactly `name`; KeyError where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    def differing(self, asked: Mapping[str, str], holding: Mapping[str, str]) -> Iterator[Differing]:
        """Of the fields `asked` for, those that the account reports, in `holding` by its own names, and that mean something else.

        A retired field never differs: the provider accepts it and need not keep it, so what it reports tells nothing.
        """
        for one in self.fields:
            name, wanted = one.name_in(holding), asked.get(one.name)
            if name is None or wanted is None or one.retired:
                continue
            if not one.alike(wanted, holding[name]):
                yield Differing(one.name, wanted, holding[name])

    def rings(self, asked: Mapping[str, str]) -> bool:
        """Whether the fields `asked` for send calls somewhere."""
        return any(one.rings and one.name in asked for one in self.fields)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names in the provider's order."""
        return tuple(one.name for one in self.fields)
