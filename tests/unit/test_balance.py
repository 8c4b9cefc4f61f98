"""The balance amid a run: unclear answers are no news, too little halts, a fall that nothing explains is an alarm."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from support.desk import PURCHASED, at_desk, orders
from support.world import lost, number

from batch.plan.quote import Quote
from batch.pool.notices import Alarm
from batch.provider.protocol import Owned, Unclear

N = [number(n) for n in range(500)]
SLOW = {"rate": Decimal(2), "workers": 4}


def _sell(desk, total, *, after, until=None):
    """Somebody else spends `total` of the account's balance, `after` seconds from now; the balance is told as it is."""
    real = type(desk.provider)._balance

    async def told(self):
        now = desk.clock.elapsed()
        gone = total if now >= after and (until is None or now < until) else Decimal(0)
        return await real(self) - gone

    desk.provider._balance = told.__get__(desk.provider)


def _alarms(desk):
    return [notice.words for notice in desk.told(Alarm)]


def test_a_quiet_account_is_asked_now_and_then_and_nothing_is_said():
    async def scenario(desk):
        asked = []
        real = type(desk.provider)._balance

        async def told(self):
            asked.append(desk.clock.elapsed())
            return await real(self)

        desk.provider._balance = told.__get__(desk.provider)
        assert (await desk.buy(orders("a", N), **SLOW)).exit_code == 0
        assert 4 <= len(asked) <= 2 + 250 / 60 + 1
        assert not _alarms(desk)

    at_desk(scenario)


def test_a_balance_below_the_next_numbers_price_halts_and_one_odd_answer_does_not():
    async def scenario(desk):
        _sell(desk, Decimal(999_999), after=150)
        outcome = await desk.buy(orders("a", N), **SLOW)
        assert outcome.exit_code == 5
        assert "less than the 3.00 that the next number may cost: top the account up" in outcome.halt_reason
        assert outcome.counts[PURCHASED] < 450
        desk.check()

    at_desk(scenario)

    async def odd(desk):
        answers = iter([Decimal(10**6), Decimal(1), *[Decimal(10**6)] * 100])

        async def told(_):
            return next(answers)

        desk.provider._balance = told.__get__(desk.provider)
        assert (await desk.buy(orders("a", N), **SLOW)).exit_code == 0

    at_desk(odd)


def test_what_nothing_explains_is_one_alarm_with_both_figures_and_prices_are_looked_at():
    async def scenario(desk):
        _sell(desk, Decimal(500), after=20)
        outcome = await desk.buy(orders("a", N), **SLOW)
        assert (outcome.exit_code, len(_alarms(desk))) == (0, 1)
        assert "other activity on the account, or numbers cost more" in _alarms(desk)[0]
        assert 3 <= len(desk.provider.questions) <= 6 + 250 / 10  # a price now and then is asked for in any case

    at_desk(scenario)


def test_an_alarm_halts_where_the_prices_read_back_show_more_too():
    async def scenario(desk):
        _sell(desk, Decimal(500), after=20)
        dear = {}
        desk.provider.answers = lambda asked, true: (
            Owned(asked, Decimal(4), Decimal(4), None, "", {}) if asked in N[20:] else dear.get(asked, true)
        )
        outcome = await desk.buy(orders("a", N), **SLOW)
        assert outcome.exit_code == 5
        assert "cost 8.00, more than the 3.00" in outcome.halt_reason

    at_desk(scenario)


def test_where_prices_are_not_known_a_fall_can_not_be_judged():
    async def scenario(desk):
        _sell(desk, Decimal(500), after=20)
        outcome = await desk.buy(orders("a", N, price=None), **SLOW)
        assert (outcome.exit_code, _alarms(desk)) == (0, [])

    at_desk(scenario)


def test_an_account_that_does_not_tell_its_balance_at_first_is_held_against_the_first_that_it_tells():
    async def scenario(desk):
        desk.more = {"quotes": {one: Quote(Decimal(1), Decimal(2)) for one in N}}
        desk.provider.balance_known = False
        buying = asyncio.create_task(desk.buy(orders("a", N, price=None), **SLOW))
        await asyncio.sleep(70)
        desk.provider.balance_known = True
        await asyncio.sleep(65)
        desk.provider.balance_known = False
        await asyncio.sleep(60)
        desk.provider.balance_known = True
        assert (await buying).exit_code == 0
        assert not _alarms(desk)

    at_desk(scenario)


def test_it_is_not_asked_while_the_provider_does_not_answer():
    async def scenario(desk):
        asked = []

        async def told(_):
            asked.append(desk.clock.elapsed())
            return Unclear("failed")

        desk.provider._balance = told.__get__(desk.provider)
        desk.provider.script = {N[n]: [lost()] for n in range(200, 210)}
        desk.provider.answers = lambda _, true: true if desk.clock.elapsed() < 120 else Unclear("failed")
        await desk.buy(orders("a", N), outage_give_up_after=200.0, **SLOW)
        assert len(asked) <= 4

    at_desk(scenario)


def test_prices_that_are_not_told_leave_it_at_the_alarm():
    async def scenario(desk):
        _sell(desk, Decimal(500), after=20)
        desk.provider.answers = lambda asked, true: Unclear("failed") if asked in N[20:] else true
        outcome = await desk.buy(orders("a", N), **SLOW)
        assert (outcome.exit_code, len(_alarms(desk))) == (0, 1)

    at_desk(scenario)


def test_a_price_that_rises_amid_a_run_halts_it_before_its_end():
    async def scenario(desk):
        def told(_, true):
            dearer = isinstance(true, Owned) and desk.clock.elapsed() > 60
            return replace(true, monthly=true.monthly + 1) if dearer else true

        desk.provider.answers = told
        outcome = await desk.buy(orders("a", N, price=Decimal(3)), **SLOW)
        assert outcome.exit_code == 5
        assert "cost 4.00, more than the 3.00 that was expected" in outcome.halt_reason
        assert 100 <= outcome.counts[PURCHASED] < 200
        desk.check()

    at_desk(scenario)
