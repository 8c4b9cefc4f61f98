"""What a period's charges come to: whole, by run and by group, counted as the rows pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from batch.ledger.records import Run
from batch.money import ZERO
from batch.reconciler.results import ResultRow

_CENT = Decimal("0.01")


@dataclass(slots=True)
class Sums:
    """Money in the account's currency. `setup` and `monthly` the account confirmed, `estimated` holds both of a number.

    `unpriced` counts purchases that nothing prices: they are in no sum. `recurring` is what the numbers bought in the period and
    still held cost a month from now on, `unknown_recurring` counts those whose fee is not known. `returned` counts what was given
    back in the period, whenever it was bought.
    """

    bought: int = 0
    setup: Decimal = ZERO
    monthly: Decimal = ZERO
    estimated: Decimal = ZERO
    unpriced: int = 0
    doubts: int = 0
    at_risk: Decimal = ZERO
    unknown_at_risk: int = 0
    recurring: Decimal = ZERO
    unknown_recurring: int = 0
    returned: int = 0

    @property
    def confirmed(self) -> Decimal:
        """What the account itself reported."""
        return self.setup + self.monthly

    @property
    def charged(self) -> Decimal:
        """All that was paid, as far as it is known."""
        return self.confirmed + self.estimated

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.bought or self.doubts or self.returned)

    def buy(self, result: ResultRow, *, held: bool) -> None:
        """Count a purchase."""
        row = result.row
        self.bought += 1
        if result.confirmed:
            self.setup += row.setup or ZERO
            self.monthly += row.monthly or ZERO
        elif result.charged_now is None:
            self.unpriced += 1
        else:
            self.estimated += result.charged_now
        if held and row.monthly is None:
            self.unknown_recurring += 1
        elif held:
            self.recurring += row.monthly or ZERO

    def doubt(self, result: ResultRow) -> None:
        """Count a number in doubt."""
        self.doubts += 1
        if result.at_risk is None:
            self.unknown_at_risk += 1
        else:
            self.at_risk += result.at_risk


class RunSums(NamedTuple):
    """One run's part of the period."""

    run: Run
    sums: Sums


@dataclass(slots=True)
class Month:
    """A period of an account. `groups` sums what was charged by group, `undated` counts charges of no known day: in no period."""

    whole: Sums = field(default_factory=Sums)
    runs: list[RunSums] = field(default_factory=list)
    groups: dict[str, Sums] = field(default_factory=dict)
    all_runs: int = 0
    undated: int = 0
    charges: int = 0
    charged: Decimal = ZERO
    """Rows of the sheet Charges, and what their amounts come to."""


class BookRate(NamedTuple):
    """A rate at which totals are shown in the books' `currency` too: so much of it for one of the account's, as of `day`."""

    currency: str
    rate: Decimal
    day: date | None

    def converted(self, amount: Decimal) -> Decimal:
        """`amount` at the rate, to the cent; a half goes to the even one."""
        return (amount * self.rate).quantize(_CENT, ROUND_HALF_EVEN)
