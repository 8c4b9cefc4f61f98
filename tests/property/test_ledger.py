"""Every ledger against a tiny provider that executes late, loses answers, and sells to others: the protocol's invariants.

A ledger joins by a subclass that says how it is opened, and what its process leaves when it is killed.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.desk import disk

from batch.codes import CodeKind
from batch.ledger.attempts import AnswerNote, Claimed, OwnedAnswer, SeenNote
from batch.ledger.events import (
    Absent,
    CertainlyNotSent,
    Present,
    Rebuilt,
    Refusal,
    Release,
    Released,
    ReleaseFailed,
    State,
    Success,
    TooMany,
    Unanswered,
    Unfamiliar,
    Vanished,
)
from batch.ledger.records import Bounds, Environment, InvocationFacts, LedgerKey, Status
from batch.ledger.sqlite import SqliteLedger
from batch.ledger.sqlite.checks import check_all
from batch.ledger.sqlite.totals import RunTotals
from batch.number import Number
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source

KEY = LedgerKey("multitel", Environment.REHEARSAL, "acme")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
PRICE = Decimal(2)
BOUNDS = Bounds(max_spend=Decimal(7), max_attempts=2)
NUMBERS = [Number(str(12025550100 + i)) for i in range(5)]
RUNS = {"one": NUMBERS[:4], "two": NUMBERS[1:]}
S, H = 10.0, 60.0

runs = st.sampled_from(sorted(RUNS))
picks = st.integers(0, 30)


class Clock:
    def now(self):
        return NOON

    def elapsed(self):
        return 0.0

    async def sleep(self, seconds):
        raise AssertionError


def orders(name):
    rows = [
        Row(i, RowKind.ORDER, Source(0, "S", i + 2), number, {"URI": name}, (number,), PRICE)
        for i, number in enumerate(RUNS[name])
    ]
    return Orders(
        (OrderFile(Path(f"{name}.xlsx"), "ab", "S", len(rows)),), (Column("Number", "Number"),), rows, key=name
    )


class World:
    """The provider: who holds a number, what was charged to which run, and requests that it has not executed yet."""

    def __init__(self):
        self.holder: dict[str, str] = {}
        self.charges: list[tuple[str, str]] = []
        self.late: list[tuple[str, str]] = []
        self.late_releases: list[str] = []
        self.given_back: set[str] = set()
        self.prices: dict[tuple[str, str], int] = {}
        """What a number really cost a run, where that was less than quoted."""

    def execute(self, number, run):
        """True: bought and charged; False: it is held already."""
        if number in self.holder:
            return False
        self.holder[number] = run
        self.charges.append((number, run))
        return True

    def give_back(self, number):
        self.holder.pop(number, None)
        self.given_back.add(number)

    def catch_up(self, number):
        if number in self.late_releases:
            self.late_releases.remove(number)
            self.give_back(number)
        for request in [one for one in self.late if one[0] == number]:
            self.late.remove(request)
            self.execute(*request)


class LedgerAgainstWorld(RuleBasedStateMachine):
    """What any ledger must withstand; knows the `Ledger` protocol and nothing of what is behind it."""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.disk = ExitStack()
        self.root = self.disk.enter_context(disk())
        self.lives = 0
        self.world = World()
        self.flying: list[tuple[str, object, Claimed]] = []
        self.unanswered: dict[tuple[str, str], int] = {}
        self.begun = {}
        self.names: dict[str, str] = {}

    def do(self, awaitable):
        return self.runner.run(awaitable)

    async def open(self):
        """The ledger, made where there is none yet."""
        raise NotImplementedError

    async def die(self):
        """The process is killed: the next `open` finds what it left."""
        raise NotImplementedError

    def exposed(self, name):
        """The positions of a run's rows whose cost is reserved."""
        raise NotImplementedError

    def check_whole(self):
        """Assert what must hold of the ledger itself at any moment."""
        raise NotImplementedError

    @initialize()
    def start(self):
        self.ledger = self.do(self.open())
        self.do(self.ledger.adopt())
        self.flying = []
        self.unanswered = {}
        facts = InvocationFacts(NOON, "ann", "desk", 1, "0.1")
        self.begun = {name: self.do(self.ledger.begin(orders(name), facts)) for name in RUNS}
        self.names = {begun.run.name: name for name, begun in self.begun.items()}

    # What the pool does ----------------------------------------------------------------------------------------------

    @rule(name=runs, pick=picks, again=st.booleans(), mark=st.sampled_from(["", "k3v9"]))
    def claim(self, name, pick, again, mark):
        rows = self.do(self.ledger.open_rows(self.begun[name], -1, 9, retry_refused=again))
        if not rows:
            return
        row = rows[pick % len(rows)]
        if row.owned:
            held = row.number in self.world.holder
            self.do(self.ledger.owned(self.begun[name], row, OwnedAnswer.OWNED if held else OwnedAnswer.GONE))
            return
        bounds = Bounds(BOUNDS.max_spend, None, BOUNDS.max_attempts, None, again)
        claimed = self.do(self.ledger.claim(self.begun[name], row, bounds, mark))
        if isinstance(claimed, Claimed):
            assert not [one for one in self.flying if one[1].number == row.number], "claimed while in flight"
            assert not [one for one in self.world.late if one[0] == row.number], "claimed while it may yet be executed"
            self.flying.append((name, row, claimed))
        else:
            self.do(self.ledger.not_sent(self.begun[name], row, claimed.why)) if claimed.why else None

    def land(self, pick):
        return self.flying.pop(pick % len(self.flying)) if self.flying else None

    def answer(self, flight, answered, note=None, /, **more):
        name, row, claimed = flight
        run = self.begun[name].run.name
        event = answered(claimed.attempt, claimed.generation, run, **more)
        return self.do(self.ledger.answer(self.begun[name], row, event, note or AnswerNote(code=more.get("code"))))

    @rule(pick=picks)
    def buy(self, pick):
        if flight := self.land(pick):
            if self.world.execute(flight[1].number, flight[0]):
                assert self.answer(flight, Success).alarm == ""
            else:
                self.answer(flight, Refusal, code=-165, kind=CodeKind.SOLD)

    @rule(
        pick=picks,
        code=st.sampled_from(
            [
                (-275, CodeKind.FINAL, False),
                (99, CodeKind.ACCOUNT, False),
                (-220, CodeKind.RESERVED, False),
                (-220, CodeKind.RESERVED, True),
            ]
        ),
    )
    def refuse(self, pick, code):
        if flight := self.land(pick):
            number, kind, give_up = code
            self.answer(
                flight, Refusal, AnswerNote(number, reserved_left=60.0), code=number, kind=kind, give_up=give_up
            )

    @rule(pick=picks, executed=st.sampled_from(["now", "late", "never"]))
    def lose(self, pick, executed):
        if flight := self.land(pick):
            name, row, _ = flight
            if executed == "now":
                self.world.execute(row.number, name)
            elif executed == "late":
                self.world.late.append((row.number, name))
            self.answer(flight, Unanswered)
            key = (name, row.number)
            self.unanswered[key] = self.unanswered.get(key, 0) + 1
            assert self.unanswered[key] <= BOUNDS.max_attempts

    @rule(pick=picks, kind=st.sampled_from([TooMany, CertainlyNotSent, Unfamiliar]))
    def not_executed(self, pick, kind):
        if flight := self.land(pick):
            more = {"code": 7} if kind is Unfamiliar else {}
            self.answer(flight, kind, **more)

    # What is given back ----------------------------------------------------------------------------------------------

    @rule(name=runs, pick=picks, came=st.sampled_from(["answered", "executed", "late", "never", "unsent"]))
    def give_back(self, name, pick, came):
        """What this run's purchase is and the account holds; what others gave back is only recorded."""
        begun = self.begun[name]
        bought = [one for one in self.do(self.ledger.bought_rows(begun, -1, 9)) if one.state.state is State.BOUGHT]
        if not bought:
            return
        one = bought[pick % len(bought)]
        if one.number not in self.world.holder:
            event = Vanished(begun.run.name, one.state.version, H)
            assert self.do(self.ledger.given_back(begun, one.row, event)).rule == "R1'"
            return
        claimed = self.do(self.ledger.release(begun, one.row, Release(begun.run.name, one.state.version, H)))
        assert self.world.holder[one.number] == name, "given back by a run that did not buy it"
        if came in {"answered", "executed"}:
            self.world.give_back(one.number)
        elif came == "late":
            self.world.late_releases.append(one.number)
        answered = {"answered": Released, "unsent": CertainlyNotSent}.get(came, ReleaseFailed)
        self.answer((name, one.row, claimed), answered)

    @rule(pick=picks)
    def given_back_by_hand(self, pick):
        """A number that was surely bought, and that nobody is giving back."""
        bought = [
            one.number
            for begun in self.begun.values()
            for one in self.do(self.ledger.bought_rows(begun, -1, 9))
            if one.state.state is State.BOUGHT
        ]
        if bought:
            self.world.give_back(bought[pick % len(bought)])

    # What the world does ---------------------------------------------------------------------------------------------

    @rule(pick=picks)
    def execute_late(self, pick):
        if self.world.late:
            self.world.execute(*self.world.late.pop(pick % len(self.world.late)))

    @rule(number=st.sampled_from(NUMBERS))
    def bought_by_hand(self, number):
        self.world.holder.setdefault(number, "")

    # What the reconciler does ----------------------------------------------------------------------------------------

    @rule(number=st.sampled_from(NUMBERS), age=st.sampled_from([0.0, S, H]))
    def ask(self, number, age):
        doubt = self.do(self.ledger.doubt(number))
        if doubt is None:
            return
        if age >= H:
            self.world.catch_up(number)
        holder = self.world.holder.get(number)
        if holder is None:
            event = Absent(version=doubt.row.version, age=age, calibrated=True)
        else:
            bought_by = self.begun[holder].run.name if holder else ""
            event = Present(version=doubt.row.version, age=age, calibrated=True, bought_by=bought_by)
        self.do(self.ledger.verdict(number, event, SeenNote()))

    @rule(name=runs, pick=picks)
    def rebuild(self, name, pick):
        """A survey after a loss: what the account shows, and the ledger does not know as ours, is held."""
        rows = self.do(self.ledger.unknown_rows(self.begun[name], -1, 9))
        if rows:
            row = rows[pick % len(rows)]
            if row.number in self.world.holder and not self.world.holder[row.number]:
                event = Rebuilt(version=row.version, calibrated=True)
                self.do(self.ledger.rebuilt(self.begun[name], row, event, SeenNote(by="ann")))

    @rule(name=runs, setup=st.integers(0, 2))
    def read_price(self, name, setup):
        for position, number in self.do(self.ledger.unpriced(self.begun[name], -1, 1)):
            self.world.prices[number, name] = setup
            self.do(self.ledger.price(self.begun[name], position, Decimal(setup), Decimal(0)))

    # What happens to the process -------------------------------------------------------------------------------------

    @rule()
    def killed(self):
        """The files as they lie there; what was in flight may have left, and has no answer."""
        for name, row, claimed in self.flying:
            if claimed.attempt % 2:
                self.world.late.append((row.number, name))
        self.do(self.die())
        self.start()

    @rule()
    def ended(self):
        if not self.flying:
            self.do(self.ledger.close())
            self.start()

    # What must hold --------------------------------------------------------------------------------------------------

    def statuses(self):
        reader = self.ledger.reader()
        try:
            for name, begun in self.begun.items():
                rows = list(reader.rows(begun.run))
                counts = reader.counts(begun.run)
                assert all(counts[one] == sum(row.status is one for row in rows) for one in Status)
                yield from ((name, row) for row in rows)
        finally:
            reader.close()

    @invariant()
    def each_status_agrees_with_the_charges(self):
        for name, row in self.statuses():
            charged = (row.number, name) in self.world.charges
            if row.status is not Status.DOUBT:
                assert (row.status in {Status.PURCHASED, Status.RELEASED}) == charged, (name, row)
            if row.status is Status.OWNED:
                assert row.number in {*self.world.holder, *self.world.given_back}

    @invariant()
    def no_number_is_charged_twice_and_no_limit_is_passed(self):
        assert len(self.world.charges) == len(set(self.world.charges))
        for name in RUNS:
            paid = [self.world.prices.get((number, run), PRICE) for number, run in self.world.charges if run == name]
            assert sum(paid) <= BOUNDS.max_spend

    @invariant()
    def the_ledger_is_whole(self):
        self.check_whole()

    @invariant()
    def what_may_yet_be_charged_is_reserved(self):
        may_be = {(one[1].number, one[0]) for one in self.flying} | set(self.world.late)
        for number, name in may_be:
            if number not in self.world.holder and (number, name) not in self.world.charges:
                assert RUNS[name].index(number) in self.exposed(name)

    def teardown(self):
        """One healthy run ends all doubt, and the chain is whole."""
        if not self.begun:
            self.runner.close()
            self.disk.close()
            return
        self.killed()
        for number in NUMBERS:
            self.ask(number, H)
        assert not [row for _, row in self.statuses() if row.status is Status.DOUBT]
        self.each_status_agrees_with_the_charges()
        self.check_whole()
        self.do(self.ledger.close())
        self.runner.close()
        self.disk.close()


class SqliteAgainstWorld(LedgerAgainstWorld):
    """Killed, its files are found as they lay on the disk at that moment."""

    @property
    def home(self):
        return self.root / str(self.lives)

    async def open(self):
        return await SqliteLedger.open(
            self.home / "l", KEY, clock=Clock(), heads=self.home / "h", create=not self.home.exists(), inline=True
        )

    async def die(self):
        before = self.home
        self.lives += 1
        shutil.copytree(before, self.home, ignore=shutil.ignore_patterns("*-shm"))
        await self.ledger.close()

    def exposed(self, name):
        return self.ledger._store.totals[self.begun[name].run.name].exposed

    def check_whole(self):
        """The totals in memory are those on disk, and the chain and all beside it agree."""
        store = self.ledger._store
        for begun in self.begun.values():
            counted = RunTotals.count(store.connection, store.run_id(begun.run.name), begun.run.name)
            assert store.totals[begun.run.name].as_record() == counted.as_record()
            assert set(store.totals[begun.run.name].exposed) == set(counted.exposed)
        check_all(store.connection)


SqliteAgainstWorld.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSqlite = pytest.mark.slow(SqliteAgainstWorld.TestCase)
