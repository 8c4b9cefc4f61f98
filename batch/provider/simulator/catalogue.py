"""What the simulated stock looks like: countries, areas, prices, and numbers to list for a prefix.

The numbers come from ranges that the national plans keep for fiction where they have one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from batch.provider.simulator.chance import fraction

_LENGTH: Final = 11
_LONGEST: Final = 15
_SETUPS: Final = ("0.500", "1.000", "2.000", "5.000")
_MONTHLIES: Final = ("1.00", "1.50", "3.00", "4.50")
_PRICED_BY: Final = 4
_FEW: Final = 4
"""Open digits up to which all numbers are listed."""
_LENGTHS: Final = (_LENGTH, 12, 13)
"""Digits of a number in a country that is not in the catalogue."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a number costs, in the provider's currency."""

    setup: Decimal
    """once"""
    monthly: Decimal
    """each month, the first with the set-up"""
    per_minute: Decimal = Decimal("0.019")
    """of a call received"""

    @property
    def first_charge(self) -> Decimal:
        """What a purchase takes from the balance: set-up and first month."""
        return self.setup + self.monthly

    def at_most(self, first_charge: Decimal) -> Price:
        """This price, or one whose first charge is cut down to `first_charge`."""
        if self.first_charge <= first_charge:
            return self
        monthly = min(self.monthly, first_charge)
        return Price(first_charge - monthly, monthly, self.per_minute)


@dataclass(frozen=True, slots=True)
class Country:
    """A country of the look-ups."""

    dial: str
    iso2: str
    iso3: str
    name: str
    country_id: str
    position: tuple[str, str]
    lengths: tuple[int, ...] = (_LENGTH,)
    """digits of a number there, the usual count first"""


@dataclass(frozen=True, slots=True)
class Area:
    """An area, and the beginning of the numbers that stand for it in the stock."""

    country: Country
    code: str
    """with the country code"""
    name: str
    stem: str
    position: tuple[str, str]
    length: int = _LENGTH
    """digits of a number there"""


_USA = Country("1", "US", "USA", "USA", "211", ("37.0902", "-95.7129"))
_CANADA = Country("1", "CA", "CAN", "CANADA", "37", ("56.1304", "-106.3468"))
_FRANCE = Country("33", "FR", "FRA", "FRANCE", "73", ("46.2276", "2.2137"))
_UK = Country("44", "GB", "GBR", "UNITED KINGDOM", "210", ("55.3781", "-3.4360"), (12, 11))
_GERMANY = Country("49", "DE", "DEU", "GERMANY", "80", ("51.1657", "10.4515"), (12, 11, 13))
_AUSTRALIA = Country("61", "AU", "AUS", "AUSTRALIA", "13", ("-25.2744", "133.7751"))

COUNTRIES: Final = (_USA, _CANADA, _FRANCE, _UK, _GERMANY, _AUSTRALIA)

AREAS: Final = (
    Area(_USA, "1201", "New Jersey", "120155501", ("40.7282", "-74.0776")),
    Area(_USA, "1202", "District of Columbia", "120255501", ("38.9072", "-77.0369")),
    Area(_USA, "1203", "Connecticut", "120355501", ("41.3083", "-72.9279")),
    Area(_USA, "1212", "New York", "121255501", ("40.7128", "-74.0060")),
    Area(_USA, "1415", "San Francisco", "141555501", ("37.7749", "-122.4194")),
    Area(_CANADA, "1416", "Toronto", "141655501", ("43.6532", "-79.3832")),
    Area(_FRANCE, "331", "Paris", "3319900", ("48.8566", "2.3522")),
    Area(_UK, "4420", "London", "442079460", ("51.5074", "-0.1278"), 12),
    Area(_UK, "44161", "Manchester", "441614960", ("53.4808", "-2.2426"), 12),
    Area(_GERMANY, "4930", "Berlin", "493023125", ("52.5200", "13.4050"), 12),
    Area(_AUSTRALIA, "612", "Sydney", "6125550", ("-33.8688", "151.2093")),
)


def in_plan(number: str) -> bool:
    """Whether this could be a number at all: 7 to 15 digits, the first not 0."""
    return 7 <= len(number) <= _LONGEST and number.isascii() and number.isdigit() and number[0] != "0"


def price_of(number: str) -> Price:
    """Return the price of a number: the same for all of one prefix (its first four digits), and the same every time."""
    return _price_of(number[:_PRICED_BY])


@cache
def _price_of(prefix: str) -> Price:
    setup = _SETUPS[int(fraction("setup", prefix) * len(_SETUPS))]
    monthly = _MONTHLIES[int(fraction("monthly", prefix) * len(_MONTHLIES))]
    return Price(Decimal(setup), Decimal(monthly))


def area_of(number: str) -> Area | None:
    """Return the area that a number or a prefix lies in, or None: the catalogue has none."""
    return next((area for area in AREAS if number.startswith(area.code)), None)


def country_of(number: str) -> Country | None:
    """Return the country of a number or a prefix by its area, else its dial code; None: not in the catalogue."""
    area = area_of(number)
    if area is not None:
        return area.country
    return next((country for country in COUNTRIES if number.startswith(country.dial)), None)


def numbers_under(prefix: str) -> Iterator[str]:
    """Yield numbers that begin with `prefix`: the catalogue's areas first, else the prefix filled up with a count."""
    if not _is_prefix(prefix):
        return
    areas = [area for area in AREAS if area.stem.startswith(prefix) or prefix.startswith(area.stem)]
    if areas:
        for area in areas:
            stem = prefix if len(prefix) > len(area.stem) else area.stem
            if len(stem) <= area.length:
                yield from _filled(stem, area.length)
    else:
        within = area_of(prefix)
        yield from _filled(prefix, max(_LENGTH if within is None else within.length, len(prefix)))


def is_near(prefix: str) -> bool:
    """Whether `prefix` leaves so few digits open that every number under it can be listed."""
    return bool(_near(prefix))


def numbers_near(prefix: str) -> Iterator[str]:
    """Yield every number under a near prefix that could be one, those of the usual length first."""
    for length in _near(prefix):
        yield from _filled(prefix, length)


def _near(prefix: str) -> list[int]:
    """The lengths of which no more than a few digits are open."""
    if not _is_prefix(prefix):
        return []
    country = country_of(prefix)
    lengths = _LENGTHS if country is None else country.lengths
    return [length for length in lengths if 0 <= length - len(prefix) <= _FEW]


def _is_prefix(text: str) -> bool:
    return text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= _LONGEST


def _filled(stem: str, length: int) -> Iterator[str]:
    missing = length - len(stem)
    if not missing:
        yield stem
        return
    for count in range(10**missing):
        yield f"{stem}{count:0{missing}}"
