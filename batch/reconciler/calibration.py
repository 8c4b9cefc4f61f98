"""Whether the account query can be believed: asked about a number that must be ours, and about one that can't be.

A *presence* counts once the negative control has answered "not ours": a query that says yes to everything shows nothing.
Where a verdict hangs on it, that must be *afterwards*, lest the query has turned meanwhile. An *absence* counts only if it
says the same as the negative control, and if the positive control shows as ours afterwards: absences wait until it has, so
that none is ever taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol, assert_never

from batch.clock import Clock
from batch.ledger.attempts import Attempt, Control
from batch.number import Number
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider, Unclear
from batch.reconciler.attribution import EXACT, SUMMER_TIME, Zone, learn_zone
from batch.reconciler.foreign import Knows, foreign_numbers

_CANDIDATES = 5
_RECHECK_AFTER = 100
"""Presences that one negative control vouches for, where no verdict hangs on them."""


class Trust(Enum):
    """What the controls said."""

    GOOD = auto()
    LATER = auto()
    """No usable answer now, or the control is too young to show."""
    NONE = auto()
    """There is no number that could serve."""
    BROKEN = auto()
    """A control answers what can't be true: no verdict is to be taken. `Calibration.complaint` says it in words."""
    BLOCKED = auto()
    """The account itself was refused."""


@dataclass(slots=True, eq=False)
class _Candidate:
    """A number that may serve as positive control. `since` is when this process bought it; None: an earlier one did."""

    control: Control
    since: float | None
    taught: bool = False
    """It has told of the account's clock what it can."""
    created: datetime | None = None
    """When it was bought, in the account's own words."""


class Known(Knows, Protocol):
    """What a ledger knows that calibrates, whether it is opened for buying or read only."""

    async def controls(self, count: int) -> Sequence[Control]:
        """See `batch.ledger.protocol.Ledger`."""
        ...


class Calibration:
    """One invocation's controls."""

    def __init__(self, provider: Provider, ledger: Known, pacer: Pacer, clock: Clock, horizon: float) -> None:
        self._provider = provider
        self._ledger = ledger
        self._pacer = pacer
        self._clock = clock
        self._horizon = horizon
        self._checking = asyncio.Lock()
        self._shape: str | None = None
        self._presences = 0
        self._looks = 0  # at the negative control, begun so far
        self._good_look = 0  # the last of them that was answered "not ours"
        self._not_ours: Number | None = None  # who answered so
        self._ours: list[_Candidate] = []
        self._looked_up = False
        self._positive: _Candidate | None = None
        self._missing: Number | None = None  # bought by this process, old enough to show, and does not
        self.zone = Zone()
        self.blocked = 0
        """The account code that an inquiry answered with."""
        self.complaint = ""

    def add(self, number: Number, intent_at: datetime, confirmed_at: datetime) -> None:
        """This process bought `number` by a definite answer: it can serve as a positive control."""
        if sum(one.since is not None for one in self._ours) < _CANDIDATES:
            self._ours.append(_Candidate(Control(number, intent_at, confirmed_at), self._clock.elapsed()))

    # Presences -----------------------------------------------------------------------------------------------------------

    async def presences(self, near: Number, *, afterwards: bool = False) -> Trust:
        """Whether "ours" means anything: the negative control, a number like `near`, answers "not ours".

        `afterwards`: it was asked since this call, and so after the presence that it is to vouch for.
        """
        before = self._looks
        async with self._checking:
            stale = afterwards and self._good_look <= before
            if stale or self._shape is None or self._presences >= _RECHECK_AFTER:
                self._looks = look = self._looks + 1
                trust = await self._ask_foreign(near)
                if trust is not Trust.GOOD:
                    self._shape = None
                    return trust
                self._good_look = look
                self._presences = 0
            self._presences += 1
            return Trust.GOOD

    async def _ask_foreign(self, near: Number) -> Trust:
        trust = Trust.NONE
        foreign = foreign_numbers(near, self._not_ours, ledger=self._ledger, provider=self._provider, pacer=self._pacer)
        async for number in foreign:
            match await self._ask(number):
                case NotOwned(shape):
                    self._shape = shape
                    self._not_ours = number
                    return Trust.GOOD
                case Owned():
                    trust = Trust.BROKEN
                    self.complaint = f"the account query says that {number} is ours, as it does of any number"
                case Blocked():
                    return Trust.BLOCKED
                case Unclear():
                    return Trust.LATER
                case never:
                    assert_never(never)
        return trust

    # Absences ------------------------------------------------------------------------------------------------------------

    async def absences(self, near: Number) -> Trust:
        """Ask the positive control: whether the absences that were seen until now count."""
        trust = await self.presences(near)
        if trust is not Trust.GOOD:
            return trust
        if self._positive is not None:
            return await self._look_again(self._positive)
        for candidate in await self._candidates():
            match await self._ask(candidate.control.number):
                case Owned() as owned:
                    self._positive = candidate
                    self._learn(candidate, owned)
                    return Trust.GOOD
                case Blocked():
                    return Trust.BLOCKED
                case Unclear():
                    trust = Trust.LATER
                case NotOwned():
                    if self._is_young(candidate):
                        trust = Trust.LATER
                    else:
                        self._reject(candidate)
                case never:
                    assert_never(never)
        if trust is Trust.LATER:
            return trust
        return Trust.NONE if self._missing is None else self._broken(self._missing)

    async def _look_again(self, positive: _Candidate) -> Trust:
        match await self._ask(positive.control.number):
            case Owned():
                return Trust.GOOD
            case NotOwned():
                return self._broken(positive.control.number)
            case Unclear():
                return Trust.LATER
            case Blocked():
                return Trust.BLOCKED
            case never:
                assert_never(never)

    def says_absent(self, answer: NotOwned) -> bool:
        """Whether `answer` says the same as the negative control did."""
        return answer.shape == self._shape

    def _broken(self, number: Number) -> Trust:
        self.complaint = (
            f"the account query does not show {number}, which was surely bought: its answers can't be trusted"
        )
        return Trust.BROKEN

    async def look_up(self) -> None:
        """Take up what earlier processes bought, before this one buys anything; at the latest when a control is needed."""
        if not self._looked_up:
            self._looked_up = True
            known = {one.control.number for one in self._ours}
            older = await self._ledger.controls(_CANDIDATES)
            self._ours += [_Candidate(control, None) for control in older if control.number not in known]

    async def _candidates(self) -> list[_Candidate]:
        """Those of this process first: they tell most of the account's clock."""
        await self.look_up()
        return sorted(self._ours, key=lambda one: one.since is None)

    def _is_young(self, candidate: _Candidate) -> bool:
        return candidate.since is not None and self._clock.elapsed() - candidate.since < self._horizon

    def _reject(self, candidate: _Candidate) -> None:
        self._ours.remove(candidate)
        if candidate.since is not None:
            self._missing = candidate.control.number

    # The account's clock -------------------------------------------------------------------------------------------------

    def went_back(self, attempts: Iterable[Attempt]) -> bool:
        """Whether an intent lies in the future: this machine's clock was set back since, and no date tells what came first."""
        now = self._clock.now() + EXACT
        return any(one.intent_at > now for one in attempts)

    @property
    def ahead(self) -> timedelta:
        """How far ahead this machine's clock was when a control was bought, by a zone that was learnt to seconds; else zero."""
        dated = [(one.control.intent_at, one.created) for one in self._ours if one.created is not None]
        off = max((intent_at - self.zone.utc(created) for intent_at, created in dated), default=EXACT)
        return off if off > EXACT >= self.zone.tolerance else timedelta(0)

    async def learn_zone(self, *, earlier: bool = False) -> bool:
        """Learn the account's time zone as well as can be, best from a purchase of this invocation; False: ask later.

        `earlier`: an earlier process's attempt is concerned, so one of the purchases that its clock dated is asked about, too.
        """
        async with self._checking:
            for candidate in await self._candidates():
                known = self._is_known(candidate, earlier=earlier)
                if not (known or candidate.taught or await self._teaches(candidate)):
                    return False
        return True

    def _is_known(self, candidate: _Candidate, *, earlier: bool) -> bool:
        """Whether it could tell nothing new."""
        if candidate.since is not None:
            return self.zone.tolerance <= EXACT
        dated = any(one.since is None and one.created is not None for one in self._ours)
        return self.zone.tolerance <= SUMMER_TIME and (dated or not earlier)

    async def _teaches(self, candidate: _Candidate) -> bool:
        """Ask it; False: it may yet tell something, later."""
        match await self._ask(candidate.control.number):
            case Owned() as owned:
                self._learn(candidate, owned)
            case NotOwned() if not self._is_young(candidate):
                candidate.taught = True
            case NotOwned() | Unclear() | Blocked():
                return False
            case never:
                assert_never(never)
        return True

    def _learn(self, candidate: _Candidate, owned: Owned) -> None:
        candidate.taught = True
        candidate.created = owned.created
        tolerance = SUMMER_TIME if candidate.since is None else EXACT
        if owned.created is not None and tolerance < self.zone.tolerance:
            control = candidate.control
            self.zone = learn_zone(owned.created, control.intent_at, control.confirmed_at, tolerance) or self.zone

    async def _ask(self, number: Number) -> Owned | NotOwned | Unclear | Blocked:
        answer = await paced_inquiry(number, provider=self._provider, pacer=self._pacer, priority=Priority.INQUIRY)
        if isinstance(answer, Blocked):
            self.blocked = answer.code
        return answer
