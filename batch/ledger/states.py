"""The life of a number, as one table: which event is allowed in which state, under which guard, and what it leads to.

No I/O, no clock, no SQL: `step(row, event)` judges one event against one row and answers a `Step`, or raises `Forbidden`
where the table has no such line. Ages, versions and budgets come in with the event; whoever stores rows must compare and
set on `version`. The rules, in the order of the table (S is the resolve delay, H the resolve horizon; *open* is an attempt
that nobody has answered, *lost* are attempts whose absence was believed without an answer):

- P1  free, or refused: a claim makes it **buying**, with a new attempt that is open.
- P2  buying: the attempt is sent only while it is current and fresh (`may_send`); else P3.
- P3  buying, doubt: the current attempt certainly never left: **free**.
- P4  any: a success makes it **bought**, even if the attempt is not the current one; a second success is an alarm. What is
      being given back by the run that bought it goes on being given back.
- P4' a success of an earlier generation: recorded, alarm, halt.
- P5  buying, doubt: the account was refused: halt; **free**, or **doubt** where an attempt is lost.
- P6  buying, doubt: reserved: **free** until later; given up: **refused**, or **doubt** where an attempt is lost.
- P7  buying, doubt: sold, perhaps to us: **doubt**, nothing open.
- P8  buying, doubt: another known refusal: **refused**, or **doubt** where an attempt is lost.
- P9  buying, or doubt with this attempt open: no verdict: **doubt**.
- P9a buying: too many requests: **free**, the attempt is lost.
- P9b buying, doubt: an unknown code, or another number: **doubt** with that code, still open.
- P9' free, refused: a lost attempt wakes without a verdict: **doubt**, open again.
- P10 any: a refusal of an attempt that is not current: recorded only.
- P11 buying, found by a process that did not send it: **doubt**.
- P12 doubt, release doubt, at a process's start: its age begins anew.
- A1  doubt, the account shows it, age ≥ S: **bought** by the run that it is attributed to, else **held**.
- A2  doubt with an open attempt, absent, age < H: nothing yet.
- A3  doubt with an open attempt, absent, age ≥ H: that attempt is lost; **refused** where a code is known, else **free**.
- A4  doubt with nothing open, absent, age ≥ S: **refused** with its code; **free** after an account's code, or none.
- A5  any: no usable inquiry, uncalibrated, or the row has changed since: nothing.
- A6  refused with a lost attempt, the account shows it: **bought** by the run that it is attributed to, else **held**;
      absent: nothing.
- B1  free, refused: after a lost ledger, the account shows it, calibrated: **held**, and never sent.
- O2  bought or held, believed gone: a person rebuys: the old run's purchase, if one is known, is released; **free**, next
      generation.
- R1  bought by this run, attributed to it: **releasing**, with a new attempt that is open.
- R1' bought by this run, absent: released by others; **free**, next generation.
- R2  releasing: the release certainly never left: **bought**.
- R3  releasing, release doubt, bought: it was released; **free**, next generation.
- R4  releasing, release doubt: refused, no verdict, or found at start: **release doubt**.
- R5  release doubt, age < H: nothing yet.
- R6  release doubt, age ≥ H: absent: as R3; present: **bought**.

    >>> row = step(NumberRow(), Claim(run="7f3a")).after
    >>> row.state, row.open
    (<State.BUYING: 'buying'>, 1)
    >>> row = step(row, Unanswered(attempt=1, generation=1, run="7f3a")).after
    >>> row.state
    <State.DOUBT: 'doubt'>
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from batch.codes import CodeKind
from batch.ledger.events import (
    Absent,
    CertainlyNotSent,
    Claim,
    Ended,
    Event,
    Found,
    NumberRow,
    Present,
    Rebuilt,
    Rebuy,
    Refusal,
    Release,
    Released,
    ReleaseFailed,
    State,
    Success,
    TooMany,
    Unanswered,
    Unfamiliar,
    Vanished,
)

SEND_BEFORE = 2.0
"""Seconds between the intent on disk and the send, at most: an older intent is never sent."""


class Forbidden(Exception):
    """The table has no line for this event in this state, or its guard is false: nothing changes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """S and H of the table, in seconds: `delay` before a number in doubt is asked about, `horizon` until an absence counts."""

    delay: float = 10.0
    horizon: float = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """What an event led to: the line of the table, the row as it is now, and what else must happen.

    `alarm` is said loudly; `halt` stops all new sends; `released_run` is the run whose purchase is now given back.
    """

    rule: str
    after: NumberRow
    alarm: str = ""
    halt: str = ""
    released_run: str = ""


def may_send(row: NumberRow, attempt: int, elapsed: float) -> bool:
    """P2, R2: whether the intent on disk may leave now: current, and no older than `SEND_BEFORE` seconds."""
    return (
        row.state in {State.BUYING, State.RELEASING} and row.attempt == row.open == attempt and elapsed <= SEND_BEFORE
    )


def step(row: NumberRow, event: Event, timing: Timing | None = None) -> Step:
    """Judge `event` against `row` by the table. Raises `Forbidden` where the table has no line for it."""
    timing = timing or Timing()
    match event:
        case Claim():
            return _claim(row, event)
        case Success():
            return _success(row, event)
        case Refusal():
            return _refusal(row, event)
        case CertainlyNotSent():
            return _not_sent(row, event)
        case Unanswered() | TooMany() | Unfamiliar():
            return _no_verdict(row, event)
        case Found():
            return _found(row)
        case Present() | Absent():
            return _release_seen(row, event, timing) if row.state is State.RELEASE_DOUBT else _seen(row, event, timing)
        case Rebuilt():
            return _rebuilt(row, event)
        case Rebuy() | Release() | Vanished():
            return _give_back(row, event, timing)
        case Released() | ReleaseFailed():
            return _released(row, event)
        case _:
            assert_never(event)


def _write(rule: str, after: NumberRow, *, alarm: str = "", halt: str = "", released_run: str = "") -> Step:
    return Step(rule, replace(after, version=after.version + 1), alarm=alarm, halt=halt, released_run=released_run)


def _nothing(rule: str, row: NumberRow) -> Step:
    return Step(rule, row)


def _free(row: NumberRow) -> NumberRow:
    return replace(row, state=State.FREE, open=None, code=None, kind=None)


def _without(row: NumberRow, attempt: int) -> NumberRow:
    lost = tuple(one for one in row.lost if one != attempt)
    return replace(row, open=None if row.open == attempt else row.open, lost=lost)


def _is_current(row: NumberRow, answer: Ended) -> bool:
    return answer.generation == row.generation and answer.attempt == row.attempt


def _claim(row: NumberRow, event: Claim) -> Step:
    own_refusal_stands = row.state is State.REFUSED and row.run == event.run and not event.again
    if row.state not in {State.FREE, State.REFUSED} or own_refusal_stands or event.released or row.open is not None:
        raise Forbidden(f"claim in {row.state}")
    attempt = row.attempt + 1
    claimed = replace(
        row,
        state=State.BUYING,
        attempt=attempt,
        version=row.version + 1,
        open=attempt,
        code=None,
        kind=None,
        run=event.run,
        buyer="",
    )
    return Step("P1", claimed)  # in one go: this is the line that every number passes


def _success(row: NumberRow, event: Success) -> Step:
    if event.generation != row.generation:
        words = "an attempt of an earlier generation was answered with success: the number may have been charged twice"
        return _write("P4'", row, alarm=words, halt=words)
    # The latest attempt still open means that an earlier one bought it.
    if row.state is State.BOUGHT and (event.attempt != row.attempt or row.open == event.attempt):
        words = "a second attempt of the number was answered with success: it may have been charged twice"
        return _write("P4", _without(row, event.attempt), alarm=words, halt=words)
    if row.state in {State.RELEASING, State.RELEASE_DOUBT} and event.run == row.buyer:
        return _write(
            "P4", _without(row, event.attempt)
        )  # known already; what became of the release is still to be found out
    bought = replace(
        row,
        state=State.BOUGHT,
        version=row.version + 1,
        open=None if row.open == event.attempt else row.open,
        lost=tuple(one for one in row.lost if one != event.attempt) if row.lost else (),
        code=None,
        kind=None,
        run=event.run,
        buyer=event.run,
    )
    return Step("P4", bought)  # in one go: this is the line that every purchase passes


def _refusal(row: NumberRow, event: Refusal) -> Step:
    if not _is_current(row, event) or row.state not in {State.BUYING, State.DOUBT}:
        late = row.open == event.attempt and row.generation == event.generation
        return _write("P10", replace(row, open=None) if late else row)
    doubt = replace(row, state=State.DOUBT, open=None, code=event.code, kind=event.kind)
    refused = replace(doubt, state=State.REFUSED)
    match event.kind:
        case CodeKind.ACCOUNT:
            return _write("P5", doubt if row.lost else _free(row), halt=f"the account was refused ({event.code})")
        case CodeKind.RESERVED if not event.give_up:
            return _write("P6", _free(row))
        case CodeKind.RESERVED:
            return _write("P6", doubt if row.lost else refused)
        case CodeKind.SOLD:
            return _write("P7", doubt)
        case CodeKind.FINAL:
            return _write("P8", doubt if row.lost else refused)
        case CodeKind.UNKNOWN:
            raise Forbidden("an unknown code is no refusal")
        case _:
            assert_never(event.kind)


def _not_sent(row: NumberRow, event: CertainlyNotSent) -> Step:
    if not _is_current(row, event):
        return _write("P10", row)
    match row.state:
        case State.RELEASING:
            return _write("R2", replace(row, state=State.BOUGHT, open=None))
        case State.BUYING | State.DOUBT:
            return _write("P3", _free(row))
        case _:
            return _write("P10", row)


def _no_verdict(row: NumberRow, event: Unanswered | TooMany | Unfamiliar) -> Step:
    if event.generation == row.generation and event.attempt in row.lost and row.state in {State.FREE, State.REFUSED}:
        woken = replace(_without(row, event.attempt), state=State.DOUBT, run=event.run, open=event.attempt)
        return _write("P9'", woken)
    ours = _is_current(row, event) and row.open == event.attempt
    if not ours or row.state not in {State.BUYING, State.DOUBT}:
        return _write("P10", row)
    match event:
        case TooMany() if row.state is State.BUYING:
            return _write("P9a", replace(_free(row), lost=(*row.lost, event.attempt)))
        case TooMany() | Unanswered():
            return _write("P9", replace(row, state=State.DOUBT))
        case Unfamiliar():
            halt = "the provider answered for another number than was asked for" if event.other else ""
            return _write("P9b", replace(row, state=State.DOUBT, code=event.code, kind=CodeKind.UNKNOWN), halt=halt)
        case _:
            assert_never(event)


def _found(row: NumberRow) -> Step:
    match row.state:
        case State.BUYING:
            return _write("P11", replace(row, state=State.DOUBT))
        case State.RELEASING:
            return _write("R4", replace(row, state=State.RELEASE_DOUBT))
        case State.DOUBT | State.RELEASE_DOUBT:
            return _write("P12", row)
        case _:
            raise Forbidden(f"nothing to find in {row.state}")


def _seen(row: NumberRow, event: Present | Absent, timing: Timing) -> Step:
    if row.state is State.REFUSED and row.lost and event.calibrated and event.version == row.version:
        return _bought_late("A6", row, event) if isinstance(event, Present) else _nothing("A6", row)
    if row.state is not State.DOUBT or not event.calibrated or event.version != row.version or event.age < timing.delay:
        return _nothing("A5", row)
    if isinstance(event, Present):
        return _bought_late("A1", row, event)
    if row.open is not None:
        if event.age < timing.horizon:
            return _nothing("A2", row)
        lost = (*row.lost, row.open)
        if row.code is not None:
            return _write("A3", replace(row, state=State.REFUSED, open=None, lost=lost))
        return _write("A3", replace(_free(row), lost=lost))
    if (
        row.kind is CodeKind.ACCOUNT or row.code is None
    ):  # no code: a lost attempt woke (P9'), and was refused after all
        return _write("A4", _free(row))
    return _write("A4", replace(row, state=State.REFUSED))


def _bought_late(rule: str, row: NumberRow, event: Present) -> Step:
    state = State.BOUGHT if event.bought_by else State.HELD
    return _write(rule, replace(row, state=state, buyer=event.bought_by, run=event.bought_by or row.run, open=None))


def _rebuilt(row: NumberRow, event: Rebuilt) -> Step:
    if row.state not in {State.FREE, State.REFUSED} or not event.calibrated or event.version != row.version:
        return _nothing("A5", row)
    return _write("B1", replace(_free(row), state=State.HELD, buyer=""))


def _next_generation(rule: str, row: NumberRow) -> Step:
    given_back = replace(_free(row), generation=row.generation + 1, lost=(), buyer="")
    return _write(rule, given_back, released_run=row.buyer)


def _release_seen(row: NumberRow, event: Present | Absent, timing: Timing) -> Step:
    if event.age < timing.horizon:
        return _nothing("R5", row)
    if not event.calibrated or event.version != row.version:
        return _nothing("A5", row)
    if isinstance(event, Present):
        return _write("R6", replace(row, state=State.BOUGHT, open=None))
    return _next_generation("R6", row)


def _give_back(row: NumberRow, event: Rebuy | Release | Vanished, timing: Timing) -> Step:
    gone = row.state is State.HELD and isinstance(event, Rebuy)
    if not (row.state is State.BOUGHT or gone) or event.version != row.version:
        raise Forbidden(f"{type(event).__name__.lower()} in {row.state}")
    quiet = row.open is None or event.age >= timing.horizon
    match event:
        case Rebuy() if quiet:
            return _next_generation("O2", row)
        case Release() if quiet and row.buyer == event.run:
            attempt = row.attempt + 1
            return _write("R1", replace(row, state=State.RELEASING, attempt=attempt, open=attempt))
        case Vanished() if row.buyer == event.run and event.age >= timing.delay:
            return _next_generation("R1'", row)
        case Rebuy() | Release() | Vanished():
            raise Forbidden(f"{type(event).__name__.lower()}: its guard is false")
        case _:
            assert_never(event)


def _released(row: NumberRow, event: Released | ReleaseFailed) -> Step:
    if event.generation != row.generation:
        return _write("P10", row)
    match event:
        case Released() if row.state in {State.RELEASING, State.RELEASE_DOUBT, State.BOUGHT}:
            return _next_generation("R3", row)
        case ReleaseFailed() if row.state in {State.RELEASING, State.RELEASE_DOUBT} and _is_current(row, event):
            return _write("R4", replace(row, state=State.RELEASE_DOUBT))
        case Released() | ReleaseFailed():
            return _write("P10", row)
        case _:
            assert_never(event)
