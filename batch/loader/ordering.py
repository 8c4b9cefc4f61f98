"""What each row of a sheet orders: a number, a block, or numbers by choice, and which numbers may stand in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from batch.loader.cells import Flaw, Read, as_text, is_blank
from batch.loader.findings import Findings
from batch.loader.header import Layout
from batch.loader.spans import Span, SpanError, read_span
from batch.loader.wishes import Wished, read_alternatives, read_wish
from batch.number import Number, NumberError, belongs, check_country, standing


@dataclass(frozen=True, slots=True)
class Ordering:
    """Reads what the rows at `offsets` (counted from 0 below the header) order.

    `numbers` are the cells below Number; `cells` answers those below a field's column, blank ones as '', none where there is no such
    column; `cell` the one at a place of the sheet and an offset. `countries` are the country that each row names, or what is wrong
    with it; empty: there is no such column. `default` is ISO alpha-2.
    """

    layout: Layout
    findings: Findings
    offsets: Sequence[int]
    numbers: Sequence[Read]
    cells: Callable[[str], Sequence[Read]]
    cell: Callable[[int, int], Read]
    countries: Sequence[str | NumberError | None]
    default: str | None
    max_block: int

    def spans(self) -> Iterator[Span | Wished | None]:
        """What each row orders, or None where that is wrong; the problem is noted as the row is come to."""
        until, size, prefixes, counts = (self.cells(name) for name in ("NumberTo", "BlockSize", "Prefix", "AnyOf"))
        for offset in self.offsets:
            named = self.countries[offset] if self.countries else None
            unknown = isinstance(named, NumberError)
            if isinstance(named, NumberError):
                self._wrong(offset, "Country", named)
                named = None
            number = self.numbers[offset]
            last, many = until[offset] if until else "", size[offset] if size else ""
            try:
                wished = None
                if counts:
                    given = {"Number": "" if is_blank(number) else number, "NumberTo": last, "BlockSize": many}
                    wished = read_wish(prefixes[offset] if prefixes else "", counts[offset], given, self.max_block)
                if wished is not None:
                    self._doubt_country(offset, Number(wished.prefix), named)
                    yield wished
                    continue
                span = read_span(number, last, many, named or self.default, self.max_block)
            except NumberError as error:
                # That no country is named is said already, where the one that is named is none.
                if not unknown or error.code != "number-national":
                    self._wrong(offset, error.field if isinstance(error, SpanError) else "Number", error)
                yield None
                continue
            if not span.standing.valid or named:
                self._doubt(offset, span, named)
            yield span

    def alternatives(self) -> list[tuple[Number, ...]]:
        """The numbers that may stand in for each row's; problems are noted."""
        column = self.cells("Alternative")
        if not column:
            return [()] * len(self.offsets)
        found: list[tuple[Number, ...]] = []
        for offset in self.offsets:
            cell, named = column[offset], self.countries[offset] if self.countries else None
            numbers: tuple[Number, ...] = ()
            if cell != "":
                try:
                    numbers = read_alternatives(cell, (named if isinstance(named, str) else None) or self.default)
                except NumberError as error:
                    self._wrong(offset, "Alternative", error)
            for number in numbers:
                known = standing(number)
                if not known.valid:
                    self._doubt_number(offset, "Alternative", number, known.country)
            found.append(numbers)
        return found

    def _wrong(self, offset: int, field: str, error: NumberError) -> None:
        heading = self.layout[field] or self.layout["Number"] or self.layout["AnyOf"]
        cell = self.cell(heading.place, offset) if heading else ""
        self.findings.add(
            error.code,
            self._row(offset),
            heading.place if heading else None,
            value=cell.shown if isinstance(cell, Flaw) else as_text(cell),
            problem=error.problem,
            remedy=error.remedy,
        )

    def _row(self, offset: int) -> int:
        return self.layout.row + 1 + offset

    def _doubt(self, offset: int, span: Span, named: str | None) -> None:
        if not span.standing.valid:
            self._doubt_number(offset, "Number", span.first, span.standing.country)
        self._doubt_country(offset, span.first, named, span.standing.country)

    def _doubt_number(self, offset: int, field: str, number: Number, country: str) -> None:
        heading = self.layout[field]
        where = f" ({country})" if country else ""
        self.findings.add(
            "number-invalid",
            self._row(offset),
            heading.place if heading else None,
            value=as_text(self.cell(heading.place, offset)) if heading else number,
            problem=f"{number}{where} is possible, but its range is not known as given out",
            warning=True,
        )

    def _doubt_country(self, offset: int, first: Number, named: str | None, country: str = "") -> None:
        heading = self.layout["Country"]
        if named and heading and not belongs(first, named):
            problem = f"the row names {named}, and {first} is a number of {country or 'another country'}"
            row = self._row(offset)
            self.findings.add("country-differs", row, heading.place, value=named, problem=problem, warning=True)


def read_country(cell: Read) -> str | None:
    """The country that a cell names, None where it is blank. Raises NumberError where there is no such country."""
    if isinstance(cell, Flaw):
        raise NumberError(cell.code, cell.problem, "Correct it, or enter a value.")
    text = as_text(cell)
    return check_country(text) if text else None
