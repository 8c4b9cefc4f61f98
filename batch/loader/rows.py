"""Source rows into the rows of a run: orders, duplicates and invalid rows, in the order of the sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from batch.loader.cells import as_text
from batch.loader.fillins import built_in, filled_cells
from batch.loader.part import Part
from batch.loader.routes import Routing
from batch.loader.spans import Span
from batch.loader.wishes import Wished
from batch.number import Number, country_of
from batch.order import Cell, Row, RowKind, Source, StandIn, Wish


@dataclass
class RowMaker:
    """Makes the run's rows of one part after another, and remembers which number stands where."""

    several: bool
    """Whether there are several files, so that a note must name the file."""
    rows: list[Row] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    _seen: dict[Number, Row] = field(default_factory=dict)
    _instead: dict[Number, Row] = field(default_factory=dict)
    """Alternatives, and the rows that they stand in for."""
    _names: dict[int, str] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Add the rows of a file; what only shows now (duplicates, fill-ins) is noted in its findings."""
        self._names[part.file] = part.name
        invalid = part.findings.invalid
        whole = 0 in invalid
        routings = part.routes.routings
        entries = zip(
            part.rows,
            part.spans,
            part.routing_codes,
            part.prices,
            part.cells,
            part.numbers,
            part.alternatives,
            strict=True,
        )
        for row, span, code, price, cells, number, others in entries:
            source = Source(part.file, part.sheet, row)
            if span is not None and not whole and row not in invalid:
                routing = routings[code]
                if isinstance(span, Wished):
                    made = not self._many(part, row, others) and self._wish(part, source, span, routing, price, cells)
                elif others or self._instead:
                    made = self._with_others(part, source, span, routing, price, cells, others)
                else:
                    made = self._order(part, source, span, routing, price, cells)
                if made:
                    continue
            note = invalid.get(row) or invalid.get(0, "")
            self.rows.append(Row(len(self.rows), RowKind.INVALID, source, number, {}, cells, None, note))

    def _wish(
        self,
        part: Part,
        source: Source,
        wished: Wished,
        routing: Routing,
        price: Decimal | None,
        cells: tuple[Cell, ...],
    ) -> bool:
        """Keep a row whose numbers are still to be chosen; False where its routing is wrong for any of them."""
        route = part.route(source, routing, cells)
        resolved, complaints = route.resolve(wished.sample)
        route.note(part.findings, complaints)
        if source.row in part.findings.invalid:
            return False
        self.wishes.append(
            Wish(
                source=source,
                position=len(self.rows),
                prefix=wished.prefix,
                count=wished.wanted,
                fields=routing.fields,
                cells=cells,
                price=price,
                voice=part.routes.rings(resolved.fields),
                route=route,
            )
        )
        return True

    def _many(self, part: Part, row: int, others: tuple[Number, ...]) -> bool:
        """Whether a row that is not one number names alternatives all the same, which is noted."""
        if others:
            part.findings.add("alternative-of-many", row, part.place("Alternative"), value=", ".join(others))
        return bool(others)

    def _with_others(
        self,
        part: Part,
        source: Source,
        span: Span,
        routing: Routing,
        price: Decimal | None,
        cells: tuple[Cell, ...],
        others: tuple[Number, ...],
    ) -> bool:
        """As `_order`, for a row with alternatives, or one whose number may be another row's."""
        if (span.size > 1 and self._many(part, source.row, others)) or self._clash(part, source.row, span, others):
            return False
        if others:
            cells = filled_cells(cells, {"Alternative": _listed(others)}, part.places)
        stand_ins = [self._stand_in(part, source, routing, cells, others[place:]) for place in range(len(others))]
        if source.row in part.findings.invalid or not self._order(part, source, span, routing, price, cells):
            return False
        made = self.rows[-1]
        if stand_ins and made.kind is RowKind.ORDER:
            made = self.rows[-1] = self._seen[span.first] = replace(made, stand_ins=tuple(stand_ins))
            self._instead.update(dict.fromkeys(others, made))
        return True

    def _clash(self, part: Part, row: int, span: Span, others: tuple[Number, ...]) -> bool:
        """Whether a number of the row is promised to another one, or an alternative can't be its own; it is noted."""
        found = part.findings
        for number in span.numbers() if self._instead else ():
            if (other := self._instead.get(number)) is not None:
                words = f"{number} is an alternative of {self._place(other)}, and can be bought once only"
                found.add("alternative-ordered", row, part.place("Number"), value=number, problem=words)
                return True
        earlier = self._seen.get(span.first)
        if earlier is not None and span.size == 1 and earlier.alternatives != others:
            words = f"{span.first} stands in {self._place(earlier)} with other alternatives"
            found.add("duplicate-differs", row, part.place("Alternative"), value=", ".join(others), problem=words)
            return True
        for number in others:
            ordered, promised = self._seen.get(number), self._instead.get(number)
            if number == span.first:
                code, words = "alternative-itself", f"{number} is the row's own number"
            elif ordered is not None:
                code, words = "alternative-ordered", f"{number} is ordered in {self._place(ordered)}"
            elif promised is not None and promised is not earlier:
                code, words = "alternative-twice", f"{number} is an alternative of {self._place(promised)} already"
            else:
                continue
            found.add(code, row, part.place("Alternative"), value=number, problem=words)
            return True
        return False

    def _stand_in(
        self, part: Part, source: Source, routing: Routing, cells: tuple[Cell, ...], others: tuple[Number, ...]
    ) -> StandIn:
        """The first of `others` as it is bought in the row's place; what is wrong with its routing is noted."""
        number = others[0]
        route = part.route(source, routing, cells)
        resolved, complaints = route.resolve(number)
        route.note(part.findings, [one for one in complaints if not one[1].warning])
        texts = {"Number": number, "Alternative": _listed(others[1:])}
        shown = filled_cells(resolved.cells, texts, part.places)
        return StandIn(resolved.fields, shown, number, country_of(number))

    def _order(
        self,
        part: Part,
        source: Source,
        span: Span,
        routing: Routing,
        price: Decimal | None,
        cells: tuple[Cell, ...],
    ) -> bool:
        """Add the numbers of a row; False where it turns out invalid."""
        if routing.fills:
            return self._filled(part, source, span, routing, price, cells)
        return self._plain(part, source, span, routing, price, cells)

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
            fields, texts, complaints = part.judge.filled(
                routing.fields,
                routing.fills,
                built_in(number, source.row),
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
            shown = filled_cells(cells, texts, part.places)
            kind, note = (RowKind.ORDER, "") if earlier is None else (RowKind.DUPLICATE, self._place(earlier))
            made = Row(len(self.rows), kind, source, number, fields, shown, price, note, span.standing.country)
            self.rows.append(made)
            if earlier is None:
                self._seen[number] = made
        return True

    def _differs(self, part: Part, row: int, number: Number, earlier: Row, fields: Mapping[str, str]) -> None:
        names = {name for name in (*earlier.fields, *fields) if earlier.fields.get(name) != fields.get(name)}
        part.findings.add(
            "duplicate-differs",
            row,
            part.place("Number"),
            value=number,
            problem=f"{number} stands in {self._place(earlier)} with other routing ({', '.join(sorted(names))})",
        )

    def _place(self, earlier: Row) -> str:
        """Where a row is, in words."""
        source = earlier.source
        if not self.several:
            return f"row {source.row}"
        return ", ".join(filter(None, (self._names[source.file], source.sheet, f"row {source.row}")))


def _listed(numbers: tuple[Number, ...]) -> str:
    """Numbers as they are read whatever the country is."""
    return ", ".join(f"+{number}" for number in numbers)
