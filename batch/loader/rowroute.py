"""A row's routing, kept until it is known for which number it is to be resolved: a wish's, an alternative's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batch.fields import Complaint
from batch.loader.fillins import built_in, filled_cells
from batch.loader.findings import Findings
from batch.loader.routes import Routes, Routing
from batch.loader.routing import Judge
from batch.number import Number
from batch.order import Cell, Resolved
from batch.problem import Problem

Complaints = list[tuple[str, Complaint, str]]
"""What is wrong with a row's routing: the field, what it is, and the value."""


@dataclass(frozen=True, slots=True)
class RowRoute:
    """The routing of the row `row` (from 1) of a sheet; called with a number, it is what `Wish.route` is.

    `headers` are the sheet's by their places; `texts` the row's cells that are filled in, by theirs; `places` is a field's place
    among `cells`.
    """

    file: str
    sheet: str
    row: int
    headers: Mapping[int, str]
    routes: Routes
    judge: Judge
    routing: Routing
    texts: Mapping[int, str]
    cells: tuple[Cell, ...]
    places: Mapping[str, int]

    def __call__(self, number: Number) -> Resolved | tuple[Problem, ...]:
        """The routing for `number`, or the errors in it."""
        resolved, complaints = self.resolve(number)
        errors = [one for one in complaints if not one[1].warning]
        if not errors:
            return resolved
        findings = Findings(self.file, self.sheet, dict(self.headers))
        self.note(findings, errors)
        return tuple(findings.in_order())

    def resolve(self, number: Number) -> tuple[Resolved, Complaints]:
        """The routing for `number`, and what is wrong with it."""
        routing = self.routing
        if not routing.fills:  # judged already, for all rows that share it
            return Resolved(routing.fields, self.cells), []
        fields, texts, complaints = self.judge.filled(
            routing.fields, routing.fills, built_in(number, self.row), self.texts.__getitem__
        )
        return Resolved(fields, filled_cells(self.cells, texts, self.places)), complaints

    def note(self, findings: Findings, complaints: Complaints) -> None:
        """Note complaints of the row."""
        for name, complaint, value in complaints:
            self.routes.note(findings, self.row, name, complaint, value)
