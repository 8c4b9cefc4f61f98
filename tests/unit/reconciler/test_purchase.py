"""Whether what the account shows is this run's purchase: by its mark, by its date, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batch.ledger.attempts import Attempt, BoughtRow, OpenRow
from batch.ledger.events import NumberRow, State
from batch.number import Number
from batch.provider.protocol import Owned
from batch.reconciler.attribution import SUMMER_TIME, Zone
from batch.reconciler.purchase import why_not_ours

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
NUMBER = Number("12025550100")
RUN = "7f3a"
ATTEMPT = Attempt(NUMBER, 1, 1, "buy", RUN, 1, NOON, NOON + timedelta(seconds=2), "success", 1, "", 2.0, "k3v9")
BOUGHT = BoughtRow(
    OpenRow(0, NUMBER, {}, None), NumberRow(State.BOUGHT, buyer=RUN), (ATTEMPT,), NOON + timedelta(seconds=2), "answer"
)
ZONE = Zone(timedelta(hours=-8), SUMMER_TIME)


def shown(after=timedelta(seconds=1), text=""):
    created = None if after is None else (NOON + after - timedelta(hours=8)).replace(tzinfo=None)
    return Owned(NUMBER, None, None, created, text, {})


def test_a_purchase_within_its_attempt_is_ours_also_an_hour_beside():
    for hour in (-1, 0, 1):
        assert why_not_ours(BOUGHT, shown(timedelta(hours=hour, seconds=50)), RUN, ZONE) == ""


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(minutes=-2), "somebody else's"),
        (timedelta(minutes=2), "bought it anew"),
        (timedelta(days=3), "bought it anew"),
        (None, "does not say when"),
    ],
)
def test_a_purchase_at_another_time_is_not(after, words):
    assert words in why_not_ours(BOUGHT, shown(after), RUN, ZONE)


def test_a_mark_tells_it_exactly():
    assert why_not_ours(BOUGHT, shown(None, "Sales #K3V9"), RUN, ZONE) == ""
    other = replace(BOUGHT, attempts=(replace(ATTEMPT, run="beef"),))
    assert "the mark of run beef" in why_not_ours(other, shown(text="k3v9"), RUN, ZONE)


def test_what_is_only_presumed_is_kept():
    presumed = replace(BOUGHT, confirmed_by="inquiry, presumed")
    assert "only presumed" in why_not_ours(presumed, shown(), RUN, ZONE)


def test_dates_tell_nothing_where_the_clock_was_set_back():
    assert "set back" in why_not_ours(BOUGHT, shown(), RUN, ZONE, went_back=True)
    assert "set back" in why_not_ours(replace(BOUGHT, attempts=()), shown(), RUN, ZONE)


def test_one_that_an_inquiry_found_lies_between_its_first_attempt_and_that():
    lost = replace(ATTEMPT, outcome="no verdict", ended_at=None)
    found = replace(BOUGHT, attempts=(lost,), confirmed_at=NOON + timedelta(minutes=30), confirmed_by="inquiry")
    assert why_not_ours(found, shown(timedelta(minutes=20)), RUN, ZONE) == ""
    assert why_not_ours(found, shown(timedelta(minutes=32)), RUN, ZONE)


def test_where_no_zone_is_known_it_may_be_off_by_a_day_but_lies_on_a_quarter_of_an_hour():
    for after in (
        timedelta(hours=20),
        timedelta(hours=-3, minutes=-15, seconds=-50),
        timedelta(minutes=45, seconds=50),
    ):
        assert why_not_ours(BOUGHT, shown(after), RUN, Zone()) == ""
    for after in (timedelta(hours=60), timedelta(hours=20, minutes=7), timedelta(minutes=-5)):
        assert why_not_ours(BOUGHT, shown(after), RUN, Zone())
