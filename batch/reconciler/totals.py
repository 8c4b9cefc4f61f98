"""What a run's rows come to: counts and money, in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from batch.codes import Actor, CodeTable
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run, Status
from batch.money import ZERO
from batch.reconciler.results import PRESUMED_BY, Judge, PriceFrom, ResultRow

_AMOUNTS = ("confirmed", "estimated", "at_risk", "monthly", "released")


class Cause(NamedTuple):
    """Why rows were not bought, or need a look: equal rows count together."""

    status: Status
    code: int | None
    reason: str
    actor: Actor
    todo: str


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What a run came to. Money is in the account's currency.

    `charged` is `confirmed` (as the account reported) and `estimated` together; `at_risk` what numbers in doubt may have
    cost. `unknown_charged` and `unknown_at_risk` count rows of unknown price, which no sum holds. `monthly` is what the
    bought numbers cost a month from now on, where the account reported it; `unknown_monthly` counts the others. `causes`
    counts what was not bought by reason, most frequent first, `groups` holds Σ charged by group, largest first.
    """

    counts: Mapping[Status, int]
    confirmed: Decimal
    estimated: Decimal
    at_risk: Decimal
    monthly: Decimal
    unknown_charged: int
    unknown_at_risk: int
    unknown_monthly: int
    released_charged: Decimal
    presumed: int
    differs: int
    causes: Mapping[Cause, int]
    groups: Mapping[str, Decimal]
    giving_back: int = 0
    """Purchases that are being given back, and of which nobody knows yet whether they were."""

    @property
    def rows(self) -> int:
        """Rows in: the sum of all statuses."""
        return sum(self.counts.values())

    @property
    def charged(self) -> Decimal:
        """What this run spent, as far as it is known."""
        return self.confirmed + self.estimated

    @property
    def by_code(self) -> Mapping[int | None, int]:
        """How many rows were not bought, by return code; None counts those without one."""
        found: Counter[int | None] = Counter()
        for cause, count in self.causes.items():
            found[cause.code] += count
        return found


@dataclass(slots=True)
class Tally:
    """Counts rows as they pass; `group` names a row's group for Σ charged by group."""

    group: Callable[[ResultRow], str] | None = None
    counts: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    money: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_AMOUNTS, ZERO))
    numbers: Counter[str] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)
    groups: dict[str, Decimal] = field(default_factory=dict)

    def add(self, result: ResultRow) -> None:
        """Count one more row."""
        row = result.row
        status = row.status
        self.counts[status] += 1
        self.numbers["differs"] += bool(row.differs)
        self.numbers["giving_back"] += row.giving_back
        match status:
            case Status.PURCHASED | Status.RELEASED:
                self._charge(result)
            case Status.DOUBT:
                self._sum("at_risk", result.at_risk)
            case _:
                pass
        if status is not Status.PURCHASED and (status is not Status.OWNED or row.differs):
            code = row.code if status in _CODED else None
            self.causes[Cause(status, code, result.cause, result.actor, _general(result))] += 1

    def _charge(self, result: ResultRow) -> None:
        row = result.row
        amount = result.charged_now
        self._sum("confirmed" if result.price_from is PriceFrom.ACCOUNT else "estimated", amount)
        if row.confirmed_by == PRESUMED_BY:
            self.numbers["presumed"] += 1
        if row.status is Status.PURCHASED:
            self._sum("monthly", row.monthly)
        elif amount is not None:
            self.money["released"] += amount
        if self.group is not None and amount is not None:
            name = self.group(result)
            self.groups[name] = self.groups.get(name, ZERO) + amount

    def _sum(self, what: str, amount: Decimal | None) -> None:
        if amount is None:
            self.numbers[what] += 1
        else:
            self.money[what] += amount

    def totals(self) -> RunTotals:
        """What was counted so far."""
        return RunTotals(
            counts=dict(self.counts),
            confirmed=self.money["confirmed"],
            estimated=self.money["estimated"],
            at_risk=self.money["at_risk"],
            monthly=self.money["monthly"],
            unknown_charged=self.numbers["estimated"],
            unknown_at_risk=self.numbers["at_risk"],
            unknown_monthly=self.numbers["monthly"],
            released_charged=self.money["released"],
            presumed=self.numbers["presumed"],
            differs=self.numbers["differs"],
            causes=dict(sorted(self.causes.items(), key=_by_count)),
            groups=dict(sorted(self.groups.items(), key=lambda item: (-item[1], item[0]))),
            giving_back=self.numbers["giving_back"],
        )


_CODED = frozenset({Status.REFUSED, Status.DEFERRED, Status.NOT_SENT, Status.DOUBT})


def _general(result: ResultRow) -> str:
    # What to do, without the number that it names: such rows count together.
    number = result.row.number
    return result.todo.replace(number, "NUMBER") if number and number in result.todo else result.todo


def _by_count(item: tuple[Cause, int]) -> tuple[int, str, int, str]:
    cause, count = item
    return -count, cause.status, cause.code or 0, cause.reason


def tally(results: Iterable[ResultRow]) -> RunTotals:
    """What `results` come to."""
    counted = Tally()
    for one in results:
        counted.add(one)
    return counted.totals()


def run_totals(reader: LedgerReader, run: Run, codes: CodeTable) -> RunTotals:
    """What a run came to, from the ledger in one streamed pass. Raises `LedgerError` where it can't be read."""
    report = reader.report(run)
    judge = Judge(codes, run.name, report.assumed, report.ever_assumed)
    return tally(judge.results(reader.rows(run)))
