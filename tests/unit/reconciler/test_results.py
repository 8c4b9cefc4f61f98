"""What each row says: charged, price, reason, who acts and what to do, by status."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from batch.codes import Actor
from batch.ledger.records import Status, Why
from batch.provider.multitel.codes import CODES
from batch.reconciler.advice import STATUS_ADVICE, WHY_ADVICE
from batch.reconciler.results import Charged, Judge, PriceFrom

JUDGE = Judge(CODES, "7f3a", assumed=Decimal("4.00"))


def test_a_worst_case_that_nobody_assumed_was_quoted_from_the_catalogue(make):
    judge = Judge(CODES, "7f3a", Decimal(4), frozenset({Decimal(4), Decimal(5)}))

    def priced(**told):
        result = judge.result(make.row(price=None, setup=None, monthly=None, **told))
        return result.charged_now, result.at_risk, result.price_from

    assert priced(worst=Decimal("3.5")) == (Decimal("3.5"), 0, PriceFrom.CATALOGUE)
    assert priced(worst=Decimal("3.5"), status=Status.DOUBT) == (0, Decimal("3.5"), PriceFrom.CATALOGUE)
    channels = {"Channels": "10"}
    assert priced(worst=Decimal(50), fields=channels) == (Decimal(5), 0, PriceFrom.CATALOGUE)
    assert priced(worst=Decimal(50), fields=channels, status=Status.DOUBT) == (0, Decimal(50), PriceFrom.CATALOGUE)
    assert priced(worst=Decimal(5)) == (Decimal(4), 0, PriceFrom.ASSUMED)
    assert priced(worst=None) == (Decimal(4), 0, PriceFrom.ASSUMED)


def test_a_purchase_costs_what_the_account_reported(make):
    result = JUDGE.result(make.row(setup=Decimal("1.10"), monthly=Decimal("2.20")))
    assert (result.charged, result.charged_now, result.price_from) == (Charged.YES, Decimal("3.30"), PriceFrom.ACCOUNT)
    assert result.at_risk == 0
    assert result.confirmed


@pytest.mark.parametrize(
    ("price", "assumed", "charged", "price_from"),
    [
        (Decimal(3), Decimal(4), Decimal(3), PriceFrom.ORDER),
        (None, Decimal(4), Decimal(4), PriceFrom.ASSUMED),
        (None, None, None, PriceFrom.UNKNOWN),
    ],
)
@pytest.mark.parametrize("reported", [{"setup": None, "monthly": None}, {"setup": Decimal(1), "monthly": None}])
def test_unless_it_reported_both_the_price_is_estimated(make, price, assumed, charged, price_from, reported):
    row = make.row(price=price, **reported)
    result = Judge(CODES, "7f3a", assumed).result(row)
    assert (result.charged, result.charged_now, result.price_from) == (Charged.YES, charged, price_from)
    assert not result.confirmed


@pytest.mark.parametrize(
    ("price", "assumed", "at_risk", "price_from"),
    [
        (Decimal(3), Decimal(4), Decimal(3), PriceFrom.ORDER),
        (None, Decimal(4), Decimal(4), PriceFrom.ASSUMED),
        (None, None, None, PriceFrom.UNKNOWN),
    ],
)
def test_a_doubt_is_at_risk_and_not_charged_for_certain(make, price, assumed, at_risk, price_from):
    result = Judge(CODES, "7f3a", assumed).result(make.row(status=Status.DOUBT, price=price, reason="time-out"))
    assert (result.charged, result.charged_now, result.at_risk) == (Charged.UNKNOWN, 0, at_risk)
    assert result.price_from is price_from
    assert "`numbatch resolve 7f3a`" in result.todo
    assert result.reason.endswith("(time-out)")
    assert result.cause == STATUS_ADVICE[Status.DOUBT].reason


@pytest.mark.parametrize("status", [s for s in Status if s not in {Status.PURCHASED, Status.RELEASED, Status.DOUBT}])
def test_everything_else_costs_nothing(make, status):
    result = JUDGE.result(make.row(status=status))
    assert (result.charged, result.charged_now, result.at_risk) == (Charged.NO, 0, 0)
    assert result.price_from is PriceFrom.NONE


def test_what_was_given_back_keeps_its_charge_and_says_when(make):
    row = make.row(status=Status.RELEASED, released_at=datetime(2026, 11, 22, tzinfo=UTC))
    result = JUDGE.result(row)
    assert (result.charged, result.charged_now) == (Charged.YES, Decimal("2.50"))
    assert result.reason == "Bought by this run, then given back on 2026-11-22"
    assert JUDGE.result(make.row(status=Status.RELEASED)).reason == "Bought by this run, then given back"


@pytest.mark.parametrize("code", [-275, -1265, -165, -1210])
def test_a_refusal_is_told_by_the_providers_table(make, code):
    result = JUDGE.result(make.row(status=Status.REFUSED, code=code))
    entry = CODES.get(code)
    assert (result.reason, result.actor, result.todo) == (entry.meaning, entry.actor, entry.todo)


def test_a_refusal_that_the_table_lacks_is_the_providers_business(make):
    assert JUDGE.result(make.row(status=Status.REFUSED, code=-7)).actor is Actor.PROVIDER


def test_a_deferred_number_runs_again_by_itself(make):
    assert JUDGE.result(make.row(status=Status.DEFERRED, code=-220)).actor is Actor.ITSELF


def test_a_refused_account_is_told_by_its_code(make):
    result = JUDGE.result(make.row(status=Status.NOT_SENT, why=Why.ACCOUNT, code=99))
    assert result.actor is Actor.FINANCE
    assert (
        JUDGE.result(make.row(status=Status.NOT_SENT, why=Why.ACCOUNT, code=None)).reason
        == WHY_ADVICE[Why.ACCOUNT].reason
    )


def test_a_code_does_not_explain_what_was_not_sent_for_another_reason(make):
    result = JUDGE.result(make.row(status=Status.NOT_SENT, why=Why.LIMIT, code=-275))
    assert result.reason == WHY_ADVICE[Why.LIMIT].reason


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_for_not_sending_says_who_does_what(make, why):
    result = JUDGE.result(make.row(status=Status.NOT_SENT, why=why, code=None))
    assert result.reason
    assert result.todo
    assert result.actor is not Actor.NOBODY
    assert "{" not in result.todo


def test_a_command_names_the_number(make):
    row = make.row(status=Status.NOT_SENT, why=Why.GONE)
    assert f"`numbatch history {row.number}`" in JUDGE.result(row).todo


def test_a_presumed_purchase_says_so(make):
    assert JUDGE.result(make.row(confirmed_by="inquiry, presumed")).reason.startswith("Presumed")
    assert JUDGE.result(make.row()).reason == ""


def test_an_owned_number_names_the_run_that_bought_it(make):
    assert JUDGE.result(make.row(status=Status.OWNED, bought_in="3c9e")).reason == "Bought by run 3c9e"
    assert JUDGE.result(make.row(status=Status.OWNED)).reason == "Held by the account before"


def test_other_routing_is_named_and_needs_somebody(make):
    result = JUDGE.result(make.row(status=Status.OWNED, bought_in="3c9e", differs=("URI", "Type")))
    assert result.routing == "differs: URI, Type"
    assert result.actor is Actor.OPERATOR
    assert "other routing" in result.reason


@pytest.mark.parametrize("status", [Status.INVALID, Status.DUPLICATE])
def test_a_row_that_was_never_sent_keeps_its_note(make, status):
    assert JUDGE.result(make.row(status=status, reason="the same number as row 3")).reason == "the same number as row 3"
    assert JUDGE.result(make.row(status=status)).reason == STATUS_ADVICE[status].reason


def test_the_tables_are_whole():
    assert set(STATUS_ADVICE) == set(Status)
    assert set(WHY_ADVICE) == set(Why)
