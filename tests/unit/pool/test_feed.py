"""Which row is next: in the order of the sheets, a chunk at a time, and again when its time has come."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from support.virtual import VirtualClock, virtual

from batch.ledger.attempts import OpenRow
from batch.number import Number
from batch.plan.quote import Quote
from batch.pool.feed import Feed


def _row(position):
    return OpenRow(position, Number(f"1202555{position:04}"), {}, None)


class Sheets:
    """A ledger of `count` open rows, whose disk takes its time."""

    def __init__(self, count):
        self.rows = [_row(n) for n in range(count)]
        self.reads = []
        self.looks = 0
        self.alternatives = []
        self.gone = set()
        """Positions of the alternatives whose turn it is."""

    async def open_rows(self, begun, after, count, *, retry_refused, rebuy):
        self.reads.append(after)
        await asyncio.sleep(0.01)
        return [row for row in self.rows if row.position > after][:count]

    async def open_alternatives(self, begun, gone, *, retry_refused):
        self.looks += 1
        await asyncio.sleep(0.01)
        return [row for row in self.alternatives if row.position in self.gone]


def _feed(count, gone=()):
    sheets = Sheets(count)
    return Feed(sheets, None, VirtualClock(), gone=gone), sheets


def test_many_workers_share_one_reading_and_no_row_is_handed_out_twice_or_left_out():
    async def scenario():
        feed, sheets = _feed(2500)
        taken = []
        most = 0

        async def work():
            nonlocal most
            while (row := await feed.take()) is not None:
                taken.append(row.position)
                most = max(most, len(feed._ready))
                await asyncio.sleep(0.001)
                feed.done()

        await asyncio.gather(*(work() for _ in range(20)))
        return taken, sheets.reads, most, feed.finished

    taken, reads, most, finished = virtual(scenario())
    assert taken == list(range(2500))
    assert reads == [-1, 999, 1999, 2499]
    assert most < 1000
    assert finished


def test_it_is_finished_only_when_nothing_is_outstanding():
    async def scenario():
        feed, _ = _feed(1)
        row = await feed.take()
        waiting = asyncio.create_task(feed.take())
        await asyncio.sleep(1)
        assert not waiting.done()
        feed.again(row, 5.0)
        again = await waiting
        at = feed._clock.elapsed()
        feed.done()
        return again, at, await feed.take()

    again, at, last = virtual(scenario())
    assert (again.position, last) == (0, None)
    assert 6.0 <= at <= 6.1


def test_what_comes_back_goes_first_in_the_order_of_the_sheets_and_the_soonest_wakes():
    async def scenario():
        feed, _ = _feed(6)
        first, second, third = [await feed.take() for _ in range(3)]
        feed.again(third, 0)
        feed.again(first, 0)
        feed.again(second, 0.5)
        order = [(await feed.take()).position for _ in range(2)]
        await asyncio.sleep(1)
        order += [(await feed.take()).position for _ in range(4)]
        return order

    assert virtual(scenario()) == [0, 2, 1, 3, 4, 5]


def test_a_sooner_row_is_not_kept_waiting_by_a_later_one():
    async def scenario():
        feed, _ = _feed(2)
        first, second = [await feed.take() for _ in range(2)]
        feed.again(first, 100.0)
        waiting = asyncio.create_task(feed.take())
        await asyncio.sleep(10)
        feed.again(second, 5.0)
        row = await waiting
        return row.position, feed._clock.elapsed()

    position, at = virtual(scenario())
    assert (position, 15 <= at <= 16.1) == (1, True)


def test_a_row_that_somebody_else_took_at_its_time_leaves_the_timer_nothing_to_do():
    async def scenario():
        feed, _ = _feed(1)
        row = await feed.take()
        asyncio.get_running_loop().call_at(feed._clock.elapsed() + 1.0, feed._changed.set)
        feed.again(row, 1.0)
        taken = await feed.take()
        await asyncio.sleep(5)
        feed.done()
        return taken.position, feed.finished

    assert virtual(scenario()) == (0, True)


def test_closed_it_hands_out_nothing_and_whoever_waits_is_told():
    async def scenario():
        feed, _ = _feed(2)
        row = await feed.take()
        await feed.take()
        feed.again(row, 1000.0)
        feed.expect(_row(1))
        waiting = asyncio.create_task(feed.take())
        await asyncio.sleep(1)
        feed.close()
        return await waiting, await feed.take(), feed.idle, feed._clock.elapsed() < 3

    assert virtual(scenario()) == (None, None, True, True)


def test_a_row_that_was_found_in_doubt_is_handed_out_once_though_the_ledger_has_it_open_by_then():
    async def scenario():
        feed, _ = _feed(3)
        feed.expect(_row(1))
        first = await feed.take()
        feed.again(_row(1), 0)  # its absence was believed before the feed came to it
        taken = [first.position]
        feed.done()
        while (row := await feed.take()) is not None:
            taken.append(row.position)
            feed.done()
        return taken, feed.finished

    assert virtual(scenario()) == ([0, 1, 2], True)


def test_closed_before_anything_waited_it_needs_no_timer():
    async def scenario():
        feed, _ = _feed(2)
        feed.close()
        return await feed.take()

    assert virtual(scenario()) is None


def test_kept_to_some_rows_it_hands_out_no_other_and_reads_no_more():
    async def scenario():
        feed, sheets = _feed(2000)
        await feed.take()
        await feed.take()
        feed.keep_only({0, 1, 5})
        left = (await feed.take()).position
        for _ in range(3):
            feed.done()
        return left, await feed.take(), sheets.reads

    assert virtual(scenario()) == (5, None, [-1])


def test_a_limit_that_is_reached_while_a_chunk_is_read_discards_it():
    async def scenario():
        feed, _ = _feed(5)
        waiting = asyncio.create_task(feed.take())
        await asyncio.sleep(0)
        feed.keep_only(set())
        return await waiting

    assert virtual(scenario()) is None


def test_rows_that_lead_come_alone_and_once_and_the_others_follow():
    async def scenario():
        feed, _ = _feed(5)
        feed.lead([_row(1), _row(3)])
        assert feed.upcoming == _row(1)
        first = await feed.take()
        second = await feed.take()
        assert feed.idle
        assert feed.upcoming is None
        feed.again(second, 1)  # comes back soon: it is waited for
        feed.done()
        assert (await feed.take()).position == 3
        feed.again(second, 60)  # and this is not
        assert await feed.take() is None
        assert not feed.finished
        feed.follow()
        rest = [(await feed.take()).position for _ in range(3)]
        for _ in rest:
            feed.done()
        return first.position, second.position, rest, (await feed.take()).position

    assert virtual(scenario()) == (1, 3, [0, 2, 4], 3)


def test_the_upcoming_row_is_one_that_is_bought():
    async def scenario():
        sheets = Sheets(0)
        sheets.rows = [_row(0), replace(_row(1), owned=True), replace(_row(2), elsewhere=True), _row(3)]
        feed = Feed(sheets, None, VirtualClock(), quotes={sheets.rows[3].number: Quote(Decimal(1), Decimal(2))})
        await feed.take()
        return feed.upcoming

    assert virtual(scenario()) == replace(_row(3), price=Decimal(3), listed=Decimal(3))


def test_an_alternative_comes_after_all_rows_as_soon_as_its_turn_has_come_and_once():
    async def scenario():
        feed, sheets = _feed(3, {-275})
        sheets.alternatives = [_row(3), _row(4), _row(5)]
        taken = []

        async def work():
            while (row := await feed.take()) is not None:
                taken.append(row.position)
                await asyncio.sleep(0.1)
                if row.position == 1:
                    sheets.gone.add(3)
                if row.position == 3:
                    sheets.gone.add(4)
                feed.done()

        await asyncio.gather(*(work() for _ in range(4)))
        return taken, feed.finished

    assert virtual(scenario()) == ([0, 1, 2, 3, 4], True)


def test_a_row_that_is_decided_late_is_not_missed_by_its_alternative():
    async def scenario():
        feed, sheets = _feed(2, {-275})
        sheets.alternatives = [_row(2)]
        first, second = await feed.take(), await feed.take()
        feed.done()  # the second stays in doubt, for long
        waiting = asyncio.create_task(feed.take())
        await asyncio.sleep(60)
        assert not waiting.done()
        assert not feed.finished
        sheets.gone.add(2)
        feed.done()
        late = await waiting
        feed.done()
        return first.position, second.position, late.position, await feed.take(), sheets.looks

    assert virtual(scenario()) == (0, 1, 2, None, 3)


def test_an_alternative_in_somebody_else_s_hands_is_not_handed_out():
    async def scenario():
        feed, sheets = _feed(1, {-275})
        sheets.alternatives, sheets.gone = [_row(1)], {1}
        feed.expect(_row(1))
        row = await feed.take()
        feed.done()
        feed.again(_row(1), 5)
        again = await feed.take()
        feed.done()
        return row.position, again.position, await feed.take()

    assert virtual(scenario()) == (0, 1, None)


def test_a_limit_that_keeps_few_rows_looks_for_their_alternatives_once():
    async def scenario():
        feed, sheets = _feed(3, {-275})
        sheets.alternatives, sheets.gone = [_row(3)], {3}
        row = await feed.take()
        feed.keep_only({0})
        feed.done()
        other = await feed.take()
        feed.keep_only({0})  # over the limit itself
        feed.done()
        return row.position, other.position, await feed.take(), feed.finished

    assert virtual(scenario()) == (0, 3, None, True)
