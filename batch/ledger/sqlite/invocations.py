"""Invocations as they are stored: begun, their price setting noted, ended; sealed with every write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from batch.ledger.records import ASIDE, Invocation, InvocationEnd, InvocationFacts, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import (
    Values,
    damaged,
    encode_json,
    from_micros,
    maybe_money,
    money_text,
    seal,
    storable,
    to_micros,
    unseal,
)
from batch.ledger.sqlite.store import Store


class InvocationRow(NamedTuple):
    """A row of `invocations`, without its seal. See `schema.sql`."""

    id: int
    run: int
    started: int
    who: str
    host: str
    pid: int
    version: str
    settings: str
    assumed: str | None = None
    ended: int | None = None
    exit_code: int | None = None
    stop: str | None = None
    halt_reason: str | None = None
    opening: str | None = None
    closing: str | None = None


def invocation_row(values: Values) -> InvocationRow:
    """The invocation of `INVOCATION_COLUMNS`. Raises LedgerUnusable where it does not agree with its seal."""
    return InvocationRow._make(unseal(values, f"invocation {values[0]}"))


def begin(store: Store, run_id: int, facts: InvocationFacts) -> int:
    """Add one; its id."""
    invocation: int = store.execute(sql.NEXT_INVOCATION).get
    who = (facts.user, facts.host, facts.pid, facts.version, encode_json(dict(facts.settings)))
    _put(store, InvocationRow(invocation, run_id, to_micros(facts.started), *who))
    return invocation


def note_assumed(store: Store, invocation: int, assumed: Decimal | None) -> None:
    """Keep the price setting that it claims with."""
    _put(store, _read(store, invocation)._replace(assumed=money_text(assumed)))
    store.assumed[invocation] = assumed


def end(store: Store, invocation: int, how: InvocationEnd) -> int:
    """Keep how it ended; when, in microseconds."""
    ended = to_micros(how.ended)
    row = _read(store, invocation)._replace(
        ended=ended,
        exit_code=how.exit_code,
        stop=how.stop.value,
        halt_reason=storable(how.halt_reason),
        opening=money_text(how.opening_balance),
        closing=money_text(how.closing_balance),
    )
    _put(store, row)
    return ended


def _read(store: Store, invocation: int) -> InvocationRow:
    values = store.execute(sql.INVOCATION, (invocation,)).get
    if values is None:
        raise damaged(f"invocation {invocation} is missing")
    return invocation_row(values)


def _put(store: Store, row: InvocationRow) -> None:
    store.execute(sql.PUT_INVOCATION, (*row, seal(row)))


def invocation_record(row: InvocationRow) -> Invocation:
    """For callers."""
    return Invocation(
        id=row.id,
        facts=InvocationFacts(
            from_micros(row.started), row.who, row.host, row.pid, row.version, json.loads(row.settings)
        ),
        end=None
        if row.ended is None or row.stop is None
        else InvocationEnd(
            ended=from_micros(row.ended),
            exit_code=row.exit_code or 0,
            stop=Why(row.stop),
            halt_reason=row.halt_reason or "",
            opening_balance=maybe_money(row.opening),
            closing_balance=maybe_money(row.closing),
        ),
    )


def last_buying(invocations: Sequence[InvocationRow]) -> InvocationRow:
    """The last one that was to buy; a run's first always was."""
    return next(row for row in reversed(invocations) if ASIDE not in json.loads(row.settings))


def assumed_price(invocations: Sequence[InvocationRow]) -> Decimal | None:
    """The price setting that the last invocation claimed with; of one that claimed nothing, the one before it."""
    for row in reversed(invocations):
        if row.assumed is not None:
            return maybe_money(row.assumed)
    return None
