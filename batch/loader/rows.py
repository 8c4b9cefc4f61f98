"""Source rows into the rows of a run: orders, duplicates and invalid rows, in the order of the sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from batch.loader.cells import Read, as_text
from batch.loader.findings import Findings
from batch.loader.header import Layout
from batch.loader.routes import Routes, Routing
from batch.loader.routing import Judge
from batch.loader.spans import Span
from batch.number import Number
from batch.order import Cell, Row, RowKind, Source


@dataclass
class Part:
    """One file's rows, judged column by column; the lists and iterators have an entry for each of `rows` (from 1)."""

    file: int
    name: str
    sheet: str
    layout: Layout
    findings: Findings
    judge: Judge
    rows: list[int]
    numbers: list[str]
    spans: Iterator[Span | None]
    prices: list[Decimal | None]
    cells: Iterator[tuple[Cell, ...]]
    routing_codes: list[int]
    routes: Routes
    cell: Callable[[int, int], Read]
    """The cell at a place of the sheet, in a row counted from 0 below the header."""
    places: Mapping[str, int]
    """A field's place in `cells`."""


@dataclass
class RowMaker:
    """Makes the run's rows of one part after another, and remembers which number stands where."""

    several: bool
    """Whether there are several files, so that a note must name the file."""
    rows: list[Row] = field(default_factory=list)
    _seen: dict[Number, Row] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Add the rows of a file; what only shows now (duplicates, fill-ins) is noted in its findings."""
        self._names[part.file] = part.name
        invalid = part.findings.invalid
        whole = 0 in invalid
        routings = part.routes.routings
        entries = zip(part.rows, part.spans, part.routing_codes, part.prices, part.cells, part.numbers, strict=True)
        for row, span, code, price, cells, number in entries:
            source = Source(part.file, part.sheet, row)
            if span is not None and not whole and row not in invalid:
                routing = routings[code]
                made = (
                    self._filled(part, source, span, routing, price, cells)
                    if routing.fills
                    else self._plain(part, source, span, routing, price, cells)
                )
                if made:
                    continue
            note = invalid.get(row) or invalid.get(0, "")
            self.rows.append(Row(len(self.rows), RowKind.INVALID, source, number, {}, cells, None, note))

    def _plain(
        self,
        part: Part,
        source: Source,
        span: Span,
        routing: Routing,
        price: Decimal | None,
        cells: tuple[Cell, ...],
    ) -> bool:
        """Add the numbers of a row whose routing is the same for all of them; False where it turns out invalid."""
        seen, rows, fields = self._seen, self.rows, routing.fields
        numbers = span.numbers()
        for number in numbers:
            earlier = seen.get(number)
            if earlier is not None and earlier.fields is not fields and earlier.fields != fields:
                self._differs(part, source.row, number, earlier, fields)
                return False
        country = span.standing.country
        for number in numbers:
            earlier = seen.get(number)
            kind, note = (RowKind.ORDER, "") if earlier is None else (RowKind.DUPLICATE, self._place(earlier))
            made = Row(len(rows), kind, source, number, fields, cells, price, note, country)
            rows.append(made)
            if earlier is None:
                seen[number] = made
        return True

    def _filled(
        self,
        part: Part,
        source: Source,
        span: Span,
        routing: Routing,
        price: Decimal | None,
        cells: tuple[Cell, ...],
    ) -> bool:
        """As `_plain`, for routing with fill-ins: it is resolved and judged anew for each number."""
        noted: set[tuple[str, str]] = set()
        resolved = []
        for number in span.numbers():
            built_in = {"number": number, "last4": number[-4:], "row": str(source.row)}
            fields, texts, complaints = part.judge.filled(
                routing.fields,
                routing.fills,
                built_in,
                lambda place: as_text(part.cell(place, source.row - 1 - part.layout.row)),
            )
            for name, complaint, value in complaints:
                if (name, complaint.code) not in noted:
                    noted.add((name, complaint.code))
                    part.routes.note(part.findings, source.row, name, complaint, value)
            if source.row in part.findings.invalid:
                return False
            earlier = self._seen.get(number)
            if earlier is not None and earlier.fields != fields:
                self._differs(part, source.row, number, earlier, fields)
                return False
            resolved.append((number, earlier, fields, texts))
        for number, earlier, fields, texts in resolved:
            shown = list(cells)
            for name, text in texts.items():
                if name in part.places:
                    shown[part.places[name]] = text
            kind, note = (RowKind.ORDER, "") if earlier is None else (RowKind.DUPLICATE, self._place(earlier))
            made = Row(len(self.rows), kind, source, number, fields, tuple(shown), price, note, span.standing.country)
            self.rows.append(made)
            if earlier is None:
                self._seen[number] = made
        return True

    def _differs(self, part: Part, row: int, number: Number, earlier: Row, fields: Mapping[str, str]) -> None:
        names = {name for name in (*earlier.fields, *fields) if earlier.fields.get(name) != fields.get(name)}
        number_column = part.layout["Number"]
        part.findings.add(
            "duplicate-differs",
            row,
            number_column.place if number_column else None,
            value=number,
            problem=f"{number} stands in {self._place(earlier)} with other routing ({', '.join(sorted(names))})",
        )

    def _place(self, earlier: Row) -> str:
        """Where a row is, in words."""
        source = earlier.source
        if not self.several:
            return f"row {source.row}"
        return ", ".join(filter(None, (self._names[source.file], source.sheet, f"row {source.row}")))
