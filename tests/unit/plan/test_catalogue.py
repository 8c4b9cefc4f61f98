"""What listings tell of numbers, and by which prefixes numbers are asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.number import Number
from batch.plan.catalogue import Catalogue, Listing, floor_of, prefixes_of
from batch.plan.quote import Quote
from batch.provider.lookups import Offer

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


def offer(number, setup="0.5", monthly="3", **told):
    return Offer(Number(str(number)), Decimal(setup) if setup else None, Decimal(monthly) if monthly else None, **told)


def test_a_number_that_a_whole_listing_lacks_is_out_and_one_that_none_covers_is_unknown():
    catalogue = Catalogue([Listing("1202555", NOW, [offer(12025550101)])])
    assert catalogue.quote(Number("12025550101")).first_charge == Decimal("3.5")
    assert catalogue.is_out(Number("12025550102"))
    assert not catalogue.is_out(Number("12025550101"))
    assert not catalogue.is_out(Number("12035550101"))


def test_a_cut_listing_tells_of_its_own_numbers_only():
    catalogue = Catalogue([Listing("1202555", NOW, [offer(12025550101)], whole=False)])
    assert catalogue.quote(Number("12025550101")) is not None
    assert not catalogue.is_out(Number("12025550102"))


def test_a_number_listed_without_a_price_has_no_quote_and_is_in_stock():
    catalogue = Catalogue([Listing("1202555", NOW, [offer(12025550101, setup=None)])])
    assert catalogue.quote(Number("12025550101")) is None
    assert not catalogue.is_out(Number("12025550101"))


def test_the_oldest_listing_is_that_of_the_numbers_asked_for():
    old = NOW - timedelta(hours=1)
    catalogue = Catalogue([Listing("1202555", NOW, []), Listing("1203555", old, [])])
    assert catalogue.oldest([Number("12025550101")]) == NOW
    assert catalogue.oldest([Number("12025550101"), Number("12035550101")]) == old
    assert catalogue.oldest([Number("33123450000")]) is None


def test_a_number_that_was_not_listed_is_bounded_by_the_dearest_of_its_country():
    near = Offer(Number("12025550101"), Decimal(1), Decimal(2))
    dear = Offer(Number("12125550101"), Decimal(5), Decimal(2))
    odd = Offer(Number("12135550101"), None, Decimal(90))
    catalogue = Catalogue([Listing("1202", NOW, [near]), Listing("121", NOW, [dear, odd])])
    assert catalogue.presumed(Number("12025550199")) == Quote(Decimal(5), Decimal(2), presumed=True)
    assert catalogue.presumed(Number("33123450000")) is None


def test_a_block_is_asked_for_by_what_its_numbers_have_in_common_but_for_two_digits():
    assert prefixes_of([Number(str(33123450000 + one)) for one in range(1000)]) == ["33123450"]
    assert prefixes_of([Number("33123450000"), Number("33123450007")]) == ["331234500"]
    assert prefixes_of([Number("33123450000"), Number("33123459999")]) == ["3312345"]


_NUMBERS = st.lists(
    st.one_of(
        st.integers(min_value=12012000000, max_value=19899999999),
        st.integers(min_value=33100000000, max_value=33199999999),
        st.integers(min_value=442000000000, max_value=442099999999),
    ).map(lambda one: Number(str(one))),
    min_size=1,
    max_size=300,
)


@settings(deadline=None)
@given(_NUMBERS, st.integers(min_value=3, max_value=60))
def test_every_number_is_covered_by_few_prefixes_and_none_is_shorter_than_its_floor(numbers, most):
    prefixes = prefixes_of(numbers, most)
    assert len(prefixes) == len(set(prefixes))
    assert all(sum(number.startswith(prefix) for prefix in prefixes) == 1 for number in numbers)
    assert all(len(prefix) >= floor_of(prefix) for prefix in prefixes)
    assert len(prefixes) <= most or all(len(prefix) == floor_of(prefix) for prefix in prefixes)


def test_prices_that_were_agreed_to_go_before_what_is_listed_and_say_nothing_of_the_stock():
    here, gone = Number("12025550101"), Number("12025550102")
    listed = Catalogue([Listing("1202555", NOW, [Offer(here, Decimal(1), Decimal(2))])])
    agreed = listed.at_prices({gone: Quote(Decimal(3), Decimal(4))})
    assert (agreed.quote(here), agreed.quote(gone)) == (Quote(Decimal(1), Decimal(2)), Quote(Decimal(3), Decimal(4)))
    assert agreed.is_out(gone)
    assert not agreed.is_out(here)
