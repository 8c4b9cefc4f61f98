"""Attribution to the second: the first and the last moment at which a number counts as bought by an attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batch.codes import CodeKind
from batch.ledger.attempts import Attempt, Doubt
from batch.ledger.events import NumberRow, State
from batch.number import Number
from batch.reconciler.attribution import EXACT, SUMMER_TIME, Attribution, Zone, attribute, learn_zone

NUMBER = Number("12025550123")
INTENT = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
ENDED = INTENT + timedelta(seconds=8)
KNOWN = Zone(tolerance=EXACT)
NOBODY = Attribution("", "inquiry")
OURS = Attribution("7f3a", "inquiry")
MOMENT = timedelta(seconds=1)


def bought(moment, doubt, zone=KNOWN):
    return attribute(doubt, moment.replace(tzinfo=None), zone)


def attempt(number=1, **changed):
    made = Attempt(NUMBER, number, 1, "buy", "7f3a", 1, INTENT, ENDED, "", -165, "", 0.0)
    return replace(made, **changed)


def sold(*attempts):
    row = NumberRow(State.DOUBT, attempt=len(attempts), code=-165, kind=CodeKind.SOLD)
    return Doubt(NUMBER, row, attempts)


def unanswered(*attempts, latest=1):
    return Doubt(NUMBER, NumberRow(State.DOUBT, attempt=latest, open=latest), attempts)


@pytest.mark.parametrize("zone", [KNOWN, Zone(tolerance=SUMMER_TIME), Zone()])
def test_the_tolerance_counts_to_its_last_second(zone):
    doubt = unanswered(attempt())
    assert bought(INTENT - zone.tolerance, doubt, zone) == OURS
    assert bought(INTENT - zone.tolerance - MOMENT, doubt, zone) == NOBODY


def test_what_was_told_sold_is_ours_from_a_second_before_it_began_to_a_second_after_it_ended():
    doubt = sold(attempt())
    assert [bought(one, doubt) for one in (INTENT - MOMENT, INTENT, ENDED, ENDED + MOMENT)] == [OURS] * 4
    assert bought(INTENT - 2 * MOMENT, doubt) == NOBODY
    assert bought(ENDED + 2 * MOMENT, doubt) == NOBODY


def test_what_was_told_sold_and_has_no_end_was_under_way_at_its_beginning_alone():
    doubt = sold(attempt(ended_at=None))
    assert bought(INTENT + MOMENT, doubt) == OURS
    assert bought(INTENT + 2 * MOMENT, doubt) == NOBODY


@pytest.mark.parametrize("changed", [{"code": -275}, {"code": None}, {"generation": 2}])
def test_only_an_attempt_of_this_generation_that_was_told_so_counts(changed):
    assert bought(INTENT, sold(attempt(**changed))) == NOBODY


def test_what_nobody_asked_for_is_known_by_the_inquiry_to_be_no_purchase_of_ours():
    assert attribute(sold(), None, KNOWN) == NOBODY
    assert bought(INTENT, sold()) == NOBODY


def test_of_several_attempts_that_can_have_bought_it_the_latest_did():
    early, late = attempt(1, run="aaaa"), attempt(2, run="bbbb")
    assert bought(INTENT, sold(early, late)).run == "bbbb"


@pytest.mark.parametrize("seconds", [-5, 0, 7])
def test_a_zone_is_learnt_within_five_seconds_of_intent_and_confirmation(seconds):
    created = (INTENT + timedelta(seconds=seconds)).replace(tzinfo=None)
    assert learn_zone(created, INTENT, INTENT + timedelta(seconds=2), EXACT) == Zone(tolerance=EXACT)


@pytest.mark.parametrize("seconds", [-6, 8])
def test_a_zone_that_is_a_second_further_off_is_not_learnt(seconds):
    created = (INTENT + timedelta(seconds=seconds)).replace(tzinfo=None)
    assert learn_zone(created, INTENT, INTENT + timedelta(seconds=2), EXACT) is None


def test_which_of_two_runs_bought_it_is_known_by_an_exact_clock_and_presumed_by_a_rough_one():
    early = attempt(1, run="aaaa", intent_at=INTENT - timedelta(minutes=30))
    doubt = Doubt(NUMBER, NumberRow(State.DOUBT, attempt=2, open=2, lost=(1,)), (early, attempt(2, run="bbbb")))
    assert bought(INTENT, doubt, KNOWN) == Attribution("bbbb", "inquiry")
    rough = Zone(tolerance=SUMMER_TIME)
    assert bought(INTENT - EXACT, doubt, rough) == Attribution("bbbb", "inquiry, presumed")
    assert bought(INTENT - EXACT - MOMENT, doubt, rough) == Attribution("aaaa", "inquiry, presumed")


def test_how_far_clocks_may_be_off():
    assert timedelta(seconds=5) == EXACT
    assert timedelta(hours=1) == SUMMER_TIME
    assert Zone() == Zone(timedelta(0), timedelta(days=1))


def test_a_text_of_one_character_is_a_text_without_the_mark_and_no_text_shows_nothing():
    doubt = unanswered(attempt(mark="a-mark"))
    told = INTENT.replace(tzinfo=None)
    assert attribute(doubt, told, KNOWN, description="x", unlike="7f3a") == NOBODY
    assert attribute(doubt, told, KNOWN, unlike="7f3a") == Attribution("7f3a", "inquiry, presumed")
