"""What a plan asks the provider about its numbers: few requests, and nothing believed that an answer does not show."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from support.virtual import VirtualClock, virtual

from batch.number import Number
from batch.plan.catalogue import Catalogue, Listing
from batch.plan.looking import list_prefixes, look_up
from batch.provider.lookups import Offer
from batch.provider.protocol import Blocked, Unclear


@dataclass
class Gate:
    """Lets everything out at once, and notes what was asked of it."""

    left: int = 0
    pauses: list = field(default_factory=list)

    async def leave(self):
        self.left += 1

    def pause(self, seconds):
        self.pauses.append(seconds)


@dataclass
class Shelf:
    """A provider that has `stock`; `answers` are given first, one a request. `longest` are the digits of a prefix that it lists, `most` the rows of an answer."""

    stock: list
    answers: list = field(default_factory=list)
    longest: int = 15
    most: int = 10_000
    seconds: float = 0
    asked: list = field(default_factory=list)

    async def _answer(self, prefix):
        self.asked.append(prefix)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.answers:
            answer = self.answers.pop(0)
            if answer is not None:
                return answer
        if len(prefix) > self.longest:
            return []
        found = [one for one in self.stock if one.startswith(prefix)]
        return [Offer(Number(one), Decimal(1), Decimal(2)) for one in found[: self.most]]


class Provider:
    def __init__(self, shelf):
        self.stock = shelf._answer


def looked(shelf, numbers, within=20.0, gate=None, known=None, spare=()):
    async def look():
        return await look_up(
            [Number(str(one)) for one in numbers],
            [Number(one) for one in spare],
            provider=Provider(shelf),
            gate=gate or Gate(),
            clock=VirtualClock(),
            within=within,
            known=known,
        )

    return virtual(look())


NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
BLOCK = [str(12025550100 + one) for one in range(20)]


def test_a_block_is_one_request():
    shelf = Shelf(BLOCK)
    catalogue = looked(shelf, BLOCK)
    assert shelf.asked == ["120255501"]
    assert all(catalogue.quote(Number(one)) for one in BLOCK)
    assert not catalogue.trouble


def test_a_number_that_is_lacking_is_asked_for_by_itself_before_it_is_out():
    shelf = Shelf(BLOCK[:10])
    catalogue = looked(shelf, BLOCK)
    assert shelf.asked == ["120255501", BLOCK[10]]
    assert [one for one in BLOCK if catalogue.is_out(Number(one))] == BLOCK[10:]


def test_what_is_spare_is_asked_for_last_and_not_twice():
    shelf = Shelf([*BLOCK, "33123450000"])
    catalogue = looked(shelf, BLOCK, spare=[BLOCK[3], "33123450000"])
    assert shelf.asked == ["120255501", "331234500"]
    assert catalogue.quote(Number("33123450000"))
    cut = looked(Shelf(BLOCK, seconds=3), BLOCK, spare=["33123450000"], within=4)
    assert cut.trouble
    assert all(cut.quote(Number(one)) for one in BLOCK)


def test_a_listing_that_was_cut_proves_no_absence_and_is_asked_for_in_parts():
    stock = [str(12025550000 + one) for one in range(1000)]
    shelf = Shelf(stock, most=100)
    catalogue = looked(shelf, [*stock[:10], *stock[700:720], "12025559999"])
    assert all(catalogue.quote(Number(one)) for one in stock[700:720])
    assert catalogue.is_out(Number("12025559999"))


def test_where_only_areas_are_listed_the_area_is_asked_for_and_learnt():
    stock = ["12025550101", "12027770101", "12035550101"]
    shelf = Shelf(stock, longest=4)
    catalogue = looked(shelf, [*stock, "12035550102"])
    assert all(catalogue.quote(Number(one)) for one in stock)
    assert shelf.asked[1] == "1203"
    assert len([one for one in shelf.asked if len(one) == 9]) == 1
    assert catalogue.is_out(Number("12035550102"))


def test_where_long_prefixes_list_numbers_an_empty_answer_is_believed():
    shelf = Shelf(["12025550101"])
    catalogue = looked(shelf, ["12025550101", "12037770101"])
    assert shelf.asked == ["120255501", "120377701"]
    assert catalogue.is_out(Number("12037770101"))


def test_where_nothing_is_listed_at_all_nothing_is_known():
    shelf = Shelf([])
    numbers = ["33123450000", "33223450000", "33323450000", "33423450000"]
    catalogue = looked(shelf, numbers)
    assert not any(catalogue.is_out(Number(one)) for one in numbers)
    assert not catalogue.trouble
    assert len(shelf.asked) <= 10


@pytest.mark.parametrize(
    ("answers", "asked", "words"),
    [
        ([Unclear("HTTP 500"), Unclear("HTTP 502")], 2, "HTTP 502"),
        ([Unclear("a redirect", fatal=True)], 1, "a redirect"),
        ([Blocked(100)], 1, "login was refused"),
    ],
)
def test_two_unusable_answers_or_a_refused_login_end_it(answers, asked, words):
    shelf = Shelf([], answers)
    catalogue = looked(shelf, ["12025550101", "12035550101", "12045550101"])
    assert len(shelf.asked) == asked
    assert words in catalogue.trouble
    assert not catalogue.listings


def test_one_unusable_answer_leaves_its_numbers_unknown_and_the_others_known():
    shelf = Shelf(["12035550101"], [Unclear("HTTP 503", busy=True, retry_after=7.0)])
    gate = Gate()
    catalogue = looked(shelf, ["12025550101", "12035550101"], gate=gate)
    assert not catalogue.covers("12025550101")
    assert catalogue.quote(Number("12035550101"))
    assert gate.pauses == [7.0]
    assert gate.left == len(shelf.asked)


def test_the_time_that_it_may_take_is_kept():
    shelf = Shelf(["12025550101"], seconds=15)
    catalogue = looked(shelf, ["12025550101", "12035550101"], within=20)
    assert catalogue.quote(Number("12025550101"))
    assert "20 s" in catalogue.trouble


def test_a_prefix_longer_than_those_that_listed_something_is_shortened_before_it_is_believed():
    block = [str(12025550000 + one) for one in range(1000)]
    shelf = Shelf([*block, "12035550101"], longest=8)
    catalogue = looked(shelf, [*block, "12035550101", "12035550199"])
    assert shelf.asked == ["12025550", "120355501", "12035550", "12035550199"]
    assert catalogue.quote(Number("12035550101"))
    assert catalogue.is_out(Number("12035550199"))


def test_what_is_known_is_not_asked_for_again():
    known = Catalogue([Listing("1202", NOW, [Offer(Number(BLOCK[0]), Decimal(1), Decimal(2))])])
    shelf = Shelf(["12035550101"])
    catalogue = looked(shelf, [*BLOCK, "12035550101"], known=known)
    assert shelf.asked == ["120355501"]
    assert catalogue.quote(Number(BLOCK[0]))
    assert catalogue.is_out(Number(BLOCK[1]))


def test_prefixes_are_listed_as_they_stand():
    shelf = Shelf(["12025550101"])

    async def look():
        return await list_prefixes(
            ["1202", "1203"],
            provider=Provider(shelf),
            gate=Gate(),
            clock=VirtualClock(),
            within=20,
            known=Catalogue(),
        )

    catalogue = virtual(look())
    assert shelf.asked == ["1202", "1203"]
    assert [len(one.offers) for one in catalogue.listings.values()] == [1, 0]
