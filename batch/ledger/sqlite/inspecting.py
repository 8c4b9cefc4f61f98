"""Looking at a ledger's file without its lock: whose it is, whether all of it agrees, and with its head file; copying it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from errno import EEXIST, ENOTSUP, EOPNOTSUPP, EPERM
from pathlib import Path

import apsw

from batch.clock import Clock
from batch.errors import LedgerForeign, LedgerUnusable, UsageError
from batch.ledger.records import Head, LedgerKey
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.chain import Chain
from batch.ledger.sqlite.checks import check_all
from batch.ledger.sqlite.codec import damaged, maybe_moment
from batch.ledger.sqlite.connection import open_for_reading, read_id, read_key, translated
from batch.ledger.sqlite.heads import HeadFile
from batch.ledger.sqlite.place import REBUILD, ledger_path, sync_directory

_NO_LINKS = frozenset({EPERM, ENOTSUP, EOPNOTSUPP})
"""What a file system says that knows no hard links, as on a memory stick."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A ledger that is whole. `written` is when its last entry was made, None where it has none; `size` is in bytes.

    `head_file` is the file that it agrees with, None where none was ever written.
    """

    path: Path
    key: LedgerKey
    entries: int
    head: Head
    written: datetime | None
    size: int
    head_file: Path | None


def key_of(path: Path) -> LedgerKey:
    """Whose ledger the file at `path` is, by its own word. Raises LedgerUnusable where it does not say."""
    connection = open_for_reading(path, None)
    try:
        with translated(path, "read", LedgerUnusable):
            return read_key(connection)
    finally:
        connection.close()


def inspect_ledger(path: Path, heads_of: Callable[[LedgerKey], Path | None]) -> Inspected:
    """Check all of the ledger at `path`, as it is at one moment, also while a run is under way; `heads_of` tells where head files lie.

    Raises LedgerUnusable that names the first thing that does not agree.
    """
    key = key_of(path)
    if path != ledger_path(path.parent, key):
        raise LedgerForeign(
            f"{path} is the ledger of {key.environment} account {key.account!r}, under another name.",
            remedy=f"Call it {ledger_path(path.parent, key).name}, if no other is there. Where one is lost: {REBUILD}",
        )
    heads = heads_of(key)
    head_file = None if heads is None else HeadFile(heads, key)
    noted = None if head_file is None else head_file.read()  # before the ledger, which goes on meanwhile
    connection = open_for_reading(path, key)
    try:
        with translated(path, "read", LedgerUnusable), connection:
            entries = _check(connection)
            chain = Chain(connection, read_id(connection))
            if head_file is not None and noted is not None:
                head_file.compare(path, noted, chain.committed, chain.hash_of)
            last = connection.execute(sql.LAST_WRITTEN).get
    finally:
        connection.close()
    return Inspected(
        path=path,
        key=key,
        entries=entries,
        head=chain.committed,
        written=maybe_moment(last),
        size=path.stat().st_size,
        head_file=None if head_file is None or noted is None else head_file.path,
    )


def back_up(path: Path, key: LedgerKey, target: Path, clock: Clock) -> Inspected:
    """Copy the ledger of `key` at `path`, as it is at one moment, to `target` or into the directory that it is; checked.

    Works while a run is under way. The copy is made beside its name, for its owner only, and put there when it is whole and
    durable; never over a file that is there. Raises LedgerUnusable where the ledger is not whole, UsageError where the copy
    can't be written.
    """
    if target.is_dir():
        target /= f"{path.stem}-{clock.now():%Y%m%dT%H%M%SZ}.ledger-backup"
    beside = target.with_name(f".{target.name}.part")  # hidden: no file of the user's
    try:
        if target.exists() or target.is_symlink():
            raise FileExistsError(EEXIST, "it is there already, and is not replaced")
        with suppress(FileNotFoundError):
            beside.unlink()
        os.close(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            _copy(path, key, beside)
            inspected = _inspect_copy(beside, key, target)
            _put(beside, target)
        finally:
            beside.unlink(missing_ok=True)
        sync_directory(target.parent)
    except OSError as error:
        raise UsageError(
            f"The backup {target} can't be made: {error.strerror}.",
            remedy="Name another file or directory, where there is room and you may write. The ledger was not touched.",
        ) from error
    return inspected


def _check(connection: apsw.Connection) -> int:
    if connection.pragma("integrity_check") != "ok":
        raise damaged("SQLite's own check finds it malformed")
    return check_all(connection)


def _put(beside: Path, target: Path) -> None:
    """Name it `target`; unlike a rename, never over a file that came meanwhile."""
    try:
        os.link(beside, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        beside.replace(target)


def _copy(path: Path, key: LedgerKey, beside: Path) -> None:
    source = open_for_reading(path, key)
    try:
        copy = apsw.Connection(str(beside))
        try:
            with translated(path, "copied"):
                with copy.backup("main", source, "main") as backup:
                    backup.step()
                copy.pragma("journal_mode", "delete")  # one file, with nothing beside it
        finally:
            copy.close()
    finally:
        source.close()
    descriptor = os.open(beside, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inspect_copy(beside: Path, key: LedgerKey, target: Path) -> Inspected:
    connection = open_for_reading(beside, key)
    try:
        with translated(beside, "read", LedgerUnusable), connection:
            entries = _check(connection)
            head = Chain(connection, read_id(connection)).committed
            last = connection.execute(sql.LAST_WRITTEN).get
    finally:
        connection.close()
    return Inspected(target, key, entries, head, maybe_moment(last), beside.stat().st_size, None)
