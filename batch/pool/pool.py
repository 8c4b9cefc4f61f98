"""The workers: each takes a row, waits for the gate and its slot, puts the intent on disk, sends, and records the answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import assert_never

from batch.clock import Clock, age, random_mark
from batch.errors import LedgerError
from batch.ledger.attempts import AnswerNote, Claimed, NotClaimed, OpenRow
from batch.ledger.events import Answer, CertainlyNotSent, Refusal, State, Success, Unanswered
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, Status, Why
from batch.ledger.states import Step, may_send
from batch.pool.answers import answer_of, note_of
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.heed import Heed
from batch.pool.notices import Alarm, Moved, Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer, Priority, Slot
from batch.pool.reserved import ReservedClocks
from batch.pool.resolving import Resolving
from batch.provider.protocol import OtherNumber, Provider, Purchase

_BOUND_POLL = 0.05
_UNSENT_PAUSE = 1.0
"""Seconds until a request that certainly did not leave is tried again."""


class Pool:
    """Buys what the feed hands out, until it is finished or the brakes end it."""

    def __init__(
        self,
        begun: Begun,
        *,
        provider: Provider,
        ledger: Ledger,
        feed: Feed,
        pacer: Pacer,
        brakes: Brakes,
        resolving: Resolving,
        options: PoolOptions,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._begun = begun
        self._provider = provider
        self._ledger = ledger
        self._feed = feed
        self._pacer = pacer
        self._brakes = brakes
        self._resolving = resolving
        self._options = options
        self._clock = clock
        self._tell = tell
        self._run = begun.run.name
        self._limited: set[int] = set()  # positions that count against `limit`; kept only where there is one
        self._limit_reached = False
        self._at_bound: set[int] = set()  # positions that wait for money or numbers that others have reserved
        self._complained: set[int] = set()  # answered 429: counted by the bounds already
        self._room = asyncio.Event()  # cleared meanwhile
        self._room.set()
        self._in_flight = 0
        self._marks = options.mark and provider.capabilities.mark
        self._reserved = ReservedClocks(options, clock)
        self._heed = Heed(provider=provider, pacer=pacer, brakes=brakes, options=options, clock=clock, tell=tell)

    async def run(self) -> None:
        """Work until the feed is finished or the run is ending; what is in flight then is still recorded."""
        try:
            async with asyncio.TaskGroup() as workers:
                for index in range(self._options.workers):
                    workers.create_task(self._work(), name=f"worker-{index}")
        finally:
            await self._heed.close()
        if self._limit_reached:
            self._brakes.stop_at(Why.LIMIT)

    async def _work(self) -> None:
        row: OpenRow | None = None
        while True:
            try:
                row = await self._feed.take()
                if row is None:
                    return
                await self._one(row)
            except LedgerError as error:
                self._brakes.halt(error.problem)
                if row is None:
                    return
                self._feed.done()
            row = None

    async def _one(self, row: OpenRow) -> None:
        if row.owned:
            await self._resolving.owned(row)
            return
        if row.elsewhere:
            self._resolving.in_doubt(row)
            return
        if self._is_unpriced(row):
            await self._leave_out(row, Why.PRICE_UNKNOWN)
            return
        if self._over_limit(row):
            self._limit_reached = True
            self._feed.keep_only(self._limited)
            self._feed.done()
            return
        await self._room.wait()
        if not await self._brakes.enter():
            self._feed.done()
            return
        try:
            await self._buy(row)
        finally:
            self._brakes.leave()

    # Before the send ---------------------------------------------------------------------------------------------------

    def _is_unpriced(self, row: OpenRow) -> bool:
        """The ledger refuses it, too; asked here, so that it takes no slot and no place within the limit."""
        options = self._options
        return options.max_spend is not None and row.price is None and options.price is None

    def _over_limit(self, row: OpenRow) -> bool:
        limit = self._options.limit
        if limit is None or row.position in self._limited:
            return False
        if len(self._limited) >= limit:
            return True
        self._limited.add(row.position)
        return False

    def _is_over(self) -> bool:
        until = self._options.until
        if until is not None and self._clock.now() >= until:
            self._brakes.stop_at(Why.UNTIL)
        return self._brakes.ending

    async def _buy(self, row: OpenRow) -> None:
        slot = await self._pacer.slot(Priority.PURCHASE)
        claim = None if slot is None else await self._claim(row)
        if slot is None or claim is None:
            self._pacer.give_back(slot)
            self._feed.again(row, 0)
            return
        if isinstance(claim, NotClaimed):
            self._pacer.give_back(slot)
            self._complained.discard(row.position)
            await self._not_claimed(row, claim)
            return
        self._in_flight += 1
        self._complained.discard(row.position)
        try:
            await self._send(row, claim, slot)
        finally:
            self._in_flight -= 1

    async def _claim(self, row: OpenRow) -> Claimed | NotClaimed | None:
        """Claim it; at a bound, wait while what is in flight or in doubt may yet free what it has reserved.

        None: the run is ending, or a person has paused it.
        """
        try:
            while not (self._is_over() or self._pacer.holds(Priority.PURCHASE)):
                if row.position <= min(self._at_bound, default=row.position):  # nobody overtakes
                    mark = random_mark() if self._marks else ""
                    claim = await self._ledger.claim(self._begun, row, self._options.bounds, mark)
                    at_bound = isinstance(claim, NotClaimed) and claim.why in {Why.MAX_SPEND, Why.MAX_NUMBERS}
                    if not at_bound or not (self._in_flight or self._resolving.pending):
                        return claim
                self._at_bound.add(row.position)
                self._room.clear()
                self._brakes.full = not self._in_flight
                await self._clock.sleep(_BOUND_POLL)
            return None
        finally:
            self._at_bound.discard(row.position)
            if not self._at_bound:
                self._brakes.full = False
                self._room.set()

    async def _not_claimed(self, row: OpenRow, claim: NotClaimed) -> None:
        match claim.why:
            case Why.MAX_SPEND | Why.MAX_NUMBERS if self._complained:
                self._feed.again(row, _BOUND_POLL)  # those keep what they have reserved, and go first
            case Why.MAX_SPEND | Why.MAX_NUMBERS:
                self._brakes.stop_at(claim.why)
                self._feed.done()
            case Why.ELSEWHERE:
                self._resolving.in_doubt(row)
            case None if claim.row.state is State.DOUBT:
                self._resolving.in_doubt(row)
            case None if claim.row.state in {State.HELD, State.BOUGHT} and claim.row.buyer != self._run:
                await self._resolving.owned(row)
            case None:
                self._feed.done()
            case why:
                await self._leave_out(row, why)

    async def _leave_out(self, row: OpenRow, why: Why) -> None:
        await self._ledger.not_sent(self._begun, row, why)
        self._tell(Moved(row.number, Status.NOT_SENT, reason=why.value))
        self._feed.done()

    # The send ------------------------------------------------------------------------------------------------------------

    async def _send(self, row: OpenRow, claimed: Claimed, slot: Slot) -> None:
        if not await self._may_leave(row, claimed, slot):
            return
        began = self._clock.elapsed()
        try:
            outcome = await self._provider.buy(Purchase(row.number, row.fields, claimed.sent_with))
        except asyncio.CancelledError:
            lost = Unanswered(claimed.attempt, claimed.generation, self._run)
            await self._ledger.answer(self._begun, row, lost, AnswerNote(reason="stopped while it was under way"))
            raise
        seconds = self._clock.elapsed() - began
        left = self._reserved.left(row)
        event = answer_of(outcome, claimed, self._run, self._provider.codes, give_up=self._reserved.is_up(left))
        step = await self._ledger.answer(self._begun, row, event, note_of(outcome, seconds, left))
        self._obey(step)
        self._heed.answer(row.number, outcome, event)
        if isinstance(event, Success):
            self._resolving.bought(row, datetime.fromtimestamp(claimed.mark.wall, UTC))
        if isinstance(outcome, OtherNumber):
            self._resolving.stranger(outcome.returned)
        self._put_where_it_belongs(row, event, step)

    async def _may_leave(self, row: OpenRow, claimed: Claimed, slot: Slot) -> bool:
        """Wait for its time; where it must not leave after all, that is recorded."""
        try:
            await self._pacer.depart(slot)
        except asyncio.CancelledError:
            await self._note_unsent(row, claimed, "stopped before it was sent")
            raise
        if self._is_over() and self._brakes.calls_back:
            await self._note_unsent(row, claimed, "the run ended before it was sent")
        elif not may_send(claimed.row, claimed.attempt, age(self._clock, claimed.mark)):
            await self._note_unsent(row, claimed, "the intent was too old to be sent")
        else:
            return True
        self._feed.again(row, 0)
        return False

    async def _note_unsent(self, row: OpenRow, claimed: Claimed, reason: str) -> None:
        event = CertainlyNotSent(claimed.attempt, claimed.generation, self._run)
        await self._ledger.answer(self._begun, row, event, AnswerNote(reason=reason))

    def _obey(self, step: Step) -> None:
        if step.alarm:
            self._tell(Alarm(step.alarm))
        if step.halt:
            self._brakes.halt(step.halt)

    # After the answer ----------------------------------------------------------------------------------------------------

    def _put_where_it_belongs(self, row: OpenRow, event: Answer, step: Step) -> None:
        """What becomes of the row: done, in doubt, or again later."""
        match step.after.state:
            case State.BOUGHT:
                self._finish(row, Status.PURCHASED)
            case State.REFUSED:
                code = step.after.code
                given_up = isinstance(event, Refusal) and event.give_up and step.rule == "P6"
                self._finish(row, Status.DEFERRED if given_up else Status.REFUSED, code)
            case State.DOUBT | State.BUYING:
                self._reserved.forget(row)
                self._tell(Moved(row.number, Status.DOUBT, step.after.code))
                self._resolving.in_doubt(row)
            case State.FREE:
                self._again(row, event)
            case State.HELD | State.RELEASING | State.RELEASE_DOUBT:
                self._feed.done()  # somebody else's word on it came first
            case _:
                assert_never(step.after.state)

    def _finish(self, row: OpenRow, status: Status, code: int | None = None) -> None:
        self._reserved.forget(row)
        self._brakes.outcome(row.number, refused=code if status is Status.REFUSED else None)
        self._tell(Moved(row.number, status, code))
        self._feed.done()

    def _again(self, row: OpenRow, event: Answer) -> None:
        match event:
            case Refusal(code=code) if self._brakes.ending:  # the account was refused
                self._tell(Moved(row.number, Status.NOT_SENT, code))
                self._feed.done()
            case Refusal(code=code):
                self._reserved.run(row)
                self._tell(Moved(row.number, Status.NOT_SENT, code, "reserved, tried again later"))
                self._feed.again(row, self._options.reserved_retry_every)
            case CertainlyNotSent():
                self._feed.again(row, _UNSENT_PAUSE)
            case _:  # answered 429
                self._complained.add(row.position)
                self._feed.again(row, 0)
