"""Attempts as they are stored: added with their intent, their end filled in once, sealed with every write."""

from __future__ import annotations

from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import damaged, seal
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.tables import AttemptRow, attempt_row
from batch.number import Number

_UNANSWERED = frozenset({"no verdict", "unfamiliar"})


def add(store: Store, row: AttemptRow) -> None:
    """Put an intent on disk."""
    store.in_flight[row.number] = row
    store.execute(sql.ADD_ATTEMPT, (*row, seal(row)))


def put_end(store: Store, row: AttemptRow) -> None:
    """Keep what became of an attempt: all that may change in its row."""
    end = row[11:]
    store.execute(sql.PUT_END, (*end, seal(row), row.number, row.attempt))


def of_number(store: Store, number: Number) -> list[AttemptRow]:
    """Every attempt on the number, oldest first."""
    return [attempt_row(values) for values in store.execute(sql.ATTEMPTS_OF_NUMBER, (number,)).fetchall()]


def last_of_run(store: Store, number: Number, run: str) -> AttemptRow | None:
    """The latest attempt of `run` to buy the number."""
    return next((one for one in reversed(of_number(store, number)) if one.run == run and one.kind == "buy"), None)


def of_run(store: Store, number: Number, run: str) -> AttemptRow:
    """As `last_of_run`, where there must be one: LedgerUnusable where it is missing."""
    found = last_of_run(store, number, run)
    if found is None:
        raise damaged(f"the attempt of run {run} on {number} is missing")
    return found


def position_of(store: Store, number: Number, run: str) -> int:
    """The row of `run` that its attempts on `number` were made for."""
    return of_run(store, number, run).position


def ended(
    store: Store, number: Number, attempt: int, end: tuple[int, str, int | None, str, float], *, definite: bool
) -> AttemptRow:
    """Fill in an attempt's end: when, the outcome's word, code, reason and seconds; the attempt, as it is now.

    A later word about the same attempt (from a worker that woke late) stands in the journal only, unless it is the definite one.
    """
    row = store.in_flight.pop(number, None)
    if row is None or row.attempt != attempt:
        row = next((one for one in of_number(store, number) if one.attempt == attempt), None)
    if row is None:
        raise damaged(f"attempt {attempt} on {number} is missing")
    if row.ended is None or definite:
        row = AttemptRow(*row[:11], 1 if definite else row.settled, *end)
        put_end(store, row)
    return row


def settle_all(store: Store, number: Number, generation: int) -> None:
    """The number's fate is known: no attempt on it can be charged beside what is recorded."""
    for row in of_number(store, number):
        if row.generation == generation and not row.settled:
            put_end(store, row._replace(settled=1))
            store.settle(row.run, row.position)


def is_unsettled(store: Store, number: Number, run: str) -> bool:
    """Whether an attempt of `run` to buy the number may yet turn out to have been charged."""
    return any(one.run == run and one.kind == "buy" and not one.settled for one in of_number(store, number))


def sends_in(store: Store, number: Number, invocation: int) -> tuple[int, int]:
    """How many sends of the number in this invocation ended without a definite answer, and how many never left."""
    outcomes = [one.outcome for one in of_number(store, number) if one.invocation == invocation and one.kind == "buy"]
    return sum(one in _UNANSWERED for one in outcomes), outcomes.count("not sent")
