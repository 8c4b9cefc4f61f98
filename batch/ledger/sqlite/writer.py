"""The one door for writes: everything that waits is executed in one transaction, committed once, then acknowledged.

`ThreadWriter` owns the connection in a thread of its own, so that the disk never stops the event loop. `InlineWriter` executes
within the call, one transaction each: for a virtual clock, where a thread would break the order of events.

An operation judges before it writes: it may raise `Forbidden` or an error of ours that spoils nothing, as long as it has not
written yet. Anything else fails the whole batch and the ledger: nothing is written after it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

import apsw

from batch.errors import LedgerError, LedgerUnusable, OrdersError, UsageError
from batch.ledger.sqlite.connection import in_words
from batch.ledger.states import Forbidden

T = TypeVar("T")

_Result = tuple[Any, BaseException | None]


class Store(Protocol):
    """What the writer writes through."""

    path: Path
    connection: apsw.Connection

    def committed(self) -> None:
        """The transaction is durable."""
        ...


class Writer(Protocol):
    """Executes operations on the store, durably."""

    async def write(self, operation: Callable[[], T]) -> T:
        """Execute `operation` in a transaction; what it returns, once that is durable."""
        ...

    async def stop(self) -> None:
        """Finish what waits; later writes raise LedgerError."""
        ...


class _Batches:
    """Executes a batch of operations in one transaction, and remembers a failure for ever."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._execute = store.connection.cursor().execute
        self._failure: LedgerError | None = None

    def run(self, operations: list[Callable[[], Any]]) -> list[_Result]:
        """The result of each operation, or what it raised, in their order; durable."""
        if self._failure is not None:
            return [(None, self._failed()) for _ in operations]
        try:
            self._execute("BEGIN IMMEDIATE")
            results = [self._one(operation) for operation in operations]
            self._execute("COMMIT")
            self._store.committed()
        except Exception as error:  # noqa: BLE001 - whatever it was, the batch is not durable, and the ledger stops here
            self._fail(error)
            return [(None, self._failed()) for _ in operations]
        return results

    def _one(self, operation: Callable[[], Any]) -> _Result:
        changes = self._store.connection.total_changes()
        try:
            return operation(), None
        except (Forbidden, UsageError, OrdersError, LedgerUnusable) as refused:
            if self._store.connection.total_changes() != changes:
                raise  # half an operation must not be committed with the others
            return None, refused

    def _fail(self, error: Exception) -> None:
        # SQLite may have rolled back by itself, or the file is gone: what counts is that nothing is acknowledged.
        with suppress(apsw.Error):
            self._execute("ROLLBACK")
        if isinstance(error, apsw.Error | UnicodeDecodeError):
            self._failure = in_words(error, self._store.path, "written")
        elif isinstance(error, LedgerError):
            self._failure = error
        else:
            self._failure = LedgerError(
                f"The ledger {self._store.path} can't be written: unexpected {type(error).__name__}: {error}.",
                remedy="This is a fault of the program: please report it. Nothing more is sent.",
            )
        self._failure.__cause__ = error

    def _failed(self) -> LedgerError:
        """The failure anew: one exception raised in many tasks would gather all their tracebacks."""
        first = self._failure or closed()
        again = type(first)(first.problem, remedy=first.remedy)
        again.__cause__ = first.__cause__
        return again


class InlineWriter:
    """Executes in the call, on the caller's thread."""

    def __init__(self, store: Store) -> None:
        self._batches = _Batches(store)
        self._stopped = False

    async def write(self, operation: Callable[[], T]) -> T:
        """See `Writer.write`."""
        if self._stopped:
            raise closed()
        [(value, error)] = self._batches.run([operation])
        if error is not None:
            raise error
        result: T = value
        return result

    async def stop(self) -> None:
        """See `Writer.stop`."""
        self._stopped = True


_Waiting = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class ThreadWriter:
    """Executes in one thread that takes all that waits, so that many operations share one fsync."""

    def __init__(self, store: Store) -> None:
        self._batches = _Batches(store)
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._door = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    async def write(self, operation: Callable[[], T]) -> T:
        """See `Writer.write`. From any thread with an event loop; a caller that is cancelled leaves its operation to be done."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._door:  # nothing is queued behind the None that ends the thread
            if self._stopped:
                raise closed()
            self._queue.put((operation, future, loop))
        return await future

    async def stop(self) -> None:
        """See `Writer.stop`."""
        with self._door:
            self._stopped = True
            self._queue.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _work(self) -> None:
        batch: list[_Waiting] = []
        last = False
        try:
            while not last:
                batch, last = self._taken(self._queue.get())
                if batch:
                    self._acknowledge(batch, self._batches.run([operation for operation, _, _ in batch]))
        except BaseException as error:  # noqa: BLE001 - no memory, say: whoever waits must not wait for ever
            self._abandon(batch, error)

    def _taken(self, first: _Waiting | None) -> tuple[list[_Waiting], bool]:
        """All that waits, from `first` on, and whether nothing comes after it."""
        batch: list[_Waiting] = []
        one = first
        with suppress(Empty):
            while one is not None:
                batch.append(one)
                one = self._queue.get_nowait()
        return batch, one is None

    def _abandon(self, batch: list[_Waiting], error: BaseException) -> None:
        """The thread ends by `error`: nothing of what waits, or still comes, is acknowledged."""
        failure = LedgerError(
            f"The ledger's thread ended: {type(error).__name__}.", remedy="Run the same command again."
        )
        with self._door:
            self._stopped = True
        with suppress(Empty):
            left, _ = self._taken(self._queue.get_nowait())
            batch = [*batch, *left]
        self._acknowledge(batch, [(None, failure)] * len(batch))

    @staticmethod
    def _acknowledge(batch: list[_Waiting], results: list[_Result]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], _Result]]] = {}
        for (_, future, loop), result in zip(batch, results, strict=True):
            by_loop.setdefault(loop, []).append((future, result))
        for loop, answers in by_loop.items():
            # Where the loop was closed meanwhile, nobody waits there any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: list[tuple[asyncio.Future[Any], _Result]]) -> None:
    for future, (value, error) in answers:
        if future.done():
            continue
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)


def closed() -> LedgerError:
    """The error for a write after the end."""
    return LedgerError("The ledger is closed.", remedy="This is a fault of the program: please report it.")
