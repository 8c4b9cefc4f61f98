"""Bringing an older ledger up to date: copied first, then changed, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import apsw

from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.sqlite.connection import APPLICATION_ID, translated
from batch.ledger.sqlite.place import open_private, refuse_link, sync_directory
from batch.ledger.sqlite.upgrades import STEPS, VERSION, Step, upgrade


def migrate(path: Path, steps: Mapping[int, Step] = STEPS, newest: int = VERSION) -> Path | None:
    """Bring the ledger at `path`, whose lock the caller holds, to version `newest`; the copy made before, None: nothing to do.

    What is no ledger, or a newer one, is left to `check_identity`. Raises LedgerUnusable where it can't be done: the ledger is
    then as it was.
    """
    refuse_link(path)
    with translated(path, "brought up to date", LedgerUnusable):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW)
        try:
            version = connection.pragma("user_version")
            if connection.pragma("application_id") != APPLICATION_ID or version >= newest:
                return None
            return _migrate(connection, path, version, steps, newest)
        finally:
            connection.close()


def _migrate(connection: apsw.Connection, path: Path, version: int, steps: Mapping[int, Step], newest: int) -> Path:
    copy = path.with_suffix(f".v{version}")
    try:
        with translated(path, "brought up to date", LedgerUnusable):
            connection.pragma("synchronous", "full")
            _copy(connection, copy)
            connection.execute("BEGIN IMMEDIATE")
            upgrade(connection, version, steps, newest)
            connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, LedgerError):
            error.remedy = f"It was left as it was, in format {version}. {error.remedy}"
        raise
    return copy


def _copy(connection: apsw.Connection, copy: Path) -> None:
    """Copy the ledger whole, or not at all; a copy from an attempt before is replaced."""
    beside = copy.with_suffix(f"{copy.suffix}-new")
    try:
        os.close(open_private(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        target = apsw.Connection(str(beside))
        try:
            with target.backup("main", connection, "main") as backup:
                backup.step()
            target.pragma("journal_mode", "delete")
        finally:
            target.close()
        beside.replace(copy)
        sync_directory(copy.parent)
    except OSError as error:
        raise LedgerUnusable(
            f"The copy {copy}, without which no ledger is changed, can't be made: {error.strerror}.",
            remedy="Check the disk and who may write there, then run the same command again.",
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()
