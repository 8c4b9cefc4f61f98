"""Wishes for a run that is under way, in two small files beside the ledger: what is wished, and what the run does.

Each is replaced whole, is its owner's alone, and is read only where it is: never through a link, never another user's.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from typing_extensions import override

from batch.clock import random_id
from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.records import LedgerKey
from batch.ledger.sqlite.lock import holder
from batch.ledger.sqlite.place import ledger_path, lock_path, open_private
from batch.ledger.wishes import FASTEST, SLOWEST, Control, Doing, Wishes

_LONGEST = 4096
"""Bytes of such a file, at most."""


class FileControl(Control):
    """See `Control`. For the ledger of `key` in `directory`."""

    def __init__(self, directory: Path, key: LedgerKey) -> None:
        ledger = ledger_path(directory, key)
        self._wishes = ledger.with_suffix(".wishes")
        self._doing = ledger.with_suffix(".doing")
        self._lock = lock_path(ledger)
        self._looked_at: tuple[int, int, int] | None = None
        self._known: Wishes | None = None

    @override
    def begin(self, doing: Doing) -> None:
        """See `Control.begin`."""
        _remove(self._wishes)
        self.tell(doing)

    @override
    def wishes(self) -> Wishes | None:
        """See `Control.wishes`: the file is read only when it is another."""
        try:
            found = self._wishes.lstat()
        except OSError:
            self._looked_at = self._known = None
            return None
        looked_at = (found.st_ino, found.st_mtime_ns, found.st_size)
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            self._known = _read_wishes(self._wishes)
        return self._known

    @override
    def tell(self, doing: Doing) -> None:
        """See `Control.tell`. A full disk is no reason to stop buying: whoever waits for the word is told that there is none."""
        with suppress(OSError, LedgerUnusable):
            _write(self._doing, asdict(doing))

    @override
    def end(self) -> None:
        """See `Control.end`."""
        _remove(self._doing)
        _remove(self._wishes)

    @override
    def doing(self) -> Doing | None:
        """See `Control.doing`: the process that says so must be the one that holds the ledger's lock."""
        found = _read(self._doing)
        try:
            doing = Doing(
                run=str(found["run"]),
                pid=int(found["pid"]),
                sequence=int(found["sequence"]),
                paused=found["paused"] is True,
                rate=Decimal(found["rate"]),
                agreed=Decimal(found["agreed"]),
            )
        except (KeyError, ValueError, TypeError, ArithmeticError):
            return None
        sound = _is_rate(doing.rate) and _is_rate(doing.agreed)
        return doing if sound and holder(self._lock) == doing.pid else None

    @override
    def wish(self, wishes: Wishes) -> None:
        """See `Control.wish`."""
        try:
            _write(self._wishes, asdict(wishes))
        except OSError as error:
            raise LedgerError(
                f"The run can't be reached: {self._wishes} can't be written: {error.strerror}.",
                remedy="Ask as the user who runs it.",
            ) from error

    @override
    def withdraw(self, wishes: Wishes) -> None:
        """See `Control.withdraw`; what another has wished since stays."""
        if _read_wishes(self._wishes) == wishes:
            _remove(self._wishes)


def _read_wishes(path: Path) -> Wishes | None:
    found = _read(path)
    try:
        rate = Decimal(found["rate"])
        wishes = Wishes(str(found["run"]), int(found["sequence"]), found["paused"] is True, rate)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return None
    return wishes if _is_rate(rate) else None


def _is_rate(rate: Decimal) -> bool:
    return rate.is_finite() and SLOWEST <= rate <= FASTEST


def _read(path: Path) -> dict[str, Any]:
    """What the file holds; nothing where it is no file of this user's own."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return {}
        held = json.loads(os.read(descriptor, _LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    finally:
        os.close(descriptor)
    return held if isinstance(held, dict) else {}


def _write(path: Path, held: dict[str, object]) -> None:
    """Replace the file whole; a link in its place is replaced, not followed."""
    beside = path.with_name(f"{path.name}-{random_id(8)}")
    descriptor = open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            os.write(descriptor, json.dumps(held, default=str).encode())
        finally:
            os.close(descriptor)
        beside.replace(path)
    except OSError:
        _remove(beside)
        raise


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
