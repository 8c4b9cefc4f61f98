"""The head file: an older ledger, another one, or none in its place is noticed before anything is bought."""

from __future__ import annotations

import json
import shutil

import pytest

from batch.errors import LedgerError, LedgerUnusable
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
