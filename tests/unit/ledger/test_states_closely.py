"""What the table's lines leave: words of alarms and refusals, and what an event does not touch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.codes import Actor, CodeKind
from batch.ledger.events import (
    Absent,
    CertainlyNotSent,
    Claim,
    Found,
    NumberRow,
    Present,
    Rebuilt,
    Rebuy,
    Refusal,
    Release,
    State,
    Success,
    Unanswered,
    Unfamiliar,
    Vanished,
)
from batch.ledger.states import SEND_BEFORE, Forbidden, Step, Timing, may_send, step
from batch.ledger.statuses import Verdict

R = "7f3a"
FREE = NumberRow(version=5)
BUYING = NumberRow(State.BUYING, attempt=2, version=5, open=2, run=R)
BOUGHT = replace(BUYING, state=State.BOUGHT, open=None, buyer=R)


@pytest.mark.parametrize(
    ("before", "event", "words"),
    [
        (BUYING, Claim(R), "claim in buying"),
        (BUYING, Refusal(2, 1, R, kind=CodeKind.UNKNOWN), "an unknown code is no refusal"),
        (FREE, Found(), "nothing to find in free"),
        (FREE, Rebuy(5, 60), "rebuy in free"),
        (FREE, Release(R, 5, 60), "release in free"),
        (FREE, Vanished(R, 5, 60), "vanished in free"),
        (BOUGHT, Release("beef", 5, 60), "release: its guard is false"),
        (BOUGHT, Vanished(R, 5, 0), "vanished: its guard is false"),
        (replace(BOUGHT, open=1), Rebuy(5, 0), "rebuy: its guard is false"),
    ],
)
def test_what_is_forbidden_says_which_event_and_why(before, event, words):
    with pytest.raises(Forbidden) as caught:
        step(before, event)
    assert str(caught.value) == words


def test_an_alarm_says_what_may_have_happened_and_halts_with_the_same_words():
    earlier = step(BUYING, Success(1, 0, R))
    assert earlier.alarm == earlier.halt
    assert earlier.alarm == (
        "an attempt of an earlier generation was answered with success: the number may have been charged twice"
    )
    second = step(BOUGHT, Success(1, 1, R))
    assert second.alarm == second.halt
    assert second.alarm == "a second attempt of the number was answered with success: it may have been charged twice"


def test_a_halt_says_what_the_provider_did():
    assert step(BUYING, Refusal(2, 1, R, code=99, kind=CodeKind.ACCOUNT)).halt == "the account was refused (99)"
    other = step(BUYING, Unfamiliar(2, 1, R, code=7, other=True))
    assert other.halt == "the provider answered for another number than was asked for"


@pytest.mark.parametrize("event", [Success(2, 1, R), Unanswered(2, 1, R), CertainlyNotSent(2, 1, R)])
def test_the_ordinary_neither_alarms_nor_halts_nor_gives_back(event):
    led_to = step(BUYING, event)
    assert (led_to.alarm, led_to.halt, led_to.released_run) == ("", "", "")


def test_a_claim_forgets_who_bought_the_number_before():
    assert step(replace(FREE, buyer="beef"), Claim(R)).after.buyer == ""


def test_what_the_account_held_before_the_ledger_was_lost_was_bought_by_no_run_of_it():
    assert step(replace(FREE, buyer="beef"), Rebuilt(5, calibrated=True)).after.buyer == ""


def test_a_success_answers_its_own_attempt_and_no_other():
    late = step(replace(BUYING, attempt=3, open=3, lost=(1, 2)), Success(2, 1, R)).after
    assert (late.state, late.open, late.lost) == (State.BOUGHT, 3, (1,))
    second = step(replace(BOUGHT, open=2, lost=(1,)), Success(1, 1, R)).after
    assert (second.open, second.lost) == (2, ())


def test_the_next_generation_has_lost_nothing():
    assert step(replace(BOUGHT, lost=(1,)), Rebuy(5, 60)).after.lost == ()


@pytest.mark.parametrize(
    ("before", "attempt", "generation"),
    [
        (replace(FREE, attempt=2), 2, 1),
        (replace(FREE, attempt=2, lost=(1,)), 1, 0),
        (replace(FREE, state=State.REFUSED, attempt=2, lost=(1,)), 2, 1),
        (replace(BUYING, lost=(1,)), 1, 1),
    ],
)
def test_only_a_lost_attempt_of_a_number_at_rest_wakes(before, attempt, generation):
    led_to = step(before, Unanswered(attempt, generation, R))
    assert (led_to.rule, led_to.after) == ("P10", replace(before, version=6))


def test_the_waits_that_nobody_set():
    """S is 10 seconds and H is 60; an intent leaves within 2."""
    doubt = replace(BUYING, state=State.DOUBT)
    rules = [step(doubt, Absent(version=5, age=age, calibrated=True)).rule for age in (9.9, 10.0, 59.9, 60.0)]
    assert rules == ["A5", "A2", "A2", "A3"]
    assert Timing() == Timing(delay=10.0, horizon=60.0)
    assert SEND_BEFORE == 2.0
    assert may_send(BUYING, 2, 2.0)


def test_the_words_that_ledgers_keep_on_disk():
    """Another word would be no word to a ledger that is there already."""
    assert [one.value for one in State] == [
        "free", "buying", "doubt", "bought", "refused", "held", "releasing", "release doubt",
    ]  # fmt: skip
    assert [one.value for one in CodeKind] == ["final", "account", "reserved", "sold", "unknown"]
    assert [one.value for one in Verdict] == [
        "purchased", "owned", "not asked", "gone", "refused", "deferred", "released", "not sent",
    ]  # fmt: skip
    assert [one.value for one in Actor] == [
        "nobody", "operator", "finance", "legal", "provider", "runs again by itself",
    ]  # fmt: skip


def test_a_number_that_nobody_met_is_free_and_its_first_attempt_is_the_first():
    assert NumberRow() == NumberRow(State.FREE, 1, 0, 0, None, (), None, None, "", "")
    assert Claim(R) == Claim(R, again=False, released=False)
    assert Refusal(1, 1, R) == Refusal(1, 1, R, code=0, kind=CodeKind.FINAL, give_up=False)
    assert Unfamiliar(1, 1, R) == Unfamiliar(1, 1, R, code=0, other=False)
    assert Present(1, 0.0, calibrated=True) == Present(1, 0.0, calibrated=True, bought_by="")
    assert Step("P1", FREE) == Step("P1", FREE, alarm="", halt="", released_run="")
