"""A row of a run as the result workbook tells it, from what one join found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from batch.ledger.events import NumberRow, State
from batch.ledger.records import Run, RunRow, Status, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import (
    Values,
    decode_cells,
    decode_fields,
    decode_names,
    maybe_moment,
    maybe_money,
    unseal,
)
from batch.ledger.sqlite.members import ALTERNATIVE
from batch.ledger.statuses import Judged, Verdict, judge
from batch.order import RowKind, Source

_KINDS: Final = {**{kind.value: kind for kind in RowKind}, ALTERNATIVE: RowKind.ORDER}
_VERDICTS: Final[dict[str | None, Verdict | None]] = {None: None, **{verdict.value: verdict for verdict in Verdict}}
_WHYS: Final[dict[str | None, Why | None]] = {None: None, **{why.value: why for why in Why}}
_STATES: Final = {state.value: state for state in State}

ORDER_WIDTH: Final = len(sql.ORDER_COLUMNS.split(", "))
"""How many columns of a joined row are the order's."""
_NUMBER_FROM: Final = ORDER_WIDTH + len(sql.OUTCOME_COLUMNS.split(", "))

_NOT_SENT: Final = frozenset({Verdict.GONE.value, Verdict.NOT_SENT.value})

_fields = lru_cache(maxsize=4096)(decode_fields)
_money = lru_cache(maxsize=4096)(maybe_money)


@dataclass(frozen=True, slots=True)
class LastInvocation:
    """A run's last invocation that was to buy, and why it did not reach the rows that it did not reach."""

    id: int
    stop: Why


@lru_cache(maxsize=4096)
def _judge(
    kind: str, verdict: str | None, why: str | None, state: str | None, run: str, buyer: str, name: str, stop: Why, *, fresh: bool
) -> Judged:  # fmt: skip
    number = None if state is None else NumberRow(state=_STATES[state], run=run, buyer=buyer)
    return judge(_KINDS[kind], _VERDICTS[verdict], _WHYS[why], number, name, stop=stop, fresh=fresh)


def run_row(values: Values, run: Run, last: LastInvocation) -> RunRow:
    """The row of `ROWS`. Raises LedgerUnusable where its order or its outcome does not agree with its seal."""
    what = f"row {values[1]} of run {run.name}"
    _, position, kind, number, file, sheet, source_row, price, note, country, fields, cells = unseal(
        values[:ORDER_WIDTH], what
    )
    outcome = values[ORDER_WIDTH:_NUMBER_FROM]
    found = unseal(outcome, f"what was found out about {what}") if outcome[0] is not None else outcome
    verdict, why, code, reason, invocation, confirmed_at, confirmed_by, bought_in, differs = found[2:11]
    setup, monthly, released_at = found[12:15]
    state, current, buyer, number_code, since, attempts, intent, tried_at = values[_NUMBER_FROM:]
    fresh = invocation is not None and invocation >= last.id
    judged = _judge(kind, verdict, why, state, current, buyer, run.name, last.stop, fresh=fresh)
    status = judged.status
    if status is Status.DOUBT:
        code, reason, confirmed_at, confirmed_by = number_code, "", None, ""
    elif status in {Status.INVALID, Status.DUPLICATE}:
        reason, attempts, intent = note, 0, None
        confirmed_at, confirmed_by = None, "validation"
    elif status is Status.OWNED and judged.by_ledger and verdict != Verdict.NOT_ASKED:
        code, reason, confirmed_at, confirmed_by, bought_in = None, "", since, "ledger", buyer
    elif status is Status.NOT_SENT and verdict not in _NOT_SENT:
        code, reason, confirmed_at, confirmed_by = None, "", None, ""
    return RunRow(
        position,
        Source(file, sheet, source_row),
        number,
        status,
        judged.why,
        code,
        reason or "",
        _fields(fields),
        decode_cells(cells),
        country,
        _money(price),
        _money(setup),
        _money(monthly),
        bought_in or "",
        decode_names(differs),
        attempts,
        maybe_moment(intent),
        maybe_moment(confirmed_at),
        confirmed_by or "",
        maybe_moment(released_at),
        _KINDS[kind],
        worst=_money(tried_at if found[11] is None else found[11]),
        giving_back=judged.giving_back,
    )
