"""A value as a cell's XML: text escaped and never a formula, amounts digit for digit, dates as Excel counts them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal

from batch.order import Cell

MAX_TEXT = 32_767
"""UTF-16 code units in one cell, at most: Excel's limit."""

_EXACT_DIGITS = 15
"""Decimal digits that a spreadsheet keeps of a number."""

EXACT: int = 10**_EXACT_DIGITS
"""Integers from here on have more digits than that."""

_CONTROL = "\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
# An underscore is escaped where it would begin what reads as an escape, also one that another escape would complete.
_SPECIAL = re.compile(f"[&<>{_CONTROL}]|_(?=x[0-9A-Fa-f]{{4}}[_{_CONTROL}])")
_EDGE = re.compile(r"\A\s|\s\Z|\n")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

_EPOCH = date(1899, 12, 30).toordinal()
_FIRST = date(1900, 3, 1).toordinal() - _EPOCH
"""Before this day, Excel counts a leap day that never was: such dates are written as text."""
_DAY = 86_400_000_000
"""Microseconds of a day."""


def _escape_one(match: re.Match[str]) -> str:
    char = match[0]
    return _ENTITIES.get(char) or f"_x{ord(char):04X}_"


def escape_text(text: str) -> str:
    """`text` as the content of an XML element: markup escaped, control characters and lone surrogates as `_xHHHH_`.

    Text that already looks like such an escape has its underscore escaped, so that it reads as it stands.
    """
    return _SPECIAL.sub(_escape_one, text) if _SPECIAL.search(text) else text


def fit_text(text: str) -> str:
    """`text`, or where a cell cannot hold it its beginning and a note of how long it was: nothing is cut silently."""
    if len(text) <= MAX_TEXT // 2:
        return text
    size = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if size <= MAX_TEXT:
        return text
    note = f" … [cut: {size:,} characters]"
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (MAX_TEXT - len(note))]
    return kept.decode("utf-16-le", "surrogatepass") + note


def is_plain(text: str) -> bool:
    """Whether `text` can stand in a cell's XML as it is: nearly every one can.

    Told by scans in C, for a search with alternatives would take most of the time of a row.
    """
    return len(text) <= MAX_TEXT // 2 and (
        text.isalnum()
        or (
            text.isprintable()
            and "&" not in text
            and "<" not in text
            and ">" not in text
            and "_x" not in text
            and " " not in {text[:1], text[-1:]}
        )
    )


def text_element(text: str) -> str:
    """`text` as the `<t>` element of an inline or rich string."""
    if is_plain(text):
        return f"<t>{text}</t>"
    preserve = ' xml:space="preserve"' if _EDGE.search(text) else ""
    return f"<t{preserve}>{escape_text(fit_text(text))}</t>"


def serial(moment: datetime | date | time) -> str | None:
    """The number by which Excel knows `moment`, as decimal text; None where it knows none (before March 1900).

    An aware time is taken in UTC, one without a zone as it stands.
    """
    if isinstance(moment, time):
        past = (moment.hour * 3600 + moment.minute * 60 + moment.second) * 1_000_000 + moment.microsecond
        return f"{past / _DAY:.12f}"
    days = moment.toordinal() - _EPOCH
    if isinstance(moment, datetime):
        if moment.tzinfo is not None and moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
            days = moment.toordinal() - _EPOCH
        past = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond
        return f"{days + past / _DAY:.10f}" if days >= _FIRST else None
    return str(days) if days >= _FIRST else None


def number_text(value: float | Decimal) -> str | None:
    """The digits of a number as a cell holds them; None where a spreadsheet would change it (it is text then)."""
    if isinstance(value, int):
        return str(value) if -EXACT < value < EXACT else None
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        digits = format(value, "f")
        return digits if len(value.as_tuple().digits) <= _EXACT_DIGITS and len(digits) <= 2 * _EXACT_DIGITS else None
    return repr(value) if math.isfinite(value) else None


def plain_text(value: Cell) -> str:
    """`value` as text, where no other kind of cell can hold it."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)
