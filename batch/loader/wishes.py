"""What a row says beside its number: that it leaves open which ones it orders (Prefix and AnyOf), or which may stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from batch.loader.cells import Read, as_text
from batch.loader.spans import SpanError, number_text
from batch.number import MAX_DIGITS, Number, NumberError, code_of, parse_number, plain_text

_COUNT = re.compile(r"([0-9]{1,15})(?:\.0{1,2})?")
_SEPARATORS = re.compile(r"[\s.()/-]")
_BETWEEN = re.compile(r"[,;\r\n]+")


class Wished(NamedTuple):
    """So many numbers under a prefix. `sample` is a possible number under it, for checks before any is chosen."""

    prefix: str
    wanted: int
    sample: Number


def read_wish(prefix: Read, count: Read, given: Mapping[str, Read], most: int) -> Wished | None:
    """What a row wishes for by its cells Prefix and AnyOf; None where it says which numbers it orders.

    `given` are its cells Number, NumberTo and BlockSize. Raises SpanError, naming the field that is to blame.
    """
    named = next((name for name, cell in given.items() if cell != ""), None)
    if count == "" and (prefix == "" or named == "Number"):
        return None
    if count == "":
        words = "it has a prefix, and neither a number nor how many are wanted under it"
        raise SpanError(
            "AnyOf", "choice-incomplete", words, "Write how many numbers you want: 50; or the number itself."
        )
    if named is not None:
        words = f"it asks for numbers by choice, and {named} says which ones it orders"
        raise SpanError("AnyOf", "choice-twice", words, f"Keep one of them: AnyOf with Prefix, or {named}.")
    if prefix == "":
        words = "it says how many numbers are wanted, and not under which prefix"
        raise SpanError("Prefix", "choice-incomplete", words, "Write the first digits, with the country code: 1203.")
    digits, sample = _read_prefix(prefix)
    return Wished(digits, _read_count(count, most), sample)


def _read_count(cell: Read, most: int) -> int:
    text = as_text(cell)
    whole = None if isinstance(cell, bool) else _COUNT.fullmatch(plain_text(text))
    if whole is None or int(whole[1]) < 1:
        words = f"{text[:40]!r} is no whole number from 1"
        raise SpanError("AnyOf", "choice-count", words, "Write how many numbers you want: 50.")
    if int(whole[1]) > most:
        words = f"{int(whole[1]):,} numbers by choice; a row may have {most:,}"
        raise SpanError("AnyOf", "choice-too-large", words, "Split it, or raise the setting max_block if you mean it.")
    return int(whole[1])


def _read_prefix(cell: Read) -> tuple[str, Number]:
    """The prefix's digits, and a possible number under it."""
    try:
        text = number_text(cell)
    except NumberError as error:
        raise SpanError("Prefix", error.code, error.problem, error.remedy) from None
    plain = _SEPARATORS.sub("", plain_text(text))
    digits = plain.removeprefix("+") if plain.startswith("+") else plain.removeprefix("00")
    remedy = "Write the first digits, with the country code: 1203."
    if not digits.isascii() or not digits.isdecimal() or len(digits) > MAX_DIGITS:
        raise SpanError("Prefix", "prefix-malformed", f"{text[:40]!r} is no beginning of a number", remedy)
    if not code_of(Number(digits)):
        words = f"no country has a code that {digits} begins with"
        raise SpanError("Prefix", "prefix-impossible", words, remedy)
    for length in range(MAX_DIGITS - len(digits) + 1):
        for filler in "25":
            try:
                return digits, parse_number("+" + digits + filler * length)
            except NumberError:
                continue
    words = f"no number that begins with {digits} is possible in its country's plan"
    raise SpanError("Prefix", "prefix-impossible", words, remedy)


def read_alternatives(cell: Read, country: str | None) -> tuple[Number, ...]:
    """The numbers in a cell Alternative, in their order; `country` as for Number.

    Raises SpanError where one of them is none, or stands there twice.
    """
    try:
        texts = _BETWEEN.split(number_text(cell))
        found = tuple(parse_number(text, country=country) for text in texts if text.strip())
    except NumberError as error:
        raise SpanError("Alternative", error.code, error.problem, error.remedy) from None
    twice = next((number for place, number in enumerate(found) if number in found[:place]), None)
    if twice is not None:
        words = f"{twice} stands there twice"
        raise SpanError("Alternative", "alternative-twice", words, "Write each number once.")
    return found
