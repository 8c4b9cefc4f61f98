"""Which numbers in stock a wish gets."""

import random
from decimal import Decimal

import pytest

from batch.number import Number
from batch.order import Source, Wish
from batch.plan.choosing import choose
from batch.provider.lookups import Offer


def offer(last, *, setup="1", monthly="2", voice=None, prefix="12035550"):
    price = None if setup is None else Decimal(setup)
    return Offer(Number(f"{prefix}{last:03}"), price, Decimal(monthly), voice=voice)


def wish(count, *, prefix="1203", price=None, voice=True, row=2):
    source = Source(0, "S", row)
    return Wish(source, 0, prefix, count, {}, (), price, voice, lambda number: ())


def lasts(choice):
    return [int(number[-3:]) for number in choice.numbers]


def one(count, offers, taken=(), **more):
    [choice] = choose([wish(count, **more)], {"1203": offers}, taken).choices
    return choice


def test_a_block_is_preferred_to_lower_numbers():
    assert lasts(one(3, [offer(n) for n in (1, 2, 5, 8, 9, 10, 11)])) == [8, 9, 10]


def test_of_several_blocks_the_cheapest_then_the_lowest():
    offers = [offer(n, setup="5") for n in (1, 2, 3)] + [offer(n) for n in (11, 12, 13, 14, 21, 22, 23)]
    assert lasts(one(3, offers)) == [11, 12, 13]


def test_within_a_long_run_the_cheapest_window():
    offers = [offer(n, setup="9" if n in (1, 2, 6) else "1") for n in range(1, 10)]
    assert lasts(one(3, offers)) == [3, 4, 5]


def test_without_a_block_the_cheapest_the_lowest_first():
    offers = [offer(1, setup="5"), offer(3), offer(5), offer(9, setup=None), offer(7)]
    assert lasts(one(2, offers)) == [3, 5]
    assert lasts(one(5, offers)) == [1, 3, 5, 7, 9]


def test_what_another_row_orders_or_the_ledger_knows_is_not_chosen():
    choice = one(2, [offer(n) for n in (1, 2, 3)], {offer(2).number})
    assert (lasts(choice), choice.taken, choice.lacking) == ([1, 3], 1, 0)


def test_a_number_without_calls_is_not_chosen_for_routing_that_sends_some():
    offers = [offer(1, voice=False), offer(2), offer(3, voice=True)]
    assert lasts(one(2, offers)) == [2, 3]
    assert lasts(one(2, offers, voice=False)) == [1, 2]


def test_a_number_that_costs_more_than_its_row_says_is_not_chosen():
    choice = one(2, [offer(1, setup="9"), offer(2)], price=Decimal(3))
    assert (lasts(choice), choice.dear, choice.lacking) == ([2], 1, 1)
    assert choice.complaint == "row 2: 1 of 2 lacking under 1203 (2 in stock, 1 cost more than Price)"
    assert not one(1, [offer(1)]).complaint


def test_an_earlier_row_comes_first_and_none_gets_the_same_number():
    chosen = choose([wish(2), wish(2, row=3)], {"1203": [offer(n) for n in (1, 2, 3)]}, ())
    assert [lasts(choice) for choice in chosen.choices] == [[1, 2], [3]]
    assert (chosen.lacking, len(chosen.numbers)) == (1, 3)


@pytest.mark.parametrize("asked", ["1203", "12035", "120"])
def test_a_listing_of_a_longer_or_shorter_prefix_serves_too(asked):
    offers = [offer(1), offer(2, prefix="12045550")]
    [choice] = choose([wish(1)], {asked: offers, "44": [offer(9)]}, ()).choices
    assert lasts(choice) == [1]


def test_numbers_of_other_lengths_make_no_block():
    offers = [Offer(Number("99"), Decimal(1), Decimal(1)), Offer(Number("100"), Decimal(1), Decimal(1))]
    [choice] = choose([wish(2, prefix="")], {"": offers}, ()).choices
    assert choice.numbers == ("99", "100")


def test_the_order_of_the_listing_changes_nothing():
    dice = random.Random(7)  # noqa: S311 - the same each time
    offers = [offer(n, setup=str(n % 3)) for n in dice.sample(range(200), 90)]
    first = one(9, offers)
    for _ in range(20):
        dice.shuffle(offers)
        assert one(9, offers) == first


def test_a_prefix_that_nothing_was_answered_for_is_not_known_to_lack_anything():
    [choice] = choose([wish(2)], {}, ()).choices
    assert not choice.told
    assert choice.complaint == "row 2: nothing tells what is in stock under 1203: 2 are still to be chosen"
    assert one(2, []).told
