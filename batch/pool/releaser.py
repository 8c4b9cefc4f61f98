"""Sends one release: gate, slot, intent on disk, one request, and what came of it; never a second one before the account was asked."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import assert_never

from batch.clock import Clock, age
from batch.ledger.attempts import AnswerNote, BoughtRow, Claimed
from batch.ledger.events import (
    Answer,
    CertainlyNotSent,
    Release,
    Released,
    ReleaseFailed,
    TooMany,
    Unanswered,
    Unfamiliar,
)
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, Why
from batch.ledger.states import Forbidden, may_send
from batch.pool.brakes import Brakes
from batch.pool.heed import Heed
from batch.pool.notices import Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import GivenBack, NoAnswer, NotReleased, Provider, ReleaseOutcome, Throttled, Unsent


class Sent(Enum):
    """What came of one number."""

    RELEASED = auto()
    DOUBT = auto()
    """Nobody knows whether it was given back."""
    UNSENT = auto()
    """The request certainly never left, or the number has changed since it was asked about."""
    NOT_BEGUN = auto()
    """The run is ending."""


class Releaser:
    """Gives back what was approved. `close` ends the probe of a provider that does not answer."""

    def __init__(
        self,
        begun: Begun,
        *,
        provider: Provider,
        ledger: Ledger,
        pacer: Pacer,
        brakes: Brakes,
        options: PoolOptions,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._begun = begun
        self._run = begun.run.name
        self._provider = provider
        self._ledger = ledger
        self._pacer = pacer
        self._brakes = brakes
        self._options = options
        self._clock = clock
        self._heed = Heed(provider=provider, pacer=pacer, brakes=brakes, options=options, clock=clock, tell=tell)

    async def close(self) -> None:
        """See above."""
        await self._heed.close()

    async def release(self, bought: BoughtRow, known_for: float) -> Sent:
        """Give one number back, which the account was just seen to hold as this run's purchase.

        `bought` is its row as it was when that was asked, `known_for` the seconds since this process found it.
        """
        if not await self._brakes.enter():
            return Sent.NOT_BEGUN
        try:
            return await self._release(bought, known_for)
        finally:
            self._brakes.leave()

    async def _release(self, bought: BoughtRow, known_for: float) -> Sent:
        slot = await self._pacer.slot(Priority.PURCHASE)
        if slot is None or self._is_over():
            self._pacer.give_back(slot)
            return Sent.NOT_BEGUN
        try:
            event = Release(self._run, bought.state.version, known_for)
            claimed = await self._ledger.release(self._begun, bought.row, event)
        except Forbidden:
            self._pacer.give_back(slot)
            return Sent.UNSENT
        try:
            await self._pacer.depart(slot)
        except asyncio.CancelledError:
            await self._note_unsent(bought, claimed, "stopped before it was sent")
            raise
        if self._is_over() and self._brakes.calls_back:
            await self._note_unsent(bought, claimed, "the run ended before it was sent")
            return Sent.NOT_BEGUN
        if not may_send(claimed.row, claimed.attempt, age(self._clock, claimed.mark)):
            await self._note_unsent(bought, claimed, "the intent was too old to be sent")
            return Sent.UNSENT
        return await self._send(bought, claimed)

    def _is_over(self) -> bool:
        until = self._options.until
        if until is not None and self._clock.now() >= until:
            self._brakes.stop_at(Why.UNTIL)
        return self._brakes.ending

    async def _send(self, bought: BoughtRow, claimed: Claimed) -> Sent:
        began = self._clock.elapsed()
        try:
            outcome = await self._provider.release(bought.number)
        except asyncio.CancelledError:
            lost = ReleaseFailed(claimed.attempt, claimed.generation, self._run)
            note = AnswerNote(reason="stopped while it was under way")
            await self._ledger.answer(self._begun, bought.row, lost, note)
            raise
        note, event, heeded = self._judge(outcome, claimed, self._clock.elapsed() - began)
        await self._ledger.answer(self._begun, bought.row, event, note)
        self._heed.answer(bought.number, outcome, heeded)
        if isinstance(outcome, NotReleased) and outcome.halt:
            self._brakes.refuse_account(outcome.code)
        match event:
            case Released():
                return Sent.RELEASED
            case CertainlyNotSent():
                return Sent.UNSENT
            case _:
                return Sent.DOUBT

    def _judge(self, outcome: ReleaseOutcome, claimed: Claimed, seconds: float) -> tuple[AnswerNote, Answer, Answer]:
        """What is recorded of an answer: note and event; and what it is to the brakes, by a purchase's events."""
        attempt, generation, run = claimed.attempt, claimed.generation, self._run
        failed = ReleaseFailed(attempt, generation, run)
        match outcome:
            case GivenBack(code):
                given = Released(attempt, generation, run)
                return AnswerNote(code=code, seconds=seconds), given, given
            case NotReleased(code):
                note = AnswerNote(code=code, reason=f"not given back ({code})", seconds=seconds)
                return note, failed, Unfamiliar(attempt, generation, run, code=code)
            case Throttled():
                note = AnswerNote(reason="too many requests (429)", seconds=seconds)
                return note, failed, TooMany(attempt, generation, run)
            case Unsent(reason):
                unsent = CertainlyNotSent(attempt, generation, run)
                return AnswerNote(reason=reason, seconds=seconds), unsent, unsent
            case NoAnswer(reason):
                lost = Unanswered(attempt, generation, run)
                return AnswerNote(reason=reason, seconds=seconds), failed, lost
            case _:
                assert_never(outcome)

    async def _note_unsent(self, bought: BoughtRow, claimed: Claimed, reason: str) -> None:
        event = CertainlyNotSent(claimed.attempt, claimed.generation, self._run)
        await self._ledger.answer(self._begun, bought.row, event, AnswerNote(reason=reason))
