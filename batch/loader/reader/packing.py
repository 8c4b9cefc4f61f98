"""Cells as lines of JSON: chunks of columns, repeated values once.

JSON, since a parser that went wrong must not be able to make the parent do anything: it can carry values and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest
from typing import Any, BinaryIO

CHUNK = 4096
"""Rows in a line at most. Long enough that repeated values are worth telling once, short enough to hold in memory."""

EXACT = 10**15
"""From here on a spreadsheet no longer keeps every digit of a whole number."""

_PLAIN = {str, float, int}


def send(out: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message, a line."""
    out.write(json.dumps(message, default=_wrapped).encode("ascii") + b"\n")


def send_rows(out: BinaryIO, rows: Iterable[Sequence[Any]]) -> int:
    """Write all rows in chunks, and answer how many cells of them are not blank."""
    filled = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        columns = list(zip_longest(*chunk, fillvalue="")) if _ragged(chunk) else list(zip(*chunk, strict=True))
        filled += sum(len(chunk) - column.count("") for column in columns)
        send(out, {"rows": len(chunk), "columns": [_packed(column) for column in columns]})
    return filled


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
    """The cells of a column of a chunk, as `send_rows` packed it; blank is '', whole numbers are int."""
    if packed is None:
        return [""] * rows
    if isinstance(packed, dict):
        distinct = _whole(packed["distinct"])
        places = packed.get("places")
        if places is None:
            return distinct * rows
        return list(map(distinct.__getitem__, bytes.fromhex(places) if isinstance(places, str) else places))
    return _whole([unwrap(value) if type(value) is dict else value for value in packed])


def _whole(cells: list[Any]) -> list[Any]:
    """`cells` with int for floats without a fraction, as far as a spreadsheet keeps their digits."""
    if float not in set(map(type, cells)):
        return cells
    return [int(cell) if type(cell) is float and cell.is_integer() and abs(cell) < EXACT else cell for cell in cells]


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
