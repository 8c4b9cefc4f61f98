"""The desk of the simulation: processes that are killed, suspended, run out of disk, and hear late from those before them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import apsw
from simulation.provider import Intent, Provider
from support.desk import Dead, Desk, Life, Mortal

from batch.errors import LedgerError, LedgerLocked
from batch.ledger.attempts import AnswerNote, Claimed, OpenRow
from batch.ledger.events import CertainlyNotSent, Released, ReleaseFailed
from batch.ledger.records import InvocationFacts
from batch.pool.answers import answer_of, note_of
from batch.pool.notices import Alarm, Halted, Paused
from batch.provider.multitel.codes import CODES
from batch.session import buy_orders


@dataclass
class Trouble:
    """What befalls one process beside being killed. Counts are of the calls of one kind; 0: never."""

    disk_full_at_claim: int = 0
    disk_full_at_answer: int = 0
    asleep_at_claim: int = 0
    asleep_for: float = 0.0
    late_answers: list[float] = field(default_factory=list)
    """When answers arrive whose senders died in an earlier process, in seconds from the beginning."""
    wakes_when_asked: bool = False
    """Such an answer arrives just while the account is asked about its number."""
    dies_at_send: int = 0
    dies_after: float = 0.0
    """Seconds between that send and its death."""
    rival_after: float | None = None
    """When somebody else tries to begin a run, too."""


class Watched(Mortal):
    """A ledger that tells the provider's record what was intended, and that fails as `trouble` says."""

    def __init__(self, inner, life, office, trouble) -> None:
        super().__init__(inner, life)
        self._office = office
        self._trouble = trouble
        self._claims = self._intents = self._answers = 0
        self.begun = None

    async def begin(self, *arguments):
        self.begun = await super().__getattr__("begin")(*arguments)
        return self.begun

    async def resume(self, *arguments):
        self.begun = await super().__getattr__("resume")(*arguments)
        return self.begun

    async def claim(self, begun, row, *bounds):
        self._life.step("before an intent was on disk")
        self._claims += 1
        if self._claims == self._trouble.disk_full_at_claim:
            self._fill_disk("disk full at an intent")
        claimed = await self._inner.claim(begun, row, *bounds)
        await self._intended(row.number, claimed, "buy")
        return claimed

    async def release(self, begun, row, event):
        self._life.step("before an intent was on disk")
        claimed = await self._inner.release(begun, row, event)
        await self._intended(row.number, claimed, "release")
        return claimed

    async def _intended(self, number, claimed, kind):
        if isinstance(claimed, Claimed):
            self._office.provider.intend(number, claimed.row.run, claimed, kind)
            self._life.step("after an intent, before it was sent")
            self._intents += 1
            if self._intents == self._trouble.asleep_at_claim:
                self._office.sleep(self._trouble.asleep_for)
                self._office.provider.met["suspended between intent and send"] += 1

    async def answer(self, begun, row, event, note):
        self._life.step("before an outcome was on disk")
        self._answers += 1
        if self._answers == self._trouble.disk_full_at_answer:
            self._fill_disk("disk full at an outcome")
        step = await self._inner.answer(begun, row, event, note)
        self._office.provider.intents[row.number, event.attempt].recorded = True
        self._life.step()
        return step

    def _fill_disk(self, name):
        """The transaction that comes next can't be committed."""
        batches = self._inner._writer._batches
        execute = batches._execute

        def full(statement):
            if statement == "COMMIT":
                raise apsw.FullError("disk full")
            return execute(statement)

        batches._execute = full
        self._office.provider.met[name] += 1


class Counted(Life):
    """A life that notes at which step it ended."""

    def __init__(self, ends_at, met) -> None:
        super().__init__(ends_at)
        self._met = met
        self.ended_at = ""

    def step(self, what=""):
        self.ended_at = what
        super().step()

    def end(self):
        if self.dead:
            return
        super().end()
        self._met["killed" if not self.ended_at else f"killed {self.ended_at}"] += 1


class Office(Desk):
    """A desk whose provider keeps the record of the simulation."""

    def __init__(self, root: Path, chance: Random) -> None:
        super().__init__(root)
        self.chance = chance
        self.provider = Provider(self.clock)
        self.jumped_at: list[float] = []
        self.begins = 0

    def facts(self) -> InvocationFacts:
        return InvocationFacts(self.clock.now(), "ann", "desk", 1, "0.1")

    def sleep(self, seconds: float) -> None:
        """The machine is suspended."""
        self.provider.sleep_through(seconds)

    def set_wall_clock(self, seconds: float) -> None:
        self.clock.skew += seconds
        self.jumped_at.append(self.clock.elapsed())
        self.provider.met["wall clock set"] += 1

    async def live(self, wanted, options, trouble, *, at_step=None, after=None, work=buy_orders):
        """One process that works on `wanted`; its outcome, None where it died or could not write."""
        settings = self.settings(**options)
        provider = self.provider
        provider.begin_life(wanted.key)
        self.begins += 1
        life = Counted(at_step, provider.met)
        ledger = await self.open(settings)
        watched = Watched(ledger, life, self, trouble)
        process = asyncio.create_task(work(wanted, self.session(watched, settings, Mortal(provider, life))))
        others = [asyncio.create_task(one) for one in self._others(watched, trouble)]
        if trouble.dies_at_send:
            provider.on_send = lambda sent: sent == trouble.dies_at_send and self._kill_soon(life, trouble)
        if trouble.wakes_when_asked:
            provider.on_question = lambda asked: self._wake(asked, watched, others)
        died = asyncio.create_task(life.died.wait())
        await asyncio.wait({process, died}, timeout=after, return_when=asyncio.FIRST_COMPLETED)
        lived = process.done() and not life.dead
        if not lived and not life.dead:
            life.end()
        provider.on_send = provider.on_question = None
        provider.process_ended()
        await self._end_others(died, *others)
        self._note_notices()
        if lived:
            life.dead = True
            await ledger.close()
            with suppress(LedgerError):  # its disk was full
                outcome = await process
                if outcome is not None:
                    self.runs[wanted.key] = outcome.run
                return outcome
            return None
        await self._bury(process, ledger)
        return None

    @staticmethod
    def _kill_soon(life, trouble):
        asyncio.get_running_loop().call_later(trouble.dies_after, life.end)

    @staticmethod
    async def _end_others(*others):
        for other in others:
            other.cancel()
        for ended in await asyncio.gather(*others, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    def _note_notices(self):
        faults = [one.reason for one in self.notices if isinstance(one, Halted)]
        if faults := [one for one in faults if "a fault of the program" in one or "unexpected" in one]:
            raise RuntimeError(faults[0])
        words = [notice.reason for notice in self.notices if isinstance(notice, Paused)]
        self.provider.met["as many doubts as workers"] += any("does not answer" in one for one in words)
        self.provider.met["nothing to calibrate with"] += any(
            "no number by which" in notice.words for notice in self.notices if isinstance(notice, Alarm)
        )
        self.notices.clear()

    # Others, while a process lives -----------------------------------------------------------------------------------

    def _others(self, watched, trouble):
        for after in trouble.late_answers:
            yield self._hear_late(watched, after)
        if trouble.rival_after is not None:
            yield self._compete(trouble.rival_after)

    async def _compete(self, after):
        await self.clock.sleep(after)
        try:
            ledger = await self.open(self.settings())
        except LedgerLocked:
            self.provider.met["two runs overlap"] += 1
        else:
            await ledger.close()
            raise AssertionError("two processes held one ledger")

    async def _hear_late(self, watched, after):
        await self.clock.sleep(after)
        while watched.begun is None:
            await self.clock.sleep(0.5)
        await self.hear_late(watched, watched.begun)

    def _wake(self, asked, watched, others):
        if any(one.number == asked for one in self.provider.orphans()) and self.chance.random() < 0.5:
            others.append(asyncio.create_task(self.hear_late(watched, watched.begun, about=asked)))

    async def hear_late(self, ledger, begun, about=None):
        """A worker that was believed dead wakes, and records what it has heard."""
        orphans = [one for one in self.provider.orphans() if about in {None, one.number}]
        store = ledger._inner._store
        over = [one for one in orphans if store.number(one.number).open != one.claimed.attempt]
        if not orphans or (about is None and not over and self.chance.random() < 0.7):
            return  # they sleep on, until their numbers are believed to be known
        intent = self.chance.choice(over or orphans)
        if intent.sent_at is not None:
            await self.clock.sleep(intent.answered_at - self.clock.elapsed())
        if intent.recorded:
            return
        with suppress(Dead, LedgerError):
            row = await ledger.row(begun, intent.number) or OpenRow(0, intent.number, {}, None)
            await ledger.answer(begun, row, *answer_to(intent, give_up=self.chance.random() < 0.5))
            self.provider.met["an answer from an earlier process"] += 1


def answer_to(intent: Intent, *, give_up: bool):
    """What its sender records; `give_up`: a reserved number's time is used up by then."""
    claimed, run = intent.claimed, intent.run
    if intent.sent_at is None:
        return CertainlyNotSent(claimed.attempt, claimed.generation, run), AnswerNote(reason="too old to be sent")
    outcome = intent.fate.answer if intent.kind != "buy" else intent.outcome()
    if intent.kind != "buy":
        event = Released if outcome is None else ReleaseFailed
        return event(claimed.attempt, claimed.generation, run), AnswerNote()
    return answer_of(outcome, claimed, run, CODES, give_up=give_up), note_of(outcome, 0.0, None)
