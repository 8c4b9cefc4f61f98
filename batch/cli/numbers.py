"""Numbers and prefixes as arguments: what a person writes, in one word or several."""

from __future__ import annotations

import re
from typing import Annotated

from cyclopts import Parameter

from batch.errors import UsageError
from batch.number import Number
from batch.settings.model import Settings

NumberWords = Annotated[
    str, Parameter(name="NUMBER", allow_leading_hyphen=True, help="The number, as you write it.", required=True)
]
PrefixWords = Annotated[
    str,
    Parameter(
        name="PREFIX",
        help="What the numbers begin with, country code first: 1203, +1 203.",
        required=True,
    ),
]
_PREFIX = re.compile(r"\+?[0-9 .()\[\]/-]*[0-9][ .()\[\]/-]*")


def read_number(text: str, settings: Settings) -> Number:
    """The number that a person wrote. Raises UsageError where it is none."""
    from batch.number import NumberError, parse_number  # noqa: PLC0415 - with the numbering plans

    try:
        return parse_number(text, country=settings.default_country)
    except NumberError as error:
        raise UsageError(f"{text!r}: {error.problem}", remedy=error.remedy) from None


def read_prefix(text: str) -> str:
    """The digits, country code first, of a prefix that a person wrote: 1203 for +1-203. Raises UsageError where it is none."""
    from batch.number import MAX_DIGITS, plain_text  # noqa: PLC0415 - as above

    plain = plain_text(text)
    digits = re.sub(r"[^0-9]", "", plain)
    if _PREFIX.fullmatch(plain):
        digits = digits.removeprefix("011").removeprefix("00") if digits.startswith("0") else digits
        if digits[:1] not in {"", "0"} and len(digits) <= MAX_DIGITS:
            return digits
    raise UsageError(
        f"{text!r} is no prefix of international numbers",
        remedy="Write digits, the country code first: 1203, or +1 203. `numbatch areas COUNTRY` lists a country's.",
    )
