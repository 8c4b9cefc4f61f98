"""What a run asked for against what the account holds now, number by number and field by field. Records nothing.

An absence counts only where calibration allows it; what could not be told is said to be so. Fields that the provider has retired,
or that the account does not report, are named and never compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from batch.clock import Clock
from batch.fields import FieldTable
from batch.ledger.attempts import Control
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run, Status
from batch.number import Number
from batch.order import RowKind, Source
from batch.pool.notices import Phase, Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer
from batch.provider.protocol import Owned, Provider
from batch.reconciler.calibration import Calibration
from batch.reconciler.survey import Survey

_OURS: Final = frozenset({Status.PURCHASED, Status.OWNED})
"""Statuses of numbers that the account should hold."""


class What(StrEnum):
    """How the account differs from what the run says."""

    GONE = "gone"
    """The run says that it is ours, and the account does not hold it."""
    HELD = "held"
    """The account holds it, and the run does not say so."""
    DIFFERS = "differs"
    """A field of its routing is not what was asked for."""


class Finding(StrEnum):
    """What an audit found of one number."""

    AGREES = "agrees"
    DIFFERS = "differs"
    """Something of its routing is not what was asked for."""
    GONE = "gone"
    HELD = "held"
    UNTOLD = "not told"


REMEDIES: Final[Mapping[What, str]] = MappingProxyType(
    {
        What.GONE: "Look in the account who gave it back; `run --rebuy` buys it again",
        What.HELD: "See `numbatch history NUMBER`, then look in the account who bought it",
        What.DIFFERS: "Change it with the provider: the program changes nothing that is owned",
    }
)
"""What to do about each."""

_FINDINGS: Final = MappingProxyType(
    {What.DIFFERS: Finding.DIFFERS, What.GONE: Finding.GONE, What.HELD: Finding.HELD},
)


@dataclass(frozen=True, slots=True)
class Audited:
    """A row to ask about: its number, its status, the routing that was asked for, where it stands, and when it was confirmed."""

    number: Number
    status: Status
    fields: Mapping[str, str]
    source: Source
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `name`, `asked` and `has` are a field's; empty where the whole number differs."""

    number: Number
    status: Status
    what: What
    name: str = ""
    asked: str = ""
    has: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the account shows of a number that it holds: when it was bought, by its own clock, and what it was and is charged."""

    created: datetime | None
    setup: Decimal | None
    monthly: Decimal | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A field that was asked for: for how many numbers that should be ours, and for how many it could be `compared`.

    `called` is what the account calls it, empty where it does not report it; `silent` counts numbers that the account showed
    without it. One that is `retired` is never compared.
    """

    name: str
    called: str
    asked: int
    compared: int
    silent: int
    retired: bool


@dataclass(slots=True)
class Audit:
    """What an audit found. `agree` counts numbers without a difference, `unclear` are those that could not be told.

    `fields` are those that were asked for, in the provider's order; `shown` what the account says of each number that it holds.
    `blocked`: the account was refused, or nothing more could be asked, for `reason`.
    """

    asked: int
    agree: int = 0
    differences: list[Difference] = field(default_factory=list)
    unclear: list[Audited] = field(default_factory=list)
    fields: tuple[Compared, ...] = ()
    shown: dict[Number, Shown] = field(default_factory=dict)
    blocked: bool = False
    reason: str = ""

    def findings(self) -> Mapping[Number, Finding]:
        """What was found of each number that does not agree."""
        differing = {one.number: _FINDINGS[one.what] for one in self.differences}
        return differing | {row.number: Finding.UNTOLD for row in self.unclear}

    @property
    def compared(self) -> tuple[str, ...]:
        """The fields that were compared, be it for some numbers only."""
        return tuple(one.name for one in self.fields if one.compared)

    @property
    def not_compared(self) -> tuple[str, ...]:
        """The fields that the account does not report, be it of some numbers only."""
        return tuple(one.name for one in self.fields if not one.retired and (one.silent or not one.called))

    @property
    def retired(self) -> tuple[str, ...]:
        """The fields that the provider accepts, and marks retired where it reports them."""
        return tuple(one.name for one in self.fields if one.retired)

    @property
    def exit_code(self) -> int:
        """By the contract: 5 blocked, 6 some could not be told, 4 differences, 0 none."""
        if self.blocked:
            return 5
        if self.unclear:
            return 6
        return 4 if self.differences else 0


def rows_to_ask(reader: LedgerReader, run: Run) -> Iterator[Audited]:
    """The rows of `run` that the account can be asked about: all that were ever sent, or are said to be ours."""
    for row in reader.rows(run):
        if row.kind is RowKind.ORDER and (row.status is not Status.NOT_SENT or row.attempts):
            yield Audited(Number(row.number), row.status, row.fields, row.source, row.confirmed_at)


async def audit_rows(
    rows: Sequence[Audited],
    reader: LedgerReader,
    *,
    provider: Provider,
    options: PoolOptions,
    clock: Clock,
    tell: Tell,
) -> Audit:
    """Ask the account about each of `rows`, within the rate, and compare."""
    pacer = Pacer(options.rate, clock)
    taking = _Taking(rows, _Comparing(provider.fields), clock, options.resolve_horizon)
    survey: Survey[Audited] = Survey(
        Calibration(provider, _Reads(reader), pacer, clock, options.resolve_horizon),
        provider=provider,
        pacer=pacer,
        options=options,
        clock=clock,
        tell=tell,
        present=taking.present,
        absent=taking.absent,
    )
    pacer.start()
    tell(Phase("asking the account", len(rows)))
    try:
        await survey.ask(rows)
    finally:
        await pacer.close()
    return taking.audit(survey)


class _Taking:
    """Takes what the account says of each row."""

    def __init__(self, rows: Sequence[Audited], comparing: _Comparing, clock: Clock, horizon: float) -> None:
        self._rows = rows
        self._comparing = comparing
        self._clock = clock
        self._horizon = horizon
        self._audit = Audit(len(rows))
        self._young: list[Audited] = []  # bought so lately that the account need not show them yet

    async def present(self, row: Audited, owned: Owned) -> None:
        self._audit.shown[row.number] = Shown(owned.created, owned.setup, owned.monthly)
        self._add(list(self._comparing.differences(row, owned)))

    async def absent(self, row: Audited) -> None:
        if row.status not in _OURS:
            self._add([])
        elif self._is_young(row):
            self._young.append(row)
        else:
            self._add([Difference(row.number, row.status, What.GONE)])

    def _is_young(self, row: Audited) -> bool:
        at = row.confirmed_at
        return at is not None and (self._clock.now() - at).total_seconds() < self._horizon

    def _add(self, found: Sequence[Difference]) -> None:
        self._audit.differences += found
        self._audit.agree += not found

    def audit(self, survey: Survey[Audited]) -> Audit:
        """What `survey`, which has ended, came to."""
        audit = self._audit
        audit.unclear = survey.unclear + self._young
        audit.blocked = survey.halted
        audit.fields = self._comparing.told(self._rows)
        if audit.unclear:
            audit.reason = survey.reason if survey.unclear else "bought a moment ago, and perhaps not shown yet"
        order = {row.number: index for index, row in enumerate(self._rows)}
        audit.differences.sort(key=lambda one: order[one.number])
        return audit


class _Comparing:
    """Compares fields, and counts which of them could be."""

    def __init__(self, table: FieldTable) -> None:
        self._table = table
        self._called: dict[str, str] = {}
        self._compared: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()

    def differences(self, row: Audited, owned: Owned) -> Iterator[Difference]:
        if row.status not in _OURS:
            yield Difference(row.number, row.status, What.HELD)
            return
        for one in self._table.fields:
            if one.name not in row.fields or one.retired:
                continue
            if (name := one.name_in(owned.holding)) is None:
                self._silent[one.name] += 1
            else:
                self._compared[one.name] += 1
                self._called.setdefault(one.name, name)
        for other in self._table.differing(row.fields, owned.holding):
            yield Difference(row.number, row.status, What.DIFFERS, other.name, other.asked, other.has)

    def told(self, rows: Sequence[Audited]) -> tuple[Compared, ...]:
        asked = Counter(name for row in rows if row.status in _OURS for name in row.fields)
        return tuple(
            Compared(
                one.name,
                self._called.get(one.name) or next(iter(one.reported), ""),
                asked[one.name],
                self._compared[one.name],
                self._silent[one.name],
                one.retired,
            )
            for one in self._table.fields
            if asked[one.name]
        )


class _Reads:
    """What a reader knows that calibrates."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader

    async def controls(self, count: int) -> Sequence[Control]:
        return self._reader.controls(count)

    async def knows(self, number: Number) -> bool:
        return self._reader.knows(number)
