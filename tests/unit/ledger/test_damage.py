"""A byte changed, a tail cut off, a file of another version or of no ledger at all: noticed before anything is bought."""

from __future__ import annotations

import random
import shutil
from decimal import Decimal

import apsw
import pytest
from support.ledgers import verify_ledger

from batch.codes import CodeKind
from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.attempts import AnswerNote
from batch.ledger.events import Refusal, Success
from batch.ledger.records import Bounds, InvocationEnd
from batch.ledger.sqlite import SqliteReader, list_ledgers
from batch.ledger.sqlite import connection as connections
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.chain import verify
from batch.ledger.sqlite.codec import seal
from batch.ledger.sqlite.upgrades import VERSION


def change(desk, statement, values=()):
    """Change the ledger behind the program's back."""
    connection = apsw.Connection(str(desk.path))
    connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET reason = 'x' WHERE entry = 2",
        "UPDATE journal SET after = replace(after, 'bought', 'bougth') WHERE entry = 3",
        "UPDATE journal SET at = at + 1 WHERE entry = 1",
        "UPDATE journal SET hash = zeroblob(32) WHERE entry = 4",
        "DELETE FROM journal WHERE entry = 2",
        "DELETE FROM journal WHERE entry = 1",
        "DELETE FROM meta WHERE name = 'account'",
        "DELETE FROM meta WHERE name = 'id'",
        "UPDATE meta SET value = 'paradise' WHERE name = 'environment'",
        "UPDATE orders SET fields = replace(fields, 'a@b', 'a@c') WHERE position = 4",
        "DELETE FROM orders WHERE position = 4",
        "DELETE FROM numbers WHERE number = '12025550100'",
        "UPDATE attempts SET worst = '0.01'",
        "UPDATE attempts SET run = 'x'",
        "UPDATE attempts SET code = 1",
        "DELETE FROM attempts",
        "UPDATE outcomes SET setup = '0', monthly = '0'",
        "UPDATE outcomes SET verdict = 'released'",
        "UPDATE outcomes SET verdict = 'refused'",
        "UPDATE outcomes SET code = -220 WHERE verdict = 'refused'",
        "UPDATE outcomes SET code = code + 1 WHERE verdict = 'purchased'",
        "UPDATE runs SET key = 'x'",
        "UPDATE invocations SET exit_code = 0",
        "UPDATE invocations SET ended = NULL",
        (
            "INSERT INTO outcomes SELECT run, 4, verdict, why, code, reason, invocation, confirmed_at, confirmed_by, bought_in, differs, "
            "worst, setup, monthly, released_at, reserved_left, seal FROM outcomes WHERE position = 0"
        ),
        "UPDATE meta SET value = '1' WHERE name = 'created'",
        "UPDATE runs SET files = replace(files, 'o.xlsx', 'p.xlsx')",
        "UPDATE runs SET created = created + 1",
        "UPDATE invocations SET who = 'bob'",
        'UPDATE invocations SET settings = \'{"rate":"500"}\'',
        "UPDATE orders SET source_row = source_row + 1",
        "UPDATE orders SET note = 'x', country = 'FR'",
        "UPDATE attempts SET settled = 1 - settled",
        "UPDATE attempts SET outcome = 'refused', seconds = 9",
        "UPDATE attempts SET mark = 'k3q7x2ma'",
        "UPDATE attempts SET position = position + 1",
        "UPDATE attempts SET invocation = 7",
        "UPDATE outcomes SET worst = '0.01'",
        "UPDATE outcomes SET confirmed_by = 'inquiry', confirmed_at = 0",
        "UPDATE outcomes SET differs = '[\"URI\"]'",
        "UPDATE outcomes SET why = 'interrupted'",
        "UPDATE outcomes SET reserved_left = 1.0",
        "UPDATE numbers SET gone = 1",
        "UPDATE numbers SET since = since + 1",
        "UPDATE numbers SET seal = zeroblob(8)",
        "ALTER TABLE outcomes ADD COLUMN more",
        "CREATE INDEX more ON numbers (run)",
    ],
)
async def test_what_was_changed_is_noticed_when_the_ledger_is_opened(desk, statement):
    await desk.open(create=True)
    begun = await desk.begin()
    for index in range(2):
        await desk.buy(index)
    await desk.ledger.price(begun, 0, Decimal(1), Decimal(1))
    row, _ = await desk.claim(2)
    refusal = Refusal(1, 1, begun.run.name, code=-275, kind=CodeKind.FINAL)
    await desk.ledger.answer(begun, row, refusal, AnswerNote(code=-275))
    await desk.ledger.end(begun, InvocationEnd(desk.clock.now(), 4))
    await desk.ledger.close()
    assert verify_ledger(desk.directory, desk.key) == 9
    change(desk, statement)
    with pytest.raises(LedgerUnusable, match="damaged") as refused:
        await desk.open(heads=None)
    assert "numbatch resolve --rebuild ORDERS" in refused.value.remedy
    with pytest.raises(LedgerUnusable, match="damaged"):
        verify_ledger(desk.directory, desk.key)


SEALED = {
    "runs": sql.RUN_COLUMNS,
    "invocations": sql.INVOCATION_COLUMNS,
    "orders": sql.ORDER_COLUMNS,
    "attempts": sql.ATTEMPT_COLUMNS,
    "outcomes": sql.OUTCOME_COLUMNS,
}


def change_and_seal(desk, statement):
    """Change the ledger as one would who knows how its rows are sealed, or as a disk that puts an older page back."""
    change(desk, statement)
    connection = apsw.Connection(str(desk.path))
    for table, columns in SEALED.items():
        for *values, kept in connection.execute(f"SELECT {columns} FROM {table}").fetchall():  # noqa: S608
            connection.execute(f"UPDATE {table} SET seal = ? WHERE seal = ?", (seal(tuple(values)), kept))  # noqa: S608
    connection.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE attempts SET worst = '0.01'", "attempt 1 on"),
        ("UPDATE attempts SET mark = 'a1b2c3d4e5'", "attempt 1 on"),
        ("UPDATE attempts SET entry = entry + 1", "attempt 1 on"),
        ("UPDATE attempts SET code = 1", "the answer to attempt 1 on"),
        ("DELETE FROM attempts WHERE number = '12025550101'", "the count of its attempts"),
        ("UPDATE outcomes SET setup = '0', monthly = '0' WHERE position = 0", "what run"),
        ("UPDATE outcomes SET verdict = 'released' WHERE position = 0", "what run"),
        ("UPDATE outcomes SET code = -220 WHERE position = 2", "what refused"),
        ("DELETE FROM outcomes WHERE position = 0", "the count of its purchases"),
        ("UPDATE outcomes SET position = 99 WHERE position = 0", "is missing"),
        ("UPDATE runs SET key = 'x'", "the list of its runs"),
        ("UPDATE runs SET created = created + 1", "the list of its runs"),
        ("DELETE FROM orders WHERE position = 4", "the count of run"),
        ("UPDATE invocations SET exit_code = 0", "the end of invocation 1"),
        ("UPDATE invocations SET ended = NULL", "the count of its invocations"),
        ("DELETE FROM numbers WHERE number = '12025550101'", "the count of its numbers"),
    ],
)
async def test_a_row_that_is_sealed_but_not_what_the_chain_led_to_is_noticed(desk, statement, words):
    await desk.open(create=True)
    begun = await desk.begin()
    for index in range(2):
        await desk.buy(index)
    row, _ = await desk.claim(2)
    refusal = Refusal(1, 1, begun.run.name, code=-275, kind=CodeKind.FINAL)
    await desk.ledger.answer(begun, row, refusal, AnswerNote(code=-275))
    await desk.ledger.end(begun, InvocationEnd(desk.clock.now(), 4))
    await desk.ledger.close()
    change_and_seal(desk, statement)
    with pytest.raises(LedgerUnusable, match=words):
        await desk.open(heads=None)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM attempts", "attempt 1 on 12025550100 is missing"),
        ("DELETE FROM invocations", "invocation 1 is missing"),
        ("DELETE FROM orders WHERE position = 1", "row 1 of run"),
    ],
)
async def test_a_row_that_went_missing_under_a_long_ledger_is_noticed_when_it_is_needed(
    desk, statement, words, monkeypatch
):
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    await desk.open(create=True)
    begun = await desk.begin()
    row, _ = await desk.claim(0)
    await desk.buy(1)
    await desk.ledger.close()
    change(desk, statement)
    await desk.open()
    needed = {
        "attempts": lambda: desk.ledger.answer(begun, row, Success(1, 1, begun.run.name), AnswerNote()),
        "invocations": lambda: desk.ledger.end(begun, InvocationEnd(desk.clock.now(), 4)),
        "orders": lambda: desk.ledger.price(begun, 1, Decimal(1), Decimal(1)),
    }
    with pytest.raises(LedgerError, match=words):
        await needed[statement.split()[2]]()


async def test_what_a_bound_hangs_on_is_read_by_its_seals_under_a_long_ledger(desk, monkeypatch):
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    for statement in ("UPDATE attempts SET settled = 1", "UPDATE outcomes SET worst = '0.01'"):
        await desk.open(create=True)
        await desk.begin()
        await desk.buy(0)
        await desk.claim(1)
        await desk.ledger.close()
        change(desk, statement)
        await desk.open()
        with pytest.raises(LedgerUnusable, match="does not agree with its seal"):
            await desk.begin()
        await desk.ledger.close()
        for path in (desk.path, desk.head):
            path.unlink()


@pytest.mark.parametrize(
    ("statement", "is_known"),
    [
        ("UPDATE OR REPLACE journal SET number = CAST(x'61b562' AS TEXT)", True),
        ("UPDATE OR REPLACE numbers SET number = CAST(x'61b562' AS TEXT)", True),
        ("UPDATE OR REPLACE attempts SET number = CAST(x'61b562' AS TEXT)", True),
        ("UPDATE meta SET value = CAST(x'61b562' AS TEXT)", False),
    ],
)
async def test_text_that_is_no_text_any_more_is_damage_and_no_fault_of_the_program(desk, statement, is_known):
    await desk.used()
    change(desk, statement)
    with pytest.raises(LedgerUnusable, match="damaged"):
        await desk.open(heads=None)
    with pytest.raises(LedgerError, match="damaged"):
        verify_ledger(desk.directory, desk.key)
    if is_known:
        assert list_ledgers(desk.directory) == [desk.key]
    else:
        with pytest.raises(LedgerUnusable, match="damaged"):
            list_ledgers(desk.directory)


async def test_a_tail_that_was_cut_off_is_noticed_by_the_states_and_by_the_head_file(desk, monkeypatch):
    await desk.used()
    change(desk, "DELETE FROM journal WHERE entry = (SELECT max(entry) FROM journal)")
    with pytest.raises(LedgerUnusable, match="does not agree with its chain"):
        await desk.open()
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    with pytest.raises(LedgerUnusable, match="older than its head file"):
        await desk.open()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE numbers SET state = 'free', buyer = ''",
        "UPDATE numbers SET state = 'nowhere'",
        "UPDATE numbers SET lost = 'x'",
        "UPDATE numbers SET kind = 'x'",
        "UPDATE numbers SET lost = 7",
        "UPDATE numbers SET number = number || '1'",
    ],
)
async def test_a_state_that_was_changed_is_noticed_before_it_is_bought_on(desk, statement, monkeypatch):
    await desk.used(1)
    change(desk, statement)
    for whole in (20_000, 0):
        monkeypatch.setattr(connections, "CHECKED_WHOLE", whole)
        with pytest.raises(LedgerUnusable, match="damaged"):
            await desk.open()


async def test_an_order_that_was_changed_is_noticed_before_it_is_sent(desk, monkeypatch):
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    await desk.used(1)
    change(desk, "UPDATE orders SET fields = replace(fields, 'a@b', 'a@c')")
    await desk.open()
    await desk.begin()
    with pytest.raises(LedgerUnusable, match="does not agree with its seal"):
        await desk.ledger.open_rows(desk.begun, -1, 9)
    with pytest.raises(LedgerUnusable, match="does not agree with its seal"):
        await desk.ledger.row(desk.begun, "12025550103")


async def test_a_row_without_its_attempt_is_noticed(desk, monkeypatch):
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    await desk.open(create=True)
    await desk.begin()
    row, _ = await desk.claim(0)
    await desk.ledger.close()
    change(desk, "DELETE FROM attempts")
    await desk.open()
    name = desk.begun.run.name
    begun = await desk.begin(desk.many(4))
    with pytest.raises(LedgerUnusable, match="attempt of run"):
        await desk.ledger.answer(begun, row, Success(1, 1, name), AnswerNote())


@pytest.mark.parametrize("seed", range(30))
async def test_any_byte_that_is_changed_is_noticed_or_changes_nothing_that_is_bought(desk, seed):
    await desk.used(2)
    chance = random.Random(seed)  # noqa: S311 - which byte, and no secret
    content = bytearray(desk.path.read_bytes())
    where = chance.randrange(len(content))
    content[where] ^= chance.randrange(1, 256)
    desk.path.write_bytes(content)
    try:
        await desk.open()
        await desk.begin()
        rows = await desk.ledger.open_rows(desk.begun, -1, 9)
        assert [(row.position, dict(row.fields), row.price) for row in rows] == [
            (i, {"URI": "a@b"}, 2) for i in (2, 3, 4)
        ]
        for row in rows:
            assert (await desk.ledger.claim(desk.begun, row, Bounds())).attempt == 1
    except LedgerError:
        return  # noticed


@pytest.mark.parametrize("kept", [0, 100, 4096, 20000])
async def test_a_file_that_was_cut_off_is_refused(desk, kept):
    await desk.used()
    content = desk.path.read_bytes()
    desk.path.write_bytes(content[:kept])
    with pytest.raises(LedgerUnusable):
        await desk.open()
    with pytest.raises(LedgerError):
        read_everything(desk)


def read_everything(desk):
    reader = SqliteReader.open(desk.directory, desk.key)
    run = reader.find(None)
    return list(reader.rows(run)), list(reader.attempts(run)), reader.report(run)


async def test_a_file_of_another_program_is_refused(desk):
    await desk.used()
    desk.path.write_text("this is a letter to a friend, and no ledger\n" * 100)
    for opened in (desk.open, lambda: desk.open(create=True)):
        with pytest.raises(LedgerUnusable):
            await opened()
    desk.path.unlink()
    change(desk, "CREATE TABLE t (x)")
    with pytest.raises(LedgerUnusable, match="is no ledger"):
        await desk.open()
    with pytest.raises(LedgerUnusable, match="is no ledger"):
        list_ledgers(desk.directory)


async def test_a_ledger_of_a_newer_version_is_never_written(desk):
    await desk.used()
    change(desk, f"PRAGMA user_version = {VERSION + 1}")
    before = desk.path.read_bytes()
    with pytest.raises(LedgerUnusable, match="newer version"):
        await desk.open()
    with pytest.raises(LedgerUnusable, match="newer version"):
        SqliteReader.open(desk.directory, desk.key)
    assert desk.path.read_bytes() == before


async def test_only_the_end_of_a_long_chain_is_checked_when_opened_and_all_of_it_when_asked(desk, monkeypatch):
    await desk.used(5)
    change(desk, "UPDATE journal SET reason = 'x' WHERE entry = 2")
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    monkeypatch.setattr(connections, "CHECKED_ENTRIES", 3)
    await desk.open()
    connection = desk.ledger._store.connection
    with pytest.raises(LedgerUnusable, match="entry 2"):
        verify(connection)
    assert verify(connection, 9) == 3
    with pytest.raises(LedgerUnusable, match="entry 99"):
        verify(connection, 100)


async def test_a_malformed_file_is_found_by_sqlites_own_check(desk):
    await desk.used()
    connection = apsw.Connection(str(desk.path))
    connection.execute("PRAGMA writable_schema = ON")
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'orders_of_number'").get
    connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = 'invocations_of_run'", (root,))
    connection.close()
    with pytest.raises(LedgerUnusable):
        await desk.open()
    with pytest.raises(LedgerUnusable, match="malformed"):
        verify_ledger(desk.directory, desk.key)


async def test_a_copy_of_the_files_is_as_good_as_the_ledger(desk):
    """The journal beside the ledger belongs to it: both together are what was acknowledged."""
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    shutil.copytree(desk.directory, desk.root / "copy", ignore=shutil.ignore_patterns("*-shm"))
    reader = SqliteReader.open(desk.root / "copy", desk.key)
    assert [row.status for row in reader.rows(reader.find(None))].count("purchased") == 1
    reader.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET fields = replace(fields, 'a@b', 'a@c')",
        "UPDATE outcomes SET verdict = 'refused'",
        "UPDATE attempts SET outcome = 'refused'",
        "UPDATE invocations SET who = 'bob'",
        "UPDATE runs SET files = replace(files, 'o.xlsx', 'p.xlsx')",
    ],
)
async def test_no_report_is_written_of_what_was_changed(desk, statement):
    await desk.used()
    change(desk, statement)
    with pytest.raises(LedgerError, match="does not agree with its seal") as refused:
        read_everything(desk)
    assert "resolve --rebuild" in refused.value.remedy
