"""A run's rows for the pool and the reconciler: which are open, what was found out of those that are owned, prices, controls."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from batch.errors import UsageError
from batch.ledger.events import State
from batch.ledger.records import Begun, Control, OpenRow, OwnedAnswer, Totals, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import (
    Values,
    damaged,
    decode_fields,
    encode_json,
    from_micros,
    maybe_money,
    money_text,
    number_row,
    price_text,
    seal,
)
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.totals import charge
from batch.ledger.statuses import BOUGHT_STATES, DOUBT_STATES, Verdict
from batch.number import Number

_VERDICTS: Final = {
    OwnedAnswer.OWNED: (Verdict.OWNED, "inquiry"),
    OwnedAnswer.GONE: (Verdict.GONE, "inquiry"),
    OwnedAnswer.NOT_ASKED: (Verdict.NOT_ASKED, "ledger, not asked"),
}

_STANDING: Final = frozenset(Verdict) - {Verdict.NOT_SENT}
"""Verdicts that a reason for not being sent does not replace: the row was not met again."""


def open_rows(store: Store, begun: Begun, after: int, count: int, *, retry_refused: bool) -> Sequence[OpenRow]:
    """See `Ledger.open_rows`."""
    run = begun.run.name
    bound = {"run": store.run_id(run), "name": run, "after": after, "count": count, "again": retry_refused}
    return [_open_row(run, values) for values in store.execute(sql.OPEN_ROWS, bound)]


def row_of(store: Store, begun: Begun, number: Number) -> OpenRow | None:
    """See `Ledger.row`."""
    run = begun.run.name
    values = store.execute(sql.ROW_OF_NUMBER, (number, store.run_id(run))).get
    return None if values is None else _open_row(run, values)


def _open_row(run: str, values: Values) -> OpenRow:
    position, number, fields, cells, price, kind, kept, left, verdict, *where = values
    if seal(number, kind, fields, cells, price or "") != kept:
        raise damaged(f"row {position} of run {run} does not agree with its seal")
    state = number_row(number, tuple(where))
    bought_elsewhere = state.state in BOUGHT_STATES and state.buyer != run
    return OpenRow(
        position=position,
        number=number,
        fields=decode_fields(fields),
        price=maybe_money(price),
        owned=bought_elsewhere or state.state is State.HELD,
        elsewhere=state.state in DOUBT_STATES and state.run != run,
        reserved_left=None if verdict == Verdict.DEFERRED else left,
    )


def owned(store: Store, begun: Begun, row: OpenRow, answer: OwnedAnswer) -> None:
    """See `Ledger.owned`."""
    run = begun.run.name
    run_id = store.run_id(run)
    verdict, by = _VERDICTS[answer]
    known = store.execute(sql.OUTCOME, (run_id, row.position)).get
    if verdict is Verdict.NOT_ASKED and known is not None and known[0] in {verdict, Verdict.OWNED, Verdict.GONE}:
        return
    number = store.number(row.number)
    buyer = number.buyer
    differs = ""
    if buyer and answer is not OwnedAnswer.GONE:
        bought = store.execute(sql.ATTEMPT_OF_RUN, (row.number, buyer)).get
        if bought is not None:
            differs = _differing(store, (run_id, row.position), (store.run_id(buyer), bought[0]))
    at = store.now()
    store.put_verdict(run, row.position, verdict, at=at, by=by, bought_in=buyer, differs=differs)
    if answer is not OwnedAnswer.NOT_ASKED:
        gone = answer is OwnedAnswer.GONE
        store.execute(sql.MARK_GONE, (gone, row.number))
        state = number.state.value
        store.chain.add(at, row.number, run, "O1", before=state, after=state, reason="gone" if gone else "ours")


def _differing(store: Store, one: tuple[int, int], other: tuple[int, int]) -> str:
    """The names of the fields in which two rows differ, as a JSON list; empty where they don't."""
    texts = [store.execute(sql.FIELDS_OF, row).get for row in (one, other)]
    if texts[0] == texts[1] or None in texts:
        return ""
    ordered, bought = (decode_fields(text) for text in texts)
    names = [name for name in {**ordered, **bought} if ordered.get(name) != bought.get(name)]
    return encode_json(names) if names else ""


def not_sent(store: Store, begun: Begun, row: OpenRow, why: Why, code: int | None) -> None:
    """See `Ledger.not_sent`."""
    run = begun.run.name
    known = store.execute(sql.OUTCOME, (store.run_id(run), row.position)).get
    if known is not None and known[0] in _STANDING:
        return
    store.put_verdict(
        run,
        row.position,
        Verdict.NOT_SENT,
        at=store.now(),
        why=why.value,
        code=code,
        invocation=begun.invocation,
    )


def unpriced(store: Store, begun: Begun, after: int, count: int) -> Sequence[tuple[int, Number]]:
    """See `Ledger.unpriced`."""
    found: list[tuple[int, Number]] = store.execute(
        sql.UNPRICED, (store.run_id(begun.run.name), after, count)
    ).fetchall()
    return found


def price(store: Store, begun: Begun, position: int, setup: Decimal, monthly: Decimal) -> None:
    """See `Ledger.price`."""
    run = begun.run.name
    run_id = store.run_id(run)
    known = store.execute(sql.OUTCOME, (run_id, position)).get
    if known is None or known[0] not in {Verdict.PURCHASED, Verdict.RELEASED}:
        raise UsageError(f"Row {position} of run {run} was not bought by it, and has no price.")
    _, worst, old_setup, old_monthly = known
    before = charge(maybe_money(worst), maybe_money(old_setup), maybe_money(old_monthly))
    store.execute(sql.PUT_PRICE, (money_text(setup), money_text(monthly), run_id, position))
    [number] = store.execute(sql.NUMBER_OF_ROW, (run_id, position)).fetchone()
    store.chain.add(store.now(), number, run, "price", after=price_text(setup, monthly))
    store.totals[run].spent += charge(None, setup, monthly) - before


def totals(store: Store, begun: Begun) -> Totals:
    """See `Ledger.totals`."""
    return store.totals[begun.run.name].as_record()


def controls(store: Store, count: int) -> Sequence[Control]:
    """See `Ledger.controls`."""
    found = store.execute(sql.CONTROLS, (count,)).fetchall()
    return [Control(number, from_micros(intent), from_micros(at)) for number, intent, at in found]


def knows(store: Store, number: Number) -> bool:
    """See `Ledger.knows`."""
    return bool(store.execute(sql.IS_KNOWN, (number,)).get)
