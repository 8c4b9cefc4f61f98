"""Which rows of some orders a run would send, and what it would meet: for the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import apsw

from batch.ledger.events import State
from batch.ledger.prospects import Prospect
from batch.ledger.records import Preview, Status, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import decode_fields
from batch.ledger.sqlite.totals import RunTotals
from batch.ledger.statuses import BOUGHT_STATES, DOUBT_STATES, Judged
from batch.order import Orders, Row, RowKind

_CHUNK = 500
_NOT_OPEN = frozenset({Why.GONE, Why.ELSEWHERE})
_TAKEN = BOUGHT_STATES | DOUBT_STATES | {State.HELD}


def prospect_new(connection: apsw.Connection, orders: Orders, preview: Preview) -> Prospect:
    """Of orders that would be a new run."""
    rows = [row for row in orders.rows if row.kind is RowKind.ORDER]
    states = _states(connection, rows)
    open_rows = [row for row in rows if states.get(row.number) not in _TAKEN]
    owned = [row for row in rows if states.get(row.number) in BOUGHT_STATES]
    gone = _gone(connection, rows)
    return Prospect(
        preview=preview,
        open=[row.position for row in open_rows],
        refused_before=sum(states.get(row.number) is State.REFUSED for row in open_rows),
        differing=_differing(connection, [row for row in owned if row.number not in gone]),
        gone=[row.position for row in rows if row.number in gone],
        unasked=preview.already_owned - len(gone),
    )


def prospect_of(
    connection: apsw.Connection,
    orders: Orders,
    preview: Preview,
    judged: Iterable[tuple[int, Judged]],
    run: tuple[int, str],
    *,
    retry_refused: bool,
) -> Prospect:
    """Of orders whose run is there: `judged` tells how each of its positions stands, `run` is its id and name."""
    standing = list(judged)
    open_positions = [position for position, one in standing if _is_open(one, retry_refused=retry_refused)]
    by_position = {row.position: row for row in orders.rows}
    open_rows = [by_position[position] for position in open_positions]
    owned = [by_position[position] for position, one in standing if one.status is Status.OWNED]
    noticed = [by_position[position] for position, one in standing if one.why is Why.GONE]
    presumed = [by_position[position] for position, one in standing if one.by_ledger]
    states = _states(connection, [*open_rows, *noticed])
    held_no_more = _gone(connection, [*noticed, *presumed])
    again = [row for row in noticed if states.get(row.number, State.FREE) is State.FREE]
    again += [row for row in (*noticed, *presumed) if row.number in held_no_more]
    totals = RunTotals.count(connection, *run)
    return Prospect(
        preview=preview,
        open=open_positions,
        refused_before=sum(states.get(row.number) is State.REFUSED for row in open_rows),
        differing=_differing(connection, [row for row in owned if row.number not in held_no_more]),
        gone=sorted(row.position for row in again),
        unasked=len(presumed) - sum(row.number in held_no_more for row in presumed),
        spent=totals.spent + totals.reserved,
        bought=totals.bought + len(totals.exposed),
    )


def with_gone(prospect: Prospect, *, rebuy: bool) -> Prospect:
    """With what is gone among the rows to buy, in the order of the sheets, where it is to be bought again."""
    if not rebuy:
        return prospect
    preview, count = prospect.preview, len(prospect.gone)
    again = replace(preview, to_buy=preview.to_buy + count, already_owned=preview.already_owned - count)
    return replace(prospect, preview=again, open=sorted([*prospect.open, *prospect.gone]), rebuy=True)


def _is_open(judged: Judged, *, retry_refused: bool) -> bool:
    """Whether the preview counts such a row among those to buy, or as deferred."""
    match judged.status:
        case Status.NOT_SENT:
            return judged.why not in _NOT_OPEN
        case Status.REFUSED:
            return retry_refused
        case _:
            return judged.status is Status.DEFERRED


def _differing(connection: apsw.Connection, owned: Sequence[Row]) -> int:
    """How many of these owned rows order other routing than their number was bought with, where the ledger knows."""
    count = 0
    for chunk in _chunks(owned):
        bought: dict[str, Mapping[str, str]] = {}
        for number, fields in _select(connection, sql.BOUGHT_WITH, chunk):
            bought[number] = decode_fields(fields)  # the latest attempt comes last
        count += sum(row.number in bought and dict(row.fields) != dict(bought[row.number]) for row in chunk)
    return count


def _states(connection: apsw.Connection, rows: Sequence[Row]) -> dict[str, State]:
    found = {}
    for chunk in _chunks(rows):
        found.update({number: State(state) for number, state in _select(connection, sql.STATES_BY_NUMBER, chunk)})
    return found


def _gone(connection: apsw.Connection, rows: Sequence[Row]) -> frozenset[str]:
    """The numbers of these rows that the account is known to hold no more."""
    return frozenset(number for chunk in _chunks(rows) for number, _ in _select(connection, sql.GONE_NUMBERS, chunk))


def _select(connection: apsw.Connection, statement: str, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    bound = statement.format(marks=",".join("?" * len(rows)))
    yield from connection.execute(bound, tuple(str(row.number) for row in rows))


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
