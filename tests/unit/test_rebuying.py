"""`--rebuy`, and refused numbers with a lost attempt: what a later run asks about anew, on virtual time."""

from __future__ import annotations

import asyncio

import pytest
from support.desk import NOT_SENT, OWNED, PURCHASED, REFUSED, at_desk, orders
from support.world import code, lost, number, unknown

from batch.ledger.records import Status, Why
from batch.pool.notices import Alarm
from batch.provider.protocol import Blocked, NotOwned, Unclear

NUMBERS = [number(n) for n in range(3)]
GONE = NUMBERS[1]


async def gone(desk):
    """Run a bought them all, one was given back by hand, and run b has noticed."""
    await desk.buy(orders("a", NUMBERS))
    desk.provider.give_back_by_hand(GONE)
    await desk.clock.sleep(1000)
    outcome = await desk.buy(orders("b", NUMBERS))
    assert (outcome.exit_code, desk.counted("b")) == (4, {OWNED: 2, NOT_SENT: 1})


def test_what_is_gone_is_bought_again_only_when_a_person_says_so():
    async def scenario(desk):
        await gone(desk)
        assert (await desk.buy(orders("b", NUMBERS))).exit_code == 4
        assert desk.provider.sends.__len__() == 3
        outcome = await desk.buy(orders("b", NUMBERS), rebuy=True)
        assert outcome.exit_code == 0
        assert desk.counted("b") == {OWNED: 2, PURCHASED: 1}
        assert desk.counted("a") == {PURCHASED: 2, Status.RELEASED: 1}
        desk.check(twice=[GONE])
        assert (await desk.buy(orders("b", NUMBERS), rebuy=True)).exit_code == 0
        assert len(desk.provider.sends) == 4

    at_desk(scenario)


def test_a_run_that_notices_itself_buys_again_in_one_go_and_one_that_is_still_ours_stays():
    async def scenario(desk):
        await desk.buy(orders("a", NUMBERS))
        desk.provider.give_back_by_hand(GONE)
        await desk.clock.sleep(1000)
        outcome = await desk.buy(orders("b", NUMBERS), rebuy=True)
        assert outcome.exit_code == 0
        assert desk.counted("b") == {OWNED: 2, PURCHASED: 1}
        assert desk.provider.sent(GONE).__len__() == 2

    at_desk(scenario)


def test_what_the_account_held_before_and_no_longer_does_is_bought_again_too():
    async def scenario(desk):
        desk.provider.already_ours(GONE)
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 0
        assert desk.counted("a") == {PURCHASED: 2, OWNED: 1}
        desk.provider.give_back_by_hand(GONE)
        await desk.clock.sleep(1000)
        assert (await desk.buy(orders("b", NUMBERS))).exit_code == 4
        assert (await desk.buy(orders("b", NUMBERS), rebuy=True)).exit_code == 0
        assert desk.counted("b") == {OWNED: 2, PURCHASED: 1}

    at_desk(scenario)


def test_an_absence_that_nothing_proves_buys_nothing_again():
    async def scenario(desk):
        await gone(desk)
        desk.provider.answers = lambda *_: NotOwned("-440")
        await desk.buy(orders("b", NUMBERS), rebuy=True)
        assert len(desk.provider.sends) == 3

    at_desk(scenario)


@pytest.mark.parametrize("silent", [True, False])
def test_a_number_that_it_could_not_ask_about_is_named(silent):
    async def scenario(desk):
        await gone(desk)
        answer = Unclear("nonsense") if silent else NotOwned("-1")  # not the shape of a number that is nobody's
        desk.provider.answers = lambda one, true: answer if one == GONE else true
        outcome = await desk.buy(orders("c", NUMBERS), rebuy=True, outage_give_up_after=30)
        told = [one.words for one in desk.notices if isinstance(one, Alarm)]
        assert [text for text in told if "1 owned number not bought again" in text and GONE in text]
        assert len(desk.provider.sends) == 3
        assert outcome.exit_code == 0
        desk.notices.clear()
        await desk.buy(orders("c", NUMBERS), outage_give_up_after=30)
        assert not [one for one in desk.notices if isinstance(one, Alarm)]

    at_desk(scenario)


def test_the_run_that_bought_it_does_not_buy_it_again():
    async def scenario(desk):
        await gone(desk)
        await desk.buy(orders("a", NUMBERS), rebuy=True)
        assert len(desk.provider.sends) == 3

    at_desk(scenario)


def test_what_came_back_meanwhile_is_not_bought_again():
    async def scenario(desk):
        await gone(desk)
        desk.provider.world.buy_by_hand(GONE)
        outcome = await desk.buy(orders("b", NUMBERS), rebuy=True)
        assert outcome.exit_code == 0
        assert desk.counted("b") == {OWNED: 3}

    at_desk(scenario)


# Refused, and executed late ------------------------------------------------------------------------------------------


LATE = NUMBERS[0]


async def refused_late(desk):
    """It was sent without an answer, its absence was believed, it was refused; and then the first request is executed."""
    await desk.buy(orders("other", [number(50)]))
    desk.provider.script = {LATE: [lost(200.0), code(-275)]}
    outcome = await desk.buy(orders("a", NUMBERS))
    assert outcome.exit_code == 4
    assert desk.counted("a") == {REFUSED: 1, PURCHASED: 2}
    await desk.clock.sleep(300)
    return outcome.run


@pytest.mark.parametrize("again", ["run", "resolve"])
def test_a_refused_number_that_was_bought_late_is_found_by_every_later_run(again):
    async def scenario(desk):
        run = await refused_late(desk)
        asked = len(desk.provider.asked(LATE))
        if again == "run":
            assert (await desk.buy(orders("a", NUMBERS))).exit_code == 0
        else:
            assert (await desk.resolve(run)).exit_code == 0
        assert desk.counted("a") == {PURCHASED: 3}
        assert len(desk.provider.asked(LATE)) == asked + 1
        assert len(desk.provider.sent(LATE)) == 2
        desk.check()
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 0

    at_desk(scenario)


def test_one_that_is_not_ours_is_asked_about_once_a_run_and_stays_refused():
    async def scenario(desk):
        await desk.buy(orders("other", [number(50)]))
        desk.provider.script = {LATE: [unknown(7)]}
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 4
        for _ in range(2):
            asked = len(desk.provider.asked(LATE))
            assert (await desk.buy(orders("a", NUMBERS))).exit_code == 4
            assert len(desk.provider.asked(LATE)) == asked + 1
        asked = len(desk.provider.asked(LATE))
        await desk.buy(orders("a", NUMBERS), ask_owned=False)
        assert len(desk.provider.asked(LATE)) == asked
        assert desk.counted("a") == {REFUSED: 1, PURCHASED: 2}

    at_desk(scenario)


def test_where_no_answer_can_be_used_it_stays_refused_and_the_run_ends():
    async def scenario(desk):
        await refused_late(desk)
        for answer, exit_code in (
            (Unclear("failed"), 4),
            (Unclear("a bad certificate", fatal=True), 5),
            (Blocked(100), 5),
        ):
            desk.provider.answers = lambda *_, answer=answer: answer
            began = desk.clock.elapsed()
            assert (await desk.buy(orders("a", NUMBERS))).exit_code == exit_code
            assert desk.clock.elapsed() - began < 60
        assert desk.counted("a") == {REFUSED: 1, PURCHASED: 2}

    at_desk(scenario)


def test_an_account_that_says_yes_to_all_is_not_believed():
    async def scenario(desk):
        await refused_late(desk)
        held = desk.provider.world.shown("ann", number(50))
        desk.provider.answers = lambda *_: desk.provider._owned(held)
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 5
        assert desk.counted("a") == {REFUSED: 1, PURCHASED: 2}

    at_desk(scenario)


def test_what_a_person_bought_is_owned_and_not_this_runs():
    async def scenario(desk):
        await desk.buy(orders("other", [number(50)]))
        desk.provider.already_ours(LATE, days=30)
        desk.provider.world.release_by_hand(LATE)
        desk.provider.script = {LATE: [lost(), code(-275)]}
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 4
        desk.provider.already_ours(LATE, days=30)
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 0
        assert desk.counted("a") == {OWNED: 1, PURCHASED: 2}

    at_desk(scenario)


def test_an_interruption_ends_the_asking():
    async def scenario(desk):
        await refused_late(desk)
        desk.provider.slow = {LATE: 5.0}
        asyncio.get_running_loop().call_later(1.0, lambda: desk.stop.request(2))
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 130
        assert desk.counted("a") == {REFUSED: 1, PURCHASED: 2}
        assert not [row for row in desk.rows("a") if row.why is Why.GONE]

    at_desk(scenario)
