"""Cells as lines of JSON: chunks of columns, repeated values once.

JSON, since a parser that went wrong must not be able to make the parent do anything: it can carry values and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest
from typing import Any, BinaryIO

from batch.loader.reader.refusal import Refusal

CHUNK = 4096
"""Rows in a line at most. Long enough that repeated values are worth telling once, short enough to hold in memory."""

CELLS = 1 << 19
"""Cells in a line at most, unless one row has more."""

LINE = 16 << 20
"""Bytes in a line at most: the parent reads no longer one."""

COLUMNS = 16_384
"""Columns that a spreadsheet has."""

EXACT = 10**15
"""From here on a spreadsheet no longer keeps every digit of a whole number."""

_PLAIN = {str, float, int}
_CELLS = _PLAIN | {bool, dt.datetime, dt.date, dt.time}


def send(out: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message, a line."""
    out.write(_line(message))


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, default=_wrapped).encode("ascii") + b"\n"


def send_rows(out: BinaryIO, rows: Iterable[Sequence[Any]], most: int | None = None) -> int:
    """Write all rows in chunks, and answer how many cells of them are not blank.

    `most`: so many may be, where a file can say of a cell how often it stands there. Raises Refusal where there are more, or
    where a row has more columns, or more text, than a spreadsheet takes.
    """
    filled = sent = 0
    iterator = iter(rows)
    for first in iterator:
        size = max(1, min(CHUNK, CELLS // max(1, len(first))))
        chunk = [first, *islice(iterator, size - 1)]
        filled += _send_chunk(out, chunk, sent)
        sent += len(chunk)
        if most is not None and filled > most:
            raise Refusal(
                f"it repeats a cell, or a row, until row {sent:,} and further: that is no order",
                "Delete the rows and columns that are no orders, or copy the orders into a new workbook.",
            )
    return filled


def _send_chunk(out: BinaryIO, chunk: list[Sequence[Any]], sent: int) -> int:
    """Write some rows, in as many lines as it takes, and answer how many cells of them are not blank."""
    widest = max(map(len, chunk))
    if widest > COLUMNS:
        row = sent + 1 + next(place for place, row in enumerate(chunk) if len(row) == widest)
        raise Refusal(
            f"row {row:,} has {widest:,} columns, and no spreadsheet has more than {COLUMNS:,}",
            "Look at that row in a text editor: a line break or a delimiter may be missing or repeated.",
        )
    columns = list(zip_longest(*chunk, fillvalue="")) if _ragged(chunk) else list(zip(*chunk, strict=True))
    line = _line({"rows": len(chunk), "columns": [_packed(column) for column in columns]})
    if len(line) <= LINE:
        out.write(line)
        return sum(len(chunk) - column.count("") for column in columns)
    if len(chunk) == 1:
        raise Refusal(
            f"row {sent + 1:,} holds more text than {LINE >> 20} MB: that is no order",
            "Look at that row: a quotation mark may be missing, or a document was pasted into a cell.",
        )
    half = len(chunk) // 2
    return _send_chunk(out, chunk[:half], sent) + _send_chunk(out, chunk[half:], sent + half)


def _ragged(chunk: list[Sequence[Any]]) -> bool:
    return len(set(map(len, chunk))) > 1


def _packed(column: tuple[Any, ...]) -> object:
    """None for a blank column, a list of its values, or its distinct values and each row's place among them.

    One distinct value needs no places; up to 256 have them as bytes in hexadecimal, which costs a tenth of a list.
    """
    if column.count("") == len(column):
        return None
    # TRUE and 1 are equal to Python and different to a reader: only plain columns are told by distinct values.
    if set(map(type, column)) <= _PLAIN:
        distinct = dict.fromkeys(column)
        if len(distinct) == 1:
            return {"distinct": list(distinct)}
        if len(distinct) * 2 <= len(column):
            places = map({value: place for place, value in enumerate(distinct)}.__getitem__, column)
            return {"distinct": list(distinct), "places": bytes(places).hex() if len(distinct) <= 256 else list(places)}
    return list(column)


def _wrapped(value: object) -> dict[str, str]:
    match value:
        case dt.datetime():
            return {"datetime": value.isoformat()}
        case dt.date():
            return {"date": value.isoformat()}
        case dt.time():
            return {"time": value.isoformat()}
        case dt.timedelta():
            seconds = round(value.total_seconds())
            return {"duration": f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"}
        case _:
            return {"text": str(value)}


def unpack(packed: Any, rows: int) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    """The cells of a column of a chunk, as `send_rows` packed it; blank is '', whole numbers are int.

    Raises ValueError, TypeError, KeyError or IndexError where it is nothing that `send_rows` writes.
    """
    if packed is None:
        return [""] * rows
    if isinstance(packed, dict):
        distinct = _whole(packed["distinct"])
        places = packed.get("places")
        if places is None:
            [only] = distinct
            return [only] * rows
        cells = list(map(distinct.__getitem__, bytes.fromhex(places) if isinstance(places, str) else places))
    elif not isinstance(packed, list):
        raise TypeError("no column")
    else:
        cells = _whole([unwrap(value) if type(value) is dict else value for value in packed])
    if len(cells) != rows:
        raise ValueError(f"{len(cells)} cells for {rows} rows")
    return cells


def _whole(cells: list[Any]) -> list[Any]:
    """`cells` with int for floats without a fraction, as far as a spreadsheet keeps their digits, and text for what is no number."""
    kinds = set(map(type, cells))
    if not kinds <= _CELLS:
        raise TypeError("a list, or nothing, for a cell")
    if float not in kinds:
        return cells
    return [_number(cell) if type(cell) is float else cell for cell in cells]


def _number(cell: float) -> float | int | str:
    if not math.isfinite(cell):
        return repr(cell)  # no workbook can hold it as a number
    return int(cell) if cell.is_integer() and abs(cell) < EXACT else cell


def unwrap(value: dict[str, str]) -> dt.datetime | dt.date | dt.time | str:
    """The value that `send` wrapped."""
    [(kind, text)] = value.items()
    match kind:
        case "datetime":
            return dt.datetime.fromisoformat(text)
        case "date":
            return dt.date.fromisoformat(text)
        case "time":
            return dt.time.fromisoformat(text)
        case _:
            return text
