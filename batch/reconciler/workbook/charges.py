"""Charges: a row for each charge, the grain of an invoice.

An amount that the account reported is two charges, set-up and the first month; one of zero is no charge and no row. An
estimate is one amount for both: it stands as one `setup` row marked `estimated`, and becomes two when the account's
prices are read. A purchase whose price nothing tells has such a row too, its amount blank, for it will be on the invoice.
A charge's number is made of the run, the row and which of the two it is: written again, it keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, tzinfo
from decimal import Decimal
from typing import NamedTuple

from batch.money import ZERO
from batch.order import Cell
from batch.reconciler.results import Charged, ResultRow
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.long import Frame
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet


def charge_columns(group_header: str) -> tuple[LongColumn, ...]:
    """The sheet's columns, in the contract's order; charges are summed by what stands under `group_header`."""
    return (
        LongColumn("Charge no", Kind.UNIQUE, 16),
        LongColumn("Posting date (local)", Kind.DAY, 20),
        LongColumn("Number", Kind.UNIQUE, 16),
        LongColumn("Charge", width=10),
        LongColumn("Amount", Kind.MONEY, 13),
        LongColumn("Currency", width=10),
        LongColumn("Confirmed", width=12),
        LongColumn("Account"),
        LongColumn(group_header, Kind.ANY),
        LongColumn("Run", width=8),
        LongColumn("Source row", Kind.INTEGER, 12),
    )


def posting_day(result: ResultRow, zone: tzinfo) -> date | None:
    """The day on which the provider charged, in `zone`: when it was asked, not when its answer was understood."""
    moment = result.row.requested_at or result.row.confirmed_at
    return None if moment is None else moment.astimezone(zone).date()


class Part(NamedTuple):
    """One charge of a row: `number` tells it from the row's other one."""

    number: int
    charge: str
    amount: Decimal | None
    confirmed: str


def charges_of(result: ResultRow) -> Iterator[Part]:
    """The charges of a row that was charged."""
    row = result.row
    if not result.confirmed:
        yield Part(1, "setup", result.charged_now, "estimated")
        return
    for number, charge, amount in ((1, "setup", row.setup), (2, "monthly", row.monthly)):
        if amount:
            yield Part(number, charge, amount, "confirmed")


class ChargesSheet:
    """Charges being written. `total` is the sum of the amounts, in the account's currency."""

    def __init__(
        self, context: Context, styles: CellStyles, deflater: Deflater, sheet: type[LongSheet] = LongSheet
    ) -> None:
        self.rows = sheet("Charges", charge_columns(context.group_header), styles, deflater)
        self.total = ZERO
        self._zone: tzinfo = context.options.timezone
        self._currency = context.options.currency
        self._account = context.account
        self._group = context.group
        self._run = context.report.run.name

    def add(self, result: ResultRow) -> None:
        """Write the row's charges, if it has any."""
        if result.charged is not Charged.YES:
            return
        row, posted = result.row, posting_day(result, self._zone)
        for part in charges_of(result):
            values: tuple[Cell, ...] = (
                f"{self._run}-{row.position + 1}-{part.number}",
                posted,
                row.number,
                part.charge,
                part.amount,
                self._currency,
                part.confirmed,
                self._account,
                None if self._group is None else row.cells[self._group],
                self._run,
                row.source.row,
            )
            if part.amount is not None:
                self.total += part.amount
            self.rows.add(values)

    def frame(self) -> Frame:
        """How the sheet is shown: frozen after Number, printed whole."""
        return Frame(3, len(self.rows.columns) - 1, 0, {})
