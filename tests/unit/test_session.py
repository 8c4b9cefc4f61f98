"""Whole runs on virtual time: what a fault, a bound or a signal makes of the rows, of the exit code, and of the money."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from support.desk import DEFERRED, DOUBT, NOT_SENT, OWNED, PURCHASED, REFUSED, at_desk, orders
from support.world import (
    BAD_CERTIFICATE,
    COST,
    REDIRECT,
    THROTTLED,
    UNSENT,
    Fault,
    busy,
    code,
    lost,
    number,
    other,
    reset,
    truth,
    unknown,
)

from batch.errors import LedgerError, UsageError
from batch.ledger.records import Status, Tally, Why
from batch.order import Row, RowKind, Source
from batch.plan.quote import Quote
from batch.pool.notices import Alarm, Halted, Paused, Phase, Resumed
from batch.pool.options import Brake
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Owned, Unclear
from batch.session import exit_code

N = [number(n) for n in range(200)]
ALL = tuple(Status)


def five(label="a", **more):
    return orders(label, N[:5], **more)


def script(desk, faults):
    desk.provider.script = {N[n]: list(several) for n, several in faults.items()}


# Everything goes well ------------------------------------------------------------------------------------------------


def test_what_is_ordered_is_bought_once_each_in_order_and_exit_0():
    async def scenario(desk):
        outcome = await desk.buy(orders("a", N[:30]), workers=1)
        desk.check()
        assert (outcome.exit_code, outcome.counts[PURCHASED], outcome.differs) == (0, 30, 0)
        assert [sent.number for sent in desk.provider.sends] == N[:30]

    at_desk(scenario)


def test_a_rerun_buys_nothing_and_sends_nothing():
    async def scenario(desk):
        await desk.buy(five())
        again = await desk.buy(five())
        assert (again.exit_code, len(desk.provider.sends)) == (0, 5)
        assert not desk.provider.questions
        desk.check()

    at_desk(scenario)


def test_the_first_purchase_goes_alone():
    async def scenario(desk):
        script(desk, {0: [truth(takes=20.0)]})
        await desk.buy(five())
        assert desk.provider.sent(N[1])[0] >= desk.provider.sent(N[0])[0] + 20

    at_desk(scenario)


def test_a_long_sheet_is_read_in_chunks():
    async def scenario(desk):
        outcome = await desk.buy(orders("a", [number(n) for n in range(2500)]), rate=Decimal(1000), workers=40)
        assert outcome.counts[PURCHASED] == 2500
        desk.check()

    at_desk(scenario)


# The account itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", [99, 100, -55, -110, -1100, -1650])
def test_an_account_that_is_refused_at_once_costs_one_request(refused):
    async def scenario(desk):
        desk.provider.fault = lambda _: code(refused)
        outcome = await desk.buy(orders("a", N[:50]))
        assert (outcome.exit_code, len(desk.provider.sends)) == (5, 1)
        assert str(refused) in outcome.halt_reason
        rows = desk.rows("a")
        assert {row.status for row in rows} == {NOT_SENT}
        assert (rows[0].why, rows[0].code, rows[1].why) == (Why.ACCOUNT, refused, Why.HALTED)
        desk.check()

    at_desk(scenario)


def test_no_money_amid_the_run_sends_nothing_new_records_what_is_in_flight_and_goes_on_when_topped_up():
    async def scenario(desk):
        script(desk, {20: [code(99)], 21: [truth(takes=5.0)], 22: [lost(0.5)]})
        wanted = orders("a", N[:60])
        outcome = await desk.buy(wanted)
        assert outcome.exit_code == 5
        assert max(desk.provider.sent()) <= desk.provider.sent(N[20])[0] + 0.2
        rows = desk.rows("a")
        assert (rows[20].status, rows[20].code) == (NOT_SENT, 99)
        assert [rows[n].status for n in (21, 22, 59)] == [PURCHASED, PURCHASED, NOT_SENT]
        desk.check()
        assert (await desk.buy(wanted)).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_the_worlds_own_empty_balance_ends_the_run_exactly():
    async def scenario(desk):
        outcome = await desk.buy(orders("a", N[:20]))
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (5, 7)
        desk.check()

    at_desk(scenario, balance=COST * 7 + 1)


def test_an_inquiry_that_says_the_account_is_refused_halts_and_leaves_doubt():
    async def scenario(desk):
        script(desk, {3: [lost(1.0)]})
        desk.provider.answers = lambda _, true: Blocked(100)
        outcome = await desk.buy(orders("a", N[:5]))
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (6, 1)
        assert "100" in outcome.halt_reason
        desk.check()

    at_desk(scenario)


# Sold, reserved, refused ---------------------------------------------------------------------------------------------


def test_sold_is_asked_no_sooner_than_the_resolve_delay_ours_is_already_owned_and_else_refused():
    async def scenario(desk):
        desk.provider.already_ours(N[1])
        desk.provider.world.sell_elsewhere(N[2])
        outcome = await desk.buy(orders("a", N[:6]))
        assert desk.statuses("a") == [PURCHASED, OWNED, REFUSED, PURCHASED, PURCHASED, PURCHASED]
        assert outcome.exit_code == 4
        for sold in (N[1], N[2]):
            assert min(desk.provider.asked(sold)) >= desk.provider.sent(sold)[0] + 10
        assert desk.rows("a")[2].code == -165
        assert len(desk.provider.sends) == 6
        desk.check()

    at_desk(scenario)


def test_a_refusal_of_a_number_with_a_lost_attempt_is_asked_before_it_is_final():
    async def scenario(desk):
        # Lost, then executed after the horizon: the second attempt hears that it is sold, to us.
        script(desk, {1: [lost(95.0)], 2: [THROTTLED, code(-275)], 3: [THROTTLED, code(99), truth()]})
        outcome = await desk.buy(orders("a", N[:3]))
        desk.check()
        assert (outcome.exit_code, desk.statuses("a")) == (4, [PURCHASED, PURCHASED, REFUSED])
        assert desk.provider.asked(N[2])

    at_desk(scenario)


def test_an_account_code_for_a_number_with_a_lost_attempt_is_asked_about_too():
    async def scenario(desk):
        script(desk, {1: [THROTTLED, code(99), truth()]})
        outcome = await desk.buy(orders("a", N[:3]), workers=1)
        assert outcome.exit_code == 5
        assert (desk.statuses("a")[1], desk.rows("a")[1].code) == (NOT_SENT, 99)
        assert desk.provider.asked(N[1])
        assert (await desk.buy(orders("a", N[:3]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_reserved_is_tried_again_later_while_others_go_on():
    async def scenario(desk):
        desk.provider.world.reserve(N[1], 150)
        outcome = await desk.buy(orders("a", N[:5]))
        assert outcome.exit_code == 0
        tries = desk.provider.sent(N[1])
        assert all(59 <= later - earlier <= 62 for earlier, later in itertools.pairwise(tries))
        assert desk.provider.sent(N[4])[0] < 5
        desk.check()

    at_desk(scenario)


def test_reserved_for_too_long_is_deferred_and_the_next_run_tries_again():
    async def scenario(desk):
        desk.provider.world.reserve(N[1], 1500)
        first = await desk.buy(five())
        assert (first.exit_code, first.counts[DEFERRED]) == (4, 1)
        assert 840 <= desk.provider.sent(N[1])[-1] <= 905
        assert (await desk.buy(five())).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_reserved_numbers_remaining_time_survives_a_restart():
    async def scenario(desk):
        desk.provider.world.reserve(N[1], 10_000)
        assert await desk.buy_until_killed(five(), after=500)
        tries = len(desk.provider.sent(N[1]))
        began = desk.clock.elapsed()
        outcome = await desk.buy(five())
        assert outcome.counts[DEFERRED] == 1
        assert 300 <= desk.clock.elapsed() - began <= 450
        assert tries >= 8
        desk.check()

    at_desk(scenario)


def test_reserved_with_a_lost_attempt_is_asked_about_and_deferred_not_refused():
    async def scenario(desk):
        script(desk, {1: [THROTTLED, code(-220)]})
        outcome = await desk.buy(orders("a", N[:3]), reserved_give_up_after=30.0, brake=Brake(count=0, percent=None))
        assert (outcome.exit_code, desk.statuses("a")[1], outcome.halt_reason) == (4, DEFERRED, "")
        assert (await desk.buy(orders("a", N[:3]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_refusal_stands_until_the_run_is_told_to_try_again():
    async def scenario(desk):
        script(desk, {1: [code(-275)]})
        assert (await desk.buy(five())).exit_code == 4
        assert (await desk.buy(five())).exit_code == 4
        assert len(desk.provider.sent(N[1])) == 1
        assert (await desk.buy(five(), retry_refused=True)).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_too_many_refusals_halt_and_expected_codes_do_not_count():
    async def scenario(desk):
        desk.provider.fault = lambda _: code(-275)
        halted = await desk.buy(orders("a", N[:150]))
        assert halted.exit_code == 5
        assert len(desk.provider.sends) <= 60
        assert (await desk.buy(orders("b", N[:150]), expected_codes=frozenset({-275}))).exit_code == 4
        desk.check()

    at_desk(scenario)


# No answer -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", [0.1, 25.0, 29.0, 45.0, 70.0, float("inf")])
def test_a_purchase_without_an_answer_is_bought_once_whenever_it_is_executed(when):
    async def scenario(desk):
        script(desk, {2: [lost(when)]})
        outcome = await desk.buy(five())
        assert (outcome.exit_code, desk.statuses("a")) == (0, [PURCHASED] * 5)
        assert len(desk.provider.sent(N[2])) == (1 if when < 90 else 2)
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("fault", [reset(), reset(0.01), busy(), busy(executed=0.01), busy(3.0, executed=2.0)])
def test_a_reset_or_a_503_is_in_doubt_and_asked_before_anything_is_sent_again(fault):
    async def scenario(desk):
        script(desk, {2: [fault]})
        outcome = await desk.buy(five())
        assert outcome.exit_code == 0
        asked = min(desk.provider.asked(N[2]))
        assert asked >= desk.provider.sent(N[2])[0] + 10
        assert all(again >= asked for again in desk.provider.sent(N[2])[1:])
        desk.check()

    at_desk(scenario)


def test_an_absence_is_believed_only_after_the_horizon():
    async def scenario(desk):
        script(desk, {2: [lost(takes=1.0)]})
        assert (await desk.buy(five())).exit_code == 0
        first, second = desk.provider.sent(N[2])
        assert second >= first + 1 + 60

    at_desk(scenario)


def test_an_inquiry_that_lags_is_only_waited_for():
    async def scenario(desk):
        script(desk, {2: [lost(1.0)], 3: [lost()]})
        outcome = await desk.buy(five())
        assert outcome.exit_code == 0
        desk.check()

    at_desk(scenario, lag=9.0)


def test_sends_without_an_answer_are_bounded_by_max_attempts():
    async def scenario(desk):
        desk.provider.fault = lambda one: lost(takes=1.0) if one == N[2] else truth()
        outcome = await desk.buy(five(), max_attempts=2)
        assert (outcome.exit_code, len(desk.provider.sent(N[2])), desk.rows("a")[2].why) == (4, 2, Why.ATTEMPTS)
        await desk.buy(five(), max_attempts=2)
        assert len(desk.provider.sent(N[2])) == 4
        desk.check()

    at_desk(scenario)


def test_certainly_unsent_has_a_budget_of_its_own():
    async def scenario(desk):
        desk.provider.fault = lambda one: UNSENT if one == N[2] else truth()
        outcome = await desk.buy(five(), max_attempts=3)
        assert (outcome.exit_code, len(desk.provider.sent(N[2])), desk.rows("a")[2].why) == (4, 3, Why.ATTEMPTS)
        script(desk, {20: [UNSENT, UNSENT, lost(takes=1.0), lost(takes=1.0), truth()]})
        assert (await desk.buy(orders("b", N[20:21]), max_attempts=3)).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_answers_429_cost_no_attempt_and_are_sent_again_without_asking():
    async def scenario(desk):
        script(desk, {n: [THROTTLED] * 2 for n in range(8)})
        outcome = await desk.buy(orders("a", N[:10]), max_attempts=1)
        assert outcome.exit_code == 0
        assert not desk.provider.asked(*N[:8]) or min(desk.provider.asked()) >= 10
        desk.check()

    at_desk(scenario)


def test_a_provider_that_only_complains_halts_in_the_end():
    async def scenario(desk):
        desk.provider.fault = lambda _: THROTTLED
        outcome = await desk.buy(orders("a", N[:20]))
        assert outcome.exit_code == 5
        assert "too many requests" in outcome.halt_reason
        assert 900 <= desk.clock.elapsed() <= 1100
        assert len(desk.provider.sends) < 60
        desk.check()

    at_desk(scenario)


def test_a_complaint_after_a_long_quiet_time_does_not_halt():
    async def scenario(desk):
        desk.provider.world.reserve(N[1], 1300)
        script(desk, {1: [code(-220)], 2: [code(-220)]})
        wait = {"reserved_retry_every": 1000.0, "reserved_give_up_after": 5000.0}
        desk.provider.script[N[1]] += [THROTTLED]
        outcome = await desk.buy(orders("a", N[:3]), **wait)
        assert (outcome.exit_code, outcome.halt_reason) == (0, "")

    at_desk(scenario)


def test_retry_after_is_obeyed_by_everything():
    async def scenario(desk):
        script(desk, {5: [Fault(replace(THROTTLED.answer, retry_after=100.0))], 6: [busy(200.0)]})
        outcome = await desk.buy(orders("a", N[:20]), workers=1)
        assert outcome.exit_code == 0
        left = sorted(desk.provider.sent() + desk.provider.asked())
        gaps = [later - earlier for earlier, later in itertools.pairwise(left)]
        assert sum(gap >= 99 for gap in gaps) == 2
        assert [notice.seconds for notice in desk.told(Paused)][:2] == [100.0, 200.0]
        desk.check()

    at_desk(scenario)


# The provider is silent ----------------------------------------------------------------------------------------------


def test_a_total_outage_sends_hardly_anything_asks_at_growing_intervals_and_halts():
    async def scenario(desk):
        def outage(at):
            desk.provider.fault = lambda _: lost(takes=5.0) if desk.clock.elapsed() > at else truth()
            desk.provider.answers = lambda _, true: Unclear("timed out") if desk.clock.elapsed() > at else true

        outage(1.0)
        outcome = await desk.buy(orders("a", N[:200]), workers=8)
        assert outcome.exit_code == 6
        assert "has not answered for" in outcome.halt_reason
        bought = outcome.counts[PURCHASED]
        assert len(desk.provider.sends) - bought <= 16
        assert len(desk.provider.sends) <= 1.1 * 200
        desk.check()
        assert max(notice.seconds for notice in desk.told(Paused)) == 60.0
        assert desk.clock.elapsed() < 2200
        desk.provider.fault = lambda _: truth()
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N[:200]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_an_outage_from_the_first_request_on_costs_one_send():
    async def scenario(desk):
        desk.provider.fault = lambda _: lost(takes=30.0)
        desk.provider.answers = lambda _, true: Unclear("timed out")
        desk.provider.balance_known = False
        outcome = await desk.buy(orders("a", N[:50]))
        assert (outcome.exit_code, len(desk.provider.sends), outcome.counts[DOUBT]) == (6, 1, 1)

    at_desk(scenario)


def test_an_outage_that_passes_goes_on_by_itself():
    async def scenario(desk):
        down = lambda: 1.0 < desk.clock.elapsed() < 400.0  # noqa: E731
        desk.provider.fault = lambda _: UNSENT if down() else truth()
        desk.provider.answers = lambda _, true: Unclear("connection refused") if down() else true
        outcome = await desk.buy(orders("a", N[:100]))
        assert outcome.exit_code == 0
        assert len(desk.told(Resumed)) == 1
        assert len(desk.provider.sends) <= 120
        desk.check()

    at_desk(scenario)


def test_purchases_that_never_answer_while_inquiries_do_end_by_the_attempts():
    async def scenario(desk):
        script(desk, {0: [truth()]})
        desk.provider.fault = lambda _: lost(takes=2.0)
        outcome = await desk.buy(orders("a", N[:20]), max_attempts=2)
        assert (outcome.exit_code, outcome.counts[NOT_SENT]) == (4, 19)
        assert all(len(desk.provider.sent(one)) == 2 for one in N[1:20])
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize(("fault", "left"), [(BAD_CERTIFICATE, NOT_SENT), (REDIRECT, PURCHASED)])
def test_a_bad_certificate_and_a_redirect_halt_at_once(fault, left):
    async def scenario(desk):
        script(desk, {10: [replace(fault, executed=0.05) if left is PURCHASED else fault]})
        outcome = await desk.buy(orders("a", N[:40]), workers=2)
        assert outcome.exit_code == 5
        assert outcome.halt_reason == fault.answer.reason
        assert max(desk.provider.sent()) <= desk.provider.sent(N[10])[0] + 0.15
        assert desk.statuses("a")[10] is left
        desk.check()

    at_desk(scenario)


def test_a_bad_certificate_of_an_inquiry_halts():
    async def scenario(desk):
        script(desk, {1: [lost(takes=1.0)]})
        desk.provider.answers = lambda _, true: Unclear("not to be trusted", fatal=True)
        outcome = await desk.buy(five())
        assert (outcome.exit_code, outcome.halt_reason) == (6, "not to be trusted")

    at_desk(scenario)


# Strange answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executed", [0.05, float("inf")])
def test_an_unknown_code_is_in_doubt_and_becomes_bought_or_refused(executed):
    async def scenario(desk):
        script(desk, {1: [unknown(-777, executed=executed)]})
        outcome = await desk.buy(five())
        bought = executed < 1
        assert (outcome.exit_code, desk.statuses("a")[1]) == ((0, PURCHASED) if bought else (4, REFUSED))
        assert len(desk.provider.sent(N[1])) == 1
        if not bought:
            assert desk.rows("a")[1].code == -777
        desk.check()

    at_desk(scenario)


def test_unknown_codes_of_three_numbers_in_a_row_or_five_in_all_halt():
    async def scenario(desk):
        script(desk, {n: [unknown(-777)] for n in (3, 4, 5)})
        first = await desk.buy(orders("a", N[:30]), workers=1)
        assert (first.exit_code, len(desk.provider.sends)) == (5, 6)
        assert "-777" in first.halt_reason
        script(desk, {n: [unknown(-778)] for n in range(100, 120, 2)})
        second = await desk.buy(orders("b", N[100:130]), workers=1)
        assert (second.exit_code, len(desk.provider.sends)) == (5, 6 + 9)
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("bought", [True, False])
def test_an_answer_that_names_another_number_halts_and_both_are_asked_about(bought):
    async def scenario(desk):
        script(desk, {2: [other(N[150])]})
        if bought:
            desk.provider.already_ours(N[150])
        wanted = orders("a", N[:20])
        outcome = await desk.buy(wanted, workers=1)
        assert (outcome.exit_code, len(desk.provider.sends)) == (5, 3)
        assert (desk.statuses("a")[2], desk.rows("a")[2].code) == (REFUSED, int(N[150]))
        assert desk.provider.asked(N[2])
        assert desk.provider.asked(N[150])
        assert (
            f"{N[150]}, which it was not asked for; the account {'holds it' if bought else 'does not'}"
        ) in desk.words()
        await desk.buy(wanted)
        assert len(desk.provider.sent(N[2])) == 1
        desk.check()

    at_desk(scenario)


def test_of_another_number_that_can_not_be_asked_about_it_is_said_so():
    async def scenario(desk):
        script(desk, {2: [other(N[150], executed=0.01)]})
        desk.provider.answers = lambda asked, true: Unclear("no") if asked == N[150] else true
        outcome = await desk.buy(five())
        assert (outcome.exit_code, desk.statuses("a")[2]) == (5, PURCHASED)
        assert "could not be asked" in desk.words()
        desk.check()

    at_desk(scenario)


# Bounds --------------------------------------------------------------------------------------------------------------


def test_max_numbers_is_exact_over_all_invocations():
    async def scenario(desk):
        wanted = orders("a", N[:20])
        for _ in range(2):
            outcome = await desk.buy(wanted, max_numbers=7)
            assert (outcome.exit_code, outcome.counts[PURCHASED]) == (8, 7)
            assert [row.status for row in desk.rows("a")] == [PURCHASED] * 7 + [NOT_SENT] * 13
        assert (await desk.buy(wanted, max_numbers=20)).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_number_in_doubt_counts_against_max_numbers_until_it_is_known_not_to_be_bought():
    async def scenario(desk):
        script(desk, {1: [lost()] * 3, 2: [lost(5.0)]})
        outcome = await desk.buy(orders("a", N[:9]), max_numbers=4, max_attempts=1)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (8, 4)
        assert desk.statuses("a")[:6] == [PURCHASED, NOT_SENT, PURCHASED, PURCHASED, PURCHASED, NOT_SENT]
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("limit", ["0", "2.99", "3", "8.99", "9", "10", "1000"])
def test_max_spend_is_never_exceeded_and_is_used_up(limit):
    async def scenario(desk):
        script(desk, {0: [lost(1.0)], 2: [lost()], 3: [code(-275)]})
        outcome = await desk.buy(orders("a", N[:9]), max_spend=Decimal(limit))
        assert desk.provider.spent <= Decimal(limit)
        assert len(desk.provider.books.charges) == min(8, int(Decimal(limit) / COST))
        assert outcome.exit_code == (4 if Decimal(limit) > 24 else 8)
        desk.check()

    at_desk(scenario)


def test_what_could_not_be_cleared_up_stays_reserved_and_ends_the_run_at_its_bound():
    async def scenario(desk):
        script(desk, {0: [lost()]})
        outcome = await desk.buy(orders("a", N[:9]), max_numbers=1)
        assert (outcome.exit_code, outcome.stop, len(desk.provider.sends)) == (6, Why.MAX_NUMBERS, 1)
        assert "resolve --accept" in desk.words()
        desk.check()

    at_desk(scenario)


def test_a_limit_takes_the_first_open_rows_of_the_sheet_and_standing_refusals_do_not_count():
    async def scenario(desk):
        wanted = orders("a", N[:12])
        script(desk, {1: [code(-275)]})
        first = await desk.buy(wanted, limit=4)
        assert (first.exit_code, desk.statuses("a")) == (8, [PURCHASED, REFUSED, PURCHASED, PURCHASED] + [NOT_SENT] * 8)
        assert {row.why for row in desk.rows("a")[4:]} == {Why.LIMIT}
        await desk.buy(wanted, limit=4)
        assert desk.statuses("a")[4:] == [PURCHASED] * 4 + [NOT_SENT] * 4
        last = await desk.buy(wanted, limit=4)
        assert (last.exit_code, last.stop) == (4, Why.PENDING)
        desk.check()

    at_desk(scenario)


def test_a_row_whose_attempts_were_used_up_keeps_its_place_within_the_limit():
    async def scenario(desk):
        desk.provider.fault = lambda one: lost(takes=0.5) if one == N[1] else truth()
        outcome = await desk.buy(orders("a", N[:12]), limit=2, workers=1, max_attempts=2)
        assert (outcome.exit_code, {sent.number for sent in desk.provider.sends}) == (8, {N[0], N[1]})

    at_desk(scenario)


def test_rows_of_unknown_price_are_not_sent_under_max_spend_and_take_no_place_within_the_limit():
    async def scenario(desk):
        wanted = orders("a", N[:9], price=lambda one: None if one in N[:3] else COST)
        outcome = await desk.buy(wanted, max_spend=Decimal(100), limit=2)
        assert desk.statuses("a")[:6] == [NOT_SENT] * 3 + [PURCHASED] * 2 + [NOT_SENT]
        assert {row.why for row in desk.rows("a")[:3]} == {Why.PRICE_UNKNOWN}
        assert outcome.exit_code == 8
        assert (await desk.buy(wanted, max_spend=Decimal(100))).exit_code == 8
        assert (await desk.buy(wanted, max_spend=Decimal(100), price=COST)).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_after_until_nothing_is_sent():
    async def scenario(desk):
        until = desk.clock.now() + timedelta(seconds=10)
        outcome = await desk.buy(orders("a", N[:100]), rate=Decimal(2), until=until)
        assert (outcome.exit_code, outcome.stop) == (8, Why.UNTIL)
        assert max(desk.provider.sent()) <= 10
        assert 10 <= outcome.counts[PURCHASED] <= 20
        late = await desk.buy(orders("b", N[100:]), until=until)
        assert (late.exit_code, late.counts[PURCHASED]) == (8, 0)
        desk.check()

    at_desk(scenario)


def test_until_that_passes_when_everything_was_sent_leaves_nothing_to_do():
    async def scenario(desk):
        script(desk, {1: [lost(5.0)]})
        until = desk.clock.now() + timedelta(seconds=20)
        outcome = await desk.buy(five(), until=until)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0, 5)
        slow = await desk.buy(orders("b", N[20:25]), until=desk.clock.now() + timedelta(seconds=2), prices=True)
        assert slow.exit_code == 0

    at_desk(scenario)


# Prices --------------------------------------------------------------------------------------------------------------


def test_prices_are_read_back_and_what_does_not_show_yet_is_asked_once_more():
    async def scenario(desk):
        outcome = await desk.buy(five(), prices=True)
        assert outcome.exit_code == 0
        assert {(row.setup, row.monthly) for row in desk.rows("a")} == {(Decimal("1.00"), Decimal("2.00"))}
        assert desk.told(Phase)[-1] == Phase("reading prices back", 5)

    at_desk(scenario, lag=8.0)


def test_a_price_above_the_quoted_one_halts_while_there_is_something_to_save():
    async def scenario(desk):
        outcome = await desk.buy(orders("a", N[:100], price=Decimal("2.99")), rate=Decimal(2))
        assert outcome.exit_code == 5
        assert outcome.counts[PURCHASED] < 40
        assert "more than the 2.99" in outcome.halt_reason
        assert len(desk.told(Alarm)) == 1
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize(("assumed", "exits"), [(COST, 0), (Decimal("2.00"), 5)])
def test_a_higher_price_is_noticed_at_the_end_too_and_in_an_answer_about_doubt(assumed, exits):
    async def scenario(desk):
        outcome = await desk.buy(orders("a", N[:3], price=None), prices=True, price=assumed)
        assert (outcome.exit_code, bool(outcome.halt_reason)) == (exits, exits == 5)
        script(desk, {50: [lost(0.5, takes=1.0)]})
        outcome = await desk.buy(orders("b", N[50:51], price=None), price=assumed)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (exits, 1)

    at_desk(scenario)


# Interrupted ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("signal", "exits"), [(2, 130), (15, 143)])
def test_the_first_signal_drains_and_the_next_run_goes_on(signal, exits):
    async def scenario(desk):
        desk.provider.fault = lambda _: truth(takes=3.0)
        asyncio.get_running_loop().call_later(5.0, lambda: desk.stop.request(signal))
        outcome = await desk.buy(orders("a", N[:50]))
        assert (outcome.exit_code, outcome.stop) == (exits, Why.INTERRUPTED)
        assert max(desk.provider.sent()) <= 5.0
        assert desk.counted("a") == {PURCHASED: len(desk.provider.sends), NOT_SENT: 50 - len(desk.provider.sends)}
        assert desk.clock.elapsed() < 9
        desk.check()
        assert (await desk.buy(orders("a", N[:50]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_the_second_signal_stops_at_once_and_leaves_doubt_recorded():
    async def scenario(desk):
        desk.provider.fault = lambda one: truth() if one == N[0] else Fault(None, 10.0, 25.0)
        for at in (5.0, 6.0):
            asyncio.get_running_loop().call_later(at, lambda: desk.stop.request(2))
        outcome = await desk.buy(orders("a", N[:50]))
        assert outcome.exit_code == 130
        assert 6.0 <= desk.clock.elapsed() < 6.2
        assert outcome.counts[DOUBT] == 8
        assert {row.reason for row in desk.rows("a") if row.status is DOUBT} == {"stopped while it was under way"}
        again = await desk.buy(orders("a", N[:50]))
        assert again.exit_code == 0
        assert len(desk.provider.sends) == 50
        desk.check()

    at_desk(scenario)


def test_the_second_signal_between_intent_and_send_leaves_no_doubt():
    async def scenario(desk):
        desk.provider.fault = lambda one: truth(takes=0.01)
        slots = 1.006 / 0.2  # at a rate of 0.2 a slot's time comes well after it was given out
        loop = asyncio.get_running_loop()
        caught = []
        for at in (slots - 0.015, slots - 0.01):
            loop.call_later(at, lambda: desk.stop.request(15))
        outcome = await desk.buy(orders("a", N[:50]), rate=Decimal("0.2"), workers=2)
        caught.append(outcome.counts[DOUBT])
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (143, 0)
        desk.check()

    at_desk(scenario)


def test_a_signal_before_the_run_began_ends_it_before_anything_is_sent():
    async def scenario(desk):
        settings = desk.settings()
        ledger = await desk.open(settings)
        session = desk.session(ledger, settings)
        session.stop.request(15)
        from batch.session import buy_orders  # noqa: PLC0415

        outcome = await buy_orders(five(), session)
        await ledger.close()
        assert (outcome.exit_code, len(desk.provider.sends)) == (143, 0)

    at_desk(scenario)


def test_a_signal_while_doubt_is_asked_about_ends_the_waiting():
    async def scenario(desk):
        script(desk, {4: [lost(takes=1.0)]})
        asyncio.get_running_loop().call_later(20.0, lambda: desk.stop.request(2))
        outcome = await desk.buy(five(), prices=True)
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (130, 1)
        assert desk.clock.elapsed() < 21

    at_desk(scenario)


def test_a_signal_after_a_halt_ends_the_asking_too():
    async def scenario(desk):
        script(desk, {1: [lost(takes=1.0)], 4: [code(99)]})
        asyncio.get_running_loop().call_later(20.0, lambda: desk.stop.request(2))
        outcome = await desk.buy(five())
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (130, 1)
        assert desk.clock.elapsed() < 22

    at_desk(scenario)


def test_a_signal_amid_a_long_pause_ends_the_run():
    async def scenario(desk):
        script(desk, {1: [busy(1000.0)]})
        asyncio.get_running_loop().call_later(20.0, lambda: desk.stop.request(2))
        outcome = await desk.buy(five())
        assert outcome.exit_code == 130
        assert desk.clock.elapsed() < 40

    at_desk(scenario)


def test_cancelled_from_outside_is_not_taken_for_a_signal():
    async def scenario(desk):
        work = asyncio.create_task(desk.buy(five()))
        await asyncio.sleep(0.05)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    at_desk(scenario)


# Killed --------------------------------------------------------------------------------------------------------------


def test_killed_at_every_step_and_run_again_never_charges_twice_and_ends_all_doubt():
    wanted = orders("a", N[:4])
    faults = {1: [lost(3.0)], 2: [code(-220), truth()], 3: [THROTTLED, lost()]}

    async def scenario(desk):
        await desk.buy(orders("before", N[100:101]))  # so that there is a positive control
        script(desk, faults)
        alive = await desk.buy_until_killed(wanted, at_step=step)
        outcome = await desk.buy(wanted)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0, 4), step
        desk.check()
        return alive

    step = 1
    while at_desk(scenario):
        step += 1
    assert step > 40


def test_killed_again_and_again_a_number_is_sent_at_most_once_an_invocation_and_bought_once():
    async def scenario(desk):
        await desk.buy(orders("before", N[100:101]))
        for after in (0.3, 15.0, 40.0, 70.0, 75.0):
            desk.provider.fault = lambda _: lost(20.0)
            await desk.buy_until_killed(orders("a", N[:6]), after=after)
        assert desk.lives >= 3
        desk.provider.fault = lambda _: truth()
        assert (await desk.buy(orders("a", N[:6]))).exit_code == 0
        desk.check()

    at_desk(scenario)


# Without a control, and by hand --------------------------------------------------------------------------------------


def test_without_a_positive_control_doubt_stays_and_a_person_may_say_what_it_is():
    async def scenario(desk):
        for label, ours in (("a", False), ("b", True)):
            one = number(500 + ours)
            desk.provider.script = {one: [lost(2.0 if ours else float("inf"))]}
            desk.provider.answers = lambda _, true: Unclear("no") if isinstance(true, Owned) else true
            wanted = orders(label, [one])
            outcome = await desk.buy(wanted)
            assert (outcome.exit_code, outcome.counts[DOUBT]) == (6, 1)
            if not ours:
                assert "resolve --accept" in desk.words()
            asked = await desk.resolve(outcome.run)
            assert (asked.exit_code, asked.counts[DOUBT]) == (6, 1)
            desk.provider.answers = lambda _, true: true
            settled = await desk.resolve(outcome.run, accept={one: ours}, by="ann")
            assert settled.counts[PURCHASED if ours else NOT_SENT] == 1
            assert settled.exit_code == (0 if ours else 4)
            if ours:
                assert desk.rows(label)[0].confirmed_by == "ann"
            desk.check(label)
        assert (await desk.buy(orders("a", [number(500)]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_what_a_person_says_of_a_number_that_is_not_in_doubt_changes_nothing():
    async def scenario(desk):
        script(desk, {0: [lost()]})
        outcome = await desk.buy(orders("a", N[:1]))
        with pytest.raises(UsageError, match="is not in doubt"):
            await desk.resolve(outcome.run, accept={N[0]: False, N[5]: True}, by="ann")
        assert desk.statuses("a") == [DOUBT]

    at_desk(scenario)


def test_accepting_sold_as_ours_is_already_owned():
    async def scenario(desk):
        desk.provider.already_ours(N[0])
        desk.provider.answers = lambda _, true: Unclear("no")
        outcome = await desk.buy(orders("a", N[:1]))
        assert outcome.exit_code == 6
        outcome = await desk.resolve(outcome.run, accept={N[0]: True}, by="ann")
        assert (outcome.exit_code, desk.statuses("a")) == (0, [OWNED])

    at_desk(scenario)


def test_resolve_asks_about_every_runs_doubts_and_sends_nothing():
    async def scenario(desk):
        await desk.buy(orders("before", N[100:101]))
        for n, executed in ((0, 1.0), (1, float("inf"))):
            script(desk, {n: [lost(executed)]})
            assert await desk.buy_until_killed(orders(str(n), N[n : n + 1]), after=10.0)
        sends = len(desk.provider.sends)
        with desk.reading() as reader:
            runs = {run.key: run for run in reader.runs()}
        desk.runs |= {label: run for label in "01" for run in runs.values() if run.files[0].path.stem == label}
        outcome = await desk.resolve(desk.runs["1"])
        assert (outcome.exit_code, desk.statuses("0"), desk.statuses("1")) == (4, [PURCHASED], [NOT_SENT])
        assert len(desk.provider.sends) == sends
        desk.check()

    at_desk(scenario)


# Several runs --------------------------------------------------------------------------------------------------------


def test_what_another_run_bought_is_asked_about_once_and_already_owned():
    async def scenario(desk):
        await desk.buy(five("a"))
        for _ in range(2):
            outcome = await desk.buy(five("b"))
            assert (outcome.exit_code, desk.counted("b")) == (0, {OWNED: 5})
        assert {row.bought_in for row in desk.rows("b")} == {desk.runs["a"].name}
        assert {row.confirmed_by for row in desk.rows("b")} == {"inquiry"}
        assert len(desk.provider.sends) == 5
        assert all(len(desk.provider.asked(one)) == 1 for one in N[:5])
        desk.check()

    at_desk(scenario)


def test_routing_that_differs_from_what_was_bought_is_said_and_is_exit_4():
    async def scenario(desk):
        await desk.buy(five("a"))
        outcome = await desk.buy(five("b", fields={"URI": "sip:other@b"}))
        assert (outcome.exit_code, outcome.differs, desk.rows("b")[0].differs) == (4, 5, ("URI",))

    at_desk(scenario)


def test_what_another_run_bought_and_somebody_gave_back_is_not_bought_again():
    async def scenario(desk):
        await desk.buy(five("a"))
        desk.provider.give_back_by_hand(N[2])
        outcome = await desk.buy(five("b"))
        assert (outcome.exit_code, desk.counted("b")) == (4, {OWNED: 4, NOT_SENT: 1})
        assert (desk.rows("b")[2].why, desk.rows("b")[2].bought_in) == (Why.GONE, desk.runs["a"].name)
        assert len(desk.provider.sends) == 5
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("answer", [Unclear("failed"), Unclear("busy", busy=True)])
def test_what_can_not_be_asked_about_is_owned_by_the_ledger(answer):
    async def scenario(desk):
        await desk.buy(five("a"))
        desk.provider.answers = lambda *_: answer
        outcome = await desk.buy(five("b"))
        assert (outcome.exit_code, desk.counted("b")) == (0, {OWNED: 5})
        assert {row.confirmed_by for row in desk.rows("b")} == {"ledger, not asked"}
        desk.check()

    at_desk(scenario)


def test_owned_numbers_are_not_asked_about_where_that_is_switched_off():
    async def scenario(desk):
        await desk.buy(five("a"))
        outcome = await desk.buy(five("b"), ask_owned=False)
        assert (outcome.exit_code, desk.counted("b"), desk.provider.asked()) == (0, {OWNED: 5}, [])
        assert {row.confirmed_by for row in desk.rows("b")} == {"ledger, not asked"}

    at_desk(scenario)


@pytest.mark.parametrize("answer", [Blocked(-110), Unclear("not to be trusted", fatal=True)])
def test_an_account_or_a_certificate_that_fails_while_owned_numbers_are_asked_about_halts(answer):
    async def scenario(desk):
        await desk.buy(five("a"))
        desk.provider.answers = lambda *_: answer
        outcome = await desk.buy(orders("b", N[:9]), workers=1)
        assert (outcome.exit_code, len(desk.provider.sends)) == (5, 5)
        desk.check()

    at_desk(scenario)


def test_a_doubt_of_another_run_is_cleared_up_by_the_run_that_meets_it():
    async def scenario(desk):
        script(desk, {1: [lost(5.0)], 2: [lost()], 3: [lost()]})
        assert await desk.buy_until_killed(orders("a", N[:4]), after=25.0)
        outcome = await desk.buy(orders("b", N[1:6]))
        assert (outcome.exit_code, desk.statuses("b")) == (0, [OWNED] + [PURCHASED] * 4)
        assert desk.rows("b")[0].bought_in
        first = await desk.buy(orders("a", N[:4]))
        assert (first.exit_code, desk.statuses("a")) == (0, [PURCHASED] * 2 + [OWNED] * 2)
        desk.check()

    at_desk(scenario)


def test_a_doubt_of_another_run_that_stays_is_said_to_be_elsewhere():
    async def scenario(desk):
        script(desk, {0: [lost()]})
        assert (await desk.buy(orders("a", N[:1]))).exit_code == 6
        outcome = await desk.buy(orders("b", N[:1]))
        assert (outcome.exit_code, desk.rows("b")[0].status, desk.rows("b")[0].why) == (4, NOT_SENT, Why.ELSEWHERE)
        assert len(desk.provider.sends) == 1

    at_desk(scenario)


def test_what_another_run_was_refused_this_one_tries():
    async def scenario(desk):
        script(desk, {1: [code(-275)]})
        await desk.buy(five("a"))
        outcome = await desk.buy(orders("b", N[1:2]))
        assert (outcome.exit_code, desk.statuses("a")[1], desk.statuses("b")) == (0, REFUSED, [PURCHASED])
        desk.check()

    at_desk(scenario)


# The ledger fails ----------------------------------------------------------------------------------------------------


class FailsFrom:
    """A ledger whose disk is full from the `n`-th call of one kind on."""

    def __init__(self, inner, kind, nth) -> None:
        self._inner, self._kind, self._left = inner, kind, nth
        self.failed = False

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*arguments, **named):
            if name == self._kind:
                self._left -= 1
            if self._left <= 0 and name != "close":
                self.failed = True
                raise LedgerError("the disk is full")
            return await found(*arguments, **named)

        return call


@pytest.mark.parametrize(
    ("kind", "nth"),
    [("claim", 1), ("claim", 7), ("answer", 1), ("answer", 7), ("verdict", 1), ("doubt", 1), ("open_rows", 1),
     ("controls", 1), ("knows", 1), ("price", 3), ("adopt", 1), ("owned", 1), ("unpriced", 1), ("row", 2)],
)  # fmt: skip
@pytest.mark.parametrize("bound", [None, 12])
def test_a_ledger_that_can_not_be_written_halts_and_nothing_is_lost(kind, nth, bound):
    async def scenario(desk):
        from batch.session import buy_orders  # noqa: PLC0415

        await desk.buy(orders("before", [*N[100:101], *N[9:10]]))
        faults = {4: [lost(1.0)], 5: [lost(takes=1.0)], 6: [lost(takes=1.0)]}
        script(desk, faults)
        desk.provider.label = "a"
        settings = desk.settings(prices=True, max_numbers=bound)
        ledger = await desk.open(settings)
        broken = FailsFrom(ledger, kind, nth)
        halted = await buy_orders(orders("a", N[:15]), desk.session(broken, settings))
        assert halted.exit_code in {5, 6}
        assert halted.halt_reason == "the disk is full"
        assert broken.failed
        assert len(desk.told(Halted)) == 1
        await ledger.close()
        outcome = await desk.buy(orders("a", N[:15]))
        assert (outcome.exit_code, outcome.counts[PURCHASED], outcome.counts[OWNED]) == (0, 14, 1)
        desk.check()

    at_desk(scenario)


def test_a_fault_of_the_program_in_asking_ends_the_run_instead_of_waiting_for_ever():
    async def scenario(desk):
        script(desk, {2: [lost(1.0)]})
        # an answer that no provider gives
        desk.provider.answers = lambda asked, true: 1 / 0 if asked == N[2] else true
        fine = await desk.buy(five(), outage_give_up_after=100.0)
        assert (fine.exit_code, fine.counts[DOUBT]) == (6, 1)  # what an adapter raises is only no answer
        desk.provider.answers = lambda _, true: "nonsense"
        with pytest.raises(AssertionError):
            await desk.buy(five())
        assert "a fault of the program" in desk.words()

    at_desk(scenario)


# Exit codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "more", "expected"),
    [
        ({PURCHASED: 3, OWNED: 2, Status.DUPLICATE: 1, Status.RELEASED: 1}, {}, 0),
        ({REFUSED: 1}, {}, 4),
        ({DEFERRED: 1}, {}, 4),
        ({Status.INVALID: 1}, {}, 4),
        ({NOT_SENT: 1}, {}, 4),
        ({OWNED: 1}, {"differs": 1}, 4),
        ({NOT_SENT: 1}, {"halted": True}, 5),
        ({PURCHASED: 1}, {"halted": True}, 5),
        ({DOUBT: 1, NOT_SENT: 1, REFUSED: 1}, {"halted": True, "stop": Why.MAX_SPEND}, 6),
        ({DOUBT: 1}, {}, 6),
        ({PURCHASED: 1}, {"giving_back": 1, "halted": True}, 6),
        *(({NOT_SENT: 1, REFUSED: 1}, {"stop": stop}, 8) for stop in (Why.MAX_SPEND, Why.MAX_NUMBERS, Why.LIMIT, Why.UNTIL)),
        ({PURCHASED: 1}, {"stop": Why.UNTIL}, 0),
        ({NOT_SENT: 1}, {"whys": {Why.PRICE_UNKNOWN: 1}}, 8),
        ({DOUBT: 1}, {"signal": 2}, 130),
        ({NOT_SENT: 1}, {"signal": 15}, 143),
    ],
)  # fmt: skip
def test_exit_codes_are_the_contracts(counts, more, expected):
    tallied = {
        "whys": {},
        "differs": 0,
        **{name: more[name] for name in ("whys", "differs", "giving_back") if name in more},
    }
    tally = Tally({**dict.fromkeys(Status, 0), **counts}, **tallied)
    more = {name: value for name, value in more.items() if name not in tallied}
    settings = {"stop": Why.PENDING, "halted": False, "signal": 0, **more}
    assert exit_code(tally, **settings) == expected


def test_rows_that_are_never_sent_are_counted_with_the_others():
    async def scenario(desk):
        extra = [
            Row(5, RowKind.DUPLICATE, Source(0, "S", 7), N[0], {}, (None,), note="row 2"),
            Row(6, RowKind.INVALID, Source(0, "S", 8), "0", {}, (None,), note="no number"),
        ]
        outcome = await desk.buy(five(extra=extra))
        assert outcome.exit_code == 4
        assert {status: count for status, count in outcome.counts.items() if count} == desk.counted("a")
        assert sum(outcome.counts.values()) == 7

    at_desk(scenario)


def test_the_balance_is_noted_at_both_ends_also_when_the_second_signal_stops_the_run():
    async def scenario(desk):
        outcome = await desk.buy(five())
        with desk.reading() as reader:
            [one] = reader.report(outcome.run).invocations
        assert (one.end.opening_balance, one.end.closing_balance) == (Decimal(1_000_000), Decimal(999_985))
        desk.provider.fault = lambda _: truth(takes=20.0)
        for at in (2.0, 3.0):
            asyncio.get_running_loop().call_later(at, lambda: desk.stop.request(2))
        outcome = await desk.buy(orders("b", N[50:60]))
        with desk.reading() as reader:
            [one] = reader.report(outcome.run).invocations
        assert (one.end.opening_balance, one.end.closing_balance) == (Decimal(999_985), None)

    at_desk(scenario)


def test_an_answer_429_that_was_executed_all_the_same_is_found_out_when_it_is_sent_again():
    async def scenario(desk):
        script(desk, {1: [replace(THROTTLED, executed=0.05)]})
        outcome = await desk.buy(five())
        assert (outcome.exit_code, desk.statuses("a")[1], len(desk.provider.sent(N[1]))) == (0, PURCHASED, 2)
        desk.check()

    at_desk(scenario)


def test_a_provider_that_charges_in_two_steps_charges_nothing_twice_without_blind_sends():
    async def scenario(desk):
        desk.provider.two_step = 0.05
        script(desk, {n: [lost(20.0, takes=1.0)] for n in range(1, 9, 2)})
        outcome = await desk.buy(orders("a", N[:10]))
        assert outcome.exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_signal_while_the_closing_balance_waits_for_its_slot_ends_the_run():
    async def scenario(desk):
        asyncio.get_running_loop().call_later(14.0, lambda: desk.stop.request(2))
        outcome = await desk.buy(orders("a", N[:2]), rate=Decimal("0.2"))
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (130, 2)
        assert desk.clock.elapsed() < 14.5

    at_desk(scenario)


def test_a_run_whose_end_alone_can_not_be_noted_says_so():
    async def scenario(desk):
        from batch.session import buy_orders  # noqa: PLC0415

        desk.provider.label = "a"
        settings = desk.settings(prices=False)
        ledger = await desk.open(settings)
        with pytest.raises(LedgerError, match="full"):
            await buy_orders(five(), desk.session(FailsFrom(ledger, "end", 1), settings))
        await ledger.close()
        assert (await desk.buy(five())).exit_code == 0
        desk.check()

    at_desk(scenario)


# Prices that were looked up ------------------------------------------------------------------------------------------


def test_a_quote_is_what_a_number_without_a_price_of_its_own_reserves():
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(2)) for one in N[:5]}}
        own = {N[1]: Decimal(4)}
        outcome = await desk.buy(five(price=own.get), workers=1, max_spend=Decimal(10))
        assert (outcome.exit_code, outcome.counts[PURCHASED], outcome.stop) == (8, 3, Why.MAX_SPEND)
        desk.check()

    at_desk(scenario)


def test_a_quote_is_reserved_for_each_channel_and_an_orders_own_price_and_the_setting_are_not():
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(2)) for one in N[:4]}}
        own = {N[0]: Decimal(10)}
        wanted = five(price=own.get, fields={"URI": "sip:a@b", "Channels": "4"})
        outcome = await desk.buy(wanted, workers=1, max_spend=Decimal(40), price=Decimal(6))
        assert (outcome.exit_code, outcome.counts[PURCHASED], outcome.stop) == (8, 3, Why.MAX_SPEND)
        assert [row.worst for row in desk.rows("a")[:3]] == [10, 12, 12]
        desk.check()
        assert (await desk.buy(wanted, workers=1, max_spend=Decimal(52), price=Decimal(6))).counts[PURCHASED] == 5

    at_desk(scenario)


def test_a_price_read_back_is_held_against_the_listing_and_not_against_what_its_channels_may_come_to():
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal("0.5"), Decimal(2)) for one in N}}
        wanted = orders("a", N, price=None, fields={"URI": "sip:a@b", "Channels": "4"})
        outcome = await desk.buy(wanted, prices=True, rate=Decimal(1))
        assert outcome.exit_code == 5
        assert f"cost {COST}, more than the 2.50" in outcome.halt_reason
        assert outcome.counts[PURCHASED] < 20

    at_desk(scenario)


@pytest.mark.parametrize(("monthly", "planned", "code"), [("1", False, 5), ("3", False, 0), ("3", True, 5)])
def test_prices_read_back_are_held_against_the_quotes(monthly, planned, code):
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(monthly)) for one in N[:5]}, "planned": planned}
        outcome = await desk.buy(five(price=None), prices=True)
        assert outcome.exit_code == code
        assert (f"cost {COST}" in outcome.halt_reason) is bool(code)

    at_desk(scenario)


@pytest.mark.parametrize(("monthly", "bought"), [("3", 1), ("2", 5)])
def test_a_planned_run_waits_for_the_price_of_its_first_purchase_before_the_second(monthly, bought):
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(monthly)) for one in N[:5]}, "planned": True}
        outcome = await desk.buy(five(price=None), prices=True)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0 if bought == 5 else 5, bought)
        if bought == 5:
            first, second = (desk.provider.sent(one)[0] for one in N[:2])
            assert second - first >= desk.settings().resolve_delay
            assert second - first < desk.settings().resolve_delay + 5

    at_desk(scenario)


def test_where_the_first_price_is_not_told_a_planned_run_goes_on_when_it_should_have_shown():
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(2)) for one in N[:5]}, "planned": True}
        desk.provider.answers = lambda *_: Unclear("failed")
        outcome = await desk.buy(five(price=None), prices=True)
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0, 5)
        first, second = (desk.provider.sent(one)[0] for one in N[:2])
        horizon = desk.settings().resolve_horizon
        assert horizon <= second - first < horizon + 10

    at_desk(scenario)


def test_without_prices_a_planned_run_waits_for_none():
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(3)) for one in N[:5]}, "planned": True}
        assert (await desk.buy(five(price=None))).exit_code == 0
        assert desk.provider.sent(N[4])[0] < 5

    at_desk(scenario)


def test_a_pacer_that_was_started_before_is_used_and_left_open():
    async def scenario(desk):
        pacer = Pacer(Decimal(50), desk.clock)
        pacer.start()
        desk.more = {"pacer": pacer}
        assert (await desk.buy(five())).exit_code == 0
        assert await pacer.slot(Priority.PRICE) is not None
        await pacer.close()

    at_desk(scenario)
