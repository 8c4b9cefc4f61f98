"""What a run came to, at its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from batch.cli.summary import Summary, cause_lines, failure_json, say_summary, summary_json
from batch.codes import Actor
from batch.ledger.records import Environment, LedgerKey, Run, Status, Why
from batch.reconciler.advice import WHY_ADVICE
from batch.reconciler.totals import Cause, RunTotals

RUN = Run("7f3a", "key", (), (), 3, datetime(2026, 1, 1, tzinfo=UTC))


def totals(**changes):
    given = {
        "counts": dict.fromkeys(Status, 0) | {Status.PURCHASED: 2, Status.REFUSED: 1},
        "confirmed": Decimal(4),
        "estimated": Decimal("2.5"),
        "at_risk": Decimal(0),
        "monthly": Decimal(0),
        "unknown_charged": 0,
        "unknown_at_risk": 0,
        "unknown_monthly": 0,
        "released_charged": Decimal(0),
        "presumed": 0,
        "differs": 0,
        "causes": {},
        "groups": {},
    }
    return RunTotals(**(given | changes))


def summary(exit_code=0, halt_reason="", environment=Environment.LIVE, **changes):
    return Summary(
        LedgerKey("multitel", environment, "acme"), RUN, totals(**changes), "USD", exit_code, halt_reason, "r.xlsx"
    )


@pytest.mark.parametrize("code", [5, 8])
def test_a_plan_that_is_used_up_is_not_said_to_go_on_with_the_same_command(capsys, code):
    say_summary(replace(summary(code), planned=True, used_up=True))
    said = capsys.readouterr().out
    assert "same command" not in said
    assert "numbatch plan ORDERS -o plan.json" in said
    assert "numbatch audit 7f3a" in said
    say_summary(replace(summary(code), planned=True))
    assert "same command" in capsys.readouterr().out


def test_a_purchase_whose_release_had_no_answer_is_said_to_be_in_doubt(capsys):
    say_summary(summary(6, giving_back=1))
    assert "In doubt: 1 purchase being given back" in capsys.readouterr().out
    say_summary(summary(6))
    assert "being given back" not in capsys.readouterr().out


def test_a_higher_bound_is_not_advised_where_only_prices_are_lacking(capsys):
    cause = Cause(Status.NOT_SENT, None, WHY_ADVICE[Why.PRICE_UNKNOWN].reason, Actor.OPERATOR, "")
    say_summary(summary(8, causes={cause: 3}))
    assert "--price" in capsys.readouterr().out
    say_summary(summary(8, causes={cause: 3, cause._replace(reason=WHY_ADVICE[Why.MAX_SPEND].reason): 1}))
    assert "with a higher bound" in capsys.readouterr().out


@pytest.mark.parametrize("why", [Why.UNTIL, Why.LIMIT])
def test_no_higher_bound_is_advised_where_the_next_invocation_goes_on_by_itself(capsys, why):
    cause = Cause(Status.NOT_SENT, None, WHY_ADVICE[why].reason, Actor.OPERATOR, "")
    say_summary(summary(8, causes={cause: 3}))
    said = capsys.readouterr().out
    assert "run the same command again" in said
    assert "bound" not in said.partition("Next:")[2]


def test_for_programs():
    told = summary_json(summary(5, "halted at https://h/?token=x"))
    assert told["charged"] == "6.50"
    assert told["counts"]["purchased"] == 2
    assert list(told["counts"]) == [status.value for status in Status]
    assert told["halt_reason"] == "halted at https://h/?***"
    assert summary_json(summary())["halt_reason"] is None
    assert failure_json(2, "no")["exit_code"] == 2
    assert failure_json(2, "no").keys() == told.keys()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4, "Failures"),
        (5, "mend"),
        (6, "numbatch resolve 7f3a"),
        (8, "higher bound"),
        (130, "goes on where it stopped"),
    ],
)
def test_what_comes_next(capsys, code, words):
    say_summary(summary(code))
    assert words in capsys.readouterr().out


def test_for_people(capsys):
    counts = dict.fromkeys(Status, 0) | {Status.PURCHASED: 2, Status.DOUBT: 1}
    say_summary(
        summary(
            6, "silence", Environment.REHEARSAL, counts=counts, at_risk=Decimal(3), unknown_charged=1, unknown_at_risk=2
        )
    )
    shown = capsys.readouterr().out
    assert "Run 7f3a, account acme, rehearsal: nothing was bought" in shown
    assert "Charged: 6.50 USD, and 1 number of unknown price (2.50 USD of it estimated)" in shown
    assert "At risk: 3.00 USD, and 2 numbers of unknown price" in shown
    assert "Halted: silence" in shown


def test_causes_that_need_nobody_are_left_out():
    causes = {
        Cause(Status.REFUSED, -275, "Gone", Actor.OPERATOR, "Order another."): 3,
        Cause(Status.DUPLICATE, None, "Twice", Actor.NOBODY, ""): 2,
    }
    assert cause_lines(totals(causes=causes)) == ["What needs a look:", "  3 refused (-275): Gone. Order another."]
    many = {Cause(Status.REFUSED, -code, "Gone", Actor.OPERATOR, "x"): 1 for code in range(15)}
    assert cause_lines(totals(causes=many))[-1].startswith("  and 5 reasons more")
    assert cause_lines(totals()) == []
