"""Each outcome of a provider is one event of the state table, with what is noted beside it."""

import pytest

from batch.clock import Mark
from batch.codes import CodeKind
from batch.ledger.attempts import Claimed
from batch.ledger.events import CertainlyNotSent, NumberRow, Refusal, Success, TooMany, Unanswered, Unfamiliar
from batch.number import Number
from batch.pool.answers import answer_of, note_of
from batch.provider.multitel.codes import CODES
from batch.provider.protocol import Bought, NoAnswer, OtherNumber, Refused, Throttled, UnknownCode, Unsent

CLAIMED = Claimed(3, 2, Mark(0.0, 0.0), NumberRow())
NUMBER = 12025550001


@pytest.mark.parametrize(
    ("outcome", "event", "note"),
    [
        (Bought(NUMBER), Success(3, 2, "r"), (NUMBER, "")),
        (Refused(-275), Refusal(3, 2, "r", code=-275, kind=CodeKind.FINAL, give_up=True), (-275, "")),
        (Refused(-220), Refusal(3, 2, "r", code=-220, kind=CodeKind.RESERVED, give_up=True), (-220, "")),
        (Refused(-999), Unfamiliar(3, 2, "r", code=-999), (-999, "")),
        (UnknownCode(-7), Unfamiliar(3, 2, "r", code=-7), (-7, "")),
        (
            OtherNumber(Number(str(NUMBER))),
            Unfamiliar(3, 2, "r", code=NUMBER, other=True),
            (NUMBER, "the answer names another number"),
        ),
        (Throttled(5.0), TooMany(3, 2, "r"), (None, "too many requests (429)")),
        (Unsent("refused"), CertainlyNotSent(3, 2, "r"), (None, "refused")),
        (NoAnswer("timed out"), Unanswered(3, 2, "r"), (None, "timed out")),
    ],
)
def test_an_outcome_is_one_event_and_a_note(outcome, event, note):
    assert answer_of(outcome, CLAIMED, "r", CODES, give_up=True) == event
    noted = note_of(outcome, 1.5, 60.0)
    assert (noted.code, noted.reason, noted.seconds) == (*note, 1.5)
