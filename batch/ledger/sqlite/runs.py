"""Making, continuing and ending runs. A run is there whole or not at all: its rows are written in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from batch.errors import OrdersError, UsageError
from batch.ledger.records import ASIDE, Begun, InvocationEnd, InvocationFacts, LedgerKey, Run
from batch.ledger.sqlite import invocations
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.alternatives import alternative_values, find_alternatives
from batch.ledger.sqlite.checks import rows_words
from batch.ledger.sqlite.codec import (
    Values,
    encode_columns,
    encode_files,
    encode_json,
    money_text,
    run_record,
    seal,
    storable,
)
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.totals import RunTotals
from batch.order import CHOOSE, Orders

_SHORTEST_NAME = 4


def run_key(orders: Orders, key: LedgerKey) -> str:
    """The run's identity: its orders' content, for one account."""
    whole = f"{orders.key}\x1f{key.provider}\x1f{key.environment.value}\x1f{key.account}"
    return sha256(whole.encode()).hexdigest()


def choose_run(runs: Sequence[Run], name: str | None) -> Run:
    """The one of `runs` that is called `name`, or whose name alone begins so; None: the first. Raises UsageError otherwise."""
    if not runs:
        raise UsageError("This ledger has no run yet.", remedy="`numbatch run ORDERS` makes one.")
    if name is None:
        return runs[0]
    fitting = [run for run in runs if run.name == name] or [run for run in runs if run.name.startswith(name)]
    if len(fitting) == 1 and name:
        return fitting[0]
    listed = ", ".join(run.name for run in fitting or runs)
    problem = f"Several runs begin with {name!r}" if fitting else f"There is no run {name!r}"
    raise UsageError(f"{problem}: {listed}.", remedy="`numbatch runs` tells more of them.")


def begin(store: Store, orders: Orders, facts: InvocationFacts) -> Begun:
    """See `Ledger.begin`."""
    if not orders.key:
        raise UsageError("These orders have no key: they were not read by the loader.")
    if orders.wishes:
        raise OrdersError("Some rows leave open which numbers they order: nothing is bought.", remedy=CHOOSE)
    key = run_key(orders, store.key)
    values = store.execute(sql.RUN_BY_KEY, (key,)).get
    if values is not None:
        return _invocation(store, run_record(values), values[0], facts, continued=True)
    name = _free_name(store, key)
    created = store.now()
    run_id: int = store.execute(sql.NEXT_RUN).get
    plain = (run_id, name, key, encode_files(orders.files), encode_columns(orders.columns), len(orders.rows), created)
    row = (*plain, seal(plain))
    store.execute(sql.ADD_RUN, row)
    store.connection.executemany(sql.ADD_ORDER, _order_values(run_id, orders))
    store.connection.executemany(sql.ADD_ORDER, alternative_values(run_id, orders))
    words = rows_words(len(orders.rows), sum(len(row.stand_ins) for row in orders.rows))
    store.chain.add(created, "", name, "run", after=key, reason=words)
    run = run_record(row)
    return _invocation(store, run, run_id, facts, continued=False)


def resume(store: Store, run: Run, facts: InvocationFacts) -> Begun:
    """See `Ledger.resume`."""
    facts = replace(facts, settings={**facts.settings, ASIDE: "yes"})
    return _invocation(store, run, store.run_id(run.name), facts, continued=True)


def end(store: Store, begun: Begun, how: InvocationEnd) -> None:
    """See `Ledger.end`."""
    ended = invocations.end(store, begun.invocation, how)
    words = f"exit {how.exit_code}, {how.stop.value}"
    store.chain.add(ended, "", begun.run.name, "end", after=str(begun.invocation), reason=words)


def _invocation(store: Store, run: Run, run_id: int, facts: InvocationFacts, *, continued: bool) -> Begun:
    invocation = invocations.begin(store, run_id, facts)
    store.totals[run.name] = RunTotals.count(store.connection, run_id, run.name)
    store.alternatives[run.name] = find_alternatives(store, run_id, run.rows)
    return Begun(run, invocation, continued)


def _free_name(store: Store, key: str) -> str:
    """The shortest beginning of the key that no run has as its name."""
    length = _SHORTEST_NAME
    while store.execute(sql.NAME_IS_TAKEN, (key[:length],)).get is not None:
        length += 1
    return key[:length]


def _order_values(run_id: int, orders: Orders) -> Iterator[Values]:
    """What `ADD_ORDER` takes, row by row. Rows of a block share their fields: those are encoded once."""
    shared: Any = None
    fields = ""
    for row in orders.rows:
        if row.fields is not shared:
            shared, fields = row.fields, encode_json(dict(row.fields))
        cells = encode_json(row.cells)
        price = money_text(row.price)
        kind, number = row.kind.value, storable(row.number)
        source = row.source
        values = (
            run_id,
            row.position,
            kind,
            number,
            source.file,
            storable(source.sheet),
            source.row,
            price,
            storable(row.note),
            row.country,
            fields,
            cells,
        )
        yield (*values, seal(values))
