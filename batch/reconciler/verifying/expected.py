"""What the ledger says that a result workbook must hold: the same sheets that `report` writes, as values."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache

from typing_extensions import override

from batch.codes import CodeTable
from batch.ledger.attempts import Attempt
from batch.ledger.records import RunReport, RunRow
from batch.loader.book import Book, BookSheet, read_book_file
from batch.loader.cells import Read
from batch.order import Cell
from batch.reconciler.report import Sheets, make_context
from batch.reconciler.workbook import engine
from batch.reconciler.workbook.by_code import write_by_code
from batch.reconciler.workbook.cells import EXACT, escape_text, fit_text, is_plain, number_text, plain_text, serial
from batch.reconciler.workbook.context import Context, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.stream import MAX_ROWS, CellStyles, Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import Styles
from batch.reconciler.workbook.summary import write_summary

SHEETS = ("Summary", "Results", "Failures", "By code", "Charges", "Attempts")
"""The contract's sheets, in its order."""

_STYLES = CellStyles(0, 0, 0, 0, 0, 0, 0, 0, 0)
_KEPT_AS_ESCAPES = dict.fromkeys([*range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
"""Characters that no XML can hold: readers show their escapes."""


class KeptSheet(LongSheet):
    """A long sheet of which the values are kept, as a reader of the file would find them, and nothing is written."""

    def __init__(
        self,
        name: str,
        columns: Sequence[LongColumn],
        styles: CellStyles,
        deflater: Deflater,
        *,
        max_rows: int = MAX_ROWS,
    ) -> None:
        super().__init__(name, columns, styles, deflater, max_rows=max_rows)
        self._kept: list[list[Read]] = [[] for _ in columns]
        self._amounts = [column.kind is Kind.MONEY for column in columns]
        self._count = 0

    @override
    def add(self, values: Sequence[Cell], height: float | None = None) -> None:
        """See `LongSheet.add`."""
        self._count += 1
        for made, amount, value in zip(self._kept, self._amounts, values, strict=False):
            kind = type(value)  # the commonest first: a call for each cell costs as much as all the rest
            if kind is str and is_plain(value):  # type: ignore[arg-type]
                made.append(value)  # type: ignore[arg-type]
            elif value is None:
                made.append("")
            elif kind is int and -EXACT < value < EXACT:  # type: ignore[operator]
                made.append(value)  # type: ignore[arg-type]
            elif kind is Decimal and amount:
                made.append(_amount(value))
            else:
                made.append(found(value, amount=amount))

    @override
    def add_column(self, column: LongColumn) -> None:
        """See `LongSheet.add_column`."""
        super().add_column(column)
        self._kept.append([""] * self._count)
        self._amounts.append(column.kind is Kind.MONEY)

    @property
    @override
    def rows(self) -> int:
        """See `LongSheet.rows`."""
        return self._count

    def as_sheet(self) -> BookSheet:
        """The sheet as if it were read."""
        headers: list[Read] = [found(column.header) for column in self.columns]
        columns = [[header, *values] for header, values in zip(headers, self._kept, strict=True)]
        return BookSheet(self.name, visible=True, columns=columns, height=self.rows + 1)


def found(value: Cell, *, amount: bool = False) -> Read:
    """What a reader finds where the workbook was given `value`; `amount`: in a column of money."""
    if isinstance(value, str):
        if is_plain(value):
            return value
        return "".join(escape_text(char) if ord(char) in _KEPT_AS_ESCAPES else char for char in fit_text(value))
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and amount and value.is_finite():
        return _number(format(value, "f"))
    if isinstance(value, int | float | Decimal):
        digits = number_text(value)
        return plain_text(value) if digits is None else _number(digits)
    if serial(value) is None:
        return plain_text(value)
    return _moment(value)


@lru_cache(maxsize=4096)
def _amount(value: Decimal) -> Read:
    return found(value, amount=True)


def _number(digits: str) -> Read:
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _moment(value: datetime | date | time) -> Read:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value.replace(tzinfo=None) if isinstance(value, time) else value


@dataclass(frozen=True)
class Expected:
    """A run's workbook as the ledger has it now: the sheets by name in their order, and the context that they were made in."""

    context: Context
    sheets: dict[str, BookSheet]


def expected(
    report: RunReport,
    rows: Iterable[RunRow],
    attempts: Iterable[Attempt],
    codes: CodeTable,
    options: ReportOptions,
) -> Expected:
    """What `report` would write now. Raises as `write_report` does, but for a target that can't be written."""
    context = make_context(report, options)
    with Deflater() as deflater:
        made = Sheets(context, _STYLES, deflater, KeptSheet)
        made.add_all(rows, codes)
        if options.attempts is not None:
            made.add_attempts(attempts)
        made.finish()
    sheets = {one.name: one for one in _pages(context, made)}
    long = [one.rows for one in (made.results, made.failures, made.charges)]
    for kept in [*long, *([made.attempts.rows] if options.attempts is not None else [])]:
        assert isinstance(kept, KeptSheet)  # noqa: S101 - handed in above
        sheets[kept.name] = kept.as_sheet()
    return Expected(context, {name: sheets[name] for name in SHEETS if name in sheets})


def _pages(context: Context, made: Sheets) -> Sequence[BookSheet]:
    """The designed sheets, written and read again: what they show is the writer's business."""
    book = engine.Book(context.options.brand.font, context.made, {}, {})
    styles = Styles(book, context.options.brand)
    write_summary(book, styles, context, made.totals, made.ties)
    for one in (made.results, made.failures, made.charges):
        book.sheet(one.rows.name)  # what a picture refers to must be there
    write_by_code(book, styles, context, made.totals)
    with tempfile.TemporaryFile() as file:
        file.write(book.close().getbuffer())
        file.flush()
        file.seek(0)
        read: Book = read_book_file(file, "what the ledger says")
    return [one for one in read.sheets if one.name in {"Summary", "By code"}]
