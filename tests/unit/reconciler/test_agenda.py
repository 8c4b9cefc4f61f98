"""When a number in doubt is asked about: from the delay on, at growing intervals, exactly once the horizon has passed."""

from dataclasses import replace

from support.virtual import VirtualClock, virtual

from batch.ledger.attempts import OpenRow
from batch.ledger.states import Timing
from batch.number import Number
from batch.reconciler.agenda import Agenda, Question

ONE, TWO = Number("12025550001"), Number("12025550002")
ROW = OpenRow(0, ONE, {}, None)


async def _times(agenda, clock, until, *, answered=True):
    """When questions come due, each put back at once."""
    times = []
    while clock.elapsed() < until and agenda.next_in() < float("inf"):
        await clock.sleep(agenda.next_in())
        while (question := agenda.take_due()) is not None:
            times.append(round(clock.elapsed(), 1))
            question.asked += 1
            agenda.schedule(question)
    return times


def test_a_question_comes_due_after_the_delay_then_at_growing_intervals_at_the_horizon_and_rarely_later():
    async def scenario():
        clock = VirtualClock()
        agenda = Agenda(Timing(delay=10, horizon=60), clock)
        agenda.add(Question(ONE, None, clock.elapsed()))
        return await _times(agenda, clock, 400)

    assert virtual(scenario()) == [10, 20, 40, 60, 120, 180, 240, 300, 360, 420]


def test_an_age_that_was_waited_for_is_never_short_of_it():
    async def scenario():
        clock = VirtualClock()
        short = 0
        for n in range(200):
            await clock.sleep(0.1 + n / 7)
            agenda = Agenda(Timing(delay=0.3, horizon=0.7), clock)
            question = Question(ONE, None, clock.elapsed())
            agenda.add(question)
            await clock.sleep(agenda.next_in())
            while agenda.take_due() is None:
                await clock.sleep(agenda.next_in())
            short += clock.elapsed() - question.since < 0.3
        return short

    assert virtual(scenario()) == 0


def test_a_question_that_is_struck_off_is_not_asked():
    async def scenario():
        clock = VirtualClock()
        agenda = Agenda(Timing(), clock)
        question = Question(ONE, None, 0.0)
        agenda.add(question)
        assert agenda.remove(question)
        assert not agenda.remove(question)
        await clock.sleep(100)
        return agenda.take_due(), len(agenda), agenda.all(), agenda.next_in()

    assert virtual(scenario()) == (None, 0, [], float("inf"))


def test_a_number_is_asked_about_once_and_its_row_is_noted():
    async def scenario():
        agenda = Agenda(Timing(), VirtualClock())
        first = Question(ONE, None, 0.0)
        agenda.add(first)
        agenda.add(Question(ONE, ROW, 5.0))
        agenda.add(Question(TWO, replace(ROW, number=TWO), 5.0))
        return len(agenda), first.row, first.since

    assert virtual(scenario()) == (2, ROW, 0.0)


def test_silence_counts_from_the_first_answer_that_could_not_be_used():
    async def scenario():
        clock = VirtualClock()
        agenda = Agenda(Timing(), clock)
        question = Question(ONE, None, 0.0)
        first = agenda.silence(question)
        await clock.sleep(30)
        return first, agenda.silence(question)

    assert virtual(scenario()) == (0.0, 30.0)
