"""A ledger's file looked at and copied without its lock: whole and agreeing, or in words what is not."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import apsw
import pytest

from batch.errors import LedgerForeign, LedgerUnusable, UsageError
from batch.ledger.records import InvocationEnd
from batch.ledger.sqlite import back_up, create_ledger, inspect_ledger, inspecting, key_of


def heads_of(desk):
    return lambda _: desk.heads


async def test_a_ledger_under_a_run_is_looked_at_and_agrees_with_its_head_file(desk):
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    found = inspect_ledger(desk.path, heads_of(desk))
    assert (found.key, found.entries, found.head_file) == (desk.key, 3, desk.head)
    assert found.written == desk.clock.now()
    assert found.size == desk.path.stat().st_size
    assert inspect_ledger(desk.path, lambda _: None).head_file is None
    assert inspect_ledger(desk.path, lambda _: desk.root / "none").head_file is None
    await desk.ledger.close()
    assert inspect_ledger(desk.path, heads_of(desk)).head == found.head


async def test_a_run_that_ends_while_the_ledger_is_looked_at_makes_it_no_older_one(desk, monkeypatch):
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    check_all = inspecting.check_all

    def slowly(connection):
        entries = check_all(connection)
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(asyncio.run, end()).result()
        return entries

    async def end():
        await desk.ledger.end(desk.begun, InvocationEnd(desk.clock.now(), 0))

    monkeypatch.setattr(inspecting, "check_all", slowly)
    assert inspect_ledger(desk.path, heads_of(desk)).entries == 3
    monkeypatch.undo()
    assert inspect_ledger(desk.path, heads_of(desk)).entries == 4


async def test_a_ledger_that_was_never_used_was_never_written(desk, clock):
    path = await create_ledger(desk.directory, desk.key, clock=clock, heads=None)
    found = inspect_ledger(path, heads_of(desk))
    assert (found.entries, found.written) == (0, None)


async def test_what_does_not_agree_is_named(desk, key):
    await desk.used()
    whole = desk.path.read_bytes()
    content = bytearray(whole)
    content[content.index(b"bought,1,1,")] ^= 1
    desk.path.write_bytes(content)
    with pytest.raises(LedgerUnusable, match="damaged"):
        inspect_ledger(desk.path, heads_of(desk))
    with pytest.raises(LedgerUnusable, match="damaged"):
        back_up(desk.path, key, desk.root / "copy", desk.clock)
    assert not list(desk.root.glob("copy*"))
    desk.path.write_bytes(whole)
    connection = apsw.Connection(str(desk.path))
    connection.execute("PRAGMA writable_schema = ON")
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'orders_of_number'").get
    connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = 'invocations_of_run'", (root,))
    connection.close()
    with pytest.raises(LedgerUnusable, match="malformed"):
        inspect_ledger(desk.path, heads_of(desk))


async def test_a_ledger_behind_its_head_file_or_under_another_name_is_told(desk, key):
    await desk.used(1)
    kept = desk.path.read_bytes()
    await desk.open()
    await desk.begin()
    await desk.buy(1)
    await desk.ledger.close()
    renamed = desk.path.with_name("renamed.ledger")
    shutil.copy(desk.path, renamed)
    with pytest.raises(LedgerForeign, match="under another name"):
        inspect_ledger(renamed, heads_of(desk))
    desk.path.write_bytes(kept)
    with pytest.raises(LedgerUnusable, match="older than its head file"):
        inspect_ledger(desk.path, heads_of(desk))


async def test_a_backup_is_one_whole_private_file_also_while_a_run_is_under_way(desk):
    await desk.open(create=True)
    await desk.begin()
    await desk.buy(0)
    copy = back_up(desk.path, desk.key, desk.root, desk.clock)
    assert copy.path == desk.root / f"{desk.path.stem}-20261103T120000Z.ledger-backup"
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    await desk.buy(1)
    assert key_of(copy.path) == desk.key
    assert sorted(path.name for path in desk.root.iterdir()) == sorted(["heads", "ledgers", copy.path.name])
    assert copy.entries == 3
    assert copy.path.read_bytes()[18:20] == b"\x01\x01", "no journal belongs to it"


async def test_a_backup_never_replaces_a_file_nor_follows_a_link(desk, monkeypatch):
    await desk.used()
    target = desk.root / "there"
    target.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        back_up(desk.path, desk.key, target, desk.clock)
    assert target.read_text() == "mine"
    link = desk.root / "link"
    link.symlink_to(desk.root / "nowhere")
    with pytest.raises(UsageError, match="is there already"):
        back_up(desk.path, desk.key, link, desk.clock)
    with pytest.raises(UsageError, match="No such file"):
        back_up(desk.path, desk.key, desk.root / "none" / "copy", desk.clock)
    (desk.root / ".copy.part").write_text("what a killed one left")
    late = desk.root / "copy"
    link_as = os.link

    def comes_meanwhile(one, other):
        late.write_text("mine")
        link_as(one, other)

    monkeypatch.setattr(os, "link", comes_meanwhile)
    with pytest.raises(UsageError, match="File exists"):
        back_up(desk.path, desk.key, late, desk.clock)
    assert late.read_text() == "mine"
    assert not list(desk.root.glob(".*.part"))


async def test_a_backup_needs_no_hard_links_and_replaces_nothing_without_them(desk, monkeypatch):
    await desk.used()

    def knows_none(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", knows_none)
    copy = back_up(desk.path, desk.key, desk.root / "copy", desk.clock)
    assert key_of(copy.path) == desk.key
    assert not list(desk.root.glob(".*.part"))


async def test_another_accounts_ledger_is_not_copied_as_this_ones(desk, key):
    await desk.used()
    with pytest.raises(LedgerUnusable, match="belongs to"):
        back_up(desk.path, replace(key, account="else"), desk.root / "copy", desk.clock)
