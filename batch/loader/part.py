"""One file's rows as they were judged, column by column, before they become rows of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from batch.loader.cells import Read, as_text
from batch.loader.fillins import Slot
from batch.loader.findings import Findings
from batch.loader.header import Layout
from batch.loader.routes import Routes, Routing
from batch.loader.routing import Judge
from batch.loader.rowroute import RowRoute
from batch.loader.spans import Span
from batch.loader.wishes import Wished
from batch.number import Number
from batch.order import Cell, Source


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
    spans: list[Span | Wished | None]
    alternatives: list[tuple[Number, ...]]
    prices: list[Decimal | None]
    cells: Iterator[tuple[Cell, ...]]
    routing_codes: list[int]
    routes: Routes
    cell: Callable[[int, int], Read]
    """The cell at a place of the sheet, in a row counted from 0 below the header."""
    places: Mapping[str, int]
    """A field's place in `cells`, ours too."""

    def place(self, field: str) -> int | None:
        """Where a field's column is in the sheet."""
        heading = self.layout[field]
        return heading.place if heading else None

    def route(self, source: Source, routing: Routing, cells: tuple[Cell, ...]) -> RowRoute:
        """The routing of a row, for whichever number."""
        slots = (piece for fill in routing.fills.values() for piece in fill.pieces if isinstance(piece, Slot))
        places = {slot.place for slot in slots if slot.place is not None}
        return RowRoute(
            file=self.findings.file,
            sheet=self.sheet,
            row=source.row,
            headers=self.findings.headers,
            routes=self.routes,
            judge=self.judge,
            routing=routing,
            texts={place: as_text(self.cell(place, source.row - 1 - self.layout.row)) for place in places},
            cells=cells,
            places=self.places,
        )
