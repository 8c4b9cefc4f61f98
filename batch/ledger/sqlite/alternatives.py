"""Rows with alternatives: how their members are stored, which is next, and that at most one of them is bought."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from batch.ledger.attempts import OpenRow
from batch.ledger.records import Begun
from batch.ledger.sqlite import members as sql
from batch.ledger.sqlite.codec import Values, encode_json, money_text, seal, storable
from batch.ledger.sqlite.feed import open_row, order_of
from batch.ledger.sqlite.store import Store
from batch.ledger.statuses import BOUGHT_STATES, DOUBT_STATES, Verdict
from batch.order import Orders

_TAKEN: Final = frozenset({Verdict.PURCHASED, Verdict.RELEASED, Verdict.OWNED, Verdict.NOT_ASKED})
"""What was found out of a member that stands for its row: no other one is bought."""


def alternative_values(run_id: int, orders: Orders) -> Iterator[Values]:
    """What `ADD_ORDER` takes, for every alternative: behind all rows, in their order."""
    position = len(orders.rows)
    for row in orders.rows:
        source = row.source
        for place, one in enumerate(row.stand_ins, start=1):
            values = (
                run_id,
                position,
                sql.ALTERNATIVE,
                one.number,
                source.file,
                storable(source.sheet),
                source.row,
                money_text(row.price),
                f"{row.position} {place}",
                one.country,
                encode_json(dict(one.fields)),
                encode_json(one.cells),
            )
            yield (*values, seal(values))
            position += 1


def main_of(order: Values) -> int:
    """The position of the row that an alternative stands in for; `order` are its `ORDER_COLUMNS`."""
    return int(order[8].split()[0])


def find_alternatives(store: Store, run_id: int, rows: int) -> dict[int, range]:
    """The positions of each row's alternatives, by its own."""
    return {main: range(first, first + count) for main, first, count in store.execute(sql.ALTERNATIVES, (run_id, rows))}


def open_alternatives(store: Store, begun: Begun, gone: Collection[int], *, retry_refused: bool) -> Sequence[OpenRow]:
    """See `Ledger.open_alternatives`."""
    run = begun.run
    if not store.alternatives.get(run.name):
        return []
    bound = {
        "run": store.run_id(run.name),
        "name": run.name,
        "rows": run.rows,
        "gone": json.dumps(sorted(gone)),
        "again": retry_refused,
    }
    found = [open_row(run.name, values) for values in store.execute(sql.OPEN_ALTERNATIVES, bound).fetchall()]
    return [row for row in found if not stands_back(store, begun, row.position)]


def stands_back(store: Store, begun: Begun, position: int) -> bool:
    """Whether another member of this row is before it: not refused yet, bought, or perhaps so."""
    members = _members(store, begun, position)
    return any(
        _is_taken(store, begun.run.name, other, before=other < position) for other in members if other != position
    )


def _members(store: Store, begun: Begun, position: int) -> Sequence[int]:
    known = store.alternatives.get(begun.run.name)
    if not known:
        return ()
    if position < begun.run.rows:
        return known.get(position, ())
    main = main_of(order_of(store, begun.run.name, position))
    return (main, *known[main])


def _is_taken(store: Store, run: str, position: int, *, before: bool) -> bool:
    number = store.number(order_of(store, run, position)[3])
    if (number.state in BOUGHT_STATES and number.buyer == run) or (number.state in DOUBT_STATES and number.run == run):
        return True
    verdict = store.outcome(run, position).verdict
    return verdict != Verdict.REFUSED if before else verdict in _TAKEN
