"""What a run of some orders would find, for the plan: by chunks of numbers, never one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import apsw

from batch.ledger.events import State
from batch.ledger.records import Preview, Run, Status, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.statuses import BOUGHT_STATES, DOUBT_STATES, Judged
from batch.order import Orders, RowKind

_CHUNK = 1000
_NOT_OPEN = frozenset({Why.GONE, Why.ELSEWHERE})


def preview_of(run: Run, judged: Iterable[tuple[int, Judged]], *, retry_refused: bool) -> Preview:
    """Of orders whose run is there. What another run bought and lost since is owned: it is not bought again by itself."""
    counts = Counter[Status | Why]()
    for count, one in judged:
        counts[one.why if one.why in _NOT_OPEN else one.status] += count
    refused = 0 if retry_refused else counts[Status.REFUSED]
    return Preview(
        run=run,
        purchased=counts[Status.PURCHASED] + counts[Status.RELEASED],
        already_owned=counts[Status.OWNED] + counts[Why.GONE],
        in_doubt=counts[Status.DOUBT] + counts[Why.ELSEWHERE],
        refused=refused,
        deferred=counts[Status.DEFERRED],
        duplicates=counts[Status.DUPLICATE],
        invalid=counts[Status.INVALID],
        to_buy=counts[Status.NOT_SENT] + counts[Status.REFUSED] - refused,
    )


def preview_new(connection: apsw.Connection, orders: Orders) -> Preview:
    """Of orders that would be a new run: what other runs refused is to be bought, what they own or doubt is not."""
    kinds = Counter(row.kind for row in orders.rows)
    numbers = [str(row.number) for row in orders.rows if row.kind is RowKind.ORDER]
    states = Counter(state for chunk in _chunks(numbers) for state in _states(connection, chunk))
    owned = sum(states[state] for state in (*BOUGHT_STATES, State.HELD))
    in_doubt = sum(states[state] for state in DOUBT_STATES)
    return Preview(
        run=None,
        purchased=0,
        already_owned=owned,
        in_doubt=in_doubt,
        refused=0,
        deferred=0,
        duplicates=kinds[RowKind.DUPLICATE],
        invalid=kinds[RowKind.INVALID],
        to_buy=len(numbers) - owned - in_doubt,
    )


def _chunks(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(numbers), _CHUNK):
        yield numbers[start : start + _CHUNK]


def _states(connection: apsw.Connection, numbers: Sequence[str]) -> Iterator[State]:
    statement = sql.STATES_OF.format(marks=",".join("?" * len(numbers)))
    for (state,) in connection.execute(statement, tuple(numbers)):
        yield State(state)
