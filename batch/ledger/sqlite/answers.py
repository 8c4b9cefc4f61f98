"""P3 to P10, R2 to R4: what came of an attempt, applied to the number as it stands now."""

from __future__ import annotations

from typing import assert_never

from batch.codes import CodeKind
from batch.ledger.events import (
    Answer,
    CertainlyNotSent,
    NumberRow,
    Refusal,
    Released,
    ReleaseFailed,
    State,
    Success,
    TooMany,
    Unanswered,
    Unfamiliar,
)
from batch.ledger.records import AnswerNote, Begun, OpenRow, Why
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import damaged, maybe_money, money_text, storable
from batch.ledger.sqlite.store import Store
from batch.ledger.states import Step, step
from batch.ledger.statuses import Verdict
from batch.number import Number


def answer(store: Store, begun: Begun, row: OpenRow, event: Answer, note: AnswerNote) -> Step:
    """See `Ledger.answer`."""
    number = row.number
    before = store.number(number)
    led_to = step(before, event, store.timing)
    reason = storable(note.reason)
    position = row.position if event.run == begun.run.name else position_of(store, number, event.run)
    at = store.now()
    attempt = event.attempt
    store.put(
        number,
        led_to.rule,
        before,
        led_to.after,
        run=event.run,
        at=at,
        attempt=attempt,
        code=note.code,
        reason=reason,
    )
    definite = is_definite(event)
    end = (at, outcome_word(event), note.code, reason, note.seconds, definite)
    store.execute(sql.END_ATTEMPT, (*end, number, attempt, definite))
    _keep_verdict(store, number, position, event, note, led_to, at)
    if led_to.rule in {"P4", "R3"} and led_to.after.attempt > 1:
        settle_all(store, number, event.generation)
    elif definite:
        settle_row(store, number, led_to.after, event.run, position)
    elif led_to.rule == "P9'":
        worst = store.execute(sql.UNSETTLE_ATTEMPT, (number, attempt)).get
        store.expose(event.run, position, maybe_money(worst))
    return led_to


def outcome_word(event: Answer) -> str:
    """The attempt's outcome, as the ledger and `Attempt.outcome` say it."""
    match event:
        case Success():
            return "success"
        case Refusal():
            return "refused"
        case CertainlyNotSent():
            return "not sent"
        case Unanswered():
            return "no verdict"
        case TooMany():
            return "too many requests"
        case Unfamiliar():
            return "unfamiliar"
        case Released():
            return "released"
        case ReleaseFailed():
            return "release failed"
        case _:
            assert_never(event)


def is_definite(event: Answer) -> bool:
    """Whether the attempt can't turn out to have been charged otherwise."""
    return isinstance(event, Success | Refusal | CertainlyNotSent | Released)


def position_of(store: Store, number: Number, run: str) -> int:
    """The row of `run` that its attempts on `number` were made for."""
    found = store.execute(sql.ATTEMPT_OF_RUN, (number, run)).get
    if found is None:
        raise damaged(f"the attempt of run {run} on {number} is missing")
    position: int = found[0]
    return position


def settle_all(store: Store, number: Number, generation: int) -> None:
    """The number's fate is known: no attempt on it can be charged beside what is recorded."""
    for run, position in store.execute(sql.SETTLE_ATTEMPTS, (number, generation)).fetchall():
        store.settle(run, position)


def settle_row(store: Store, number: Number, after: NumberRow, run: str, position: int) -> None:
    """One attempt has its definite answer: the row counts no longer, unless another of its attempts may be charged."""
    if after.attempt == 1 or store.execute(sql.IS_UNSETTLED, (number, run)).get is None:
        store.settle(run, position)


def _keep_verdict(
    store: Store, number: Number, position: int, event: Answer, note: AnswerNote, led_to: Step, at: int
) -> None:
    """What the attempt's run now knows of its row."""
    run, after = event.run, led_to.after
    match event:
        case Success() if led_to.rule == "P4" and not led_to.alarm:
            _bought(store, number, position, event, note, at)
        case Refusal() if led_to.rule == "P5" and after.state is State.FREE:
            why = Why.ACCOUNT.value
            store.put_verdict(
                run, position, Verdict.NOT_SENT, at=at, why=why, code=event.code, reason=storable(note.reason)
            )
        case Refusal() if led_to.rule == "P6" and after.state is State.FREE:
            store.execute(sql.PUT_RESERVED_LEFT, (store.run_id(run), position, note.reserved_left))
        case Refusal() if led_to.rule in {"P6", "P8"} and after.state is State.REFUSED:
            verdict = Verdict.DEFERRED if event.kind is CodeKind.RESERVED else Verdict.REFUSED
            store.put_verdict(run, position, verdict, at=at, by="answer", code=event.code, reason=storable(note.reason))
        case Released() if led_to.rule == "R3":
            store.execute(sql.PUT_RELEASED, (at, store.run_id(led_to.released_run), position))
        case _:
            pass


def _bought(store: Store, number: Number, position: int, event: Success, note: AnswerNote, at: int) -> None:
    run, code = event.run, note.code
    totals = store.totals.get(run)
    if totals is not None and position in totals.exposed:
        worst = money_text(totals.exposed[position])
    else:
        worst, verdict = store.execute(sql.WORST_AND_VERDICT, (store.run_id(run), number, event.attempt)).get
        if verdict == Verdict.PURCHASED:
            return  # an inquiry was faster: the purchase is counted already
    store.put_verdict(
        run, position, Verdict.PURCHASED, at=at, by="answer", code=code, reason=storable(note.reason), worst=worst
    )
    store.buy(run, position, maybe_money(worst))
