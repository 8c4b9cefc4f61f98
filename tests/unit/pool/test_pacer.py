"""The pacer's claims: never above the rate in any second, nearly all of it reached, the urgent first, pauses kept."""

import asyncio
import itertools
from decimal import Decimal

import pytest
from support.virtual import VirtualClock, virtual

from batch.pool.pacer import Pacer, Priority
from batch.provider.departures import LEAVES


async def _departures(pacer, clock, *, count, workers, hold=lambda _: 0.0):
    """Let `workers` send `count` requests in all, each holding its slot for `hold(n)` seconds; when each left."""
    left = []
    numbers = itertools.count()

    async def work():
        while (number := next(numbers)) < count:
            slot = await pacer.slot(Priority.PURCHASE)
            await clock.sleep(hold(number))
            await pacer.depart(slot)
            left.append(clock.elapsed())

    pacer.start()
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
    await pacer.close()
    return left


def _most_in_a_second(times, window=1.0):
    times = sorted(times)
    return max(sum(1 for other in times[i : i + 5000] if other < time + window) for i, time in enumerate(times))


@pytest.mark.parametrize("rate", [1, 5, 50, 500])
@pytest.mark.parametrize("workers", [1, 8, 50])
def test_no_second_holds_more_than_the_rate_and_nearly_all_of_it_is_reached(rate, workers):
    async def scenario():
        clock = VirtualClock()
        return await _departures(Pacer(Decimal(rate), clock), clock, count=rate * 20, workers=workers)

    left = virtual(scenario())
    assert _most_in_a_second(left) <= rate
    assert (len(left) - 1) / (left[-1] - left[0]) >= 0.99 * rate


def test_intents_that_take_unevenly_long_do_not_squeeze_more_into_a_second():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(50), clock)
        return await _departures(pacer, clock, count=1000, workers=50, hold=lambda n: (n * 7919 % 97) / 400)

    left = virtual(scenario())
    assert _most_in_a_second(left) <= 50
    assert _most_in_a_second(left, 0.95) <= 50


@pytest.mark.parametrize(("rate", "most"), [("0.5", 1), ("2.5", 2)])
def test_a_fraction_of_a_request_never_rounds_up(rate, most):
    async def scenario():
        clock = VirtualClock()
        return await _departures(Pacer(Decimal(rate), clock), clock, count=20, workers=4)

    left = virtual(scenario())
    assert _most_in_a_second(left) <= most
    if rate == "0.5":
        assert min(b - a for a, b in itertools.pairwise(left)) >= 2.0


def test_a_number_in_doubt_goes_before_purchases_and_those_before_prices():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(10), clock)
        order = []

        async def take(priority):
            await pacer.depart(await pacer.slot(priority))
            order.append(priority)

        waiting = [asyncio.create_task(take(one)) for one in (Priority.PRICE, Priority.PURCHASE, Priority.INQUIRY)]
        await asyncio.sleep(0)
        pacer.start()
        await asyncio.gather(*waiting)
        await pacer.close()
        return order

    assert virtual(scenario()) == [Priority.INQUIRY, Priority.PURCHASE, Priority.PRICE]


def test_nothing_leaves_in_a_pause_and_afterwards_the_pace_comes_back_by_degrees():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(20), clock)
        asyncio.get_running_loop().call_later(2.0, pacer.pause, 30.0)
        return await _departures(pacer, clock, count=400, workers=8)

    left = virtual(scenario())
    gaps = [(b - a, a) for a, b in itertools.pairwise(left)]
    assert max(gaps)[0] >= 29.9
    after = [time for time in left if time > 31]
    first, last = after[:10], after[-20:]
    assert (first[-1] - first[0]) / 9 > 0.075, "it should begin slower than before"
    assert (last[-1] - last[0]) / 19 < 0.055, "it should end at the full rate"


def test_a_slot_that_was_given_back_is_used_by_the_next():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(1), clock)
        pacer.start()
        first = await pacer.slot(Priority.PURCHASE)
        pacer.give_back(first)
        second = await pacer.slot(Priority.PURCHASE)
        await pacer.close()
        return first, second

    first, second = virtual(scenario())
    assert second.at == first.at


def test_abandoned_waiters_are_told_at_once_and_others_go_on():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(1), clock)
        pacer.start()
        pacer.pause(3600)
        purchase = asyncio.create_task(pacer.slot(Priority.PURCHASE))
        await asyncio.sleep(1)
        pacer.abandon(Priority.PURCHASE)
        told = await purchase, clock.elapsed()
        again = await pacer.slot(Priority.PURCHASE)
        inquiry = await pacer.slot(Priority.INQUIRY)
        await pacer.close()
        return told, again, inquiry

    (told, at), again, inquiry = virtual(scenario())
    assert told is None
    assert again is None
    assert at < 2
    assert inquiry.at >= 3600


def test_a_request_that_waits_for_its_connection_counts_from_when_it_leaves():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(5), clock)
        left = []

        async def send(wait):
            await pacer.depart(await pacer.slot(Priority.PURCHASE))
            await clock.sleep(wait)
            LEAVES.get()()
            left.append(clock.elapsed())

        pacer.start()
        async with asyncio.TaskGroup() as group:
            for n in range(15):
                group.create_task(send(0.15 if n < 5 else 0.0))
        await pacer.close()
        return left

    assert _most_in_a_second(virtual(scenario())) <= 5


def test_a_slot_from_before_another_rate_is_nobodys_when_it_is_given_back():
    async def scenario():
        clock = VirtualClock()
        pacer = Pacer(Decimal(1), clock)
        pacer.start()
        first = await pacer.slot(Priority.PURCHASE)
        pacer.set_rate(Decimal("0.5"))
        pacer.give_back(first)
        pacer.give_back(None)
        second = await pacer.slot(Priority.PURCHASE)
        await pacer.close()
        return first, second

    first, second = virtual(scenario())
    assert second.at >= first.at + 2
