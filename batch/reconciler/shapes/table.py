"""Results as a CSV: the columns and rows of the workbook's sheet, streamed, so that memory does not grow with them.

A CSV says nothing of types, so each reader gets its own: programs plain RFC 4180 in UTF-8; Excel also the mark by which it knows
UTF-8, dates as it reads them and, in German, semicolons and decimal commas. In none of them is a cell a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from typing_extensions import override

from batch.codes import CodeTable
from batch.files import replacing
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run
from batch.order import Cell
from batch.reconciler.report import make_context
from batch.reconciler.results import Judge
from batch.reconciler.workbook.cells import plain_text
from batch.reconciler.workbook.context import ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.results_sheet import ResultsSheet
from batch.reconciler.workbook.stream import CellStyles, LongColumn, LongSheet

CsvFor = Literal["programs", "excel-en", "excel-de"]
"""Who reads a CSV."""

_UNWRITABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_FIGURE = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_STYLES: Final = CellStyles(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written: what stands between them, the decimal mark, and whether Excel is to read them."""

    delimiter: str = ","
    decimal: str = "."
    excel: bool = False

    def text(self, value: Cell) -> str:
        """A cell: figures digit for digit, moments in UTC (ISO 8601), text that is never a formula."""
        if value is None:
            return ""
        if isinstance(value, str):
            return harmless(value)
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, datetime):
            return self._moment(value)
        shown = plain_text(value)
        return shown.replace(".", self.decimal) if isinstance(value, float | Decimal) else shown

    def _moment(self, value: datetime) -> str:
        if self.excel:  # which takes neither a T nor a zone for a date
            moment = value if value.tzinfo is None else value.astimezone(UTC)
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        if value.tzinfo is None:
            return value.isoformat()
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


DIALECTS: Final[dict[CsvFor, Dialect]] = {
    "programs": Dialect(),
    "excel-en": Dialect(excel=True),
    "excel-de": Dialect(";", ",", excel=True),
}


def harmless(text: str) -> str:
    """`text` so that a spreadsheet takes it for text: what could begin a formula is quoted as one that is just this text."""
    kept = _UNWRITABLE.sub("\ufffd", text)
    if kept.startswith(_FORMULA) and not _FIGURE.fullmatch(kept):
        return '="' + kept.replace('"', '""') + '"'
    return kept


class _Lines(LongSheet):
    """A long sheet of which nothing is written: each row is there to be taken."""

    def __init__(
        self, name: str, columns: Sequence[LongColumn], styles: CellStyles, deflater: Deflater, *, max_rows: int = 2
    ) -> None:
        super().__init__(name, columns, styles, deflater, max_rows=max_rows)
        self.latest: Sequence[Cell] = ()

    @override
    def add(self, values: Sequence[Cell], height: float | None = None) -> None:
        """See `LongSheet.add`."""
        self.latest = values


def write_csv(
    path: Path, reader: LedgerReader, run: Run, codes: CodeTable, options: ReportOptions, made_for: CsvFor = "programs"
) -> None:
    """Write the rows of Results to `path`, whole or not at all, readable by its owner alone.

    Raises LedgerError where the ledger can't be read, and OSError where the file can't be written: the old one is intact then.
    """
    dialect = DIALECTS[made_for]
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig" if dialect.excel else "utf-8", newline="")
        csv.writer(text, delimiter=dialect.delimiter).writerows(
            [dialect.text(value) for value in row] for row in _rows(reader, run, codes, options)
        )
        text.flush()
        text.detach()  # or it would close the file when it goes


def _rows(reader: LedgerReader, run: Run, codes: CodeTable, options: ReportOptions) -> Iterator[Sequence[Cell]]:
    report = reader.report(run)
    with Deflater() as deflater:
        sheet = ResultsSheet(make_context(report, options), _STYLES, deflater, _Lines)
        lines = sheet.rows
        if isinstance(lines, _Lines):
            yield [column.header for column in lines.columns]
            for result in Judge(codes, run.name, report.assumed, report.ever_assumed).results(reader.rows(run)):
                sheet.add(result)
                yield lines.latest
