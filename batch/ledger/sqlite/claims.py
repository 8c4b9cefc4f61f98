"""P1: the guards of a claim, in their order, and the intent."""

from __future__ import annotations

from decimal import Decimal

from batch.clock import mark
from batch.codes import CodeKind
from batch.ledger.attempts import Claimed, NotClaimed, OpenRow
from batch.ledger.events import Claim, NumberRow, State
from batch.ledger.records import Begun, Bounds, Why
from batch.ledger.sqlite import attempts, invocations
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.alternatives import stands_back
from batch.ledger.sqlite.checks import intent_words
from batch.ledger.sqlite.codec import money_text, number_row
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.tables import AttemptRow
from batch.ledger.sqlite.totals import RunTotals
from batch.ledger.states import Forbidden, step
from batch.ledger.statuses import DOUBT_STATES, Verdict
from batch.money import ZERO


def claim(store: Store, begun: Begun, row: OpenRow, bounds: Bounds, sent_with: str) -> Claimed | NotClaimed:
    """See `Ledger.claim`."""
    moment = mark(store.clock)
    run = begun.run.name
    run_id = store.run_id(run)
    [(known, *where)] = store.execute(sql.FOR_CLAIM, (run_id, row.position, row.number))
    before = number_row(row.number, where)
    if known is None:
        verdict = None
        store.note_no_outcome(run_id, row.position)
    else:
        verdict = store.outcome(run, row.position).verdict
    worst = row.price if row.price is not None else bounds.assumed
    refused = _refused(store, begun, row, bounds, verdict, before, worst)
    if refused is not None:
        return refused
    again = bounds.retry_refused or before.kind is CodeKind.RESERVED
    try:
        after = step(before, Claim(run, again=again), store.timing).after
    except Forbidden:
        return NotClaimed(None, before)
    store.note_head(begun.invocation)
    at = int(moment.wall * 1_000_000)
    cost = money_text(worst)
    words = intent_words(cost, sent_with)
    entry = store.put(row.number, "P1", before, after, run=run, at=at, attempt=after.attempt, reason=words)
    intent = (row.number, after.attempt, after.generation, "buy", run, row.position, begun.invocation, at, entry)
    attempts.add(store, AttemptRow(*intent, cost, sent_with))
    if verdict is not None:
        store.clear_verdict(run, row.position)
    if store.assumed.get(begun.invocation) != bounds.assumed:
        invocations.note_assumed(store, begun.invocation, bounds.assumed)
    store.expose(run, row.position, worst)
    return Claimed(attempt=after.attempt, generation=after.generation, mark=moment, row=after, sent_with=sent_with)


def _refused(
    store: Store,
    begun: Begun,
    row: OpenRow,
    bounds: Bounds,
    verdict: str | None,
    number: NumberRow,
    worst: Decimal | None,
) -> NotClaimed | None:
    """Which guard is false, None where all are true."""
    run = begun.run.name
    if number.state in DOUBT_STATES:
        return NotClaimed(Why.ELSEWHERE if number.run != run else None, number)
    if number.state not in {State.FREE, State.REFUSED}:
        return NotClaimed(None, number)
    if verdict == Verdict.REFUSED and not bounds.retry_refused:
        return NotClaimed(None, number)
    if verdict == Verdict.RELEASED:
        return NotClaimed(Why.RELEASED, number)
    if stands_back(store, begun, row.position):
        return NotClaimed(None, number)
    if number.attempt > 0 and max(attempts.sends_in(store, row.number, begun.invocation)) >= bounds.max_attempts:
        return NotClaimed(Why.ATTEMPTS, number)
    why = _beyond(store.totals[run], row.position, bounds, worst)
    return None if why is None else NotClaimed(why, number)


def _beyond(totals: RunTotals, position: int, bounds: Bounds, worst: Decimal | None) -> Why | None:
    """Which bound one purchase more would pass. A row that counts already (an answer 429) is not counted twice."""
    counted = totals.exposed.get(position)
    more = 0 if position in totals.exposed else 1
    if bounds.max_spend is not None:
        if worst is None:
            return Why.PRICE_UNKNOWN
        if totals.spent + totals.reserved - (counted or ZERO) + worst > bounds.max_spend:
            return Why.MAX_SPEND
    if bounds.max_numbers is not None and totals.bought + len(totals.exposed) + more > bounds.max_numbers:
        return Why.MAX_NUMBERS
    return None
