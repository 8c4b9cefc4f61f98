"""Orders: what the loader hands on, and what a run is made of.

A *source row* is a row of the user's workbook. A *block* row stands for many numbers; each of them becomes a `Row` of its
own, which remembers where it came from. A *wish* is a row that leaves open which numbers: any so many that are in stock under
a prefix. A *stand-in* is a number that is bought for a row where the row's own is gone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from batch.number import Number
    from batch.problem import Problem

Cell = str | int | float | bool | Decimal | date | datetime | time | None
"""What a cell of the user's workbook holds; None is blank."""


CHOOSE = "`numbatch plan ORDERS -o plan.json` chooses them, `numbatch run --plan plan.json` buys exactly those."
"""How a wish becomes numbers: the remedy wherever one is in the way."""


class RowKind(StrEnum):
    """What becomes of a row before anything is sent."""

    ORDER = "order"
    """A number to buy."""
    DUPLICATE = "duplicate"
    """The same number stands in an earlier row, with the same routing; never sent."""
    INVALID = "invalid"
    """The source row is wrong; never sent (only with --skip-invalid does a run have such rows)."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row came from: `file` counts the run's files from 0, `row` counts as Excel does, from 1."""

    file: int
    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the results to be: a number to buy, a duplicate, or an invalid source row.

    `position` counts the run's rows from 0 in the order of the sheets. `number` is normalised digits, or the text as it
    stands for an invalid row. `fields` are the provider's fields as they will be sent, by the provider's names in the
    provider's order, blanks left out, without Number and login. `cells` hold a value for each of `Orders.columns`, with
    routing as it was resolved. `price` is the order's own expected first charge at worst. `note` says which row a duplicate
    repeats, or what is wrong with an invalid one. `country` is ISO alpha-2, or empty. `stand_ins` are taken in their order where
    the number is no longer in stock.
    """

    position: int
    kind: RowKind
    source: Source
    number: Number | str
    fields: Mapping[str, str]
    cells: tuple[Cell, ...]
    price: Decimal | None = None
    note: str = ""
    country: str = ""
    stand_ins: tuple[StandIn, ...] = ()

    @property
    def alternatives(self) -> tuple[Number, ...]:
        """The numbers that may be bought in place of this one, at most one of them all."""
        return tuple(one.number for one in self.stand_ins)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a row's routing comes to for one number: `fields` and `cells` as in `Row`."""

    fields: Mapping[str, str]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class StandIn(Resolved):
    """An alternative of a row: its number, and the row's routing as it is resolved for it. `country` as in `Row`."""

    number: Number
    country: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A row that orders `count` numbers by choice: any that are in stock under `prefix` (digits, with the country code).

    `position` is how many of `Orders.rows` stand before its numbers. `fields` are those that are sent, fill-ins as they are
    written; `cells` and `price` as in `Row`. `voice`: its routing sends calls somewhere, so that the numbers must take calls.
    `route` resolves the routing for one number, or answers what is wrong with it.
    """

    source: Source
    position: int
    prefix: str
    count: int
    fields: Mapping[str, str]
    cells: tuple[Cell, ...]
    price: Decimal | None
    voice: bool
    route: Callable[[Number], Resolved | tuple[Problem, ...]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """The numbers that were chosen for the wish in row `source`, and how many are lacking.

    Of the numbers in stock under the prefix, `listed` in all, some could not be chosen: `taken` are ordered elsewhere or known to
    the ledger, `silent` take no calls, `dear` cost more than the row's price. Where it was not `told`, nobody knows what
    there is.
    """

    source: Source
    prefix: str
    numbers: tuple[Number, ...]
    lacking: int = 0
    listed: int = 0
    taken: int = 0
    silent: int = 0
    dear: int = 0
    told: bool = True

    @property
    def complaint(self) -> str:
        """What is lacking, and why, in words; empty where nothing is."""
        if not self.lacking:
            return ""
        less = (
            (self.taken, "ordered or known already"),
            (self.silent, "take no calls"),
            (self.dear, "cost more than Price"),
        )
        why = "".join(f", {count:,} {words}" for count, words in less if count)
        whole = len(self.numbers) + self.lacking
        if not self.told:
            return f"row {self.source.row}: nothing tells what is in stock under {self.prefix}: {whole:,} are still to be chosen"
        return f"row {self.source.row}: {self.lacking:,} of {whole:,} lacking under {self.prefix} ({self.listed:,} in stock{why})"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for the wishes of some orders: a choice for each, in their order."""

    choices: tuple[Choice, ...]

    @property
    def numbers(self) -> tuple[Number, ...]:
        """All numbers chosen."""
        return tuple(number for choice in self.choices for number in choice.numbers)

    @property
    def lacking(self) -> int:
        """How many numbers are lacking in all."""
        return sum(choice.lacking for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the order sheet: its header as the user wrote it, and the provider's field or ours that it is."""

    header: str
    field: str | None = None
    """None: the user's own, carried through and never sent."""


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file that orders were read from. `path` as the user gave it, `sha256` of its bytes in hexadecimal."""

    path: Path
    sha256: str
    sheet: str
    source_rows: int
    """Rows below the header that are not blank."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What was read from one or several order workbooks: rows in the order of the sheets, and every problem found.

    Where there are `wishes`, their numbers are still to be chosen: such orders can be planned, and never bought.
    """

    files: tuple[OrderFile, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    problems: tuple[Problem, ...] = ()
    key: str = field(default="", compare=False)
    """The run's identity but for the account: see `content_key`."""
    wishes: tuple[Wish, ...] = ()


def encode_cell(cell: Cell) -> object:
    """`cell` as JSON can hold it; `decode_cell` turns it back into the same type."""
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    if isinstance(cell, time):
        return {"time": cell.isoformat()}
    if isinstance(cell, Decimal):
        return {"decimal": str(cell)}
    return cell


def decode_cell(value: object) -> Cell:
    """The cell that `encode_cell` made `value` of.

    Raises ValueError where `value` is nothing that it makes.
    """
    if isinstance(value, dict) and len(value) == 1:
        [(kind, text)] = value.items()
        match kind:
            case "datetime":
                return datetime.fromisoformat(text)
            case "date":
                return date.fromisoformat(text)
            case "time":
                return time.fromisoformat(text)
            case "decimal":
                return Decimal(text)
            case _:
                pass
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError(f"not a stored cell: {value!r}")


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=encode_cell, check_circular=False)
_CHUNK = 500
"""Rows encoded at a time: a call for each costs three times as much."""


def content_key(columns: Sequence[Column], rows: Sequence[Row], wishes: Sequence[Wish] = ()) -> str:
    """The SHA-256, in hexadecimal, of a list of orders: numbers, every field sent, source rows, carried columns.

    The same content under whatever file name has the same key, and so continues the same run. Alternatives and wishes count
    where there are any.
    """
    digest = hashlib.sha256(_ENCODER.encode([[column.header, column.field] for column in columns]).encode())
    for start in range(0, len(rows), _CHUNK):
        digest.update(_ENCODER.encode([_content(row) for row in rows[start : start + _CHUNK]]).encode())
    if wishes:
        digest.update(_ENCODER.encode([_wished(wish) for wish in wishes]).encode())
    return digest.hexdigest()


def _content(row: Row) -> tuple[object, ...]:
    source = row.source
    content = (
        row.kind, source.file, source.sheet, source.row, row.number, tuple(row.fields.items()), row.cells, row.price,
    )  # fmt: skip
    if row.stand_ins:
        return (*content, [(one.number, tuple(one.fields.items()), one.cells) for one in row.stand_ins])
    return content


def _wished(wish: Wish) -> tuple[object, ...]:
    source = wish.source
    where = (source.file, source.sheet, source.row, wish.position)
    return (*where, wish.prefix, wish.count, tuple(wish.fields.items()), wish.cells, wish.price)
