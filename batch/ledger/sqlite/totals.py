"""A run's money as its bounds see it: kept up to date in memory by the writer, counted from scratch when a run begins."""

from __future__ import annotations

from decimal import Decimal

import apsw

from batch.ledger.records import Totals
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import maybe_money
from batch.ledger.sqlite.tables import attempt_row, outcome_row
from batch.ledger.statuses import Verdict
from batch.money import ZERO

_CHARGED = frozenset({Verdict.PURCHASED, Verdict.RELEASED})


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
        """From what is stored: every row is read, and its seal checked, for no bound may hang on a changed one."""
        totals = cls()
        bought = set[int]()
        for one in map(outcome_row, connection.execute(sql.OUTCOMES_OF_RUN, (run_id,))):
            if one.verdict in _CHARGED:
                bought.add(one.position)
                totals.bought += 1
                totals.spent += charge(maybe_money(one.worst), maybe_money(one.setup), maybe_money(one.monthly))
        for attempt in map(attempt_row, connection.execute(sql.ATTEMPTS_OF_RUN, (name,))):
            if attempt.kind == "buy" and not attempt.settled and attempt.position not in bought:
                totals.expose(attempt.position, maybe_money(attempt.worst))
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
