"""Finds out what became of numbers in doubt, by asking the account, while the pool goes on and after it has ended.

A number is asked about from the resolve delay on, at growing intervals, and once more when the horizon has passed. A
presence is believed whenever it is seen (calibrated); an absence only from the horizon on, and only after the positive
control has shown once more. What stays open is given up for this invocation: it remains in doubt, recorded, and a later
`run` or `resolve` asks again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from batch.clock import Clock
from batch.errors import LedgerError
from batch.ledger.events import Absent, Present, State
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, Doubt, OpenRow, OwnedAnswer, SeenNote, Status, Why
from batch.ledger.states import Step
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Alarm, Moved, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Inquiry, NotOwned, Owned, Provider, Unclear
from batch.reconciler.agenda import Agenda, Question
from batch.reconciler.attribution import attribute
from batch.reconciler.calibration import Calibration, Trust

_ABSENCES = 100
"""Absences that one look at the positive control vouches for."""
_SOON = 0.25
"""Seconds within which further questions are waited for before the positive control is asked."""


@dataclass(slots=True)
class _Absence:
    """An absence that was seen, and is believed once the positive control has shown again."""

    question: Question
    answer: NotOwned
    version: int
    age: float


class Resolver:
    """Implements the pool's `Resolving`. `start` before use; `drain` waits for what can be found out; `close` ends it."""

    def __init__(
        self,
        begun: Begun,
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
        self._begun = begun
        self._provider = provider
        self._ledger = ledger
        self._feed = feed
        self._pacer = pacer
        self._brakes = brakes
        self._options = options
        self._timing = options.timing
        self._clock = clock
        self._tell = tell
        self._began = clock.elapsed()
        self._began_at = clock.now()
        self.calibration = Calibration(provider, ledger, pacer, clock, options.resolve_horizon)
        self._agenda = Agenda(options.timing, clock)
        self._absences: list[_Absence] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._trusting: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._first_bought: asyncio.Task[None] | None = None

    # What the pool hands over --------------------------------------------------------------------------------------------

    def in_doubt(self, row: OpenRow) -> None:
        """See `batch.pool.pool.Resolving`."""
        self._add(Question(row.number, row, self._clock.elapsed()))

    async def owned(self, row: OpenRow) -> None:
        """See `batch.pool.pool.Resolving`: asked at once, in the worker's place; only an absence is asked about again."""
        if not self._options.ask_owned or self._brakes.account_refused:
            await self._note_owned(row, OwnedAnswer.NOT_ASKED)
            return
        answer = await paced_inquiry(row.number, provider=self._provider, pacer=self._pacer, priority=Priority.PRICE)
        match answer:
            case Owned() if await self.calibration.presence_counts(row.number):
                await self._note_owned(row, OwnedAnswer.OWNED)
            case NotOwned():
                self._add(Question(row.number, row, self._began, owned=True))
            case Owned() | Unclear() | Blocked():
                await self._note_owned(row, OwnedAnswer.NOT_ASKED)
            case _:
                assert_never(answer)

    def bought(self, row: OpenRow, intent_at: datetime) -> None:
        """See `batch.pool.pool.Resolving`."""
        self.calibration.add(row.number, intent_at, self._clock.now())
        if self._first_bought is None:
            self._first_bought = asyncio.create_task(self._check_first(row), name="first purchase")

    @property
    def pending(self) -> int:
        """See `batch.pool.pool.Resolving`."""
        return len(self._agenda)

    def adopt(self, doubt: Doubt, row: OpenRow | None) -> None:
        """A number that was found in doubt when this process started."""
        self._add(Question(doubt.number, row, self._began))

    # Life ----------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to ask."""
        self._task = asyncio.create_task(self._run(), name="resolver")

    async def drain(self) -> None:
        """Wait until every question has its answer, or was given up."""
        while len(self._agenda) and self._task is not None and not self._task.done():
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """Stop asking; what is open stays in doubt."""
        tasks = [one for one in (self._task, self._trusting, self._first_bought, *self._asking) if one is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._start_due()
            if self._must_look():
                self._trusting = asyncio.create_task(self._look_at_control(), name="positive control")
            busy = len(self._asking) >= self._options.workers
            await self._wait(1.0 if busy else min(self._agenda.next_in(), 1.0))

    async def _wait(self, seconds: float) -> None:
        changed = asyncio.create_task(self._changed.wait())
        timer = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait({changed, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            timer.cancel()

    def _start_due(self) -> None:
        while len(self._asking) < self._options.workers and (question := self._agenda.take_due()) is not None:
            task = asyncio.create_task(self._ask(question), name=f"ask {question.number}")
            self._asking.add(task)
            task.add_done_callback(self._asked)

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        self._changed.set()

    def _add(self, question: Question) -> None:
        self._agenda.add(question)
        self._changed.set()

    # One question ----------------------------------------------------------------------------------------------------------

    async def _ask(self, question: Question) -> None:
        try:
            doubt = await self._ledger.doubt(question.number)
            if doubt is None and not question.owned:
                self._return(question)  # another process has resolved it
                return
            age = self._clock.elapsed() - question.since
            answer = await paced_inquiry(
                question.number, provider=self._provider, pacer=self._pacer, priority=Priority.INQUIRY
            )
            question.asked += 1
            await self._judge(question, doubt, age, answer)
        except LedgerError as error:
            self._brakes.halt(f"the ledger can't be written: {error.problem}")
            self._drop(question)

    async def _judge(self, question: Question, doubt: Doubt | None, age: float, answer: Inquiry) -> None:
        match answer:
            case Owned():
                self._answered(question)
                if not await self.calibration.presence_counts(question.number):
                    self._later(question, age)
                elif question.owned:
                    await self._own(question)
                elif doubt is not None:
                    await self._present(question, doubt, age, answer)
            case NotOwned():
                self._answered(question)
                needed = (
                    self._timing.horizon if doubt is not None and doubt.row.open is not None else self._timing.delay
                )
                if age < needed:
                    self._agenda.schedule(question)
                else:
                    version = 0 if doubt is None else doubt.row.version
                    self._absences.append(_Absence(question, answer, version, age))
            case Unclear(fatal=True, reason=reason):
                self._brakes.halt(reason)
                self._drop(question)
            case Unclear(busy=busy, retry_after=retry_after):
                if busy:
                    self._pacer.pause(retry_after if retry_after is not None else 1.0)
                self._later(question, age)
            case Blocked(code):
                self._blocked(code)
            case _:
                assert_never(answer)

    def _answered(self, question: Question) -> None:
        question.unanswered_since = None
        if self._brakes.blind is not None:
            self._brakes.sees()

    def _later(self, question: Question, age: float) -> None:
        """No usable answer: ask again, unless that has gone on for too long past the horizon."""
        if age >= self._timing.horizon and self._agenda.silence(question) >= self._options.outage_give_up_after:
            self._drop(question)
        else:
            self._agenda.schedule(question)

    def _blocked(self, code: int) -> None:
        self._brakes.account_refused = True
        self._brakes.halt(f"the account was refused ({code})")
        for question in self._agenda.all():
            self._drop(question)

    async def _present(self, question: Question, doubt: Doubt, age: float, owned: Owned) -> None:
        who = attribute(doubt, owned.created, self.calibration.zone)
        event = Present(doubt.row.version, age, calibrated=True, bought_by=who.run)
        note = SeenNote(by=who.by, created=owned.created, setup=owned.setup, monthly=owned.monthly)
        step = await self._ledger.verdict(question.number, event, note)
        if step.rule == "A5":
            self._agenda.schedule(question)
        else:
            await self._resolved(question, step)

    async def _resolved(self, question: Question, step: Step) -> None:
        """The number is in doubt no more: what that means for this run's row of it."""
        row = question.row
        mine = step.after.run == self._begun.run.name
        self._agenda.remove(question)
        self._changed.set()
        if row is None:
            return
        match step.after.state:
            case State.BOUGHT if mine:
                self._brakes.outcome(row.number)
                self._tell(Moved(row.number, Status.PURCHASED))
                self._feed.done()
            case State.BOUGHT | State.HELD:
                if not mine or step.after.state is State.BOUGHT:
                    await self._ledger.owned(self._begun, row, OwnedAnswer.OWNED)
                self._brakes.outcome(row.number)
                self._tell(Moved(row.number, Status.OWNED))
                self._feed.done()
            case State.REFUSED if mine:
                self._brakes.outcome(row.number, refused=step.after.code)
                self._tell(Moved(row.number, Status.REFUSED, step.after.code))
                self._feed.done()
            case _:
                self._feed.again(replace(row, elsewhere=False), 0)

    # Absences ------------------------------------------------------------------------------------------------------------

    def _must_look(self) -> bool:
        """Whether the positive control is to be asked now: absences wait, and no further one is about to come."""
        if not self._absences or (self._trusting is not None and not self._trusting.done()):
            return False
        more = bool(self._asking) or self._agenda.next_in() <= _SOON
        return len(self._absences) >= _ABSENCES or not more

    async def _look_at_control(self) -> None:
        absences, self._absences = self._absences[:_ABSENCES], self._absences[_ABSENCES:]
        try:
            trust = await self.calibration.trust(absences[0].question.number)
            match trust:
                case Trust.GOOD:
                    for absence in absences:
                        await self._believe(absence)
                case Trust.LATER:
                    for absence in absences:
                        self._later(absence.question, absence.age)
                case Trust.NONE:
                    for absence in absences:
                        self._without_control(absence.question)
                case Trust.BROKEN:
                    self._brakes.halt(
                        "a number that the account surely holds does not show: its answers can't be trusted"
                    )
                    for absence in absences:
                        self._drop(absence.question)
                case Trust.BLOCKED:
                    self._blocked(self.calibration.blocked or 0)
                case _:
                    assert_never(trust)
        except LedgerError as error:
            self._brakes.halt(f"the ledger can't be written: {error.problem}")
            for absence in absences:
                self._drop(absence.question)
        self._changed.set()

    async def _believe(self, absence: _Absence) -> None:
        question = absence.question
        if not self.calibration.says_absent(absence.answer):
            self._later(question, absence.age)
            return
        if question.owned:
            await self._gone(question)
            return
        event = Absent(absence.version, absence.age, calibrated=True)
        step = await self._ledger.verdict(question.number, event, SeenNote())
        if step.rule in {"A2", "A5"}:
            self._agenda.schedule(question)
        else:
            await self._resolved(question, step)

    def _without_control(self, question: Question) -> None:
        """The account has no positive control yet; a purchase may still bring one."""
        if self._brakes.ending or self._feed.idle:
            self._drop(question)
        else:
            self._agenda.schedule(question)

    # Numbers that the ledger says are ours ---------------------------------------------------------------------------------

    async def _own(self, question: Question) -> None:
        if question.row is not None:
            self._agenda.remove(question)
            await self._note_owned(question.row, OwnedAnswer.OWNED)

    async def _gone(self, question: Question) -> None:
        if question.row is not None:
            self._agenda.remove(question)
            await self._ledger.owned(self._begun, question.row, OwnedAnswer.GONE)
            self._tell(Moved(question.number, Status.NOT_SENT, reason=Why.GONE.value))
            self._feed.done()

    async def _note_owned(self, row: OpenRow, answer: OwnedAnswer) -> None:
        await self._ledger.owned(self._begun, row, answer)
        self._tell(Moved(row.number, Status.OWNED))
        self._feed.done()

    # Leaving it open -------------------------------------------------------------------------------------------------------

    def _drop(self, question: Question) -> None:
        """Give it up for this invocation: it stays as the ledger has it."""
        if self._agenda.remove(question) and question.row is not None:
            self._feed.done()
        self._changed.set()

    def _return(self, question: Question) -> None:
        if self._agenda.remove(question) and question.row is not None:
            self._feed.again(replace(question.row, elsewhere=False), 0)
        self._changed.set()

    # The first purchase ----------------------------------------------------------------------------------------------------

    async def _check_first(self, row: OpenRow) -> None:
        """Look at the first purchase of this invocation once it must show: a positive control, and what it really cost."""
        await self._clock.sleep(self._timing.delay)
        if await self.calibration.trust(row.number) is not Trust.GOOD:
            return
        seen = self.calibration.seen
        quoted = row.price if row.price is not None else self._options.price
        if seen is None or seen.number != row.number or seen.setup is None or seen.monthly is None or quoted is None:
            return
        if seen.setup + seen.monthly > quoted:
            paid = seen.setup + seen.monthly
            self._tell(Alarm(f"{row.number} was charged {paid}, more than the {quoted} that was expected"))
            self._brakes.halt(f"a number cost {paid}, more than the {quoted} that was expected")
