"""The ledger's lock: the operating system's (flock), so that it dies with its holder; never a PID file."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from batch.clock import Clock
from batch.errors import LedgerLocked, LedgerUnusable
from batch.ledger.sqlite.place import open_private

_POLL = 0.2
"""Seconds between two tries, while waiting for another run to end."""
_PID_DIGITS = 20
_CLOSED = -1


class LedgerLock:
    """Held from `take` to `release`; the process id in the file is for the message only."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    async def take(cls, path: Path, clock: Clock, wait: float = 0) -> LedgerLock:
        """Take the lock, trying for up to `wait` seconds.

        Raises LedgerLocked where another process keeps it, LedgerUnusable where the system has no such lock to give.
        """
        lock = cls(path, open_private(path, os.O_RDWR | os.O_CREAT))
        try:
            await lock._wait_for_it(clock, wait)
        except BaseException:
            lock._close()
            raise
        return lock

    async def _wait_for_it(self, clock: Clock, wait: float) -> None:
        until = clock.elapsed() + wait  # no wall clock: it may be set meanwhile
        while not self._try():
            left = until - clock.elapsed()
            if left <= 0:
                raise _locked(self.path, wait)
            await clock.sleep(min(_POLL, left))
        # A full disk takes no process id: then a message lacks it, and the lock holds all the same.
        with suppress(OSError):
            os.truncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise LedgerUnusable(
                f"The ledger's lock {self.path} can't be taken: {error.strerror}.",
                remedy="Its file system may know no locks: name a directory on a local disk with the setting `ledger`.",
            ) from error
        return True

    def release(self) -> None:
        """Let go; a second time does nothing. The file stays: removing it would let two processes hold two locks."""
        if self._descriptor != _CLOSED:
            with suppress(OSError):
                os.truncate(self._descriptor, 0)
            self._close()

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = _CLOSED


def holder(path: Path) -> int | None:
    """The process that says it holds the lock at `path`, and is alive; None where there is none. Takes no lock."""
    try:
        pid = int(path.read_bytes()[:_PID_DIGITS])
    except (OSError, ValueError):
        return None
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass  # alive, and another user's
    except (OSError, OverflowError):
        return None
    return pid


def _locked(path: Path, wait: float) -> LedgerLocked:
    pid = holder(path)
    suspended = pid is not None and _is_suspended(pid)
    who = "" if pid is None else f" (process {pid}{', which is suspended' if suspended else ''})"
    waited = f", after waiting {wait:g} seconds" if wait > 0 else ""
    remedy = (
        f"Let it go on with `kill -CONT {pid}`, or end it with `kill {pid}` and then `kill -CONT {pid}`."
        if suspended
        else "Wait until it has ended, or let this one wait for it: `--lock-wait 10m`."
    )
    return LedgerLocked(
        f"Another run holds this ledger's lock{who}{waited}: {path}.",
        remedy=f"{remedy} The lock ends with its process; there is nothing to delete.",
    )


def _is_suspended(pid: int) -> bool:
    import psutil  # noqa: PLC0415 - for this message only

    try:
        return psutil.Process(pid).status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
    except psutil.Error:
        return False
