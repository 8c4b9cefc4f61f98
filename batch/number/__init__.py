"""Telephone numbers: what people write, and the digits that identify one (E.164 without the plus).

Facts about numbering plans come from the phonenumbers library (Google's libphonenumber metadata): which lengths a country's
numbers may have (*possible*), and which ranges it has given out (*valid*). Plans change faster than libraries, so what is
possible and not valid is a doubt, never a refusal.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NewType

from batch.number.plans import Plan, Standing, international, library, national, plan_of
from batch.number.territories import FRENCH, ISLANDS, territorial

__all__ = [
    "MAX_DIGITS",
    "Number",
    "NumberError",
    "Standing",
    "belongs",
    "calling_code",
    "check_country",
    "code_of",
    "country_of",
    "is_valid",
    "of_one_plan",
    "parse_number",
    "plain_text",
    "prepare",
    "standing",
]

Number = NewType("Number", str)
"""International digits without plus, as the provider and the ledger know a number: "12025550123"."""

_FEWEST = 5
"""Digits below which a text with letters is a word, and no number with a slip."""
MAX_DIGITS = 15
"""The digits of an international number at most (ITU-T E.164), and those that Excel keeps of a cell that it made a number."""


class NumberError(ValueError):
    """A text that is no number: `code` (stable), `problem` (what is wrong) and `remedy` (how to mend it)."""

    def __init__(self, code: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.remedy = remedy


def parse_number(text: str, *, country: str | None = None) -> Number:
    """The number that `text` stands for.

    Takes any script's digits, with or without +, 00, 011, spaces, dots, dashes and brackets, and what Excel makes of a number
    as long as no digit is lost (12025550123.0, 1.2025550123E+10). With a `country` (ISO alpha-2), digits without + or 00 are
    national where that is possible there, and else international.

    Raises NumberError where it stands for none: number-missing, number-malformed, number-lossy, number-national (no country
    to read it in), number-impossible (in its country's plan), country-unknown.
    """
    if "\n" in text and "\n" in text.strip():
        raise NumberError("number-malformed", "it has several lines", "Write one number a row, and nothing else.")
    plain = plain_text(text)
    if not plain:
        raise NumberError("number-missing", "there is no number", "Write the number, or delete the row.")
    digits = plain if plain.isdecimal() else _digits(plain)
    if digits[0] == "+":
        return _international(digits[1:])
    if digits.startswith("00"):
        return _international(digits[2:])
    if country:
        return _local(digits, country)
    if digits[0] != "0":
        return _international(digits)
    if digits.startswith("011"):
        # 011 is how North America dials abroad, but also how Sheffield's national numbers begin: believed only where the
        # rest is a number that its plan has given out.
        number = _possibly(digits[3:])
        if number is not None and is_valid(number):
            return number
    raise NumberError(
        "number-national",
        "this is written as a national number, and nothing says of which country",
        "Write it with its country code (33123450000), or name the country: a Country column, or --default-country FR.",
    )


def is_valid(number: Number) -> bool:
    """Whether the plans know `number` as given out; a possible number that isn't may just be newer than they are."""
    return standing(number).valid


def country_of(number: Number) -> str:
    """The country of `number` as ISO alpha-2, or empty where the plans don't tell."""
    return standing(number).country


def standing(number: Number) -> Standing:
    """Both at once: whether `number` is valid, and its country."""
    plan = plan_of(number[:3])
    if plan is None:
        return Standing(valid=False, country="")
    return plan.standing(number[len(plan.code) :])


def check_country(country: str) -> str:
    """`country` as ISO alpha-2 in capitals.

    Raises NumberError (country-unknown) where the numbering plans know no such country.
    """
    code = country.strip().upper()
    if code in library().SUPPORTED_REGIONS:
        return code
    hint = _COUNTRY_HINTS.get(code)
    raise NumberError(
        "country-unknown",
        f"{country.strip()!r} is no country by its two letters (ISO 3166-1 alpha-2)",
        f"Write {hint}."
        if hint
        else "Write two letters, such as US, GB or FR; leave it blank where the number has its code.",
    )


def code_of(number: Number) -> str:
    """The calling code that `number` begins with, or empty where there is none."""
    plan = plan_of(number[:3])
    return plan.code if plan else ""


def calling_code(country: str) -> str:
    """The calling code of a country that `check_country` knows: "33" for "FR"."""
    return str(library().country_code_for_region(country))


def belongs(number: Number, country: str) -> bool:
    """Whether `number` has the calling code of `country` (as `check_country` answers it), or that of a territory of its plan."""
    return number.startswith(calling_code(country)) or (country == "FR" and code_of(number) in FRENCH)


def of_one_plan(first: Number, last: Number) -> bool:
    """Whether two numbers are of one country, as far as the plans tell, or of countries that share their ranges."""
    code = code_of(first)
    begin, end = country_of(first), country_of(last)
    return code == code_of(last) and (begin == end or not begin or not end or code in ISLANDS)


def prepare() -> None:
    """Import the numbering plans now, where there is time for it, instead of at the first number."""
    library()


_COUNTRY_HINTS = {"UK": "GB", "USA": "US", "GBR": "GB", "FRA": "FR", "DEU": "DE", "ENGLAND": "GB", "EL": "GR"}

# Reading what people write -------------------------------------------------------------------------------------------

_DASHES = {"\N{MINUS SIGN}", "\N{HYPHEN BULLET}", "\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}"}
_WRITTEN = re.compile(r"(?!-)(?:\+|[(\[] ?\+ ?)?[0-9 .()\[\]-]*[0-9][ .()\[\]]*")
_NOT_DIGITS = re.compile(r"[ .()\[\]-]")
_FLOAT = re.compile(r"\+?([0-9]{7,})[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"\+?([0-9]+)(?:[.,]([0-9]*))?[eE][+]?([0-9]{1,3})")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_SLASH = re.compile(r"(\(?\+?[0-9 ()-]{2,10})/([0-9 -]{5,})")
_NOTE = re.compile(r"\+?[0-9][0-9 .()-]{5,}[0-9]\)?\s*(?:[^0-9 .()-]|\(\s*[0-9]{0,3}\D)")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}-(?:0?[1-9]|1[0-2])-[0-3]?[0-9](?:[ T].*)?"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([./-])(?:0?[1-9]|[12][0-9]|3[01])\1(?:19|20)[0-9]{2}"
)
"""A day as people and programs write it: with dots or dashes it would be read as a number of eight digits."""
_FOOTNOTE = re.compile(r"\( ?[0-9]{1,3} ?\) ?$")
"""Digits in brackets at the end: a footnote, or a note, and nobody's last digits."""
_EXTENSION = re.compile(r"[0-9]\s*(?:x|ext|extn|extension|poste|durchwahl)[.:]?\s*[0-9]+$", re.IGNORECASE)


def plain_text(text: str) -> str:
    """`text` in ASCII where it has an equal there: digits of any script, dashes, brackets, spaces; invisible marks gone."""
    plain = text.strip() if text.isascii() else "".join(map(_plain, text)).strip()
    if plain[:1] == "'":  # what Excel shows before a text that looks like a number
        plain = plain[1:].lstrip()
    return " ".join(plain.split()) if not plain.isalnum() else plain


_TURNING = "\u202b\u202e\u2067"
"""Marks that have the text behind them shown from right to left: its digits are not those that a person reads."""


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    category = unicodedata.category(char)
    if category == "Cf" and char not in _TURNING:
        return ""
    if category == "Zs":
        return " "
    if category == "Pd" or char in _DASHES:
        return "-"
    return unicodedata.normalize("NFKC", char) if category in {"Ps", "Pe", "Po", "Sm"} else char


def _digits(plain: str) -> str:
    """The digits of `plain`, behind a + where it has one."""
    if _DATE.fullmatch(plain):
        raise NumberError(
            "number-lossy",
            "digits are lost: it is a date, as a spreadsheet makes it of what looks like one",
            "Format the column as text and enter the number again, from its source.",
        )
    if _WRITTEN.fullmatch(plain) and not _FOOTNOTE.search(plain):
        whole = _FLOAT.fullmatch(plain)
        return ("+" if "+" in plain else "") + whole[1] if whole else _NOT_DIGITS.sub("", plain)
    if found := _SCIENTIFIC.fullmatch(plain):
        return _scientific(plain, found[1], found[2] or "", int(found[3]))
    if found := _FLOAT.fullmatch(plain):
        return found[1]
    if _THOUSANDS.fullmatch(plain):
        return plain.replace(",", "")
    if found := _SLASH.fullmatch(plain):
        return _digits(f"{found[1]} {found[2]}")
    raise _malformed(plain)


def _scientific(plain: str, whole: str, fraction: str, exponent: int) -> str:
    """The digits of a number in Excel's notation, if it still has all of them."""
    if len(fraction.rstrip("0")) > exponent:
        raise _malformed(plain)
    if len(fraction) < exponent:
        raise NumberError(
            "number-lossy",
            f"digits are lost: {plain} is how a spreadsheet shortens a long number",
            "Format the column as text and enter the whole number again, from its source.",
        )
    return whole + fraction[:exponent]


def _malformed(plain: str) -> NumberError:
    if any(char in _TURNING for char in plain):
        problem = "a mark that can't be seen turns its digits around"
        remedy = "Type the number anew, without copying it: what is shown is not what stands there."
    elif _EXTENSION.search(plain):
        problem, remedy = "it has an extension; a number to buy has none", "Write the number without its extension."
    elif (note := _NOTE.match(plain)) or _FOOTNOTE.search(plain):
        problem = "something stands behind the number"
        remedy = "Write the number alone; a note goes into a column of its own."
        if note and sum(map(str.isdecimal, plain[note.end() :])) > _FEWEST:
            problem, remedy = (
                "it seems to be several numbers",
                "Write one number a row; a block as 33123450000-33123450099.",
            )
    elif plain[0] == "-":
        problem, remedy = (
            "it is negative",
            "A formula may have taken it for a sum: format the column as text, enter it again.",
        )
    elif any(char.isalpha() for char in plain):
        problem, remedy = "it has letters", "Write digits only, with the country code: 12025550123."
        if sum(map(str.isdecimal, plain)) < _FEWEST:
            problem = "it is a text and no number"
            remedy = "Write the number; a row of totals or remarks is no order: delete it."
    else:
        problem = "it is not written as a telephone number"
        remedy = (
            "Write one number a row, in digits with the country code: 12025550123; a block as 33123450000-33123450099."
        )
    return NumberError("number-malformed", problem, remedy)


# Judging what was read -----------------------------------------------------------------------------------------------


def _international(digits: str) -> Number:
    """The number of international `digits`; NumberError where it is impossible in its plan."""
    plan = plan_of(digits[:3])
    if plan is None:
        raise NumberError(
            "number-impossible",
            f"no country's code is the beginning of {digits[:20]}" if digits else "there is nothing behind 00",
            "Write the number with its country code (12025550123), or name its country: a Country column, --default-country.",
        )
    number = international(plan, digits)
    if number is None:
        raise _impossible(plan, digits[len(plan.code) :])
    return Number(number)


def _possibly(digits: str) -> Number | None:
    try:
        return _international(digits)
    except NumberError:
        return None


def _local(digits: str, country: str) -> Number:
    """The number of `digits` as dialled in `country`: national where that is possible there, else international."""
    region = check_country(country)
    number = territorial(digits, region) or national(digits, region) or _possibly(digits.removeprefix("011"))
    if number is None:
        problem = f"{digits} is impossible in the numbering plan of {region}, and as an international number"
        remedy = "Check its digits; write it with + and its country code to be sure."
        raise NumberError("number-impossible", problem, remedy)
    return Number(number)


def _impossible(plan: Plan, national: str) -> NumberError:
    lengths = sorted(plan.lengths)
    where = plan.regions[0].country if len(plan.regions) == 1 else ""
    how = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    return NumberError(
        "number-impossible",
        f"impossible in its numbering plan: behind +{plan.code}{f' ({where})' if where else ''} come {how} digits,"
        f" and here are {len(national)}",
        "Check its digits. A national number needs its country: a Country column, or --default-country.",
    )
