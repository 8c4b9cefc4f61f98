"""The rate is set amid a run, however often and whatever waits: no second ever holds more than it may."""

from __future__ import annotations

import asyncio
import bisect
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from support.virtual import VirtualClock, virtual

from batch.pool.pacer import Pacer, Priority

_RATES = st.sampled_from(["0.2", "0.5", "1", "2.5", "5", "20", "60"]).map(Decimal)
_CHANGES = st.lists(st.tuples(st.floats(0.01, 8), _RATES), min_size=1, max_size=5)
_HOLDS = st.lists(st.floats(0, 0.6), min_size=1, max_size=7)


async def _play(first, changes, holds, workers):
    """When requests left, and from when on which rate held alone: what had its slot before has left by then."""
    clock = VirtualClock()
    pacer = Pacer(first, clock)
    left = []
    turn = iter(range(10**9))

    async def work():
        while True:
            slot = await pacer.slot(Priority.PURCHASE)
            await clock.sleep(holds[next(turn) % len(holds)])
            await pacer.depart(slot)
            left.append(clock.elapsed())

    pacer.start()
    tasks = [asyncio.create_task(work()) for _ in range(workers)]
    since = [(0.0, first)]
    for wait, rate in changes:
        await clock.sleep(wait)
        out = set(pacer._out)
        pacer.set_rate(rate)
        since.append((clock.elapsed(), rate))
        while out & pacer._out:
            await clock.sleep(0.01)
        since.append((clock.elapsed(), rate))
    await clock.sleep(12)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await pacer.close()
    return left, since


def _allowed(rate):
    return max(1, int(rate))


@settings(max_examples=40, deadline=None)
@given(_RATES, _CHANGES, _HOLDS, st.integers(1, 12))
def test_no_window_holds_more_than_the_new_rate_once_it_holds_nor_than_the_larger_before(
    first, changes, holds, workers
):
    left, since = virtual(_play(first, changes, holds, workers))
    for begin, time in enumerate(left):
        count = bisect.bisect_left(left, time + 1.0) - begin
        in_force = [rate for at, rate in since if at <= time][-1:]
        meanwhile = [rate for at, rate in since if time < at < time + 1.0]
        # Until what had its slot has left, the rate before still counts.
        changes_made = zip(since[1::2], since[2::2], since[0::2], strict=False)
        before = [rate for (at, _), (end, _), (_, rate) in changes_made if at <= time <= end]
        assert count <= max(_allowed(rate) for rate in [*in_force, *meanwhile, *before])


@settings(max_examples=15, deadline=None)
@given(_RATES, _RATES)
def test_a_new_rate_is_reached_within_its_first_window_and_nearly_all_of_it_used(first, second):
    left, since = virtual(_play(first, [(7.0, second)], [0.0], 8))
    window = max(1.0, 1 / float(second))
    begin = since[-1][0] + 1.05 * window
    after = [time for time in left if begin < time < begin + 10]
    assert len(after) >= int(0.95 * _allowed(second) * 10 / window) - 1
