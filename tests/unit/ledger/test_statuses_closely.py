"""Each member of the sets by which statuses are derived: what stands, what is out of date, who paid."""

from __future__ import annotations

import pytest

from batch.ledger.events import NumberRow, State
from batch.ledger.records import Status, Why
from batch.ledger.statuses import BOUGHT_STATES, DOUBT_STATES, Judged, Verdict, judge
from batch.order import RowKind

R = "7f3a"
OUT_OF_DATE = {
    Why.PENDING, Why.INTERRUPTED, Why.HALTED, Why.LIMIT, Why.MAX_SPEND, Why.MAX_NUMBERS, Why.UNTIL, Why.PRICE_UNKNOWN,
    Why.ELSEWHERE,
}  # fmt: skip


def told(verdict, why, row, stop, *, fresh):
    return judge(RowKind.ORDER, verdict, why, row, R, stop=stop, fresh=fresh)


@pytest.mark.parametrize("why", Why)
def test_a_reason_stands_unless_it_is_one_of_the_invocation_that_gave_it(why):
    stop = Why.LIMIT if why is not Why.LIMIT else Why.HALTED
    assert told(Verdict.NOT_SENT, why, NumberRow(), stop, fresh=True) == Judged(Status.NOT_SENT, why)
    after = stop if why in OUT_OF_DATE else why
    assert told(Verdict.NOT_SENT, why, NumberRow(), stop, fresh=False) == Judged(Status.NOT_SENT, after)


@pytest.mark.parametrize("state", State)
def test_a_run_purchased_what_it_is_the_buyer_of_and_nothing_that_is_held(state):
    """Whatever else stands in the row: only these three states say that somebody paid, only these two that somebody may have."""
    is_bought = state in {State.BOUGHT, State.RELEASING, State.RELEASE_DOUBT}
    is_open = state in {State.BUYING, State.DOUBT}
    assert (state in BOUGHT_STATES, state in DOUBT_STATES) == (is_bought, is_open)
    judged = told(None, None, NumberRow(state, run=R, buyer=R), Why.LIMIT, fresh=True)
    expected = Status.PURCHASED if is_bought else Status.DOUBT if is_open else None
    if expected is not None:
        giving_back = is_bought and state is not State.BOUGHT
        assert judged == Judged(expected, None, by_ledger=False, giving_back=giving_back)
    else:
        assert judged.status not in {Status.PURCHASED, Status.DOUBT}
