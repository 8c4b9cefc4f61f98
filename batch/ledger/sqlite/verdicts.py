"""A1 to A6, R5, R6: what an inquiry showed of a number in doubt, or lost; P11, P12: what a process finds when it starts."""

from __future__ import annotations

from collections.abc import Sequence

from batch.codes import CodeKind
from batch.ledger.attempts import Doubt, OpenRow, SeenNote
from batch.ledger.events import Absent, Found, NumberRow, Present, State
from batch.ledger.records import Begun, Why
from batch.ledger.sqlite import attempts
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.attempts import of_run, position_of, settle_all
from batch.ledger.sqlite.codec import maybe_money, number_row, price_text
from batch.ledger.sqlite.feed import open_row
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.tables import attempt_record
from batch.ledger.states import Step, step
from batch.ledger.statuses import Verdict
from batch.money import ZERO
from batch.number import Number

_IN_DOUBT = frozenset({State.DOUBT, State.RELEASE_DOUBT})


def adopt(store: Store) -> Sequence[Doubt]:
    """See `Ledger.adopt`."""
    found = store.execute(sql.UNFINISHED).fetchall()
    at = store.now()
    doubts = []
    for number, *values in found:
        before = number_row(number, tuple(values))
        led_to = step(before, Found(), store.timing)
        store.put(number, led_to.rule, before, led_to.after, run=before.run, at=at, attempt=before.open)
        doubts.append(_doubt(store, number, led_to.after))
    return doubts


def doubt(store: Store, number: Number, *, lost: bool) -> Doubt | None:
    """See `Ledger.doubt`."""
    row = store.number(number)
    may_be_ours = row.state in _IN_DOUBT or (lost and row.state is State.REFUSED and bool(row.lost))
    return _doubt(store, number, row) if may_be_ours else None


def lost_rows(store: Store, begun: Begun, after: int, count: int) -> Sequence[OpenRow]:
    """See `Ledger.lost_rows`."""
    run = begun.run.name
    bound = (store.run_id(run), after, count)
    return [open_row(run, values) for values in store.execute(sql.LOST_ROWS, bound).fetchall()]


def _doubt(store: Store, number: Number, row: NumberRow) -> Doubt:
    known = attempts.of_number(store, number)
    return Doubt(number, row, tuple(attempt_record(one) for one in known if one.generation == row.generation))


def verdict(store: Store, number: Number, event: Present | Absent, note: SeenNote) -> Step:
    """See `Ledger.verdict`."""
    before = store.number(number)
    led_to = step(before, event, store.timing)
    after = led_to.after
    if after == before:
        return led_to
    run = after.buyer or before.run
    position_of(store, number, run)  # its attempt is there, or nothing is written
    at = store.now()
    reason = note.by if note.created is None else f"{note.by}, created {note.created.isoformat()}"
    store.put(number, led_to.rule, before, after, run=run, at=at, attempt=before.open, code=after.code, reason=reason)
    if before.state is State.RELEASE_DOUBT:
        _release_seen(store, number, led_to, at)
        return led_to
    settle_all(store, number, before.generation)
    if isinstance(event, Present):
        _present(store, number, before, event, note, at)
    else:
        _absent(store, number, before, after, note, at)
    return led_to


def _present(store: Store, number: Number, before: NumberRow, event: Present, note: SeenNote, at: int) -> None:
    """Ours: bought by the run that it is attributed to; the run in whose doubt it was owns it already, if another."""
    buyer = event.bought_by
    if buyer:
        bought = of_run(store, number, buyer)
        position, worst = bought.position, bought.worst
        setup, monthly = (None, None) if note.setup is None else (note.setup, note.monthly or ZERO)
        store.put_verdict(
            buyer, position, Verdict.PURCHASED, at=at, by=note.by, worst=worst, setup=setup, monthly=monthly
        )
        store.buy(buyer, position, maybe_money(worst), setup, monthly)
        if setup is not None and monthly is not None:
            store.chain.add(at, number, buyer, "price", after=price_text(setup, monthly), reason=note.by)
    if before.run != buyer:
        position = position_of(store, number, before.run)
        store.put_verdict(before.run, position, Verdict.OWNED, at=at, by=note.by, code=before.code, bought_in=buyer)


def _absent(store: Store, number: Number, before: NumberRow, after: NumberRow, note: SeenNote, at: int) -> None:
    """Not ours, and believed: refused with the code that brought the doubt; with none, it may be sent again."""
    run, code = before.run, before.code
    if after.state is State.REFUSED:
        verdict = Verdict.DEFERRED if before.kind is CodeKind.RESERVED else Verdict.REFUSED
        store.put_verdict(run, position_of(store, number, run), verdict, at=at, by=note.by, code=code)
    elif before.kind is CodeKind.ACCOUNT:
        position = position_of(store, number, run)
        store.put_verdict(run, position, Verdict.NOT_SENT, at=at, by=note.by, why=Why.ACCOUNT.value, code=code)


def _release_seen(store: Store, number: Number, led_to: Step, at: int) -> None:
    if led_to.released_run:
        run = led_to.released_run
        store.put_released(run, position_of(store, number, run), at)
