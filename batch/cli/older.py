"""A ledger that is older than the result workbook it would replace: put back from a backup together with its head file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.results import Wanted
from batch.errors import LedgerUnusable
from batch.ledger.records import Environment
from batch.order import Orders

if TYPE_CHECKING:
    from collections.abc import Callable

    from batch.ledger.records import Head
    from batch.ledger.sqlite import SqliteLedger
    from batch.reconciler.place import Source


def refuse_older(directory: Path, ledger: SqliteLedger, orders: Orders, wanted: Wanted, now: datetime) -> None:
    """Refuse to buy with a ledger, in `directory`, that does not know what this run's own result workbook was written from.

    A ledger that was rebuilt since then is right, whatever the workbook says. Raises LedgerUnusable.
    """
    from batch.ledger.sqlite.place import ledger_path  # noqa: PLC0415 - with the ledger
    from batch.ledger.sqlite.runs import run_key  # noqa: PLC0415
    from batch.reconciler.place import Owner, owner_of, source_of  # noqa: PLC0415 - light, and only for what writes

    key = run_key(orders, ledger.key)
    # The run may be unknown to an old ledger.
    path = wanted.expected(orders, key, now)
    source = source_of(path)
    if source is None or owner_of(path) != Owner(key, ledger.key.environment.value):
        return
    where = ledger_path(directory, ledger.key)
    reader = ledger.reader()
    try:
        why = contradiction(source, reader.head(), reader.hash_of, ledger.key.environment, reader.rebuilt())
    finally:
        reader.close()
    if why:
        raise LedgerUnusable(
            f"The result workbook {path} was written from entry {source.head.sequence} of ledger {source.head.ledger_id}, "
            f"and the ledger {where} {why}",
            remedy=_remedy(where),
        )


def contradiction(
    source: Source,
    now: Head,
    hash_of: Callable[[int], str | None],
    environment: Environment,
    rebuilt: datetime | None,
) -> str:
    """In words, how the ledger whose head is `now` is not a later state of what a workbook was written from; else nothing.

    `hash_of` tells the hash of its entry with a sequence, `rebuilt` when it was last rebuilt.
    """
    said = source.head
    if rebuilt is not None and source.written <= rebuilt:
        return ""
    if said.ledger_id != now.ledger_id:
        # Ledgers for rehearsals are thrown away as one likes.
        return f"is another ({now.ledger_id})." if environment is Environment.LIVE else ""
    hash_then = hash_of(said.sequence)
    if hash_then is None:
        return f"is older (it has {now.sequence} entries): restored from a backup?"
    return "" if hash_then == said.hash else "has another history there: restored from a backup, and used since?"


def _remedy(ledger: Path) -> str:
    from batch.ledger.sqlite.place import REBUILD  # noqa: PLC0415 - with the ledger

    return (
        "Nothing was sent: what an older ledger does not know would be sent again. Put the newer ledger back, and its head "
        f"file. Where there is none, move {ledger} away first: {REBUILD} If the workbook is not to be believed, "
        "move it away, or name other results with -o."
    )
