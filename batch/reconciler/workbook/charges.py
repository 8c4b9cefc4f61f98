"""Charges: a row for each charge, the grain of an invoice.

An amount that the account reported is two charges, set-up and the first month; one of zero is no charge and no row. An
estimate is one amount for both: it stands as one `setup` row marked `estimated`, and becomes two when the account's
prices are read. A purchase whose price nothing tells has such a row too, its amount blank, for it will be on the invoice.
A charge's number is made of the run, the row and which of the two it is: written again, it keeps it.
"""

from __future__ import annotations

from datetime import date, tzinfo
from decimal import Decimal

from batch.money import ZERO
from batch.order import Cell
from batch.reconciler.results import Charged, ResultRow
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.long import Frame
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet


class ChargesSheet:
    """Charges being written. `total` is the sum of the amounts, in the account's currency."""

    def __init__(
        self, context: Context, styles: CellStyles, deflater: Deflater, sheet: type[LongSheet] = LongSheet
    ) -> None:
        columns = (
            LongColumn("Charge no", Kind.UNIQUE, 16),
            LongColumn("Posting date (local)", Kind.DAY, 20),
            LongColumn("Number", Kind.UNIQUE, 16),
            LongColumn("Charge", width=10),
            LongColumn("Amount", Kind.MONEY, 13),
            LongColumn("Currency", width=10),
            LongColumn("Confirmed", width=12),
            LongColumn("Account"),
            LongColumn(context.group_header, Kind.ANY),
            LongColumn("Run", width=8),
            LongColumn("Source row", Kind.INTEGER, 12),
        )
        self.rows = sheet("Charges", columns, styles, deflater)
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
        row = result.row
        posted = self._posted(result)
        if not result.confirmed:
            self._write(result, posted, 1, "setup", result.charged_now, "estimated")
            return
        for number, charge, amount in ((1, "setup", row.setup), (2, "monthly", row.monthly)):
            if amount:
                self._write(result, posted, number, charge, amount, "confirmed")

    def _write(
        self, result: ResultRow, posted: date | None, number: int, charge: str, amount: Decimal | None, confirmed: str
    ) -> None:
        row = result.row
        values: tuple[Cell, ...] = (
            f"{self._run}-{row.position + 1}-{number}",
            posted,
            row.number,
            charge,
            amount,
            self._currency,
            confirmed,
            self._account,
            None if self._group is None else row.cells[self._group],
            self._run,
            row.source.row,
        )
        if amount is not None:
            self.total += amount
        self.rows.add(values)

    def _posted(self, result: ResultRow) -> date | None:
        # The provider charges when it sells: when it was asked, not when its answer was understood.
        moment = result.row.requested_at or result.row.confirmed_at
        return None if moment is None else moment.astimezone(self._zone).date()

    def frame(self) -> Frame:
        """How the sheet is shown: frozen after Number, printed whole."""
        return Frame(3, len(self.rows.columns) - 1, 0, {})
