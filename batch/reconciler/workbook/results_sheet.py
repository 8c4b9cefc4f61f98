"""Results: a row for each number, in the order of the source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batch.order import Cell
from batch.reconciler.results import ResultRow
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.long import REASON, TODO, Frame, height_of
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import Styles

RESULT_COLUMNS = (
    LongColumn("Source row", Kind.INTEGER, 9),
    LongColumn("Number", Kind.UNIQUE, 16),
    LongColumn("Status", width=13),
    LongColumn("Return code", Kind.INTEGER, 15),
    REASON,
    TODO,
    LongColumn("Charged", width=10),
    LongColumn("Charged now", Kind.MONEY, 13),
    LongColumn("At risk", Kind.MONEY, 10),
    LongColumn("Currency", width=10),
    LongColumn("Setup fee", Kind.MONEY, 11),
    LongColumn("Monthly fee", Kind.MONEY, 12),
    LongColumn("Price from", width=12),
    LongColumn("Routing"),
    LongColumn("Bought in", width=11),
    LongColumn("Attempts", Kind.INTEGER, 10),
    LongColumn("Requested at (UTC)", Kind.MOMENT, 20),
    LongColumn("Confirmed at (UTC)", Kind.MOMENT, 20),
    LongColumn("Confirmed by"),
    LongColumn("Environment", width=13),
    LongColumn("Account"),
    LongColumn("Country", width=9),
)
"""Ours, in the contract's order; those of the order sheet follow."""

_PRINTED_AFTER_STATUS = 7
_SOURCE_COLUMNS = (LongColumn("Source file"), LongColumn("Source sheet"))
_OURS = frozenset(column.header.casefold() for column in (*_SOURCE_COLUMNS, *RESULT_COLUMNS))


def order_headers(headers: Sequence[str]) -> Iterator[str]:
    """How the columns of the order sheet are called here: told apart where a name is one of ours."""
    taken = {header.strip().casefold() for header in headers}
    for header in headers:
        told_apart = f"{header} (order)"
        if told_apart.casefold() in taken:
            told_apart = f"{header} (order 2)"  # the sheet has that name too, as one does that was made of results
        yield told_apart if header.strip().casefold() in _OURS else header


class ResultsSheet:
    """Results being written."""

    def __init__(
        self, context: Context, styles: CellStyles, deflater: Deflater, sheet: type[LongSheet] = LongSheet
    ) -> None:
        report = context.report
        self._files = context.file_names if len(report.run.files) > 1 else ()
        ours = (*_SOURCE_COLUMNS, *RESULT_COLUMNS) if self._files else RESULT_COLUMNS
        theirs = (LongColumn(header, Kind.ANY) for header in order_headers([c.header for c in report.run.columns]))
        self.rows = sheet("Results", (*ours, *theirs), styles, deflater)
        self._currency = context.options.currency
        self._environment = report.key.environment.value
        self._account = context.account

    def add(self, result: ResultRow) -> None:
        """Write one more row."""
        row = result.row
        values: tuple[Cell, ...] = (
            row.source.row,
            row.number,
            row.status.value,
            row.code,
            result.reason,
            result.todo,
            result.charged.value,
            result.charged_now,
            result.at_risk,
            self._currency,
            row.setup,
            row.monthly,
            result.price_from.value,
            result.routing,
            row.bought_in,
            row.attempts,
            row.requested_at,
            row.confirmed_at if row.confirmed_by else None,
            row.confirmed_by,
            self._environment,
            self._account,
            row.country,
            *row.cells,
        )
        if self._files:
            values = (self._files[row.source.file], row.source.sheet, *values)
        self.rows.add(values, height_of(result.reason, result.todo) if result.todo or result.reason else None)

    def frame(self, styles: Styles) -> Frame:
        """How the sheet is shown: frozen after Status, printed until Currency."""
        status = next(index for index, column in enumerate(self.rows.columns) if column.header == "Status")
        return Frame(status + 1, _PRINTED_AFTER_STATUS + status, status, styles.status_rules())
