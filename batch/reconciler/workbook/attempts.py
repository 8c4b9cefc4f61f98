"""Attempts: a row for each request that the run sent, in their order; the evidence behind Results."""

from __future__ import annotations

from batch.ledger.attempts import Attempt
from batch.reconciler.attempts import HEADERS, AttemptValues
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.long import Frame
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet

_LOOKS = {
    "Request": (Kind.INTEGER, 10),
    "Sent at (UTC)": (Kind.MOMENT, 20),
    "Answered at (UTC)": (Kind.MOMENT, 20),
    "Number": (Kind.UNIQUE, 16),
    "Kind": (Kind.TEXT, 9),
    "Attempt": (Kind.INTEGER, 10),
    "Outcome": (Kind.TEXT, 14),
    "Return code": (Kind.INTEGER, 15),
    "Reason": (Kind.TEXT, 56),
    "Seconds": (Kind.INTEGER, 10),
    "Invocation": (Kind.INTEGER, 12),
    "Run": (Kind.TEXT, 8),
}


class AttemptsSheet:
    """Attempts being written."""

    def __init__(
        self, context: Context, styles: CellStyles, deflater: Deflater, sheet: type[LongSheet] = LongSheet
    ) -> None:
        columns = [LongColumn(header, *_LOOKS.get(header, (Kind.TEXT, None))) for header in HEADERS]
        self.rows = sheet("Attempts", columns, styles, deflater)
        self._values = AttemptValues(context.report)
        self._shown = context.options.attempts or str

    def add(self, attempt: Attempt) -> None:
        """Write one more request."""
        values = self._values(attempt)
        self.rows.add([self._shown(value) if isinstance(value, str) else value for value in values])

    def frame(self) -> Frame:
        """How the sheet is shown: frozen after Number, printed up to Reason."""
        return Frame(4, HEADERS.index("Reason"), 0, {})
