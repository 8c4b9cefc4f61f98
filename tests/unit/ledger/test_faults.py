"""A disk that refuses, a process that is killed: what was acknowledged is there, and what failed was not acknowledged."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import apsw
import pytest

from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.attempts import AnswerNote
from batch.ledger.events import Success
from batch.ledger.records import Bounds
from batch.ledger.sqlite import SqliteReader, connection, making
from batch.ledger.sqlite.connection import in_words

FAULTS = [(apsw.FullError, "the disk is full"), (apsw.IOError, "the disk refuses")]


class Faulty(apsw.VFS):
    """The system's files, until `error` is set: then every write to the journal fails with it."""

    def __init__(self):
        self.error = None
        self.count = 0
        super().__init__("faulty", "")

    def xOpen(self, name, flags):  # noqa: N802 - its name for SQLite
        return FaultyFile(self, name, flags)


class FaultyFile(apsw.VFSFile):
    def __init__(self, vfs, name, flags):
        self.vfs = vfs
        self.wal = bool(flags[0] & apsw.SQLITE_OPEN_WAL)
        super().__init__("", name, flags)

    def xWrite(self, data, offset):  # noqa: N802 - its name for SQLite
        if self.wal and self.vfs.error is not None:
            raise self.vfs.error
        super().xWrite(data, offset)

    def xSync(self, flags):  # noqa: N802 - its name for SQLite
        if self.wal and self.vfs.error is not None:
            raise self.vfs.error
        super().xSync(flags)


@pytest.fixture
def disk(monkeypatch):
    vfs = Faulty()
    opened = apsw.Connection
    monkeypatch.setattr(connection.apsw, "Connection", lambda name, **more: opened(name, vfs="faulty", **more))
    yield vfs
    vfs.error = None
    vfs.unregister()


@pytest.mark.parametrize(("error", "words"), FAULTS)
@pytest.mark.parametrize("inline", [True, False])
async def test_an_intent_that_is_not_on_disk_is_not_acknowledged_and_nothing_follows(desk, disk, error, words, inline):
    await desk.open(create=True, inline=inline)
    await desk.begin()
    await desk.buy(0)
    rows = await desk.ledger.open_rows(desk.begun, -1, 9)
    disk.error = error("injected")
    claims = await asyncio.gather(
        *(desk.ledger.claim(desk.begun, row, Bounds()) for row in rows), return_exceptions=True
    )
    assert len(claims) == 4
    assert all(isinstance(one, LedgerError) and words in str(one) and one.remedy for one in claims)
    disk.error = None
    with pytest.raises(LedgerError, match=words):
        await desk.ledger.knows("1")
    await desk.ledger.close()
    await desk.open()
    assert await desk.ledger.adopt() == []


@pytest.mark.parametrize(("error", "words"), FAULTS)
async def test_an_outcome_that_is_not_on_disk_is_in_doubt_at_the_next_start(desk, disk, error, words):
    await desk.open(create=True)
    await desk.begin()
    row, claimed = await desk.claim(0)
    disk.error = error("injected")
    with pytest.raises(LedgerError, match=words):
        await desk.ledger.answer(desk.begun, row, Success(1, 1, desk.begun.run.name), AnswerNote())
    disk.error = None
    await desk.ledger.close()
    await desk.open()
    [doubt] = await desk.ledger.adopt()
    assert (doubt.number, doubt.row.open) == (row.number, claimed.attempt)


async def test_a_run_that_does_not_fit_on_the_disk_is_not_there_at_all(desk, disk):
    await desk.open(create=True)
    disk.error = apsw.FullError("injected")
    with pytest.raises(LedgerError, match="full"):
        await desk.begin()
    disk.error = None
    await desk.ledger.close()
    reader = SqliteReader.open(desk.directory, desk.key)
    assert reader.runs() == []
    reader.close()
    await desk.open()
    assert not (await desk.begin()).continued


async def test_a_ledger_that_does_not_fit_on_the_disk_is_not_there_at_all(desk, monkeypatch):
    def full(path, *_):
        path.write_text("half of a ledger")
        raise LedgerUnusable("the disk is full")

    monkeypatch.setattr(making, "create", full)
    with pytest.raises(LedgerUnusable, match="the disk is full"):
        await desk.open(create=True)
    assert [path.suffix for path in desk.directory.iterdir()] == [".lock"]
    monkeypatch.undo()
    await desk.open(create=True)


async def test_a_reader_that_fails_while_the_ledger_is_open_does_not_say_that_nothing_was_sent(desk, monkeypatch):
    await desk.open(create=True)
    monkeypatch.setattr(SqliteReader, "open_file", lambda *_: unusable())
    with pytest.raises(LedgerError, match="too many open files") as failed:
        desk.ledger.reader()
    assert not isinstance(failed.value, LedgerUnusable)
    assert failed.value.exit_code == 5


def unusable():
    raise LedgerUnusable("too many open files")


async def test_a_fault_of_the_program_stops_the_ledger_and_says_so(desk, monkeypatch):
    await desk.open(create=True)
    await desk.begin()
    row = await desk.ledger.row(desk.begun, "12025550100")

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(desk.ledger._store, "expose", broken)
    with pytest.raises(LedgerError, match="ZeroDivisionError"):
        await desk.ledger.claim(desk.begun, row, Bounds())
    await desk.ledger.close()
    await desk.open()
    assert await desk.ledger.adopt() == []


@pytest.mark.parametrize(
    "error",
    [apsw.CorruptError, apsw.NotADBError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.BusyError, apsw.MisuseError],
)
def test_what_sqlite_raises_is_said_in_words_with_a_remedy(error, tmp_path):
    said = in_words(error("x"), tmp_path, "read", LedgerUnusable)
    assert isinstance(said, LedgerUnusable)
    assert str(tmp_path) in said.problem
    assert said.remedy


WORK = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest
from batch.clock import SystemClock
from batch.ledger.records import Environment, LedgerKey
async def main():
    desk = conftest.Desk(Path(sys.argv[2]), LedgerKey("multitel", Environment.REHEARSAL, "acme"), SystemClock())
    await desk.open(create=True)
    print("open", flush=True)
    await desk.begin(desk.many(3000))
    print("begun", flush=True)
    async def buy(index):
        row, _ = await desk.claim(index)
        print("claimed", index, flush=True)
        await desk.bought(row)
        print("bought", index, flush=True)
    for start in range(0, 3000, 20):
        await asyncio.gather(*(buy(i) for i in range(start, start + 20)))
asyncio.run(main())
"""


def work(request, desk):
    """A real process that buys, and says what it has done."""
    here = str(request.path.parent)
    return subprocess.Popen([sys.executable, "-c", WORK, here, str(desk.root)], stdout=subprocess.PIPE, text=True)


def killed_after(process, count):
    """Every whole line that it said, the first `count` of them before it was killed."""
    with process:
        said = [process.stdout.readline() for _ in range(count)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines(keepends=True)
    return [line.split() for line in said if line.endswith("\n")]


@pytest.mark.parametrize("after", [2, 3, 30, 111, 200, 350])
async def test_what_was_acknowledged_survives_a_kill(desk, after, request):
    """The lock is free, and the ledger knows all that it had acknowledged."""
    said = killed_after(work(request, desk), after)
    await desk.open()
    claimed, bought = ({int(words[1]) for words in said if words[0] == word} for word in ("claimed", "bought"))
    doubts = {int(one.number) - 12025550100 for one in await desk.ledger.adopt()}
    begun = await desk.begin(desk.many(3000))
    reader = desk.ledger.reader()
    purchased = {row.position for row in reader.rows(begun.run) if row.status == "purchased"}
    reader.close()
    assert begun.continued
    assert bought <= purchased
    assert claimed <= purchased | doubts
    assert not purchased & doubts


async def test_a_run_killed_while_it_is_made_is_there_whole_or_not_at_all(desk, request):
    for _ in range(3):
        assert killed_after(work(request, desk), 1)[0] == ["open"]
        reader = SqliteReader.open(desk.directory, desk.key)
        for run in reader.runs():
            assert len(list(reader.rows(run))) == run.rows == 3000
        reader.close()
