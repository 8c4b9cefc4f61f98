"""R1, R1' and O2: giving a number back, and what is found to have been given back already."""

from __future__ import annotations

from batch.clock import mark
from batch.ledger.events import Rebuy, Release, Vanished
from batch.ledger.records import Begun, Claimed, OpenRow
from batch.ledger.sqlite import attempts
from batch.ledger.sqlite.attempts import position_of, settle_all
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.tables import AttemptRow
from batch.ledger.states import Step, step


def release(store: Store, begun: Begun, row: OpenRow, event: Release) -> Claimed:
    """See `SqliteLedger.release`."""
    moment = mark(store.clock)
    run = begun.run.name
    before = store.number(row.number)
    led_to = step(before, event, store.timing)
    after, at = led_to.after, store.now()
    entry = store.put(row.number, led_to.rule, before, after, run=run, at=at, attempt=after.attempt)
    intent = (row.number, after.attempt, after.generation, "release", run, row.position, begun.invocation, at, entry)
    attempts.add(store, AttemptRow(*intent))
    return Claimed(attempt=after.attempt, generation=after.generation, mark=moment, row=after)


def given_back(store: Store, begun: Begun, row: OpenRow, event: Rebuy | Vanished) -> Step:
    """See `SqliteLedger.given_back`."""
    number = row.number
    before = store.number(number)
    led_to = step(before, event, store.timing)
    run, at = led_to.released_run, store.now()
    position = position_of(store, number, run)
    store.put(number, led_to.rule, before, led_to.after, run=run, at=at)
    store.put_released(run, position, at)
    settle_all(store, number, before.generation)
    if run != begun.run.name:
        store.clear_verdict(begun.run.name, row.position)
    return led_to
