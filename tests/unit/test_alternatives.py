"""Alternatives: bought where a number is gone, one number a row at most, whatever fails meanwhile."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from support.desk import DEFERRED, DOUBT, FAST, KEY, NOT_SENT, PURCHASED, REFUSED, at_desk, orders
from support.world import COST, NEVER, code, lost, number, truth, unknown

from batch.ledger.records import Status, Why
from batch.ledger.sqlite.inspecting import inspect_ledger
from batch.ledger.sqlite.place import ledger_path
from batch.order import StandIn
from batch.plan.quote import Quote
from batch.provider.multitel.codes import CODES
from batch.reconciler.results import Judge

N = [number(n) for n in range(40)]
OTHERS = [number(500 + n) for n in range(40)]
GONE = -275


def wanted(label, alternatives, count=5):
    """`count` numbers; `alternatives` maps the place of one to how many it has."""
    plain = orders(label, N[:count])
    others = iter(OTHERS)
    rows = [
        replace(
            row,
            stand_ins=tuple(
                StandIn({"URI": f"{one}@b"}, (one,), one)
                for one in [next(others) for _ in range(alternatives.get(row.position, 0))]
            ),
        )
        for row in plain.rows
    ]
    return replace(plain, rows=rows)


def whole(desk):
    """The ledger is whole, each entry of it."""
    inspect_ledger(ledger_path(desk.home / "l", KEY), lambda _: None)


def reason(desk, row):
    return Judge(CODES, "run").result(row).reason


def bought_of(desk, order, label="a"):
    """How many numbers of each row the provider charged."""
    return [sum(desk.provider.books.of(one, label) for one in (row.number, *row.alternatives)) for row in order.rows]


def test_an_alternative_is_bought_where_the_number_is_gone_and_the_row_says_so():
    async def scenario(desk):
        order = wanted("a", {1: 2, 3: 1})
        desk.provider.script = {N[1]: [code(GONE)]}
        outcome = await desk.buy(order)
        rows = desk.rows("a")
        assert [row.number for row in rows] == [N[0], OTHERS[0], *N[2:5]]
        assert (outcome.exit_code, outcome.counts[PURCHASED], outcome.run.rows) == (0, 5, 5)
        assert rows[1].source.row == 3
        assert rows[1].fields == {"URI": f"{OTHERS[0]}@b"}
        assert rows[1].attempts == 1
        assert reason(desk, rows[1]) == f"taken in place of {N[1]}, which was gone ({GONE})"
        assert [sent.number for sent in desk.provider.sends][-1] == OTHERS[0]  # behind all others
        desk.check()
        whole(desk)
        again = await desk.buy(order)
        assert (again.exit_code, len(desk.provider.sends), desk.rows("a")) == (0, 6, rows)

    at_desk(scenario)


def test_alternatives_are_tried_in_their_order_until_one_is_there():
    async def scenario(desk):
        order = wanted("a", {1: 3})
        desk.provider.script = {one: [code(GONE)] for one in (N[1], *OTHERS[:2])}
        outcome = await desk.buy(order)
        row = desk.rows("a")[1]
        assert (row.number, row.status, outcome.exit_code) == (OTHERS[2], PURCHASED, 0)
        words = f"taken in place of {N[1]}, {OTHERS[0]}, {OTHERS[1]}, which were gone ({GONE})"
        assert reason(desk, row) == words
        desk.check()

    at_desk(scenario)


def test_where_all_are_gone_the_row_is_refused_and_names_what_was_tried():
    async def scenario(desk):
        order = wanted("a", {1: 2})
        desk.provider.script = {one: [code(GONE)] for one in (N[1], *OTHERS[:2])}
        outcome = await desk.buy(order)
        row = desk.rows("a")[1]
        assert (row.number, row.status, row.code, outcome.exit_code) == (OTHERS[1], REFUSED, GONE, 4)
        assert reason(desk, row).endswith(f"tried before it: {N[1]} ({GONE}), {OTHERS[0]} ({GONE})")
        assert Judge(CODES, "run").result(row).cause == CODES.get(GONE).meaning
        sent = len(desk.provider.sends)
        assert (await desk.buy(order)).exit_code == 4
        assert len(desk.provider.sends) == sent
        desk.check()
        again = await desk.buy(order, retry_refused=True)
        assert again.exit_code == 0
        assert bought_of(desk, order) == [1] * 5
        assert len(desk.rows("a")) == 5
        desk.check()
        whole(desk)

    at_desk(scenario)


@pytest.mark.parametrize("refusal", [-165, -1265, -1210])
def test_another_refusal_is_no_reason_for_an_alternative(refusal):
    async def scenario(desk):
        order = wanted("a", {1: 2})
        desk.provider.script = {N[1]: [code(refusal)]}
        await desk.buy(order)
        row = desk.rows("a")[1]
        assert (row.number, row.status, row.code) == (N[1], REFUSED, refusal)
        assert not desk.provider.sent(OTHERS[0])

    at_desk(scenario)


def test_a_number_in_doubt_leads_to_no_alternative_before_it_is_resolved():
    async def scenario(desk):
        order = wanted("a", {1: 1, 2: 1})
        # One is executed late, and one is lost and then gone.
        desk.provider.script = {N[1]: [lost(executed=35.0)], N[2]: [lost(), code(GONE)]}
        outcome = await desk.buy(order)
        rows = desk.rows("a")
        assert (rows[1].number, rows[1].status) == (N[1], PURCHASED)
        assert (rows[2].number, rows[2].status) == (OTHERS[1], PURCHASED)
        assert not desk.provider.sent(OTHERS[0])
        assert desk.provider.sent(OTHERS[1])[0] > desk.provider.sent(N[2])[1]
        assert outcome.exit_code == 0
        desk.check()

    at_desk(scenario)


def test_an_alternative_in_doubt_is_the_row_and_leads_to_no_other():
    async def scenario(desk):
        order = wanted("a", {1: 2})
        desk.provider.script = {N[1]: [code(GONE)], OTHERS[0]: [lost(executed=1.0)]}
        desk.provider.answers = lambda *_: (_ for _ in ()).throw(RuntimeError)  # the account can't be asked
        outcome = await desk.buy(order, outage_give_up_after=60.0)
        row = desk.rows("a")[1]
        assert (row.number, row.status, outcome.exit_code) == (OTHERS[0], DOUBT, 6)
        desk.provider.answers = lambda _, true: true
        again = await desk.buy(order)
        row = desk.rows("a")[1]
        assert (row.number, row.status, again.exit_code) == (OTHERS[0], PURCHASED, 0)
        assert not desk.provider.sent(OTHERS[1])
        desk.check()

    at_desk(scenario)


def test_a_limit_reached_before_the_alternative_leaves_it_to_the_next_run():
    async def scenario(desk):
        order = wanted("a", {0: 1}, count=1)
        desk.provider.script = {N[0]: [code(GONE)]}
        first = await desk.buy(order, limit=1)
        with desk.reading() as reader:
            assert reader.preview(order).to_buy == 1
            assert reader.preview(order, gone=CODES.gone).to_buy == 1
            assert list(reader.prospect(order, gone=CODES.gone).open) == [0]
        row = desk.rows("a")[0]
        assert (row.number, row.status, row.why, first.exit_code) == (OTHERS[0], NOT_SENT, Why.LIMIT, 8)
        assert reason(desk, row).endswith(f"; in place of {N[0]}, which was gone ({GONE})")
        second = await desk.buy(order, limit=1)
        assert (desk.statuses("a"), second.exit_code) == ([PURCHASED], 0)

    at_desk(scenario)


def test_money_is_bounded_with_alternatives_too():
    async def scenario(desk):
        order = wanted("a", dict.fromkeys(range(5), 1))
        desk.provider.script = {one: [code(GONE)] for one in N[:5]}
        outcome = await desk.buy(order, max_spend=COST * 3)
        assert (outcome.counts[PURCHASED], outcome.exit_code) == (3, 8)
        assert sum(bought_of(desk, order)) == 3
        assert [row.why for row in desk.rows("a") if row.status is NOT_SENT] == [Why.MAX_SPEND] * 2
        desk.check()
        assert (await desk.buy(order, max_spend=COST * 5)).exit_code == 0
        whole(desk)

    at_desk(scenario)


@pytest.mark.parametrize("stopped", [False, True])
def test_an_alternative_of_unknown_price_is_not_sent_under_a_spending_limit_and_its_row_says_so(stopped):
    async def scenario(desk):
        order = wanted("a", {0: 1, 1: 1}, count=3)
        order = replace(order, rows=[replace(row, price=None) for row in order.rows])
        desk.provider.script = {one: [code(GONE)] for one in N[:2]}
        quotes = {one: Quote(COST - 1, Decimal(1)) for one in N[:3]}
        desk.more = {"quotes": {**quotes, OTHERS[0]: Quote(Decimal(40), Decimal(1))} if stopped else quotes}
        outcome = await desk.buy(order, max_spend=COST * 9, workers=1)
        rows = desk.rows("a")
        assert [row.why for row in rows] == [Why.MAX_SPEND if stopped else Why.PRICE_UNKNOWN, Why.PRICE_UNKNOWN, None]
        assert [row.number for row in rows] == [*OTHERS[:2], N[2]]
        assert outcome.exit_code == 8
        assert not desk.provider.sent(OTHERS[0])
        desk.check()
        desk.more = {"quotes": {**quotes, OTHERS[0]: Quote(COST, Decimal(1)), OTHERS[1]: Quote(COST, Decimal(1))}}
        assert (await desk.buy(order, max_spend=COST * 9)).exit_code == 0
        assert bought_of(desk, order) == [1, 1, 1]
        whole(desk)

    at_desk(scenario)


def test_an_alternative_reserves_its_own_quote():
    async def scenario(desk):
        order = wanted("a", {0: 1}, count=1)
        order = replace(order, rows=[replace(row, price=None) for row in order.rows])
        desk.provider.script = {N[0]: [code(GONE)]}
        desk.more = {"quotes": {N[0]: Quote(COST, Decimal(0)), OTHERS[0]: Quote(COST * 7, Decimal(0))}}
        assert (await desk.buy(order, max_spend=COST * 7)).exit_code == 0
        assert desk.rows("a")[0].worst == COST * 7

    at_desk(scenario)


def test_what_is_given_back_is_the_alternative_that_was_bought_and_nothing_stands_in_for_it():
    async def scenario(desk):
        order = wanted("a", {1: 2}, count=2)
        desk.provider.script = {N[1]: [code(GONE)]}
        await desk.buy(order)
        await desk.release(desk.runs["a"])
        rows = desk.rows("a")
        assert [(row.number, row.status) for row in rows] == [
            (N[0], Status.RELEASED),
            (OTHERS[0], Status.RELEASED),
        ]
        await desk.buy(order, retry_refused=True)
        assert not desk.provider.sent(OTHERS[1])
        assert len(desk.provider.sent(N[1])) == 1
        desk.check()
        whole(desk)

    at_desk(scenario)


def test_an_alternative_that_is_reserved_is_deferred_and_taken_up_again():
    async def scenario(desk):
        order = wanted("a", {0: 2}, count=1)
        desk.provider.script = {N[0]: [code(GONE)], OTHERS[0]: [code(-220)]}
        first = await desk.buy(order, reserved_give_up_after=30.0)
        assert (desk.statuses("a"), first.exit_code) == ([DEFERRED], 4)
        second = await desk.buy(order)
        row = desk.rows("a")[0]
        assert (row.number, row.status, second.exit_code) == (OTHERS[0], PURCHASED, 0)
        assert not desk.provider.sent(OTHERS[1])

    at_desk(scenario)


def test_a_run_that_was_killed_anywhere_never_buys_two_numbers_for_one_row():
    async def scenario(desk):
        order = wanted("a", {0: 1, 1: 2}, count=3)
        gone = {N[0]: [code(GONE)] * 9, N[1]: [code(GONE)] * 9, OTHERS[1]: [lost(executed=20.0)]}
        desk.provider.script = {one: list(faults) for one, faults in gone.items()}
        killed = await desk.buy_until_killed(order, at_step=step, workers=2)
        final = await desk.buy(order, workers=2)
        assert len(desk.rows("a")) == 3
        assert max(bought_of(desk, order)) <= 1
        assert final.exit_code == 0, desk.rows("a")
        assert bought_of(desk, order) == [1, 1, 1]
        desk.check()
        whole(desk)
        return killed

    step = 1
    while at_desk(scenario):
        step += 1
    assert step > 30


@pytest.mark.parametrize("seed", range(40))
def test_random_alternatives_under_faults_and_kills_never_buy_twice(seed):
    dice = random.Random(seed)  # noqa: S311 - a seed that fails plays again

    def fate():
        return dice.choice(
            [
                truth(),
                code(GONE),
                code(GONE),
                lost(),
                lost(executed=dice.uniform(0, 45)),
                code(-220),
                code(-165),
                unknown(-9, executed=dice.choice([NEVER, 1.0])),
            ]
        )

    async def scenario(desk):
        count = dice.randint(1, 6)
        order = wanted("a", {place: dice.randint(0, 3) for place in range(count)}, count=count)
        desk.options["rate"] = FAST
        for one in (*N[:count], *OTHERS[:20]):
            desk.provider.script[one] = [fate() for _ in range(dice.randint(0, 2))]
        for _ in range(dice.randint(0, 3)):
            await desk.buy_until_killed(order, after=dice.uniform(0.05, 90), workers=dice.randint(1, 4))
            assert max(bought_of(desk, order)) <= 1
        await desk.buy(order, retry_refused=dice.random() < 0.5, workers=dice.randint(1, 4))
        await desk.buy(order)
        assert max(bought_of(desk, order)) <= 1
        assert len(desk.rows("a")) == count
        assert sum(desk.counted("a").values()) == count
        with desk.reading() as reader:
            assert sum(reader.counts(desk.runs["a"]).values()) == count
            told = reader.tally(desk.runs["a"]).counts
            assert {status: n for status, n in told.items() if n} == desk.counted("a")
        charged = sum(row.status is PURCHASED for row in desk.rows("a"))
        assert charged == sum(bought_of(desk, order))
        desk.check()
        whole(desk)

    at_desk(scenario)
