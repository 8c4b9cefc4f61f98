"""A provider's outcome in the words of the state table, with what is recorded beside it."""

from __future__ import annotations

from typing import assert_never

from batch.codes import CodeKind, CodeTable
from batch.ledger.attempts import AnswerNote, Claimed
from batch.ledger.events import Answer, CertainlyNotSent, Refusal, Success, TooMany, Unanswered, Unfamiliar
from batch.provider.protocol import (
    Bought,
    NoAnswer,
    OtherNumber,
    Outcome,
    Refused,
    Throttled,
    UnknownCode,
    Unsent,
)


def answer_of(outcome: Outcome, claimed: Claimed, run: str, codes: CodeTable, *, give_up: bool) -> Answer:
    """The event that `outcome` is for the attempt `claimed` of `run`; `give_up`: a reserved number's time is used up."""
    attempt, generation = claimed.attempt, claimed.generation
    match outcome:
        case Bought():
            return Success(attempt, generation, run)
        case Refused(code):
            known = codes.get(code)
            if known is None or known.kind is CodeKind.UNKNOWN:
                return Unfamiliar(attempt, generation, run, code=code)
            return Refusal(attempt, generation, run, code=code, kind=known.kind, give_up=give_up)
        case UnknownCode(code):
            return Unfamiliar(attempt, generation, run, code=code)
        case OtherNumber(returned):
            return Unfamiliar(attempt, generation, run, code=int(returned), other=True)
        case Throttled():
            return TooMany(attempt, generation, run)
        case Unsent():
            return CertainlyNotSent(attempt, generation, run)
        case NoAnswer():
            return Unanswered(attempt, generation, run)
        case _:
            assert_never(outcome)


def note_of(outcome: Outcome, seconds: float, reserved_left: float | None) -> AnswerNote:
    """What is recorded of `outcome` beside its event."""
    match outcome:
        case Bought(code) | Refused(code) | UnknownCode(code):
            return AnswerNote(code=code, seconds=seconds, reserved_left=reserved_left)
        case OtherNumber(returned):
            return AnswerNote(code=int(returned), reason="the answer names another number", seconds=seconds)
        case Throttled():
            return AnswerNote(reason="too many requests (429)", seconds=seconds)
        case Unsent(reason) | NoAnswer(reason):
            return AnswerNote(reason=reason, seconds=seconds)
        case _:
            assert_never(outcome)
