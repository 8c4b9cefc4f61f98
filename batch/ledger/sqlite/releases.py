"""R1, R1' and O2: giving a number back, and what is found to have been given back already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batch.clock import mark
from batch.ledger.attempts import BoughtRow, Claimed, OpenRow
from batch.ledger.events import Rebuy, Release, Vanished
from batch.ledger.records import Begun
from batch.ledger.sqlite import attempts
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.attempts import position_of, settle_all
from batch.ledger.sqlite.codec import Values, maybe_moment, number_row
from batch.ledger.sqlite.feed import open_row
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.tables import AttemptRow, attempt_record
from batch.ledger.states import Step, step

_NUMBER: Final = slice(-14, -2)
"""The columns of `BOUGHT_ROWS` that are the number's: those before the last two."""


def bought_rows(store: Store, begun: Begun, after: int, count: int) -> Sequence[BoughtRow]:
    """See `Ledger.bought_rows`."""
    run = begun.run.name
    found = store.execute(sql.BOUGHT_ROWS, (store.run_id(run), after, run, count)).fetchall()
    return [_bought_row(store, run, values) for values in found]


def _bought_row(store: Store, run: str, values: Values) -> BoughtRow:
    row = open_row(run, values[:-2])
    state = number_row(row.number, values[_NUMBER])
    known = attempts.of_number(store, row.number)
    of_generation = tuple(attempt_record(one) for one in known if one.generation == state.generation)
    return BoughtRow(row, state, of_generation, maybe_moment(values[-2]), values[-1])


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
    position = position_of(store, number, run) if run else None
    store.put(number, led_to.rule, before, led_to.after, run=run, at=at)
    if position is not None:
        store.put_released(run, position, at)
    settle_all(store, number, before.generation)
    if run != begun.run.name:
        store.clear_verdict(begun.run.name, row.position)
    return led_to
