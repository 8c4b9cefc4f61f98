"""The controls themselves: which numbers serve, and what each of their answers makes of all others."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from support.virtual import VirtualClock, virtual
from support.world import PRICE, number

from batch.ledger.attempts import Attempt, Control
from batch.pool.pacer import Pacer, Priority
from batch.provider.lookups import Offer
from batch.provider.protocol import Blocked, NotOwned, Owned, Unclear
from batch.reconciler.attribution import EXACT, SUMMER_TIME
from batch.reconciler.calibration import Calibration, Trust

HORIZON = 60.0
OURS, FOREIGN, NEAR = number(1), number(9000), number(7)
YES = "yes"
NO, LATER, BLOCKED = NotOwned("-440"), Unclear("failed"), Blocked(-55)


class Books:
    """What a calibration asks of the ledger."""

    def __init__(self, controls=(), known=()):
        self._controls, self._known = controls, known

    async def controls(self, count):
        return self._controls[:count]

    async def knows(self, asked):
        return asked in self._known


class Answers:
    """A provider that answers each number as it is told, one answer after the other, the last for ever."""

    def __init__(self, clock, stock=(FOREIGN,), **answers):
        self.clock, self._stock = clock, stock
        self.answers = {FOREIGN: [NO], **answers}
        self.asked = []

    async def inquire(self, asked):
        self.asked.append(asked)
        said = self.answers.get(asked, [YES])
        answer = said.pop(0) if len(said) > 1 else said[0]
        if answer == YES:
            created = (self.clock.now() + timedelta(hours=2)).replace(tzinfo=None)
            return Owned(asked, None, None, created, "", {})
        return answer

    async def stock(self, prefix):
        return [Offer(one, PRICE.setup, PRICE.monthly) for one in self._stock]


def calibrated(scenario, *, controls=(), known=(), answers=None, **more):
    async def whole():
        clock = VirtualClock()
        provider = Answers(clock, **more)
        provider.answers |= answers or {}
        pacer = Pacer(Decimal(100), clock)
        pacer.start()
        now = clock.now()
        older = [Control(one, now - timedelta(seconds=1), now) for one in controls]
        calibration = Calibration(provider, Books(older, known), pacer, clock, HORIZON)
        try:
            return await scenario(calibration, provider, clock, pacer)
        finally:
            await pacer.close()

    return virtual(whole())


@pytest.mark.parametrize(
    ("answer", "trust"),
    [(NO, Trust.GOOD), (YES, Trust.BROKEN), (LATER, Trust.LATER), (BLOCKED, Trust.BLOCKED)],
)
def test_presences_count_as_the_negative_control_says(answer, trust):
    async def scenario(calibration, provider, clock, pacer):
        return await calibration.presences(NEAR), await calibration.absences(NEAR)

    first, second = calibrated(scenario, answers={FOREIGN: [answer]}, controls=[OURS])
    assert (first, second) == (trust, trust)


@pytest.mark.parametrize(
    ("answers", "trusts"),
    [
        ([NO], [Trust.GOOD, Trust.GOOD]),
        ([NO, YES], [Trust.GOOD, Trust.BROKEN]),
        ([NO, LATER], [Trust.GOOD, Trust.LATER]),
        ([NO, BLOCKED], [Trust.GOOD, Trust.BLOCKED]),
    ],
)
def test_a_presence_on_which_a_verdict_hangs_is_vouched_for_afterwards_and_by_the_same_number(answers, trusts):
    async def scenario(calibration, provider, clock, pacer):
        return [await calibration.presences(NEAR, afterwards=True) for _ in trusts], provider.asked[:2]

    assert calibrated(scenario, answers={FOREIGN: answers}) == (trusts, [FOREIGN, FOREIGN])


def test_a_negative_control_that_somebody_bought_meanwhile_is_replaced():
    async def scenario(calibration, provider, clock, pacer):
        return [await calibration.presences(NEAR, afterwards=True) for _ in range(2)], provider.asked

    other = number(9001)
    answers = {FOREIGN: [NO, YES], other: [NO]}
    trusts, asked = calibrated(scenario, answers=answers, stock=(FOREIGN, other))
    assert trusts == [Trust.GOOD, Trust.GOOD]
    assert asked[-1] == other


def test_a_negative_control_that_was_ordered_meanwhile_serves_no_more():
    known = set()

    async def scenario(calibration, provider, clock, pacer):
        await calibration.presences(NEAR)
        known.add(FOREIGN)
        await calibration.presences(NEAR, afterwards=True)
        return provider.asked

    other = number(9001)
    assert calibrated(scenario, known=known, answers={other: [NO]}, stock=(FOREIGN, other)) == [FOREIGN, other]


def test_who_asks_while_the_control_is_being_asked_waits_for_the_next_answer():
    async def scenario(calibration, provider, clock, pacer):
        await asyncio.gather(*(calibration.presences(NEAR, afterwards=True) for _ in range(50)))
        at_once = len(provider.asked)
        await calibration.presences(NEAR)
        return at_once, len(provider.asked)

    assert calibrated(scenario) == (2, 2)


def test_where_every_number_near_by_is_known_there_is_no_negative_control():
    class Everything:
        def __contains__(self, asked):
            return True

    async def scenario(calibration, provider, clock, pacer):
        return await calibration.presences(NEAR), provider.asked

    assert calibrated(scenario, known=Everything()) == (Trust.NONE, [])


def test_when_the_run_is_ending_the_stock_is_not_asked_and_nothing_is_decided():
    async def scenario(calibration, provider, clock, pacer):
        for priority in Priority:
            pacer.abandon(priority)
        return await calibration.presences(NEAR), provider.asked

    assert calibrated(scenario) == (Trust.LATER, [])


def test_many_who_ask_at_once_share_one_negative_control():
    async def scenario(calibration, provider, clock, pacer):
        await asyncio.gather(*(calibration.presences(NEAR) for _ in range(50)))
        return provider.asked

    assert calibrated(scenario) == [FOREIGN]


@pytest.mark.parametrize(
    ("answers", "trusts"),
    [
        ([YES, NO], [Trust.GOOD, Trust.BROKEN]),
        ([YES, LATER, YES], [Trust.GOOD, Trust.LATER, Trust.GOOD]),
        ([YES, BLOCKED], [Trust.GOOD, Trust.BLOCKED]),
        ([LATER, YES], [Trust.LATER, Trust.GOOD]),
        ([BLOCKED], [Trust.BLOCKED]),
        ([NO], [Trust.NONE, Trust.NONE]),
    ],
)
def test_absences_count_as_the_positive_control_says(answers, trusts):
    async def scenario(calibration, provider, clock, pacer):
        return [await calibration.absences(NEAR) for _ in trusts]

    assert calibrated(scenario, controls=[OURS], answers={OURS: answers}) == trusts


def test_a_purchase_of_this_process_may_hide_while_it_is_young_and_not_longer():
    async def scenario(calibration, provider, clock, pacer):
        calibration.add(OURS, clock.now(), clock.now())
        young = await calibration.absences(NEAR)
        await clock.sleep(HORIZON)
        return young, await calibration.absences(NEAR), calibration.complaint

    young, old, complaint = calibrated(scenario, answers={OURS: [NO]})
    assert (young, old) == (Trust.LATER, Trust.BROKEN)
    assert OURS in complaint


def test_of_many_purchases_five_are_enough_and_older_ones_are_asked_last():
    async def scenario(calibration, provider, clock, pacer):
        for n in range(10, 20):
            calibration.add(number(n), clock.now(), clock.now())
        await calibration.absences(NEAR)
        return provider.asked

    asked = calibrated(scenario, controls=[OURS, number(10)], answers={number(n): [NO] for n in range(10, 20)})
    assert asked == [FOREIGN, *(number(n) for n in range(10, 15)), OURS]


def test_the_clock_is_learnt_to_seconds_from_this_process_and_to_an_hour_from_an_older_one():
    async def scenario(calibration, provider, clock, pacer):
        assert await calibration.learn_zone()
        older = calibration.zone
        assert await calibration.learn_zone()
        calibration.add(number(10), clock.now(), clock.now())
        assert await calibration.learn_zone()
        assert await calibration.learn_zone()
        return older, calibration.zone, provider.asked

    older, newer, asked = calibrated(scenario, controls=[OURS])
    assert (older.tolerance, newer.tolerance) == (SUMMER_TIME, EXACT)
    assert older.offset == newer.offset == timedelta(hours=2)
    assert asked == [OURS, number(10)]


@pytest.mark.parametrize("answer", [LATER, BLOCKED, NO])
def test_while_the_control_does_not_tell_there_may_be_more_to_learn(answer):
    async def scenario(calibration, provider, clock, pacer):
        calibration.add(OURS, clock.now(), clock.now())
        return await calibration.learn_zone()

    assert calibrated(scenario, answers={OURS: [answer]}) is False


def test_an_older_number_that_is_gone_and_one_without_a_date_teach_nothing_and_are_not_asked_again():
    async def scenario(calibration, provider, clock, pacer):
        answers = [await calibration.learn_zone() for _ in range(2)]
        return answers, calibration.zone.tolerance, provider.asked

    undated = Owned(number(2), None, None, None, "", {})
    told = calibrated(scenario, controls=[OURS, number(2)], answers={OURS: [NO], number(2): [undated]})
    assert told == ([True, True], timedelta(days=1), [OURS, number(2)])


def test_a_clock_that_fits_no_zone_is_not_learnt():
    async def scenario(calibration, provider, clock, pacer):
        await calibration.learn_zone()
        return calibration.zone.tolerance

    wrong = Owned(OURS, None, None, datetime(2020, 1, 1, 0, 4), "", {})  # noqa: DTZ001 - as the account says it
    assert calibrated(scenario, controls=[OURS], answers={OURS: [wrong]}) == timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "went_back"), [(-3600, False), (0, False), (4, False), (6, True), (3 * 86400, True)]
)
def test_an_intent_that_is_yet_to_be_shows_that_the_clock_was_set_back(seconds, went_back):
    async def scenario(calibration, provider, clock, pacer):
        now = clock.now()
        before, late = now - timedelta(days=1), now + timedelta(seconds=seconds)
        attempts = [Attempt(OURS, 1, 1, "buy", "7f3a", 1, at, None, "", None, "", 0.0, "") for at in (before, late)]
        return calibration.went_back(attempts), calibration.went_back([])

    assert calibrated(scenario) == (went_back, False)


@pytest.mark.parametrize("since", ["this process", "an earlier one"])
@pytest.mark.parametrize(("seconds", "ahead"), [(-600, 0), (4, 0), (6, 6), (40, 40)])
def test_a_purchase_that_came_before_its_intent_shows_that_this_machines_clock_was_ahead(seconds, ahead, since):
    async def scenario(calibration, provider, clock, pacer):
        off = clock.now() + timedelta(seconds=seconds)
        provider.answers[number(2)] = [Owned(number(2), None, None, clock.now().replace(tzinfo=None), "", {})]
        provider.answers[OURS] = [Owned(OURS, None, None, clock.now().replace(tzinfo=None), "", {})]
        if since == "this process":
            calibration.add(number(2), off, off)
        else:
            calibration._ledger._controls = [Control(number(2), off, off)]
        await calibration.look_up()
        before = calibration.ahead
        calibration.add(OURS, clock.now(), clock.now())
        assert await calibration.learn_zone(earlier=since != "this process")
        return before, calibration.ahead, calibration.zone.tolerance

    assert calibrated(scenario) == (timedelta(0), timedelta(seconds=ahead), EXACT)


def test_of_an_earlier_processs_purchases_one_is_asked_about_and_only_where_its_attempt_is_concerned():
    async def scenario(calibration, provider, clock, pacer):
        await calibration.look_up()
        calibration.add(number(9), clock.now(), clock.now())
        asked = []
        for earlier in (False, True, True):
            assert await calibration.learn_zone(earlier=earlier)
            asked.append(len(provider.asked))
        return asked, provider.asked

    assert calibrated(scenario, controls=[OURS, number(2)]) == ([1, 2, 2], [number(9), OURS])


def test_many_older_purchases_leave_room_for_this_processs_own():
    async def scenario(calibration, provider, clock, pacer):
        await calibration.look_up()
        calibration.add(number(9), clock.now(), clock.now())
        await calibration.absences(NEAR)
        return provider.asked[-1]

    assert calibrated(scenario, controls=[number(n) for n in range(10, 15)]) == number(9)
