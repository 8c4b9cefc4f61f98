"""What the pieces of an answer mean, whichever function it answers: status, code, number, price. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from batch.money import parse_money
from batch.number import Number
from batch.provider.multitel.reply import Envelope, MalformedError, Reply, integer, text_of
from batch.provider.protocol import Unclear

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_NUMBER = 10**6
"""A RETURN from here on is a phone number (seven digits and more); below, and negative, it is a code."""
LONGEST_NUMBER = 10**15
"""Fifteen digits are the most that a phone number has (E.164); what is longer is nonsense and fits no column."""

NOTHING = "-100"
"""What getdids puts in place of a number to say that there is none."""

_PRICE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,8})?")
_DIGITS = re.compile(r"[1-9][0-9]{0,14}")


def failed(reply: Reply) -> Unclear | None:
    """None for HTTP 200; whatever a body under another status looks like, it is no answer."""
    status = reply.status
    if status == 200:
        return None
    if status in {429, 503}:
        return Unclear(f"HTTP {status}, the provider asks for a pause", busy=True, retry_after=reply.retry_after)
    if 300 <= status < 400:
        return Unclear(f"HTTP {status}, a redirect, which is never followed: see whether base_url is right", fatal=True)
    return Unclear(f"HTTP {status}")


def only_row(answer: Envelope) -> dict[str, object]:
    """The only row of an answer that reports no error beside it; raises MalformedError where there is none such."""
    if answer.rows is None:
        raise MalformedError("the answer has no DATA")
    if len(answer.rows) != 1:
        raise MalformedError(f"the answer has {len(answer.rows)} rows instead of one")
    if answer.return_code:
        raise MalformedError("return_code and DATA contradict each other")
    return answer.rows[0]


def only_return(answer: Envelope) -> int:
    """RETURN of an answer that holds one row with RETURN in it and nothing else; raises MalformedError for any other."""
    row = only_row(answer)
    if answer.extra or row.keys() != {"RETURN"}:
        raise MalformedError("the answer is more or less than one RETURN")
    return return_of(row)


def return_of(row: Mapping[str, object]) -> int:
    """A row's RETURN: a code or a number. Raises MalformedError where it is neither."""
    code = integer(row["RETURN"])
    if code is None:
        raise MalformedError("RETURN is no integer")
    if abs(code) >= LONGEST_NUMBER:
        raise MalformedError("RETURN is longer than any number or code")
    return code


def digits(value: object) -> Number | None:
    """The number that is written out in full: 1.2025550123e10 is none."""
    text = "" if isinstance(value, Decimal) else text_of(value).removeprefix("+")
    return Number(text) if _DIGITS.fullmatch(text) else None


@lru_cache(maxsize=1024)
def price(text: str) -> Decimal | None:
    """The amount that `text` is, in plain digits; None for everything else: no sign, no currency, no thousands.

    Kept: a long list has few different prices.
    """
    return parse_money(text) if _PRICE.fullmatch(text) else None
