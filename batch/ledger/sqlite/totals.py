"""A run's money as its bounds see it: kept up to date in memory by the writer, counted from scratch when a run begins."""

from __future__ import annotations

from decimal import Decimal

import apsw

from batch.ledger.records import Totals
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import maybe_money
from batch.money import ZERO


def charge(worst: Decimal | None, setup: Decimal | None, monthly: Decimal | None) -> Decimal:
    """What a bought number counts as spent: the account's price once read back, else the worst that it could be."""
    if setup is None:
        return worst or ZERO
    return setup + (monthly or ZERO)


class RunTotals:
    """What one run has bought, and which of its rows could yet turn out to be charged (position to worst case)."""

    def __init__(self) -> None:
        self.bought = 0
        self.spent = ZERO
        self.reserved = ZERO
        self.exposed: dict[int, Decimal | None] = {}

    @classmethod
    def count(cls, connection: apsw.Connection, run_id: int, name: str) -> RunTotals:
        """From what is stored."""
        totals = cls()
        for count, worst, setup, monthly in connection.execute(sql.CHARGES, (run_id,)):
            totals.bought += count
            totals.spent += count * charge(maybe_money(worst), maybe_money(setup), maybe_money(monthly))
        for position, worst, _ in connection.execute(sql.EXPOSED, (run_id, name)):
            totals.expose(position, maybe_money(worst))
        return totals

    def as_record(self) -> Totals:
        """For callers."""
        return Totals(bought=self.bought, open=len(self.exposed), spent=self.spent, reserved=self.reserved)

    def expose(self, position: int, worst: Decimal | None) -> None:
        """An intent is on disk: the row counts its worst case, once."""
        self.settle(position)
        self.exposed[position] = worst
        self.reserved += worst or ZERO

    def settle(self, position: int) -> None:
        """The row can't turn out to be charged any more, beside what is recorded as bought."""
        self.reserved -= self.exposed.pop(position, None) or ZERO

    def buy(self, position: int, amount: Decimal) -> None:
        """The row was bought: spent, and reserved no longer."""
        self.settle(position)
        self.bought += 1
        self.spent += amount
