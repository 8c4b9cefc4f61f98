"""Where a ledger lies, and who may read it."""

from __future__ import annotations

import os
import stat

import pytest

from batch.errors import LedgerUnusable
from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import SqliteReader, create_ledger, ledger_path, list_ledgers, making, place


def keys():
    return [
        LedgerKey("multitel", Environment.LIVE, "acme"),
        LedgerKey("multitel", Environment.LIVE, "ACME"),
        LedgerKey("multitel", Environment.LIVE, "acme "),
        LedgerKey("multitel", Environment.REHEARSAL, "acme"),
        LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:1"),
        LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:2"),
        LedgerKey("multitel", Environment.LIVE, "../../etc/passwd"),
        LedgerKey("multitel", Environment.LIVE, "é\0/" * 100),
        LedgerKey("multitel", Environment.LIVE, ""),
    ]


def test_no_two_keys_share_a_file_and_every_name_is_safe(tmp_path):
    paths = [ledger_path(tmp_path, key) for key in keys()]
    assert len({str(path).lower() for path in paths}) == len(paths)
    for path in paths:
        assert path.parent == tmp_path
        assert path.name.isascii()
        assert len(path.name) < 128


async def test_every_ledger_of_a_directory_is_listed_by_its_own_word(tmp_path, clock):
    wanted = keys()
    for key in wanted:
        await create_ledger(tmp_path, key, clock=clock, heads=None)
    (tmp_path / "a-note.ledger").write_text("not one")
    (tmp_path / "empty.ledger").touch()
    assert sorted(list_ledgers(tmp_path), key=repr) == sorted(wanted, key=repr)
    assert list_ledgers(tmp_path / "nowhere") == []


async def test_ledger_lock_and_head_are_for_their_owner_only(desk):
    os.umask(0)
    await desk.used()
    for path in (desk.path, desk.head, place.lock_path(desk.path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (desk.directory, desk.heads):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


async def test_the_journal_beside_the_ledger_is_for_its_owner_too(desk):
    await desk.open(create=True)
    await desk.begin()
    for path in desk.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


async def test_there_is_none_unless_it_is_made(desk):
    with pytest.raises(LedgerUnusable, match="numbatch init") as refused:
        await desk.open()
    assert str(desk.directory) in str(refused.value)
    assert not desk.directory.exists()
    with pytest.raises(LedgerUnusable, match="numbatch init"):
        SqliteReader.open(desk.directory, desk.key)
    assert await create_ledger(desk.directory, desk.key, clock=desk.clock, heads=desk.heads) == desk.path
    assert await create_ledger(desk.directory, desk.key, clock=desk.clock, heads=desk.heads) == desk.path
    await desk.open()


async def test_a_rehearsals_place_is_named_when_its_ledger_is_missing(desk, clock):
    desk.key = LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:7")
    with pytest.raises(LedgerUnusable, match=r"127\.0\.0\.1:7"):
        await desk.open()


@pytest.mark.parametrize("which", ["ledger", "lock", "head"])
async def test_no_symbolic_link_is_followed(desk, which):
    await desk.used()
    path = {"ledger": desk.path, "lock": place.lock_path(desk.path), "head": desk.head.with_suffix(".head-new")}[which]
    elsewhere = desk.root / "elsewhere"
    if path.exists():
        path.rename(elsewhere)
    else:
        elsewhere.write_text("precious")
    before = elsewhere.read_bytes()
    path.symlink_to(elsewhere)
    if which == "head":
        await desk.open()
    with pytest.raises(LedgerUnusable, match="symbolic link"):
        await (desk.ledger.close() if which == "head" else desk.open())
    assert elsewhere.read_bytes() == before


async def test_a_directory_in_the_ledgers_place_is_refused(desk):
    await desk.used()
    desk.path.unlink()
    desk.path.mkdir()
    with pytest.raises(LedgerUnusable, match="plain file"):
        SqliteReader.open(desk.directory, desk.key)


async def test_what_the_system_refuses_is_said(desk, monkeypatch):
    desk.directory.parent.mkdir(exist_ok=True)
    desk.directory.write_text("a file in its way")
    with pytest.raises(LedgerUnusable, match="is no directory"):
        await desk.open(create=True)
    with pytest.raises(LedgerUnusable, match="is no directory"):
        place.refuse_link(desk.directory / "x")
    with pytest.raises(LedgerUnusable, match="can't be read: File name too long"):
        place.refuse_link(desk.root / ("x" * 300))
    with pytest.raises(LedgerUnusable, match="can't be opened"):
        place.open_private(desk.root / "none" / "x", os.O_RDWR)


async def test_a_ledger_that_could_not_be_made_leaves_nothing(desk, monkeypatch):
    def full(directory):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "sync_directory", full)
    with pytest.raises(LedgerUnusable, match="No space left"):
        await desk.open(create=True)
    monkeypatch.undo()
    await desk.open(create=True)


async def test_the_file_of_another_account_is_refused(desk):
    await desk.used()
    other = LedgerKey("multitel", Environment.REHEARSAL, "else", "127.0.0.1:1")
    desk.path.rename(ledger_path(desk.directory, other))
    desk.key = other
    with pytest.raises(LedgerUnusable, match="belongs to multitel, rehearsal, account 'acme'"):
        await desk.open(heads=None)
    with pytest.raises(LedgerUnusable, match="belongs to"):
        SqliteReader.open(desk.directory, desk.key)
