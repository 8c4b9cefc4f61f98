"""A run's rows for the pool and the reconciler: which are open, what was found out of those that are owned, prices, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from batch.errors import UsageError
from batch.ledger.attempts import Control, OpenRow, OwnedAnswer
from batch.ledger.events import State
from batch.ledger.records import Begun, Totals, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.attempts import last_of_run
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
    unseal,
)
from batch.ledger.sqlite.rows import ORDER_WIDTH
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


def open_rows(
    store: Store, begun: Begun, after: int, count: int, *, retry_refused: bool, rebuy: bool
) -> Sequence[OpenRow]:
    """See `Ledger.open_rows`."""
    run = begun.run.name
    bound = {
        "run": store.run_id(run),
        "name": run,
        "after": after,
        "count": count,
        "again": retry_refused,
        "rebuy": rebuy,
    }
    return [open_row(run, values) for values in store.execute(sql.OPEN_ROWS, bound)]


def row_of(store: Store, begun: Begun, number: Number) -> OpenRow | None:
    """See `Ledger.row`."""
    run = begun.run.name
    values = store.execute(sql.ROW_OF_NUMBER, (number, store.run_id(run))).get
    return None if values is None else open_row(run, values)


def open_row(run: str, values: Values) -> OpenRow:
    """The row of `OPEN_ROWS` and its like."""
    order, (left, verdict, *where) = values[:ORDER_WIDTH], values[ORDER_WIDTH:]
    _, position, _, number, *_, price, _, _, fields, _ = unseal(order, f"row {order[1]} of run {run}")
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
    verdict, by = _VERDICTS[answer]
    known = store.outcome(run, row.position).verdict
    if known == Verdict.RELEASED or (verdict is Verdict.NOT_ASKED and known in {verdict, Verdict.OWNED, Verdict.GONE}):
        return  # what this run gave back, another may own: for this one it stays given back
    number = store.number(row.number)
    buyer = number.buyer
    differs = ""
    if buyer and answer is not OwnedAnswer.GONE:
        bought = last_of_run(store, row.number, buyer)
        if bought is not None:
            differs = _differing(store, (run, row.position), (buyer, bought.position))
    at = store.now()
    store.put_verdict(run, row.position, verdict, at=at, by=by, bought_in=buyer, differs=differs)
    if answer is not OwnedAnswer.NOT_ASKED:
        gone = answer is OwnedAnswer.GONE
        store.execute(sql.MARK_GONE, (gone, row.number))
        state = number.state.value
        store.chain.add(at, row.number, run, "O1", before=state, after=state, reason="gone" if gone else "ours")


def _differing(store: Store, one: tuple[str, int], other: tuple[str, int]) -> str:
    """The names of the fields in which two rows differ, as a JSON list; empty where they don't."""
    ordered, bought = (_fields_of(store, *row) for row in (one, other))
    names = [name for name in {**ordered, **bought} if ordered.get(name) != bought.get(name)]
    return encode_json(names) if names else ""


def _fields_of(store: Store, run: str, position: int) -> Mapping[str, str]:
    return decode_fields(order_of(store, run, position)[10])


def order_of(store: Store, run: str, position: int) -> Values:
    """The row of `ORDER_COLUMNS`, without its seal. Raises LedgerUnusable where it is missing."""
    what = f"row {position} of run {run}"
    found = store.execute(sql.ORDER, (store.run_id(run), position)).get
    if found is None:
        raise damaged(f"{what} is missing")
    return unseal(found, what)


def not_sent(store: Store, begun: Begun, row: OpenRow, why: Why, code: int | None) -> None:
    """See `Ledger.not_sent`."""
    run = begun.run.name
    if store.outcome(run, row.position).verdict in _STANDING:
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
    known = store.outcome(run, position)
    if known.verdict not in {Verdict.PURCHASED, Verdict.RELEASED}:
        raise UsageError(f"Row {position} of run {run} was not bought by it, and has no price.")
    before = charge(maybe_money(known.worst), maybe_money(known.setup), maybe_money(known.monthly))
    number = order_of(store, run, position)[3]
    store.put_outcome(known._replace(setup=money_text(setup), monthly=money_text(monthly)))
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
