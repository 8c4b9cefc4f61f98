"""What a row orders: one number, or a block of consecutive ones, in any of the three ways to write it."""

from __future__ import annotations

import re
from typing import NamedTuple

from batch.loader.cells import EXACT, Flaw, Read, as_text
from batch.number import MAX_DIGITS, Number, NumberError, Standing, of_one_plan, parse_number, plain_text, standing

_DASH = re.compile(r"-")
_SHORTEST_END = 5
"""Digits that each end of a block has at least: what is shorter behind a dash is part of a number."""


class Span(NamedTuple):
    """Consecutive numbers: the first, how many, and what the plans say of them."""

    first: Number
    size: int
    standing: Standing

    def numbers(self) -> list[Number]:
        """All of them. They have as many digits as the first."""
        if self.size == 1:
            return [self.first]
        start = int(self.first)
        return [Number(str(number)) for number in range(start, start + self.size)]


class SpanError(NumberError):
    """A number or block that is wrong, and the field that it is wrong in."""

    def __init__(self, field: str, code: str, problem: str, remedy: str) -> None:
        super().__init__(code, problem, remedy)
        self.field = field


def read_span(number: Read, until: Read, size: Read, country: str | None, max_block: int) -> Span:
    """The numbers of a row, from its cells Number, NumberTo and BlockSize; `country` is ISO alpha-2.

    Raises NumberError (SpanError where another column than Number is to blame).
    """
    text = number if type(number) is str else number_text(number)
    if until == "" and size == "" and "-" not in text and text.isascii():
        # By far the most rows.
        return _single(parse_number(text, country=country))
    first, last = _with_size(_with_until(_ends(text, country), until, country), size)
    if first == last:
        return _single(first)
    return _block(first, last, max_block)


def number_text(cell: Read) -> str:
    """The text of a number's cell.

    Raises NumberError where a spreadsheet has lost what it was.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        raise NumberError("number-malformed", "a truth value, not a number", "Write the number.")
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        if abs(cell) >= EXACT:
            problem = f"digits are lost: a spreadsheet keeps {MAX_DIGITS} digits of a number, and this has more"
        elif cell.is_integer():
            return str(int(cell))
        else:
            raise NumberError(
                "number-malformed", "it has a fraction", "Format the column as text, enter the whole number."
            )
    elif isinstance(cell, Flaw):
        raise NumberError(cell.code, cell.problem, "")
    else:
        problem = "digits are lost: a spreadsheet has made a date of it"
    raise NumberError(
        "number-lossy", problem, "Format the column as text and enter the whole number again, from its source."
    )


def _single(number: Number) -> Span:
    return Span(number, 1, standing(number))


def _ends(text: str, country: str | None) -> tuple[Number, Number]:
    """The ends of what a Number cell says; the same twice for a single number.

    A dash may stand within a number or between two. It stands between two where both sides are numbers of their own and the
    whole is none: two plus signs, or more digits than a number has, or a whole that is impossible.
    """
    plain = plain_text(text)
    digits = sum(char.isdecimal() for char in plain)
    if "-" not in plain or digits < 2 * _SHORTEST_END:
        number = parse_number(plain, country=country)
        return number, number
    if digits <= MAX_DIGITS and plain.count("+") < 2:
        try:
            number = parse_number(plain, country=country)
        except NumberError:
            if (ends := _split(plain, country)) is None:
                raise
            return ends
        return number, number
    ends = _split(plain, country)
    if ends is None:
        # Neither: say what is wrong with it as the number, or with the ends that it most likely has.
        middle = _middle(plain)
        if middle is None:
            number = parse_number(plain, country=country)
            return number, number
        return _pair(*middle, country)
    return ends


def _split(plain: str, country: str | None) -> tuple[Number, Number] | None:
    """The ends of a block in `plain`, or None where no dash parts it into two numbers."""
    found = set()
    for dash in _DASH.finditer(plain):
        one, other = plain[: dash.start()].strip(), plain[dash.end() :].strip()
        if min(_count(one), _count(other)) >= _SHORTEST_END and one[-1:] != "-" and other[:1] != "-":
            try:
                found.add(_pair(one, other, country))
            except NumberError:
                continue
    alike = {(first, last) for first, last in found if len(first) == len(last)} or found
    return alike.pop() if len(alike) == 1 else None


def _middle(plain: str) -> tuple[str, str] | None:
    """The two sides of the only dash, of the only one between spaces, or of the one before the second plus."""
    for pattern in (r"[^-]+-[^-]+", r".*? - .*", r"[^+]*\+[^+]*-\s*\+[^+]*"):
        if re.fullmatch(pattern, plain) and (pattern[0] == "[" or plain.count(" - ") == 1):
            parts = re.split(r"-\s*(?=\+)" if plain.count("+") > 1 else " - " if " - " in plain else "-", plain)
            if len(parts) == 2:
                return parts[0].strip(), parts[1].strip()
    return None


def _pair(one: str, other: str, country: str | None) -> tuple[Number, Number]:
    """Both ends. Behind an international end the other one is international too, if it can be."""
    first = parse_number(one, country=country)
    if country and one.startswith(("+", "00")) and not other.startswith(("+", "0")):
        try:
            return first, parse_number("+" + other)
        except NumberError:
            pass
    return first, parse_number(other, country=country)


def _count(text: str) -> int:
    return sum(char.isdecimal() for char in text)


def _with_until(ends: tuple[Number, Number], until: Read, country: str | None) -> tuple[Number, Number]:
    """The ends, with the last number that NumberTo gives."""
    if until == "":
        return ends
    try:
        last = parse_number(number_text(until), country=country)
    except NumberError as error:
        raise SpanError("NumberTo", error.code, error.problem, error.remedy) from None
    if ends[0] != ends[1] and ends[1] != last:
        problem = f"Number says that the block ends with {ends[1]}, and NumberTo with {last}"
        raise SpanError("NumberTo", "block-twice", problem, "Keep one of them.")
    return ends[0], last


def _with_size(ends: tuple[Number, Number], size: Read) -> tuple[Number, Number]:
    """The ends, with the last number that BlockSize leads to."""
    if size == "":
        return ends
    text = as_text(size)
    # 100.0 is a hundred that a program wrote; 1.000 may be a thousand that a person did.
    whole = re.fullmatch(r"([0-9]{1,15})(?:\.0{1,2})?", plain_text(text)) if not isinstance(size, bool) else None
    if whole is None or int(whole[1]) < 1:
        problem, remedy = (
            f"{text[:40]!r} is no whole number from 1",
            "Write how many consecutive numbers you want: 100.",
        )
        raise SpanError("BlockSize", "block-malformed", problem, remedy)
    last = Number(str(int(ends[0]) + int(whole[1]) - 1))
    if ends[0] != ends[1] and ends[1] != last:
        problem = f"BlockSize leads to {last}, and the row says that the block ends with {ends[1]}"
        raise SpanError("BlockSize", "block-twice", problem, "Keep one of them.")
    if len(last) != len(ends[0]):
        problem = f"the block would end with {last}, which has more digits than {ends[0]}"
        raise SpanError("BlockSize", "block-ends-differ", problem, "Split the block, or write a smaller size.")
    return ends[0], last


def _block(first: Number, last: Number, max_block: int) -> Span:
    """The block between two different ends, if they are of one kind and in order."""
    if len(first) != len(last):
        problem = f"its ends {first} and {last} differ in length"
        raise NumberError("block-ends-differ", problem, "Write both ends in full, with the country code.")
    count = int(last) - int(first) + 1
    if count < 1:
        raise NumberError("block-reversed", f"it ends with {last}, before it begins with {first}", "Exchange its ends.")
    begin, end = standing(first), standing(last)
    # Within one code the plans may not tell the country of an end: that is a doubt and no difference.
    if not of_one_plan(first, last):
        where = f"{begin.country or 'unknown'} and {end.country or 'unknown'}"
        problem = f"its ends {first} and {last} are of different countries ({where})"
        raise NumberError("block-ends-differ", problem, "Write a block within one country.")
    if count > max_block:
        problem = f"a block of {count:,} numbers; a row may have {max_block:,}"
        raise NumberError("block-too-large", problem, "Split it, or raise the setting max_block if you mean it.")
    return Span(first, count, Standing(begin.valid and end.valid, begin.country))
