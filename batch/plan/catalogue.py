"""What the provider listed of its stock: which numbers are there, and what they cost. Pure: no I/O.

A listing is what was answered for a prefix, and where it is whole it covers every number that begins with it: one that it does
not hold is not in stock. What no listing covers is not known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from batch.number import Number, code_of
from batch.plan.quote import Quote
from batch.provider.lookups import Offer

MOST_PREFIXES = 50
"""Requests that a plan makes of its numbers, where shorter prefixes can spare more."""
_LAST_DIGITS = 4
_ALWAYS_OPEN = 2
_SHORTEST_AREA = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """What the provider has of the numbers that begin with `prefix`, asked for at `at` (aware).

    `whole`: it holds all of them. One that was shown to be cut tells of the numbers that it holds, and of no other.
    """

    prefix: str
    at: datetime
    offers: Sequence[Offer]
    whole: bool = True


class Catalogue:
    """Listings, and what they tell of a number.

    `trouble` says in words why something could not be looked up; empty where all was. `prices` are those that somebody agreed to:
    what they tell goes before what was listed.
    """

    def __init__(
        self, listings: Iterable[Listing] = (), trouble: str = "", prices: Mapping[Number, Quote] | None = None
    ) -> None:
        self.listings: Mapping[str, Listing] = {one.prefix: one for one in listings}
        self.trouble = trouble
        self._prices = prices or {}
        self._offers = {offer.number: offer for one in self.listings.values() for offer in one.offers}
        self._whole = {one.prefix for one in self.listings.values() if one.whole}
        self._dearest: dict[str, Quote] | None = None  # by country's code, once somebody asks
        self._lengths = sorted({len(prefix) for prefix in self.listings})

    def offer(self, number: Number) -> Offer | None:
        """The number as it was listed; None: it was not."""
        return self._offers.get(number)

    def quote(self, number: Number) -> Quote | None:
        """What the number costs; None where it was not listed, or without a price."""
        if number in self._prices:
            return self._prices[number]
        offer = self._offers.get(number)
        if offer is None or offer.setup is None or offer.monthly is None:
            return None
        return Quote(offer.setup, offer.monthly)

    def at_prices(self, prices: Mapping[Number, Quote]) -> Catalogue:
        """The same stock, at the `prices` that somebody agreed to, where they tell one."""
        return Catalogue(self.listings.values(), self.trouble, prices)

    def presumed(self, number: Number) -> Quote | None:
        """What a number that was not listed may cost at worst: the dearest listed of its country; None where none was."""
        if self._dearest is None:
            self._dearest = {}
            for offer in self._offers.values():
                if offer.setup is not None and offer.monthly is not None:
                    quote, code = Quote(offer.setup, offer.monthly, presumed=True), code_of(offer.number)
                    known = self._dearest.get(code)
                    if known is None or known.first_charge < quote.first_charge:
                        self._dearest[code] = quote
        return self._dearest.get(code_of(number))

    def covers(self, number: str) -> bool:
        """Whether a listing tells whether `number`, or every number that begins with it, is in stock."""
        return any(number[:length] in self._whole for length in self._lengths if length <= len(number))

    def is_out(self, number: Number) -> bool:
        """Whether the number is known not to be in stock."""
        return number not in self._offers and self.covers(number)

    def oldest(self, numbers: Iterable[Number]) -> datetime | None:
        """When the oldest listing that covers one of `numbers` was asked for."""
        used = {number[:length] for number in numbers for length in self._lengths} & self.listings.keys()
        return min((self.listings[prefix].at for prefix in used), default=None)


NOTHING = Catalogue()
"""Nothing was looked up."""


def prefixes_of(numbers: Iterable[Number], most: int = MOST_PREFIXES) -> list[str]:
    """Prefixes that cover `numbers` in at most `most` requests, where that can be: those of most numbers first.

    Each begins as the ten thousand that a number is of; the longest are shortened until there are few enough of them, but
    never to less than a country's code and two digits. What all numbers of one have in common beyond it is added, up to the
    last two digits: a listing of what nobody wants only takes time.
    """
    counts: Counter[str] = Counter()
    floors: dict[str, int] = {}
    common: dict[str, str] = {}
    for number in numbers:
        floor = floor_of(number)
        prefix = number[: max(len(number) - _LAST_DIGITS, floor)]
        counts[prefix] += 1
        floors[prefix] = floor
        shared = number[: max(len(number) - _ALWAYS_OPEN, floor)]
        common[prefix] = _in_common(common.get(prefix, shared), shared)
    asked = Counter(counts)
    while len(counts) > most and (longest := max((len(one) for one in counts if len(one) > floors[one]), default=0)):
        _shorten(counts, floors, longest, len(counts) - most)
    return [
        common[prefix] if count == asked[prefix] else prefix  # else others were shortened to it
        for prefix, count in counts.most_common()
        if not _is_covered(prefix, counts)
    ]


def _in_common(one: str, other: str) -> str:
    """What both begin with."""
    length = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))
    return one[: min(length, len(other))]


def floor_of(number: str) -> int:
    """The fewest digits that a prefix of `number` has: its country's code and two more."""
    return max(len(code_of(Number(number))), 1) + _SHORTEST_AREA


def _shorten(counts: Counter[str], floors: dict[str, int], length: int, spare: int) -> None:
    """Take the last digit off prefixes of `length`, the largest families first, until `spare` prefixes are gone."""
    families: dict[str, list[str]] = defaultdict(list)
    for prefix in counts:
        if len(prefix) == length and length > floors[prefix]:
            families[prefix[:-1]].append(prefix)
    for parent, children in sorted(families.items(), key=lambda one: (-len(one[1]), one[0])):
        known = parent in counts
        floors[parent] = max(floors[child] for child in children)
        counts[parent] += sum(counts.pop(child) for child in children)
        spare -= len(children) - (0 if known else 1)
        if spare <= 0:
            return


def _is_covered(prefix: str, counts: Mapping[str, int]) -> bool:
    """Whether a shorter one is asked for in any case."""
    return any(prefix[:length] in counts for length in range(1, len(prefix)))
