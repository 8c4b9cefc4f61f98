"""The workers: each takes a row, waits for the gate and its slot, puts the intent on disk, sends, and records the answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol, assert_never

from batch.clock import Clock, age
from batch.errors import LedgerError
from batch.ledger.events import Answer, CertainlyNotSent, Refusal, State, TooMany, Unanswered, Unfamiliar
from batch.ledger.protocol import Ledger
from batch.ledger.records import AnswerNote, Begun, Claimed, NotClaimed, OpenRow, Status, Why
from batch.ledger.states import Step, may_send
from batch.pool.answers import answer_of, note_of
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Alarm, Moved, Paused, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import probe
from batch.pool.pacer import Pacer, Priority, Slot
from batch.provider.protocol import NoAnswer, OtherNumber, Outcome, Provider, Purchase, Throttled, Unsent

_BUSY_PAUSE = 0.25
"""Seconds that the pool pauses where the provider asks for a pause and names no time; doubled each time in a row."""
_LONGEST_PAUSE = 60.0
_WORTH_SAYING = 1.0
_BOUND_POLL = 0.05
_UNSENT_PAUSE = 1.0
"""Seconds until a request that certainly did not leave is tried again."""


class Resolving(Protocol):
    """Who takes the rows that must be asked about: they stay outstanding until it is done with them."""

    def in_doubt(self, row: OpenRow) -> None:
        """Nobody knows what became of it; the account must be asked, later."""
        ...

    async def owned(self, row: OpenRow) -> None:
        """The ledger says that it is ours; the account should be asked once."""
        ...

    def bought(self, row: OpenRow, intent_at: datetime) -> None:
        """Bought by a definite answer just now: it can serve as a positive control."""
        ...

    @property
    def pending(self) -> int:
        """How many rows it holds."""
        ...


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
        self._room = asyncio.Event()  # cleared while a row waits for money or numbers that others have reserved
        self._room.set()
        self._in_flight = 0
        self._busy_in_a_row = 0
        self._answered_at = clock.elapsed()
        self._reserved_since: dict[int, tuple[float, float]] = {}  # position → since when, seconds left then
        self._probe: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Work until the feed is finished or the run is ending; what is in flight then is still recorded."""
        async with asyncio.TaskGroup() as workers:
            for index in range(self._options.workers):
                workers.create_task(self._work(), name=f"worker-{index}")
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        if self._limit_reached:
            self._brakes.stop_at(Why.LIMIT)

    async def _work(self) -> None:
        while (row := await self._feed.take()) is not None:
            try:
                await self._one(row)
            except LedgerError as error:
                self._brakes.halt(f"the ledger can't be written: {error.problem}")
                self._feed.done()

    async def _one(self, row: OpenRow) -> None:
        if row.owned:
            await self._resolving.owned(row)
            return
        if row.elsewhere:
            self._resolving.in_doubt(row)
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
        if slot is None or self._is_over():
            self._feed.done()
            return
        claim = await self._claim(row)
        if isinstance(claim, NotClaimed):
            self._pacer.give_back(slot)
            await self._not_claimed(row, claim)
            return
        self._in_flight += 1
        try:
            await self._send(row, claim, slot)
        finally:
            self._in_flight -= 1

    async def _claim(self, row: OpenRow) -> Claimed | NotClaimed:
        """Claim it; at a bound, wait while what is in flight or in doubt may yet free what it has reserved."""
        while True:
            claim = await self._ledger.claim(self._begun, row, self._options.bounds)
            at_bound = isinstance(claim, NotClaimed) and claim.why in {Why.MAX_SPEND, Why.MAX_NUMBERS}
            if not at_bound or self._is_over() or not (self._in_flight or self._resolving.pending):
                self._room.set()
                return claim
            self._room.clear()  # nobody overtakes: numbers are sent in the order of the sheet
            await self._clock.sleep(_BOUND_POLL)

    async def _not_claimed(self, row: OpenRow, claim: NotClaimed) -> None:
        self._limited.discard(row.position)
        match claim.why:
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
                await self._ledger.not_sent(self._begun, row, why)
                self._tell(Moved(row.number, Status.NOT_SENT, reason=why.value))
                self._feed.done()

    # The send ------------------------------------------------------------------------------------------------------------

    async def _send(self, row: OpenRow, claimed: Claimed, slot: Slot) -> None:
        await self._pacer.depart(slot)
        if not may_send(claimed.row, claimed.attempt, age(self._clock, claimed.mark)):
            stale = CertainlyNotSent(claimed.attempt, claimed.generation, self._run)
            await self._ledger.answer(self._begun, row, stale, AnswerNote(reason="the intent was too old to be sent"))
            self._feed.again(row, 0)
            return
        began = self._clock.elapsed()
        try:
            outcome = await self._provider.buy(Purchase(row.number, row.fields))
        except asyncio.CancelledError:
            lost = Unanswered(claimed.attempt, claimed.generation, self._run)
            await self._ledger.answer(self._begun, row, lost, AnswerNote(reason="stopped while it was under way"))
            raise
        seconds = self._clock.elapsed() - began
        left = self._reserved_left(row)
        give_up = left <= self._options.reserved_retry_every
        event = answer_of(outcome, claimed, self._run, self._provider.codes, give_up=give_up)
        step = await self._ledger.answer(self._begun, row, event, note_of(outcome, seconds, left))
        self._obey(step)
        self._heed(row, outcome, event)
        if step.after.state is State.BOUGHT:
            self._resolving.bought(row, datetime.fromtimestamp(claimed.mark.wall, UTC))
        self._put_where_it_belongs(row, event, step)

    def _reserved_left(self, row: OpenRow) -> float:
        """Seconds that a reserved number has left; its clock begins with the first answer, and goes on after a restart."""
        now = self._clock.elapsed()
        whole = self._options.reserved_give_up_after if row.reserved_left is None else row.reserved_left
        since, left = self._reserved_since.get(row.position, (now, whole))
        return max(0.0, left - (now - since))

    def _obey(self, step: Step) -> None:
        if step.alarm:
            self._tell(Alarm(step.alarm))
        if step.halt:
            self._brakes.halt(step.halt)

    # After the answer ----------------------------------------------------------------------------------------------------

    def _heed(self, row: OpenRow, outcome: Outcome, event: Answer) -> None:
        """What the answer means for the run as a whole."""
        match outcome:
            case Throttled(retry_after):
                self._pause(retry_after, slow=True)
            case NoAnswer(busy=True, retry_after=retry_after):
                self._pause(retry_after, slow=False)
            case NoAnswer(halt=True, reason=reason) | Unsent(fatal=True, reason=reason):
                self._brakes.halt(reason)
            case OtherNumber(returned):
                self._tell(Alarm(f"asked for {row.number}, the provider answered for {returned}: look at both"))
            case _:
                pass
        match event:
            case Unanswered() | CertainlyNotSent():
                self._silent(row)
            case Unfamiliar(code=code):
                self._brakes.unknown(row.number, code)
            case TooMany():
                self._give_up_on_complaints()
            case _:
                self._busy_in_a_row = 0
                self._answered_at = self._clock.elapsed()
                self._brakes.answered()

    def _pause(self, retry_after: float | None, *, slow: bool) -> None:
        """Pause everything. A single 503 among answers only pauses; a 429, a wish or a second complaint slows as well."""
        seconds = (
            min(_BUSY_PAUSE * 2 ** min(self._busy_in_a_row, 16), _LONGEST_PAUSE) if retry_after is None else retry_after
        )
        self._busy_in_a_row += 1
        self._pacer.pause(seconds, slow=slow or retry_after is not None or self._busy_in_a_row > 1)
        if seconds >= _WORTH_SAYING:
            self._tell(Paused(seconds, "the provider asks for fewer requests"))

    def _give_up_on_complaints(self) -> None:
        silent = self._clock.elapsed() - self._answered_at
        if silent > self._options.outage_give_up_after:
            self._brakes.halt(f"the provider has only answered 'too many requests' for {silent:.0f} s")

    def _silent(self, row: OpenRow) -> None:
        self._brakes.silent(row.number)
        if self._brakes.blind is not None and (self._probe is None or self._probe.done()):
            self._probe = asyncio.create_task(
                probe(
                    self._brakes.blind,
                    provider=self._provider,
                    pacer=self._pacer,
                    brakes=self._brakes,
                    options=self._options,
                    clock=self._clock,
                    tell=self._tell,
                ),
                name="probe",
            )

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
                self._reserved_since.pop(row.position, None)
                self._tell(Moved(row.number, Status.DOUBT, step.after.code))
                self._resolving.in_doubt(row)
            case State.FREE:
                self._again(row, event)
            case State.HELD | State.RELEASING | State.RELEASE_DOUBT:
                self._feed.done()  # somebody else's word on it came first
            case _:
                assert_never(step.after.state)

    def _finish(self, row: OpenRow, status: Status, code: int | None = None) -> None:
        self._reserved_since.pop(row.position, None)
        self._brakes.outcome(row.number, refused=code if status is Status.REFUSED else None)
        self._tell(Moved(row.number, status, code))
        self._feed.done()

    def _again(self, row: OpenRow, event: Answer) -> None:
        match event:
            case Refusal(code=code) if self._brakes.ending:  # the account was refused
                self._tell(Moved(row.number, Status.NOT_SENT, code))
                self._feed.done()
            case Refusal(code=code):
                self._reserved_since.setdefault(row.position, (self._clock.elapsed(), self._reserved_left(row)))
                self._tell(Moved(row.number, Status.NOT_SENT, code, "reserved, tried again later"))
                self._feed.again(row, self._options.reserved_retry_every)
            case CertainlyNotSent():
                self._feed.again(row, _UNSENT_PAUSE)
            case _:
                self._feed.again(row, 0)
