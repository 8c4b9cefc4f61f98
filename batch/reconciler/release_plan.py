"""What giving a run back would do: which numbers, what they cost and save, and what can't be given back and why. From the ledger alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import ceil

from batch.ledger.records import RunRow, Status
from batch.money import ZERO
from batch.number import Number
from batch.reconciler.results import PRESUMED_BY, Judge

_REQUESTS = Decimal("2.1")
"""Requests a number: asked about, given back, and now and then a number to check the answers by."""


@dataclass(slots=True)
class ReleasePlan:
    """`numbers` can be given back, `under_way` among them are those of which an earlier release had no answer.

    `charged` is what they cost, as far as it is known; `unknown_price` counts the others. `monthly` is what they cost a month from
    now on, where the account told it; `unknown_monthly` counts the others. `released` were given back before. `kept` counts what
    can't be given back, by reason; `strangers` are numbers that were named and that the run does not order.
    """

    numbers: int = 0
    under_way: int = 0
    charged: Decimal = ZERO
    unknown_price: int = 0
    monthly: Decimal = ZERO
    unknown_monthly: int = 0
    released: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    strangers: Collection[Number] = ()

    def duration(self, rate: Decimal) -> timedelta:
        """How long it takes at `rate` requests a second, at least."""
        return timedelta(seconds=ceil(self.numbers * _REQUESTS / rate))

    @property
    def kept_numbers(self) -> int:
        """How many can't be given back."""
        return sum(self.kept.values())


_NOT_BOUGHT: Mapping[Status, str] = {
    Status.OWNED: "not bought by this run",
    Status.REFUSED: "refused, and so never bought",
    Status.DEFERRED: "refused, and so never bought",
    Status.NOT_SENT: "not sent, and so never bought",
}


def plan_release(rows: Iterable[RunRow], judge: Judge, only: Collection[Number] | None = None) -> ReleasePlan:
    """What giving back the run of `rows` would do; of `only` these numbers, where it is given.

    `judge` says what each of them cost, as it does in the results.
    """
    plan = ReleasePlan()
    seen: set[str] = set()
    for row in rows:
        if row.status in {Status.INVALID, Status.DUPLICATE} or (only is not None and row.number not in only):
            continue
        seen.add(row.number)
        match row.status:
            case Status.PURCHASED if row.confirmed_by == PRESUMED_BY:
                plan.kept[
                    "only presumed to be this run's purchase: give it back in the provider's panel, if it is"
                ] += 1
            case Status.PURCHASED:
                _count(plan, row, judge)
            case Status.RELEASED:
                plan.released += 1
            case Status.DOUBT:
                plan.kept["in doubt: `numbatch resolve` finds out first"] += 1
            case status if only is not None:
                bought_in = f", but by run {row.bought_in}" if row.bought_in else ""
                plan.kept[_NOT_BOUGHT[status] + bought_in] += 1
            case _:
                pass
    plan.strangers = () if only is None else [one for one in only if one not in seen]
    return plan


def _count(plan: ReleasePlan, row: RunRow, judge: Judge) -> None:
    plan.numbers += 1
    plan.under_way += row.giving_back
    charged, _ = judge.price(row)
    if charged is None:
        plan.unknown_price += 1
    else:
        plan.charged += charged
    if row.monthly is None:
        plan.unknown_monthly += 1
    else:
        plan.monthly += row.monthly
