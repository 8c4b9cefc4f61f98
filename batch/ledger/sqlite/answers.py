"""P3 to P10, R2 to R4: what came of an attempt, applied to the number as it stands now."""

from __future__ import annotations

from typing import assert_never

from batch.codes import CodeKind
from batch.ledger.attempts import AnswerNote, OpenRow
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
from batch.ledger.records import Begun, Why
from batch.ledger.sqlite import attempts
from batch.ledger.sqlite.codec import maybe_money, storable
from batch.ledger.sqlite.store import Store
from batch.ledger.sqlite.tables import AttemptRow
from batch.ledger.states import Step, step
from batch.ledger.statuses import Verdict
from batch.number import Number


def answer(store: Store, begun: Begun, row: OpenRow, event: Answer, note: AnswerNote) -> Step:
    """See `Ledger.answer`."""
    number = row.number
    before = store.number(number)
    led_to = step(before, event, store.timing)
    reason = storable(note.reason)
    position = row.position if event.run == begun.run.name else attempts.position_of(store, number, event.run)
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
    end = (at, outcome_word(event), note.code, reason, note.seconds)
    ended = attempts.ended(store, number, attempt, end, definite=definite)
    _keep_verdict(store, position, event, note, led_to, ended)
    if led_to.rule in {"P4", "R3"} and led_to.after.attempt > 1:
        attempts.settle_all(store, number, event.generation)
    elif definite:
        settle_row(store, number, led_to.after, event.run, position)
    elif led_to.rule == "P9'":
        attempts.put_end(store, ended._replace(settled=0))  # its absence was believed too soon
        store.expose(event.run, position, maybe_money(ended.worst))
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


def settle_row(store: Store, number: Number, after: NumberRow, run: str, position: int) -> None:
    """One attempt has its definite answer: the row counts no longer, unless another of its attempts may be charged."""
    if after.attempt == 1 or not attempts.is_unsettled(store, number, run):
        store.settle(run, position)


def _keep_verdict(
    store: Store, position: int, event: Answer, note: AnswerNote, led_to: Step, ended: AttemptRow
) -> None:
    """What the attempt's run now knows of its row."""
    run, after, at = event.run, led_to.after, ended.ended
    match event:
        case Success() if led_to.rule == "P4" and not led_to.alarm:
            _bought(store, position, event, note, ended)
        case Refusal() if led_to.rule == "P5" and after.state is State.FREE:
            why = Why.ACCOUNT.value
            store.put_verdict(
                run, position, Verdict.NOT_SENT, at=at, why=why, code=event.code, reason=storable(note.reason)
            )
        case Refusal() if led_to.rule == "P6" and after.state is State.FREE:
            store.put_outcome(store.outcome(run, position)._replace(reserved_left=note.reserved_left))
        case Refusal() if led_to.rule in {"P6", "P8"} and after.state is State.REFUSED:
            verdict = Verdict.DEFERRED if event.kind is CodeKind.RESERVED else Verdict.REFUSED
            store.put_verdict(run, position, verdict, at=at, by="answer", code=event.code, reason=storable(note.reason))
        case Released() if led_to.rule == "R3":
            store.put_released(led_to.released_run, position, at)
        case _:
            pass


def _bought(store: Store, position: int, event: Success, note: AnswerNote, ended: AttemptRow) -> None:
    run, code, worst = event.run, note.code, ended.worst
    totals = store.totals.get(run)
    is_exposed = totals is not None and position in totals.exposed
    if not is_exposed and store.outcome(run, position).verdict == Verdict.PURCHASED:
        return  # an inquiry was faster: the purchase is counted already
    store.put_verdict(
        run,
        position,
        Verdict.PURCHASED,
        at=ended.ended,
        by="answer",
        code=code,
        reason=storable(note.reason),
        worst=worst,
    )
    store.buy(run, position, maybe_money(worst))
