"""The lock: one holder at a time, and it dies with its holder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from datetime import timedelta

import psutil
import pytest

from batch.errors import LedgerLocked, LedgerUnusable
from batch.ledger.sqlite import lock as lock_module
from batch.ledger.sqlite.lock import LedgerLock, holder

HOLD = """
import asyncio, sys
from pathlib import Path
from batch.clock import SystemClock
from batch.ledger.sqlite.lock import LedgerLock
async def main():
    lock = await LedgerLock.take(Path(sys.argv[1]), SystemClock())
    print("held", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


@pytest.fixture
def other(tmp_path):
    """Another process, holding the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


async def test_another_process_holds_it_and_is_named(other, tmp_path, clock):
    assert holder(tmp_path / "lock") == other.pid
    with pytest.raises(LedgerLocked, match=f"process {other.pid}") as locked:
        await LedgerLock.take(tmp_path / "lock", clock)
    assert "--lock-wait" in locked.value.remedy
    assert clock.slept == []


async def test_a_holder_that_is_killed_lets_go(other, tmp_path, clock):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert holder(tmp_path / "lock") is None
    lock = await LedgerLock.take(tmp_path / "lock", clock)
    assert holder(tmp_path / "lock") == os.getpid()
    lock.release()


@pytest.fixture
def suspended(other):
    other.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, other.pid, os.WSTOPPED)
    return other


async def test_a_holder_that_is_suspended_is_told_apart(suspended, tmp_path, clock):
    with pytest.raises(LedgerLocked, match=f"process {suspended.pid}, which is suspended") as locked:
        await LedgerLock.take(tmp_path / "lock", clock)
    assert f"kill -CONT {suspended.pid}" in locked.value.remedy


async def test_a_holder_that_ends_while_it_is_asked_about_is_named_all_the_same(other, tmp_path, clock, monkeypatch):
    def gone(pid):
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(psutil, "Process", gone)
    with pytest.raises(LedgerLocked, match=rf"\(process {other.pid}\)"):
        await LedgerLock.take(tmp_path / "lock", clock)


async def test_a_disk_without_room_for_a_process_id_takes_the_lock_all_the_same(tmp_path, clock, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    lock = await LedgerLock.take(tmp_path / "lock", clock)
    assert holder(tmp_path / "lock") is None
    with pytest.raises(LedgerLocked, match="holds this ledger's lock: "):
        await LedgerLock.take(tmp_path / "lock", clock)
    lock.release()


async def test_a_system_that_has_no_lock_to_give_is_said(tmp_path, clock, monkeypatch):
    def none_left(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(lock_module.fcntl, "flock", none_left)
    with pytest.raises(LedgerUnusable, match="No locks available") as refused:
        await LedgerLock.take(tmp_path / "lock", clock)
    assert "`ledger`" in refused.value.remedy


async def test_a_wall_clock_that_is_set_meanwhile_does_not_end_the_waiting(other, tmp_path, clock):
    class Jumping(type(clock)):
        def now(self):
            return super().now() - timedelta(hours=5 * len(self.slept))

    jumping = Jumping()
    with pytest.raises(LedgerLocked, match="after waiting 1 second"):
        await LedgerLock.take(tmp_path / "lock", jumping, wait=1)
    assert sum(jumping.slept) == pytest.approx(1)


async def test_waiting_ends_when_the_time_is_over(other, tmp_path, clock):
    with pytest.raises(LedgerLocked, match="after waiting 1 second"):
        await LedgerLock.take(tmp_path / "lock", clock, wait=1)
    assert sum(clock.slept) == pytest.approx(1)


async def test_waiting_ends_when_the_holder_does(other, tmp_path, clock):
    class KillerClock(type(clock)):
        async def sleep(self, seconds):
            await super().sleep(seconds)
            other.kill()
            other.wait()

    killer = KillerClock()
    lock = await LedgerLock.take(tmp_path / "lock", killer, wait=60)
    assert len(killer.slept) == 1
    lock.release()
    lock.release()


async def test_it_is_taken_once_in_one_process_too(tmp_path, clock):
    lock = await LedgerLock.take(tmp_path / "lock", clock)
    with pytest.raises(LedgerLocked):
        await LedgerLock.take(tmp_path / "lock", clock)
    lock.release()
    (await LedgerLock.take(tmp_path / "lock", clock)).release()


@pytest.mark.parametrize("content", ["", "x", "99999999999999999999", "4194305"])
def test_a_lock_file_that_names_nobody_alive_has_no_holder(tmp_path, content):
    (tmp_path / "lock").write_text(content)
    assert holder(tmp_path / "lock") is None
    assert holder(tmp_path / "none") is None


def test_another_users_process_is_alive_too(tmp_path, monkeypatch):
    def refuse(pid, number):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    (tmp_path / "lock").write_text("7")
    assert holder(tmp_path / "lock") == 7


async def test_a_second_ledger_of_the_same_account_is_locked_out(desk):
    await desk.open(create=True)
    first = desk.ledger
    with pytest.raises(LedgerLocked):
        await desk.open()
    desk.ledger = first
