"""What MultiTEL's answers mean: bytes in, outcomes out. Pure: no I/O, no clock.

A verdict needs an answer that fits exactly: a purchase is bought when RETURN is the number that was asked for, and by
nothing else. Whatever is odd (a proxy's page, a cut answer, two rows, a number with a point) is no verdict, so that the
account is asked instead. Shapes and codes are those of the provider's documents of January 2015 and its PHP client; how it
answers an account query about a number that is not ours is assumed here, in `inquiry`, and nowhere else.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from batch.money import parse_money
from batch.number import Number
from batch.provider.lookups import Offer
from batch.provider.multitel.codes import CODES, LOGIN_REFUSED
from batch.provider.multitel.reply import Envelope, MalformedError, Reply, envelope, integer, text_of
from batch.provider.protocol import (
    Blocked,
    Bought,
    Inquiry,
    NoAnswer,
    NotOwned,
    OtherNumber,
    Outcome,
    Owned,
    Refused,
    Throttled,
    Unclear,
    UnknownCode,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHORTEST_NUMBER = 10**6
"""RETURN from here on is a phone number (seven digits and more); below, and negative, it is a code."""
_LONGEST_NUMBER = 10**15
"""Fifteen digits are the most that a phone number has (E.164); what is longer is nonsense and fits no column."""

_NOTHING_IN_STOCK = "-100"

_HOLDING = frozenset(
    {
        *("SetupCost", "MonthlyCharges", "PerMinuteCharges", "Uri", "Uri2", "Uri3", "RingType", "RingStyle"),
        *("ForwardDestination", "Cnam", "Description", "Channels", "FreeMinutes", "RemainingMinutes", "ServiceActive"),
        *("Voice_Enabled", "SMS_Enabled", "MMS_Enabled", "DateCreated", "Subaccount_Id"),
    }
)
"""What the account reports of a number that it holds; at least one must be there, lest an echo of our question is a yes."""

_ABOUT_A_NUMBER = _HOLDING | {"Number"}
"""What never stands beside a code: an answer that has both says yes and no."""

_PRICE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,8})?")
_BALANCE = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,8})?")
_CREATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_DIGITS = re.compile(r"[1-9][0-9]{0,14}")


def purchase(reply: Reply, number: Number) -> Outcome:
    """What the answer to a purchase of `number` says."""
    if reply.status == 429:
        return Throttled(reply.retry_after)
    if failed := _failed(reply):
        return NoAnswer(failed.reason, busy=failed.busy, retry_after=failed.retry_after, halt=failed.fatal)
    try:
        code = _only_return(envelope(reply.body))
    except MalformedError as odd:
        return NoAnswer(str(odd))
    if CODES.get(code):
        return Refused(code)
    if code < _SHORTEST_NUMBER:
        return UnknownCode(code)
    return Bought(code) if str(code) == number else OtherNumber(Number(str(code)))


def inquiry(reply: Reply, number: Number) -> Inquiry:
    """What the answer to an account query about `number` says.

    Documented is only a number that is ours. Assumed: one that is not is answered by a code (in a row's RETURN, perhaps with
    words beside it, or in return_code), by no row or an empty one, or as getdids says "nothing", by a row numbered -100; each
    of those is a shape of its own, and what it is worth is for calibration to find out.
    """
    if failed := _failed(reply):
        return failed
    try:
        answer = envelope(reply.body)
        if answer.rows and "RETURN" not in answer.rows[0] and not _is_nothing(answer.rows[0]):
            return _holding(answer, number)
        return _absence(answer)
    except MalformedError as odd:
        return Unclear(str(odd))


def balance(reply: Reply) -> Decimal | Unclear:
    """The account's balance. A plain integer that is also a known code (99, -55, …) may be either: unclear, no alarm."""
    if failed := _failed(reply):
        return failed
    try:
        value = _row(envelope(reply.body)).get("RETURN")
        text = text_of(value)
    except MalformedError as odd:
        return Unclear(str(odd))
    if not _BALANCE.fullmatch(text):
        return Unclear("the balance is no amount")
    code = integer(text)
    if code is not None and CODES.get(code):
        return Unclear(f"{code} may be a balance or a return code")
    return Decimal(text)


def stock(reply: Reply, prefix: str) -> Sequence[Offer] | Unclear:
    """The numbers in stock that begin with `prefix`, as the answer lists them; one row numbered -100 means none."""
    if failed := _failed(reply):
        return failed
    try:
        answer = envelope(reply.body)
        if answer.return_code:
            return Unclear(f"return code {answer.return_code}")
        if answer.rows is None:
            return Unclear("the answer has no DATA")
        if len(answer.rows) == 1 and "RETURN" in answer.rows[0]:
            return Unclear(f"return code {_code(answer.rows[0])}")
        if len(answer.rows) == 1 and text_of(answer.rows[0].get("Number")) == _NOTHING_IN_STOCK:
            return []
        offers = [_offer(row) for row in answer.rows]
    except MalformedError as odd:
        return Unclear(str(odd))
    return [offer for offer in offers if offer.number.startswith(prefix)]


def _failed(reply: Reply) -> Unclear | None:
    """None for HTTP 200; whatever a body under another status looks like, it is no answer."""
    status = reply.status
    if status == 200:
        return None
    if status in {429, 503}:
        return Unclear(f"HTTP {status}, the provider asks for a pause", busy=True, retry_after=reply.retry_after)
    if 300 <= status < 400:
        return Unclear(f"HTTP {status}, a redirect, which is never followed: see whether base_url is right", fatal=True)
    return Unclear(f"HTTP {status}")


def _row(answer: Envelope) -> dict[str, object]:
    """The only row of an answer that reports no error beside it."""
    if answer.rows is None:
        raise MalformedError("the answer has no DATA")
    if len(answer.rows) != 1:
        raise MalformedError(f"the answer has {len(answer.rows)} rows instead of one")
    if answer.return_code:
        raise MalformedError("return_code and DATA contradict each other")
    return answer.rows[0]


def _only_return(answer: Envelope) -> int:
    """RETURN of an answer that holds one row with RETURN in it and nothing else."""
    row = _row(answer)
    if answer.extra or row.keys() != {"RETURN"}:
        raise MalformedError("the answer is more or less than one RETURN")
    return _code(row)


def _code(row: Mapping[str, object]) -> int:
    code = integer(row["RETURN"])
    if code is None:
        raise MalformedError("RETURN is no integer")
    if abs(code) >= _LONGEST_NUMBER:
        raise MalformedError("RETURN is longer than any number or code")
    return code


def _absence(answer: Envelope) -> NotOwned | Unclear | Blocked:
    """An answer without a holding: its codes and its form, as a shape."""
    if len(answer.rows or ()) > 1:
        raise MalformedError("the answer has several rows")
    parts = []
    codes = [] if answer.return_code is None else [answer.return_code]
    if answer.rows and _is_nothing(answer.rows[0]):
        parts.append("number:-100" if answer.rows[0] else "empty row")
    elif answer.rows:
        if answer.rows[0].keys() & _ABOUT_A_NUMBER:
            raise MalformedError("RETURN stands among other fields")
        codes.append(_code(answer.rows[0]))
        parts.append(f"return:{codes[-1]}{' and words' if len(answer.rows[0]) > 1 else ''}")
    elif answer.rows is not None:
        parts.append("no rows")
    elif not answer.return_code:
        raise MalformedError("the answer has no DATA")
    if answer.return_code is not None:
        parts.append(f"return_code:{answer.return_code}")
    if any(abs(code) >= _SHORTEST_NUMBER for code in codes):
        return Unclear("a number stands where a code should")
    for code in codes:
        if code in LOGIN_REFUSED:
            return Blocked(code)
    return NotOwned(" ".join(parts))


def _is_nothing(row: Mapping[str, object]) -> bool:
    """Whether a row says in its own way that there is none."""
    return not row or (row.keys() == {"Number"} and text_of(row["Number"]) == _NOTHING_IN_STOCK)


def _holding(answer: Envelope, number: Number) -> Owned:
    row = _row(answer)
    if _digits(row.get("Number")) != number:
        raise MalformedError("the answer is about another number")
    holding = {key.encode("utf-8", "replace").decode(): text_of(value) for key, value in row.items()}
    if not any(holding.get(key) for key in _HOLDING):
        raise MalformedError("the answer shows neither configuration nor prices")
    return Owned(
        number=number,
        setup=_price(holding.get("SetupCost", "")),
        monthly=_price(holding.get("MonthlyCharges", "")),
        created=_created(holding.get("DateCreated", "")),
        description=holding.get("Description", ""),
        holding=holding,
    )


def _offer(row: Mapping[str, object]) -> Offer:
    number = _digits(row.get("Number"))
    if number is None:
        raise MalformedError("a row has no number")
    return Offer(
        number=number,
        setup=_price(text_of(row.get("SetupCost"))),
        monthly=_price(text_of(row.get("MonthlyCharges"))),
        country=text_of(row.get("CountryCode")) or text_of(row.get("Country")),
        area=text_of(row.get("Area")),
    )


def _digits(value: object) -> Number | None:
    """The number that is written out in full: 1.2025550123e10 is none."""
    text = "" if isinstance(value, Decimal) else text_of(value).removeprefix("+")
    return Number(text) if _DIGITS.fullmatch(text) else None


def _price(text: str) -> Decimal | None:
    return parse_money(text) if _PRICE.fullmatch(text) else None


def _created(text: str) -> datetime | None:
    """When the number was bought, naive: the provider does not say in which zone."""
    if not _CREATED.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None  # a well-formed date that no calendar has, like 0000-00-00
