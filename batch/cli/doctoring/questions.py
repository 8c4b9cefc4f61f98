"""What the provider is asked, in which order, within the rate: a dozen look-ups, and never a purchase or a release."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from batch.ledger.attempts import Control
from batch.number import Number
from batch.pool.pacer import Pacer, Priority
from batch.provider.multitel.iso import alpha2
from batch.provider.protocol import Blocked, NotOwned, Owned, Unclear
from batch.reconciler.calibration import Calibration, Trust

if TYPE_CHECKING:
    from batch.clock import Clock
    from batch.ledger.reading import LedgerReader
    from batch.provider.lookups import Area, Country, Offer, RingTo
    from batch.provider.multitel.adapter import MultiTel
    from batch.provider.multitel.reply import Reply
    from batch.provider.multitel.shapes import Shape

_Answer = TypeVar("_Answer")

_PAUSE = 1.0
"""Seconds before a question is asked once more."""
_AREA = 4
"""Digits of a prefix that stands for an area."""
_OPEN = 4
"""Digits that a longer prefix leaves open."""
_NOBODY = "0000"
"""A prefix that no number has, so that nothing is in stock under it."""
_MADE_UP = Number("12025550100")
"""A number of the range kept for fiction."""


class StopError(Exception):
    """Nothing more is asked: the login was refused, or nobody answers."""


@dataclass(slots=True)
class Seen:
    """What was answered, as far as it was asked: None where it was not."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    blocked: int | None = None
    silent: str = ""
    balance: Decimal | Unclear | None = None
    countries: Sequence[Country] | Unclear | None = None
    country: Country | None = None
    areas: Sequence[Area] | Unclear | None = None
    areas_way: str = ""
    prefix: str = ""
    offers: Sequence[Offer] | Unclear | None = None
    near: str = ""
    near_offers: Sequence[Offer] | Unclear | None = None
    nothing: Sequence[Offer] | Unclear | None = None
    foreign: list[tuple[Number, Owned | NotOwned | Unclear]] = field(default_factory=list)
    own_number: Number | None = None
    own_from: str = ""
    own: Owned | NotOwned | Unclear | None = None
    presences: Trust | None = None
    absences: Trust | None = None
    complaint: str = ""
    zone: str = ""
    ring_to: RingTo | NotOwned | Unclear | None = None


class Known:
    """What calibration asks of a ledger: its numbers where there is one, and the number that the caller says is ours."""

    def __init__(self, reader: LedgerReader | None, own: Number | None) -> None:
        self._reader = reader
        self._own = own

    async def knows(self, number: Number) -> bool:
        """Whether it can't be taken for anybody's."""
        return number == self._own or (self._reader is not None and self._reader.knows(number))

    async def controls(self, count: int) -> Sequence[Control]:
        """Numbers that were bought by a definite answer."""
        return [] if self._reader is None else self._reader.controls(count)


class Questions:
    """Asks one after another, each once more where no answer came, and gathers what was answered."""

    def __init__(self, provider: MultiTel, pacer: Pacer, clock: Clock, known: Known, *, horizon: float) -> None:
        self.seen = Seen()
        self._provider = provider
        self._pacer = pacer
        self._clock = clock
        self._known = known
        self._calibration = Calibration(provider, known, pacer, clock, horizon)
        provider.heard = self._hear
        self._was_answered = False
        self._about: str | None = ""
        """What the question at hand is about, beside its function; None: its answer's form is not kept."""

    def _hear(self, function: str, reply: Reply) -> None:
        from batch.provider.multitel.shapes import shape_of  # noqa: PLC0415 - with HTTP

        self._was_answered = reply.status == 200
        if self._about is not None:
            self.seen.shapes[f"{function} of {self._about}" if self._about else function] = shape_of(reply)

    async def ask_all(self, own: Number | None, nation: str) -> Seen:
        """Ask all that can be asked. `own` is a number that the caller says is ours, `nation` the ISO code of a country to look at."""
        with suppress(StopError):
            await self._look_up(own, nation)
            await self._inquire(own)
        return self.seen

    async def _look_up(self, own: Number | None, nation: str) -> None:
        seen, provider = self.seen, self._provider
        controls = await self._known.controls(1)
        seen.own_number = own or (controls[0].number if controls else None)
        seen.own_from = "--number" if own else "the ledger" if controls else ""
        # First, for it says so where the login is refused: a balance of 100 may be one.
        seen.countries = await self._ask(provider.countries)
        if isinstance(seen.countries, Unclear) and not seen.shapes:
            seen.silent = seen.countries.reason
            raise StopError
        seen.balance = await self._ask_balance()
        if not isinstance(seen.countries, Unclear) and seen.countries:
            seen.country = country = _chosen(seen.countries, seen.own_number, nation)
            seen.areas = await self._ask(lambda: provider.areas(country))
            seen.areas_way = provider.areas_way
        seen.prefix = self._prefix()
        seen.offers = await self._ask(lambda: provider.stock(seen.prefix))
        if not isinstance(seen.offers, Unclear) and seen.offers:
            seen.near = seen.offers[0].number[:-_OPEN]
            seen.near_offers = await self._ask(lambda: provider.stock(seen.near), "a longer prefix")
        seen.nothing = await self._ask(lambda: provider.stock(_NOBODY), "a prefix that nobody has")

    async def _inquire(self, own: Number | None) -> None:
        seen, provider = self.seen, self._provider
        offers = [] if isinstance(seen.offers, Unclear) else seen.offers or []
        for number in [*(offer.number for offer in offers[:1]), _MADE_UP]:
            if not await self._known.knows(number):
                seen.foreign.append((number, await self._inquiry(number, "a number that is not ours")))
        if seen.own_number is None:
            return
        mine = seen.own_number
        seen.own = await self._inquiry(mine, "a number that is ours")
        seen.ring_to = await self._ask(lambda: provider.ring_to(mine))
        self._about = None
        seen.presences = self._unless_blocked(await self._calibration.presences(mine))
        if own is None:
            seen.absences = self._unless_blocked(await self._calibration.absences(mine))
            await self._calibration.learn_zone()
            zone = self._calibration.zone
            if zone.tolerance.days == 0:
                minutes = round(zone.offset.total_seconds() / 60)
                seen.zone = f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        seen.complaint = self._calibration.complaint

    async def _ask_balance(self) -> Decimal | Unclear:
        return await self._ask(self._provider.balance)

    async def _inquiry(self, number: Number, about: str) -> Owned | NotOwned | Unclear:
        return await self._ask(lambda: self._provider.inquire(number), about)

    def _unless_blocked(self, trust: Trust) -> Trust:
        if trust is Trust.BLOCKED:
            self.seen.blocked = self._calibration.blocked
            raise StopError
        return trust

    async def _ask(self, question: Callable[[], Coroutine[Any, Any, _Answer | Blocked]], about: str = "") -> _Answer:
        """The answer; asked once more where none came. Raises StopError where the login is refused: it is not asked again."""
        self._about = about
        answer = await self._once(question)
        if isinstance(answer, Unclear) and not answer.fatal and not self._was_answered:
            await self._clock.sleep(max(_PAUSE, min(answer.retry_after or 0, 10 * _PAUSE)))
            answer = await self._once(question)
        if isinstance(answer, Blocked):
            self.seen.blocked = answer.code
            raise StopError
        return answer

    async def _once(self, question: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
        self._was_answered = False
        slot = await self._pacer.slot(Priority.INQUIRY)
        if slot is not None:  # nothing abandons these
            await self._pacer.depart(slot)
        return await question()

    def _prefix(self) -> str:
        seen = self.seen
        if seen.own_number is not None:
            return seen.own_number[:_AREA]
        if not isinstance(seen.areas, Unclear) and seen.areas:
            return seen.areas[0].prefix
        return seen.country.dial if seen.country else _MADE_UP[:_AREA]


def _chosen(countries: Sequence[Country], own: Number | None, nation: str) -> Country:
    """The country to look at: the one asked for, else that of our number, else the first."""
    by_letters = [one for one in countries if nation and alpha2(one.iso) == nation.upper()]
    by_number = [one for one in countries if own is not None and own.startswith(one.dial)]
    return (by_letters or by_number or list(countries))[0]
