"""Whether two cells say the same, whatever a spreadsheet program made of how they say it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from batch.loader.cells import Flaw, Read

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - as workbooks count, without a zone
_DAY = 86_400.0
_MOMENT = 1.2e-8
"""Days, about a millisecond: programs round moments to that."""
_ROUNDED = 1e-14
"""How far apart two writings of one fraction may be, as part of it: some programs write 15 digits of it, others 17."""
_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def same(one: Read, other: Read) -> bool:
    """Whether two cells hold one value.

    Equal are a number and its plain digits as text (no leading zero is lost), a date and its serial number, a truth value and
    its word, and texts that differ in how lines end. An amount is equal to the cent, a moment to the millisecond.
    """
    if one == other:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return _word(one) == _word(other)
    if isinstance(one, str) and isinstance(other, str):
        return _lines(one) == _lines(other)
    if isinstance(one, Flaw) or isinstance(other, Flaw):
        return False
    if isinstance(one, dt.date | dt.time) or isinstance(other, dt.date | dt.time):
        first, second = _serial(one), _serial(other)
        return first is not None and second is not None and abs(first - second) <= _MOMENT
    return _equal(_number(one), _number(other))


def shown(cell: Read) -> str:
    """The cell in words, for a message."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case Flaw():
            return cell.shown
        case dt.datetime():
            return cell.isoformat(sep=" ")
        case dt.date() | dt.time():
            return cell.isoformat()
        case float():
            return format(Decimal(repr(cell)), "f") if abs(cell) < 1e15 else repr(cell)
        case _:
            return str(cell)


def _word(cell: Read) -> str:
    return str(cell).upper()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _serial(cell: Read) -> float | None:
    """A moment as workbooks count: days since the end of 1899; None where `cell` is none."""
    match cell:
        case dt.datetime():
            return (cell - _EPOCH) / dt.timedelta(days=1)
        case dt.date():
            return float(cell.toordinal() - _EPOCH.toordinal())
        case dt.time():
            return (cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6) / _DAY
        case int() | float():
            return float(cell)
        case _:
            return None


def _number(cell: Read) -> int | float | Decimal | None:
    if isinstance(cell, int | float):
        return cell
    return Decimal(cell) if isinstance(cell, str) and _PLAIN.fullmatch(cell) else None


def _equal(one: float | Decimal | None, other: float | Decimal | None) -> bool:
    if one is None or other is None:
        return False
    first, second = (Decimal(repr(value)) if isinstance(value, float) else Decimal(value) for value in (one, other))
    if first == second:
        return True
    if first == first.to_integral_value() and second == second.to_integral_value():
        return False
    return abs(first - second) <= Decimal(_ROUNDED) * max(abs(first), abs(second))
