"""What a ledger keeps and hands out of runs: who ran what, its rows, and what they come to. Frozen, without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from batch.money import parse_money
from batch.order import Cell, Column, OrderFile, RowKind, Source


class Environment(StrEnum):
    """The two worlds that never meet."""

    LIVE = "live"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """Which ledger: everything in it belongs to one provider, environment and account.

    `account` is the account's identity (the setting `id`), `place` the host and port of a rehearsal, empty when live.
    """

    provider: str
    environment: Environment
    account: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the ledger's chain: its random id, the number of its last entry, and that entry's hash (hexadecimal)."""

    ledger_id: str
    sequence: int
    hash: str


class Status(StrEnum):
    """What a row of the result workbook says."""

    PURCHASED = "purchased"
    """This run bought it."""
    OWNED = "already owned"
    """The account held it before, or an earlier run bought it."""
    REFUSED = "refused"
    """The provider refused it, with a code."""
    DEFERRED = "deferred"
    """Reserved, given up for this run; the next run tries again."""
    DOUBT = "in doubt"
    """Sent, and nobody knows yet: may have been charged."""
    NOT_SENT = "not sent"
    """The run stopped first; the reason is given."""
    INVALID = "invalid"
    """The row is wrong; never sent."""
    DUPLICATE = "duplicate"
    """The same number stands in an earlier row."""
    RELEASED = "released"
    """This run bought it, and it was given back."""


class Why(StrEnum):
    """Why a row was not sent. The first group stops a run, the second is a row's own."""

    PENDING = "not reached yet"
    INTERRUPTED = "interrupted"
    HALTED = "the run was halted"
    LIMIT = "the limit of this invocation was reached"
    MAX_SPEND = "the spending limit was reached"
    MAX_NUMBERS = "the limit of numbers was reached"
    UNTIL = "the time was over"
    PRICE_UNKNOWN = "its price is not known, and a spending limit is set"

    ATTEMPTS = "its attempts were used up"
    ACCOUNT = "the account was refused"
    ELSEWHERE = "another run has it in doubt"
    GONE = "an earlier run bought it, and the account no longer holds it"
    RELEASED = "this run has given it back"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a claim must respect: money and counts over all invocations of the run, attempts within this one.

    `assumed` is the first charge of a number at worst where its order names no price (None: unknown). `max_attempts`
    counts sends without a definite answer, and certainly unsent tries apart.
    """

    max_spend: Decimal | None = None
    max_numbers: int | None = None
    max_attempts: int = 3
    assumed: Decimal | None = None
    retry_refused: bool = False


ASIDE = "aside"
"""The setting of an invocation that gives back or asks, and buys nothing: why the run's rows were not sent is not its to say."""


@dataclass(frozen=True, slots=True)
class InvocationFacts:
    """Who runs what, where and with which settings: kept for the Summary. `settings` hold no secret."""

    started: datetime
    user: str
    host: str
    pid: int
    version: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvocationEnd:
    """How an invocation ended. `stop` is why the rows that were not reached were not sent."""

    ended: datetime
    exit_code: int
    stop: Why = Why.PENDING
    halt_reason: str = ""
    opening_balance: Decimal | None = None
    closing_balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """One process's work on a run, as kept. `end` is None while it runs, or where it died."""

    id: int
    facts: InvocationFacts
    end: InvocationEnd | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run: one order's content for one account. `name` is short and unique in the ledger ("7f3a"), `key` its hash."""

    name: str
    key: str
    files: tuple[OrderFile, ...]
    columns: tuple[Column, ...]
    rows: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that was made or continued: its record, this invocation's id, and whether it was there before."""

    run: Run
    invocation: int
    continued: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """A run's money and numbers as bounds see them. `spent` counts what is bought, `reserved` the worst of what is open."""

    bought: int
    open: int
    spent: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would find, of the rows of an order: for the plan. Sums to the rows in."""

    run: Run | None
    """The run that the orders would continue; None: a new one."""
    purchased: int
    already_owned: int
    in_doubt: int
    refused: int
    deferred: int
    duplicates: int
    invalid: int
    to_buy: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A run's rows, counted: by status (every status, zeros too), those not sent by reason, and whose routing differs.

    `waiting` counts refused rows whose number is gone, and of which an alternative was not tried yet. `giving_back`
    counts purchases that are being given back, and of which nobody knows yet whether they were.
    """

    counts: Mapping[Status, int]
    whys: Mapping[Why, int]
    differs: int
    waiting: int = 0
    giving_back: int = 0


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of a run as the result workbook tells it, all derived from the ledger.

    `why` is set where the status is `not sent`; `code` the provider's integer; `meaning` of it is the provider's table's
    business. `price` is the order's own. `setup` and `monthly` are what the account reported (None: not read back).
    `confirmed_by` is `answer`, `inquiry`, `inquiry, presumed`, `ledger`, `ledger, not asked`, `validation` or a name.
    `bought_in` is the name of the run that bought an owned number. `differs` names the fields whose order differs from
    what the number was bought with. `reason` holds the note of a duplicate or invalid row, or an answer's words.
    """

    position: int
    source: Source
    number: str
    status: Status
    why: Why | None
    code: int | None
    reason: str
    fields: Mapping[str, str]
    cells: Sequence[Cell]
    country: str
    price: Decimal | None
    setup: Decimal | None
    monthly: Decimal | None
    bought_in: str
    differs: tuple[str, ...]
    attempts: int
    requested_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str
    released_at: datetime | None
    kind: RowKind
    instead_of: tuple[tuple[str, int | None], ...] = ()
    """The numbers that were tried for the row before this one, and the codes that refused them."""
    giving_back: bool = False
    """It is being given back, and nobody knows yet whether it was."""
    worst: Decimal | None = None
    """What a purchase of it was taken to cost at worst when it was sent: the order's price, a quoted or an assumed one."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to a number, for `history`: when, in which run, by which line of the table, in words."""

    at: datetime
    run: str
    rule: str
    before: str
    after: str
    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything about a run but its rows: for the Summary."""

    key: LedgerKey
    run: Run
    invocations: tuple[Invocation, ...]
    head: Head
    assumed: Decimal | None
    """The price setting of the last invocation, for charges that nothing else prices."""

    @property
    def ever_assumed(self) -> frozenset[Decimal]:
        """The price settings of all its invocations: a worst case that is none of these was quoted, or the order's own."""
        told = (parse_money(one.facts.settings.get("price", "")) for one in self.invocations)
        return frozenset(one for one in (*told, self.assumed) if one is not None)
