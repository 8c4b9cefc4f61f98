"""Giving back what a run bought, on virtual time: only that, each once, found out where there was no answer, gone on with when killed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from support.desk import PURCHASED, at_desk, orders
from support.world import Fault, lost, number, reset

from batch.errors import LedgerError
from batch.ledger.attempts import AnswerNote
from batch.ledger.events import Success, TooMany, Unanswered
from batch.ledger.records import Status, Why
from batch.ledger.sqlite import SqliteLedger
from batch.pool.notices import Alarm, Halted, Moved
from batch.provider.multitel.codes import CODES
from batch.provider.protocol import Blocked, NotOwned, NotReleased, Owned, Throttled, Unclear, Unsent
from batch.reconciler.results import Judge
from batch.session import release_run, resolve_run

RELEASED = Status.RELEASED
NUMBERS = [number(n) for n in range(6)]
UNSENT = Fault(Unsent("connection refused"), takes=0.01)


def released(wanted=None):
    """When releases left, of the number that is named."""
    return lambda desk: [one.at for one in desk.provider.releases if wanted in {None, one.number}]


def given_back(desk):
    return [one.number for one in desk.provider.releases]


def held(desk):
    return {one.number for one in desk.provider.world.record().holdings}


async def bought(desk, label="a", numbers=NUMBERS, **options):
    outcome = await desk.buy(orders(label, numbers), **options)
    assert outcome.exit_code == 0
    return outcome.run


def test_all_that_a_run_bought_is_given_back_once_and_again_does_nothing():
    async def scenario(desk):
        run = await bought(desk)
        await bought(desk, "b", [number(50)])
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released, outcome.gone, outcome.left) == (0, 6, 0, 0)
        assert (outcome.kept, outcome.in_doubt, outcome.halt_reason) == ({}, [], "")
        assert sorted(given_back(desk)) == NUMBERS
        assert held(desk) == {number(50)}
        assert desk.counted("a") == {RELEASED: 6}
        assert all(row.released_at is not None for row in desk.rows("a"))
        assert {one.number for one in desk.told(Moved) if one.status is RELEASED} == set(NUMBERS)
        desk.check()
        again = await desk.release(run)
        assert (again.exit_code, again.released) == (0, 0)
        assert len(given_back(desk)) == 6
        assert (await desk.buy(orders("a", NUMBERS))).exit_code == 0
        assert len(desk.provider.sends) == 7, "what this run gave back, it does not buy again"
        with desk.reading() as reader:
            assert "R3" in [entry.rule for entry in reader.history(NUMBERS[0])]

    at_desk(scenario)


def test_each_number_is_asked_about_before_it_is_given_back_and_the_rate_holds_for_both():
    async def scenario(desk):
        run = await bought(desk)
        asked = len(desk.provider.questions)
        await desk.release(run, rate=2, workers=3)
        questions = desk.provider.questions[asked:]
        for one in desk.provider.releases:
            assert any(question.number == one.number and question.at < one.at for question in questions)
        departures = sorted(one.at for one in [*questions, *desk.provider.releases])
        assert all(later - first > 1 for first, later in zip(departures, departures[2:], strict=False))

    at_desk(scenario)


def test_only_the_numbers_that_were_named_are_given_back():
    async def scenario(desk):
        run = await bought(desk)
        outcome = await desk.release(run, only={NUMBERS[1], NUMBERS[4]})
        assert (outcome.exit_code, outcome.released) == (0, 2)
        assert sorted(given_back(desk)) == [NUMBERS[1], NUMBERS[4]]
        assert desk.counted("a") == {PURCHASED: 4, RELEASED: 2}

    at_desk(scenario)


def test_what_another_run_bought_or_was_ours_before_is_left_alone():
    async def scenario(desk):
        desk.provider.already_ours(NUMBERS[0])
        await bought(desk, "first", NUMBERS[1:3])
        run = await bought(desk, "a", NUMBERS)
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released) == (0, 3)
        assert sorted(given_back(desk)) == NUMBERS[3:]
        desk.check()

    at_desk(scenario)


def test_a_release_without_an_answer_is_asked_about_after_the_horizon_and_repeated_only_where_the_account_holds_the_number():
    async def scenario(desk):
        run = await bought(desk)
        executed, not_executed, late = NUMBERS[:3]
        desk.provider.release_script = {executed: [reset(0.05)], not_executed: [lost()], late: [lost(45.0, takes=1.0)]}
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released) == (0, 6)
        assert [given_back(desk).count(one) for one in (executed, not_executed, late)] == [1, 2, 1]
        first, second = released(not_executed)(desk)
        assert second - first >= 60
        assert desk.counted("a") == {RELEASED: 6}

    at_desk(scenario)


def test_a_release_that_is_refused_is_asked_about_and_tried_again_within_its_attempts():
    async def scenario(desk):
        run = await bought(desk)
        refused = Fault(NotReleased(-9))
        desk.provider.release_script = {NUMBERS[0]: [refused] * 9}
        outcome = await desk.release(run, max_attempts=2)
        assert (outcome.exit_code, outcome.released) == (4, 5)
        assert given_back(desk).count(NUMBERS[0]) == 2
        assert "holds it still" in outcome.kept[NUMBERS[0]]
        assert desk.counted("a") == {PURCHASED: 1, RELEASED: 5}

    at_desk(scenario)


def test_codes_that_nobody_knows_halt_when_they_repeat():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_fault = lambda _: Fault(NotReleased(-9))
        outcome = await desk.release(run)
        assert outcome.exit_code == 5
        assert "(the last: -9)" in outcome.halt_reason
        assert len(given_back(desk)) == 3
        assert desk.counted("a") == {PURCHASED: 6}

    at_desk(scenario)


def test_an_account_that_is_refused_halts_and_nothing_more_is_asked():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_fault = lambda _: Fault(NotReleased(100, halt=True))
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.in_doubt) == (6, [given_back(desk)[0]])
        assert "refused (100)" in outcome.halt_reason
        assert len(given_back(desk)) == 1
        desk.provider.answers = lambda *_: Blocked(100)
        outcome = await desk.release(run)
        assert (outcome.exit_code, len(given_back(desk))) == (6, 1)
        desk.provider.answers = lambda _, true: true
        desk.provider.release_fault = lambda _: Fault(None, 0.01)
        assert (await desk.release(run)).exit_code == 0

    at_desk(scenario)


def test_what_certainly_did_not_leave_is_tried_again_within_its_budget():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_script = {NUMBERS[0]: [UNSENT], NUMBERS[1]: [UNSENT] * 9}
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released) == (4, 5)
        assert (given_back(desk).count(NUMBERS[0]), given_back(desk).count(NUMBERS[1])) == (2, 3)
        assert outcome.kept == {NUMBERS[1]: "the request never left, 3 times"}

    at_desk(scenario)


def test_too_many_requests_pause_and_leave_doubt_that_is_asked_about():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_script = {NUMBERS[0]: [Fault(Throttled(5.0))]}
        outcome = await desk.release(run, workers=1)
        assert (outcome.exit_code, outcome.released) == (0, 6)
        first, second, *_ = released()(desk)
        assert second - first >= 5
        assert given_back(desk).count(NUMBERS[0]) == 2

    at_desk(scenario)


def test_the_first_goes_alone_and_a_silent_provider_is_waited_for():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_fault = lambda _: lost()
        kept = desk.provider.answers
        desk.provider.answers = lambda _, true: Unclear("silent") if desk.provider.releases else true
        outcome = await desk.release(run, outage_give_up_after=100)
        assert outcome.exit_code == 6
        assert len(given_back(desk)) == 1
        assert "has not answered for" in outcome.halt_reason
        desk.provider.answers, desk.provider.release_fault = kept, lambda _: Fault(None, 0.05)
        assert (await desk.release(run)).exit_code == 0
        assert desk.counted("a") == {RELEASED: 6}

    at_desk(scenario)


@pytest.mark.parametrize("option", ["limit", "until"])
def test_bounds_stop_it_and_the_same_goes_on(option):
    async def scenario(desk):
        run = await bought(desk)
        bound = 2 if option == "limit" else desk.clock.now() + timedelta(seconds=3.5)
        outcome = await desk.release(run, rate=4, **{option: bound})
        assert outcome.exit_code == 8
        assert 0 < outcome.released < 6
        assert outcome.left == 6 - outcome.released
        if option == "limit":
            assert outcome.released == 2
        assert (await desk.release(run)).exit_code == 0
        assert sorted(given_back(desk)) == NUMBERS

    at_desk(scenario)


def test_what_others_gave_back_is_said_to_be_released_and_asked_about_once_its_delay_has_passed():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.give_back_by_hand(NUMBERS[2])
        await desk.clock.sleep(100)
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released, outcome.gone) == (0, 6, 1)
        assert NUMBERS[2] not in given_back(desk)
        assert desk.counted("a") == {RELEASED: 6}

    at_desk(scenario)


def test_what_somebody_bought_anew_by_hand_is_kept():
    async def scenario(desk):
        run = await bought(desk)
        await desk.clock.sleep(7200)
        desk.provider.give_back_by_hand(NUMBERS[2])
        desk.provider.world.buy_by_hand(NUMBERS[2])
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released) == (4, 5)
        assert "somebody bought it anew" in outcome.kept[NUMBERS[2]]
        assert NUMBERS[2] in held(desk)

    at_desk(scenario)


def test_an_account_that_tells_no_dates_keeps_everything():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.answers = lambda _, true: replace(true, created=None) if isinstance(true, Owned) else true
        outcome = await desk.release(run)
        assert (outcome.exit_code, outcome.released, len(outcome.kept)) == (4, 0, 6)
        assert given_back(desk) == []

    at_desk(scenario)


def test_marks_tell_whose_purchase_it_is_where_dates_do_not():
    async def scenario(desk):
        run = await bought(desk, mark=True)
        desk.provider.answers = lambda _, true: replace(true, created=None) if isinstance(true, Owned) else true
        assert (await desk.release(run)).exit_code == 0

    at_desk(scenario)


@pytest.mark.parametrize("mood", ["yes to all", "no to all", "nothing"])
def test_an_account_query_that_lies_or_fails_gives_nothing_back(mood):
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.answers = lambda asked, true: {
            "yes to all": Owned(asked, None, None, getattr(true, "created", None), "", {}),
            "no to all": NotOwned("-440"),
            "nothing": Unclear("failed"),
        }[mood]
        outcome = await desk.release(run)
        assert outcome.exit_code == (4 if mood == "no to all" else 5)
        assert outcome.halt_reason or len(outcome.kept) == 6
        assert given_back(desk) == []
        assert desk.counted("a") == {PURCHASED: 6}

    at_desk(scenario)


def test_where_nothing_is_left_to_check_by_the_last_ones_doubt_is_said():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_script = {NUMBERS[-1]: [reset(0.05)]}
        outcome = await desk.release(run)
        assert outcome.released == 5
        assert given_back(desk)[-1] == NUMBERS[-1], "it vouched for the others"
        assert (outcome.exit_code, outcome.in_doubt) == (6, [NUMBERS[-1]])
        assert "--accept" in desk.words()
        assert len(desk.told(Alarm)) == 1
        assert (await desk.resolve(run)).exit_code == 6, "nobody knows yet whether it was"
        accepted = await desk.resolve(run, accept={NUMBERS[-1]: False}, by="ann")
        assert accepted.exit_code == 0
        assert desk.counted("a") == {RELEASED: 6}

    at_desk(scenario)


def test_a_doubt_that_a_process_has_left_is_ended_by_the_next_by_a_run_and_by_resolve():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_fault = lambda _: lost(0.05, takes=1.0)
        for index, end in enumerate(("release", "run", "resolve")):
            desk.stop_soon = asyncio.get_running_loop().call_later(1.0, lambda: desk.stop.request(2))
            outcome = await desk.release(run, only={NUMBERS[index]})
            assert (outcome.exit_code, outcome.in_doubt) == (130, [NUMBERS[index]])
            assert desk.counted("a").get(RELEASED, 0) == index
            desk.notices.clear()
            match end:
                case "release":
                    assert (await desk.release(run, only={NUMBERS[index]})).exit_code == 0
                case "run":
                    assert (await desk.buy(orders("a", NUMBERS))).exit_code == 0
                case _:
                    assert (await desk.resolve(run)).exit_code == 0
            assert desk.counted("a")[RELEASED] == index + 1
            assert [one.status for one in desk.told(Moved) if one.number == NUMBERS[index]][-1] is RELEASED
        assert given_back(desk) == NUMBERS[:3]

    at_desk(scenario)


def test_an_interruption_waits_for_what_is_under_way_and_a_second_one_leaves_it_in_doubt():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_fault = lambda _: Fault(None, 0.05, 3.0)
        for _ in range(2):
            asyncio.get_running_loop().call_later(2.0, lambda: desk.stop.request(15))
            outcome = await desk.release(run, rate=50, workers=1)
            assert outcome.exit_code == 143
        assert (outcome.released, outcome.in_doubt) == (1, [])
        for after in (2.0, 2.1):
            asyncio.get_running_loop().call_later(after, lambda: desk.stop.request(2))
        outcome = await desk.release(run, workers=1)
        assert (outcome.exit_code, len(outcome.in_doubt)) == (130, 1)
        assert (await desk.release(run)).exit_code == 0
        assert len(given_back(desk)) == len(set(given_back(desk))) == 6

    at_desk(scenario)


def test_a_release_that_is_killed_at_any_step_is_gone_on_with_and_nothing_is_given_back_twice_blindly():
    async def scenario(desk):
        run = await bought(desk, numbers=NUMBERS[:3])
        await bought(desk, "b", [number(50)])
        step = 1
        while await desk.release_until_killed(run, at_step=step):
            step += 4
        desk.runs["a"] = run
        assert step > 20
        assert held(desk) == {number(50)}
        assert (await desk.release(run)).exit_code == 0
        assert desk.counted("a") == {RELEASED: 3}

    at_desk(scenario)


def test_a_number_in_doubt_is_not_given_back():
    async def scenario(desk):
        desk.provider.script = {NUMBERS[0]: [lost(0.05, takes=5.0)]}
        asyncio.get_running_loop().call_later(6.0, lambda: desk.stop.request(2))
        outcome = await desk.buy(orders("a", NUMBERS), workers=1)
        assert outcome.exit_code == 130
        outcome = await desk.release(outcome.run)
        assert outcome.exit_code == 4
        assert "numbatch resolve" in outcome.kept[NUMBERS[0]]
        assert NUMBERS[0] not in given_back(desk)
        assert (await desk.release(desk.runs["a"], only=NUMBERS[1:2])).kept == {}
        await bought(desk, "b", [number(50), number(51)])
        assert (await desk.release(desk.runs["b"], only=[number(50)])).exit_code == 0

    at_desk(scenario)


def test_a_full_disk_halts_it():
    async def scenario(desk):
        run = await bought(desk)
        settings = desk.settings()
        ledger = await desk.open(settings)
        session = desk.session(ledger, settings)
        batches = ledger._writer._batches
        execute, intents = batches._execute, []

        def full(statement):
            if statement == "COMMIT" and len(given_back(desk)) >= 2 and not intents:
                intents.append(1)
                raise OSError("disk full")
            return execute(statement)

        batches._execute = full
        outcome = await release_run(run, session)
        assert outcome.exit_code == 5
        assert desk.told(Halted)
        await ledger.close()
        assert (await desk.release(run)).exit_code in {0, 6}

    at_desk(scenario)


def test_giving_back_does_not_change_why_rows_were_not_sent():
    async def scenario(desk):
        outcome = await desk.buy(orders("a", NUMBERS), limit=3)
        before = [row.why for row in desk.rows("a")]
        await desk.release(outcome.run)
        assert [row.why for row in desk.rows("a")] == before

    at_desk(scenario)


def test_another_runs_doubt_is_left_to_that_run():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.script = {number(60): [lost(takes=1.0)]}
        asyncio.get_running_loop().call_later(2.0, lambda: desk.stop.request(2))
        await desk.buy(orders("b", [number(60)]))
        assert (await desk.release(run)).exit_code == 0
        assert desk.rows("b")[0].status is Status.DOUBT

    at_desk(scenario)


def test_many_are_asked_about_a_few_at_a_time_and_no_more_than_a_limit_needs():
    async def scenario(desk):
        numbers = [number(n) for n in range(70)]
        run = await bought(desk, numbers=numbers)
        asked = len(desk.provider.questions)
        outcome = await desk.release(run, limit=5)
        assert (outcome.exit_code, outcome.released, outcome.left) == (8, 5, 65)
        assert len(desk.provider.questions) - asked < 30
        assert (await desk.release(run)).exit_code == 0
        assert held(desk) == set()

    at_desk(scenario)


@pytest.mark.parametrize("doubt", [False, True])
def test_an_interruption_does_not_wait_for_questions(doubt):
    async def scenario(desk):
        run = await bought(desk)
        await bought(desk, "b", [number(50)])
        desk.provider.release_fault = lambda _: lost(takes=1.0)
        desk.provider.inquiry_takes = 20.0
        soon = 30.0 if not doubt else 130.0
        began = desk.clock.elapsed()
        asyncio.get_running_loop().call_later(soon, lambda: desk.stop.request(2))
        outcome = await desk.release(run, only=NUMBERS[:1])
        assert outcome.exit_code == 130
        assert len(outcome.in_doubt) == doubt
        assert desk.clock.elapsed() - began < soon + 2

    at_desk(scenario)


def test_an_account_that_is_refused_while_doubts_are_asked_about_leaves_them():
    async def scenario(desk):
        run = await bought(desk)
        await bought(desk, "b", [number(50)])
        desk.provider.release_fault = lambda _: reset(0.05)
        began = desk.clock.elapsed()
        desk.provider.answers = lambda _, true: Blocked(100) if desk.clock.elapsed() - began > 50 else true
        outcome = await desk.release(run, only=NUMBERS[:1])
        assert (outcome.exit_code, outcome.in_doubt) == (6, NUMBERS[:1])
        assert "refused (100)" in outcome.halt_reason

    at_desk(scenario)


def test_a_number_with_a_request_still_open_is_given_back_once_that_can_be_executed_no_more():
    async def scenario(desk):
        run = await bought(desk, numbers=NUMBERS[1:])
        settings = desk.settings()
        ledger = await desk.open(settings)
        session = desk.session(ledger, settings)
        begun = await ledger.begin(orders("c", NUMBERS[:1]), session.facts)
        [row] = await ledger.open_rows(begun, -1, 9)
        first = await ledger.claim(begun, row, settings.bounds)
        await ledger.answer(begun, row, TooMany(first.attempt, 1, begun.run.name), AnswerNote())
        second = await ledger.claim(begun, row, settings.bounds)
        await ledger.answer(begun, row, Unanswered(second.attempt, 1, begun.run.name), AnswerNote())
        desk.provider.world.charge("ann", NUMBERS[0])
        await ledger.answer(begun, row, Success(first.attempt, 1, begun.run.name), AnswerNote())
        await ledger.close()
        began = desk.clock.elapsed()
        outcome = await desk.release(begun.run)
        assert (outcome.exit_code, outcome.released) == (0, 1)
        assert desk.clock.elapsed() - began >= 60
        assert given_back(desk) == NUMBERS[:1]
        assert run.name != begun.run.name

    at_desk(scenario)


def test_a_doubt_of_a_number_that_is_not_wanted_now_is_ended_and_the_number_stays():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_script = {NUMBERS[0]: [lost(takes=1.0)]}
        asyncio.get_running_loop().call_later(1.0, lambda: desk.stop.request(2))
        assert (await desk.release(run, only=NUMBERS[:1])).in_doubt == NUMBERS[:1]
        [told, *others] = Judge(CODES, run.name).results(desk.rows("a"))
        assert "Being given back" in told.reason
        assert f"numbatch release {run.name}" in told.todo
        assert not any(one.reason for one in others)
        outcome = await desk.release(run, only=NUMBERS[1:2])
        assert (outcome.exit_code, outcome.released) == (0, 1)
        assert not any(row.giving_back for row in desk.rows("a"))
        assert given_back(desk) == NUMBERS[:2]
        assert desk.counted("a") == {PURCHASED: 5, RELEASED: 1}

    at_desk(scenario)


def test_a_verdict_that_the_ledger_finds_too_early_is_asked_for_again():
    async def scenario(desk):
        run = await bought(desk)
        desk.provider.release_script = {NUMBERS[0]: [reset(0.05)]}
        settings = desk.settings(resolve_horizon=30.0)
        ledger = await desk.open(desk.settings())
        outcome = await release_run(run, desk.session(ledger, settings))
        await ledger.close()
        assert (outcome.exit_code, outcome.released) == (0, 6)

    at_desk(scenario)


def test_a_ledger_that_can_not_note_the_end_says_so(monkeypatch):
    async def end(*_):
        raise LedgerError("the disk is full")

    async def scenario(desk):
        run = await bought(desk)
        monkeypatch.setattr(SqliteLedger, "end", end)
        with pytest.raises(LedgerError):
            await desk.release(run)

    at_desk(scenario)


def test_an_interruption_does_not_wait_for_the_balance():
    async def scenario(desk):
        run = await bought(desk, numbers=NUMBERS[:1])

        def fault(_):
            asyncio.get_running_loop().call_later(1.0, lambda: desk.stop.request(2))
            return Fault(None, 0.05)

        desk.provider.release_fault = fault
        outcome = await desk.release(run, rate=Decimal("0.05"))
        assert (outcome.exit_code, outcome.released) == (130, 1)
        with desk.reading() as reader:
            assert reader.report(run).invocations[-1].end.closing_balance is None

    at_desk(scenario)


@pytest.mark.parametrize("ended", ["finished", "killed"])
@pytest.mark.parametrize("aside", ["release", "resolve"])
def test_why_rows_were_not_sent_stays_what_stopped_the_buying_whatever_becomes_of_a_release_or_resolve(aside, ended):
    async def scenario(desk):
        wanted = orders("a", NUMBERS)
        outcome = await desk.buy(wanted, until=desk.clock.now() + timedelta(seconds=3), rate=Decimal(1))
        left = {row.number for row in desk.rows("a") if row.status is Status.NOT_SENT}
        assert left
        if ended == "killed":
            work = release_run if aside == "release" else resolve_run
            assert await desk.buy_until_killed(wanted, at_step=3, work=lambda _, one: work(outcome.run, one))
        elif aside == "release":
            await desk.release(outcome.run)
        else:
            await desk.resolve(outcome.run)
        stayed = [row for row in desk.rows("a") if row.number in left]
        assert {(row.status, row.why) for row in stayed} == {(Status.NOT_SENT, Why.UNTIL)}
        assert (await desk.buy(wanted, limit=0)).exit_code == 8
        assert {row.why for row in desk.rows("a") if row.number in left} == {Why.LIMIT}

    at_desk(scenario)
