"""Amounts of money as invoices write them: signs of currency, credits, thousands, decimal commas.

A column is read as a whole, for only its other cells tell what 1,250 means: where one says 2,50 the comma is decimal in all of
them, where one says 1,250.00 it is not. Where nothing tells, the cell is refused; it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from batch.loader.cells import Read, as_text
from batch.number import plain_text

_SYMBOLS: Final = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "$": "",
    "US$": "USD",
    "USD$": "USD",
    "C$": "CAD",
    "A$": "AUD",
}
"""Signs of currency, and the one that each means; a dollar may be any country's."""
_SPACES = " \u00a0\u2007\u2009\u202f'\u2019"
_WRITTEN = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>[A-Z]{{0,3}}[$€£¥₹]?)\s*(?P<inner>[-+])?"
    rf"(?P<body>[0-9](?:[0-9.,{_SPACES}]*[0-9])?[.,]?|[.,][0-9]+)"
    rf"\s*(?P<after>[$€£¥₹]|[A-Z]{{3}})?\s*(?P<tail>-|CR|DR)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_MOST = Decimal(10) ** 12
_LONGEST = 60
"""Characters that an amount is written in at most."""
_FLOAT_DIGITS = 15
"""Digits that a spreadsheet keeps of a number."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What a cell comes to: `value`, None where it holds none; `problem`: why it can't be read. `currency`: as it names it."""

    value: Decimal | None
    currency: str = ""
    problem: str = ""


NOTHING: Final = Amount(None)


def read_amounts(cells: Sequence[Read]) -> list[Amount]:
    """What each cell of a column comes to."""
    texts = [_plain(cell) if isinstance(cell, str) else "" for cell in cells]
    marks = _marks(texts)
    return [
        _text(text, marks) if isinstance(cell, str) else _number(cell) for cell, text in zip(cells, texts, strict=True)
    ]


def _number(cell: Read) -> Amount:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        # As the spreadsheet shows it: 0.30000000000000004 is what adding leaves of 0.3.
        value = Decimal(format(cell, f".{_FLOAT_DIGITS}g"))
        return Amount(value) if value.is_finite() and abs(value) < _MOST else Amount(None, "", "no amount")
    shown = as_text(cell)
    return Amount(None, "", f"{shown or 'it'} is no amount")


def _plain(text: str) -> str:
    """`text` with the plain sign for what looks like a minus; other scripts' digits as ours."""
    return plain_text(text).replace("\N{MINUS SIGN}", "-") if text.strip() else ""


def _marks(texts: Iterable[str]) -> set[str]:
    """The decimal signs that the column surely uses."""
    found = (_WRITTEN.fullmatch(text) for text in texts if len(text) <= _LONGEST)
    marks = {_mark(one["body"]) for one in found if one is not None}
    return marks - {""}


def _mark(body: str) -> str:
    """The decimal sign that `body` surely has, empty where it has none, or may have none."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return max(".,", key=body.rfind)
    sign = "." if points else ","
    if points + commas != 1:
        return ""
    whole, part = body.split(sign)
    return "" if len(part) == 3 and _may_be_group(whole) else sign


def _may_be_group(whole: str) -> bool:
    return whole != "0" and 0 < len(whole) <= 3


def _text(text: str, marks: set[str]) -> Amount:
    if not text:
        return NOTHING
    found = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or bool(found["open"]) != bool(found["close"]):
        return Amount(None, "", f"{text[:_LONGEST]!r} is no amount")
    currency = _currency(found["before"] or "", found["after"] or "")
    value = _value(found["body"], marks)
    if currency is None or value is None or value >= _MOST:
        why = (
            "may be thousands or decimals, and no other cell of the column tells which"
            if value is None
            else "is no amount"
        )
        return Amount(None, "", f"{text!r} {why}")
    minus = sum(found[name] == "-" for name in ("sign", "inner", "tail")) + bool(found["open"])
    if minus > 1:
        return Amount(None, "", f"{text!r} is negative twice")
    credit = minus or (found["tail"] or "").upper() == "CR"
    return Amount(-value if credit and value else value, currency)


def _currency(before: str, after: str) -> str | None:
    """The currency that the signs before and behind an amount mean; None where they are no such signs, or two of them."""
    signs = {sign.upper() for sign in (before, after) if sign}
    if len(signs) > 1:
        return None
    sign = "".join(signs)
    if sign in _SYMBOLS or re.fullmatch("(?:[A-Z]{3})?", sign):
        return _SYMBOLS.get(sign, sign)
    return None


def _value(body: str, marks: set[str]) -> Decimal | None:
    """The amount that `body` is; None where its separators make no sense, or may mean two things."""
    sign = _mark(body)
    if not sign and body.count(".") + body.count(",") == 1:
        told = _told_by(body, marks)
        if told is None:
            return None
        sign = told
    whole, _, part = body.rpartition(sign) if sign else (body, "", "")
    if not part.isdecimal() and part:
        return None
    groups = re.split(rf"[.,{_SPACES}]", whole)
    if len(groups) > 1:
        separators = set(re.findall(rf"[.,{_SPACES}]", whole))
        if len(separators) > 1 or sign in separators or not _grouped(groups):
            return None
    return Decimal(f"{''.join(groups) or '0'}.{part or '0'}")


def _told_by(body: str, marks: set[str]) -> str | None:
    """The decimal sign of a body such as 1,250, empty where its sign is one of thousands; None where nothing tells."""
    sign = "." if "." in body else ","
    if len(marks) == 1:
        return sign if sign in marks else ""
    # As in an order: a point is decimal where nothing speaks against it.
    return sign if sign == "." and not marks else None


def _grouped(groups: Sequence[str]) -> bool:
    return 0 < len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
