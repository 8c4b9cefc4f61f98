"""What is the embedded ledger's own: names of runs, plans of queries, releases, numbers of runs that are not under way."""

from __future__ import annotations

from dataclasses import replace

import apsw
import pytest
from support.ledgers import verify_ledger

from batch.codes import CodeKind
from batch.errors import LedgerUnusable, UsageError
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
    State,
    Success,
    Unanswered,
    Vanished,
)
from batch.ledger.records import InvocationFacts, Status
from batch.ledger.sqlite import connection as connections
from batch.ledger.sqlite import statements
from batch.ledger.sqlite.connection import _synchronise
from batch.ledger.sqlite.lock import LedgerLock
from batch.ledger.sqlite.making import create_ledger
from batch.ledger.sqlite.runs import run_key
from batch.ledger.states import Forbidden


async def test_a_runs_name_is_longer_where_another_has_its_beginning(desk):
    await desk.open(create=True)
    wanted = desk.many(1)
    seen = {}
    for i in range(100_000):
        key = run_key(replace(wanted, key=str(i)), desk.key)
        if key[:4] in seen:
            break
        seen[key[:4]] = i
    first = await desk.begin(replace(wanted, key=str(seen[key[:4]])))
    second = await desk.begin(replace(wanted, key=str(i)))
    assert (first.run.name, second.run.name) == (key[:4], key[:5])
    reader = desk.ledger.reader()
    assert reader.find(key[:4]).name == key[:4], "a whole name wins over a longer one"
    reader.close()


async def test_rows_that_share_their_fields_keep_them(desk):
    await desk.open(create=True)
    wanted = desk.many(3)
    shared = {"URI": "x@y"}
    rows = [replace(row, fields=shared) for row in wanted.rows]
    begun = await desk.begin(replace(wanted, rows=rows))
    assert [row.fields for row in await desk.ledger.open_rows(begun, -1, 9)] == [shared] * 3


async def test_a_run_that_is_not_there_is_not_resumed(desk):
    await desk.open(create=True)
    begun = await desk.begin()
    with pytest.raises(UsageError, match="no run 'zz'"):
        await desk.ledger.resume(replace(begun.run, name="zz"), InvocationFacts(desk.clock.now(), "a", "b", 1, "1"))


@pytest.mark.parametrize("kind", ["present", "absent", "success", "woken"])
async def test_a_run_that_is_not_under_way_is_resolved_by_another(desk, kind):
    await desk.open(create=True)
    first = await desk.begin()
    row, _ = await desk.claim(0)
    await desk.ledger.answer(first, row, Unanswered(1, 1, first.run.name), AnswerNote())
    await desk.ledger.close()
    await desk.open()
    second = await desk.begin(desk.many(2))
    doubt = await desk.ledger.doubt(row.number)
    seen = {"version": doubt.row.version, "age": 60.0, "calibrated": True}
    if kind == "present":
        await desk.ledger.verdict(row.number, Present(**seen, bought_by=first.run.name), SeenNote())
    elif kind != "success":
        await desk.ledger.verdict(row.number, Absent(**seen), SeenNote())
    if kind == "woken":
        led_to = await desk.ledger.answer(second, row, Unanswered(1, 1, first.run.name), AnswerNote())
        assert led_to.rule == "P9'"
    if kind in {"success", "woken"}:
        await desk.ledger.answer(second, row, Success(1, 1, first.run.name), AnswerNote())
    reader = desk.ledger.reader()
    status = next(reader.rows(first.run)).status
    reader.close()
    assert status is (Status.NOT_SENT if kind == "absent" else Status.PURCHASED)
    assert (await desk.ledger.totals(second)).bought == 0
    again = await desk.begin()
    assert (await desk.ledger.totals(again)).bought == (0 if kind == "absent" else 1)


async def releasing(desk):
    """A number bought, and the intent to give it back on disk."""
    await desk.open(create=True)
    begun = await desk.begin()
    row, _ = await desk.claim(0)
    bought = (await desk.bought(row)).after
    claimed = await desk.ledger.release(begun, row, Release(begun.run.name, bought.version, 0.0))
    assert (claimed.attempt, claimed.row.state) == (2, State.RELEASING)
    return row


async def statuses(desk, begun=None):
    """What the rows say, once the ledger was closed, found whole, and opened again."""
    await desk.ledger.close()
    await desk.open()
    assert verify_ledger(desk.directory, desk.key)
    reader = desk.ledger.reader()
    told = [row.status for row in reader.rows((begun or desk.begun).run)]
    reader.close()
    return told


@pytest.mark.parametrize(
    ("answer", "rule", "status"),
    [
        (Released, "R3", Status.RELEASED),
        (CertainlyNotSent, "R2", Status.PURCHASED),
        (ReleaseFailed, "R4", Status.PURCHASED),
    ],
)
async def test_a_release_is_recorded_by_its_answer(desk, answer, rule, status):
    row = await releasing(desk)
    event = answer(2, 1, desk.begun.run.name)
    assert (await desk.ledger.answer(desk.begun, row, event, AnswerNote())).rule == rule
    assert (await desk.ledger.totals(desk.begun)).bought == 1
    assert (await statuses(desk))[0] is status


async def test_what_vanished_was_released_by_others(desk):
    await desk.used(1)
    await desk.open()
    begun = await desk.begin()
    row = await desk.ledger.row(begun, "12025550100")
    with pytest.raises(Forbidden):
        await desk.ledger.given_back(begun, row, Vanished(begun.run.name, 2, 1.0))
    assert (await desk.ledger.given_back(begun, row, Vanished(begun.run.name, 2, 10.0))).rule == "R1'"
    assert (await statuses(desk))[0] is Status.RELEASED


async def test_what_is_gone_may_be_bought_again_when_a_person_says_so(desk):
    await desk.used(1)
    await desk.open()
    first = await desk.begin()
    second = await desk.begin(desk.many(2))
    row = await desk.ledger.row(second, "12025550100")
    await desk.ledger.owned(second, row, OwnedAnswer.GONE)
    assert [one.position for one in await desk.ledger.open_rows(second, -1, 9)] == [1]
    assert (await desk.ledger.given_back(second, row, Rebuy(2, 0.0))).rule == "O2"
    assert [one.position for one in await desk.ledger.open_rows(second, -1, 9)] == [0, 1]
    _, claimed = await desk.claim(0)
    assert (claimed.attempt, claimed.generation) == (2, 2)
    await desk.ledger.answer(second, row, Success(2, 2, second.run.name), AnswerNote())
    assert [(await desk.ledger.totals(one)).bought for one in (first, second)] == [1, 1]
    assert (await statuses(desk, first))[0] is Status.RELEASED
    assert (await statuses(desk, second))[0] is Status.PURCHASED


@pytest.mark.parametrize(
    ("kind", "age", "rule", "status"),
    [
        (Absent, 60.0, "R6", Status.RELEASED),
        (Present, 60.0, "R6", Status.PURCHASED),
        (Absent, 1.0, "R5", Status.PURCHASED),
    ],
)
async def test_a_release_in_doubt_is_resolved_by_the_inquiry(desk, kind, age, rule, status):
    row = await releasing(desk)
    led_to = await desk.ledger.answer(desk.begun, row, ReleaseFailed(2, 1, desk.begun.run.name), AnswerNote())
    assert led_to.rule == "R4"
    [doubt] = await desk.ledger.adopt()
    event = kind(version=doubt.row.version, age=age, calibrated=True)
    assert (await desk.ledger.verdict(row.number, event, SeenNote())).rule == rule
    assert (await desk.ledger.totals(desk.begun)).bought == 1
    assert (await statuses(desk))[0] is status


async def change(desk, statement):
    """Change the ledger behind the program's back, and open it again."""
    await desk.ledger.close()
    connection = apsw.Connection(str(desk.path))
    connection.execute(statement)
    connection.close()
    await desk.open()


async def test_a_refusal_that_its_row_has_forgotten_stands_by_the_number(desk, monkeypatch):
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    await desk.open(create=True)
    await desk.begin()
    row, _ = await desk.claim(0)
    event = Refusal(1, 1, desk.begun.run.name, code=-275, kind=CodeKind.FINAL)
    await desk.ledger.answer(desk.begun, row, event, AnswerNote(code=-275))
    await change(desk, "DELETE FROM outcomes")
    await desk.begin()
    row, claimed = await desk.claim(0)
    assert claimed.why is None


async def test_what_was_bought_without_a_known_order_does_not_differ(desk, monkeypatch):
    monkeypatch.setattr(connections, "CHECKED_WHOLE", 0)
    await desk.used(1)
    await desk.open()
    await change(desk, "DELETE FROM attempts")
    begun = await desk.begin(desk.many(2))
    row = await desk.ledger.row(begun, "12025550100")
    await desk.ledger.owned(begun, row, OwnedAnswer.OWNED)
    reader = desk.ledger.reader()
    assert next(reader.rows(begun.run)).differs == ()
    reader.close()


def test_a_file_system_that_cannot_keep_the_journal_is_refused(tmp_path):
    connection = apsw.Connection(":memory:")
    with pytest.raises(LedgerUnusable, match="survives a power cut"):
        _synchronise(connection, tmp_path)
    connection.close()


async def test_two_that_make_the_same_ledger_make_it_once(desk, monkeypatch):
    take = LedgerLock.take

    async def slowly(path, clock, wait=0):
        monkeypatch.setattr(LedgerLock, "take", take)
        await create_ledger(desk.directory, desk.key, clock=clock, heads=None)
        made.append(desk.path.read_bytes())
        return await take(path, clock, wait)

    made = []
    monkeypatch.setattr(LedgerLock, "take", slowly)
    await create_ledger(desk.directory, desk.key, clock=desk.clock, heads=None)
    assert made == [desk.path.read_bytes()]


def scans(plan):
    return [line for *_, line in plan if line.startswith("SCAN")]


@pytest.mark.parametrize(
    "name",
    [
        "FOR_CLAIM",
        "OPEN_ROWS",
        "ROWS",
        "ROW_OF_NUMBER",
        "LOST_ROWS",
        "BOUGHT_ROWS",
        "UNPRICED",
        "IS_KNOWN",
        "NUMBER",
        "ATTEMPTS_OF_NUMBER",
        "PUT_END",
        "CHANGE_NUMBER",
        "OUTCOME",
        "ORDER",
        "LAST_ENTRY",
    ],
)
async def test_no_query_a_row_reads_a_whole_table(desk, name):
    await desk.used()
    connection = apsw.Connection(str(desk.path))
    query = getattr(statements, name)
    if ":" in query:
        bound = {"run": 1, "name": "x", "after": 0, "count": 9, "again": 0, "rebuy": 0}
    else:
        bound = (1,) * (1 if "?1" in query else query.count("?"))
    plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", bound).fetchall()
    connection.close()
    assert [one for one in scans(plan) if one not in {"SCAN (subquery-1)", "SCAN CONSTANT ROW", "SCAN journal"}] == []
    assert not [line for *_, line in plan if "USE TEMP B-TREE" in line]


async def test_what_a_run_gave_back_stays_so_whoever_owns_the_number_now(desk):
    row = await releasing(desk)
    await desk.ledger.answer(desk.begun, row, Released(2, 1, desk.begun.run.name), AnswerNote())
    await desk.ledger.owned(desk.begun, row, OwnedAnswer.OWNED)
    assert (await statuses(desk))[0] is Status.RELEASED
