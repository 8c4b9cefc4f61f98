"""What MultiTEL's lists mean: countries, areas, numbers in stock. Bytes in, rows out. Pure: no I/O, no clock.

A list is for looking and for planning: a row that can't be read is left out, a field that can't be read is empty or None, and
nothing is made up. Names and shapes are those of the provider's PHP client and its newer samples. Assumed, and nowhere else:

- "nothing" is said in any of the ways that a function of the provider has for it: no row, an empty row, -100 where the number
  (or the area, the country) would stand, or, of stock alone, whose "nothing" that is, -100 as a code;
- any other code is a list's own, and means no more than that there is no list, but for the codes that refuse the login;
- getareas takes the country in one of the ways that `ways_to_ask` lists, and answers with a code or with nothing to the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from batch.provider.lookups import Area, Country, Offer
from batch.provider.multitel.codes import LOGIN_REFUSED
from batch.provider.multitel.iso import alpha2
from batch.provider.multitel.readings import NOTHING, SHORTEST_NUMBER, digits, failed, price, return_of
from batch.provider.multitel.reply import Envelope, MalformedError, Reply, envelope, text_of
from batch.provider.protocol import Blocked, Unclear

_Row = Mapping[str, object]
_Read = TypeVar("_Read")

_DIAL = re.compile(r"[1-9][0-9]{0,6}")
_AREA = re.compile(r"[1-9][0-9]{0,14}")
_APART = str.maketrans("", "", "+- ")


@dataclass(frozen=True, slots=True)
class Declined:
    """A list that was answered by a code; `unclear` puts it in words."""

    code: int

    @property
    def unclear(self) -> Unclear:
        """As a look-up's answer."""
        return Unclear(
            f"the provider answered with code {self.code} instead of a list (its lists' codes are not documented)"
        )


def countries(reply: Reply) -> list[Country] | Unclear | Blocked:
    """The countries that the answer lists, in its order."""
    found = _listed(reply, "COUNTRYCODE", _country)
    return found.unclear if isinstance(found, Declined) else found


def ways_to_ask(country: Country) -> dict[str, dict[str, str]]:
    """The forms in which getareas may take a country, by a name for each; the newest sample's first."""
    two = alpha2(country.iso)
    ways = {"two letters": {"ISOCODE": two}}
    if country.iso and country.iso != two:
        ways["letters as listed"] = {"ISOCODE": country.iso}
        ways["two letters as CountryCode"] = {"CountryCode": two}
    ways["letters as CountryCode"] = {"CountryCode": country.iso}
    ways["dial code and id"] = {"CountryCode": country.dial, "CountryID": country.id}
    return {name: form for name, form in ways.items() if all(form.values())}


def areas(reply: Reply, country: Country) -> list[Area] | Declined | Unclear | Blocked:
    """The areas that the answer lists; one that does not begin with the country's code is none of its areas."""
    return _listed(reply, "AREACODE", lambda row: _area(row, country.dial))


def stock(reply: Reply, prefix: str) -> list[Offer] | Unclear | Blocked:
    """The numbers in stock that begin with `prefix`, each once. An answer about other numbers alone says nothing of these."""
    found = _listed(reply, "Number", _offer, empty_by_code=True)
    if isinstance(found, Declined):
        return found.unclear
    if isinstance(found, Unclear | Blocked):
        return found
    offers: dict[str, Offer] = {}
    for offer in found:
        if offer.number.startswith(prefix):
            offers[offer.number] = _agreed(offers.get(offer.number, offer), offer)
    if found and not offers:
        return Unclear(f"the answer lists {len(found)} numbers, and none of them begins with {prefix}")
    return list(offers.values())


def _listed(
    reply: Reply, key: str, read: Callable[[_Row], _Read | None], *, empty_by_code: bool = False
) -> list[_Read] | Declined | Unclear | Blocked:
    """The rows that `read` can make something of. `key` is the column without which a row is none.

    `empty_by_code`: the code -100 says that there is nothing; of other lists it is a code like any other.
    """
    if failure := failed(reply):
        return failure
    try:
        answer = envelope(reply.body)
        code = _code(answer)
    except MalformedError as odd:
        return Unclear(str(odd))
    if code in LOGIN_REFUSED:
        return Blocked(code)
    rows = [row for row in answer.rows or () if not _is_nothing(row, key)]
    if code and (rows or not (empty_by_code and str(code) == NOTHING)):
        return Declined(code)
    if answer.rows is None and not code:
        return Unclear("the answer has no DATA")
    found = [one for row in rows if (one := read(row)) is not None]
    return found if found or not rows else Unclear(f"no row of the answer can be read: {key} is missing or odd in each")


def _code(answer: Envelope) -> int:
    """The code in place of a list, or beside one; 0 where there is none."""
    code = answer.return_code or 0
    if answer.rows and len(answer.rows) == 1 and "RETURN" in answer.rows[0]:
        code = code or return_of(answer.rows[0])
    if abs(code) >= SHORTEST_NUMBER:
        raise MalformedError("a number stands where a code should")
    return code


def _is_nothing(row: _Row, key: str) -> bool:
    return not row or NOTHING in {_text(row, key), _text(row, "RETURN")}


def _country(row: _Row) -> Country | None:
    dial = _text(row, "COUNTRYCODE").translate(_APART)
    if not _DIAL.fullmatch(dial):
        return None
    return Country(dial, _text(row, "DESCRIPTION"), _text(row, "ISOCODE"), _text(row, "COUNTRYID"))


def _area(row: _Row, dial: str) -> Area | None:
    prefix = _text(row, "AREACODE").translate(_APART)
    if not (_AREA.fullmatch(prefix) and prefix.startswith(dial)):
        return None
    return Area(prefix, _text(row, "DESCRIPTION"))


def _offer(row: _Row) -> Offer | None:
    try:
        number = digits(row.get("Number"))
    except MalformedError:
        return None
    if number is None or int(number) < SHORTEST_NUMBER:
        return None
    return Offer(
        number=number,
        setup=_price(row, "SetupCost"),
        monthly=_price(row, "MonthlyCharges"),
        country=_text(row, "CountryCode") or _text(row, "Country"),
        area=_text(row, "Area"),
        prefix=_text(row, "StateCode"),
        per_minute=_price(row, "PerMinuteCharges"),
        voice=_flag(row, "VOIP"),
        texts=_flag(row, "SMS"),
    )


def _agreed(one: Offer, other: Offer) -> Offer:
    """A number that is listed twice: at two prices, it has none that can be told."""
    return replace(
        one,
        setup=one.setup if one.setup == other.setup else None,
        monthly=one.monthly if one.monthly == other.monthly else None,
    )


def _price(row: _Row, key: str) -> Decimal | None:
    return price(_text(row, key))


def _flag(row: _Row, key: str) -> bool | None:
    return {"1": True, "0": False}.get(_text(row, key))


def _text(row: _Row, key: str) -> str:
    """A field in words; empty where it is absent, or odd."""
    try:
        return text_of(row.get(key)).strip()
    except MalformedError:
        return ""
