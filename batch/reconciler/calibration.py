"""Whether the account query can be believed: asked about a number that must be ours, and about one that can't be.

A *presence* counts once the negative control has answered "not ours": a query that says yes to everything shows nothing. An
*absence* counts only if it says the same as the negative control, and if the positive control shows as ours *afterwards*:
absences wait until it has, so that none is ever taken back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from batch.clock import Clock
from batch.ledger.protocol import Ledger
from batch.ledger.records import Control
from batch.number import Number
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider, Unclear
from batch.reconciler.attribution import EXACT, SUMMER_TIME, Zone, learn_zone

_CANDIDATES = 5
_RECHECK_AFTER = 100
"""Presences that one negative control vouches for."""


class Trust(Enum):
    """What the positive control said of the absences that wait for it."""

    GOOD = auto()
    LATER = auto()
    """No usable answer now, or the control is too young to show."""
    NONE = auto()
    """The account has no number that could serve."""
    BROKEN = auto()
    """A number that must be ours does not show: no absence is to be believed."""
    BLOCKED = auto()
    """The account itself was refused."""


@dataclass(slots=True)
class _Candidate:
    control: Control
    since: float | None
    """Elapsed seconds when this process bought it; None: an earlier one did."""


class Calibration:
    """One invocation's controls."""

    def __init__(self, provider: Provider, ledger: Ledger, pacer: Pacer, clock: Clock, horizon: float) -> None:
        self._provider = provider
        self._ledger = ledger
        self._pacer = pacer
        self._clock = clock
        self._horizon = horizon
        self._shape: str | None = None
        self._presences = 0
        self._ours: list[_Candidate] = []
        self._looked_up = False
        self._positive: _Candidate | None = None
        self.zone = Zone()
        self.blocked: int | None = None
        """The account code that an inquiry answered with."""
        self.seen: Owned | None = None
        """What the account last said of the positive control."""

    def add(self, number: Number, intent_at: datetime, confirmed_at: datetime) -> None:
        """This process bought `number` by a definite answer: it can serve as a positive control."""
        if len(self._ours) < _CANDIDATES:
            self._ours.append(_Candidate(Control(number, intent_at, confirmed_at), self._clock.elapsed()))

    async def presence_counts(self, near: Number) -> bool:
        """Whether "ours" means anything: the negative control, a number like `near`, answers "not ours"."""
        if self._shape is None or self._presences >= _RECHECK_AFTER:
            self._shape = None
            async for number in self._foreign(near):
                match await self._ask(number):
                    case NotOwned(shape):
                        self._shape = shape
                        self._presences = 0
                        break
                    case Unclear() | Blocked():
                        break
                    case Owned():
                        continue
        self._presences += 1
        return self._shape is not None

    async def trust(self, near: Number) -> Trust:
        """Ask the positive control: whether the absences seen until now count."""
        if not await self.presence_counts(near):
            return Trust.BLOCKED if self.blocked is not None else Trust.LATER
        undecided = False
        was_established = self._positive is not None
        for candidate in await self._candidates():
            match await self._ask(candidate.control.number):
                case Owned() as owned:
                    self._establish(candidate, owned)
                    return Trust.GOOD
                case Blocked():
                    return Trust.BLOCKED
                case Unclear():
                    undecided = True
                case NotOwned():
                    undecided = undecided or self._is_young(candidate)
                    if not self._is_young(candidate):
                        self._reject(candidate)
        if undecided:
            return Trust.LATER
        return Trust.BROKEN if was_established else Trust.NONE

    def says_absent(self, answer: NotOwned) -> bool:
        """Whether `answer` says the same as the negative control did."""
        return answer.shape == self._shape

    async def _foreign(self, near: Number) -> AsyncIterator[Number]:
        """Numbers that are surely not ours: in stock near by, else made up from `near`, and never seen by the ledger."""
        offers = await self._stock(near)
        made_up = [Number(f"{near[:-4]}{(int(near[-4:]) + step) % 10_000:04}") for step in (5003, 2711, 7919)]
        given = 0
        for number in [*offers, *made_up]:
            if given < _CANDIDATES and not await self._ledger.knows(number):
                given += 1
                yield number

    async def _stock(self, near: Number) -> list[Number]:
        slot = await self._pacer.slot(Priority.INQUIRY)
        if slot is None:
            return []
        await self._pacer.depart(slot)
        offers = await self._provider.stock(near[:-4])
        return [] if isinstance(offers, Unclear) else [offer.number for offer in offers[:_CANDIDATES]]

    async def _candidates(self) -> list[_Candidate]:
        if not self._looked_up:
            self._looked_up = True
            known = {one.control.number for one in self._ours}
            older = await self._ledger.controls(_CANDIDATES)
            self._ours += [_Candidate(control, None) for control in older if control.number not in known]
        others = [one for one in self._ours if one is not self._positive]
        return [self._positive, *others] if self._positive is not None else others

    def _is_young(self, candidate: _Candidate) -> bool:
        return candidate.since is not None and self._clock.elapsed() - candidate.since < self._horizon

    def _reject(self, candidate: _Candidate) -> None:
        self._ours.remove(candidate)
        if self._positive is candidate:
            self._positive = None

    def _establish(self, candidate: _Candidate, owned: Owned) -> None:
        self._positive = candidate
        self.seen = owned
        if owned.created is not None and self.zone.tolerance != EXACT:
            tolerance = SUMMER_TIME if candidate.since is None else EXACT
            control = candidate.control
            self.zone = learn_zone(owned.created, control.intent_at, control.confirmed_at, tolerance) or self.zone

    async def _ask(self, number: Number) -> Owned | NotOwned | Unclear | Blocked:
        answer = await paced_inquiry(number, provider=self._provider, pacer=self._pacer, priority=Priority.INQUIRY)
        if isinstance(answer, Blocked):
            self.blocked = answer.code
        return answer
