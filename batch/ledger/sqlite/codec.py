"""Between the ledger's columns and the program's nouns: times, money, number rows, orders, runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

from batch.codes import CodeKind
from batch.errors import LedgerDamaged
from batch.ledger.events import NumberRow, State
from batch.ledger.records import Run
from batch.ledger.sqlite.place import REBUILD
from batch.number import Number
from batch.order import Cell, Column, OrderFile, decode_cell, encode_cell

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Values = tuple[Any, ...]
"""A row as SQLite hands it out."""

_encode = json.JSONEncoder(separators=(",", ":"), default=encode_cell).encode
_decode = json.JSONDecoder().decode

_STATES = {state.value: state for state in State}
_KINDS: dict[str | None, CodeKind | None] = {None: None, **{kind.value: kind for kind in CodeKind}}


# Times and money -----------------------------------------------------------------------------------------------------


def to_micros(moment: datetime) -> int:
    """An aware moment in microseconds of UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def maybe_moment(micros: int | None) -> datetime | None:
    """As `from_micros`; None stays None."""
    return None if micros is None else from_micros(micros)


def money_text(amount: Decimal | None) -> str | None:
    """An amount as it is stored: plain digits, exactly."""
    return None if amount is None else format(amount, "f")


def price_text(setup: Decimal, monthly: Decimal) -> str:
    """A price read back, as the chain keeps it."""
    return f"{setup:f} + {monthly:f}"


def maybe_money(text: str | None) -> Decimal | None:
    """The amount that was stored; None stays None."""
    return None if text is None else Decimal(text)


# Number rows ---------------------------------------------------------------------------------------------------------


def canonical(row: NumberRow) -> str:
    """The row as the chain keeps it: every field but `since`, which money does not hang on."""
    lost = "+".join(map(str, row.lost))
    return f"{row.state},{row.generation},{row.attempt},{row.version},{row.open},{lost},{row.code},{row.kind},{row.run},{row.buyer}"


_JOINED = tuple("\x1f".join(["%s"] * count) for count in range(24))
"""How columns are joined to be sealed, by how many there are."""


def seal(values: Values) -> bytes:
    """The seal of a row: a short hash of all its other columns, in the table's order. A changed byte shows when it is read."""
    text = _JOINED[len(values)] % values
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def unseal(row: Values, what: str) -> Values:
    """The columns of a row whose last one is its seal, without it. Raises LedgerUnusable, naming `what`, where it does not fit."""
    values = row[:-1]
    if seal(values) != row[-1]:
        raise damaged(f"{what} does not agree with its seal")
    return values


def number_values(number: Number, row: NumberRow, text: str, since: int) -> Values:
    """What `PUT_NUMBER` takes; `text` is the row's `canonical`."""
    return (
        number,
        row.state,
        row.generation,
        row.attempt,
        row.version,
        row.open,
        ",".join(map(str, row.lost)),
        row.code,
        row.kind,
        row.run,
        row.buyer,
        since,
        seal((number, text, since)),
    )


def number_row(number: Number, values: Sequence[Any]) -> NumberRow:
    """The number's row of `NUMBER_COLUMNS`; all NULL: a number that the ledger never met.

    Raises LedgerDamaged where the row does not agree with its seal.
    """
    state, generation, attempt, version, open_, lost, code, kind, run, buyer, since, kept = values
    if state is None:
        return NumberRow()
    try:
        row = NumberRow(
            _STATES[state],
            generation,
            attempt,
            version,
            open_,
            tuple(map(int, lost.split(","))) if lost else (),
            code,
            _KINDS[kind],
            run,
            buyer,
        )
    except (KeyError, ValueError, AttributeError):
        raise damaged(f"the state of {number} is not readable") from None
    if seal((number, canonical(row), since)) != kept:
        raise damaged(f"the state of {number} does not agree with its seal")
    return row


def damaged(what: str, ledger: str = "The ledger") -> LedgerDamaged:
    """The error for a ledger whose content was changed from outside."""
    return LedgerDamaged(f"{ledger} is damaged: {what}.", remedy=f"Nothing is bought with it. {REBUILD}")


# Orders and runs -----------------------------------------------------------------------------------------------------


def storable(text: str) -> str:
    """`text` as UTF-8 can hold it: half a surrogate pair, which a broken workbook may contain, becomes a question mark."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def encode_json(value: object) -> str:
    """JSON as it is stored; cells become what `encode_cell` makes of them."""
    return _encode(value)


def decode_fields(text: str) -> Mapping[str, str]:
    """The provider's fields of an order, in their order."""
    fields: Mapping[str, str] = _decode(text)
    return fields


def decode_cells(text: str) -> Sequence[Cell]:
    """The user's cells of an order."""
    cells: list[Any] = _decode(text)
    return tuple(map(decode_cell, cells)) if "{" in text else tuple(cells)


def decode_names(text: str | None) -> tuple[str, ...]:
    """A list of names as `encode_json` wrote it; none where nothing was written."""
    return tuple(_decode(text)) if text else ()


def encode_files(files: Sequence[OrderFile]) -> str:
    """The files of a run."""
    return _encode([[str(one.path), one.sha256, one.sheet, one.source_rows] for one in files])


def encode_columns(columns: Sequence[Column]) -> str:
    """The columns of a run."""
    return _encode([[one.header, one.field] for one in columns])


def run_record(values: Values) -> Run:
    """The run of `RUN_COLUMNS`. Raises LedgerUnusable where it does not agree with its seal."""
    _, name, key, files, columns, rows, created = unseal(values, f"run {values[1]}")
    return Run(
        name=name,
        key=key,
        files=tuple(OrderFile(Path(path), sha256, sheet, count) for path, sha256, sheet, count in _decode(files)),
        columns=tuple(Column(header, field) for header, field in _decode(columns)),
        rows=rows,
        created=from_micros(created),
    )
