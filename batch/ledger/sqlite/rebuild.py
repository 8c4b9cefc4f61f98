"""After a lost ledger: what is there of it, what is moved aside, and when its successor takes its place.

Until a rebuild is complete, nothing can be bought, whenever its process dies. A ledger that is missing, damaged or another
account's is made anew beside its name (`rebuilding_path`), which the next rebuild goes on with, and put in place when complete. One that is
only behind its head file is true as far as it goes: it is worked on where it lies, and its head file, which refuses it, is
written when the rebuild is complete.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from batch.clock import Clock
from batch.errors import LedgerDamaged, LedgerError, LedgerForeign, LedgerUnusable
from batch.ledger.records import LedgerKey
from batch.ledger.sqlite.checks import check_all
from batch.ledger.sqlite.connection import open_for_writing, translated
from batch.ledger.sqlite.filesystem import refuse_network
from batch.ledger.sqlite.heads import HeadFile
from batch.ledger.sqlite.ledger import SqliteLedger
from batch.ledger.sqlite.lock import LedgerLock
from batch.ledger.sqlite.making import make_ledger
from batch.ledger.sqlite.migration import migrate
from batch.ledger.sqlite.place import (
    ledger_path,
    lock_path,
    make_directory,
    rebuilding_path,
    refuse_link,
    set_aside,
    sync_directory,
)
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.writer import InlineWriter, ThreadWriter
from batch.ledger.states import Timing


class Found(StrEnum):
    """What is there where a ledger should be."""

    WHOLE = "whole"
    """Nothing shows that anything is lost."""
    EMPTY = "empty"
    """A ledger that was made, and never used."""
    MISSING = "missing"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    """Another account's."""
    BEHIND = "behind"
    """Older than its head file says, another one, or of another history; or the head file can't be read."""


class Rebuild:
    """One rebuild, under the ledger's lock from `begin` to `close`."""

    def __init__(
        self,
        path: Path,
        key: LedgerKey,
        lock: LedgerLock,
        *,
        clock: Clock,
        head: HeadFile | None,
        timing: Timing | None,
        inline: bool,
    ) -> None:
        self.path = path
        self.found = Found.WHOLE
        self.problem = ""
        """What is wrong with what was found, in words."""
        self.aside: Path | None = None
        """Where what was damaged or another account's is kept now."""
        self._key = key
        self._lock = lock
        self._clock = clock
        self._head = head
        self._timing = timing or Timing()
        self._inline = inline
        self._opened: tuple[SqliteLedger, Store] | None = None

    @classmethod
    async def begin(
        cls,
        directory: Path,
        key: LedgerKey,
        *,
        clock: Clock,
        heads: Path | None,
        wait: float = 0,
        timing: Timing | None = None,
        inline: bool = False,
    ) -> Rebuild:
        """Take the lock of the ledger of `key` in `directory`, and look at what is there; parameters as `SqliteLedger.open`.

        Raises LedgerLocked; LedgerUnusable where what is there can't even be looked at, or is of a newer version.
        """
        path = ledger_path(directory, key)
        refuse_network(directory)
        refuse_link(path)
        make_directory(directory)
        lock = await LedgerLock.take(lock_path(path), clock, wait)
        head = None if heads is None else HeadFile(heads, key)
        rebuild = cls(path, key, lock, clock=clock, head=head, timing=timing, inline=inline)
        try:
            rebuild.found, rebuild.problem = rebuild._look()
        except BaseException:
            lock.release()
            raise
        return rebuild

    @property
    def moves_aside(self) -> bool:
        """Whether a file that is there has to give way."""
        return self.found in {Found.DAMAGED, Found.FOREIGN}

    def open(self) -> SqliteLedger:
        """The ledger to work on. What can't be trusted is moved aside first, and kept. Raises LedgerUnusable."""
        if self.found is Found.BEHIND:
            return self._open(self.path)
        try:
            return self._open(self._beside())
        except OSError as error:
            raise LedgerUnusable(
                f"The ledger {self.path} can't be made anew: {error.strerror}.",
                remedy="Check the disk and who may write in its directory, then run the same command again.",
            ) from error

    def _beside(self) -> Path:
        beside = rebuilding_path(self.path)
        if not self._is_usable(beside):
            for ending in ("", "-wal", "-shm"):
                beside.with_name(beside.name + ending).unlink(missing_ok=True)
            if self.found is Found.EMPTY:
                self.path.replace(beside)
            else:
                make_ledger(beside, self._key, self._clock)
        # The rebuild is there before the file gives way: at no moment would a new ledger be made in passing.
        word = str(self.found) if self.moves_aside else "lost"
        self.aside = set_aside(self.path, word, self._clock.now())
        return beside

    async def complete(self) -> None:
        """Close the ledger and put it in place: from now on it is bought with.

        Raises LedgerError where the disk refuses; the next rebuild goes on then.
        """
        assert self._opened is not None  # noqa: S101 - `open` comes first
        ledger, store = self._opened
        await ledger.close()
        if store.path != self.path:
            left = store.path.with_name(f"{store.path.name}-wal")
            if left.exists() and left.stat().st_size:
                raise LedgerError(
                    f"The rebuilt ledger {store.path} is kept open by another program.",
                    remedy="End it (a backup program? an SQLite shell?), then run the same command again.",
                )
            try:
                store.path.replace(self.path)
                sync_directory(self.path.parent)
            except OSError as error:
                raise LedgerError(
                    f"The rebuilt ledger can't be put in place as {self.path}: {error.strerror}.",
                    remedy="Check the disk and who may write there, then run the same command again.",
                ) from error
        if self._head is not None:
            self._head.write(store.chain.committed)

    async def close(self) -> None:
        """Let go of the ledger and its lock; what is not complete stays so. A second time does nothing."""
        try:
            if self._opened is not None:
                await self._opened[0].close()
        finally:
            self._lock.release()

    def _look(self) -> tuple[Found, str]:
        if not self.path.exists():
            return Found.MISSING, f"There is no ledger {self.path}."
        try:
            entries = self._check(self.path, self._head)
        except LedgerDamaged as error:
            return Found.DAMAGED, error.problem
        except LedgerForeign as error:
            return Found.FOREIGN, error.problem
        if isinstance(entries, str):
            return Found.BEHIND, entries
        if not entries:
            return Found.EMPTY, f"The ledger {self.path} is empty: it knows of nothing that was bought."
        return Found.WHOLE, ""

    def _check(self, path: Path, head: HeadFile | None) -> int | str:
        """Check all of it: how many entries it has; in words how it is behind `head`, though whole in itself."""
        migrate(path)
        connection = open_for_writing(path, self._key)
        try:
            with translated(path, "read", LedgerUnusable):
                entries = check_all(connection)
                store = Store(path, connection, self._key, self._clock, self._timing, head)
            try:
                store.compare_head()
            except LedgerUnusable as behind:
                return behind.problem
            return entries
        finally:
            connection.close()

    def _is_usable(self, beside: Path) -> bool:
        """Whether an earlier rebuild left something to go on with."""
        refuse_link(beside)
        if not beside.exists():
            return False
        try:
            self._check(beside, None)
        except (LedgerDamaged, LedgerForeign):
            return False
        return True

    def _open(self, path: Path) -> SqliteLedger:
        """Without a head file: it is written when the rebuild is complete, and not before."""
        connection = open_for_writing(path, self._key)
        store = Store(path, connection, self._key, self._clock, self._timing, None)
        ledger = SqliteLedger(store, InlineWriter(store) if self._inline else ThreadWriter(store), None)
        self._opened = ledger, store
        return ledger
