"""What each row of the result workbook says: pure, from the ledger's row and the provider's code table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from batch.codes import Actor, CodeTable
from batch.ledger.records import RunRow, Status, Why
from batch.money import ZERO
from batch.order import Column
from batch.plan.quote import channels_of
from batch.reconciler.advice import DIFFERS, GIVING_BACK, PRESUMED, STATUS_ADVICE, WHY_ADVICE, Advice

PRESUMED_BY = "inquiry, presumed"
"""`RunRow.confirmed_by` of a purchase that is presumed to be this run's."""

OUR_FIELDS = frozenset({"Number", "NumberTo", "BlockSize", "Country", "Price", "Prefix", "AnyOf", "Alternative"})
"""What a column of the order sheet may be beside a field of the provider."""


class Charged(StrEnum):
    """Whether money was spent on a row by this run."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class PriceFrom(StrEnum):
    """Where an amount comes from."""

    ACCOUNT = "account"
    """What the account reported for the number: confirmed."""
    ORDER = "order"
    """The order's Price column."""
    CATALOGUE = "catalogue"
    """The provider's price list, as a look-up showed it."""
    ASSUMED = "assumed"
    """The setting `price`."""
    UNKNOWN = "unknown"
    """Nothing tells: the amount is left blank, and counted."""
    NONE = ""
    """There is nothing to price."""


class ResultRow(NamedTuple):
    """A row of the results: the ledger's row and what it means.

    A tuple, for one is made for every row. `charged_now` is what this run spent on it and `at_risk` what it may have
    spent, both in the account's currency; None where that is not known. `cause` groups equal rows for By code.
    """

    row: RunRow
    reason: str
    todo: str
    actor: Actor
    charged: Charged
    charged_now: Decimal | None
    at_risk: Decimal | None
    price_from: PriceFrom
    routing: str

    @property
    def cause(self) -> str:
        """The reason without what is particular to the row, for counting."""
        row = self.row
        if row.status in _PARTICULAR:
            return STATUS_ADVICE[row.status].reason
        return self.reason.removesuffix(instead_of(row)).removesuffix("; ") if row.instead_of else self.reason

    @property
    def confirmed(self) -> bool:
        """Whether the account itself reported the amount."""
        return self.price_from is PriceFrom.ACCOUNT


_PARTICULAR = frozenset({Status.INVALID, Status.DUPLICATE, Status.DOUBT, Status.RELEASED})
"""Statuses whose reasons differ from row to row."""

FAILED = frozenset({Status.REFUSED, Status.DEFERRED, Status.DOUBT, Status.NOT_SENT})
"""Statuses that stand on the sheet Failures, to be ordered again."""

_CHARGED = frozenset({Status.PURCHASED, Status.RELEASED})

_NOT_TAKEN = frozenset({Status.NOT_SENT, Status.DEFERRED})
"""Statuses of an alternative whose turn had come, and that is not ours."""


@dataclass(frozen=True)
class Judge:
    """Says what rows mean. `run` is the run's short name, `assumed` the price where nothing else tells.

    `ever_assumed` are the prices that any invocation assumed: another worst case than these was quoted by a look-up.
    """

    codes: CodeTable
    run: str
    assumed: Decimal | None = None
    ever_assumed: frozenset[Decimal] = frozenset()
    _known: dict[tuple[Status, Why | None, int | None], Advice] = field(default_factory=dict, repr=False)

    def results(self, rows: Iterable[RunRow]) -> Iterator[ResultRow]:
        """What each of `rows` says, streamed."""
        return map(self.result, rows)

    def result(self, row: RunRow) -> ResultRow:
        """What `row` says."""
        advice = self._advice(row)
        status = row.status
        todo = advice.todo
        if "{" in todo:
            todo = todo.replace("{run}", self.run).replace("{number}", row.number)
        charged_now: Decimal | None = ZERO
        at_risk: Decimal | None = ZERO
        price_from = PriceFrom.NONE
        charged = Charged.NO
        if status in _CHARGED:
            charged = Charged.YES
            charged_now, price_from = self.price(row)
        elif status is Status.DOUBT:
            charged = Charged.UNKNOWN
            at_risk, price_from = self._estimate(row)
        routing = f"differs: {', '.join(row.differs)}" if row.differs else ""
        return ResultRow(
            row, _reason(row, advice), todo, advice.actor, charged, charged_now, at_risk, price_from, routing
        )

    def _advice(self, row: RunRow) -> Advice:
        if row.differs and row.status is Status.OWNED:
            return DIFFERS
        if row.giving_back:
            return GIVING_BACK
        key = (row.status, row.why, row.code)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._look_up(*key)
        return known

    def _look_up(self, status: Status, why: Why | None, code: int | None) -> Advice:
        advice = STATUS_ADVICE[status] if why is None else WHY_ADVICE[why]
        explains = status in {Status.REFUSED, Status.DEFERRED} or why is Why.ACCOUNT
        entry = self.codes.get(code) if explains and code is not None else None
        return Advice(entry.meaning, entry.actor, entry.todo) if entry else advice

    def price(self, row: RunRow) -> tuple[Decimal | None, PriceFrom]:
        """What a bought number was charged, as far as anything tells, and what tells it."""
        if row.setup is not None and row.monthly is not None:
            return row.setup + row.monthly, PriceFrom.ACCOUNT
        worst, price_from = self._estimate(row)
        if worst is not None and price_from is PriceFrom.CATALOGUE:
            # What was listed: a quote is reserved for each channel, since nothing says that it is charged once.
            return worst / channels_of(row.fields), price_from
        return worst, price_from

    def _estimate(self, row: RunRow) -> tuple[Decimal | None, PriceFrom]:
        if row.price is not None:
            return row.price, PriceFrom.ORDER
        if row.worst is not None and row.worst not in self.ever_assumed:
            return row.worst, PriceFrom.CATALOGUE
        if self.assumed is not None:
            return self.assumed, PriceFrom.ASSUMED
        return None, PriceFrom.UNKNOWN


def _reason(row: RunRow, advice: Advice) -> str:
    reason = _own_reason(row, advice)
    return f"{reason}; {instead_of(row)}" if reason and row.instead_of else reason or instead_of(row)


def instead_of(row: RunRow) -> str:
    """What was tried for the row before its number, in words; empty where its number is its own."""
    if not row.instead_of:
        return ""
    tried = [number if code is None else f"{number} ({code})" for number, code in row.instead_of]
    if row.status is Status.REFUSED:
        return f"tried before it: {', '.join(tried)}"
    taken = "in place of" if row.status in _NOT_TAKEN else "taken in place of"
    was = "which was gone" if len(tried) == 1 else "which were gone"
    codes = sorted({str(code) for _, code in row.instead_of if code is not None})
    numbers = ", ".join(number for number, _ in row.instead_of)
    return f"{taken} {numbers}, {was}" + (f" ({', '.join(codes)})" if codes else "")


def _own_reason(row: RunRow, advice: Advice) -> str:
    # The table's words first, then what is particular to the row.
    status = row.status
    if status is Status.PURCHASED:
        if row.giving_back:
            return advice.reason
        return PRESUMED if row.confirmed_by == PRESUMED_BY else ""
    if status is Status.OWNED:
        return f"Bought by run {row.bought_in}" if row.bought_in and not row.differs else advice.reason
    if status is Status.RELEASED:
        return f"{advice.reason} on {row.released_at:%Y-%m-%d}" if row.released_at else advice.reason
    if status in {Status.INVALID, Status.DUPLICATE}:
        return row.reason or advice.reason
    if status is Status.DOUBT and row.reason:
        return f"{advice.reason} ({row.reason})"
    return advice.reason


def own_columns(columns: Sequence[Column]) -> list[tuple[int, Column]]:
    """The user's own columns among those of the order sheet, with their positions."""
    return [(index, column) for index, column in enumerate(columns) if column.field is None]
