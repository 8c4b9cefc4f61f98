"""The head file: an older ledger, another one, or none in its place is noticed before anything is bought."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.records import Head
from batch.ledger.sqlite import create_ledger, ledger_path
from batch.ledger.sqlite.heads import HeadFile


async def copy_of(desk):
    """The ledger's file as it is now, for putting back later."""
    kept = desk.root / "backup"
    shutil.copy(desk.path, kept)
    return kept


async def test_an_older_ledger_put_back_is_refused(desk):
    await desk.used(1)
    kept = await copy_of(desk)
    await desk.open()
    await desk.begin()
    await desk.buy(1)
    await desk.ledger.close()
    shutil.copy(kept, desk.path)
    with pytest.raises(LedgerUnusable, match="older than its head file") as refused:
        await desk.open()
    assert "numbatch resolve --rebuild ORDERS" in refused.value.remedy


async def test_an_older_ledger_that_was_used_since_is_refused(desk):
    await desk.used(1)
    kept = await copy_of(desk)
    await desk.open()
    await desk.begin()
    await desk.buy(1)
    await desk.ledger.close()
    shutil.copy(kept, desk.path)
    await desk.open(heads=None)
    await desk.begin()
    for index in (2, 3, 4):
        await desk.buy(index)
    await desk.ledger.close()
    with pytest.raises(LedgerUnusable, match="another history"):
        await desk.open()


async def test_a_head_file_that_lags_behind_is_fine(desk):
    await desk.used(1)
    head = desk.head.read_bytes()
    await desk.open()
    await desk.begin()
    await desk.buy(1)
    await desk.ledger.close()
    desk.head.write_bytes(head)
    await desk.open()


async def test_another_ledger_in_its_place_is_refused(desk, clock):
    await desk.used()
    await create_ledger(desk.root / "other", desk.key, clock=clock, heads=None)
    shutil.copy(ledger_path(desk.root / "other", desk.key), desk.path)
    with pytest.raises(LedgerUnusable, match="not the one"):
        await desk.open()


async def test_a_missing_ledger_is_not_made_anew_where_a_head_file_knows_of_one(desk):
    await desk.used()
    desk.path.unlink()
    for create in (False, True):
        with pytest.raises(LedgerUnusable, match="says that there was one"):
            await desk.open(create=create)
    with pytest.raises(LedgerUnusable, match="says that there was one"):
        await create_ledger(desk.directory, desk.key, clock=desk.clock, heads=desk.heads)
    HeadFile(desk.heads, desk.key).path.unlink()
    await desk.open(create=True)


async def test_the_head_is_noted_before_the_first_claim_of_an_invocation(desk):
    await desk.open(create=True)
    await desk.begin()
    assert not desk.head.exists()
    await desk.claim(0)
    noted = json.loads(desk.head.read_text())
    assert noted["sequence"] == 1, "what was durable before the claim"
    await desk.claim(1)
    assert json.loads(desk.head.read_text()) == noted
    reader = desk.ledger.reader()
    await desk.ledger.close()
    head = reader.head()
    reader.close()
    assert json.loads(desk.head.read_text()) == {"ledger": head.ledger_id, "sequence": head.sequence, "hash": head.hash}


async def test_a_head_of_an_empty_ledger_agrees_with_it(desk):
    await desk.open(create=True)
    await desk.ledger.close()
    await desk.open()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"ledger": 1, "sequence": "x", "hash": ""}', "\ud800"])
async def test_a_head_file_that_is_none_is_refused(desk, content):
    await desk.used()
    desk.head.write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(LedgerUnusable, match="can't be read"):
        await desk.open()


async def test_nothing_is_claimed_where_the_head_cannot_be_noted(desk):
    await desk.open(create=True)
    await desk.begin()
    desk.heads.write_text("a file in its way")
    with pytest.raises(LedgerError):
        await desk.claim(0)
    assert (await desk.ledger.totals(desk.begun)).open == 0
    desk.heads.unlink()
    assert (await desk.claim(0))[1].attempt == 1


async def test_a_full_disk_keeps_the_noted_head(desk, monkeypatch):
    await desk.used()
    before = desk.head.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    await desk.open()
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LedgerError, match="No space left"):
        await desk.ledger.close()
    assert desk.head.read_bytes() == before
    monkeypatch.undo()
    await desk.open()


async def test_no_head_is_kept_where_none_is_wanted(desk):
    await desk.open(create=True, heads=None)
    await desk.begin()
    await desk.buy(0)
    await desk.ledger.close()
    assert not desk.heads.exists()


# The live head: what a killed process leaves -------------------------------------------------------------------------


def killed(desk):
    """The files as a kill leaves them at this moment: none is closed, none is missing."""
    left = type(desk)(desk.root / f"killed-{len(list(desk.root.iterdir()))}", desk.key, desk.clock)
    shutil.copytree(desk.directory, left.directory, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    shutil.copytree(desk.heads, left.heads)
    return left


def journal(desk):
    return desk.path.with_name(f"{desk.path.name}-wal")


def live(desk):
    return desk.head.with_suffix(".head-live")


async def killed_amid(desk, bought=4):
    """As a kill leaves it amid a run: the head file was written before the first purchase, and the rest is in the journal."""
    await desk.open(create=True)
    await desk.begin()
    for index in range(bought):
        await desk.buy(index)
    return killed(desk)


async def test_what_a_kill_leaves_is_opened(desk):
    left = await killed_amid(desk)
    await left.open()
    await left.ledger.close()


@pytest.mark.parametrize("frames", [1, 2, 5, 99])
async def test_a_journal_that_was_cut_after_a_kill_is_noticed(desk, frames):
    left = await killed_amid(desk)
    content = journal(left).read_bytes()
    journal(left).write_bytes(content[: max(len(content) - frames * (4096 + 24), 32 + 6 * (4096 + 24))])
    with pytest.raises(LedgerUnusable, match="older than its head file") as refused:
        await left.open()
    assert "numbatch resolve --rebuild ORDERS" in refused.value.remedy


async def test_a_journal_with_a_changed_byte_is_noticed(desk):
    left = await killed_amid(desk)
    content = bytearray(journal(left).read_bytes())
    content[-2000] ^= 1
    journal(left).write_bytes(content)
    with pytest.raises(LedgerUnusable):
        await left.open()


async def test_a_journal_that_was_deleted_after_a_kill_is_noticed(desk):
    await desk.used(0)
    await desk.open()
    await desk.begin()
    for index in range(3):
        await desk.buy(index)
    left = killed(desk)
    journal(left).unlink()
    with pytest.raises(LedgerUnusable, match="older than its head file"):
        await left.open()


async def test_a_copy_from_before_the_last_purchases_put_back_after_a_kill_is_noticed(desk):
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    earlier = killed(desk)
    await desk.buy(1)
    left = killed(desk)
    for path in earlier.directory.iterdir():
        shutil.copy(path, left.directory)
    with pytest.raises(LedgerUnusable, match="head-live says"):
        await left.open()


@pytest.mark.parametrize("left_over", [b"", b"\0" * 140, b"torn", None, "half", "flipped", "other"])
async def test_a_live_head_that_a_power_cut_left_torn_empty_or_missing_is_ignored(desk, left_over):
    left = await killed_amid(desk)
    content = live(left).read_bytes()
    if left_over is None:
        live(left).unlink()
    elif left_over == "half":
        live(left).write_bytes(content[:70])
    elif left_over == "flipped":
        live(left).write_bytes(content.replace(b"00000", b"00001", 1))
    elif left_over == "other":
        HeadFile(left.heads, left.key).follow(Head("f" * 32, 999, "0" * 64))
    else:
        live(left).write_bytes(left_over)
    await left.open()
    await left.ledger.close()


async def test_an_old_live_head_is_ignored(desk):
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    old = live(desk).read_bytes()
    await desk.buy(1)
    left = killed(desk)
    live(left).write_bytes(old)
    await left.open()
    await left.ledger.close()
    live(left).write_bytes(old)
    await left.open()
    await left.ledger.close()


async def test_a_live_head_can_t_stop_a_run_that_can_t_write_it(desk):
    await desk.used(1)
    live(desk).unlink()
    live(desk).symlink_to(desk.root / "elsewhere")
    await desk.open()
    await desk.begin()
    await desk.buy(1)
    assert not (desk.root / "elsewhere").exists()
    await desk.ledger.close()


async def test_a_head_that_is_set_back_on_purpose_is_not_held_against_the_live_one(desk):
    left = await killed_amid(desk)
    head = HeadFile(left.heads, left.key)
    head.write(head.read())
    assert live(left).read_bytes() == b""
    assert live(left).stat().st_mode & 0o077 == 0


async def test_a_ledger_that_is_killed_amid_a_run_and_cut_is_noticed(desk, tmp_path):
    """The same with a process that is really killed, while its writer works as fast as it can."""
    await desk.used(0)
    script = tmp_path / "buy.py"
    script.write_text(_BUYING)
    done = [sys.executable, str(script), str(desk.directory), str(desk.heads)]
    tests = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    process = await asyncio.create_subprocess_exec(*done, stdout=asyncio.subprocess.PIPE, env=environment)
    while (line := await process.stdout.readline()).strip() != b"40":
        assert line, "it has ended"
    process.kill()
    await process.wait()
    left = killed(desk)
    content = journal(left).read_bytes()
    await desk.open()
    assert HeadFile(desk.heads, desk.key).read().sequence < 10
    assert desk.ledger._store.chain.committed.sequence > 80
    await desk.ledger.close()
    journal(left).write_bytes(content[: -20 * (4096 + 24)])
    with pytest.raises(LedgerUnusable, match="head-live says"):
        await left.open()


_BUYING = """
import asyncio, sys
from pathlib import Path
from batch.clock import SystemClock
from batch.ledger.events import Success
from batch.ledger.attempts import AnswerNote
from batch.ledger.records import Bounds, Environment, InvocationFacts, LedgerKey
from batch.ledger.sqlite import SqliteLedger
from support.ledgers import NOON, orders

async def buy():
    key = LedgerKey("multitel", Environment.REHEARSAL, "acme")
    ledger = await SqliteLedger.open(Path(sys.argv[1]), key, clock=SystemClock(), heads=Path(sys.argv[2]), create=False)
    begun = await ledger.begin(orders("many", 5000), InvocationFacts(NOON, "ann", "desk", 1, "0.1"))
    for count, row in enumerate(await ledger.open_rows(begun, -1, 5000)):
        claimed = await ledger.claim(begun, row, Bounds())
        await ledger.answer(begun, row, Success(claimed.attempt, claimed.generation, begun.run.name), AnswerNote())
        print(count, flush=True)

asyncio.run(buy())
"""


async def test_a_reader_tells_each_hash_of_the_chain_and_that_nothing_was_rebuilt(desk):
    await desk.used()
    await desk.open()
    reader = desk.ledger.reader()
    head = reader.head()
    assert reader.hash_of(0) == "0" * 64
    assert reader.hash_of(head.sequence) == head.hash
    assert reader.hash_of(head.sequence + 1) is None
    assert reader.rebuilt() is None
    reader.close()
    await desk.ledger.close()
