"""The rows of a long sheet as XML, a row at a time: memory does not grow with them.

The library writes a styled cell in some 6 µs, this in a fraction of one: the XML of a value is kept and looked up, with a
mark where the row's number goes, and a row is one join and one replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto

from batch.order import Cell
from batch.reconciler.workbook.cells import EXACT, is_plain, number_text, plain_text, serial, text_element
from batch.reconciler.workbook.deflate import Deflater, Part

MAX_ROWS = 1_048_576
"""Rows of a sheet, its header included."""

_ROW = "\0"
"""Stands for the row's number in kept XML, where no text can hold it: there it is escaped."""
_CHUNK_ROWS = 2_500
_KEPT = 10_000
_SAMPLED_ROWS = 1_000


class Kind(Enum):
    """How a column's cells look. A user's column takes whatever its cells are."""

    TEXT = auto()
    UNIQUE = auto()
    """Text that seldom repeats."""
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
    wrapped: int
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


class _CellXml(dict[Cell, str]):
    """A column's cells: value → its XML, blank for a blank one. What repeats is kept, within limits."""

    def __init__(self, letters: str, kind: Kind, styles: CellStyles) -> None:
        super().__init__({None: "", "": ""})
        self._styles = styles
        self._keeps_amounts = kind is Kind.MONEY
        self._open = f'<c r="{letters}{_ROW}" s="'
        self._text = f'{self._open}{styles.wrapped if kind is Kind.WRAPPED else styles.text}" t="inlineStr"><is>'
        self._plain = f"{self._text}<t>"
        self._moment = f'{self._open}{styles.moment}"><v>'
        self._number = f'{self._open}{styles.money if kind is Kind.MONEY else styles.number}"><v>'

    def __missing__(self, value: Cell) -> str:
        xml = self.made(value)
        # Of numbers, only those of a column of money: in a user's column True equals 1, and would be found for it.
        if isinstance(value, str | date) or self._keeps_amounts:
            if len(self) >= _KEPT:
                self.clear()
                self.update({None: "", "": ""})
            self[value] = xml
        return xml

    def made(self, value: Cell) -> str:
        """The XML of `value`, made anew."""
        if isinstance(value, str):
            if is_plain(value):
                return f"{self._plain}{value}</t></is></c>"
            return f"{self._text}{text_element(value)}</is></c>" if value else ""
        if value is None:
            return ""
        if isinstance(value, bool):
            return f'{self._open}{self._styles.text}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float | Decimal):
            # An amount is a number whatever its length, or a column of money would not add up.
            amount = self._keeps_amounts and isinstance(value, Decimal) and value.is_finite()
            digits = format(value, "f") if amount else number_text(value)
            return self.made(plain_text(value)) if digits is None else f"{self._number}{digits}</v></c>"
        days = serial(value)
        if days is None:
            return self.made(plain_text(value))
        styles = self._styles
        style = styles.moment if isinstance(value, datetime) else styles.day if isinstance(value, date) else styles.time
        return f'{self._open}{style}"><v>{days}</v></c>'

    def integer(self, value: Cell) -> str:
        """The XML of a value that is an integer nearly always."""
        if type(value) is int and -EXACT < value < EXACT:
            return f"{self._number}{value}</v></c>"
        return self.made(value)

    def moment(self, value: Cell) -> str:
        """The XML of a value that is a moment nearly always."""
        days = serial(value) if isinstance(value, datetime) else None
        return self.made(value) if days is None else f"{self._moment}{days}</v></c>"


@dataclass(slots=True)
class _Maker:
    """How a column's cells are made: looked up, until the column shows that its values seldom repeat."""

    cells: _CellXml
    make: Callable[[Cell], str]

    def judge(self, rows: int) -> None:
        """Give up looking up, where most of the first `rows` were new."""
        if len(self.cells) > rows // 2:
            self.cells.clear()
            self.make = self.cells.made


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
        self._judged = False
        self._makers = [self._maker(index, column) for index, column in enumerate(self.columns)]
        self._make = [maker.make for maker in self._makers]

    @property
    def rows(self) -> int:
        """Rows that were added, over all pages."""
        return sum(page.rows for page in self.pages)

    def add_column(self, column: LongColumn) -> None:
        """One more column at the right; earlier rows are blank in it."""
        self._makers.append(self._maker(len(self.columns), column))
        self._make.append(self._makers[-1].make)
        self.columns.append(column)
        self.widest.append(0)

    def _maker(self, index: int, column: LongColumn) -> _Maker:
        cells = _CellXml(column_letters(index), column.kind, self.styles)
        at_once = {Kind.UNIQUE: cells.made, Kind.MOMENT: cells.moment, Kind.INTEGER: cells.integer}
        return _Maker(cells, at_once.get(column.kind, cells.__getitem__))

    def add(self, values: Sequence[Cell], height: float | None = None) -> None:
        """The next row: a value for each column, in their order. `height` is in points (None: one line)."""
        page = self.pages[-1]
        if page.rows >= self._max_rows:
            self._flush(page)
            page = Page(self._deflater.part())
            self.pages.append(page)
        page.rows += 1
        tall = "" if height is None else f' ht="{height:g}" customHeight="1"'
        cells = "".join([make(value) for make, value in zip(self._make, values, strict=False)])
        page.chunk.append(f'<row r="{_ROW}"{tall}>{cells}</row>'.replace(_ROW, str(page.rows + 1)))
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

    def _flush(self, page: Page) -> None:
        if page.chunk:
            self._deflater.write(page.part, "".join(page.chunk))
            if not self._judged:
                self._judged = True
                for maker in self._makers:
                    maker.judge(len(page.chunk))
                self._make = [maker.make for maker in self._makers]
            page.chunk = []

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
