"""What MultiTEL's answers mean: bytes in, outcomes out. Pure: no I/O, no clock.

A verdict needs an answer that fits exactly: a purchase is bought when RETURN is the number that was asked for, and by
nothing else. Whatever is odd (a proxy's page, a cut answer, two rows, a number with a point) is no verdict, so that the
account is asked instead. Shapes and codes are those of the provider's documents of January 2015 and its PHP client. What is
assumed, here and nowhere else, says so: how it answers an account query about a number that is not ours (`inquiry`), a
release (`release`) and the question where calls go (`ring_to`). What is in stock, and where, is read in `listings`.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from batch.number import Number
from batch.provider.lookups import RingTo
from batch.provider.multitel.codes import CODES, LOGIN_REFUSED
from batch.provider.multitel.readings import (
    NOTHING,
    SHORTEST_NUMBER,
    digits,
    failed,
    only_return,
    only_row,
    price,
    return_of,
)
from batch.provider.multitel.reply import Envelope, MalformedError, Reply, envelope, integer, text_of
from batch.provider.protocol import (
    Blocked,
    Bought,
    GivenBack,
    Inquiry,
    NoAnswer,
    NotOwned,
    NotReleased,
    OtherNumber,
    Outcome,
    Owned,
    Refused,
    ReleaseOutcome,
    Throttled,
    Unclear,
    UnknownCode,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

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

_DESTINATION = re.compile(r"(?:uri|ring_?to|destination)_?[0-9]{0,2}", re.IGNORECASE)
"""Assumed: what getringto calls a destination; documented is no name but the purchase's."""
_BALANCE = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,8})?")
_CREATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def purchase(reply: Reply, number: Number) -> Outcome:
    """What the answer to a purchase of `number` says."""
    if reply.status == 429:
        return Throttled(reply.retry_after)
    if failure := failed(reply):
        return _no_answer(failure)
    try:
        code = only_return(envelope(reply.body))
    except MalformedError as odd:
        return NoAnswer(str(odd))
    if CODES.get(code):
        return Refused(code)
    if code < SHORTEST_NUMBER:
        return UnknownCode(code)
    return Bought(code) if str(code) == number else OtherNumber(Number(str(code)))


def release(reply: Reply, number: Number) -> ReleaseOutcome:
    """What the answer to a release of `number` says.

    Assumed: it is answered like a purchase, RETURN is the number where it was given back, and its other codes (in RETURN, or in
    return_code beside no row) are its own; only those that refuse the login mean the same everywhere.
    """
    if reply.status == 429:
        return Throttled(reply.retry_after)
    if failure := failed(reply):
        return _no_answer(failure)
    try:
        answer = envelope(reply.body)
        refusal = answer.return_code if answer.return_code and not answer.rows else None
        code = only_return(answer) if refusal is None else refusal
    except MalformedError as odd:
        return NoAnswer(str(odd))
    if refusal is not None and abs(refusal) >= SHORTEST_NUMBER:
        return NoAnswer("a number stands where a code should")
    return GivenBack(code) if str(code) == number else NotReleased(code, halt=code in LOGIN_REFUSED)


def inquiry(reply: Reply, number: Number) -> Inquiry:
    """What the answer to an account query about `number` says.

    Documented is only a number that is ours. Assumed: one that is not is answered by a code (in a row's RETURN, perhaps with
    words beside it, or in return_code), by no row or an empty one, or as getdids says "nothing", by a row numbered -100; each
    of those is a shape of its own, and what it is worth is for calibration to find out.
    """
    if failure := failed(reply):
        return failure
    try:
        answer = envelope(reply.body)
        if answer.rows and "RETURN" not in answer.rows[0] and not _is_nothing(answer.rows[0]):
            return _holding(answer, number)
        return _absence(answer)
    except MalformedError as odd:
        return Unclear(str(odd))


def ring_to(reply: Reply, number: Number) -> RingTo | NotOwned | Unclear | Blocked:
    """Where the calls of `number` go.

    Assumed: one row with a purchase's names, or a row for each destination; a number that is not ours is answered as `inquiry`
    has it. A row about another number, or without any destination's name, says nothing.
    """
    if failure := failed(reply):
        return failure
    try:
        answer = envelope(reply.body)
        rows = answer.rows or []
        if not rows or "RETURN" in rows[0] or _is_nothing(rows[0]):
            return _absence(answer)
        told = _told(answer, number)
    except MalformedError as odd:
        return Unclear(str(odd))
    return RingTo(number, tuple(one for row in told for one in _destinations(row)), _together(told))


def balance(reply: Reply) -> Decimal | Unclear:
    """The account's balance. A plain integer that is a known code (99) or negative (-605) may be either: unclear, no alarm."""
    if failure := failed(reply):
        return failure
    try:
        value = only_row(envelope(reply.body)).get("RETURN")
        text = text_of(value)
    except MalformedError as odd:
        return Unclear(str(odd))
    if not _BALANCE.fullmatch(text):
        return Unclear("the balance is no amount")
    code = integer(text)
    if code is not None and (code < 0 or CODES.get(code)):
        return Unclear(f"{code} may be a balance or a return code")
    return Decimal(text)


def _no_answer(failure: Unclear) -> NoAnswer:
    return NoAnswer(failure.reason, busy=failure.busy, retry_after=failure.retry_after, halt=failure.fatal)


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
        codes.append(return_of(answer.rows[0]))
        parts.append(f"return:{codes[-1]}{' and words' if len(answer.rows[0]) > 1 else ''}")
    elif answer.rows is not None:
        parts.append("no rows")
    elif not answer.return_code:
        raise MalformedError("the answer has no DATA")
    if answer.return_code is not None:
        parts.append(f"return_code:{answer.return_code}")
    if any(abs(code) >= SHORTEST_NUMBER for code in codes):
        return Unclear("a number stands where a code should")
    for code in codes:
        if code in LOGIN_REFUSED:
            return Blocked(code)
    return NotOwned(" ".join(parts))


def _is_nothing(row: Mapping[str, object]) -> bool:
    """Whether a row says in its own way that there is none."""
    return not row or (row.keys() == {"Number"} and text_of(row["Number"]) == NOTHING)


def _holding(answer: Envelope, number: Number) -> Owned:
    row = only_row(answer)
    if digits(row.get("Number")) != number:
        raise MalformedError("the answer is about another number")
    holding = _texts(row)
    if not any(holding.get(key) for key in _HOLDING):
        raise MalformedError("the answer shows neither configuration nor prices")
    return Owned(
        number=number,
        setup=price(holding.get("SetupCost", "")),
        monthly=price(holding.get("MonthlyCharges", "")),
        created=_created(holding.get("DateCreated", "")),
        description=holding.get("Description", ""),
        holding=holding,
    )


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    return {key.encode("utf-8", "replace").decode(): text_of(value) for key, value in row.items()}


def _told(answer: Envelope, number: Number) -> list[dict[str, str]]:
    """What the rows tell of where the calls of `number` go."""
    if answer.return_code:
        raise MalformedError("return_code and DATA contradict each other")
    rows = answer.rows or []
    if any("Number" in row and digits(row["Number"]) != number for row in rows):
        raise MalformedError("the answer is about another number")
    told = [_texts(row) for row in rows]
    if not all(any(_DESTINATION.fullmatch(name) for name in row) for row in told):
        raise MalformedError("the answer names no destination")
    return told


def _destinations(told: Mapping[str, str]) -> list[str]:
    return [text for name, text in told.items() if text and _DESTINATION.fullmatch(name)]


def _together(rows: list[dict[str, str]]) -> dict[str, str]:
    """All rows' fields in one; from the second row on, with the row's place behind the name."""
    return {
        name if place == 1 else f"{name} ({place})": text
        for place, row in enumerate(rows, 1)
        for name, text in row.items()
    }


def _created(text: str) -> datetime | None:
    """When the number was bought, naive: the provider does not say in which zone."""
    if not _CREATED.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None  # a well-formed date that no calendar has, like 0000-00-00
