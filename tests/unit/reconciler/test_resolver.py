"""What the account's answers about numbers in doubt are believed to mean, and when they are not believed at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from support.desk import DOUBT, NOT_SENT, OWNED, PURCHASED, at_desk, orders
from support.world import PRICE, THROTTLED, code, lost, number, truth

from batch.number import Number
from batch.pool.notices import Alarm
from batch.provider.lookups import Offer
from batch.provider.protocol import Blocked, NotOwned, Owned, Unclear
from batch.session import resolve_run

N = [number(n) for n in range(400)]
LOST = float("inf")


def script(desk, faults):
    desk.provider.script = {N[n]: list(several) for n, several in faults.items()}


async def _one_lost(desk, executed, answers, **options):
    script(desk, {2: [lost(executed, takes=1.0)]})
    desk.provider.answers = answers
    outcome = await desk.buy(orders("a", N[:5]), **options)
    desk.check()
    return outcome


def _ours(asked):
    return Owned(asked, None, None, None, "", {})


# The account query itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executed", [0.5, LOST])
def test_a_query_that_says_yes_to_everything_halts_and_no_verdict_is_taken(executed):
    async def scenario(desk):
        outcome = await _one_lost(desk, executed, lambda asked, _: _ours(asked))
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (6, 1)
        assert "as it does of any number" in outcome.halt_reason
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N[:5]))).exit_code == 0
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("turns_at", range(1, 10))
@pytest.mark.parametrize("turned", [_ours, lambda _: NotOwned("-440")], ids=["yes to all", "no to all"])
def test_a_query_that_turns_while_it_is_asked_leads_to_no_wrong_verdict(turned, turns_at):
    async def scenario(desk):
        script(desk, {n: [lost(0.5 if n % 2 else LOST, takes=1.0)] for n in range(2, 7)})
        answers = lambda asked, true: true if len(desk.provider.questions) < turns_at else turned(asked)  # noqa: E731
        desk.provider.answers = answers
        outcome = await desk.buy(orders("a", N[:8]))
        assert outcome.exit_code in {0, 6}
        desk.check()
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N[:8]))).exit_code == 0
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("executed", [0.5, LOST])
def test_a_query_that_says_no_to_everything_halts_and_no_verdict_is_taken(executed):
    async def scenario(desk):
        outcome = await _one_lost(desk, executed, lambda *_: NotOwned("-440"))
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (6, 1)
        assert "which was surely bought" in outcome.halt_reason
        assert len(desk.provider.sent(N[2])) == 1
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N[:5]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_query_that_never_answers_leaves_doubt_after_the_outage_time():
    async def scenario(desk):
        outcome = await _one_lost(desk, LOST, lambda *_: Unclear("failed"))
        assert (outcome.exit_code, outcome.halt_reason, outcome.counts[DOUBT]) == (6, "", 1)
        assert 900 <= desk.clock.elapsed() <= 1100

    at_desk(scenario)


def test_an_absence_of_another_shape_than_the_negative_controls_is_no_absence():
    async def scenario(desk):
        def answers(asked, true):
            return NotOwned("-1") if asked == N[2] else true

        outcome = await _one_lost(desk, 0.5, answers)
        assert (outcome.exit_code, outcome.counts[DOUBT], len(desk.provider.sent(N[2]))) == (6, 1, 1)
        assert desk.clock.elapsed() <= 1200
        [alarm] = desk.told(Alarm)
        assert "stays in doubt" in alarm.words
        assert "can't be checked" in alarm.words

    at_desk(scenario)


def test_why_numbers_stay_in_doubt_is_said_once_where_the_query_gives_no_usable_answer():
    async def scenario(desk):
        script(desk, {n: [lost(takes=1.0)] for n in (2, 3, 4)})
        desk.provider.answers = lambda *_: Unclear("HTTP 500")
        outcome = await desk.buy(orders("a", N[:6]), outage_give_up_after=50.0)
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (6, 3)
        [alarm] = desk.told(Alarm)
        assert "(HTTP 500); `numbatch resolve` asks again" in alarm.words
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N[:6]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_positive_control_that_stops_showing_halts_and_what_waits_for_it_stays_in_doubt():
    async def scenario(desk):
        script(desk, {n: [lost(takes=1.0 if n < 100 else 60.0)] for n in (2, 3, 150, 151)})
        control = N[0]

        def answers(asked, true):
            return NotOwned("-440") if asked == control and desk.clock.elapsed() > 100 else true

        desk.provider.answers = answers
        outcome = await desk.buy(orders("a", [*N[:5], *N[150:152]]))
        assert (outcome.exit_code, outcome.counts[DOUBT], outcome.counts[PURCHASED]) == (6, 2, 5)
        assert f"does not show {control}" in outcome.halt_reason
        desk.check()
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", [*N[:5], *N[150:152]]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_control_that_is_not_heard_is_asked_again():
    async def scenario(desk):
        def answers(asked, true):
            early = desk.clock.elapsed() < 200
            if asked in {N[0], N[1], N[3], N[4]} and early:
                return Unclear("failed")
            return true

        outcome = await _one_lost(desk, LOST, answers)
        assert outcome.exit_code == 0
        assert desk.provider.sent(N[2])[1] >= 200

    at_desk(scenario)


def test_an_established_control_that_is_not_heard_is_asked_again():
    async def scenario(desk):
        script(desk, {2: [lost(takes=1.0)], 3: [lost(takes=50.0)]})
        deaf = lambda: 100 < desk.clock.elapsed() < 300  # noqa: E731
        desk.provider.answers = lambda asked, true: Unclear("failed") if asked == N[0] and deaf() else true
        outcome = await desk.buy(orders("a", N[:5]))
        assert outcome.exit_code == 0
        assert desk.provider.sent(N[3])[1] >= 300
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("when", [0.0, 100.0])
def test_an_account_that_is_refused_when_the_control_is_asked_halts(when):
    async def scenario(desk):
        script(desk, {2: [lost(takes=1.0)], 3: [lost(takes=50.0)]})

        def answers(asked, true):
            return Blocked(100) if asked not in {N[2], N[3]} and desk.clock.elapsed() >= when else true

        desk.provider.answers = answers
        outcome = await desk.buy(orders("a", N[:5]))
        assert outcome.exit_code == 6
        assert "the account was refused (100)" in outcome.halt_reason
        desk.check()

    at_desk(scenario)


def test_an_account_that_is_refused_for_the_positive_control_alone_halts_too():
    async def scenario(desk):
        bought = {N[0], N[1], N[3], N[4]}
        outcome = await _one_lost(desk, LOST, lambda asked, true: Blocked(-55) if asked in bought else true)
        assert outcome.exit_code == 6
        assert "(-55)" in outcome.halt_reason

    at_desk(scenario)


def test_a_control_that_somebody_gave_back_before_it_ever_showed_does_not_vouch():
    async def scenario(desk):
        await desk.buy(orders("before", N[100:103]))
        for n in (100, 101, 102):
            desk.provider.give_back_by_hand(N[n])
        script(desk, {2: [lost(takes=1.0)]})
        outcome = await desk.buy(orders("a", N[2:3]))
        assert (outcome.exit_code, outcome.counts[DOUBT], outcome.halt_reason) == (6, 1, "")
        assert "resolve --accept" in desk.words()
        desk.check("a")

    at_desk(scenario)


def test_a_number_of_our_own_neighbourhood_is_no_negative_control():
    async def scenario(desk):
        # Nothing is listed, and what is made up first is ours by hand: the next is asked.
        desk.provider.listed = lambda prefix: Unclear("no stock")
        desk.provider.already_ours(number(2 + 5003))
        outcome = await _one_lost(desk, 0.5, lambda _, true: true)
        assert outcome.exit_code == 0

    at_desk(scenario)


def test_where_the_ledger_knows_the_whole_neighbourhood_the_negative_control_lies_further_away():
    async def scenario(desk):
        everything = [Offer(one, PRICE.setup, PRICE.monthly) for one in N[:5]]
        desk.provider.listed = lambda prefix: everything
        script(desk, {2: [lost(0.5, takes=1.0)]})
        made_up = [Number(f"{N[2][:-4]}{(2 + step) % 10_000:04}") for step in range(5003, 5003 + 20 * 617, 617)]
        outcome = await desk.buy(orders("a", [*N[:5], *made_up]), outage_give_up_after=100.0)
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (0, 0)
        asked = {one.number for one in desk.provider.questions} - {*N[:5], *made_up}
        assert asked, "a number that the ledger does not know"
        desk.check()

    at_desk(scenario)


def test_one_control_vouches_for_a_hundred_answers_and_no_more():
    async def scenario(desk):
        desk.provider.fault = lambda one: truth() if one == N[0] else lost(0.5, takes=1.0)
        outcome = await desk.buy(orders("a", N[:250]), workers=40)
        assert outcome.exit_code == 0
        controls = [one for one in desk.provider.questions if one.number not in N]
        assert len(controls) == 3
        desk.check()
        desk.provider.fault = lambda one: lost(takes=1.0) if len(desk.provider.sent(one)) < 2 else truth()
        before = len(desk.provider.asked(N[0]))
        outcome = await desk.buy(orders("b", N[250:400] + [number(n) for n in range(1000, 1100)]), workers=40)
        assert outcome.exit_code == 0
        assert len(desk.provider.asked(*N[:5])) - before >= 3
        desk.check()

    at_desk(scenario)


# Who bought it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1.0, 20.0])
def test_a_number_that_was_ours_for_hours_is_not_taken_for_the_lost_purchase(hours):
    async def scenario(desk):
        desk.provider.already_ours(N[2], days=hours / 24)
        outcome = await _one_lost(desk, 0.5, lambda _, true: true)
        assert (outcome.exit_code, desk.statuses("a")[2]) == (0, OWNED)

    at_desk(scenario)


def test_attribution_waits_for_a_control_that_lags():
    async def scenario(desk):
        script(desk, {0: [truth(takes=9.9)], 2: [lost(0.5, takes=1.0)]})
        desk.provider.already_ours(N[2], days=0.5)
        young = {N[0], N[1], N[3], N[4]}

        def answers(asked, true):
            return NotOwned("-440") if asked in young and desk.clock.elapsed() < 30 else true

        desk.provider.answers = answers
        outcome = await desk.buy(orders("a", N[:5]))
        assert (outcome.exit_code, desk.statuses("a")[2]) == (0, OWNED)
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("answer", [NotOwned("-440"), Unclear("failed")])
def test_where_no_control_ever_shows_a_presence_counts_all_the_same(answer):
    async def scenario(desk):
        others = {N[0], N[1], N[3], N[4]}
        outcome = await _one_lost(desk, 0.5, lambda asked, true: answer if asked in others else true)
        assert (outcome.exit_code, desk.statuses("a")[2]) == (0, PURCHASED)

    at_desk(scenario)


def test_an_older_control_teaches_the_clock_to_an_hour():
    async def scenario(desk):
        await desk.buy(orders("before", N[100:103]))
        desk.provider.already_ours(N[2], days=2 / 24)
        script(desk, {2: [lost(takes=1.0)]})
        outcome = await desk.buy(orders("a", N[2:3]))
        assert (outcome.exit_code, desk.statuses("a")) == (0, [OWNED])
        desk.check()

    at_desk(scenario)


def test_without_a_date_or_a_clock_that_can_be_relied_on_it_is_presumed_or_guessed():
    async def scenario(desk):
        def undated(asked, true):
            return Owned(asked, None, None, None, "", {}) if isinstance(true, Owned) else true

        await _one_lost(desk, 0.5, undated)
        assert (desk.statuses("a")[2], desk.rows("a")[2].confirmed_by) == (PURCHASED, "inquiry, presumed")
        desk.provider.zone = timedelta(minutes=4)
        desk.provider.answers = lambda _, true: true
        script(desk, {52: [lost(0.5, takes=1.0)]})
        assert (await desk.buy(orders("b", N[50:55]))).exit_code == 0
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("unseen_for", [0, 40, 100])
def test_a_clock_that_was_ahead_while_it_was_sent_makes_what_we_paid_for_no_number_of_others(unseen_for):
    async def scenario(desk):
        desk.clock.skew = 30.0
        script(desk, {1: [lost(0.5, takes=1.0)]})

        async def set_right():
            while not desk.provider.sent(N[1]):
                await desk.clock.sleep(0.1)
            await desk.clock.sleep(0.5)
            desk.clock.skew = 0.0

        desk.provider.answers = lambda _, true: true if desk.clock.elapsed() > unseen_for else Unclear("failed")
        setting = asyncio.create_task(set_right())
        assert (await desk.buy(orders("a", N[:8]), rate=Decimal("0.5"), workers=2)).exit_code == 0
        await setting
        assert desk.rows("a")[1].confirmed_by == "inquiry, presumed"
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize(
    ("seconds", "by"), [(0, "inquiry"), (40, "inquiry, presumed"), (5 * 3600 + 40, "inquiry, presumed")]
)
def test_a_process_that_died_with_its_clock_ahead_leaves_no_number_that_we_paid_for_to_others(seconds, by):
    async def scenario(desk):
        desk.clock.skew = float(seconds)
        script(desk, {1: [lost(0.5)]})
        desk.provider.already_ours(N[2], days=1)
        assert await desk.buy_until_killed(orders("a", N[:6]), after=5.0, workers=1)
        await desk.clock.sleep(6 * 3600)
        desk.clock.skew = 0.0
        assert (await desk.buy(orders("a", N[:6]))).exit_code == 0
        assert (desk.statuses("a")[1:3], desk.rows("a")[1].confirmed_by) == ([PURCHASED, OWNED], by)

    at_desk(scenario)


# Numbers of other runs -----------------------------------------------------------------------------------------------


def test_a_number_that_hides_only_for_a_moment_is_still_owned():
    async def scenario(desk):
        await desk.buy(orders("a", N[:3]))
        began = desk.clock.elapsed()
        desk.provider.answers = lambda asked, true: (
            NotOwned("-440") if asked == N[1] and desk.clock.elapsed() < began + 5 else true
        )
        outcome = await desk.buy(orders("b", N[:3]))
        assert (outcome.exit_code, desk.statuses("b")) == (0, [OWNED] * 3)
        assert desk.rows("b")[1].confirmed_by == "inquiry"

    at_desk(scenario)


def test_a_number_that_hides_and_then_can_not_be_asked_about_is_owned_by_the_ledger():
    async def scenario(desk):
        await desk.buy(orders("a", N[:3]))
        began = desk.clock.elapsed()
        desk.provider.answers = lambda asked, true: (
            true if asked != N[1] else NotOwned("-440") if desk.clock.elapsed() < began + 5 else Unclear("failed")
        )
        outcome = await desk.buy(orders("b", N[:3]), outage_give_up_after=100.0)
        assert (outcome.exit_code, desk.statuses("b")) == (0, [OWNED] * 3)
        assert desk.rows("b")[1].confirmed_by == "ledger, not asked"
        assert desk.told(Alarm) == []

    at_desk(scenario)


def test_of_a_number_that_nothing_can_prove_gone_nobody_says_that_it_is_in_doubt():
    async def scenario(desk):
        await desk.buy(orders("a", N[:1]))
        desk.provider.give_back_by_hand(N[0])
        outcome = await desk.buy(orders("b", N[:1]))
        assert (outcome.exit_code, desk.statuses("b")) == (0, [OWNED])
        assert desk.rows("b")[0].confirmed_by == "ledger, not asked"
        assert desk.told(Alarm) == []

    at_desk(scenario)


@pytest.mark.parametrize("turns_at", [1, 15, 30])
def test_a_query_that_turns_to_yes_makes_no_number_owned_that_was_given_back(turns_at):
    async def scenario(desk):
        await desk.buy(orders("a", N[:30]))
        for n in N[10:20]:
            desk.provider.give_back_by_hand(n)
        before = len(desk.provider.questions)
        desk.provider.answers = lambda asked, true: (
            true if len(desk.provider.questions) - before < turns_at else _ours(asked)
        )
        outcome = await desk.buy(orders("b", [*N[:30], *N[40:45]]))
        assert outcome.exit_code == 5
        assert "as it does of any number" in outcome.halt_reason
        assert {row.confirmed_by for row in desk.rows("b")[:30]} == {"ledger, not asked"}
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("b", [*N[:30], *N[40:45]]))).counts[NOT_SENT] == 10
        desk.check()

    at_desk(scenario)


def test_one_control_vouches_for_a_hundred_owned_numbers():
    async def scenario(desk):
        await desk.buy(orders("a", N[:250]))
        before = len(desk.provider.questions)
        outcome = await desk.buy(orders("b", N[:250]), workers=10)
        assert (outcome.exit_code, desk.counted("b")) == (0, {OWNED: 250})
        assert {row.confirmed_by for row in desk.rows("b")} == {"inquiry"}
        assert len(desk.provider.questions) - before <= 250 + 4

    at_desk(scenario)


def test_owned_numbers_are_not_asked_about_once_the_run_is_ending():
    async def scenario(desk):
        await desk.buy(orders("a", N[:50]))
        asyncio.get_running_loop().call_later(1.0, lambda: desk.stop.request(2))
        outcome = await desk.buy(orders("b", N[:50]), rate=Decimal(5))
        assert outcome.exit_code == 130
        assert len(desk.provider.asked(*N[:50])) < 20
        assert desk.counted("b") == {OWNED: 50}

    at_desk(scenario)


# Life ----------------------------------------------------------------------------------------------------------------


def test_many_doubts_at_once_are_asked_about_within_the_workers_and_all_cleared_up():
    async def scenario(desk):
        desk.provider.inquiry_takes = 4.0
        desk.provider.fault = lambda one: truth() if one == N[0] else lost(0.5, takes=1.0)
        outcome = await desk.buy(orders("a", N[:60]), workers=3)
        assert outcome.exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_doubt_that_somebody_else_has_cleared_up_goes_back_to_the_feed():
    async def scenario(desk):
        script(desk, {1: [lost(takes=1.0)], 2: [lost(takes=1.0)]})
        await desk.buy(orders("before", N[100:101]))
        assert await desk.buy_until_killed(orders("a", N[:3]), after=8.0)

        async def accept():
            """What another process would do to the same ledger."""
            await asyncio.sleep(5.0)
            desk.provider.world.buy_by_hand(N[2])
            from batch.ledger.attempts import SeenNote  # noqa: PLC0415
            from batch.ledger.events import Absent, Present  # noqa: PLC0415

            for n, kind, more in ((1, Absent, {}), (2, Present, {"bought_by": ""})):
                doubt = await desk.ledger.doubt(N[n])
                await desk.ledger.verdict(
                    N[n], kind(doubt.row.version, age=1e9, calibrated=True, **more), SeenNote(by="ann")
                )

        other = asyncio.create_task(accept())
        outcome = await desk.buy(orders("b", N[:3]))
        await other
        assert (outcome.exit_code, desk.statuses("b")[1:]) == (0, [PURCHASED, OWNED])

    at_desk(scenario)


def test_a_verdict_that_comes_too_late_changes_nothing_and_the_number_is_asked_about_again():
    async def scenario(desk):
        script(desk, {2: [lost(0.5, takes=1.0)]})
        touched = []

        def answers(asked, true):
            if asked == N[2] and not touched:  # another process starts, and finds the doubt: its version moves on
                touched.append(asyncio.ensure_future(desk.ledger.adopt()))
            return true

        desk.provider.answers = answers
        outcome = await desk.buy(orders("a", N[:5]))
        assert (outcome.exit_code, len(desk.provider.asked(N[2]))) == (0, 2)
        desk.check()

    at_desk(scenario)


def test_a_lost_attempt_that_was_refused_with_an_account_code_may_be_sent_again_by_the_next_run():
    async def scenario(desk):
        script(desk, {2: [THROTTLED, code(99)]})
        desk.provider.answers = lambda *_: Unclear("failed")
        first = await desk.buy(orders("a", N[:3]), outage_give_up_after=30.0)
        assert (first.exit_code, desk.statuses("a")[2], desk.rows("a")[2].code) == (6, DOUBT, 99)
        desk.provider.answers = lambda _, true: true
        assert (await desk.buy(orders("a", N[:3]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_what_is_said_of_doubt_without_a_control_is_said_once():
    async def scenario(desk):
        desk.provider.fault = lambda _: lost(takes=1.0)
        outcome = await desk.buy(orders("a", N[:4]), max_attempts=1)
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (6, 4)
        assert len(desk.told(Alarm)) == 1

    at_desk(scenario)


def test_without_a_control_yet_a_purchase_may_still_bring_one():
    async def scenario(desk):
        script(desk, {0: [lost(takes=1.0)]})
        desk.provider.fault = lambda one: truth() if one in {N[0], N[39]} else code(-275)
        outcome = await desk.buy(orders("a", N[:40]), rate=Decimal("0.4"), brake=None)
        assert (outcome.exit_code, desk.statuses("a")[0], desk.statuses("a")[39]) == (4, PURCHASED, PURCHASED)
        desk.check()

    at_desk(scenario, hours=1)


@pytest.mark.parametrize("hidden", [True, False])
def test_what_is_answered_after_everything_was_given_up_changes_nothing(hidden):
    async def scenario(desk):
        await desk.buy(orders("a", N[:4]))
        began = desk.clock.elapsed()
        after = lambda seconds: desk.clock.elapsed() > began + seconds  # noqa: E731

        def answers(asked, true):
            if asked == N[1] and (hidden or not after(22)):
                return NotOwned("-440")
            if asked == N[0]:
                return (
                    Blocked(100) if after(15 if hidden else 25) else Unclear("failed") if after(8) else NotOwned("-440")
                )
            return true

        desk.provider.answers = answers
        # The number's own answer comes late, or that of the control which it waits for; a purchase is still under way.
        desk.provider.slow = {N[2]: 15.0, N[3]: 15.0} if hidden else {N[1]: 20.0}
        script(desk, {60: [truth(takes=90.0)]})
        outcome = await desk.buy(orders("b", [N[60], N[0], N[1]]), prices=True)
        assert outcome.exit_code == 5
        assert desk.rows("b")[2].confirmed_by == "ledger, not asked"
        desk.check()

    at_desk(scenario)


def test_resolve_gives_up_other_runs_doubts_too_where_nothing_can_be_checked():
    async def scenario(desk):
        desk.provider.fault = lambda _: lost(takes=1.0)
        first = await desk.buy(orders("a", N[:1]))
        second = await desk.buy(orders("b", N[1:2]))
        outcome = await desk.resolve(first.run)
        assert (first.exit_code, second.exit_code, outcome.exit_code) == (6, 6, 6)
        assert (desk.statuses("a"), desk.statuses("b")) == ([DOUBT], [DOUBT])

    at_desk(scenario)


def test_resolve_leaves_alone_what_somebody_cleared_up_meanwhile():
    async def scenario(desk):
        desk.provider.fault = lambda _: lost(takes=1.0)
        first = await desk.buy(orders("a", N[:1]))
        await desk.buy(orders("b", N[1:2]))

        class Cleared:
            """A ledger in which another process has found the number absent."""

            def __init__(self, inner):
                self._inner = inner

            def __getattr__(self, name):
                return getattr(self._inner, name)

            async def doubt(self, asked, **named):
                return None if asked == N[1] else await self._inner.doubt(asked, **named)

        settings = desk.settings()
        ledger = await desk.open(settings)
        outcome = await resolve_run(first.run, desk.session(Cleared(ledger), settings))
        await ledger.close()
        assert (outcome.exit_code, desk.provider.asked(N[1])[10:]) == (6, [])

    at_desk(scenario)


# Marks: where dates can't tell ---------------------------------------------------------------------------------------


def _dateless(_, true):
    return replace(true, created=None) if isinstance(true, Owned) else true


def _routed(by_hand, **others):
    """Without dates; each number with the routing that `orders` asks for, but for one that was bought by hand."""
    holding = {"Uri": "a@b", "Description": "a text"}
    return lambda asked, true: (
        replace(_dateless(asked, true), holding={**holding, **others} if asked == by_hand else holding)
        if isinstance(true, Owned)
        else true
    )


@pytest.mark.parametrize("mark", [True, False])
def test_a_number_bought_by_hand_a_moment_before_is_told_from_ours_by_its_mark_and_its_routing(mark):
    async def scenario(desk):
        desk.provider.already_ours(N[2], days=1 / 1440)
        script(desk, {2: [lost(LOST, takes=1.0)], 3: [lost(0.5, takes=1.0)]})
        desk.provider.answers = _routed(N[2], Uri="sip:desk@by-hand")
        outcome = await desk.buy(orders("a", N[:6]), mark=mark)
        assert outcome.exit_code == 0
        assert (outcome.counts[PURCHASED], outcome.counts[OWNED]) == ((5, 1) if mark else (6, 0))
        rows = {row.number: row for row in desk.rows("a")}
        assert rows[N[3]].confirmed_by == ("inquiry" if mark else "inquiry, presumed")
        assert rows[N[2]].status == (OWNED if mark else PURCHASED)
        if mark:
            desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("dated", [True, False])
def test_a_description_that_was_edited_before_the_account_was_asked_hides_no_purchase_of_ours(dated):
    async def scenario(desk):
        script(desk, {2: [lost(0.5, takes=1.0)], 4: [lost(0.5, takes=1.0)]})
        shown = desk.provider.describes
        desk.provider.describes = lambda one: "Paris HQ" if one.number == N[2] else shown(one)
        if not dated:
            desk.provider.answers = _routed(None)
        outcome = await desk.buy(orders("a", N[:6]), mark=True)
        assert outcome.counts[PURCHASED] == 6
        told = {row.number: row.confirmed_by for row in desk.rows("a")}
        assert (told[N[2]], told[N[4]]) == ("inquiry, presumed", "inquiry")
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize(("uri", "told"), [("a@B", "inquiry"), ("c@d", "inquiry, presumed")])
def test_without_marks_a_routing_that_was_not_asked_for_makes_it_less_sure(uri, told):
    async def scenario(desk):
        script(desk, {2: [lost(0.5, takes=1.0)]})
        desk.provider.answers = lambda _, true: (
            replace(true, holding={"Uri": uri, "Description": "another"}) if isinstance(true, Owned) else true
        )
        outcome = await desk.buy(orders("a", N[:4], fields={"URI": "sip:a@b", "Description": "ours"}))
        assert outcome.counts[PURCHASED] == 4
        assert {row.number: row.confirmed_by for row in desk.rows("a")}[N[2]] == told
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("first_bought", [True, False])
def test_of_two_marked_runs_on_one_number_the_one_that_was_charged_says_purchased(first_bought):
    async def scenario(desk):
        desk.provider.answers = _dateless
        await desk.buy(orders("c", [N[9]]), mark=True)  # something to calibrate with
        script(
            desk, {2: [lost(300 if first_bought else LOST, takes=1.0), lost(LOST if first_bought else 0.5, takes=1.0)]}
        )
        first = await desk.buy(orders("a", [N[1], N[2]]), mark=True, max_attempts=1)
        await desk.clock.sleep(400)
        second = await desk.buy(orders("b", [N[2], N[3]]), mark=True)
        assert first.counts[PURCHASED] + second.counts[PURCHASED] >= 2
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("shown", ["", "cut"])
def test_where_the_account_shows_no_mark_the_dates_tell_as_before(shown):
    async def scenario(desk):
        desk.provider.describes = lambda holding: holding.number[:9] if shown else ""
        script(desk, {2: [lost(0.5, takes=1.0)]})
        desk.provider.already_ours(N[3], days=1)
        outcome = await desk.buy(orders("a", N[:6]), mark=True)
        assert (outcome.counts[PURCHASED], outcome.counts[OWNED]) == (5, 1)
        desk.check()

    at_desk(scenario)
