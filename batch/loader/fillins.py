"""Fill-ins: `{number}`, `{last4}`, `{row}` and `{any column's name}` in routing values; `{{` is a brace.

A closing brace that closes nothing is itself. What is filled in is not searched for braces again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from batch.loader.header import Layout, squeezed
from batch.number import Number
from batch.order import Cell

_PIECE = re.compile(r"\{\{|\{([^{}]*)\}|\{")

BUILT_IN = ("number", "last4", "row")


class FillInError(ValueError):
    """A brace that does not resolve, and why."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A value with fill-ins: texts, and between them what to fill in: a built-in's name or a column's place."""

    pieces: tuple[str | Slot, ...]

    def resolve(self, built_in: dict[str, str], cell: Callable[[int], str]) -> str:
        """The value for one number. `cell` tells the text of the row's cell in a column.

        Raises FillInError where such a cell is blank.
        """
        found = []
        for piece in self.pieces:
            if isinstance(piece, str):
                found.append(piece)
            elif piece.place is None:
                found.append(built_in[piece.name])
            elif text := cell(piece.place):
                found.append(text)
            else:
                raise FillInError(f"{{{piece.name}}} has nothing to fill in: that column is blank in this row")
        return "".join(found)


@dataclass(frozen=True, slots=True)
class Slot:
    """Something to fill in: a column by its place, or a built-in by its name."""

    name: str
    place: int | None


def compile_fill(text: str, layout: Layout, fillable: frozenset[int]) -> str | Fill:
    """`text` as a plain text, or a Fill. `fillable` are the places of columns that have fill-ins of their own.

    Raises FillInError where a brace names nothing, or is not closed.
    """
    pieces: list[str | Slot] = []
    end = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        if found[0] == "{{":
            pieces.append("{")
        elif found[1] is None:
            raise FillInError("a brace is opened and not closed")
        else:
            pieces.append(_slot(found[1], layout, fillable))
    pieces.append(text[end:])
    if any(isinstance(piece, Slot) for piece in pieces):
        return Fill(tuple(piece for piece in pieces if piece))
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _slot(name: str, layout: Layout, fillable: frozenset[int]) -> Slot:
    wanted = squeezed(name)
    if wanted in BUILT_IN:
        return Slot(wanted, None)
    places = [heading.place for heading in layout.headings if squeezed(heading.header) == wanted]
    if not wanted or not places:
        raise FillInError(f"{{{name}}} is no column of this sheet")
    if len(places) > 1:
        raise FillInError(f"{{{name}}} could be one of {len(places)} columns of this name")
    if places[0] in fillable:
        raise FillInError(f"{{{name}}} is a column with fill-ins itself")
    return Slot(name, places[0])


def built_in(number: Number, row: int) -> dict[str, str]:
    """What `BUILT_IN` stand for, for one number of the row `row` (from 1)."""
    return {"number": number, "last4": number[-4:], "row": str(row)}


def filled_cells(cells: tuple[Cell, ...], texts: Mapping[str, str], places: Mapping[str, int]) -> tuple[Cell, ...]:
    """A row's cells with `texts` in place of fields; `places` is a field's place among them."""
    shown = list(cells)
    for name, text in texts.items():
        if name in places:
            shown[places[name]] = text
    return tuple(shown)
