"""Failures: what was refused, deferred, in doubt or not sent, as an order sheet that buys just those when it is run.

Number carries its plus here, for without it a number could be read as a national one under `--default-country`. Routing
stands as it was resolved, its opening braces doubled so that nothing is filled in again; blocks are numbers of their own by now.

Fields stand under their own names, left of Price or behind our notes. There the loader takes them for just that, whatever settings
make of columns that users have named so; those stand between, and are told apart as `NAME (order)` where there is such a field.
"""

from __future__ import annotations

import re
from dataclasses import replace

from batch.order import Cell
from batch.reconciler.results import FAILED, OUR_FIELDS, ResultRow, own_columns
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.long import REASON, TODO, Frame, height_of
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import Styles

NOTES = (
    LongColumn("numbatch: Status", width=18),
    LongColumn("numbatch: Return code", Kind.INTEGER, 22),
    replace(REASON, header="numbatch: Reason"),
    replace(TODO, header="numbatch: What to do"),
    LongColumn("numbatch: Source row", Kind.INTEGER, 21),
    LongColumn("numbatch: Run", width=16),
)
"""Ours, which the loader leaves alone."""


class FailuresSheet:
    """Failures being written. Columns: Number, routing by the provider's names, Price, Alternative, the user's, then ours."""

    def __init__(
        self, context: Context, styles: CellStyles, deflater: Deflater, sheet: type[LongSheet] = LongSheet
    ) -> None:
        run = context.report.run
        self._run = run.name
        self._files = context.file_names if len(run.files) > 1 else ()
        self._styles = styles
        self._deflater = deflater
        self._make = sheet
        self._own = own_columns(run.columns)
        self._fields = [
            column.field for column in run.columns if column.field is not None and column.field not in OUR_FIELDS
        ]
        self._alternative = next((n for n, column in enumerate(run.columns) if column.field == "Alternative"), None)
        self._late: list[str] = []
        self._sheet: LongSheet | None = None

    def add(self, result: ResultRow) -> None:
        """Write the row, if it failed."""
        row = result.row
        if row.status not in FAILED:
            return
        sheet = self._started(list(row.fields))
        for name in row.fields:
            if name not in self._fields and name not in self._late:
                self._late.append(name)
                sheet.add_column(LongColumn(name))
        source = f"{self._files[row.source.file]}, {row.source.sheet}: " if self._files else ""
        others = None if self._alternative is None else row.cells[self._alternative]
        values: tuple[Cell, ...] = (
            f"+{row.number}",
            *(_doubled(row.fields.get(name, "")) for name in self._fields),
            row.price,
            *([] if self._alternative is None else [others]),
            *(row.cells[index] for index, _ in self._own),
            row.status.value,
            row.code,
            result.reason,
            result.todo,
            f"{source}{row.source.row}" if source else row.source.row,
            self._run,
            *(_doubled(row.fields.get(name, "")) for name in self._late),
        )
        sheet.add(values, height_of(result.reason, result.todo))

    @property
    def rows(self) -> LongSheet:
        """What was written."""
        return self._started([])

    def _started(self, fields: list[str]) -> LongSheet:
        # Fields that only defaults fill have no column in the order sheet, but stand in every row: the first one tells.
        if self._sheet is None:
            self._fields += [name for name in fields if name not in self._fields]
            taken = {_squeezed(name) for name in (*self._fields, *OUR_FIELDS)}
            own = (f"{c.header} (order)" if _squeezed(c.header) in taken else c.header for _, c in self._own)
            columns = (
                LongColumn("Number", Kind.UNIQUE, 16),
                *(LongColumn(name) for name in self._fields),
                LongColumn("Price", Kind.MONEY),
                *([] if self._alternative is None else [LongColumn("Alternative")]),
                *(LongColumn(header, Kind.ANY) for header in own),
                *NOTES,
            )
            self._sheet = self._make("Failures", columns, self._styles, self._deflater)
        return self._sheet

    def frame(self, styles: Styles) -> Frame:
        """How the sheet is shown: frozen after Number, printed whole."""
        columns = self.rows.columns
        status = next(index for index, column in enumerate(columns) if column.header == NOTES[0].header)
        return Frame(1, len(columns) - 1, status, styles.status_rules())


def _squeezed(header: str) -> str:
    """A header without what makes no difference to the loader."""
    return re.sub(r"[\s_-]", "", header).casefold()


def _doubled(value: str) -> str:
    return value.replace("{", "{{")  # a closing brace is itself
