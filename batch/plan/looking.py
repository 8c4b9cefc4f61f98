"""Asking the provider what it has of some numbers: few requests, within the rate, and never in anybody's way.

Nothing documented says that a prefix longer than an area's works. So where a long one is answered with nothing, its area is
asked for too, before it is believed that there is nothing; and what shows there is remembered for the country: that long
prefixes do list numbers, or that only areas do. Nor is a limit documented: where a number is lacking in a listing, one such is
asked for by itself, and where it shows, the listing was cut, and proves no absence. An answer that can't be used tells nothing: two in a row, a refused login or
the end of the time that was given end the looking, and what was not listed by then is not known.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from batch.clock import Clock
from batch.number import Number, code_of
from batch.plan.catalogue import Catalogue, Listing, prefixes_of
from batch.provider.lookups import Offer
from batch.provider.protocol import Blocked, Provider, Unclear

_UNUSABLE_IN_A_ROW = 2
_FRUITLESS = 2
"""Prefixes of one country whose areas were all empty, until no area of it is asked for any more."""
_AREA_LENGTHS = (3, 2, 1)
"""Digits behind a country's code that an area may have, the likeliest first."""
_NARROWED = 2
"""Digits that a longer prefix leaves open where a listing was cut."""
_MOST_REQUESTS = 150
_PAUSE = 1.0
"""Seconds of a pause that the provider asks for without saying how long."""


class Gate(Protocol):
    """What holds requests to the rate."""

    async def leave(self) -> None:
        """Wait until one request may be sent; it is sent right after."""
        ...

    def pause(self, seconds: float) -> None:
        """The provider asked for a pause."""
        ...


async def look_up(
    numbers: Iterable[Number],
    spare: Iterable[Number] = (),
    *,
    provider: Provider,
    gate: Gate,
    clock: Clock,
    within: float,
    known: Catalogue | None = None,
) -> Catalogue:
    """What the provider has of `numbers`, in at most `within` seconds; what `known` covers is not asked for again.

    What is `spare` is asked for after them, in what is left of the seconds and requests.
    """
    looking = _Looking(provider, gate, clock, known or Catalogue())
    try:
        async with asyncio.timeout(within):
            await looking.ask(numbers)
            await looking.ask(spare)
    except TimeoutError:
        looking.trouble = f"it took longer than {within:g} s"
    return looking.catalogue()


async def list_prefixes(
    prefixes: Iterable[str], *, provider: Provider, gate: Gate, clock: Clock, within: float, known: Catalogue
) -> Catalogue:
    """What the provider has that begins with each of `prefixes`, as it stands; otherwise as `look_up`."""
    looking = _Looking(provider, gate, clock, known)
    try:
        async with asyncio.timeout(within):
            for prefix in prefixes:
                if not looking.done(prefix):
                    await looking.list_exactly(prefix)
    except TimeoutError:
        looking.trouble = f"it took longer than {within:g} s"
    return looking.catalogue()


class _Looking:
    """One look-up."""

    def __init__(self, provider: Provider, gate: Gate, clock: Clock, known: Catalogue) -> None:
        self._provider = provider
        self._gate = gate
        self._clock = clock
        self._known = known
        self._found: dict[str, Listing] = {}
        self._answers: dict[str, Sequence[Offer] | None] = {}
        self._silent = 0
        self._lists_long: dict[str, int] = {}  # by country's code, the most digits that were seen to list numbers
        self._only_areas: dict[str, int] = {}
        self._fruitless: Counter[str] = Counter()
        self.trouble = ""

    def catalogue(self) -> Catalogue:
        """All that is known now."""
        return Catalogue({**self._known.listings, **self._found}.values(), self.trouble)

    def done(self, prefix: str) -> bool:
        """Whether nothing is left to ask about `prefix`."""
        beginnings = (prefix[:length] for length in range(1, len(prefix) + 1))
        found = any(one in self._found and self._found[one].whole for one in beginnings)
        return found or bool(self.trouble) or self._known.covers(prefix)

    async def ask(self, numbers: Iterable[Number]) -> None:
        """List what covers `numbers`."""
        known = self.catalogue()
        wanted = [one for one in numbers if known.offer(one) is None and not known.covers(one)]
        for prefix in prefixes_of(wanted):
            if not self.done(prefix):
                await self._list(prefix, [one for one in wanted if one.startswith(prefix)])

    async def list_exactly(self, prefix: str) -> None:
        """List `prefix`, and believe what comes."""
        offers = await self._stock(prefix)
        if offers is not None:
            self._keep(prefix, offers)

    async def _list(self, prefix: str, numbers: Sequence[Number]) -> None:
        """List what covers `numbers`, which begin with `prefix`."""
        code = code_of(numbers[0])
        if code in self._only_areas:
            prefix = prefix[: self._only_areas[code]]
            if self.done(prefix):
                return
        offers = await self._stock(prefix)
        if offers is None:
            return
        longest = self._lists_long.get(code, 0)
        if offers and len(prefix) > len(code) + _AREA_LENGTHS[0]:
            self._lists_long[code] = max(longest, len(prefix))
        if offers:
            await self._believe(prefix, offers, numbers)
        elif len(prefix) <= longest:
            self._keep(prefix, offers)
        elif longest:
            await self._list(prefix[:longest], numbers)
        elif self._fruitless[code] < _FRUITLESS:
            await self._list_area(prefix, code, numbers)

    async def _list_area(self, prefix: str, code: str, numbers: Sequence[Number]) -> None:
        """A prefix was answered with nothing: see whether its area is answered with something."""
        lengths = [len(code) + digits for digits in _AREA_LENGTHS if len(code) + digits < len(prefix)]
        for length in lengths:
            offers = await self._stock(prefix[:length])
            if offers is None:
                return
            if offers:
                if any(offer.number.startswith(prefix) for offer in offers):
                    self._only_areas[code] = length
                await self._believe(prefix[:length], offers, numbers)
                return
        self._fruitless[code] += 1

    async def _believe(self, prefix: str, offers: Sequence[Offer], numbers: Sequence[Number]) -> None:
        """Keep what was listed, unless one of `numbers` is lacking that shows when it is asked for by itself: then it was cut.

        Of a cut listing, what is lacking is asked for by longer prefixes, so that less is cut.
        """
        listed = {offer.number for offer in offers}
        lacking = [one for one in numbers if one not in listed]
        alone = await self._stock(lacking[0]) if lacking and len(prefix) < len(lacking[0]) else None
        if not alone:
            self._keep(prefix, offers)
            return
        self._keep(prefix, offers, whole=False)
        longer = len(prefix) + 1
        for narrower in dict.fromkeys(one[: max(longer, len(one) - _NARROWED)] for one in lacking):
            if not self.done(narrower):
                await self._list(narrower, [one for one in lacking if one.startswith(narrower)])

    def _keep(self, prefix: str, offers: Sequence[Offer], *, whole: bool = True) -> None:
        self._found[prefix] = Listing(prefix, self._clock.now(), offers, whole)

    async def _stock(self, prefix: str) -> Sequence[Offer] | None:
        """What is answered for `prefix`, asked once; None: nothing that tells."""
        if prefix in self._answers or self.trouble:
            return self._answers.get(prefix)
        if len(self._answers) >= _MOST_REQUESTS:
            self.trouble = f"it took more than {_MOST_REQUESTS} requests"
            return None
        await self._gate.leave()
        answer = await self._provider.stock(prefix)
        match answer:
            case Blocked(code):
                self.trouble = f"the login was refused ({code})"
                return None
            case Unclear():
                self._silent += 1
                if answer.busy:
                    self._gate.pause(_PAUSE if answer.retry_after is None else answer.retry_after)
                if answer.fatal or self._silent >= _UNUSABLE_IN_A_ROW:
                    self.trouble = answer.reason
                self._answers[prefix] = None
                return None
            case _:
                self._silent = 0
                self._answers[prefix] = answer
                return answer
