"""The brakes' claims: when no purchase may begin, and when a run ends."""

import asyncio

import pytest
from support.virtual import virtual

from batch.ledger.records import Why
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.options import Brake, PoolOptions


def _brakes(**options):
    told = []
    return Brakes(PoolOptions(**options), told.append), told


def _number(n):
    return Number(f"1202555{n:04}")


def test_the_first_purchase_goes_alone_until_a_definite_answer():
    async def scenario():
        brakes, _ = _brakes()
        assert await brakes.enter()
        second = asyncio.create_task(brakes.enter())
        await asyncio.sleep(1)
        waits = not second.done()
        brakes.answered()
        return waits, await second

    assert virtual(scenario()) == (True, True)


def test_as_many_in_a_row_without_an_answer_as_workers_close_the_gate_until_an_inquiry_answers():
    async def scenario():
        brakes, _ = _brakes(workers=3)
        brakes.answered()
        for n in range(2):
            brakes.silent(_number(n))
        open_after_two = brakes.blind is None
        brakes.silent(_number(2))
        waiting = asyncio.create_task(brakes.enter())
        await asyncio.sleep(1)
        closed = not waiting.done()
        brakes.sees()
        return open_after_two, closed, await waiting

    assert virtual(scenario()) == (True, True, True)


def test_an_answer_between_them_starts_the_count_anew():
    brakes, _ = _brakes(workers=2)
    brakes.answered()
    brakes.silent(_number(1))
    brakes.answered()
    brakes.silent(_number(2))
    assert brakes.blind is None


def test_before_any_definite_answer_a_single_silence_closes_the_gate():
    brakes, _ = _brakes(workers=8)
    brakes.silent(_number(1))
    assert brakes.blind == _number(1)


def test_three_numbers_in_a_row_with_unknown_codes_halt_and_so_do_five_in_all():
    brakes, _ = _brakes()
    for n in (1, 1, 2):
        brakes.unknown(_number(n), -9)
    assert not brakes.halt_reason
    brakes.unknown(_number(3), -9)
    assert "-9" in brakes.halt_reason
    apart, _ = _brakes()
    for n in range(5):
        assert not apart.halt_reason
        apart.unknown(_number(n), -9)
        apart.answered()
    assert apart.halt_reason


@pytest.mark.parametrize(("brake", "refused", "halts"), [(Brake(percent=20), 10, False), (Brake(percent=20), 11, True)])
def test_a_percentage_of_refusals_is_judged_from_fifty_outcomes_on(brake, refused, halts):
    brakes, _ = _brakes(brake=brake)
    for n in range(refused):
        brakes.outcome(_number(n), refused=-275)
    assert not brakes.halt_reason
    for n in range(50 - refused):
        brakes.outcome(_number(100 + n))
    brakes.outcome(_number(999), refused=-275 if halts else None)
    assert bool(brakes.halt_reason) is halts


def test_a_count_of_refusals_halts_when_it_is_passed_and_expected_codes_do_not_count():
    brakes, told = _brakes(brake=Brake(count=2, percent=None), expected_codes=frozenset({-165}))
    for n in range(10):
        brakes.outcome(_number(n), refused=-165)
    for n in range(2):
        brakes.outcome(_number(n), refused=-275)
    assert not brakes.halt_reason
    brakes.outcome(_number(3), refused=-275)
    assert "more than 2" in brakes.halt_reason
    assert len(told) == 1


def test_without_a_brake_everything_may_be_refused():
    brakes, _ = _brakes(brake=None)
    for n in range(100):
        brakes.outcome(_number(n), refused=-275)
    assert not brakes.ending


def test_the_first_reason_stands_and_an_interruption_wins_over_a_bound():
    brakes, _ = _brakes()
    brakes.stop_at(Why.LIMIT)
    brakes.stop_at(Why.MAX_SPEND)
    assert brakes.stop is Why.LIMIT
    brakes.stop_at(Why.INTERRUPTED)
    assert brakes.interrupted
    halted, told = _brakes()
    halted.halt("one")
    halted.halt("two")
    assert halted.halt_reason == "one"
    assert len(told) == 1


def test_whoever_waits_at_the_gate_is_sent_away_when_the_run_ends():
    async def scenario():
        brakes, _ = _brakes()
        assert await brakes.enter()
        waiting = asyncio.create_task(brakes.enter())
        await asyncio.sleep(1)
        brakes.halt("over")
        return await waiting

    assert virtual(scenario()) is False
