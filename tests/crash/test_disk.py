"""Disks that are full, that fail, or that may not be written: what is bought is known, and what is wrong is said."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.agreement import rows_of
from support.hardship import Shop, enlarge, fill, injecting, open_shop, plain_user, small_disk, tool

from batch.cli import buying, main

_NO_ROOM = ("disk is full", "disk refuses", "No space left")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as shop:
        yield shop


def ends_for_its_disk(shop: Shop, done: subprocess.CompletedProcess[str]) -> None:
    """It halted (5, or 6 where doubt is left) or could not begin (2), said why, and no row is wrong."""
    assert done.returncode in {2, 5, 6}, done.stderr
    assert any(words in done.stdout + done.stderr for words in _NO_ROOM), done.stdout + done.stderr
    if done.returncode == 2:
        assert shop.sent == 0
    if shop.results.exists():
        assert shop.wrong(doubt=True) == []
        assert ("in doubt" in rows_of(shop.results).values()) == (done.returncode == 6)


# Full ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("room", [64, 160, 256])
def test_a_full_ledgers_disk_halts_and_all_is_well_once_there_is_room(shop, tmp_path, room):
    with small_disk(tmp_path / "ledgers", f"size={room}k") as disk:
        ends_for_its_disk(shop, shop.run("--ledger", disk))
        enlarge(disk)
        shop.ends_well("--ledger", disk)


@pytest.mark.slow
@pytest.mark.parametrize("largest", [100, 90_000])
def test_a_limit_on_the_size_of_files_is_as_a_full_disk(shop, largest):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    ends_for_its_disk(shop, shop.run(preexec_fn=limited))
    shop.ends_well()


def test_a_disk_without_room_for_another_file_sends_nothing(shop, tmp_path):
    with small_disk(tmp_path / "ledgers", "nr_inodes=4") as disk:
        done = shop.run("--ledger", disk)
        assert (done.returncode, shop.sent) == (2, 0)
        assert "can't be opened" in done.stderr
        enlarge(disk)
        shop.ends_well("--ledger", disk)


def test_nothing_is_sent_when_the_head_file_can_not_be_written(shop):
    with small_disk(shop.numbatch.home / ".config", "size=64k") as disk:
        filler = fill(disk)
        done = shop.run()
        assert (done.returncode, shop.sent) == (5, 0)
        assert "head file" in done.stdout
        assert "No space left" in done.stdout
        assert set(rows_of(shop.results).values()) == {"not sent"}
        filler.unlink()
        shop.ends_well()


def test_when_everything_is_on_one_full_disk_nothing_is_sent_and_the_old_workbook_is_intact(tmp_path):
    with small_disk(tmp_path / "all", "size=400k") as disk, open_shop(disk) as shop:
        shop.numbatch.environ["TMPDIR"] = str(disk)
        assert shop.run("--limit", "3").returncode == 8
        before = shop.results.read_bytes()
        filler = fill(disk)
        done = shop.run()
        assert (done.returncode, shop.sent) == (5, 3), done.stderr
        assert "the disk is full" in done.stderr
        assert shop.results.read_bytes() == before
        filler.unlink()
        enlarge(disk)
        shop.ends_well()


def test_a_results_disk_that_is_full_keeps_the_old_workbook_and_no_half_one(shop, tmp_path):
    with small_disk(tmp_path / "results", "size=64k") as disk:
        wanted = disk / "results.xlsx"
        shop.run("-o", wanted, "--limit", "3")
        before = wanted.read_bytes()
        filler = fill(disk)
        done = shop.run("-o", wanted)
        assert done.returncode == 0, done.stderr
        assert "No space left" in done.stderr
        assert "What stands there is older" in done.stderr
        assert wanted.read_bytes() == before
        assert sorted(disk.iterdir()) == [filler, wanted]
        elsewhere = Path(done.stdout.splitlines()[-1])
        assert elsewhere.parent == shop.state
        assert shop.wrong(elsewhere) == []
        filler.unlink()
        [remedy] = [line for line in done.stderr.splitlines() if "numbatch report" in line]
        words = remedy.partition("`numbatch ")[2].partition("`")[0].split()
        assert shop.numbatch(*words).returncode == 0
        assert shop.wrong(wanted) == []


def test_a_run_whose_workbook_fits_nowhere_exits_1_though_all_is_bought(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop.numbatch.cwd)
    monkeypatch.setattr(buying, "deliver", lambda *_, **__: None)
    monkeypatch.setenv("HOME", str(shop.numbatch.home))
    for name, value in shop.numbatch.environ.items():
        monkeypatch.setenv(name, value)
    assert main.run(["run", str(shop.orders), "--json"]) == 1
    assert '"results": null' in capsys.readouterr().out
    assert len(shop.charged) == 20


# Failing ------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["fdatasync:error=EIO:when={}", "pwrite64:error=ENOSPC:when={}+"])
def test_a_disk_that_fails_at_an_intent_sends_nothing_and_at_an_outcome_leaves_doubt(shop, fault):
    """The first calls are those of the run's beginning; then each number has one for its intent, one for its outcome."""
    assert shop.numbatch("init", "--offline").returncode == 0
    journal = Path(f"{shop.ledger}-wal")
    every = 1 if "fdatasync" in fault else 5
    seen = set()
    for call in range(1, 6 * every, every):
        sent = shop.sent
        done = shop.run("--workers", "1", under=injecting(fault.format(call), journal))
        ends_for_its_disk(shop, done)
        seen.add(done.returncode)
        if done.returncode == 5 and shop.results.exists():
            # At the intent: what was sent before it has its outcome, and is charged in the workbook.
            assert list(rows_of(shop.results).values()).count("purchased") == len(shop.charged)
        assert shop.sent - sent <= 2
    assert seen == {5, 6}
    shop.ends_well()


# Not to be written --------------------------------------------------------------------------------------------------------


def _heads(shop: Shop) -> Path:
    [path] = (shop.numbatch.home / ".config" / "numbatch" / "heads").iterdir()
    return path


_REFUSALS: dict[str, tuple[Callable[[Shop], object], int, str]] = {
    "the ledger": (lambda shop: shop.ledger.chmod(0o400), 5, "may not be written"),
    "the ledger unreadable": (lambda shop: shop.ledger.chmod(0), 2, "can't be opened"),
    "its lock": (lambda shop: shop.ledger.with_suffix(".lock").chmod(0), 2, ".lock can't be opened"),
    "its head file's directory": (lambda shop: _heads(shop).chmod(0o500), 5, "Permission denied"),
    "its head file": (lambda shop: [path.chmod(0) for path in _heads(shop).iterdir()], 2, "can't be read"),
    "the orders": (lambda shop: shop.orders.chmod(0), 3, "Permission denied"),
    "the old results": (lambda shop: shop.results.chmod(0), 2, "may not be read"),
}


@pytest.mark.parametrize("what", _REFUSALS)
def test_what_may_not_be_touched_is_named_and_nothing_is_sent(shop, what):
    refuse, code, words = _REFUSALS[what]
    assert shop.run("--limit", "2").returncode == 8
    refuse(shop)
    done = shop.run(under=plain_user())
    assert (done.returncode, shop.sent) == (code, 2), done.stderr
    assert words in done.stdout + done.stderr


def test_without_a_place_for_the_ledger_the_setting_is_named(shop):
    shop.numbatch.home.chmod(0o500)
    done = shop.run(under=plain_user())
    assert (done.returncode, shop.sent) == (2, 0)
    assert "`ledger`" in done.stderr
    done = shop.run("--ledger", shop.orders)
    assert (done.returncode, shop.sent) == (2, 0)
    assert "is no directory" in done.stderr


def test_a_disk_mounted_read_only_sends_nothing(shop):
    with small_disk(shop.state, "size=10m") as disk:
        assert shop.run("--limit", "2").returncode == 8
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = shop.run()
        assert (done.returncode, shop.sent) == (2, 2)
        assert "Read-only file system" in done.stderr
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        shop.ends_well()


@pytest.mark.parametrize("how", ["read-only directory", "immutable file"])
def test_results_that_can_not_be_replaced_go_elsewhere(shop, how):
    assert shop.run("--limit", "2").returncode == 8
    before = shop.results.read_bytes()
    if how == "immutable file":
        if subprocess.run([tool("chattr"), "+i", shop.results], capture_output=True, check=False).returncode:
            pytest.skip("no file can be made immutable here")
    else:
        shop.numbatch.cwd.chmod(0o500)
    try:
        done = shop.run(under=plain_user())
        assert done.returncode == 0, done.stderr
        assert "could not be written" in done.stderr
        assert shop.results.read_bytes() == before
        assert sorted(path.name for path in shop.numbatch.cwd.iterdir()) == ["orders-rehearsal.xlsx", "orders.csv"]
        elsewhere = Path(done.stdout.splitlines()[-1])
        assert str(elsewhere) in done.stderr
        assert shop.wrong(elsewhere) == []
    finally:
        if how == "immutable file":
            subprocess.run(["chattr", "-i", shop.results], check=True)


def test_what_is_no_workbook_in_the_place_of_results_is_refused_before_anything_is_sent(shop):
    shop.results.mkdir()
    done = shop.run()
    assert done.returncode == 2
    assert "is a directory" in done.stderr
    shop.results.rmdir()
    shop.results.symlink_to("nowhere")
    done = shop.run()
    assert done.returncode == 2
    assert "is a link" in done.stderr
    assert shop.sent == 0


# What the system allows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "allowed", "words"),
    [(resource.RLIMIT_NOFILE, 24, "files may be open at once"), (resource.RLIMIT_AS, 300 << 20, "of address space")],
)
def test_too_little_of_what_is_needed_is_said_before_anything_is_sent(shop, limit, allowed, words):
    done = shop.run(preexec_fn=lambda: resource.setrlimit(limit, (allowed, allowed)))
    assert (done.returncode, shop.sent) == (2, 0), done.stderr
    assert words in done.stderr


def test_a_limit_that_may_be_raised_is(shop):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    done = shop.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, hard)))
    assert done.returncode == 0, done.stderr
    assert shop.wrong() == []


# A network ----------------------------------------------------------------------------------------------------------------


def test_a_ledger_on_a_network_file_system_is_refused(shop, tmp_path):
    """A real one: files over the protocol of ssh, whose server is started without a network."""
    sshfs, server = tool("sshfs"), Path("/usr/lib/openssh/sftp-server")
    if not server.exists() or not os.access("/dev/fuse", os.W_OK):
        pytest.skip("no sftp-server, or no FUSE, on this machine")
    connection = tmp_path / "connection"
    connection.write_text(f"#!/bin/sh\nexec {server}\n")
    connection.chmod(0o700)
    far, near = tmp_path / "far", tmp_path / "near"
    far.mkdir()
    near.mkdir()
    mounted = subprocess.run(
        [sshfs, "-o", f"ssh_command={connection}", f"server:{far}", near], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no FUSE file system can be mounted here")
    try:
        done = shop.run("--ledger", near / "ledgers")
        assert (done.returncode, shop.sent) == (2, 0)
        assert f"fuse.sshfs: server:{far}" in done.stderr
        assert shop.numbatch("init", "--offline", "--ledger", near).returncode == 2
        assert list(far.iterdir()) == []
    finally:
        subprocess.run([tool("fusermount3"), "-u", near], check=True)
