"""A desk to buy from: a ledger on disk, a world to buy in, and runs that can be interrupted, killed and taken up again."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from unittest.mock import patch

from support.virtual import VirtualClock, virtual
from support.world import COST, WorldProvider, assert_agrees

from batch.ledger.records import Environment, InvocationFacts, LedgerKey, Status
from batch.ledger.sqlite import SqliteLedger, filesystem
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source
from batch.pool.options import PoolOptions
from batch.session import Session, Stop, buy_orders, release_run, resolve_run

KEY = LedgerKey("multitel", Environment.REHEARSAL, "ann", "127.0.0.1:1")
FAST = Decimal(50)


def orders(label, numbers, *, price=COST, fields=None, extra=()):
    """One sheet of `numbers`; `label` makes the run's key."""
    rows = [
        Row(place, RowKind.ORDER, Source(0, "S", place + 2), one, fields or {"URI": "sip:a@b"},
            (one,), price(one) if callable(price) else price)
        for place, one in enumerate(numbers)
    ]  # fmt: skip
    rows += extra
    return Orders(
        (OrderFile(Path(f"{label}.xlsx"), "ab", "S", len(rows)),), (Column("Number", "Number"),), rows, key=label
    )


class Dead(asyncio.CancelledError):
    """The process is no more: whatever it still wants to do, it does not."""


class Mortal:
    """Something that a process works with, until the process is killed; `count` is how often it was called."""

    def __init__(self, inner, life) -> None:
        self._inner = inner
        self._life = life

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*arguments, **named):
            self._life.step()
            done = await found(*arguments, **named)
            self._life.step()
            return done

        self.__dict__[name] = call  # found at once the next time
        return call


class Life:
    """One process: `steps` counts what it did, and `ends_at` is the step that it does not live to finish."""

    def __init__(self, ends_at=None) -> None:
        self.steps = 0
        self.ends_at = ends_at
        self.dead = False
        self.died = asyncio.Event()

    def step(self):
        if self.dead:
            raise Dead
        self.steps += 1
        if self.steps == self.ends_at:
            self.end()
            raise Dead

    def end(self):
        self.dead = True
        self.died.set()


class Desk:
    """Everything that outlives a process: the disk, the world, the clock, and the operator's settings."""

    def __init__(self, root: Path, **world) -> None:
        self.root = root
        self.clock = VirtualClock()
        self.provider = WorldProvider(self.clock, **world)
        self.options = {"rate": FAST, "prices": False}
        self.more = {}
        """What else a session is told: quotes, a plan, a canary."""
        self.notices = []
        self.stop = Stop()
        self.ledger = None
        self.lives = 0
        self.runs = {}

    @property
    def home(self):
        return self.root / str(self.lives)

    def settings(self, **options):
        return PoolOptions(**{**self.options, **options})

    async def open(self, options):
        return await SqliteLedger.open(
            self.home / "l", KEY, clock=self.clock, heads=self.home / "h", create=not self.home.exists(),
            timing=options.timing, inline=True,
        )  # fmt: skip

    def session(self, ledger, options, provider=None):
        self.stop = Stop()
        facts = InvocationFacts(self.clock.now(), "ann", "desk", 1, "0.1")
        return Session(
            provider or self.provider, ledger, options, facts, self.clock, self.notices.append, self.stop, **self.more
        )

    async def buy(self, wanted, **options):
        """One healthy process: open, buy, close."""
        settings = self.settings(**options)
        self.provider.label = wanted.key
        self.ledger = await self.open(settings)
        try:
            outcome = await buy_orders(wanted, self.session(self.ledger, settings))
        finally:
            await self.ledger.close()
        self.runs[wanted.key] = outcome.run
        return outcome

    async def resolve(self, run, *, accept=None, by="", **options):
        settings = self.settings(**options)
        ledger = await self.open(settings)
        try:
            return await resolve_run(run, self.session(ledger, settings), accept=accept, accepted_by=by)
        finally:
            await ledger.close()

    async def release(self, run, *, only=None, **options):
        """One healthy process that gives back what a run bought."""
        settings = self.settings(**options)
        ledger = await self.open(settings)
        try:
            return await release_run(run, self.session(ledger, settings), only=only)
        finally:
            await ledger.close()

    async def release_until_killed(self, run, *, at_step=None, after=None, **options):
        """As `buy_until_killed`, of giving back."""
        work = lambda _, session: release_run(run, session)  # noqa: E731 - one word
        return await self.buy_until_killed(
            orders(run.files[0].path.stem, []), at_step=at_step, after=after, work=work, **options
        )

    async def buy_until_killed(self, wanted, *, at_step=None, after=None, work=buy_orders, **options):
        """A process that is killed at its `at_step`-th step, or `after` that many seconds; whether it was still alive."""
        settings = self.settings(**options)
        self.provider.label = wanted.key
        life = Life(at_step)
        ledger = await self.open(settings)
        work = asyncio.create_task(
            work(wanted, self.session(Mortal(ledger, life), settings, Mortal(self.provider, life)))
        )
        died = asyncio.create_task(life.died.wait())
        await asyncio.wait({work, died}, timeout=after, return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if work.done() and not work.cancelled():
            await ledger.close()
            self.runs[wanted.key] = (await work).run
            return False
        life.end()
        await self._bury(work, ledger)
        return True

    async def _bury(self, work, ledger):
        """The next process finds the files as they lay on the disk at that moment."""
        before, now = self.home, self.root / str(self.lives + 1)
        shutil.copytree(before, now, ignore=shutil.ignore_patterns("*-shm"))
        while not work.done():  # nothing of it reaches the disk or the provider any more
            work.cancel()
            await asyncio.sleep(0)
        await ledger.close()
        shutil.rmtree(before)
        self.lives += 1

    # What it came to -------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self):
        from batch.ledger.sqlite.reader import SqliteReader  # noqa: PLC0415 - only here

        reader = SqliteReader.open(self.home / "l", KEY)
        try:
            yield reader
        finally:
            reader.close()

    def find_runs(self):
        """Know the runs of processes that were killed, too."""
        if self.home.exists():
            with self.reading() as reader:
                self.runs |= {run.files[0].path.stem: run for run in reader.runs()}

    def rows(self, label):
        with self.reading() as reader:
            return list(reader.rows(self.runs[label]))

    def statuses(self, label):
        return [row.status for row in self.rows(label)]

    def counted(self, label):
        return {status: count for status, count in Counter(self.statuses(label)).items() if count}

    def check(self, *labels, **named):
        """The rows of these runs (of all) agree with the provider's books."""
        with self.reading() as reader:
            for label in labels or self.runs:
                assert_agrees(self.provider, reader, self.runs[label], label, **named)

    def told(self, kind):
        return [notice for notice in self.notices if isinstance(notice, kind)]

    def words(self):
        return " ".join(str(notice) for notice in self.notices)


PURCHASED, OWNED, REFUSED = Status.PURCHASED, Status.OWNED, Status.REFUSED
DEFERRED, DOUBT, NOT_SENT = Status.DEFERRED, Status.DOUBT, Status.NOT_SENT


_mounts = cache(filesystem.system_mounts)


@contextmanager
def disk():
    """A directory for a ledger, in memory where there is such a file system: what is tested is not the disk.

    What is mounted is asked once a process: it does not change, and each ledger that is opened would ask again.
    """
    fast = Path("/dev/shm")  # noqa: S108 - a directory of its own is made there
    with (
        tempfile.TemporaryDirectory(prefix="numbatch-desk-", dir=fast if fast.is_dir() else None) as place,
        patch.object(filesystem, "system_mounts", _mounts),
    ):
        yield Path(place)


def at_desk(scenario, *, hours=48, **world):
    """Run `scenario(desk)` on virtual time, and answer what it returns; whoever waits for ever is found out."""

    async def whole():
        with disk() as root:
            return await asyncio.wait_for(scenario(Desk(root, **world)), hours * 3600)

    return virtual(whole())
