"""The one door for writes: batches, refusals that spoil nothing, callers that went away, threads of others."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import apsw
import pytest

from batch.errors import LedgerError, UsageError
from batch.ledger.sqlite.writer import InlineWriter, ThreadWriter
from batch.ledger.states import Forbidden


class Store:
    def __init__(self, path):
        self.path = Path(path)
        self.connection = apsw.Connection(str(path))
        self.connection.execute("CREATE TABLE t (x UNIQUE)")
        self.commits = 0
        self.held = threading.Event()
        self.held.set()

    def committed(self):
        self.commits += 1

    def add(self, x):
        self.held.wait()
        self.connection.execute("INSERT INTO t VALUES (?)", (x,))
        return x

    def refuse(self, error):
        raise error

    def add_and_refuse(self):
        self.add(99)
        raise Forbidden

    def rows(self):
        connection = apsw.Connection(str(self.path))
        try:
            return [x for (x,) in connection.execute("SELECT x FROM t ORDER BY x")]
        finally:
            connection.close()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "db")
    yield store
    store.connection.close()


@pytest.fixture(params=[ThreadWriter, InlineWriter])
async def writer(request, store):
    writer = request.param(store)
    yield writer
    await writer.stop()


async def test_what_waits_shares_one_commit(store):
    writer = ThreadWriter(store)
    store.held.clear()
    first = asyncio.ensure_future(writer.write(lambda: store.add(0)))
    await asyncio.sleep(0)
    others = [asyncio.ensure_future(writer.write(lambda x=x: store.add(x))) for x in range(1, 50)]
    await asyncio.sleep(0)
    store.held.set()
    assert await asyncio.gather(first, *others) == list(range(50))
    assert store.commits <= 2 + 1
    await writer.stop()


@pytest.mark.parametrize("error", [Forbidden("no"), UsageError("no")])
async def test_a_refusal_spoils_nothing_else(writer, store, error):
    answers = await asyncio.gather(
        writer.write(lambda: store.add(1)),
        writer.write(lambda: store.refuse(error)),
        writer.write(lambda: store.add(2)),
        return_exceptions=True,
    )
    assert answers == [1, error, 2]
    assert store.rows() == [1, 2]


@pytest.mark.parametrize("name", ["add_and_refuse", "twice", "head"])
async def test_half_an_operation_is_never_committed_and_the_ledger_stops(writer, store, name):
    await writer.write(lambda: store.add(1))
    broken = {
        "add_and_refuse": store.add_and_refuse,
        "twice": lambda: store.add(1),
        "head": lambda: store.refuse(LedgerError("no head", remedy="none")),
    }[name]
    with pytest.raises(LedgerError):
        await writer.write(broken)
    with pytest.raises(LedgerError):
        await writer.write(lambda: store.add(3))
    assert store.rows() == [1]


async def test_each_waiting_caller_gets_an_error_of_its_own(store):
    writer = ThreadWriter(store)
    with pytest.raises(LedgerError):
        await writer.write(lambda: store.refuse(ValueError()))
    errors = await asyncio.gather(*(writer.write(lambda: store.add(1)) for _ in range(3)), return_exceptions=True)
    assert len({id(error) for error in errors}) == 3
    await writer.stop()


async def test_what_a_cancelled_caller_asked_for_is_done_all_the_same(store):
    writer = ThreadWriter(store)
    store.held.clear()
    tasks = [asyncio.ensure_future(writer.write(lambda x=x: store.add(x))) for x in (1, 2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.gather(tasks[0], return_exceptions=True)
    store.held.set()
    assert await tasks[1] == 2
    await writer.stop()
    assert store.rows() == [1, 2]


async def test_another_threads_loop_is_served_too_even_where_it_has_ended(store):
    writer = ThreadWriter(store)
    answers = []

    def elsewhere(wait):
        async def ask():
            task = asyncio.ensure_future(writer.write(lambda: store.add(len(answers))))
            await asyncio.sleep(0)
            if wait:
                answers.append(await task)
            else:
                task.cancel()

        asyncio.run(ask())

    for wait in (True, False):
        if not wait:
            store.held.clear()
        thread = threading.Thread(target=elsewhere, args=(wait,))
        thread.start()
        await asyncio.get_running_loop().run_in_executor(None, thread.join)
    store.held.set()
    assert answers == [0]
    assert await writer.write(lambda: store.add(7)) == 7
    await writer.stop()
    assert store.rows() == [0, 1, 7]


async def test_nothing_is_written_after_the_end(writer, store):
    await writer.stop()
    with pytest.raises(LedgerError, match="closed"):
        await writer.write(lambda: store.add(1))
    assert store.rows() == []


async def test_nobody_waits_for_a_thread_that_ended(store, monkeypatch):
    def run(operations):
        store.held.wait()
        raise MemoryError

    writer = ThreadWriter(store)
    monkeypatch.setattr(writer._batches, "run", run)
    store.held.clear()
    waiting = [asyncio.create_task(writer.write(lambda: store.add(1))) for _ in range(3)]
    await asyncio.sleep(0)
    store.held.set()
    for one in waiting:
        with pytest.raises(LedgerError, match=r"thread ended: MemoryError|is closed"):
            await one
    with pytest.raises(LedgerError):
        await writer.write(lambda: store.add(2))
    await writer.stop()
    assert store.rows() == []
