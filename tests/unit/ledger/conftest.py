"""A clock that stands still, a ledger's key, and a ledger with one run in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from batch.ledger.attempts import AnswerNote
from batch.ledger.events import Success
from batch.ledger.records import Begun, Bounds, Environment, InvocationFacts, LedgerKey
from batch.ledger.sqlite import SqliteLedger, ledger_path
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@dataclass
class Clock:
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self):
        return NOON + timedelta(seconds=self.seconds)

    def elapsed(self):
        return self.seconds

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def key():
    return LedgerKey("multitel", Environment.REHEARSAL, "acme")


def orders(count=5, key="k"):
    rows = [
        Row(i, RowKind.ORDER, Source(0, "S", i + 2), str(12025550100 + i), {"URI": "a@b"}, (str(i),), Decimal(2))
        for i in range(count)
    ]
    return Orders((OrderFile(Path("o.xlsx"), "ab", "S", count),), (Column("Number", "Number"),), rows, key=key)


@dataclass
class Desk:
    """A directory with a ledger and its head file."""

    root: Path
    key: LedgerKey
    clock: Clock
    ledger: SqliteLedger | None = None
    begun: Begun | None = None

    @property
    def directory(self):
        return self.root / "ledgers"

    @property
    def heads(self):
        return self.root / "heads"

    @property
    def path(self):
        return ledger_path(self.directory, self.key)

    @property
    def head(self):
        return ledger_path(self.heads, self.key).with_suffix(".head")

    async def open(self, **changed):
        settings = {"clock": self.clock, "heads": self.heads, "create": False, **changed}
        self.ledger = await SqliteLedger.open(self.directory, self.key, **settings)
        return self.ledger

    async def begin(self, wanted=None):
        facts = InvocationFacts(NOON, "ann", "desk", 1, "0.1")
        self.begun = await self.ledger.begin(wanted or orders(), facts)
        return self.begun

    async def claim(self, index):
        row = await self.ledger.row(self.begun, str(12025550100 + index))
        return row, await self.ledger.claim(self.begun, row, Bounds())

    async def buy(self, index):
        row, _ = await self.claim(index)
        return await self.bought(row)

    async def bought(self, row):
        event = Success(1, 1, self.begun.run.name)
        return await self.ledger.answer(self.begun, row, event, AnswerNote(code=int(row.number)))

    @staticmethod
    def many(count):
        return orders(count, key=str(count))

    async def used(self, bought=3):
        """Made, a run begun, some numbers bought, closed."""
        await self.open(create=True)
        await self.begin()
        for index in range(bought):
            await self.buy(index)
        await self.ledger.close()
        return self


@pytest.fixture
async def desk(tmp_path, key, clock):
    desk = Desk(tmp_path, key, clock)
    yield desk
    if desk.ledger is not None:
        await desk.ledger.close()
