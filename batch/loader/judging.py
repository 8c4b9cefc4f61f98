"""A file's cells into a part: every column judged once for each distinct value, numbers one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from batch.fields import FieldTable
from batch.loader.accounts import Accounts
from batch.loader.cells import LONGEST, Flaw, Read, as_text, is_blank
from batch.loader.coded import BLOCK, Coded, coded
from batch.loader.collecting import Sheet
from batch.loader.findings import Findings
from batch.loader.header import OURS, Heading, Layout, squeezed
from batch.loader.names import ALIASES
from batch.loader.ordering import Ordering, read_country
from batch.loader.overlooked import note_overlooked
from batch.loader.part import Part
from batch.loader.routes import Routes
from batch.loader.routing import Judge, Value
from batch.money import parse_price
from batch.number import NumberError
from batch.number.wording import first_of
from batch.order import Cell

_AS_TEXT = {"NumberTo", "Prefix", "Alternative"}
"""Columns of ours that hold digits: carried as the text that people mean."""
HEADS = frozenset(map(squeezed, ("Number", *ALIASES)))
EXAMPLE = "example:"
"""How the Number cell of the template's example row begins."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What holds where a row says nothing: settings, checked."""

    defaults: Mapping[str, str]
    country: str | None
    price: Decimal | None
    max_block: int
    accounts: Accounts
    chosen: bool
    """Whether the sheet is named."""


class Judging:
    """Judges one sheet: `part` is the outcome. Rows count from 1 here, places from 0."""

    def __init__(self, sheet: Sheet, layout: Layout, table: FieldTable, findings: Findings, assumed: Assumed) -> None:
        self._sheet = sheet
        self._layout = layout
        self._table = table
        self._findings = findings
        self._assumed = assumed
        self._number = layout["Number"]
        """None: the sheet has numbers by choice only."""
        self._numbers = (
            sheet.columns[self._number.place][layout.row :] if self._number else [""] * (sheet.height - layout.row)
        )
        self._coded: dict[int, Coded] = {}
        for heading in layout.headings:
            if heading is not self._number:
                below = sheet.columns[heading.place][layout.row :]
                counts = heading.field or heading.place == layout.account
                self._coded[heading.place] = coded(below if counts else self._hide_flaws(heading, below))
            # A million rows are held once: from here on by their distinct values.
            sheet.columns[heading.place] = []
        self.offsets = self._filled_rows()
        """The rows that are not blank, counted from 0 below the header; without those of other accounts."""
        if layout.account is not None:
            accounts, column = assumed.accounts, self._coded[layout.account]
            self.offsets = accounts.taken(column, layout.account, self.offsets, layout.row, findings)

    def part(self, file: int, name: str, columns: Mapping[int, int], width: int) -> Part:
        """The sheet's rows, judged. `columns`: a place in the sheet → the place among the run's `width` columns."""
        findings, offsets = self._findings, self.offsets
        self._check_places()
        fillable = frozenset(
            heading.place
            for heading in self._layout.headings
            if heading.field not in (None, *OURS)
            and any(isinstance(value, str) and "{" in value for value in self._coded[heading.place].values)
        )
        judge = Judge(self._table, self._layout, fillable, self._assumed.defaults)
        routes = Routes(self._table, self._layout, judge, self._coded, self._height())
        routes.complain(offsets, findings)
        codes = routes.codes.tolist()
        ordering = Ordering(
            layout=self._layout,
            findings=findings,
            offsets=offsets,
            numbers=self._numbers,
            cells=self._cells_of,
            cell=self._cell,
            countries=self._countries(),
            default=self._assumed.country,
            max_block=self._assumed.max_block,
        )
        return Part(
            file=file,
            name=name,
            sheet=self._sheet.name,
            layout=self._layout,
            findings=findings,
            judge=judge,
            rows=[self._layout.row + 1 + offset for offset in offsets],
            numbers=[as_text(self._numbers[offset]) for offset in offsets],
            spans=list(ordering.spans()),
            alternatives=ordering.alternatives(),
            prices=self._prices(),
            cells=self._cells(routes.values, columns, width),
            routing_codes=[codes[offset] for offset in offsets],
            routes=routes,
            cell=self._cell,
            places={one.field: columns[one.place] for one in self._layout.headings if one.field},
        )

    def _height(self) -> int:
        return self._sheet.height - self._layout.row

    def _row(self, offset: int) -> int:
        return self._layout.row + 1 + offset

    def _hide_flaws(self, heading: Heading, cells: list[Read]) -> list[Read]:
        """The cells of a column of the user's, with flaws as blanks, which is warned of once a column."""
        if Flaw not in set(map(type, cells)):
            return cells
        found = [(offset, cell) for offset, cell in enumerate(cells) if isinstance(cell, Flaw)]
        offset, first = found[0]
        more = f" (and in {len(found) - 1:,} more rows of this column)" if len(found) > 1 else ""
        self._findings.add(
            first.code,
            self._row(offset),
            heading.place,
            value=first.shown,
            problem=f"{first.problem}{more}: carried along as blank",
            warning=True,
        )
        return ["" if isinstance(cell, Flaw) else cell for cell in cells]

    def _cell(self, place: int, offset: int) -> Read:
        return self._coded[place][offset] if place in self._coded else self._numbers[offset]

    def _filled_rows(self) -> list[int]:
        import numpy as np  # noqa: PLC0415 - imported while the file is read

        numbers = self._numbers
        blank = np.array([is_blank(cell) for cell in numbers], dtype=bool)
        for column in self._coded.values():
            blank &= column.blank()
        filled: list[int] = np.flatnonzero(~blank).tolist()
        kept = []
        for offset in filled:
            cell = numbers[offset]
            if isinstance(cell, str) and cell[:1] in "eE" and cell.strip().casefold().startswith(EXAMPLE):
                place = self._number.place if self._number else None
                self._findings.add("example-skipped", self._row(offset), place, value=cell, warning=True)
            elif not (isinstance(cell, str) and cell and cell[:1].isalpha() and self._is_head(offset, cell)):
                kept.append(offset)
        return kept

    def _is_head(self, offset: int, cell: str) -> bool:
        """Whether the header stands in this row again, as where pages were put together; another header spoils the sheet."""
        number = self._number
        if number is None or squeezed(cell) not in {squeezed(number.header), *HEADS}:
            return False
        row = self._row(offset)
        others = [
            (heading, as_text(self._coded[heading.place][offset]))
            for heading in self._layout.headings
            if heading is not number
        ]
        if not any(text for _, text in others):
            return False
        differing = [f"{text!r} below {heading.header!r}" for heading, text in others if _differ(heading, text)]
        if not differing:
            self._findings.add("header-again", row, number.place, value=cell, warning=True)
            return True
        # Its rows would be read by the first one's columns.
        problem = f"another header begins here, with other columns ({first_of(differing)}): a second table?"
        remedy = "Move that table into a sheet or a file of its own; or give both the same columns."
        self._findings.add("header-again", row, number.place, value=cell, problem=problem, remedy=remedy)
        self._findings.invalid.setdefault(0, "the sheet has two tables")
        return False

    def _check_places(self) -> None:
        """Places claimed twice, texts too long, hidden rows."""
        read = {heading.place for heading in self._layout.headings}
        for row, place in self._sheet.twice:
            if place in read and row >= self._layout.row:
                value = as_text(self._cell(place, row - 1 - self._layout.row)) if row > self._layout.row else ""
                self._findings.add("cell-twice", row, place, value=value)
                if row == self._layout.row:
                    self._findings.invalid.setdefault(0, "two cells claim the same place in the header")
        for heading in self._layout.headings:
            if heading.field is None or heading.field in OURS:
                self._check_lengths(heading)
        rows = {self._row(offset) for offset in self.offsets}
        filled = {place for place, column in self._coded.items() if not all(map(is_blank, column.values))}
        note_overlooked(self._sheet, self._layout, rows, filled, self._findings, chosen=self._assumed.chosen)

    def _check_lengths(self, heading: Heading) -> None:
        if heading is self._number:
            return
        column = self._coded[heading.place]
        long = {code for code, value in enumerate(column.values) if isinstance(value, str) and len(value) > LONGEST}
        if long:
            codes = column.codes.tolist()
            for offset in self.offsets:
                if codes[offset] in long:
                    value = as_text(column.values[codes[offset]])
                    self._findings.add("text-too-long", self._row(offset), heading.place, value=value)

    def _countries(self) -> list[str | NumberError | None]:
        """The country column's: a country for each row below the header, None where nobody names one."""
        heading = self._layout["Country"]
        if heading is None:
            return []
        column = self._coded[heading.place]
        found: list[str | NumberError | None] = []
        for value in column.values:
            try:
                found.append(read_country(value))
            except NumberError as error:
                found.append(error)
        return column.spread(found)

    def _cells_of(self, field: str) -> list[Read]:
        heading = self._layout[field]
        if heading is None:
            return []
        column = self._coded[heading.place]
        return column.spread(["" if is_blank(value) else value for value in column.values])

    def _prices(self) -> list[Decimal | None]:
        heading = self._layout["Price"]
        if heading is None:
            return [self._assumed.price] * len(self.offsets)
        column = self._coded[heading.place]
        prices = [_price(value) for value in column.values]
        codes = column.codes.tolist()
        found = []
        for offset in self.offsets:
            price, value = prices[codes[offset]], column.values[codes[offset]]
            if price is None and isinstance(value, Flaw):
                self._findings.add(value.code, self._row(offset), heading.place, value=value.shown)
            elif price is None and not is_blank(value):
                self._findings.add("price-malformed", self._row(offset), heading.place, value=as_text(value))
            found.append(self._assumed.price if price is None else price)
        return found

    def _cells(
        self, values: Mapping[int, list[Value]], columns: Mapping[int, int], width: int
    ) -> Iterator[tuple[Cell, ...]]:
        """The rows' cells as the results show them: routing as text with defaults, the user's own as they are."""
        shown: dict[int, list[Cell]] = {}
        for heading in self._layout.headings:
            if heading.place in values:
                shown[heading.place] = [value.text or None for value in values[heading.place]]
            elif heading is not self._number:
                by_code = self._coded[heading.place].values
                as_read = heading.field not in _AS_TEXT
                shown[heading.place] = [_carried(value) if as_read else as_text(value) or None for value in by_code]
        for start in range(0, len(self.offsets), BLOCK):
            offsets = self.offsets[start : start + BLOCK]
            block: list[list[Cell]] = [[None] * len(offsets)] * width
            if self._number:
                block[columns[self._number.place]] = [as_text(self._numbers[offset]) or None for offset in offsets]
            for place, by_place in shown.items():
                block[columns[place]] = [by_place[code] for code in self._coded[place].codes[offsets].tolist()]
            yield from zip(*block, strict=True)


def _differ(heading: Heading, text: str) -> bool:
    """Whether `text` is not the header of a column, in a row that has headers. One without a header has none there either."""
    return squeezed(text) != squeezed(heading.header) and not (not text and heading.header.startswith("Column "))


def _carried(cell: Read) -> Cell:
    return None if cell == "" or isinstance(cell, Flaw) else cell


def _price(cell: Read) -> Decimal | None:
    """The amount in a cell, or None where there is none."""
    if isinstance(cell, bool | Flaw):
        return None
    # A spreadsheet shows 15 digits of a number: 0.1 + 0.2 is 0.3 to whoever looks at it.
    return parse_price(f"{Decimal(f'{cell:.15g}'):f}" if isinstance(cell, float) else as_text(cell))
