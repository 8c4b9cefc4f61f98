"""Opening the file: what SQLite is told, whose file it is, and SQLite's errors in our words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from batch.clock import Clock, random_id
from batch.errors import LedgerDamaged, LedgerError, LedgerForeign, LedgerUnusable
from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import chain
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.checks import check_all, check_meta, check_tables, meta_seal
from batch.ledger.sqlite.codec import damaged, number_row, to_micros
from batch.ledger.sqlite.place import REBUILD, open_private, refuse_link
from batch.ledger.sqlite.upgrades import VERSION, upgrade

APPLICATION_ID: Final = 0x6E756D62
"""What the file's header says it is: "numb"."""
CHECKED_ENTRIES: Final = 200_000
"""How much of the chain's end, and how many states, are checked each time a ledger is opened."""
CHECKED_WHOLE: Final = 200_000
"""Entries up to which everything is checked against the chain each time a ledger is opened: two seconds at most, nine microseconds an entry."""

_BUSY_MS = 10_000

_WORDS: Final = (
    (apsw.FullError, "the disk is full", "Make room on its disk"),
    (
        apsw.IOError,
        "the disk refuses to read or write (full, limited or failing?)",
        "Check the disk and the system's log",
    ),
    (apsw.CantOpenError, "the file can't be opened", "Check that it is there and who may read it"),
    (apsw.ReadOnlyError, "the file may not be written", "Check who may write it and its directory"),
    (apsw.PermissionsError, "the system refuses access", "Check who may read and write it"),
    (apsw.BusyError, "another program keeps the file busy", "End it (a backup program? an SQLite shell?)"),
    (apsw.LockedError, "another program keeps the file busy", "End it (a backup program? an SQLite shell?)"),
)

_DAMAGE: Final = (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError)


@contextmanager
def translated(path: Path, doing: str, error: type[LedgerError] = LedgerError) -> Iterator[None]:
    """Turn whatever SQLite raises inside into `error`, in words that say what to do."""
    try:
        yield
    except (apsw.Error, UnicodeDecodeError) as raised:
        raise in_words(raised, path, doing, error) from raised
    except LedgerDamaged as damage:
        if str(path) not in damage.problem:
            damage.problem = damage.problem.replace("The ledger", f"The ledger {path}", 1)
        raise


def in_words(raised: Exception, path: Path, doing: str, error: type[LedgerError] = LedgerError) -> LedgerError:
    """The error for what SQLite raised while `doing` something with the ledger at `path`."""
    opening = error is LedgerUnusable
    if isinstance(raised, _DAMAGE) or (opening and isinstance(raised, apsw.SQLError)):
        damage = damaged(f"it can't be {doing} ({raised})", f"The ledger {path}")
        return damage if opening else error(damage.problem, remedy=damage.remedy)
    for kind, problem, remedy in _WORDS:
        if isinstance(raised, kind):
            return error(
                f"The ledger {path} can't be {doing}: {problem}.",
                remedy=f"{remedy}, then run the same command again; what was in flight is asked about first.",
            )
    return error(f"The ledger {path} can't be {doing}: {raised}.", remedy="Check the disk; run the same command again.")


def create(path: Path, key: LedgerKey, clock: Clock) -> None:
    """Make an empty ledger for `key` at `path`, readable by its owner only; its schema is there whole or not at all."""
    os.close(open_private(path, os.O_RDWR | os.O_CREAT))
    with translated(path, "made", LedgerUnusable):
        connection = apsw.Connection(str(path))
        try:
            connection.pragma("synchronous", "full")
            # No `with connection`: a full disk ends the transaction by itself, and rolling back again would hide why.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(sql.SCHEMA)
            connection.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", _meta(key, clock).items())
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        finally:
            connection.close()


def _meta(key: LedgerKey, clock: Clock) -> dict[str, str]:
    meta = {
        "id": random_id(32),
        "provider": key.provider,
        "environment": key.environment.value,
        "account": key.account,
        "place": key.place,
        "created": str(to_micros(clock.now())),
    }
    return {**meta, "seal": meta_seal(meta)}


def open_for_writing(path: Path, key: LedgerKey) -> apsw.Connection:
    """The one connection that writes; its file checked: ours, of this version, for `key`, its chain whole."""
    connection = _open(path, apsw.SQLITE_OPEN_READWRITE)
    try:
        with translated(path, "opened", LedgerUnusable):
            check_identity(connection, path, key)  # first of all: a file that is not ours stays as it is
            _synchronise(connection, path)
            check_content(connection)
            connection.execute(
                "BEGIN IMMEDIATE; ROLLBACK"
            )  # another program's write lock shows before anything is sent
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path, key: LedgerKey | None) -> apsw.Connection:
    """A connection that can't write; works while a run writes. `key` None: whosesoever it is."""
    connection = _open(path, apsw.SQLITE_OPEN_READONLY)
    try:
        with translated(path, "read", LedgerUnusable):
            check_identity(connection, path, key)
            version = connection.pragma("user_version")
            if version < VERSION:
                connection = _upgraded(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def _upgraded(older: apsw.Connection, version: int) -> apsw.Connection:
    """An older ledger as it would read in this version, in memory: reading changes no file."""
    copy = apsw.Connection(":memory:")
    with copy.backup("main", older, "main") as backup:
        backup.step()
    upgrade(copy, version)
    older.close()
    return copy


def _open(path: Path, flags: int) -> apsw.Connection:
    refuse_link(path)
    with translated(path, "opened", LedgerUnusable):
        connection = apsw.Connection(str(path), flags=flags | apsw.SQLITE_OPEN_NOFOLLOW)
        connection.set_busy_timeout(_BUSY_MS)
        return connection


def _synchronise(connection: apsw.Connection, path: Path) -> None:
    if connection.pragma("journal_mode", "wal") != "wal":
        raise LedgerUnusable(
            f"The ledger {path} can't keep the journal that survives a power cut: its file system does not allow it.",
            remedy="Name a directory on a local disk with the setting `ledger`.",
        )
    # FULL: each commit is fsynced, so that no power cut takes back an acknowledged intent. Replayed power cuts that lost one,
    # of the states that the disk could show (tests/crash/powercuts.py): WAL with NORMAL 1,129 of 2,185; WAL with FULL 0 of
    # 1,234; DELETE with FULL 45 of 1,804, with EXTRA 0 of 2,067; TRUNCATE with FULL 0 of 2,479. Of the three that lose
    # nothing, WAL is the one with a single fsync for each commit, and with readers that wait for nobody.
    connection.pragma("synchronous", "full")
    connection.pragma("cell_size_check", value=True)
    connection.pragma("cache_size", -32_000)
    connection.wal_autocheckpoint(8_000)


def check_identity(connection: apsw.Connection, path: Path, key: LedgerKey | None) -> None:
    """Refuse a file that is no ledger, of a newer version, or of another account."""
    if connection.pragma("application_id") != APPLICATION_ID:
        what = "is no ledger" if path.stat().st_size else "is an empty file, and no ledger"
        raise LedgerDamaged(
            f"{path} {what}.",
            remedy=f"Look whether the right directory is named (setting `ledger`). Where the ledger is lost: {REBUILD}",
        )
    version = connection.pragma("user_version")
    if version > VERSION:
        raise LedgerUnusable(
            f"The ledger {path} was written by a newer version of numbatch (format {version}; this one knows {VERSION}).",
            remedy="Update numbatch. An older one never writes a newer ledger, nor moves it away.",
        )
    kept = read_key(connection)
    if key is not None and kept != key:
        raise LedgerForeign(
            f"The ledger {path} belongs to {kept.provider}, {kept.environment}, account {kept.account!r}"
            f"{f', {kept.place}' if kept.place else ''}, and not to {key.account!r}.",
            remedy=f"A ledger's file was renamed or copied: put each back under its own name. Where this account's is lost: {REBUILD}",
        )


def check_content(connection: apsw.Connection) -> None:
    """Refuse a damaged file: all of it is checked unless it is very long; then the chain's end and the seals of the states."""
    last = connection.execute(sql.LENGTH).get
    if last <= CHECKED_WHOLE:
        if connection.pragma("integrity_check") != "ok":
            raise damaged("SQLite's own check finds it malformed")
        check_all(connection)
        return
    check_meta(connection)
    check_tables(connection)
    chain.verify(connection, max(last - CHECKED_ENTRIES, 1))
    for number, *values in connection.execute(sql.STATES, (CHECKED_ENTRIES,)):
        number_row(number, values)


def read_key(connection: apsw.Connection) -> LedgerKey:
    """Whose ledger it is, by its own word."""
    meta = dict(connection.execute("SELECT name, value FROM meta"))
    try:
        return LedgerKey(meta["provider"], Environment(meta["environment"]), meta["account"], meta["place"])
    except (KeyError, ValueError):
        raise damaged("it does not say whose it is") from None


def read_id(connection: apsw.Connection) -> str:
    """The ledger's random id."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'id'").get
    if not isinstance(found, str):
        raise damaged("it has lost its id")
    return found
