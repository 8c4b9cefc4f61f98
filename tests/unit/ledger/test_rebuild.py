"""A rebuild of a lost ledger: what is found, what is moved aside, what B1 records, and that nothing is bought until it is complete."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import apsw
import pytest
from support.ledgers import verify_ledger

from batch.codes import CodeKind
from batch.errors import LedgerError, LedgerLocked, LedgerUnusable
from batch.ledger.attempts import AnswerNote, SeenNote, UnknownRow
from batch.ledger.events import Rebuilt, Refusal, State
from batch.ledger.records import InvocationFacts, Status
from batch.ledger.sqlite import Found, Rebuild, SqliteReader, create_ledger, ledger_path
from batch.ledger.sqlite import connection as connections
from batch.ledger.sqlite.place import rebuilding_path, set_aside

CREATED = datetime(2026, 11, 3, 4, 5, 6)  # noqa: DTZ001 - as the account says it: in a zone of its own
NOTE = SeenNote(by="ann", created=CREATED)


@pytest.fixture
async def rebuild(desk):
    begun = []

    async def begin():
        for one in begun:
            await one.close()
        found = await Rebuild.begin(desk.directory, desk.key, clock=desk.clock, heads=desk.heads)
        begun.append(found)
        return found

    yield begin
    for one in begun:
        await one.close()


async def held(desk, found, *numbers):
    """Open what was found, and record that the account shows these of five orders."""
    desk.ledger = found.open()
    begun = await desk.begin()
    rows = await desk.ledger.unknown_rows(begun, -1, 10)
    for row in rows:
        if row.position in numbers:
            assert (await desk.ledger.rebuilt(begun, row, Rebuilt(row.version, calibrated=True), NOTE)).rule == "B1"
    return rows


async def statuses(desk):
    reader = SqliteReader.open(desk.directory, desk.key)
    try:
        return [row.status for row in reader.rows(reader.find(None))]
    finally:
        reader.close()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"bought,1,1,")] ^= 1
    path.write_bytes(content)


OWNED, NOT_SENT, PURCHASED, REFUSED = Status.OWNED, Status.NOT_SENT, Status.PURCHASED, Status.REFUSED


async def test_a_missing_ledger_is_made_beside_its_name_and_put_in_place_when_complete(desk, rebuild):
    await desk.used()
    desk.path.unlink()
    found = await rebuild()
    assert (found.found, found.moves_aside) == (Found.MISSING, False)
    assert str(desk.path) in found.problem
    await held(desk, found, 0, 2)
    assert not desk.path.exists()
    with pytest.raises(LedgerLocked):
        await Rebuild.begin(desk.directory, desk.key, clock=desk.clock, heads=desk.heads)
    await found.complete()
    assert found.aside is None
    await found.close()
    assert not rebuilding_path(desk.path).exists()
    assert await statuses(desk) == [OWNED, NOT_SENT, OWNED, NOT_SENT, NOT_SENT]
    assert (await rebuild()).found is Found.WHOLE
    assert verify_ledger(desk.directory, desk.key)


async def test_without_its_head_file_too_nothing_is_bought_until_the_rebuild_is_complete(desk, rebuild):
    await desk.used()
    desk.path.unlink()
    desk.head.unlink()
    found = await rebuild()
    await held(desk, found, 0)
    await found.close()  # killed, say
    for again in (desk.open, lambda: desk.open(create=True)):
        with pytest.raises(LedgerUnusable, match="its rebuild is not complete"):
            await again()
    with pytest.raises(LedgerUnusable, match="its rebuild is not complete"):
        await create_ledger(desk.directory, desk.key, clock=desk.clock, heads=desk.heads)
    with pytest.raises(LedgerUnusable, match="its rebuild is not complete"):
        SqliteReader.open(desk.directory, desk.key)
    found = await rebuild()
    rows = await held(desk, found, 1)
    assert [row.position for row in rows] == [1, 2, 3, 4], "what was recorded before is not asked again"
    await found.complete()
    await found.close()
    assert await statuses(desk) == [OWNED, OWNED, NOT_SENT, NOT_SENT, NOT_SENT]


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"x" * 5000), flip, "foreign"])
async def test_a_rebuild_whose_own_file_is_spoilt_begins_anew(desk, rebuild, monkeypatch, spoil, key):
    await desk.used()
    spare = desk.path.read_bytes()
    desk.path.unlink()
    found = await rebuild()
    await held(desk, found, 0)
    await found.close()
    beside = rebuilding_path(desk.path)
    beside.write_bytes(spare)
    if spoil == "foreign":
        other = await create_ledger(desk.root / "other", replace(key, account="else"), clock=desk.clock, heads=None)
        shutil.copy(other, beside)
    else:
        spoil(beside)
        monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)  # what opening alone would let pass
    rows = await held(desk, await rebuild(), 0)
    assert len(rows) == 5


async def test_an_empty_ledger_put_where_a_rebuild_is_under_way_takes_nothing_back_that_was_recorded(desk, rebuild):
    empty = await create_ledger(desk.root / "other", desk.key, clock=desk.clock, heads=None)
    await held(desk, await rebuild(), 0, 1)
    killed = desk.root / "killed"
    shutil.copytree(desk.directory, killed)
    await (await rebuild()).close()
    shutil.copytree(killed, desk.directory, dirs_exist_ok=True)  # with its journal, as the death left it
    shutil.copyfile(empty, desk.path)
    found = await rebuild()
    assert found.found is Found.EMPTY
    assert [row.position for row in await held(desk, found, 2)] == [2, 3, 4]
    assert ".lost-" in found.aside.name
    await found.complete()
    assert await statuses(desk) == [OWNED, OWNED, OWNED, NOT_SENT, NOT_SENT]


async def test_an_empty_ledger_is_no_ledger_until_it_was_rebuilt(desk, rebuild):
    await desk.open(create=True)
    await desk.ledger.close()
    found = await rebuild()
    assert found.found is Found.EMPTY
    await held(desk, found, 4)
    assert not desk.path.exists()
    await found.complete()
    await found.close()
    assert (await statuses(desk))[4] is OWNED


async def test_a_damaged_ledger_is_moved_aside_with_its_journal_and_kept(desk, rebuild):
    await desk.used()
    flip(desk.path)
    desk.path.with_name(f"{desk.path.name}-wal").write_bytes(b"")
    content = desk.path.read_bytes()
    found = await rebuild()
    assert (found.found, found.moves_aside, "damaged" in found.problem) == (Found.DAMAGED, True, True)
    assert desk.path.read_bytes() == content, "nothing is moved before it is meant"
    await held(desk, found, 0)
    assert found.aside.name == f"{desk.path.stem}.damaged-20261103T120000Z"
    assert found.aside.read_bytes() == content
    await found.complete()
    await found.close()
    assert (await statuses(desk))[0] is OWNED


async def test_another_accounts_ledger_gives_way_and_is_kept(desk, rebuild, key):
    await desk.used()
    other = await create_ledger(desk.root / "other", replace(key, account="else"), clock=desk.clock, heads=None)
    shutil.copy(other, desk.path)
    found = await rebuild()
    assert (found.found, found.moves_aside) == (Found.FOREIGN, True)
    found.open()
    assert ".foreign-" in found.aside.name


async def test_what_is_behind_its_head_file_is_kept_worked_on_and_trusted_when_complete(desk, rebuild):
    await desk.used(1)
    kept = desk.path.read_bytes()
    await desk.open()
    await desk.begin()
    await desk.buy(1)
    row, _ = await desk.claim(2)
    refusal = Refusal(1, 1, desk.begun.run.name, code=-275, kind=CodeKind.FINAL)
    await desk.ledger.answer(desk.begun, row, refusal, AnswerNote(code=-275))
    await desk.ledger.close()
    desk.path.write_bytes(kept)
    found = await rebuild()
    assert (found.found, found.moves_aside) == (Found.BEHIND, False)
    assert "older than its head file" in found.problem
    rows = await held(desk, found, 1)
    assert [row.position for row in rows] == [1, 2, 3, 4]
    await desk.ledger.close()
    await found.close()
    with pytest.raises(LedgerUnusable, match="head file"):
        await desk.open()
    found = await rebuild()
    await held(desk, found)
    await found.complete()
    await found.close()
    await desk.open()
    assert await statuses(desk) == [PURCHASED, OWNED, NOT_SENT, NOT_SENT, NOT_SENT]


async def test_a_head_file_that_can_not_be_read_is_written_anew_when_complete(desk, rebuild):
    await desk.used()
    desk.head.write_text("{")
    found = await rebuild()
    assert found.found is Found.BEHIND
    found.open()
    await found.complete()
    await found.close()
    await desk.open()


async def test_without_a_place_for_head_files_a_rebuild_works_too(desk):
    desk.directory.mkdir()
    found = await Rebuild.begin(desk.directory, desk.key, clock=desk.clock, heads=None, inline=True)
    found.open()
    await found.complete()
    await found.close()
    assert desk.path.exists()


async def test_whoever_waited_for_a_rebuild_that_was_killed_makes_no_ledger_in_passing(
    desk, rebuild, clock, monkeypatch
):
    await desk.used()
    for create, words in ((True, "not complete"), (False, "not complete")):
        found = await rebuild()

        async def killed(_, found=found):
            desk.path.unlink(missing_ok=True)
            desk.head.unlink(missing_ok=True)
            rebuilding_path(desk.path).write_bytes(b"")
            await found.close()

        desk.path.write_bytes(desk.path.read_bytes() if desk.path.exists() else b"")
        with monkeypatch.context() as patch:
            patch.setattr(clock, "sleep", killed)
            with pytest.raises(LedgerUnusable, match=words):
                await desk.open(create=create, wait=10)
        assert not desk.path.exists()


async def test_a_newer_ledger_is_not_looked_at_and_its_lock_is_let_go(desk, rebuild):
    await desk.used()
    connection = apsw.Connection(str(desk.path))
    connection.pragma("user_version", 99)
    connection.close()
    for _ in range(2):
        with pytest.raises(LedgerUnusable, match="newer version"):
            await rebuild()


async def test_a_rebuild_that_can_not_be_put_in_place_is_said_to_be_so(desk, rebuild, monkeypatch):
    found = await rebuild()
    found.open()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(LedgerError, match="can't be put in place"):
            await found.complete()
    found = await rebuild()
    desk.ledger = found.open()
    reading = apsw.Connection(str(rebuilding_path(desk.path)))
    reading.execute("BEGIN; SELECT * FROM meta")
    await desk.begin()
    with pytest.raises(LedgerError, match="kept open by another program"):
        await found.complete()
    reading.close()
    found = await rebuild()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
        with pytest.raises(LedgerUnusable, match="can't be made anew"):
            found.open()


async def test_a_presence_is_fenced_by_version_and_keeps_what_the_run_paid_for_and_why_it_was_refused(desk):
    await desk.open(create=True)
    begun = await desk.begin()
    row, _ = await desk.claim(1)
    refusal = Refusal(1, 1, begun.run.name, code=-275, kind=CodeKind.FINAL)
    await desk.ledger.answer(begun, row, refusal, AnswerNote(code=-275))
    rows = await desk.ledger.unknown_rows(begun, -1, 2)
    assert rows == [UnknownRow(0, "12025550100", 0), UnknownRow(1, "12025550101", 2)]
    stale = await desk.ledger.rebuilt(begun, rows[1], Rebuilt(1, calibrated=True), NOTE)
    assert (stale.rule, stale.after.state) == ("A5", State.REFUSED)
    assert (await desk.ledger.rebuilt(begun, rows[1], Rebuilt(2, calibrated=True), NOTE)).after.state is State.HELD
    no_date = SeenNote(by="ann")
    assert (await desk.ledger.rebuilt(begun, rows[0], Rebuilt(0, calibrated=True), no_date)).after.state is State.HELD
    assert await desk.ledger.unknown_rows(begun, 4, 2) == []
    reader = desk.ledger.reader()
    told = list(reader.rows(begun.run))
    assert [(row.status, row.code, row.confirmed_by) for row in told[:2]] == [
        (OWNED, None, "inquiry"),
        (OWNED, -275, "inquiry"),
    ]
    assert reader.history("12025550101")[-1].reason == "rebuilt by ann, created 2026-11-03T04:05:06"
    assert reader.history("12025550100")[-1].reason == "rebuilt by ann"
    assert (reader.controls(5), reader.knows("12025550100"), reader.knows("1")) == ([], True, False)
    reader.close()
    again = await desk.ledger.begin(desk.many(5), InvocationFacts(desk.clock.now(), "ann", "desk", 1, "0.1"))
    assert [row.owned for row in await desk.ledger.open_rows(again, -1, 9)] == [True, True, False, False, False]
    await desk.ledger.close()
    assert verify_ledger(desk.directory, desk.key) > 0


async def test_what_a_run_gave_back_and_somebody_bought_again_stays_what_the_run_paid_for(desk):
    from batch.ledger.events import Vanished  # noqa: PLC0415 - the only test that gives back

    await desk.open(create=True)
    begun = await desk.begin()
    await desk.buy(0)
    row = await desk.ledger.row(begun, "12025550100")
    await desk.ledger.given_back(begun, row, Vanished(begun.run.name, 2, 99))
    [unknown] = await desk.ledger.unknown_rows(begun, -1, 1)
    await desk.ledger.rebuilt(begun, unknown, Rebuilt(unknown.version, calibrated=True), NOTE)
    reader = desk.ledger.reader()
    assert next(reader.rows(begun.run)).status is Status.RELEASED
    reader.close()
    await desk.ledger.close()
    assert verify_ledger(desk.directory, desk.key) > 0


async def test_what_is_moved_aside_twice_in_a_second_is_kept_twice(desk):
    desk.directory.mkdir()
    names = []
    for content in ("one", "two"):
        desk.path.write_text(content)
        names.append(set_aside(desk.path, "damaged", desk.clock.now()))
    assert [name.read_text() for name in names] == ["one", "two"]
    assert set_aside(desk.path, "damaged", desk.clock.now()) is None


async def test_a_journal_without_its_ledger_is_never_replayed_into_a_new_one(desk):
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    journal = desk.path.with_name(f"{desk.path.name}-wal")
    kept = journal.read_bytes()
    await desk.ledger.close()
    desk.path.unlink()
    desk.head.unlink()
    journal.write_bytes(kept)
    assert kept
    await desk.open(create=True)
    reader = desk.ledger.reader()
    assert reader.runs() == []
    reader.close()
    assert [path.read_bytes() for path in desk.directory.glob("*.lost-*-wal")] == [kept]
    assert ledger_path(desk.directory, desk.key) == desk.path
