"""What a match is made of: the ledger's charges, the pieces that the difference falls into, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from batch.ledger.records import LedgerKey, Status
from batch.loader.invoice import Invoice, Line
from batch.money import ZERO


class Outcome(StrEnum):
    """What becomes of a line, or of a charge that no line bills."""

    AGREES = "agrees"
    EXPECTED = "expected"
    """Not among the ledger's charges of the period, and as it must be."""
    DIFFERS = "price differs"
    NOT_BOUGHT = "billed, not bought"
    NOT_BILLED = "bought, not billed"


class Reason(StrEnum):
    """Why, as far as it can be told."""

    AGREES = "agrees"
    ONE_LINE = "set-up and month in one line"
    RECURRING = "monthly fee of a number bought earlier"
    TOLD_TAX = "tax, at the rate given"

    TAX = "tax"
    PRORATED = "pro-rated first month"
    TWICE = "billed twice"
    CREDIT = "credit"
    NO_PRICE = "price not known here"
    EXTRA = "another charge of a number bought"
    PRICE = "price differs"

    NEVER = "number never seen"
    REFUSED = "number was refused"
    DOUBT = "number is in doubt"
    OWNED = "number was owned already"
    RELEASED = "number was given back"
    NOT_SENT = "ordered, and not bought"
    OTHER_PERIOD = "bought in another period"
    NO_NUMBER = "charge of no number"
    TAX_LINE = "tax on the invoice"

    NOT_BILLED = "bought, not billed"


_OUTCOMES: Final = MappingProxyType(
    {
        Reason.AGREES: Outcome.AGREES,
        Reason.ONE_LINE: Outcome.AGREES,
        Reason.RECURRING: Outcome.EXPECTED,
        Reason.TOLD_TAX: Outcome.EXPECTED,
        Reason.TAX: Outcome.DIFFERS,
        Reason.PRORATED: Outcome.DIFFERS,
        Reason.TWICE: Outcome.DIFFERS,
        Reason.CREDIT: Outcome.DIFFERS,
        Reason.NO_PRICE: Outcome.DIFFERS,
        Reason.EXTRA: Outcome.DIFFERS,
        Reason.PRICE: Outcome.DIFFERS,
        Reason.TAX_LINE: Outcome.DIFFERS,
        Reason.NOT_BILLED: Outcome.NOT_BILLED,
    }
)
UNEXPLAINED: Final = frozenset({Reason.PRICE, Reason.EXTRA})
"""Where nothing tells why."""


def outcome_of(reason: Reason) -> Outcome:
    """What a reason makes of a line."""
    return _OUTCOMES.get(reason, Outcome.NOT_BOUGHT)


@dataclass(frozen=True, slots=True, eq=False)
class Charge:
    """What the ledger says was charged for a number that a run bought, on `day` (local).

    `setup` and `monthly` as the account reported them; where it did not, `estimate` is what both are taken to come to, None
    where nothing tells. `released`: the day on which it was given back.
    """

    number: str
    run: str
    row: int
    day: date | None
    setup: Decimal | None
    monthly: Decimal | None
    estimate: Decimal | None = None
    released: date | None = None

    @property
    def amount(self) -> Decimal | None:
        """Set-up and first month together; None where no price is known."""
        return self.estimate if self.setup is None or self.monthly is None else self.setup + self.monthly


class Standing(NamedTuple):
    """What the ledger knows of a number that no run bought: its status in the latest run that orders it, and that run."""

    status: Status
    run: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """The days whose charges count, both included; None: all. `source` says in words who set it."""

    first: date | None
    last: date | None
    source: str

    def holds(self, day: date | None) -> bool:
        """Whether a charge of that day counts; of no known day, it always does."""
        if day is None:
            return True
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger's side: the charges of the period by number, those outside it, and the numbers that no run bought."""

    key: LedgerKey
    currency: str
    period: Period
    charges: Mapping[str, Sequence[Charge]]
    others: Mapping[str, Sequence[Charge]]
    standings: Mapping[str, Standing]
    runs: int

    @property
    def total(self) -> Decimal:
        """What the charges of the period come to, as far as their prices are known."""
        return sum((one.amount or ZERO for many in self.charges.values() for one in many), ZERO)

    @property
    def count(self) -> int:
        """Purchases in the period."""
        return sum(map(len, self.charges.values()))

    @property
    def outside(self) -> int:
        """Purchases outside it."""
        return sum(map(len, self.others.values()))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what was billed set against a part of what was bought, and why the two differ, if they do.

    The pieces of a match hold every cent of every line once, and every cent of every charge once.
    """

    reason: Reason
    number: str
    billed: Decimal
    bought: Decimal
    line: Line | None = None
    charge: Charge | None = None
    note: str = ""

    @property
    def outcome(self) -> Outcome:
        """What it makes of the line."""
        return outcome_of(self.reason)

    @property
    def difference(self) -> Decimal:
        """What was billed beyond what was bought."""
        return self.billed - self.bought


@dataclass
class Sum:
    """What the pieces of one reason come to."""

    pieces: int = 0
    lines: int = 0
    billed: Decimal = ZERO
    bought: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        """Billed beyond bought."""
        return self.billed - self.bought

    def add(self, piece: Piece) -> None:
        """Count one more."""
        self.pieces += 1
        self.lines += piece.line is not None
        self.billed += piece.billed
        self.bought += piece.bought


@dataclass(frozen=True)
class Match:
    """Invoices against the ledger: every piece, in the order of the lines, then what was not billed. `rate`: of tax, if any."""

    invoices: Sequence[Invoice]
    books: Books
    pieces: Sequence[Piece]
    rate: Decimal | None = None
    rate_given: bool = False
    by_reason: Mapping[Reason, Sum] = field(init=False)

    def __post_init__(self) -> None:
        sums = {reason: Sum() for reason in Reason}
        for piece in self.pieces:
            sums[piece.reason].add(piece)
        object.__setattr__(self, "by_reason", MappingProxyType(sums))

    @property
    def billed(self) -> Decimal:
        """The invoices' total: of their lines."""
        return sum((invoice.total for invoice in self.invoices), ZERO)

    @property
    def lines(self) -> int:
        """Lines of all invoices."""
        return sum(len(invoice.lines) for invoice in self.invoices)

    @property
    def difference(self) -> Decimal:
        """What the invoices have beyond the ledger: always `explained` and `unexplained` together."""
        return self.billed - self.books.total

    @property
    def explained(self) -> Decimal:
        """The part of the difference whose reason is known."""
        return sum((one.difference for reason, one in self.by_reason.items() if reason not in UNEXPLAINED), ZERO)

    @property
    def unexplained(self) -> Decimal:
        """The rest."""
        return sum((one.difference for reason, one in self.by_reason.items() if reason in UNEXPLAINED), ZERO)

    @property
    def wrong_totals(self) -> int:
        """Rows of the invoices whose totals are not the sums of their lines."""
        return sum(not total.agrees for invoice in self.invoices for total in invoice.totals)

    @property
    def agrees(self) -> bool:
        """Whether every line and every charge is as it must be, and every invoice adds up."""
        fine = {Outcome.AGREES, Outcome.EXPECTED}
        return not self.wrong_totals and all(
            outcome_of(reason) in fine for reason, one in self.by_reason.items() if one.pieces
        )

    def of(self, outcome: Outcome) -> Sum:
        """What an outcome comes to."""
        return add_up(one for reason, one in self.by_reason.items() if outcome_of(reason) is outcome)


def add_up(sums: Iterable[Sum]) -> Sum:
    """Several sums as one."""
    whole = Sum()
    for one in sums:
        whole.pieces += one.pieces
        whole.lines += one.lines
        whole.billed += one.billed
        whole.bought += one.bought
    return whole
