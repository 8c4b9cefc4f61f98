"""The embedded ledger, opened for buying: every method is one operation of the writer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from typing_extensions import override

from batch.clock import Clock
from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.attempts import (
    AnswerNote,
    BoughtRow,
    Claimed,
    Control,
    Doubt,
    NotClaimed,
    OpenRow,
    OwnedAnswer,
    SeenNote,
    UnknownRow,
)
from batch.ledger.events import Absent, Answer, NumberRow, Present, Rebuilt, Rebuy, Release, Vanished
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, Bounds, InvocationEnd, InvocationFacts, LedgerKey, Run, Totals, Why
from batch.ledger.sqlite import alternatives, answers, claims, feed, held, releases, runs, verdicts
from batch.ledger.sqlite.connection import open_for_writing, translated
from batch.ledger.sqlite.filesystem import refuse_network
from batch.ledger.sqlite.heads import HeadFile
from batch.ledger.sqlite.lock import LedgerLock
from batch.ledger.sqlite.making import make_ledger, refuse_lost
from batch.ledger.sqlite.migration import migrate
from batch.ledger.sqlite.place import REBUILD, ledger_path, lock_path, make_directory, refuse_link
from batch.ledger.sqlite.reader import SqliteReader
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.writer import InlineWriter, ThreadWriter, Writer
from batch.ledger.states import Step, Timing
from batch.number import Number
from batch.order import Orders

T = TypeVar("T")


class SqliteLedger(Ledger):
    """See `Ledger`. One process; its lock is held from `open` to `close`."""

    def __init__(self, store: Store, writer: Writer, lock: LedgerLock | None) -> None:
        """`lock` None: it is held by whoever opens it."""
        self.key = store.key
        self._store = store
        self._writer = writer
        self._lock = lock
        self._closed = False

    @classmethod
    async def open(
        cls,
        directory: Path,
        key: LedgerKey,
        *,
        clock: Clock,
        heads: Path | None,
        create: bool,
        wait: float = 0,
        timing: Timing | None = None,
        inline: bool = False,
    ) -> SqliteLedger:
        """Take the lock of the ledger of `key` in `directory`, check the file, and open it for buying.

        `heads` is where head files are kept, None: nowhere. `create` makes a ledger where there is none. `wait` is how many
        seconds to wait for another run to end. `inline` executes within each call, without a thread: for a virtual clock.

        Raises LedgerUnusable where there is none, or it is damaged, older than its head file or newer than this program;
        LedgerLocked where another run has it.
        """
        path = ledger_path(directory, key)
        head = None if heads is None else HeadFile(heads, key)
        refuse_network(directory)
        refuse_link(path)
        if not path.exists():
            _refuse_missing(directory, key, heads, create=create)
            make_directory(directory)
        lock = await LedgerLock.take(lock_path(path), clock, wait)
        try:
            if not path.exists():
                # a rebuild that was killed may have let go of the lock
                _refuse_missing(directory, key, heads, create=create)
                make_ledger(path, key, clock)
            migrate(path)
            connection = open_for_writing(path, key)
            try:
                with translated(path, "opened", LedgerUnusable):
                    store = Store(path, connection, key, clock, timing or Timing(), head)
                    store.compare_head()
            except BaseException:
                connection.close()
                raise
        except BaseException:
            lock.release()
            raise
        writer = InlineWriter(store) if inline else ThreadWriter(store)
        return cls(store, writer, lock)

    @override
    async def close(self) -> None:
        """See `Ledger.close`; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._writer.stop()
            self._store.note_head()
        finally:
            try:
                with translated(self._store.path, "closed"):
                    self._store.close()
            finally:
                if self._lock is not None:
                    self._lock.release()

    @override
    def reader(self) -> SqliteReader:
        """See `Ledger.reader`. Raises LedgerError where it can't be opened: "unusable" would mean that nothing was sent."""
        try:
            return SqliteReader.open_file(self._store.path, self.key)
        except LedgerUnusable as error:
            raise LedgerError(error.problem, remedy=error.remedy) from error

    def _write(self, operation: Callable[[], T]) -> Awaitable[T]:
        return self._writer.write(operation)

    # A run -----------------------------------------------------------------------------------------------------------

    @override
    async def begin(self, orders: Orders, facts: InvocationFacts) -> Begun:
        """See `Ledger.begin`."""
        return await self._write(lambda: runs.begin(self._store, orders, facts))

    @override
    async def resume(self, run: Run, facts: InvocationFacts) -> Begun:
        """See `Ledger.resume`."""
        return await self._write(lambda: runs.resume(self._store, run, facts))

    @override
    async def end(self, begun: Begun, end: InvocationEnd) -> None:
        """See `Ledger.end`."""
        await self._write(lambda: runs.end(self._store, begun, end))
        await self._write(self._store.note_head)

    @override
    async def open_rows(
        self, begun: Begun, after: int, count: int, *, retry_refused: bool = False, rebuy: bool = False
    ) -> Sequence[OpenRow]:
        """See `Ledger.open_rows`."""
        return await self._write(
            lambda: feed.open_rows(self._store, begun, after, count, retry_refused=retry_refused, rebuy=rebuy)
        )

    @override
    async def open_alternatives(
        self, begun: Begun, gone: Collection[int], *, retry_refused: bool = False
    ) -> Sequence[OpenRow]:
        """See `Ledger.open_alternatives`."""
        return await self._write(
            lambda: alternatives.open_alternatives(self._store, begun, gone, retry_refused=retry_refused)
        )

    @override
    async def totals(self, begun: Begun) -> Totals:
        """See `Ledger.totals`."""
        return await self._write(lambda: feed.totals(self._store, begun))

    # A number --------------------------------------------------------------------------------------------------------

    @override
    async def claim(self, begun: Begun, row: OpenRow, bounds: Bounds, mark: str = "") -> Claimed | NotClaimed:
        """See `Ledger.claim`."""
        return await self._write(lambda: claims.claim(self._store, begun, row, bounds, mark))

    @override
    async def answer(self, begun: Begun, row: OpenRow, event: Answer, note: AnswerNote) -> Step:
        """See `Ledger.answer`."""
        return await self._write(lambda: answers.answer(self._store, begun, row, event, note))

    @override
    async def adopt(self) -> Sequence[Doubt]:
        """See `Ledger.adopt`."""
        return await self._write(lambda: verdicts.adopt(self._store))

    @override
    async def doubt(self, number: Number, *, lost: bool = False) -> Doubt | None:
        """See `Ledger.doubt`."""
        return await self._write(lambda: verdicts.doubt(self._store, number, lost=lost))

    @override
    async def number(self, number: Number) -> NumberRow:
        """See `Ledger.number`."""
        return await self._write(lambda: self._store.number(number))

    @override
    async def lost_rows(self, begun: Begun, after: int, count: int) -> Sequence[OpenRow]:
        """See `Ledger.lost_rows`."""
        return await self._write(lambda: verdicts.lost_rows(self._store, begun, after, count))

    @override
    async def row(self, begun: Begun, number: Number) -> OpenRow | None:
        """See `Ledger.row`."""
        return await self._write(lambda: feed.row_of(self._store, begun, number))

    @override
    async def verdict(self, number: Number, event: Present | Absent, note: SeenNote) -> Step:
        """See `Ledger.verdict`."""
        return await self._write(lambda: verdicts.verdict(self._store, number, event, note))

    @override
    async def owned(self, begun: Begun, row: OpenRow, answer: OwnedAnswer) -> None:
        """See `Ledger.owned`."""
        await self._write(lambda: feed.owned(self._store, begun, row, answer))

    @override
    async def not_sent(self, begun: Begun, row: OpenRow, why: Why, code: int | None = None) -> None:
        """See `Ledger.not_sent`."""
        await self._write(lambda: feed.not_sent(self._store, begun, row, why, code))

    # After a lost ledger ---------------------------------------------------------------------------------------------

    @override
    async def unknown_rows(self, begun: Begun, after: int, count: int) -> Sequence[UnknownRow]:
        """See `Ledger.unknown_rows`."""
        return await self._write(lambda: held.unknown_rows(self._store, begun, after, count))

    @override
    async def rebuilt(self, begun: Begun, row: UnknownRow, event: Rebuilt, note: SeenNote) -> Step:
        """See `Ledger.rebuilt`."""
        return await self._write(lambda: held.rebuilt(self._store, begun, row, event, note))

    # Giving back -----------------------------------------------------------------------------------------------------

    @override
    async def bought_rows(self, begun: Begun, after: int, count: int) -> Sequence[BoughtRow]:
        """See `Ledger.bought_rows`."""
        return await self._write(lambda: releases.bought_rows(self._store, begun, after, count))

    @override
    async def release(self, begun: Begun, row: OpenRow, event: Release) -> Claimed:
        """See `Ledger.release`."""
        return await self._write(lambda: releases.release(self._store, begun, row, event))

    @override
    async def given_back(self, begun: Begun, row: OpenRow, event: Rebuy | Vanished) -> Step:
        """See `Ledger.given_back`."""
        return await self._write(lambda: releases.given_back(self._store, begun, row, event))

    # Prices and controls -----------------------------------------------------------------------------------------------

    @override
    async def unpriced(self, begun: Begun, after: int, count: int) -> Sequence[tuple[int, Number]]:
        """See `Ledger.unpriced`."""
        return await self._write(lambda: feed.unpriced(self._store, begun, after, count))

    @override
    async def price(self, begun: Begun, position: int, setup: Decimal, monthly: Decimal) -> None:
        """See `Ledger.price`."""
        await self._write(lambda: feed.price(self._store, begun, position, setup, monthly))

    @override
    async def controls(self, count: int) -> Sequence[Control]:
        """See `Ledger.controls`."""
        return await self._write(lambda: feed.controls(self._store, count))

    @override
    async def knows(self, number: Number) -> bool:
        """See `Ledger.knows`."""
        return await self._write(lambda: feed.knows(self._store, number))


def _refuse_missing(directory: Path, key: LedgerKey, heads: Path | None, *, create: bool) -> None:
    """Refuse to make a ledger where there was one, and in passing where it was not asked for."""
    refuse_lost(directory, key, heads)
    if not create:
        raise _none_there(directory, key)


def _none_there(directory: Path, key: LedgerKey) -> LedgerUnusable:
    whose = f"{key.provider}, {key.environment}, account {key.account!r}" + (f", {key.place}" if key.place else "")
    return LedgerUnusable(
        f"There is no ledger for {whose} in {directory}.",
        remedy="Make one, once: `numbatch init`. If there was one before, name its directory with the setting `ledger`: a new "
        f"ledger does not know what was bought. Where it is lost: {REBUILD}",
    )
