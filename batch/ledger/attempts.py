"""What a ledger keeps and hands out of numbers: the rows that are open, claims, answers, attempts, doubts. Frozen, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from batch.clock import Mark
from batch.ledger.events import NumberRow
from batch.ledger.records import Why
from batch.number import Number


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row of a run that this invocation may have to send or ask about, as the feed hands it out.

    `owned`: the ledger says that the account holds the number, bought by another run or before: it is asked, not sent.
    `elsewhere`: another run has it in doubt. `reserved_left`: seconds that a reserved number has left from an earlier
    invocation, None where its clock has not begun. `price` is what it costs at worst; `listed` what a look-up listed it at, where
    that is what the price is from.
    """

    position: int
    number: Number
    fields: Mapping[str, str]
    price: Decimal | None
    owned: bool = False
    elsewhere: bool = False
    reserved_left: float | None = None
    listed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A row of a run whose number the ledger does not know as ours: what a rebuild asks about. `version` is the number's."""

    position: int
    number: Number
    version: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """The intent is durable. `mark` was taken before the commit began: the age of the intent counts from there.

    `sent_with` is the random text that the attempt must be sent with, empty: none.
    """

    attempt: int
    generation: int
    mark: Mark
    row: NumberRow
    sent_with: str = ""


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """The claim's guard was false: `why`, or None where there is nothing left to do for the row (bought, refused, owned).

    `row` is the number as it stands.
    """

    why: Why | None
    row: NumberRow


@dataclass(frozen=True, slots=True)
class AnswerNote:
    """What is recorded of an answer beside its event: the provider's `code`, words, and the request's `seconds`.

    `reserved_left` is what a reserved number's clock has left.
    """

    code: int | None = None
    reason: str = ""
    seconds: float = 0.0
    reserved_left: float | None = None


@dataclass(frozen=True, slots=True)
class SeenNote:
    """What is recorded of a verdict: by what (`inquiry`, `inquiry, presumed`, or a person's name), and what was shown."""

    by: str = "inquiry"
    created: datetime | None = None
    setup: Decimal | None = None
    monthly: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that spends (`buy`) or gives back (`release`). `outcome` is the answer's word, empty while open.

    `mark` is the random text that was sent within the number's description, empty: none.
    """

    number: Number
    attempt: int
    generation: int
    kind: str
    run: str
    invocation: int
    intent_at: datetime
    ended_at: datetime | None
    outcome: str
    code: int | None
    reason: str
    seconds: float
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A number in doubt, with every attempt on it in this generation, oldest first."""

    number: Number
    row: NumberRow
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class BoughtRow:
    """A row whose number its run has bought, and not given back as far as is known.

    `state` is where the number stands, `attempts` are those of its generation, oldest first. `confirmed_at` is when the
    purchase became known, and `confirmed_by` how: as `RunRow` says them.
    """

    row: OpenRow
    state: NumberRow
    attempts: tuple[Attempt, ...]
    confirmed_at: datetime | None
    confirmed_by: str

    @property
    def number(self) -> Number:
        """Its number."""
        return self.row.number


@dataclass(frozen=True, slots=True)
class Control:
    """A number that was bought by a definite answer: what a positive control may be."""

    number: Number
    intent_at: datetime
    confirmed_at: datetime


class OwnedAnswer(StrEnum):
    """What was found out, once a run, about a row whose number the ledger says is owned."""

    OWNED = "inquiry"
    GONE = "gone"
    NOT_ASKED = "ledger, not asked"
