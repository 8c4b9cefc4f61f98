"""The fields that a provider takes with a purchase: one table that checks orders, writes the template and the reference.

A provider declares a `FieldTable`; the loader, the template and the documentation read it and know no field by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import eq
from typing import NamedTuple

from batch.fields.conditions import Condition, Row, Shape, judge, names_of


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
    with words takes nothing else; `shown` is how a drop-down writes the word for a code, where that is not its first word as it
    stands. `check` judges a value that is not blank, after words and fill-ins, and answers None where
    all is well. `example` is what the template shows. `if_absent` says what the provider does with a blank.
    """

    name: str
    meaning: str
    group: Group
    example: str = ""
    if_absent: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[str], Complaint | None] | None = None
    whole: tuple[int, int] | None = None
    """It is a whole number, from the first to the last of these, as `check` says too."""
    shapes: tuple[Shape, ...] = ()
    """`check` refuses what has none of these shapes; none: it may be any text."""
    digits: bool = False
    """It is digits that are no quantity: an id, of which a spreadsheet must not make a number."""
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
    spellings: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """For a coded field: everything that it takes, in lower case and without white space → the code that it stands for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "spellings", dict(self._spellings()))

    def _spellings(self) -> Iterator[tuple[str, str]]:
        """The words, the codes (also as 1.0), and both at once as a list could show them: 1 SIP, 1: SIP, 1 (SIP), SIP (1)."""
        for code, word in self.labels.items():
            plain = squeezed(word)
            signed = (f"{code}{sign}{plain}" for sign in ":=-")
            both = (f"{code}{plain}", *signed, f"{code}({plain})", f"{plain}({code})")
            yield from ((text, code) for text in (code, f"{code}.0", f"{code}.00", *both))
            if (truth := _TRUTH.get(code)) is not None:
                yield truth, code
        yield from ((squeezed(word), code) for word, code in self.words.items())

    def code_of(self, text: str) -> str | None:
        """The code that `text` stands for in a coded field, None where it stands for none."""
        return self.spellings.get(squeezed(text))

    @property
    def choices(self) -> tuple[str, ...]:
        """For a coded field: what a drop-down offers, by code."""
        return tuple(self.shown.get(code, word) for code, word in sorted(self.labels.items()))

    @property
    def labels(self) -> dict[str, str]:
        """For a coded field: code → the first word for it ("1" → "sip")."""
        found: dict[str, str] = {}
        for word, code in self.words.items():
            found.setdefault(code, word)
        return found

    def name_in(self, holding: Mapping[str, str]) -> str | None:
        """What the account calls it in `holding`, what it reports of a number; None where it does not report it there."""
        return next((name for name in self.reported if name in holding), None)


_TRUTH = {"1": "true", "0": "false"}
"""What a spreadsheet makes of TRUE and FALSE, where there are such codes."""


def squeezed(text: str) -> str:
    """`text` without white space and in lower case: as the words of a coded field are compared."""
    return "".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class Case:
    """`complaint`, of the field called `name`, in every row where `when` holds.

    `marks` is the field whose cell shows it to a person who types, where that is another one: the one that is still missing.
    """

    name: str
    complaint: Complaint
    when: Condition
    marks: str = ""


@dataclass(frozen=True, slots=True)
class CrossRule:
    """A rule over several fields of one row. Orders are checked by its cases, and the template's colours are made from them."""

    summary: str
    """The rule in words, for the reference and the template's instructions."""
    cases: tuple[Case, ...]
    _judged: tuple[tuple[Callable[[Row], bool], str, Complaint], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        judged = tuple((judge(case.when), case.name, case.complaint) for case in self.cases)
        object.__setattr__(self, "_judged", judged)

    @property
    def names(self) -> frozenset[str]:
        """The fields that it is about."""
        return frozenset().union(*(names_of(case.when) for case in self.cases))

    @property
    def warning(self) -> bool:
        """Whether it only ever warns."""
        return all(case.complaint.warning for case in self.cases)

    def check(self, values: Row) -> list[tuple[str, Complaint]]:
        """What is wrong in a row of `values` (those that are not blank), by the field that is complained of."""
        return [(name, complaint) for holds, name, complaint in self._judged if holds(values)]


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
