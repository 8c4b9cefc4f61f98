"""What chance alone hardly ever brings: a worker that wakes long after its number was believed to be known; a lost ledger.

Each episode has a run of its own, of two numbers: the first is bought plainly and is the positive control, the second is sent
by a process that dies before it hears the answer. Then somebody finds out what the account shows, and only then the answer
is recorded, as a worker of several that share a ledger would.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable
from random import Random

from simulation.chance import Fates
from simulation.invariants import hold
from simulation.office import Counted, Office, Trouble, Watched, answer_to
from simulation.operators import HORIZON, Operators
from simulation.provider import Fate, usual
from support.desk import KEY, orders
from support.world import NEVER, number

from batch.errors import LedgerUnusable
from batch.ledger.attempts import AnswerNote, Claimed
from batch.ledger.events import Unanswered
from batch.ledger.records import Bounds, Status
from batch.ledger.sqlite import Rebuild
from batch.order import Orders
from batch.provider.protocol import NoAnswer, NotReleased, Outcome, Purchase, Refused, Unsent
from batch.session import buy_orders, rebuild_orders, release_run, resolve_run

LABEL = "woken"
AGAIN = "again"
CONTROL, ASKED = number(80), number(81)
_PLAIN = {"workers": 1, "prices": False}
_PATIENT = {"reserved_retry_every": 10.0, "reserved_give_up_after": 90.0}
_BACKUPS = 0.2


def _executed() -> Fate:
    return Fate(None, 0.05, 20.0, "no fault")


def _stuck() -> Fate:
    """It is executed when its absence has been believed."""
    return Fate(None, 19.0, 20.0, "executed later than the horizon")


def _never(answer: Outcome) -> Fate:
    return Fate(answer, NEVER, 20.0, "answered after its absence was believed")


class Episodes:
    """The episodes of one seed; `play` plays one."""

    def __init__(self, office: Office, fates: Fates, operators: Operators, chance: Random) -> None:
        self._office = office
        self._provider = office.provider
        self._fates = fates
        self._operators = operators
        self._chance = chance
        self.wanted: Orders = orders(LABEL, [CONTROL, ASKED])

    async def play(self, name: str = "") -> None:
        """Play one: that of this name, else any."""
        self._fates.mood = "inquiry works"
        episodes = {
            "free": self._free,
            "refused": self._refused,
            "lost and in doubt": self._lost_and_in_doubt,
            "sent again": self._sent_again,
            "another worker": self._another_worker,
            "presence": self._presence,
            "held": self._held,
            "given back": self._given_back,
            "second given back": self._second_given_back,
            "next generation": self._next_generation,
            "released late": self._released_late,
            "release stuck": self._release_stuck,
            "clock ahead": self._clock_ahead,
            "reserved": self._reserved,
            "bought anew": self._bought_anew,
            "refused, held": self._refused_and_held,
            "held, gone": self._held_and_gone,
            "claimed again": self._claimed_again,
        }
        await episodes[name or self._chance.choice(list(episodes))]()
        self._fates.mood = "inquiry works"

    # Episodes --------------------------------------------------------------------------------------------------------

    async def _free(self) -> None:
        """Its absence was believed, and it is free."""
        await self._lose(self._chance.choice([_stuck(), _never(NoAnswer("timed out")), _never(Refused(-275))]))
        await self._resolve()
        await self._hear()

    async def _refused(self) -> None:
        """Its absence was believed, and a later attempt was refused."""
        await self._lose(self._chance.choice([_stuck(), _never(NoAnswer("timed out")), _never(Refused(-275))]))
        await self._resolve()
        await self._buy(Fate(Refused(-275), NEVER, 0.1, "refused"))
        await self._hear()

    async def _lost_and_in_doubt(self) -> None:
        """Its absence was believed, and a later attempt is in doubt when its refusal is heard."""
        await self._lose(_never(NoAnswer("timed out")))
        await self._resolve()
        await self._lose(_never(Refused(self._chance.choice([99, -220, -275]))))
        await self._hear(give_up=True)

    async def _sent_again(self) -> None:
        """Its absence was believed, and it is being bought again when its refusal is heard."""
        await self._lose(_never(Refused(-275)))
        await self._resolve()

        async def work(wanted, session):
            hearing = asyncio.create_task(self._hear_amid(session.ledger))
            try:
                return await buy_orders(wanted, session)
            finally:
                await hearing

        await self._buy(Fate(None, 0.05, 25.0, "no fault"), work=work)

    async def _hear_amid(self, ledger) -> None:
        await self._office.clock.sleep(5.0)
        await self._hear_in(ledger, ledger.begun)

    async def _another_worker(self) -> None:
        """While its absence is seen, the worker that never sent it says so, and another one sends it."""
        await self._lose(_never(Unsent("connection refused")))
        began = self._office.clock.elapsed()
        sent = []

        async def work(wanted, session):
            def asked_about(asked):
                if asked == ASKED and not sent and self._office.clock.elapsed() - began > HORIZON:
                    sent.append(asyncio.create_task(self._send_once_more(session)))

            self._provider.on_question = asked_about
            try:
                return await buy_orders(wanted, session)
            finally:
                await asyncio.gather(*sent)

        await self._buy(None, work=work)

    async def _send_once_more(self, session) -> None:
        ledger, begun = session.ledger, session.ledger.begun
        await self._hear_in(ledger, begun)
        claimed = await ledger.claim(begun, await ledger.row(begun, ASKED), session.options.bounds)
        kept = self._provider.fate
        self._provider.fate = lambda _: Fate(NoAnswer("reset"), 5.0, 0.01, "reset")
        await session.provider.buy(Purchase(ASKED, {}, ""))
        self._provider.fate = kept
        row = await ledger.row(begun, ASKED)
        lost = Unanswered(claimed.attempt, claimed.generation, begun.run.name)
        await ledger.answer(begun, row, lost, AnswerNote(reason="reset"))

    async def _presence(self) -> None:
        """It was seen, and believed to be bought; and perhaps a release of it has failed since."""
        await self._lose(_executed())
        await self._resolve()
        if self._chance.random() < 0.5:
            await self._give_back(Fate(NotReleased(-1), NEVER, 0.1, "release refused"))
        await self._hear()

    async def _held(self) -> None:
        """The wall clock was ahead when it was sent, and is right again: by its date it was bought before."""
        await self._buy(None, only=CONTROL)
        self._office.set_wall_clock(7200.0)
        await self._lose(_executed())
        await self._resolve()
        self._office.set_wall_clock(-7200.0)
        await self._hear()

    async def _given_back(self) -> None:
        """It is being given back when its success is heard."""
        await self._lose(_executed())
        await self._resolve()
        heard = self._chance.random() < 0.5
        fate = Fate(None, 0.05, 0.1, "release answered")
        await self._give_back(fate if heard else self._fates.release(), meanwhile=self._hear_in)
        await self._hear()

    async def _second_given_back(self) -> None:
        """What its second attempt bought is being given back when the first is heard."""
        await self._lose(_never(Refused(-275)))
        await self._resolve()
        await self._buy(None)
        await self._give_back(Fate(None, 0.05, 0.1, "release answered"), meanwhile=self._hear_in)

    async def _next_generation(self) -> None:
        """It was given back, and perhaps bought again by nobody, when its success is heard."""
        await self._lose(_executed())
        await self._resolve()
        await self._give_back(Fate(None, 0.05, 0.1, "release answered"))
        await self._hear()

    async def _released_late(self) -> None:
        """Its release is executed when the account has been seen to hold it still."""
        await self._buy(None)
        await self._give_back(Fate(NoAnswer("timed out"), 45.0, 1.0, "release lost, executed"))
        await self._resolve()

    async def _release_stuck(self) -> None:
        """Its release gets stuck with the process that sent it, and the account holds it still when it is asked."""
        await self._buy(None)
        self._provider.stuck.add(ASKED)
        await self._give_back(Fate(None, 19.0, 20.0, "release executed later than the horizon"), after=20.0)
        await self._resolve()
        await self._hear(kind="release")

    async def _clock_ahead(self) -> None:
        """The wall clock is set forward when its process has died, and its request is not executed yet."""
        await self._lose(Fate(NoAnswer("timed out"), 40.0, 30.0, "timed out, executed later"))
        self._office.set_wall_clock(7200.0)
        await self._buy(None)
        self._office.set_wall_clock(-7200.0)

    async def _reserved(self) -> None:
        """It is reserved for longer than it is tried again, by processes that are killed between two tries."""
        provider = self._provider
        reserved = Fate(Refused(-220), NEVER, 0.1, "-220")
        kept, provider.fate = provider.fate, lambda asked: usual(0.1) if asked == CONTROL else reserved
        for _ in range(3):
            await self._office.live(self.wanted, {**_PLAIN, **_PATIENT}, Trouble(), after=35.0)
        provider.fate = kept
        self._office.find_runs()
        [row] = [row for row in self._office.rows(LABEL) if row.number == ASKED]
        hold("5 (-220)", f"{ASKED} says {row.status}, after three processes of 35 s", if_=row.status is Status.DEFERRED)

    async def _bought_anew(self) -> None:
        """Somebody gave it back by hand and bought it anew, hours later: it is not the run's, and the command keeps it."""
        await self._buy(None)
        self._provider.give_back_by_hand(ASKED)
        await self._office.clock.sleep(2.5 * 3600 + 400.0)  # no time zone's difference
        self._provider.buy_by_hand(ASKED)
        await self._release()

    async def _refused_and_held(self) -> None:
        """It was executed when it stood refused; the wall clock was ahead when it was sent: by its date it was bought before."""
        await self._buy(None, only=CONTROL)
        self._office.set_wall_clock(7200.0)
        await self._lose(_stuck())
        await self._resolve()
        self._office.set_wall_clock(-7200.0)
        await self._buy(Fate(Refused(-275), NEVER, 0.1, "refused"))
        await self._office.clock.sleep(8000.0)
        await self._buy(None)

    async def _held_and_gone(self) -> None:
        """The account held it before; it is given back by hand, and bought again because a person wants it."""
        self._provider.already_ours(ASKED)
        await self._buy(None)
        self._provider.give_back_by_hand(ASKED)
        await self._office.clock.sleep(1000.0)
        again = orders(AGAIN, [ASKED])
        for rebuy in (False, True):
            await self._office.live(again, {**_PLAIN, "rebuy": rebuy}, Trouble())

    async def _claimed_again(self) -> None:
        """It was given back, and a worker that has its row in hand since before wants to buy it for the same run."""
        await self._buy(None)
        await self._give_back(Fate(None, 0.05, 0.1, "release answered"))
        await self._office.clock.sleep(1000.0)
        ledger = await self._office.open(self._office.settings())
        try:
            begun = await ledger.resume(self._office.runs[LABEL], self._office.facts())
            row = await ledger.row(begun, ASKED)
            claimed = await ledger.claim(begun, row, Bounds())
            hold("2 (released)", f"{ASKED} is bought again by its run", if_=not isinstance(claimed, Claimed))
        finally:
            await ledger.close()

    # Their steps -----------------------------------------------------------------------------------------------------

    async def _buy(self, fate: Fate | None, *, only=None, trouble: Trouble | None = None, work=buy_orders) -> None:
        provider = self._provider
        kept = provider.fate
        provider.fate = lambda asked: usual(0.1) if asked == CONTROL or fate is None else fate
        options = {**_PLAIN, "limit": 1} if only is not None else _PLAIN
        try:
            await self._office.live(self.wanted, options, trouble or Trouble(), work=work)
        finally:
            provider.fate = kept

    async def _lose(self, fate: Fate) -> None:
        """Buy the control and send the other; the process dies before it hears anything of it."""
        provider = self._provider
        if fate.name == _stuck().name:
            provider.stuck.add(ASKED)
        alone = self._chance.choice([0.01, 0.5])
        nth = 1 if CONTROL in provider.held() else 2  # where it is bought already, only the other is sent
        await self._buy(fate, trouble=Trouble(dies_at_send=nth, dies_after=alone))
        self._office.find_runs()
        await self._office.clock.sleep(0.1)

    async def _resolve(self) -> None:
        work = lambda wanted, session: resolve_run(self._office.runs[LABEL], session)  # noqa: E731 - one word
        await self._office.live(self.wanted, _PLAIN, Trouble(), work=work)

    async def _release(self) -> None:
        """By the command."""
        work = lambda _, session: release_run(self._office.runs[LABEL], session, only={ASKED})  # noqa: E731 - one word
        await self._office.live(self.wanted, _PLAIN, Trouble(), work=work)

    async def _give_back(self, fate: Fate, *, meanwhile: Callable | None = None, after: float | None = None) -> None:
        async def work(wanted, session):
            await self._operators.give_back_one(wanted, session, ASKED, fate, meanwhile)

        await self._office.live(self.wanted, _PLAIN, Trouble(), work=work, after=after)

    async def _hear(self, *, give_up: bool = False, kind: str = "buy") -> None:
        """The worker wakes, while nobody else works."""
        office = self._office
        ledger = await office.open(office.settings())
        watched = Watched(ledger, Counted(None, self._provider.met), office, Trouble())
        try:
            begun = await watched.resume(office.runs[LABEL], office.facts())
            await watched.adopt()
            await self._hear_in(watched, begun, give_up=give_up, kind=kind)
        finally:
            await ledger.close()

    async def _hear_in(self, ledger, begun, *, give_up: bool = False, kind: str = "buy") -> None:
        """The latest of its answers that nobody has heard."""
        office = self._office
        unheard = [one for one in self._provider.orphans() if one.number == ASKED and one.kind == kind]
        if not unheard or unheard[-1].sent_at is None:
            return
        intent = unheard[-1]
        await office.clock.sleep(intent.answered_at - office.clock.elapsed())
        row = await ledger.row(begun, ASKED)
        await ledger.answer(begun, row, *answer_to(intent, give_up=give_up))
        self._provider.met["an answer from an earlier process"] += 1


class LostLedger:
    """The last of a seed's days: its ledger is lost, or an old copy of it was put back, and it is made anew from the account."""

    def __init__(self, office: Office, chance: Random) -> None:
        self._office = office
        self._chance = chance
        self._copy = office.root / "copy"

    def keep_copy(self) -> None:
        """Somebody makes a backup of the ledger, now and then."""
        if self._office.home.exists() and self._chance.random() < _BACKUPS:
            self._copy_ledger()

    def _copy_ledger(self) -> None:
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._office.home / "l", self._copy, ignore=shutil.ignore_patterns("*-shm"))

    async def play(self, wanted: Iterable[Orders]) -> None:
        """Lose it, rebuild it, and buy again: nothing that the account holds is sent."""
        office, provider = self._office, self._office.provider
        wanted = list(wanted)
        if self._chance.random() < 0.5:
            wanted.append(await self._refuse_and_sell())
        ledger = office.home / "l"
        shutil.rmtree(ledger)
        if self._copy.exists():
            shutil.copytree(self._copy, ledger)
        provider.met["ledger lost" if not self._copy.exists() else "an old ledger put back"] += 1
        try:
            await (await office.open(office.settings())).close()
        except LedgerUnusable:
            pass
        else:
            hold("8 (lost)", "a ledger that is older than its head file was opened")
        await self._rebuild(wanted)
        held = provider.held()
        for one in (orders("after", [number(71)]), *wanted):  # a positive control first
            outcome = await office.live(one, _PLAIN, Trouble())
            hold("8 (lost)", f"{one.key} exits {outcome.exit_code}: {outcome}", if_=outcome.exit_code in {0, 4, 8})
        again = [sent for sent in provider.sent_in_this_life if sent in held]
        hold("8 (lost)", f"{again} was sent, and is ours", if_=not again)

    async def _refuse_and_sell(self) -> Orders:
        """A backup is made when a number was refused, and then another run buys it."""
        refused, bought = orders("refused", [number(90)]), orders("bought", [number(90)])
        kept = self._office.provider.fate
        self._office.provider.fate = lambda _: Fate(Refused(-275), NEVER, 0.1, "refused")
        await self._office.live(refused, _PLAIN, Trouble())
        self._office.provider.fate = kept
        self._copy_ledger()
        await self._office.live(bought, _PLAIN, Trouble())
        return refused

    async def _rebuild(self, wanted: Iterable[Orders]) -> None:
        office = self._office
        settings = office.settings(**_PLAIN)
        found = await Rebuild.begin(
            office.home / "l", KEY, clock=office.clock, heads=office.home / "h", timing=settings.timing, inline=True
        )
        try:
            ledger = found.open()
            for one in wanted:
                outcome = await rebuild_orders(one, office.session(ledger, settings))
                hold("8 (lost)", f"the rebuild is not complete: {outcome}", if_=outcome.complete)
            await found.complete()
        finally:
            await found.close()
