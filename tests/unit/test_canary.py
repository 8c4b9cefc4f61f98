"""The canary: what it buys, what it reads back, and that the rest follows only when all of it matches."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from support.desk import DOUBT, NOT_SENT, PURCHASED, at_desk, orders
from support.world import code, lost, number, reset

from batch.ledger.records import Why
from batch.plan.quote import Quote
from batch.pool.notices import Learnt, Phase
from batch.provider.lookups import RingTo
from batch.provider.protocol import Blocked, Capabilities, NotOwned, Owned, Unclear
from batch.session.measure import Readings, measure
from batch.session.readback import ReadBack

N = [number(n) for n in range(60)]
SIP, DIAL = {"Type": "1", "URI": "sip:a@b"}, {"Type": "2", "URI": "4930123456"}


def _wanted(label="a", kinds=(SIP, DIAL), *, count=20, price=Decimal(3)):
    wanted = orders(label, N[:count])
    rows = [replace(row, fields=kinds[at % len(kinds)], price=price) for at, row in enumerate(wanted.rows)]
    return replace(wanted, rows=rows)


def _reported(holding):
    return {"Uri": holding.order.get("URI", ""), "ForwardDestination": holding.order.get("Type", "1")}


def _ready(desk, **more):
    desk.more = {"canary": True, **more}
    desk.provider.reports = _reported


def _canaries(desk):
    return [notice.total for notice in desk.told(Phase) if "canary" in notice.name]


def _learnt(desk):
    return " ".join(notice.words for notice in desk.told(Learnt))


def test_one_number_of_each_kind_is_bought_and_read_back_before_the_rest_follows():
    async def scenario(desk):
        _ready(desk)
        outcome = await desk.buy(_wanted())
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0, 20)
        assert _canaries(desk) == [2]
        assert {sent.number for sent in desk.provider.sends[:2]} == {N[0], N[1]}
        assert max(desk.provider.asked(N[0])[0], desk.provider.asked(N[1])[0]) < desk.provider.sent(N[2])[0]
        assert _learnt(desk) == "canary: 2 numbers bought, 6.00 by the account's prices, the balance fell by 6.00"
        desk.check()

    at_desk(scenario)


def test_each_price_is_among_them_and_a_continued_run_buys_no_canary_again_but_reads_it_back():
    async def scenario(desk):
        quotes = {N[2]: Quote(Decimal(1), Decimal(2)), N[4]: Quote(Decimal(1), Decimal("2.0"))}
        _ready(desk, quotes=quotes)
        wanted = _wanted(price=None)
        first = await desk.buy(wanted, limit=10)
        assert (first.exit_code, first.counts[PURCHASED]) == (8, 10)
        assert [sent.number for sent in desk.provider.sends[:2]] == [N[1], N[2]]
        asked = len(desk.provider.asked())
        assert (await desk.buy(wanted)).exit_code == 0
        assert _canaries(desk) == [2]
        assert len(desk.provider.asked()) > asked
        desk.check()

    at_desk(scenario)


def test_where_nothing_is_left_there_is_no_canary():
    async def scenario(desk):
        _ready(desk)
        await desk.buy(_wanted(count=2))
        again = await desk.buy(_wanted(count=2))
        assert (again.exit_code, _canaries(desk)) == (0, [2])

    at_desk(scenario)


@pytest.mark.parametrize(
    ("reports", "more", "said"),
    [
        (lambda _: {"Uri": "x@y", "ForwardDestination": "1"}, {}, "12025550000: URI differs"),
        (lambda h: {**_reported(h), "ForwardDestination": "7"}, {}, "Type is '7', not '1'"),
        (_reported, {"quotes": {N[0]: Quote(Decimal(1), Decimal(4))}}, "it cost 3.00, and is listed at 5.00"),
        (_reported, {"quotes": {N[0]: Quote(Decimal(1), Decimal(1))}}, "it cost 3.00, and is listed at 2.00"),
        (lambda _: {}, {}, "the account tells nothing of how it is set up"),
    ],
)
def test_what_does_not_match_halts_before_the_rest(reports, more, said):
    async def scenario(desk):
        _ready(desk, **more)
        desk.provider.reports = reports
        outcome = await desk.buy(_wanted(kinds=(SIP,), price=None))
        assert outcome.exit_code == 5
        assert said in outcome.halt_reason
        assert "a@b" not in outcome.halt_reason
        assert len(desk.provider.sends) <= 2
        desk.check()

    at_desk(scenario)


def test_many_differences_are_named_by_the_first_and_counted():
    async def scenario(desk):
        _ready(desk)
        desk.provider.reports = lambda _: {"Uri": "x@y", "ForwardDestination": "7"}
        assert "; and 1 more" in (await desk.buy(_wanted())).halt_reason

    at_desk(scenario)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NotOwned("-440"), "the account does not show it"),
        (Unclear("failed"), "failed"),
        (Owned(N[0], None, None, None, "", {"Uri": "a@b"}), "the account does not tell its price"),
        (Blocked(100), "the account was refused (100)"),
    ],
)
def test_what_can_not_be_read_back_is_no_match(answer, said):
    async def scenario(desk):
        _ready(desk)
        desk.provider.answers = lambda asked, true: answer if asked == N[0] else true
        outcome = await desk.buy(_wanted())
        assert outcome.exit_code == 5
        assert said in outcome.halt_reason
        assert len(desk.provider.sends) == 2

    at_desk(scenario)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (RingTo(N[0], ("a@b",)), 0),
        (RingTo(N[0], ("", "sip:a@B")), 0),
        (RingTo(N[0], ()), 0),
        (Unclear("failed"), 0),
        (RingTo(N[0], ("x@y",)), 5),
        (RingTo(N[0], ("a@b", "x@y")), 5),
    ],
)
def test_where_calls_go_is_held_against_the_order_as_far_as_it_is_told(told, code):
    async def scenario(desk):
        _ready(desk)
        desk.provider.capabilities = Capabilities(mark=True, lookups=True)
        desk.provider.rings = lambda _: told
        outcome = await desk.buy(_wanted(kinds=(SIP,)))
        assert outcome.exit_code == code
        assert ("calls ring elsewhere" in outcome.halt_reason) is bool(code)

    at_desk(scenario)


def test_a_refused_canary_is_replaced_by_the_next_of_its_kind():
    async def scenario(desk):
        _ready(desk)
        desk.provider.script = {N[0]: [code(-275)], N[2]: [code(-220), code(-275)]}
        outcome = await desk.buy(_wanted())
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (4, 18)
        assert _canaries(desk) == [2, 1, 1]

    at_desk(scenario)


@pytest.mark.parametrize(
    ("kinds", "sent", "said"), [((SIP,), 4, "of one of its kinds"), ((SIP, DIAL), 8, "of 2 of its kinds")]
)
def test_where_all_of_a_kind_are_refused_nothing_follows(kinds, sent, said):
    async def scenario(desk):
        _ready(desk)
        desk.provider.fault = lambda _: code(-275)
        outcome = await desk.buy(_wanted(kinds=kinds), brake=None)
        assert (outcome.exit_code, len(desk.provider.sends)) == (5, sent)
        assert f"{said}, 4 numbers in a row were not bought" in outcome.halt_reason

    at_desk(scenario)


def test_a_kind_that_is_refused_whole_has_nothing_that_could_follow():
    async def scenario(desk):
        _ready(desk)
        desk.provider.script = {N[0]: [code(-275)]}
        wanted = _wanted(kinds=(SIP,))
        rows = [replace(wanted.rows[0], fields=DIAL), *wanted.rows[1:]]
        outcome = await desk.buy(replace(wanted, rows=rows))
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (4, 19)

    at_desk(scenario)


def test_a_canary_in_doubt_is_asked_about_and_one_that_stays_so_halts():
    async def scenario(desk):
        _ready(desk)
        desk.provider.script = {N[0]: [reset(0.1)]}
        assert (await desk.buy(_wanted())).counts[PURCHASED] == 20
        desk.provider.script = {number(n): [lost()] for n in range(20, 24)}
        desk.provider.answers = lambda asked, true: true if asked in N[:20] else Unclear("failed")
        other = replace(orders("b", N[20:40]), rows=[replace(row, fields=SIP) for row in orders("b", N[20:40]).rows])
        outcome = await desk.buy(other, outage_give_up_after=90.0)
        assert outcome.counts[DOUBT] == 1
        assert len(desk.provider.sent(*N[20:40])) == 1

    at_desk(scenario)


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        ({"max_numbers": 1}, Why.MAX_NUMBERS),
        ({"max_spend": Decimal(3)}, Why.MAX_SPEND),
    ],
)
def test_bounds_that_are_too_small_for_it_stop_it_as_usual(bounds, why):
    async def scenario(desk):
        _ready(desk)
        outcome = await desk.buy(_wanted(), **bounds)
        assert (outcome.exit_code, outcome.stop, outcome.counts[PURCHASED]) == (8, why, 1)

    at_desk(scenario)


def test_numbers_that_will_not_be_sent_are_none_of_it():
    async def scenario(desk):
        _ready(desk)
        wanted = _wanted(kinds=(SIP,))
        rows = [*wanted.rows[:-1], replace(wanted.rows[-1], fields=DIAL, price=None)]
        outcome = await desk.buy(replace(wanted, rows=rows), max_spend=Decimal(100))
        assert (outcome.exit_code, outcome.counts[PURCHASED], _canaries(desk)) == (8, 19, [1])

    at_desk(scenario)


def test_one_that_is_interrupted_or_killed_goes_on_with_its_canary():
    async def scenario(desk):
        _ready(desk)
        desk.provider.answers = lambda *_: Unclear("failed")
        buying = asyncio.create_task(desk.buy(_wanted()))
        await asyncio.sleep(20)
        desk.stop.request(2)
        assert (await buying).exit_code == 130
        assert len(desk.provider.sends) == 2
        desk.provider.answers = lambda _, true: true
        assert await desk.buy_until_killed(_wanted(), after=0.15)
        outcome = await desk.buy(_wanted())
        assert (outcome.exit_code, outcome.counts[PURCHASED], len(desk.provider.sends)) == (0, 20, 20)
        desk.check()

    at_desk(scenario)


def test_a_busy_account_and_one_without_a_balance_are_not_measurable_and_no_mismatch():
    async def scenario(desk):
        _ready(desk)
        desk.provider.balance_known = False
        assert (await desk.buy(_wanted())).exit_code == 0
        assert "not measurable: the balance is not known" in _learnt(desk)

    at_desk(scenario)


def test_a_purchase_that_really_costs_more_halts():
    async def scenario(desk):
        _ready(desk)
        balance = type(desk.provider)._balance

        async def doubled(self):
            return 2 * await balance(self)

        desk.provider._balance = doubled.__get__(desk.provider)
        outcome = await desk.buy(_wanted())
        assert outcome.exit_code == 5
        assert "2 times what the account says" in outcome.halt_reason
        assert outcome.counts[NOT_SENT] == 18

    at_desk(scenario)


# What the balance tells ----------------------------------------------------------------------------------------------

D = Decimal
TWO = [ReadBack(N[0], (), D(1), D(2)), ReadBack(N[1], (), D(1), D(2))]


@pytest.mark.parametrize(
    ("before", "after", "said", "dearer"),
    [
        ((D(100), D(100)), D(94), "the balance fell by 6.00", False),
        ((D(100), D(100)), D(96), "less than the first month was charged", False),
        ((D(100), D(100)), D(98), "less than the first month was charged", False),
        ((D(100), D(100)), D(88), "2 times", True),
        ((D(100), D(100)), D("92.8"), "1.2 times", True),
        ((D(100), D(100)), D(91), "something else moves it", False),
        ((D(100), D(100)), D(100), "something else moves it", False),
        ((D(100), D(100)), D("93.33"), "something else moves it", False),
        ((D(100), D(99)), D(94), "the account is busy", False),
        ((None, None), D(94), "the balance is not known", False),
        ((D(100), D(100)), None, "the balance is not known", False),
    ],
)
def test_how_the_balance_fell_is_explained_or_said_not_to_be_measurable(before, after, said, dearer):
    measured = measure(TWO, Readings(*before), after)
    assert said in measured.words
    assert measured.dearer is dearer
    assert measured.unexplained is ("something else" in said)


def test_free_numbers_and_prices_that_are_not_told():
    assert measure([ReadBack(N[0], (), D(0), D(0))], Readings(D(5), D(5)), D(5)).words.endswith("fell by 0.00")
    assert measure([ReadBack(N[0], (), D(0), D(0))], Readings(D(5), D(5)), D(4)).unexplained
    assert "does not tell" in measure([ReadBack(N[0], (), None, D(0))], Readings(D(5), D(5)), D(5)).words
    assert ReadBack(N[0], (), None, D(0)).cost is None
    assert TWO[0].cost == D(3)


def test_one_that_stays_in_doubt_is_replaced_and_found_out_by_what_was_bought_instead():
    async def scenario(desk):
        _ready(desk)
        desk.provider.script = {N[0]: [lost(takes=1.0)]}
        outcome = await desk.buy(_wanted(kinds=(SIP,)))
        assert (outcome.exit_code, outcome.counts[PURCHASED]) == (0, 20)
        assert _canaries(desk) == [1, 1]
        assert len(desk.provider.sent(N[0])) == 2, "it was shown not to be bought, and sent again"
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("count", [3, 20])
def test_where_all_of_a_kind_stay_in_doubt_nothing_follows(count):
    async def scenario(desk):
        _ready(desk)
        desk.provider.script = {one: [lost(takes=1.0)] for one in N[1:count]}
        wanted = _wanted(kinds=(SIP,), count=count)
        wanted = replace(wanted, rows=[replace(wanted.rows[0], fields=DIAL), *wanted.rows[1:]])
        desk.provider.script[N[0]] = [lost(takes=1.0)]
        outcome = await desk.buy(wanted)
        tried = min(count, 5)
        assert (outcome.exit_code, outcome.counts[DOUBT], len(desk.provider.sends)) == (6, tried, tried)
        assert f"{N[0]} is in doubt, and can't be read back, nor was another of its kind" in outcome.halt_reason

    at_desk(scenario)


def test_a_canary_that_did_not_match_is_read_back_again_and_halts_again_without_buying_another():
    async def scenario(desk):
        _ready(desk)
        desk.provider.reports = lambda _: {"Uri": "x@y", "ForwardDestination": "1"}
        wanted = _wanted(kinds=(SIP,))
        for _ in range(3):
            outcome = await desk.buy(wanted)
            assert outcome.exit_code == 5
            assert "URI differs" in outcome.halt_reason
            assert len(desk.provider.sends) == 1

    at_desk(scenario)


def test_a_fall_that_nothing_explains_is_looked_at_once_more_and_said():
    async def scenario(desk):
        _ready(desk)
        told = iter([D(100), D(100), D(100), D(91), D(91), *[D(91)] * 9])

        async def balance(_):
            return next(told)

        desk.provider._balance = balance.__get__(desk.provider)
        assert (await desk.buy(_wanted())).exit_code == 0
        assert "not measurable, for something else moves it" in _learnt(desk)

    at_desk(scenario)


def test_one_that_is_interrupted_between_two_questions_ends():
    async def scenario(desk):
        _ready(desk)
        desk.provider.capabilities = Capabilities(mark=True, lookups=True)
        desk.provider.answers = lambda _, true: (desk.stop.request(2), true)[1]
        outcome = await desk.buy(_wanted(kinds=(SIP,)))
        assert (outcome.exit_code, len(desk.provider.sends)) == (130, 1)
        desk.check()

    at_desk(scenario)
