"""The rows of a long sheet, turned into XML and deflated as they come: memory does not grow with them.

The library writes a styled cell in some 6 µs; this does in less than one. A second thread deflates while the first one
goes on with the next rows (the compressor runs outside the interpreter's lock). What comes before the rows (column
widths, the header) is known only after them: a deflate stream may be put together from parts, so it is written last.
"""

from __future__ import annotations

import tempfile
import zlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, auto
from types import TracebackType
from typing import IO, Self

from batch.order import Cell
from batch.reconciler.workbook.cells import number_text, plain_text, serial, text_element

MAX_ROWS = 1_048_576
"""Rows of a sheet, its header included."""

_Plain = int | float | bool | Decimal | date | datetime | time

_CHUNK_ROWS = 500
_BACKLOG = 8
_LEVEL = 6
_KEEP_IN_MEMORY = 1 << 22
_CACHED_TEXTS = 20_000
_SAMPLED_ROWS = 1_000


class Kind(Enum):
    """How a column's cells look. A user's column takes whatever its cells are."""

    TEXT = auto()
    WRAPPED = auto()
    INTEGER = auto()
    MONEY = auto()
    MOMENT = auto()
    DAY = auto()
    ANY = auto()


@dataclass(frozen=True, slots=True)
class LongColumn:
    """A column of a long sheet: its header, how its cells look, its width in characters (None: as its content needs)."""

    header: str
    kind: Kind = Kind.TEXT
    width: float | None = None


@dataclass(frozen=True, slots=True)
class CellStyles:
    """The numbers of the workbook's cell styles that the rows use."""

    text: int
    number: int
    money: int
    moment: int
    day: int
    time: int
    header: int
    header_right: int


def column_letters(index: int) -> str:
    """The letters of the column that is `index` columns to the right of A."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class Deflater:
    """The thread that compresses. Leaving the context waits for it, and closes every part that it was given."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="deflate")
        self._pending: deque[Future[None]] = deque()
        self._parts: list[Part] = []

    def part(self) -> Part:
        """A new stream of its own."""
        made = Part()
        self._parts.append(made)
        return made

    def write(self, part: Part, text: str) -> None:
        """Compress `text` after what `part` has. Raises OSError where an earlier piece could not be kept."""
        while len(self._pending) >= _BACKLOG:
            self._pending.popleft().result()
        self._pending.append(self._executor.submit(part.take, text))

    def finish(self) -> None:
        """Wait until everything is compressed. Raises OSError where it could not be kept."""
        while self._pending:
            self._pending.popleft().result()
        for part in self._parts:
            part.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        for part in self._parts:
            part.file.close()


class Part:
    """A piece of a deflate stream: its bytes in `file`, the size and CRC of what they hold."""

    def __init__(self) -> None:
        # Not on disk while small; else a file without a name, which nobody else can open.
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(_KEEP_IN_MEMORY)  # noqa: SIM115  # Deflater closes it
        self.size = 0
        self.crc = 0
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)

    def take(self, text: str) -> None:
        """Compress `text` after what is there."""
        raw = text.encode()
        self.size += len(raw)
        self.crc = zlib.crc32(raw, self.crc)
        self.file.write(self._compressor.compress(raw))

    def end(self) -> None:
        """Come to a byte's edge, so that another piece can follow."""
        self.file.write(self._compressor.flush(zlib.Z_FULL_FLUSH))


@dataclass(slots=True)
class Page:
    """One sheet's worth of rows: `rows` of them below the header, deflated in `part`."""

    part: Part
    rows: int = 0
    chunk: list[str] = field(default_factory=list)


class LongSheet:
    """A long sheet being written: `add` rows, then `finish`. What a sheet cannot hold goes on in `pages`' next one."""

    def __init__(
        self,
        name: str,
        columns: Sequence[LongColumn],
        styles: CellStyles,
        deflater: Deflater,
        *,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self.name = name
        self.columns = list(columns)
        self.styles = styles
        self.pages = [Page(deflater.part())]
        self.widest = [0] * len(self.columns)
        self._deflater = deflater
        self._max_rows = max_rows - 1
        self._texts: dict[str, str] = {}
        self._amounts: dict[Decimal, str] = {}
        self._prefixes = [f'<c r="{column_letters(index)}' for index in range(len(self.columns))]
        self._numbers = self._number_styles()

    @property
    def rows(self) -> int:
        """Rows that were added, over all pages."""
        return sum(page.rows for page in self.pages)

    def add_column(self, column: LongColumn) -> None:
        """One more column at the right; earlier rows are blank in it."""
        self._prefixes.append(f'<c r="{column_letters(len(self.columns))}')
        self.columns.append(column)
        self.widest.append(0)
        self._numbers = self._number_styles()

    def add(self, values: Sequence[Cell]) -> None:
        """The next row: a value for each column, in their order."""
        page = self.pages[-1]
        if page.rows >= self._max_rows:
            self._flush(page)
            page = Page(self._deflater.part())
            self.pages.append(page)
        page.rows += 1
        page.chunk.append(self._row(page.rows + 1, values))
        if page.rows <= _SAMPLED_ROWS:
            self._measure(values)
        if len(page.chunk) >= _CHUNK_ROWS:
            self._flush(page)

    def finish(self) -> None:
        """Hand over what is left. The deflater is to be finished next."""
        self._flush(self.pages[-1])

    def header(self) -> str:
        """The XML of the header row."""
        cells = (
            f'<c r="{column_letters(index)}1" s="{self._header_style(column)}" t="inlineStr">'
            f"<is>{text_element(column.header)}</is></c>"
            for index, column in enumerate(self.columns)
        )
        return f'<row r="1" ht="24" customHeight="1">{"".join(cells)}</row>'

    def _header_style(self, column: LongColumn) -> int:
        right = column.kind in {Kind.INTEGER, Kind.MONEY}
        return self.styles.header_right if right else self.styles.header

    def _number_styles(self) -> list[int]:
        return [self.styles.money if column.kind is Kind.MONEY else self.styles.number for column in self.columns]

    def _flush(self, page: Page) -> None:
        if page.chunk:
            self._deflater.write(page.part, "".join(page.chunk))
            page.chunk = []

    def _row(self, number: int, values: Iterable[Cell]) -> str:
        # A row is pieces between which its number stands: one join for all its cells. This is the inner loop.
        texts = self._texts
        pieces = ['<row r="']
        rest = '">'
        for index, value in enumerate(values):
            if isinstance(value, str):
                if not value:
                    continue
                found = texts.get(value) or self._text(value)
            elif value is None:
                continue
            else:
                found = self._rest(value, self._numbers[index])
            pieces.append(rest + self._prefixes[index])
            rest = found
        pieces.append(rest + "</row>")
        return str(number).join(pieces)

    def _rest(self, value: _Plain, number_style: int) -> str:
        # What stands in a cell's XML after its row number.
        match value:
            case bool():
                return f'" s="{self.styles.text}" t="b"><v>{int(value)}</v></c>'
            case Decimal():
                amount = self._amounts.get(value)
                return (
                    amount
                    if amount is not None and number_style == self.styles.money
                    else self._number(value, number_style)
                )
            case int() | float():
                return self._number(value, number_style)
            case datetime():
                return self._moment(value, self.styles.moment)
            case date():
                return self._moment(value, self.styles.day)
            case time():
                return self._moment(value, self.styles.time)

    def _text(self, value: str) -> str:
        rest = f'" s="{self.styles.text}" t="inlineStr"><is>{text_element(value)}</is></c>'
        if len(self._texts) >= _CACHED_TEXTS:
            self._texts.clear()
        self._texts[value] = rest
        return rest

    def _number(self, value: float | Decimal, style: int) -> str:
        digits = number_text(value)
        if digits is None:
            return self._text(plain_text(value))
        rest = f'" s="{style}"><v>{digits}</v></c>'
        if style == self.styles.money and isinstance(value, Decimal) and len(self._amounts) < _CACHED_TEXTS:
            self._amounts[value] = rest
        return rest

    def _moment(self, value: datetime | date | time, style: int) -> str:
        days = serial(value)
        return self._text(plain_text(value)) if days is None else f'" s="{style}"><v>{days}</v></c>'

    def _measure(self, values: Iterable[Cell]) -> None:
        widest = self.widest
        for index, value in enumerate(values):
            if isinstance(value, str):
                widest[index] = max(widest[index], len(value))
            elif value is not None:
                widest[index] = max(widest[index], 18 if isinstance(value, datetime) else len(str(value)) + 1)


def widths(sheet: LongSheet, *, least: float = 8, most: float = 48) -> Mapping[int, float]:
    """The width of each column, in characters: as its header and content need, up to a limit."""
    return {
        index: column.width
        if column.width is not None
        else min(max(len(column.header) + 4.0, sheet.widest[index] + 2.0, least), most)
        for index, column in enumerate(sheet.columns)
    }
