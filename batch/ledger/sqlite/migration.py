"""Bringing an older ledger up to date: copied first, then changed, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import apsw

from batch.errors import LedgerUnusable
from batch.ledger.sqlite.connection import APPLICATION_ID, VERSION, translated
from batch.ledger.sqlite.place import open_private, refuse_link, sync_directory

STEPS: Final[Mapping[int, str]] = MappingProxyType({})
"""The statements that lead from each older version to the next. Version 1 is the first: there are none yet."""


def migrate(path: Path, steps: Mapping[int, str] = STEPS, newest: int = VERSION) -> Path | None:
    """Bring the ledger at `path`, whose lock the caller holds, to version `newest`; the copy made before, None: nothing to do.

    What is no ledger, or a newer one, is left to `check_identity`.
    """
    refuse_link(path)
    with translated(path, "brought up to date", LedgerUnusable):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW)
        try:
            version = connection.pragma("user_version")
            if connection.pragma("application_id") != APPLICATION_ID or version >= newest:
                return None
            copy = path.with_suffix(f".v{version}")
            _copy(connection, copy)
            with connection:
                for one in range(version, newest):
                    connection.execute(steps[one])
                connection.execute(f"PRAGMA user_version = {newest}")
        finally:
            connection.close()
    return copy


def _copy(connection: apsw.Connection, copy: Path) -> None:
    os.close(open_private(copy, os.O_RDWR | os.O_CREAT | os.O_TRUNC))
    target = apsw.Connection(str(copy))
    try:
        with target.backup("main", connection, "main") as backup:
            backup.step()
    finally:
        target.close()
    sync_directory(copy.parent)
