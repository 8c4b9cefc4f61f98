"""What leads from each older version of the ledger to the next: within the caller's transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import apsw

from batch.ledger.sqlite import chain
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.checks import check_all, meta_seal
from batch.ledger.sqlite.codec import Values, damaged, seal

VERSION: Final = 2
"""The version of `schema.sql`."""

Step = Callable[[apsw.Connection], None]


def upgrade(
    connection: apsw.Connection, version: int, steps: Mapping[int, Step] | None = None, newest: int = VERSION
) -> None:
    """Bring a ledger of that older version to `newest`. Raises LedgerUnusable where it is damaged: that must not be sealed."""
    known = STEPS if steps is None else steps
    for one in range(version, newest):
        if one not in known:
            raise damaged(f"its version is said to be {version}")
        known[one](connection)
    connection.execute(f"PRAGMA user_version = {newest}")


_TABLES: Final = ("meta", "runs", "invocations", "orders", "outcomes", "numbers", "attempts", "journal")

# Version 1 had no marks and few seals. Its columns, as version 2 orders them.
_RUNS = "SELECT id, name, key, files, columns, rows, created FROM runs_1"
_INVOCATIONS = """
SELECT id, run, started, who, host, pid, version, settings, assumed, ended, exit_code, stop, halt_reason, opening, closing
FROM invocations_1
"""
_ORDERS = """
SELECT run, position, kind, number, file, sheet, source_row, price, note, country, fields, cells, seal FROM orders_1
"""
_OUTCOMES = """
SELECT run, position, verdict, why, code, reason, invocation, confirmed_at, confirmed_by, bought_in, differs, worst, setup,
  monthly, released_at, reserved_left
FROM outcomes_1
"""
_NUMBERS = """
SELECT number, state, generation, attempt, version, open, lost, code, kind, run, buyer, since, gone, seal FROM numbers_1
"""
_ATTEMPTS = """
SELECT number, attempt, generation, kind, run, position, invocation, intent, entry, worst, '', settled, ended, outcome, code,
  reason, seconds
FROM attempts_1
"""


def _seal_everything(connection: apsw.Connection) -> None:
    """1 to 2: every row is sealed, and attempts may carry a mark. What the old seals and the chain tell is checked on the way."""
    execute = connection.execute
    if connection.pragma("quick_check") != "ok":
        raise damaged("SQLite's own check finds it malformed")
    chain.verify(connection)
    for index in ("invocations_of_run", "orders_of_number"):
        execute(f"DROP INDEX {index}")
    for table in _TABLES:
        execute(f"ALTER TABLE {table} RENAME TO {table}_1")
    execute(sql.SCHEMA)
    meta = {str(name): str(value) for name, value in execute("SELECT name, value FROM meta_1")}
    _insert(connection, "meta", {**meta, "seal": meta_seal(meta)}.items())
    for table, rows in (
        ("runs", _RUNS),
        ("invocations", _INVOCATIONS),
        ("outcomes", _OUTCOMES),
        ("attempts", _ATTEMPTS),
    ):
        _insert(connection, table, ((*values, seal(values)) for values in execute(rows).fetchall()))
    _insert(connection, "orders", map(_order, execute(_ORDERS).fetchall()))
    _insert(connection, "numbers", map(_number, execute(_NUMBERS).fetchall()))
    execute("INSERT INTO journal SELECT * FROM journal_1")
    for table in reversed(_TABLES):
        execute(f"DROP TABLE {table}_1")
    check_all(connection)


def _insert(connection: apsw.Connection, table: str, rows: Iterable[Values]) -> None:
    for values in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - our names


def _order(values: Values) -> Values:
    *order, kept = values
    run, position, kind, number, _, _, _, price, _, _, fields, cells = order
    if seal((number, kind, fields, cells, price or "")) != kept:
        raise damaged(f"row {position} of run {run} does not agree with its seal")
    return (*order, seal(tuple(order)))


def _number(values: Values) -> Values:
    number, state, generation, attempt, version, open_, lost, code, kind, run, buyer, since, _, kept = values
    lost_ones = lost.replace(",", "+")
    text = f"{state},{generation},{attempt},{version},{open_},{lost_ones},{code},{kind},{run},{buyer}"
    if seal((number, text)) != kept:
        raise damaged(f"the state of {number} does not agree with its seal")
    return (*values[:-1], seal((number, text, since)))


STEPS: Final[Mapping[int, Step]] = MappingProxyType({1: _seal_everything})
"""What leads from each older version to the next."""
