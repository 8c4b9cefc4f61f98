"""A ledger made, bought with by many at once, closed and taken up again: run under strace, so that its I/O is known whole.

    python recorded.py DIRECTORY MODE

MODE is `chosen`, the ledger's own, or a journal mode and a synchronous level that it is to have instead: `wal,normal`.
Whatever is acknowledged is told at once by a line in DIRECTORY/told, which the record then shows in its place.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from support.iorecord import TOLD

from batch.clock import SystemClock
from batch.codes import CodeKind
from batch.ledger.attempts import AnswerNote
from batch.ledger.events import Refusal, Success
from batch.ledger.records import Begun, Bounds, Environment, InvocationFacts, LedgerKey
from batch.ledger.sqlite import SqliteLedger, connection
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source

KEY = LedgerKey("multitel", Environment.REHEARSAL, "ann", "127.0.0.1:1")
NUMBERS = [str(12025550100 + one) for one in range(45)]
_AT_ONCE = 5
_CHECKPOINT_PAGES = 60
"""Small, so that the journal is carried over into the ledger several times."""
_SILENT = 7
"""Every so many numbers one is never answered."""
_REFUSED = -275


def orders() -> Orders:
    """One sheet of all numbers."""
    rows = [
        Row(place, RowKind.ORDER, Source(0, "S", place + 2), number, {"URI": "a@b"}, (number,), Decimal(2))
        for place, number in enumerate(NUMBERS)
    ]
    return Orders((OrderFile(Path("o.xlsx"), "ab", "S", len(rows)),), (Column("Number", "Number"),), rows, key="k")


def set_mode(mode: str) -> None:
    """Let ledgers be opened in another mode than their own."""
    journal, level = mode.split(",")

    def synchronise(opened: object, path: Path) -> None:
        opened.pragma("journal_mode", journal)
        opened.pragma("synchronous", level)

    connection._synchronise = synchronise


async def live(place: Path, numbers: list[str]) -> None:
    """One process's work: open, begin, buy `numbers`, close."""
    told = os.open(place / TOLD, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    ledger = await SqliteLedger.open(
        place / "ledger", KEY, clock=SystemClock(), heads=place / "config" / "heads", create=True
    )
    ledger._store.connection.wal_autocheckpoint(_CHECKPOINT_PAGES)
    begun = await ledger.begin(orders(), InvocationFacts(datetime.now(UTC), "ann", "desk", 1, "0.1"))
    await ledger.adopt()
    for first in range(0, len(numbers), _AT_ONCE):
        await asyncio.gather(*(buy(ledger, begun, one, told) for one in numbers[first : first + _AT_ONCE]))
    await ledger.close()


async def buy(ledger: SqliteLedger, begun: Begun, number: str, told: int) -> None:
    """Claim and answer; some are refused, and some never answered."""
    row = await ledger.row(begun, number)
    claimed = await ledger.claim(begun, row, Bounds())
    os.write(told, f"intent {number}\n".encode())
    place = NUMBERS.index(number)
    if place % _SILENT == _SILENT - 1:
        return
    attempt, generation = claimed.attempt, claimed.generation
    event, code = Success(attempt, generation, begun.run.name), int(number)
    if place % _SILENT == 1:
        event, code = Refusal(attempt, generation, begun.run.name, _REFUSED, CodeKind.FINAL), _REFUSED
    await ledger.answer(begun, row, event, AnswerNote(code=code))
    os.write(told, f"answer {number}\n".encode())


def main() -> None:
    """Two lives, one after the other."""
    place, mode = Path(sys.argv[1]), sys.argv[2]
    if mode != "chosen":
        set_mode(mode)
    asyncio.run(live(place, NUMBERS[:30]))
    asyncio.run(live(place, NUMBERS[30:]))


if __name__ == "__main__":
    main()
