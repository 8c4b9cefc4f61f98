"""What came back over HTTP, and its JSON read without giving anything the benefit of the doubt.

Twice the same key, NaN and its like, text that is not UTF-8, a byte order mark, nesting without end: none of it is an
answer. Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import NoReturn

LONGEST_PAUSE = 3600.0
"""Seconds: a provider that asks for a longer pause than this is paused for this long, and asked again."""

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_DELAY = re.compile(r"[0-9]+")


class MalformedError(ValueError):
    """An answer that can't be judged. The text is ours, short, and holds nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: status, body as it came, and the pause that it asks for, in seconds."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """`{"DATA": [rows], "return_code": n}`; None for what is absent. `extra`: there are other keys beside them."""

    rows: list[dict[str, object]] | None
    return_code: int | None
    extra: bool


def decode(body: bytes) -> object:
    """The JSON value in `body`; numbers with a point are Decimal, for a float holds no money.

    Raises MalformedError for anything that is not strictly one JSON text in UTF-8.
    """
    if not body.strip():
        raise MalformedError("the answer is empty")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise MalformedError("the answer is not UTF-8") from None
    try:
        value: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=Decimal)
    except MalformedError:
        raise
    except (ValueError, RecursionError, InvalidOperation):
        raise MalformedError("the answer is not JSON") from None
    return value


def envelope(body: bytes) -> Envelope:
    """The envelope that every function of the provider answers in; raises MalformedError where `body` holds none."""
    value = decode(body)
    if not isinstance(value, dict):
        raise MalformedError("the answer is no object")
    code = None
    if "return_code" in value and (code := integer(value["return_code"])) is None:
        raise MalformedError("return_code is no integer")
    rows = None
    if "DATA" in value:
        rows = [] if value["DATA"] is None else value["DATA"]  # null is how PHP says that it found none
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise MalformedError("DATA is no list of rows")
    return Envelope(rows, code, extra=bool(value.keys() - {"DATA", "return_code"}))


def integer(value: object) -> int | None:
    """The integer that `value` is, as a JSON number or as a string of plain digits; None for everything else.

    No sign but a minus, no spaces, no leading zeros, no digits of other scripts; a boolean is no integer here.
    """
    if type(value) is int:
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return None


def text_of(value: object) -> str:
    """A scalar of a row as text (null is empty; half a character becomes a question mark, so that it can be stored).

    Raises MalformedError for booleans, lists and objects.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise MalformedError("a row holds something other than text and numbers")


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, 0 to `LONGEST_PAUSE`; None where it is absent or says nothing clear.

    It may be a count of seconds or an HTTP date, which is compared with `now` (aware).
    """
    text = (header or "").strip()
    if _DELAY.fullmatch(text) and text.isascii():
        digits = text.lstrip("0") or "0"
        return LONGEST_PAUSE if len(digits) > len("3600") else min(float(digits), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("the answer has the same key twice")
    return found


def _refuse(_constant: str) -> NoReturn:
    raise MalformedError("the answer holds NaN or Infinity")
