"""B1: rows whose number the ledger does not know as ours, and what the account shows of them after a ledger was lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batch.ledger.attempts import SeenNote, UnknownRow
from batch.ledger.events import Rebuilt
from batch.ledger.records import Begun
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import number_row
from batch.ledger.sqlite.store import Store
from batch.ledger.states import Step, step
from batch.ledger.statuses import Verdict

_CHARGED: Final = frozenset({Verdict.PURCHASED, Verdict.RELEASED})
"""What this run paid for stays so, whatever became of the number since."""


def unknown_rows(store: Store, begun: Begun, after: int, count: int) -> Sequence[UnknownRow]:
    """See `Ledger.unknown_rows`."""
    found = store.execute(sql.UNKNOWN_ROWS, (store.run_id(begun.run.name), after, count))
    return [
        UnknownRow(position, number, number_row(number, tuple(where)).version) for position, number, *where in found
    ]


def rebuilt(store: Store, begun: Begun, row: UnknownRow, event: Rebuilt, note: SeenNote) -> Step:
    """See `Ledger.rebuilt`."""
    run = begun.run.name
    before = store.number(row.number)
    led_to = step(before, event, store.timing)
    if led_to.after == before:
        return led_to
    at = store.now()
    created = "" if note.created is None else f", created {note.created.isoformat()}"
    reason = f"rebuilt by {note.by}{created}"
    store.put(row.number, led_to.rule, before, led_to.after, run=run, at=at, reason=reason)
    known = store.outcome(run, row.position)
    if known.verdict not in _CHARGED:
        store.put_verdict(run, row.position, Verdict.OWNED, at=at, by="inquiry", code=known.code)
    return led_to
