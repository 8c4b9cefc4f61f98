"""The workers, where another process shares the ledger, the machine sleeps, or the ledger says what nobody expects."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from support.desk import DOUBT, NOT_SENT, OWNED, PURCHASED, REFUSED, at_desk, orders
from support.world import THROTTLED, code, lost, number, truth

from batch.ledger.attempts import NotClaimed
from batch.ledger.events import NumberRow, State
from batch.ledger.records import Why
from batch.ledger.states import Step
from batch.pool.brakes import Brakes
from batch.pool.notices import Alarm
from batch.pool.options import Brake, PoolOptions
from batch.provider.protocol import Capabilities
from batch.session import buy_orders

N = [number(n) for n in range(100)]


class Instead:
    """A ledger that answers some calls about some number otherwise: another process has been there."""

    def __init__(self, inner, **instead):
        self._inner, self._instead = inner, instead

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        change = self._instead.get(name)
        if change is None:
            return found

        async def call(*arguments, **named):
            return await change(found, *arguments, **named)

        return call


async def _buy(desk, wanted, *, instead, **options):
    settings = desk.settings(**options)
    desk.provider.label = wanted.key
    ledger = await desk.open(settings)
    try:
        outcome = await buy_orders(wanted, desk.session(Instead(ledger, **instead), settings))
    finally:
        await ledger.close()
    desk.runs[wanted.key] = outcome.run
    return outcome


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (NotClaimed(Why.ELSEWHERE, NumberRow(State.DOUBT, run="other")), NOT_SENT),
        (NotClaimed(None, NumberRow(State.DOUBT, run="other")), NOT_SENT),
        (NotClaimed(None, NumberRow(State.HELD)), OWNED),
        (NotClaimed(None, NumberRow(State.BOUGHT, buyer="other")), OWNED),
        (NotClaimed(None, NumberRow(State.REFUSED)), NOT_SENT),
        (NotClaimed(Why.RELEASED, NumberRow()), NOT_SENT),
    ],
)
def test_a_claim_that_another_process_forestalled_goes_to_whom_it_belongs(claim, status):
    async def scenario(desk):
        if status is OWNED:
            desk.provider.already_ours(N[2])
        claims = []

        async def once(found, begun, row, bounds, mark):
            if row.number == N[2]:
                claims.append(row)
                # once the doubt is found to be none any more, the row comes back, and is refused for good
                return claim if len(claims) == 1 else NotClaimed(None, NumberRow(State.REFUSED))
            return await found(begun, row, bounds, mark)

        outcome = await _buy(desk, orders("a", N[:5]), instead={"claim": once})
        assert outcome.counts[PURCHASED] == 4
        assert desk.statuses("a")[2] is status
        assert not desk.provider.sent(N[2])

    at_desk(scenario)


@pytest.mark.parametrize("state", [State.HELD, State.RELEASING, State.RELEASE_DOUBT])
def test_an_answer_that_somebody_elses_word_came_before_ends_the_row(state):
    async def scenario(desk):
        async def change(found, begun, row, event, note):
            step = await found(begun, row, event, note)
            return Step("P10", NumberRow(state), alarm="look here") if row.number == N[2] else step

        outcome = await _buy(desk, orders("a", N[:5]), instead={"answer": change})
        assert outcome.exit_code == 0
        assert desk.told(Alarm) == [Alarm("look here")]

    at_desk(scenario)


def test_an_intent_that_grew_old_while_the_machine_slept_is_not_sent_and_planned_again():
    async def scenario(desk):
        async def change(found, begun, row, bounds, mark):
            claimed = await found(begun, row, bounds, mark)
            if row.number == N[2] and not slept:
                slept.append(row)
                desk.clock.skew += 3600.0  # the wall clock went on, the other stood still
            return claimed

        slept = []
        outcome = await _buy(desk, orders("a", N[:5]), instead={"claim": change}, workers=1)
        assert (outcome.exit_code, len(desk.provider.sent(N[2]))) == (0, 1)
        with desk.reading() as reader:
            reasons = [one.reason for one in reader.attempts(outcome.run) if one.number == N[2]]
        assert reasons == ["the intent was too old to be sent", ""]
        desk.check()

    at_desk(scenario)


def test_what_is_claimed_when_the_run_is_called_off_is_not_sent():
    async def scenario(desk):
        claims = defaultdict(int)

        async def change(found, begun, row, bounds, mark):
            claims[row.number] += 1
            claimed = await found(begun, row, bounds, mark)
            if row.number == N[3]:
                desk.stop.request(2)
            return claimed

        outcome = await _buy(desk, orders("a", N[:20]), instead={"claim": change}, workers=1)
        assert (outcome.exit_code, claims[N[3]], desk.provider.sent(N[3])) == (130, 1, [])
        assert desk.statuses("a")[3] is NOT_SENT
        desk.check()

    at_desk(scenario)


def test_time_that_is_over_between_slot_and_claim_is_noticed():
    async def scenario(desk):
        until = desk.clock.now()
        outcome = await desk.buy(orders("a", N[:3]), until=until, workers=1)
        assert (outcome.exit_code, len(desk.provider.sends)) == (8, 0)

    at_desk(scenario)


def test_a_clock_that_jumps_past_the_time_ends_the_sending_at_once():
    async def scenario(desk):
        async def change(found, begun, row, bounds, mark):
            if row.number == N[2]:
                desk.clock.skew += 7200.0
            return await found(begun, row, bounds, mark)

        until = desk.clock.now() + timedelta(hours=1)
        outcome = await _buy(desk, orders("a", N[:9]), instead={"claim": change}, workers=1, until=until)
        assert (outcome.exit_code, outcome.counts[PURCHASED], desk.provider.sent(N[2])) == (8, 2, [])
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("most", [2, 3, 4, 5])
def test_what_was_answered_429_is_bought_before_a_bound_ends_the_run(most):
    async def scenario(desk):
        desk.provider.script = {N[n]: [THROTTLED] for n in (1, 2)}
        outcome = await desk.buy(orders("a", N[:9]), max_numbers=most)
        assert (outcome.exit_code, desk.statuses("a")) == (8, [PURCHASED] * most + [NOT_SENT] * (9 - most))
        desk.check()

    at_desk(scenario)


def test_numbers_are_claimed_in_the_order_of_the_sheet_whatever_holds_them_up():
    async def scenario(desk):
        desk.provider.script = {N[0]: [THROTTLED, lost(takes=2.0)], N[1]: [truth(takes=3.0)], N[4]: [code(-275)]}
        order = []

        async def change(found, begun, row, bounds, mark):
            claimed = await found(begun, row, bounds, mark)
            if not isinstance(claimed, NotClaimed):
                order.append(row.position)
            return claimed

        await _buy(desk, orders("a", N[:30]), instead={"claim": change}, max_numbers=25)
        firsts = list(dict.fromkeys(order))
        assert firsts == list(range(len(firsts)))
        desk.check()

    at_desk(scenario)


def test_at_a_bound_the_cheaper_number_behind_does_not_overtake():
    async def scenario(desk):
        wanted = orders("a", N[:6], price=lambda one: Decimal(9) if one == N[2] else Decimal(3))
        desk.provider.script = {N[1]: [lost(takes=1.0)]}
        outcome = await desk.buy(wanted, max_spend=Decimal(14), max_attempts=1)
        assert desk.statuses("a") == [PURCHASED, NOT_SENT, PURCHASED, NOT_SENT, NOT_SENT, NOT_SENT]
        assert outcome.exit_code == 8
        desk.check()

    at_desk(scenario)


def test_refusals_below_the_brakes_percentage_do_not_halt():
    brakes = Brakes(PoolOptions(brake=Brake()), [].append)
    for n in range(100):
        brakes.outcome(N[n], refused=-275 if n % 10 == 9 else None)
    assert not brakes.ending


def test_a_process_that_only_waits_for_reserved_numbers_costs_no_requests():
    async def scenario(desk):
        desk.provider.world.reserve(N[1], 500)
        outcome = await desk.buy(orders("a", N[:2]))
        assert (outcome.exit_code, len(desk.provider.sends)) == (0, 1 + 10)

    at_desk(scenario)


def test_a_second_signal_amid_a_claim_leaves_a_ledger_that_the_next_run_can_use():
    async def scenario(desk):
        async def change(found, begun, row, bounds, mark):
            claimed = await found(begun, row, bounds, mark)
            if row.number == N[3]:
                desk.stop.request(2)
                desk.stop.request(2)
                await asyncio.sleep(1)
            return claimed

        outcome = await _buy(desk, orders("a", N[:9]), instead={"claim": change}, workers=1)
        assert (outcome.exit_code, outcome.counts[DOUBT]) == (130, 1)
        assert (await desk.buy(orders("a", N[:9]))).exit_code == 0
        desk.check()

    at_desk(scenario)


def test_a_refused_row_counts_once_for_the_brake():
    async def scenario(desk):
        desk.provider.script = {N[n]: [THROTTLED, code(-275)] for n in (1, 2)}
        outcome = await desk.buy(orders("a", N[:9]), brake=Brake(count=2, percent=None))
        assert (outcome.exit_code, desk.statuses("a")[1:3]) == (4, [REFUSED, REFUSED])

    at_desk(scenario)


def test_a_mark_is_on_disk_before_it_is_sent_and_each_attempt_has_its_own():
    async def scenario(desk):
        kept = {}

        async def claim(found, begun, row, bounds, mark):
            claimed = await found(begun, row, bounds, mark)
            kept.setdefault(row.number, []).append(claimed.sent_with)
            return claimed

        sent = {}
        buy = desk.provider.buy

        async def note(purchase):
            sent.setdefault(purchase.number, []).append(purchase.mark)
            return await buy(purchase)

        desk.provider.buy = note
        desk.provider.script = {N[1]: [THROTTLED]}
        await _buy(desk, orders("a", N[:3]), instead={"claim": claim}, mark=True)
        assert sent == kept
        marks = [mark for several in sent.values() for mark in several]
        assert len(sent[N[1]]) == 2
        assert len(set(marks)) == len(marks) == 4
        assert all(len(mark) == 10 for mark in marks)

    at_desk(scenario)


@pytest.mark.parametrize("can", [True, False])
def test_no_mark_is_sent_unless_it_is_wanted_and_the_provider_shows_it_again(can):
    async def scenario(desk):
        desk.provider.capabilities = Capabilities(mark=can)
        await desk.buy(orders("a", N[:3]), mark=not can)
        assert all("Description" not in holding.order for holding in desk.provider.world.record().holdings)

    at_desk(scenario)
