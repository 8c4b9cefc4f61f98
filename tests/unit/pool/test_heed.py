"""What an answer means for the run as a whole: how long it pauses, and who is asked while the provider is silent."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from support.virtual import VirtualClock, virtual

from batch.ledger.events import Success, TooMany, Unanswered
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.heed import Heed
from batch.pool.notices import Paused, Resumed
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Bought, NoAnswer, NotOwned, Throttled, Unclear

ONE = Number("12025550001")
LOST, COMPLAINED, WELL = Unanswered(1, 1, "r"), TooMany(1, 1, "r"), Success(1, 1, "r")


class Desk:
    def __init__(self, answers=(), **options):
        self.clock = VirtualClock()
        self.told = []
        self.options = PoolOptions(workers=2, **options)
        self.brakes = Brakes(self.options, self.told.append)
        self.pacer = Pacer(Decimal(100), self.clock)
        self.pacer.start()
        self.answers = list(answers)
        self.asked = []
        self.host = "provider.example:443"
        self.heed = Heed(
            provider=self,
            pacer=self.pacer,
            brakes=self.brakes,
            options=self.options,
            clock=self.clock,
            tell=self.told.append,
        )

    async def inquire(self, asked):
        self.asked.append(round(self.clock.elapsed(), 1))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def close(self):
        await self.heed.close()
        await self.pacer.close()

    @property
    def paused(self):
        return [notice.seconds for notice in self.told if isinstance(notice, Paused)]


def at(scenario, *answers, **options):
    async def whole():
        desk = Desk(answers, **options)
        try:
            return await scenario(desk)
        finally:
            await desk.close()

    return virtual(whole())


def test_pauses_double_from_burst_to_burst_and_not_within_one():
    async def scenario(desk):
        desk.heed.answer(ONE, Bought(1), WELL)
        lengths = []
        for _ in range(11):
            for _ in range(8):
                desk.heed.answer(ONE, Throttled(), COMPLAINED)
            lengths.append(desk.heed._paused_until - desk.clock.elapsed())
            await desk.clock.sleep(lengths[-1])
        desk.heed.answer(ONE, Bought(1), WELL)
        desk.heed.answer(ONE, Throttled(), COMPLAINED)
        return lengths, desk.heed._paused_until - desk.clock.elapsed(), desk.paused

    lengths, afterwards, told = at(scenario)
    assert [round(length, 2) for length in lengths] == [0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert round(afterwards, 2) == 0.25
    assert [round(seconds) for seconds in told] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_wish_for_a_pause_is_kept_even_amid_a_shorter_one():
    async def scenario(desk):
        desk.heed.answer(ONE, Throttled(5.0), COMPLAINED)
        desk.heed.answer(ONE, NoAnswer("503", busy=True, retry_after=50.0), LOST)
        desk.heed.answer(ONE, Throttled(1.0), COMPLAINED)
        return desk.heed._paused_until, desk.paused

    assert at(scenario, NotOwned("")) == (50.0, [5.0, 50.0])


def test_an_outage_asks_at_growing_intervals_and_goes_on_with_the_first_answer():
    async def scenario(desk):
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        await desk.clock.sleep(100)
        return desk.asked, desk.brakes.blind, [type(one) for one in desk.told[-1:]]

    asked, blind, last = at(scenario, *[Unclear("failed")] * 6, NotOwned(""))
    gaps = [round(later - earlier) for earlier, later in zip(asked, asked[1:], strict=False)]  # noqa: RUF007 - as lists
    assert (gaps, blind, last) == ([0, 1, 2, 4, 8, 16], None, [Resumed])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(Blocked(100), "the account was refused (100)"), (Unclear("not to be trusted", fatal=True), "not to be trusted")],
)
def test_an_outage_ends_in_a_halt_where_the_inquiry_shows_why(answer, reason):
    async def scenario(desk):
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        await desk.clock.sleep(10)
        return desk.brakes.halt_reason, desk.brakes.account_refused

    assert at(scenario, answer) == (reason, isinstance(answer, Blocked))


def test_an_outage_that_lasts_too_long_halts_when_its_time_is_over():
    async def scenario(desk):
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        while not desk.brakes.ending:
            await desk.clock.sleep(1)
        return desk.clock.elapsed(), desk.brakes.halt_reason

    ended, reason = at(scenario, Unclear("failed"), outage_give_up_after=100.0)
    assert 100 <= ended <= 102
    assert "provider.example:443 has not answered for 100 s (failed)" in reason


def test_somebody_elses_answer_ends_the_probing_too_and_a_new_silence_begins_anew():
    async def scenario(desk):
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        await desk.clock.sleep(40)
        desk.brakes.sees()
        await desk.clock.sleep(300)
        before = len(desk.asked)
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        await desk.clock.sleep(40)
        return before, len(desk.asked), desk.brakes.halt_reason

    before, after, reason = at(scenario, Unclear("failed"), outage_give_up_after=100.0)
    assert (before, reason) == (7, "")
    assert after > before


def test_a_run_that_ends_stops_probing_within_a_second():
    async def scenario(desk):
        desk.heed.answer(ONE, NoAnswer("lost"), LOST)
        await desk.clock.sleep(30)
        desk.brakes.halt("enough")
        await desk.clock.sleep(1)
        return desk.heed._probe.done(), [one for one in desk.told if isinstance(one, Resumed)]

    assert at(scenario, Unclear("failed")) == (True, [])


@pytest.mark.parametrize(
    ("outcome", "event"), [(Throttled(), COMPLAINED), (NoAnswer("503", busy=True), LOST)], ids=["429", "503"]
)
def test_only_complaints_for_too_long_halt(outcome, event):
    async def scenario(desk):
        for _ in range(20):
            desk.heed.answer(ONE, outcome, event)
            await desk.clock.sleep(10)
        return desk.brakes.halt_reason

    reason = at(scenario, NotOwned(""), outage_give_up_after=100.0)
    assert "too many requests' for 110 s" in reason
    assert "provider.example:443" in reason


def test_complaints_with_a_definite_answer_among_them_do_not_halt():
    async def scenario(desk):
        for turn in range(40):
            busy = (NoAnswer("503", busy=True), LOST)
            desk.heed.answer(ONE, *((Bought(1), WELL) if turn % 9 == 8 else busy))
            await desk.clock.sleep(10)
        return desk.brakes.halt_reason

    assert at(scenario, NotOwned(""), outage_give_up_after=100.0) == ""


@pytest.mark.parametrize(("asked", "seconds"), [(None, 1.0), (30.0, 30.0)])
def test_an_inquiry_that_is_answered_with_a_wish_for_a_pause_pauses_everything(asked, seconds):
    async def scenario(desk):
        await paced_inquiry(ONE, provider=desk, pacer=desk.pacer, priority=Priority.PRICE)
        before = desk.clock.elapsed()
        await desk.pacer.slot(Priority.PURCHASE)
        return desk.clock.elapsed() - before

    waited = at(scenario, Unclear("503", busy=True, retry_after=asked))
    assert seconds - 0.1 <= waited <= seconds + 0.1


def test_closed_without_an_outage_there_is_nothing_to_end():
    async def scenario(desk):
        await desk.heed.close()

    at(scenario)


def test_a_pacer_that_never_began_can_be_closed():
    asyncio.run(Pacer(Decimal(1), VirtualClock()).close())
