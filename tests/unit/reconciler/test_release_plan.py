"""What giving a run back would do: counted, priced, and what is kept, with the words for people and programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from batch.cli.release_view import outcome_json, outcome_lines, plan_json, plan_lines
from batch.ledger.records import Environment, LedgerKey, Run, RunRow, Status
from batch.number import Number
from batch.order import RowKind, Source
from batch.provider.multitel.codes import CODES
from batch.reconciler.release_plan import plan_release
from batch.reconciler.results import Judge
from batch.session import ReleaseOutcome

KEY = LedgerKey("multitel", Environment.LIVE, "acme")
RUN = Run("7f3a", "k", (), (), 9, datetime(2026, 11, 3, tzinfo=UTC))
SETTINGS = SimpleNamespace(currency="USD", rate=Decimal(5))


def judge(assumed=None, *ever):
    return Judge(CODES, RUN.name, assumed, frozenset(ever))


def row(index, status, **more):
    plain = RunRow(
        index, Source(0, "S", index + 2), str(12025550100 + index), status, None, None, "", {}, (), "US", None, None,
        None, "", (), 1, None, None, "answer", None, RowKind.ORDER,
    )  # fmt: skip
    return replace(plain, **more)


ROWS = [
    row(0, Status.PURCHASED, setup=Decimal(1), monthly=Decimal(2)),
    row(1, Status.PURCHASED, price=Decimal(4), giving_back=True),
    row(2, Status.PURCHASED),
    row(3, Status.PURCHASED, confirmed_by="inquiry, presumed"),
    row(4, Status.RELEASED),
    row(5, Status.DOUBT),
    row(6, Status.OWNED, bought_in="beef"),
    row(7, Status.REFUSED),
    row(8, Status.INVALID),
]


def test_what_can_be_given_back_is_counted_and_priced_and_the_rest_is_kept_with_its_reason():
    plan = plan_release(ROWS, judge())
    assert (plan.numbers, plan.under_way, plan.released, plan.kept_numbers) == (3, 1, 1, 2)
    assert (plan.charged, plan.unknown_price, plan.monthly, plan.unknown_monthly) == (Decimal(7), 1, Decimal(2), 2)
    assert plan.duration(Decimal(1)) == timedelta(seconds=7)
    assert plan.strangers == ()
    assert plan_release(ROWS, judge(Decimal(3))).charged == Decimal(10)


def test_what_a_look_up_listed_is_the_price_once_not_for_each_channel_and_never_called_unknown():
    listed = row(0, Status.PURCHASED, worst=Decimal(12), fields={"Channels": "3"})
    plan = plan_release([listed], judge())
    assert (plan.charged, plan.unknown_price) == (Decimal(4), 0)
    assumed_once = plan_release([listed], judge(None, Decimal(12)))
    assert (assumed_once.charged, assumed_once.unknown_price) == (Decimal(0), 1)


def test_of_numbers_that_were_named_those_that_were_never_bought_are_told_too():
    named = [Number(one.number) for one in ROWS[5:8]] + [Number("12025559999")]
    plan = plan_release(ROWS, judge(), named)
    assert plan.numbers == 0
    assert plan.strangers == [Number("12025559999")]
    assert "not bought by this run, but by run beef" in plan.kept
    assert "refused, and so never bought" in plan.kept


def test_the_plan_says_what_is_not_refunded_and_that_a_number_may_be_gone():
    lines = "\n".join(plan_lines(plan_release(ROWS, judge()), RUN, KEY, SETTINGS))
    for words in (
        "3 numbers to give back",
        "live",
        "7.00 USD, and 1 number",
        "not refunded",
        "-220",
        "-275",
        "kept: in doubt",
    ):
        assert words in lines
    nothing = plan_lines(plan_release(ROWS[4:5], judge()), RUN, KEY, SETTINGS)
    assert "refunded" not in "\n".join(nothing)
    unknown = plan_lines(plan_release(ROWS[2:3], judge()), RUN, KEY, SETTINGS)
    assert "not known" in "\n".join(unknown)
    assert plan_json(plan_release(ROWS, judge()), RUN, KEY, SETTINGS)["charged"] == "7.00"
    assert plan_json(plan_release(ROWS[2:3], judge()), RUN, KEY, SETTINGS)["charged"] is None


def outcome(**more):
    plain = ReleaseOutcome(RUN, 0, "", 3, 1, {}, [], 0)
    return replace(plain, **more)


def test_the_outcome_says_what_comes_next(capsys):
    numbers = [Number(str(12025550100 + one)) for one in range(3)]
    outcome_lines(outcome(), KEY, 0, "r.xlsx")
    assert capsys.readouterr().out.splitlines()[-1] == "r.xlsx"
    kept = dict.fromkeys(numbers, "only presumed")
    for code, words, more in [
        (4, "needs a person", {"kept": kept}),
        (5, "mend what is named", {"halt_reason": "99"}),
        (6, "numbatch resolve 7f3a", {"in_doubt": numbers}),
        (8, "the same command again", {"left": 2}),
    ]:
        outcome_lines(outcome(exit_code=code, **more), KEY, code, None)
        told = capsys.readouterr().out
        assert words in told
        if code == 4:
            assert f"kept: {numbers[0]} and 2 others: only presumed" in told
    told = outcome_json(outcome(kept=kept, in_doubt=numbers[:1]), KEY, 6, None)
    assert (told["kept"][str(numbers[0])], told["in_doubt"], told["exit_code"]) == ("only presumed", [numbers[0]], 6)
