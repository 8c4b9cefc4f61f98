"""One release: what must not leave does not, and that is recorded."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from support.virtual import VirtualClock, virtual
from support.world import WorldProvider, number

from batch.clock import mark
from batch.ledger.attempts import BoughtRow, Claimed, OpenRow
from batch.ledger.events import CertainlyNotSent, NumberRow, State
from batch.ledger.records import Begun, Run
from batch.ledger.states import Forbidden
from batch.pool.brakes import Brakes
from batch.pool.options import PoolOptions
from batch.pool.pacer import Slot
from batch.pool.releaser import Releaser, Sent

NUMBER = number(1)
BOUGHT = BoughtRow(OpenRow(0, NUMBER, {}, None), NumberRow(State.BOUGHT, version=2), (), None, "answer")


class Books:
    """A ledger that says yes, or that its guard is false; what was recorded stands in `answers`."""

    def __init__(self, clock, *, forbidden=False):
        self.clock = clock
        self.forbidden = forbidden
        self.answers = []

    async def release(self, begun, row, event):
        if self.forbidden:
            raise Forbidden
        return Claimed(2, 1, mark(self.clock), NumberRow(State.RELEASING, attempt=2, version=3, open=2))

    async def answer(self, begun, row, event, note):
        self.answers.append((event, note.reason))


class Slots:
    """A pacer whose departure does what a test wants."""

    def __init__(self, meanwhile=None):
        self.meanwhile = meanwhile
        self.returned = 0

    async def slot(self, priority):
        return Slot(0.0, priority, None)

    def give_back(self, slot):
        self.returned += 1

    async def depart(self, slot):
        if self.meanwhile is not None:
            await self.meanwhile()


def give_back(meanwhile=None, *, forbidden=False, until=None):
    async def scenario():
        clock = VirtualClock()
        provider, books, slots = WorldProvider(clock), Books(clock, forbidden=forbidden), Slots()
        options = PoolOptions(until=until)
        brakes = Brakes(options, lambda _: None)
        slots.meanwhile = None if meanwhile is None else lambda: meanwhile(brakes, clock)
        run = Run("7f3a", "k", (), (), 1, datetime(2026, 11, 21, tzinfo=UTC))
        releaser = Releaser(
            Begun(run, 1, continued=True),
            provider=provider,
            ledger=books,
            pacer=slots,
            brakes=brakes,
            options=options,
            clock=clock,
            tell=lambda _: None,
        )
        try:
            sent = await releaser.release(BOUGHT, 100.0)
        except asyncio.CancelledError:
            sent = None
        await releaser.close()
        return sent, books.answers, len(provider.releases), slots.returned

    return virtual(scenario())


def test_what_the_table_forbids_is_not_sent_and_another_may_have_its_slot():
    assert give_back(forbidden=True) == (Sent.UNSENT, [], 0, 1)


async def _halted(brakes, clock):
    brakes.halt("the disk is full")


async def _slept(brakes, clock):
    await clock.sleep(5.0)


async def _cancelled(brakes, clock):
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("meanwhile", "sent", "reason"),
    [
        (_halted, Sent.NOT_BEGUN, "the run ended before it was sent"),
        (_slept, Sent.UNSENT, "the intent was too old to be sent"),
        (_cancelled, None, "stopped before it was sent"),
    ],
)
def test_what_must_not_leave_any_more_is_recorded_as_unsent(meanwhile, sent, reason):
    told, [(event, said)], releases, _ = give_back(meanwhile)
    assert (told, said, releases) == (sent, reason, 0)
    assert event == CertainlyNotSent(2, 1, "7f3a")


def test_nothing_begins_when_the_time_is_over():
    assert give_back(until=datetime(2026, 1, 1, tzinfo=UTC)) == (Sent.NOT_BEGUN, [], 0, 1)


async def _nothing(brakes, clock):
    pass


def test_what_the_provider_does_not_hold_is_no_release():
    told, [(_, said)], releases, _ = give_back(_nothing)
    assert (told, said, releases) == (Sent.DOUBT, "not given back (-440)", 1)
