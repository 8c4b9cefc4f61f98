"""Orders: what the loader hands on, and what a run is made of.

A *source row* is a row of the user's workbook. A *block* row stands for many numbers; each of them becomes a `Row` of its
own, which remembers where it came from.
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
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from batch.number import Number
    from batch.problem import Problem

Cell = str | int | float | bool | Decimal | date | datetime | time | None
"""What a cell of the user's workbook holds; None is blank."""


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
    repeats, or what is wrong with an invalid one. `country` is ISO alpha-2, or empty.
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
    """What was read from one or several order workbooks: rows in the order of the sheets, and every problem found."""

    files: tuple[OrderFile, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    problems: tuple[Problem, ...] = ()
    key: str = field(default="", compare=False)
    """The run's identity but for the account: see `content_key`."""


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


def content_key(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """The SHA-256, in hexadecimal, of a list of orders: numbers, every field sent, source rows, carried columns.

    The same content under whatever file name has the same key, and so continues the same run.
    """
    digest = hashlib.sha256(_ENCODER.encode([[column.header, column.field] for column in columns]).encode())
    for start in range(0, len(rows), _CHUNK):
        digest.update(_ENCODER.encode([_content(row) for row in rows[start : start + _CHUNK]]).encode())
    return digest.hexdigest()


def _content(row: Row) -> tuple[object, ...]:
    source = row.source
    return (
        row.kind, source.file, source.sheet, source.row, row.number, tuple(row.fields.items()), row.cells, row.price,
    )  # fmt: skip
