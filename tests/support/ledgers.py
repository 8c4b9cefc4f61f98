"""A small ledger that holds everything a ledger can hold: runs that meet each other's numbers, numbers in every state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from batch.codes import CodeKind
from batch.ledger.attempts import AnswerNote, OwnedAnswer, SeenNote
from batch.ledger.events import (
    Absent,
    CertainlyNotSent,
    Present,
    Rebuy,
    Refusal,
    Release,
    Released,
    ReleaseFailed,
    Success,
    TooMany,
    Unanswered,
    Unfamiliar,
)
from batch.ledger.records import Bounds, Environment, InvocationEnd, InvocationFacts, LedgerKey, Why
from batch.ledger.sqlite import inspect_ledger, ledger_path
from batch.number import Number
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source

KEY = LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:1")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ENOUGH = 100.0
"""Seconds after which an absence is believed."""


class Clock:
    """A second passes whenever it is looked at: no two things happen at the same time."""

    def __init__(self, begin: datetime = NOON) -> None:
        self._begin = begin
        self._seconds = 0.0

    def now(self):
        return self._begin + timedelta(seconds=self.elapsed())

    def elapsed(self):
        self._seconds += 1.0
        return self._seconds

    async def sleep(self, seconds):
        self._seconds += seconds


def verify_ledger(directory, key):
    """Check the ledger from its first entry to its last, whatever its head file says; how many there are."""
    return inspect_ledger(ledger_path(directory, key), lambda _: None).entries


def number(index):
    return Number(str(12025550100 + index))


def orders(name, count, *, uri="{number}@pbx.example.com", extra=()):
    rows = [
        Row(
            index,
            RowKind.ORDER,
            Source(0, "Orders", index + 2),
            number(index),
            {"Type": "1", "URI": uri.replace("{number}", number(index)), "Description": f"desk {index}"},
            (number(index), f"desk {index}", 4100 + index, None),
            Decimal("8.50") if index % 2 else None,
            country="US",
        )
        for index in range(count)
    ]
    columns = (Column("Number", "Number"), Column("Description", "Description"), Column("Cost centre"), Column("Note"))
    return Orders((OrderFile(Path(f"{name}.xlsx"), "ab" * 32, "Orders", count),), columns, [*rows, *extra], key=name)


class Author:
    """One run that is written into a ledger, in few words; `index` names a number."""

    def __init__(self, ledger, clock, begun, **marks):
        self.ledger = ledger
        self.clock = clock
        self.begun = begun
        self._marks = marks

    @classmethod
    async def begin(cls, ledger, clock, wanted, pid=1, **marks):
        facts = InvocationFacts(clock.now(), "ann", "desk", pid, "0.1.0", {"rate": "5", "max_spend": "500"})
        return cls(ledger, clock, await ledger.begin(wanted, facts), **marks)

    async def row(self, index):
        return await self.ledger.row(self.begun, number(index))

    async def claim(self, index):
        row = await self.row(index)
        return row, await self.ledger.claim(self.begun, row, Bounds(assumed=Decimal("9.00")), **self._marks)

    async def answer(self, index, answered, note=None, **more):
        row, claimed = await self.claim(index)
        event = answered(claimed.attempt, claimed.generation, self.begun.run.name, **more)
        return await self.ledger.answer(self.begun, row, event, note or AnswerNote(code=more.get("code"), seconds=0.25))

    async def buy(self, index):
        return await self.answer(index, Success, AnswerNote(code=int(number(index)), seconds=0.2))

    async def refuse(self, index, code, kind=CodeKind.FINAL, *, give_up=False):
        note = AnswerNote(code=code, reason="as the provider says", seconds=0.1, reserved_left=400.0)
        return await self.answer(index, Refusal, note, code=code, kind=kind, give_up=give_up)

    async def lose(self, index):
        return await self.answer(index, Unanswered, AnswerNote(reason="timed out", seconds=30.0))

    async def see(self, index, kind, note=None, **more):
        doubt = await self.ledger.doubt(number(index))
        event = kind(version=doubt.row.version, age=ENOUGH, calibrated=True, **more)
        return await self.ledger.verdict(number(index), event, note or SeenNote())

    async def release(self, index, *kinds):
        row = await self.row(index)
        version = (await self._number(index)).version
        claimed = await self.ledger.release(self.begun, row, Release(self.begun.run.name, version, ENOUGH))
        for kind in kinds:
            event = kind(claimed.attempt, claimed.generation, self.begun.run.name)
            await self.ledger.answer(self.begun, row, event, AnswerNote(seconds=0.3))

    async def rebuy(self, index):
        row = await self.row(index)
        version = (await self._number(index)).version
        await self.ledger.given_back(self.begun, row, Rebuy(version, ENOUGH))

    async def _number(self, index):
        """The number as it stands: a claim that is refused tells it."""
        return (await self.ledger.claim(self.begun, await self.row(index), Bounds())).row

    async def end(self, exit_code=4, stop=Why.PENDING, halted=""):
        balances = (Decimal("500.00"), Decimal("431.25"))
        await self.ledger.end(self.begun, InvocationEnd(self.clock.now(), exit_code, stop, halted, *balances))


EXTRA = (
    Row(30, RowKind.DUPLICATE, Source(0, "Orders", 40), number(0), {}, (number(0), None, None, "again"), None, note="in row 2"),
    Row(31, RowKind.INVALID, Source(0, "Orders", 41), "12", {}, ("12", None, None, None), None, note="too short"),
)  # fmt: skip


async def fill(ledger, clock, **marks):
    """Numbers in every state, over three runs and five invocations; the last claims are still under way."""
    first = await Author.begin(ledger, clock, orders("first", 24, extra=EXTRA), **marks)
    for index in (0, 1, 2, 3):
        await first.buy(index)
    await ledger.price(first.begun, 0, Decimal("3.00"), Decimal("4.25"))
    await first.refuse(4, -275)
    await first.refuse(5, -220, CodeKind.RESERVED, give_up=True)
    await first.refuse(6, -220, CodeKind.RESERVED)
    await first.answer(7, TooMany)
    await first.lose(8)  # in doubt to the end
    await first.refuse(9, -165, CodeKind.SOLD)
    await first.see(9, Present)  # held: nobody's here
    await first.lose(10)
    priced = SeenNote(created=clock.now().replace(tzinfo=None), setup=Decimal(3), monthly=Decimal(4))
    await first.see(10, Present, priced, bought_by=first.begun.run.name)
    await first.lose(11)
    await first.see(11, Absent)  # believed lost
    await first.answer(12, Unfamiliar, AnswerNote(code=-999, seconds=0.1), code=-999)
    await first.refuse(13, -165, CodeKind.SOLD)
    await first.see(13, Absent)  # sold to somebody else
    await first.refuse(14, -100, CodeKind.ACCOUNT)
    await first.answer(15, CertainlyNotSent, AnswerNote(reason="no route"))
    await ledger.not_sent(first.begun, await first.row(15), Why.ATTEMPTS)
    await first.end(5, Why.HALTED, "the account was refused (-100)")

    again = await Author.begin(ledger, clock, orders("first", 24, extra=EXTRA), pid=2, **marks)
    await again.buy(16)
    await again.release(16, Released)
    await again.buy(17)
    await again.release(17, ReleaseFailed)
    await again.buy(18)
    await again.release(18)
    await again.buy(7)  # lost once, bought with the next
    await again.lose(19)
    await again.end(6)

    other = await Author.begin(ledger, clock, orders("second", 8, uri="{number}@other.example.com"), pid=3, **marks)
    await ledger.owned(other.begun, await other.row(0), OwnedAnswer.OWNED)
    await ledger.owned(other.begun, await other.row(1), OwnedAnswer.GONE)
    await ledger.owned(other.begun, await other.row(2), OwnedAnswer.NOT_ASKED)
    await other.rebuy(3)
    await other.buy(3)
    await other.lose(4)
    await other.end(4)

    third = await Author.begin(ledger, clock, orders("third", 26), pid=4, **marks)
    await third.buy(24)
    await third.claim(25)
    await third.lose(21)
    return await Author.begin(ledger, clock, orders("first", 24, extra=EXTRA), pid=5, **marks)


def plain(value):
    """A value as dictionaries, lists and text, so that it can be kept and compared."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return repr(value)


def tell(reader):
    """All that a ledger tells: two ledgers that tell the same hold the same."""
    told = {"head": plain(reader.head()), "runs": plain(reader.runs())}
    numbers = set()
    for run in reader.runs():
        rows = list(reader.rows(run))
        numbers |= {row.number for row in rows}
        told[run.name] = {
            "report": plain(reader.report(run)),
            "tally": plain(reader.tally(run)),
            "rows": plain(rows),
            "attempts": plain(list(reader.attempts(run))),
        }
    told["history"] = {one: plain(reader.history(one)) for one in sorted(numbers)}
    return told


async def tell_more(ledger, clock):
    """What only a ledger that is opened for buying tells: doubts as they stand, and the runs' money."""
    reader = ledger.reader()
    try:
        runs = reader.runs()
    finally:
        reader.close()
    doubts = [await ledger.doubt(number(index)) for index in range(30)]
    told = {"doubts": plain(doubts), "controls": plain(await ledger.controls(20))}
    for run in runs:
        begun = await ledger.resume(run, InvocationFacts(clock.now(), "ann", "desk", 9, "0.1.0"))
        told[run.name] = {
            "totals": plain(await ledger.totals(begun)),
            "open": plain(await ledger.open_rows(begun, -1, 99, retry_refused=True)),
            "unpriced": plain(await ledger.unpriced(begun, -1, 99)),
        }
    return told
