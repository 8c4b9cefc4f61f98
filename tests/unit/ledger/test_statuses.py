"""A row's status, line by line, as the protocol derives it."""

from __future__ import annotations

import pytest

from batch.ledger.events import NumberRow, State
from batch.ledger.records import Status, Why
from batch.ledger.statuses import Judged, Verdict, judge
from batch.order import RowKind

R, OTHER = "7f3a", "beef"
STOP = Why.HALTED


def number(state, *, run=R, buyer=""):
    return NumberRow(state=state, run=run, buyer=buyer)


def told(verdict=None, why=None, row=None, *, kind=RowKind.ORDER, fresh=True):
    return judge(kind, verdict, why, row, R, stop=STOP, fresh=fresh)


@pytest.mark.parametrize(("kind", "status"), [(RowKind.INVALID, Status.INVALID), (RowKind.DUPLICATE, Status.DUPLICATE)])
def test_what_is_never_sent_says_so_whatever_became_of_its_number(kind, status):
    assert told(row=number(State.BOUGHT, buyer=R), kind=kind) == Judged(status)


def test_a_released_number_stays_released_for_the_run_that_bought_it():
    assert told(Verdict.RELEASED, row=number(State.BOUGHT, buyer=OTHER)) == Judged(Status.RELEASED)


@pytest.mark.parametrize("state", [State.BOUGHT, State.RELEASING, State.RELEASE_DOUBT])
def test_bought_by_this_run_is_purchased_and_by_another_is_owned(state):
    assert told(row=number(state, buyer=R)) == Judged(Status.PURCHASED, giving_back=state is not State.BOUGHT)
    assert told(row=number(state, buyer=OTHER)) == Judged(Status.OWNED, by_ledger=True)


@pytest.mark.parametrize("state", [State.BUYING, State.DOUBT])
def test_sent_by_this_run_and_unanswered_is_in_doubt_and_by_another_is_not_sent(state):
    assert told(Verdict.REFUSED, row=number(state)) == Judged(Status.DOUBT)
    assert told(row=number(state, run=OTHER)) == Judged(Status.NOT_SENT, Why.ELSEWHERE)


def test_held_is_owned():
    assert told(row=number(State.HELD)) == Judged(Status.OWNED, by_ledger=True)


@pytest.mark.parametrize(
    ("verdict", "judged"),
    [
        (Verdict.OWNED, Judged(Status.OWNED)),
        (Verdict.GONE, Judged(Status.NOT_SENT, Why.GONE)),
        (Verdict.REFUSED, Judged(Status.REFUSED)),
        (Verdict.DEFERRED, Judged(Status.DEFERRED)),
    ],
)
@pytest.mark.parametrize(
    "row", [None, number(State.BOUGHT, buyer=OTHER), number(State.DOUBT, run=OTHER), number(State.FREE)]
)
def test_what_the_run_found_out_stands_whatever_another_run_did_later(verdict, judged, row):
    assert told(verdict, row=row) == judged


def test_what_could_not_be_asked_is_owned_only_while_the_ledger_says_so():
    assert told(Verdict.NOT_ASKED, row=number(State.BOUGHT, buyer=OTHER)) == Judged(Status.OWNED, by_ledger=True)
    assert told(Verdict.NOT_ASKED, row=number(State.HELD)) == Judged(Status.OWNED, by_ledger=True)
    assert told(Verdict.NOT_ASKED, row=number(State.FREE)) == Judged(Status.NOT_SENT, STOP)  # given back since
    assert told(Verdict.NOT_ASKED, row=number(State.DOUBT, run=OTHER)) == Judged(Status.NOT_SENT, Why.ELSEWHERE)


def test_a_purchase_that_its_number_denies_is_never_passed_over():
    assert told(Verdict.PURCHASED, row=number(State.BOUGHT, buyer=OTHER)) == Judged(Status.OWNED, by_ledger=True)
    assert told(Verdict.PURCHASED, row=number(State.FREE)) == Judged(Status.PURCHASED)


@pytest.mark.parametrize("why", [Why.ATTEMPTS, Why.ACCOUNT, Why.RELEASED])
def test_a_reason_of_the_rows_own_outlives_its_invocation(why):
    assert told(Verdict.NOT_SENT, why, fresh=False) == Judged(Status.NOT_SENT, why)
    assert told(Verdict.NOT_SENT, why, number(State.DOUBT, run=OTHER)) == Judged(Status.NOT_SENT, why)


@pytest.mark.parametrize("why", [Why.MAX_SPEND, Why.PRICE_UNKNOWN, Why.ELSEWHERE, Why.LIMIT])
def test_a_reason_that_stopped_a_run_ends_with_its_invocation(why):
    assert told(Verdict.NOT_SENT, why) == Judged(Status.NOT_SENT, why)
    assert told(Verdict.NOT_SENT, why, fresh=False) == Judged(Status.NOT_SENT, STOP)


@pytest.mark.parametrize("row", [None, number(State.FREE), number(State.REFUSED, run=OTHER)])
def test_what_was_not_reached_says_why_the_run_stopped(row):
    assert told(row=row) == Judged(Status.NOT_SENT, STOP)
