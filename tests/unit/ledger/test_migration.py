"""A ledger of an older version is copied, then brought up to date whole; it tells what it told before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import apsw
import pytest
from support.ledgers import KEY, Author, Clock, number, orders, tell, tell_more, verify_ledger

from batch.errors import LedgerDamaged, LedgerError, LedgerUnusable
from batch.ledger.events import Present
from batch.ledger.records import Status
from batch.ledger.sqlite import SqliteLedger, SqliteReader, ledger_path, upgrades
from batch.ledger.sqlite.migration import migrate

OLD = Path(__file__).parents[2] / "ledgers"
NAMES = ["version-1", "version-1-killed"]


class Place:
    """A directory with a ledger of version 1, as it was left, and its head file."""

    def __init__(self, root, name):
        self.directory, self.heads = root / "ledgers", root / "heads"
        self.directory.mkdir()
        self.heads.mkdir()
        self.path = ledger_path(self.directory, KEY)
        self.copy = self.path.with_suffix(".v1")
        self.clock = Clock()
        self.told = json.loads((OLD / f"{name}.json").read_text())
        for kind in ("ledger", "ledger-wal"):
            if (OLD / f"{name}.{kind}").exists():
                shutil.copyfile(OLD / f"{name}.{kind}", self.path.with_suffix(f".{kind}"))
        shutil.copyfile(OLD / f"{name}.head", ledger_path(self.heads, KEY).with_suffix(".head"))

    async def open(self):
        return await SqliteLedger.open(
            self.directory, KEY, clock=self.clock, heads=self.heads, create=False, inline=True
        )

    def version(self, path=None):
        connection = apsw.Connection(str(path or self.path))
        try:
            return connection.pragma("user_version")
        finally:
            connection.close()

    def change(self, statement):
        connection = apsw.Connection(str(self.path))
        connection.execute(statement)
        connection.close()


@pytest.fixture(params=NAMES)
def place(request, tmp_path):
    return Place(tmp_path, request.param)


@pytest.fixture
def closed(tmp_path):
    return Place(tmp_path, "version-1")


def missing(then, now):
    """What was told then and is not now: more may be told, nothing else."""
    if isinstance(then, dict):
        return [f"{name}.{one}" for name in then for one in missing(then[name], now.get(name, "nothing"))]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [f"{place}.{one}" for place, pair in enumerate(zip(then, now, strict=True)) for one in missing(*pair)]
    return [] if then == now else [f"was {then!r}, is {now!r}"]


async def test_a_ledger_of_version_1_tells_the_same_after_it_was_brought_up_to_date(place):
    ledger = await place.open()
    reader = ledger.reader()
    assert missing(place.told["told"], tell(reader)) == []
    reader.close()
    assert missing(place.told["more"], await tell_more(ledger, place.clock)) == []
    await ledger.close()
    assert verify_ledger(place.directory, KEY) >= 71
    assert (place.version(), place.version(place.copy)) == (2, 1)
    assert place.copy.stat().st_mode & 0o077 == 0
    assert not list(place.directory.glob("*-new"))


async def test_a_run_goes_on_with_a_ledger_that_was_brought_up_to_date(place):
    ledger = await place.open()
    await ledger.adopt()
    run = await Author.begin(ledger, place.clock, orders("third", 26), pid=7)
    await run.see(21, Present, bought_by=run.begun.run.name)
    await run.buy(20)
    await run.end(0)
    reader = ledger.reader()
    statuses = {row.number: row.status for row in reader.rows(run.begun.run)}
    reader.close()
    await ledger.close()
    assert statuses[number(20)] is statuses[number(21)] is Status.PURCHASED
    assert statuses[number(25)] is Status.DOUBT
    assert verify_ledger(place.directory, KEY) > 75
    await (await place.open()).close()


async def test_reading_an_older_ledger_changes_no_file(place):
    before = place.path.read_bytes()
    reader = SqliteReader.open(place.directory, KEY)
    assert missing(place.told["told"], tell(reader)) == []
    reader.close()
    assert verify_ledger(place.directory, KEY) == int(place.told["told"]["head"]["sequence"])
    assert place.path.read_bytes() == before
    assert not place.copy.exists()
    assert place.version() == 1


async def test_a_copy_made_before_opens_as_the_old_ledger_did(place, tmp_path):
    await (await place.open()).close()
    again = tmp_path / "again"
    again.mkdir()
    shutil.copyfile(place.copy, ledger_path(again, KEY))
    reader = SqliteReader.open(again, KEY)
    assert missing(place.told["told"], tell(reader)) == []
    reader.close()


class Killed(BaseException):
    """The process ends here."""


def statements_of(place):
    """How many statements a migration executes on the ledger."""
    count = 0

    def note(_cursor, _sql, _bindings):
        nonlocal count
        count += 1
        return True

    with hooked(note):
        migrate(place.path)
    return count


class hooked:  # noqa: N801 - used as a word
    """Every connection that is opened meanwhile tells its statements to `note` before it executes them."""

    def __init__(self, note):
        self._hook = lambda connection: setattr(connection, "exec_trace", note)

    def __enter__(self):
        apsw.connection_hooks.append(self._hook)

    def __exit__(self, *_):
        apsw.connection_hooks.remove(self._hook)


async def test_a_migration_that_ends_at_any_statement_leaves_the_old_ledger_or_the_new_one_whole(tmp_path):
    tried = tmp_path / "tried"
    tried.mkdir()
    count = statements_of(Place(tried, "version-1-killed"))
    assert count > 100
    for stop in [*range(1, 36, 2), *range(36, count + 1, 61)]:
        root = tmp_path / str(stop)
        root.mkdir()
        place = Place(root, "version-1-killed")
        left = stop

        def note(_cursor, _sql, _bindings):
            nonlocal left
            left -= 1
            if not left:
                raise Killed
            return True

        with hooked(note), pytest.raises(Killed):
            migrate(place.path)
        assert place.version() == 1
        reader = SqliteReader.open(place.directory, KEY)
        assert reader.head().sequence == int(place.told["told"]["head"]["sequence"])
        reader.close()
        ledger = await place.open()
        reader = ledger.reader()
        assert missing(place.told["told"], tell(reader)) == []
        reader.close()
        await ledger.close()
        shutil.rmtree(root)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET reason = 'x' WHERE entry = 2",
        "UPDATE orders SET fields = replace(fields, 'pbx', 'pbz') WHERE run = 1 AND position = 4",
        "UPDATE numbers SET state = 'free' WHERE number = '12025550100'",
        "UPDATE attempts SET worst = '0.01'",
        "UPDATE outcomes SET verdict = 'purchased'",
        "DELETE FROM runs WHERE id = 2",
        "PRAGMA user_version = 0",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'invocations_of_run'",
    ],
)
async def test_a_damaged_ledger_is_not_sealed_but_left_as_it_was(closed, statement):
    closed.change(statement)
    before = closed.version()
    with pytest.raises(LedgerDamaged) as refused:
        await closed.open()
    assert closed.version() == before
    assert f"left as it was, in format {before}" in refused.value.remedy
    with pytest.raises(LedgerUnusable):
        SqliteReader.open(closed.directory, KEY)


async def test_a_migration_for_which_the_disk_has_no_room_leaves_the_old_ledger_and_says_so(closed):
    before = closed.path.read_bytes()

    def short(connection):
        if connection.filename == str(closed.path):
            connection.pragma("max_page_count", 24)

    apsw.connection_hooks.append(short)
    try:
        with pytest.raises(LedgerUnusable, match="the disk is full") as refused:
            await closed.open()
    finally:
        apsw.connection_hooks.remove(short)
    assert "left as it was, in format 1" in refused.value.remedy
    assert closed.path.read_bytes() == before
    await (await closed.open()).close()
    assert closed.version() == 2


async def test_a_copy_that_can_t_be_made_leaves_the_old_ledger_as_it_was(closed, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("batch.ledger.sqlite.migration.open_private", refuse)
    with pytest.raises(LedgerError, match="No space left") as refused:
        await closed.open()
    assert "left as it was" in refused.value.remedy
    assert closed.version() == 1
    assert sorted(path.suffix for path in closed.directory.iterdir() if path.suffix != ".lock") == [".ledger"]


def test_each_step_leads_to_the_next_version(closed):
    steps = {
        1: lambda connection: connection.execute("ALTER TABLE runs ADD COLUMN title TEXT"),
        2: lambda connection: connection.execute("UPDATE runs SET title = 'x'"),
    }
    assert migrate(closed.path, steps, newest=3) == closed.copy
    assert closed.version() == 3
    connection = apsw.Connection(str(closed.path))
    assert connection.execute("SELECT DISTINCT title FROM runs").get == "x"
    connection.close()
    assert migrate(closed.path, steps, newest=3) is None
    assert upgrades.VERSION == 2
