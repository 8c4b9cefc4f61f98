"""Who bought a number that turns out ours: by the account's own date, in a zone that is learnt."""

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


def _attempt(attempt=1, *, run="7f3a", at=INTENT, kind="buy", generation=1, mark=""):
    return Attempt(NUMBER, attempt, generation, kind, run, 1, at, None, "", None, "", 0.0, mark)


def _doubt(*attempts, still_open=1, lost=()):
    latest = attempts[-1].attempt if attempts else 0
    return Doubt(NUMBER, NumberRow(State.DOUBT, attempt=latest, open=still_open, lost=lost), attempts)


def _naive(moment):
    return moment.replace(tzinfo=None)


def test_bought_after_the_intent_is_ours():
    created = _naive(INTENT + timedelta(seconds=3))
    assert attribute(_doubt(_attempt()), created, Zone(tolerance=EXACT)).run == "7f3a"


def test_bought_before_the_intent_was_somebody_elses():
    created = _naive(INTENT - timedelta(seconds=30))
    assert attribute(_doubt(_attempt()), created, Zone(tolerance=EXACT)).run == ""


@pytest.mark.parametrize(
    ("seconds", "who"),
    [
        (0, Attribution("7f3a", "inquiry")),
        (46, Attribution("7f3a", "inquiry, presumed")),
        (47, Attribution("", "inquiry")),
    ],
)
def test_where_this_machines_clock_was_ahead_its_intents_may_be_as_much_too_late(seconds, who):
    created = _naive(INTENT - timedelta(seconds=seconds))
    assert attribute(_doubt(_attempt()), created, Zone(tolerance=EXACT), ahead=timedelta(seconds=41)) == who


def test_a_clock_that_nobody_knows_may_be_off_by_a_day():
    assert attribute(_doubt(_attempt()), _naive(INTENT - timedelta(hours=20)), Zone()).run == "7f3a"
    assert attribute(_doubt(_attempt()), _naive(INTENT - timedelta(hours=30)), Zone()).run == ""


def test_without_a_date_it_is_presumed():
    who = attribute(_doubt(_attempt()), None, Zone())
    assert (who.run, who.by) == ("7f3a", "inquiry, presumed")


def test_an_attempt_that_was_answered_can_not_have_bought_it():
    assert attribute(_doubt(_attempt(), still_open=None), None, Zone()).run == ""


def test_a_lost_attempt_of_an_earlier_run_can_have_bought_it():
    early = _attempt(1, run="aaaa", at=INTENT - timedelta(hours=2))
    late = _attempt(2, run="bbbb")
    doubt = _doubt(early, late, still_open=2, lost=(1,))
    assert attribute(doubt, _naive(INTENT - timedelta(hours=1)), Zone(tolerance=EXACT)).run == "aaaa"
    assert attribute(doubt, _naive(INTENT + timedelta(seconds=1)), Zone(tolerance=EXACT)).run == "bbbb"


def test_of_two_runs_that_could_have_bought_it_the_likelier_one_is_presumed():
    early = _attempt(1, run="aaaa", at=INTENT - timedelta(minutes=3))
    late = _attempt(2, run="bbbb")
    doubt = _doubt(early, late, still_open=2, lost=(1,))
    before, after = _naive(INTENT - timedelta(minutes=2)), _naive(INTENT + timedelta(seconds=1))
    roughly = Zone(tolerance=SUMMER_TIME)
    assert attribute(doubt, before, roughly) == Attribution("aaaa", "inquiry, presumed")
    assert attribute(doubt, after, roughly) == Attribution("bbbb", "inquiry, presumed")
    assert attribute(doubt, before, Zone()) == Attribution("bbbb", "inquiry, presumed"), "nothing is known of its clock"
    assert attribute(doubt, before, Zone(tolerance=EXACT)) == Attribution("aaaa", "inquiry")


def test_what_an_hour_could_hide_is_still_ours():
    doubt = _doubt(_attempt(1, run="aaaa"), _attempt(2, run="bbbb"), still_open=2, lost=(1,))
    an_hour_back = _naive(INTENT - timedelta(minutes=59))
    assert attribute(doubt, an_hour_back, Zone(tolerance=SUMMER_TIME)) == Attribution("bbbb", "inquiry, presumed")


def test_releases_and_earlier_generations_buy_nothing():
    assert attribute(_doubt(_attempt(kind="release")), None, Zone()).run == ""
    assert attribute(_doubt(_attempt(generation=0)), None, Zone()).run == ""


@pytest.mark.parametrize("hours", [-8, 0, 1, 5.75, 13])
def test_the_zone_is_learnt_from_a_purchase_that_was_seen(hours):
    created = _naive(INTENT + timedelta(hours=hours, seconds=1))
    zone = learn_zone(created, INTENT, INTENT + timedelta(seconds=2), EXACT)
    assert zone == Zone(timedelta(hours=hours), EXACT)
    assert zone.utc(created) == INTENT + timedelta(seconds=1)


def test_a_clock_that_is_wrong_by_minutes_teaches_nothing():
    created = _naive(INTENT + timedelta(minutes=4))
    assert learn_zone(created, INTENT, INTENT + timedelta(seconds=2), SUMMER_TIME) is None


def _sold(*, seconds=1.0):
    attempt = replace(_attempt(), code=-165, ended_at=INTENT + timedelta(seconds=seconds))
    return Doubt(NUMBER, NumberRow(State.DOUBT, attempt=1, code=-165, kind=CodeKind.SOLD), (attempt,))


def test_a_request_that_arrived_twice_bought_what_its_answer_calls_sold():
    assert attribute(_sold(), _naive(INTENT + timedelta(seconds=1)), Zone(tolerance=EXACT)).run == "7f3a"


@pytest.mark.parametrize("seconds", [-3, 4])
def test_sold_before_or_after_the_request_was_under_way_is_not_ours(seconds):
    assert attribute(_sold(), _naive(INTENT + timedelta(seconds=seconds)), Zone(tolerance=EXACT)).run == ""


def test_what_is_called_sold_is_never_ours_by_a_clock_that_is_not_known_to_the_second():
    assert attribute(_sold(), _naive(INTENT + timedelta(seconds=1)), Zone(tolerance=SUMMER_TIME)).run == ""
    assert attribute(_sold(), None, Zone(tolerance=EXACT)).run == ""


# Marks ---------------------------------------------------------------------------------------------------------------

OURS, THEIRS = "a1b2c3d4e5", "0f1e2d3c4b"
KNOWN = Zone(tolerance=EXACT)
PRESUMED, NOBODY = Attribution("7f3a", "inquiry, presumed"), Attribution("", "inquiry")
BEFORE, AFTER = (_naive(INTENT + timedelta(seconds=seconds)) for seconds in (-30, 3))
UNMARKED = [str(NUMBER), "Paris HQ", f"#{THEIRS}", "the support line of Paris, second floor", "x"]


def _by_mark(doubt, description, created=None, zone=KNOWN, *, unlike=""):
    return attribute(doubt, created, zone, description=description, unlike=unlike)


@pytest.mark.parametrize("description", [f"{NUMBER} #{OURS}", f"Desk 4 #{OURS.upper()} (moved)", OURS])
@pytest.mark.parametrize("unlike", ["", "7f3a"])
def test_the_attempt_whose_mark_shows_bought_it_whatever_the_dates_and_its_order_say(description, unlike):
    long_before = _naive(INTENT - timedelta(days=9))
    who = _by_mark(_doubt(_attempt(mark=OURS)), description, long_before, unlike=unlike)
    assert who == Attribution("7f3a", "inquiry")


def test_of_two_runs_on_one_number_the_one_whose_mark_shows_bought_it():
    doubt = _doubt(_attempt(1, run="aaaa", mark=THEIRS), _attempt(2, run="bbbb", mark=OURS), still_open=2, lost=(1,))
    assert _by_mark(doubt, f"x #{THEIRS}") == Attribution("aaaa", "inquiry")
    assert _by_mark(doubt, f"x #{OURS}") == Attribution("bbbb", "inquiry")


def test_an_attempt_that_was_told_sold_bought_it_where_its_mark_shows():
    sold = replace(_attempt(mark=OURS), code=-165)
    doubt = Doubt(NUMBER, NumberRow(State.DOUBT, attempt=1, code=-165, kind=CodeKind.SOLD), (sold,))
    under_way = _naive(INTENT)
    assert _by_mark(doubt, f"{NUMBER} #{OURS}") == Attribution("7f3a", "inquiry")
    assert _by_mark(doubt, str(NUMBER), under_way) == PRESUMED
    assert _by_mark(doubt, str(NUMBER), under_way, unlike="7f3a") == NOBODY
    assert _by_mark(doubt, str(NUMBER), AFTER) == NOBODY


@pytest.mark.parametrize("description", ["", "  ", *UNMARKED])
def test_a_text_without_the_mark_says_nothing_against_an_attempt_whose_date_fits(description):
    doubt = _doubt(_attempt(mark=OURS))
    assert _by_mark(doubt, description, AFTER) == PRESUMED
    assert _by_mark(doubt, description, BEFORE, Zone()) == PRESUMED
    assert _by_mark(doubt, description) == PRESUMED


@pytest.mark.parametrize("description", ["", *UNMARKED])
def test_without_the_mark_and_before_the_intent_it_was_somebody_elses(description):
    assert _by_mark(_doubt(_attempt(mark=OURS)), description, BEFORE) == NOBODY


@pytest.mark.parametrize("description", UNMARKED)
@pytest.mark.parametrize(("created", "zone"), [(AFTER, KNOWN), (AFTER, Zone()), (None, KNOWN)])
def test_without_the_mark_and_with_another_routing_it_was_somebody_elses(description, created, zone):
    assert _by_mark(_doubt(_attempt(mark=OURS)), description, created, zone, unlike="7f3a") == NOBODY


@pytest.mark.parametrize("description", ["", "  "])
def test_an_account_that_shows_no_text_could_not_show_the_mark_so_another_routing_proves_nothing(description):
    assert _by_mark(_doubt(_attempt(mark=OURS)), description, AFTER, unlike="7f3a") == PRESUMED


def test_another_routing_speaks_against_the_run_that_asked_for_it_alone():
    doubt = _doubt(_attempt(1, run="aaaa", mark=THEIRS), _attempt(2, run="bbbb", mark=OURS), still_open=2, lost=(1,))
    assert _by_mark(doubt, "Paris", AFTER, unlike="bbbb") == Attribution("aaaa", "inquiry, presumed")
    assert _by_mark(doubt, "Paris", AFTER, unlike="aaaa") == Attribution("bbbb", "inquiry, presumed")


def test_without_marks_another_routing_only_makes_it_less_sure():
    doubt = _doubt(_attempt())
    assert _by_mark(doubt, "Paris", AFTER, unlike="7f3a") == PRESUMED
    assert _by_mark(doubt, "Paris", AFTER, unlike="bbbb") == Attribution("7f3a", "inquiry")
    assert _by_mark(doubt, "Paris", BEFORE, unlike="7f3a") == NOBODY
