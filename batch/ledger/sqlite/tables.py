"""The rows of `attempts` and `outcomes` as the code holds them, and their seals."""

from __future__ import annotations

from typing import NamedTuple

from batch.ledger.attempts import Attempt
from batch.ledger.sqlite.codec import Values, from_micros, maybe_moment, unseal
from batch.number import Number


class AttemptRow(NamedTuple):
    """A row of `attempts`, without its seal. See `schema.sql`."""

    number: Number
    attempt: int
    generation: int
    kind: str
    run: str
    position: int
    invocation: int
    intent: int
    entry: int
    worst: str | None = None
    mark: str = ""
    settled: int = 0
    ended: int | None = None
    outcome: str = ""
    code: int | None = None
    reason: str = ""
    seconds: float = 0.0


def attempt_row(values: Values) -> AttemptRow:
    """The attempt of `ATTEMPT_COLUMNS`. Raises LedgerUnusable where it does not agree with its seal."""
    return AttemptRow._make(unseal(values, f"attempt {values[1]} on {values[0]}"))


def attempt_record(row: AttemptRow) -> Attempt:
    """For callers."""
    return Attempt(
        number=row.number,
        attempt=row.attempt,
        generation=row.generation,
        kind=row.kind,
        run=row.run,
        invocation=row.invocation,
        intent_at=from_micros(row.intent),
        ended_at=maybe_moment(row.ended),
        outcome=row.outcome,
        code=row.code,
        reason=row.reason,
        seconds=row.seconds,
        mark=row.mark,
    )


class OutcomeRow(NamedTuple):
    """A row of `outcomes`, without its seal. See `schema.sql`."""

    run: int
    position: int
    verdict: str | None = None
    why: str | None = None
    code: int | None = None
    reason: str = ""
    invocation: int | None = None
    confirmed_at: int | None = None
    confirmed_by: str = ""
    bought_in: str = ""
    differs: str = ""
    worst: str | None = None
    setup: str | None = None
    monthly: str | None = None
    released_at: int | None = None
    reserved_left: float | None = None


def outcome_row(values: Values) -> OutcomeRow:
    """The outcome of `OUTCOME_COLUMNS`. Raises LedgerUnusable where it does not agree with its seal."""
    return OutcomeRow._make(unseal(values, f"what was found out about row {values[1]}"))
