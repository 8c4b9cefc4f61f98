"""Finds out what became of numbers in doubt, by asking the account, while the pool goes on and after it has ended.

A number is asked about from the resolve delay on, at growing intervals, and once more when the horizon has passed
(`agenda`); what the answers mean is judged in `verdicts`. What stays open is given up for this invocation: it remains in
doubt, recorded, and a later `run` or `resolve` asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any

from batch.clock import Clock
from batch.errors import LedgerError
from batch.ledger.attempts import Doubt, OpenRow, OwnedAnswer
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Alarm, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Inquiry, NotOwned, Owned, Provider, Unclear
from batch.reconciler.agenda import Agenda, Question
from batch.reconciler.calibration import Calibration
from batch.reconciler.outcomes import Outcomes
from batch.reconciler.prices import Quotes, watch_first_price
from batch.reconciler.verdicts import Seen, Verdicts

_LOOK_AGAIN = 5.0
"""Seconds after which the open questions are looked at in any case."""


class Resolver:
    """Implements the pool's `Resolving`. `start` before use; `drain` waits for what can be found out; `close` ends it."""

    def __init__(
        self,
        begun: Begun,
        quotes: Quotes,
        *,
        provider: Provider,
        ledger: Ledger,
        feed: Feed,
        pacer: Pacer,
        brakes: Brakes,
        options: PoolOptions,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._quotes = quotes
        self._provider = provider
        self._ledger = ledger
        self._pacer = pacer
        self._brakes = brakes
        self._options = options
        self._clock = clock
        self._tell = tell
        self._began = clock.elapsed()
        self.calibration = Calibration(provider, ledger, pacer, clock, options.resolve_horizon)
        self._outcomes = Outcomes(begun, ledger=ledger, feed=feed, brakes=brakes, tell=tell)
        self._agenda = Agenda(options.timing, clock)
        self._verdicts = Verdicts(
            begun,
            fields=provider.fields,
            ledger=ledger,
            calibration=self.calibration,
            agenda=self._agenda,
            outcomes=self._outcomes,
            quotes=quotes,
            feed=feed,
            brakes=brakes,
            options=options,
            tell=tell,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking = 0
        self._asking_owned = 0
        self._strangers = 0
        self._watches_price = False
        self._changed = asyncio.Event()  # for `drain`
        self._wake = asyncio.Event()  # for the asking itself: each clears its own
        self._fault: BaseException | None = None

    # What the pool hands over --------------------------------------------------------------------------------------------

    def in_doubt(self, row: OpenRow) -> None:
        """See `batch.pool.resolving.Resolving`."""
        self._add(Question(row.number, row, self._clock.elapsed()))

    async def owned(self, row: OpenRow) -> None:
        """See `batch.pool.resolving.Resolving`: asked at once, in the worker's place; an absence is asked about once more."""
        if self._options.ask_owned and not self._brakes.ending:
            age = self._clock.elapsed() - self._began
            match await self._ask_owned(row.number):
                case Owned() | NotOwned() as answer:
                    await self._outcomes.presume_owned(row)  # until the controls have told what the answer is worth
                    question = Question(row.number, row, self._began, owned=True)
                    self._add(question, answered=isinstance(answer, Owned))
                    if isinstance(answer, Owned):
                        await self._verdicts.judge(Seen(question, None, age, answer))
                    return
                case Blocked(code):
                    self._verdicts.block(code)
                case Unclear(fatal=True, reason=reason):
                    self._brakes.halt(reason)
                case _:
                    pass
        if self._options.rebuy:
            self._outcomes.unasked(row.number)
        await self._outcomes.owned(row, OwnedAnswer.NOT_ASKED)

    async def _ask_owned(self, number: Number) -> Inquiry:
        self._asking_owned += 1
        try:
            return await self._inquire(number, Priority.PRICE)
        finally:
            self._asking_owned -= 1
            self._wake.set()

    def bought(self, row: OpenRow, intent_at: datetime) -> None:
        """See `batch.pool.resolving.Resolving`."""
        self.calibration.add(row.number, intent_at, self._clock.now())
        if not self._watches_price:
            self._watches_price = True
            watch = watch_first_price(
                row,
                self._quotes,
                provider=self._provider,
                pacer=self._pacer,
                clock=self._clock,
                options=self._options,
            )
            if self._quotes.planned and self._options.prices and self._quotes.quote(row.number) is not None:
                self._brakes.weigh()  # somebody signed for that price: the others wait until it is known to be charged
                watch = self._weigh(watch)
            self._spawn(watch, "first price")

    async def _weigh(self, watch: Coroutine[Any, Any, None]) -> None:
        try:
            await watch
        finally:
            self._brakes.weighed()

    def stranger(self, number: Number) -> None:
        """See `batch.pool.resolving.Resolving`: it is no number of ours to resolve, but a person must know whether it was bought."""
        self._strangers += 1
        self._spawn(self._ask_stranger(number), f"stranger {number}")

    @property
    def pending(self) -> int:
        """See `batch.pool.resolving.Resolving`."""
        return len(self._agenda) + self._strangers

    def adopt(self, doubt: Doubt, row: OpenRow | None) -> None:
        """A number that was found in doubt when this process started."""
        self._add(Question(doubt.number, row, self._clock.elapsed()))

    def ask_lost(self, rows: Sequence[OpenRow]) -> None:
        """Rows that stand refused, though an attempt on each was lost: asked about once, when nothing more urgent is."""
        questions = [Question(row.number, row, self._began, lost=True) for row in rows]
        for question in questions:
            self._add(question, answered=True)
        if questions:
            self._spawn(self._ask_lost(questions), "lost")

    async def _ask_lost(self, questions: Sequence[Question]) -> None:
        for question in questions:
            doubt = await self._ledger.doubt(question.number, lost=True)
            age = self._clock.elapsed() - question.since
            answer = await self._ask_owned(question.number)
            if self._brakes.account_refused:
                return  # whatever is open was given up
            await self._verdicts.judge(Seen(question, doubt, age, answer))

    # Life ----------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to ask."""
        self._spawn(self._run_questions(), "resolver")

    async def drain(self) -> None:
        """Wait until every question has its answer, or was given up. Raises what went wrong in asking, if anything did."""
        while self.pending and self._fault is None:
            self._changed.clear()
            await self._changed.wait()
        if self._fault is not None:
            raise self._fault

    def tell_unasked(self) -> None:
        """Name the owned numbers that were to be bought again if they are gone, and could not be asked about."""
        self._outcomes.tell_unasked()

    async def close(self) -> None:
        """Stop asking; what is open stays in doubt."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that failed ends the run: nobody else would notice that its question is never answered."""
        self._tasks.discard(task)
        self._notice()
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if isinstance(error, LedgerError):
            self._brakes.halt(error.problem)
        else:
            self._fault = error
            self._brakes.halt(f"a fault of the program: {type(error).__name__}")
        self._verdicts.drop_all()
        self._notice()

    def _notice(self) -> None:
        self._changed.set()
        self._wake.set()

    async def _run_questions(self) -> None:
        while True:
            self._wake.clear()
            while self._asking < self._options.workers and (question := self._agenda.take_due()) is not None:
                self._asking += 1
                self._spawn(self._ask(question), f"ask {question.number}")
            if self._verdicts.must_look(asking=self._asking + self._asking_owned > 0):
                self._spawn(self._verdicts.look_at_controls(), "controls")
            busy = self._asking >= self._options.workers
            await self._wait(None if busy or not len(self._agenda) else self._agenda.next_in())

    async def _wait(self, seconds: float | None) -> None:
        """Until something has changed, and no longer than `seconds`: a machine that sleeps meanwhile looks again soon."""
        if seconds is None:
            await self._wake.wait()
            return
        wake = asyncio.create_task(self._wake.wait())
        timer = asyncio.create_task(self._clock.sleep(min(seconds, _LOOK_AGAIN)))
        try:
            await asyncio.wait({wake, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wake.cancel()
            timer.cancel()

    def _add(self, question: Question, *, answered: bool = False) -> None:
        self._agenda.add(question, answered=answered)
        self._notice()

    # One question ----------------------------------------------------------------------------------------------------------

    async def _inquire(self, number: Number, priority: Priority) -> Inquiry:
        return await paced_inquiry(number, provider=self._provider, pacer=self._pacer, priority=priority)

    async def _ask(self, question: Question) -> None:
        try:
            doubt = None if question.owned else await self._ledger.doubt(question.number, lost=question.lost)
            if doubt is None and not question.owned:
                self._verdicts.hand_back(question)  # another process has resolved it
                return
            if question.owned and self._options.rebuy:
                question.version = (await self._ledger.number(question.number)).version
            age = self._clock.elapsed() - question.since
            answer = await self._inquire(question.number, Priority.INQUIRY)
            question.asked += 1
            await self._verdicts.judge(Seen(question, doubt, age, answer))
        finally:
            self._asking -= 1

    async def _ask_stranger(self, number: Number) -> None:
        """Ask, when it must show, about a number that the provider named without having been asked for it."""
        try:
            await self._clock.sleep(self._options.resolve_delay)
            match await self._inquire(number, Priority.INQUIRY):
                case Owned():
                    says = "holds it: it may have been charged"
                case NotOwned():
                    says = "does not hold it"
                case _:
                    says = "could not be asked whether it holds it"
            self._tell(Alarm(f"the provider answered for {number}, which it was not asked for; the account {says}"))
        finally:
            self._strangers -= 1
