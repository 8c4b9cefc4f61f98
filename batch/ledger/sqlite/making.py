"""Making a ledger: beside its name, then renamed, so that it is there whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from batch.clock import Clock
from batch.errors import LedgerUnusable
from batch.ledger.records import LedgerKey
from batch.ledger.sqlite.connection import create, open_for_reading, read_key, translated
from batch.ledger.sqlite.filesystem import refuse_network
from batch.ledger.sqlite.heads import HeadFile
from batch.ledger.sqlite.lock import LedgerLock
from batch.ledger.sqlite.place import (
    ledger_files,
    ledger_path,
    lock_path,
    make_directory,
    refuse_link,
    refuse_unfinished,
    set_aside,
    sync_directory,
)


def make_ledger(path: Path, key: LedgerKey, clock: Clock) -> None:
    """Make an empty ledger at `path`, whose lock the caller holds."""
    beside = path.with_suffix(".ledger-new")
    try:
        try:
            beside.unlink(missing_ok=True)
            create(beside, key, clock)
            set_aside(path, "lost", clock.now())  # what a lost ledger's last process left of it
            beside.replace(path)
            sync_directory(path.parent)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise LedgerUnusable(
            f"The ledger {path} can't be made: {error.strerror}.", remedy="Check the disk and who may write there."
        ) from error


def refuse_lost(directory: Path, key: LedgerKey, heads: Path | None) -> None:
    """Refuse to go on without a ledger of which a head file, or a rebuild that is not complete, says that there was one."""
    path = ledger_path(directory, key)
    refuse_unfinished(path)
    if heads is not None:
        HeadFile(heads, key).refuse_missing(path)


async def create_ledger(directory: Path, key: LedgerKey, *, clock: Clock, heads: Path | None) -> Path:
    """Make the ledger of `key` in `directory`, and the directory where it is missing; the file.

    One that is there already is left as it is. Raises LedgerUnusable where a head file says that there was one before.
    """
    path = ledger_path(directory, key)
    refuse_network(directory)
    refuse_link(path)
    if path.exists():
        return path
    refuse_lost(directory, key, heads)
    make_directory(directory)
    lock = await LedgerLock.take(lock_path(path), clock)
    try:
        if not path.exists():
            refuse_lost(directory, key, heads)
            make_ledger(path, key, clock)
    finally:
        lock.release()
    return path


def list_ledgers(directory: Path) -> Sequence[LedgerKey]:
    """Whose ledgers lie in `directory`, by their own word, in the order of their files' names.

    Files that can't be read as ledgers are passed over where there are others; where there are none, raises their
    LedgerUnusable.
    """
    keys = []
    trouble: LedgerUnusable | None = None
    for path in ledger_files(directory):
        try:
            connection = open_for_reading(path, None)
        except LedgerUnusable as error:
            trouble = error
            continue
        try:
            with translated(path, "read"):
                keys.append(read_key(connection))
        finally:
            connection.close()
    if trouble is not None and not keys:
        raise trouble
    return keys
