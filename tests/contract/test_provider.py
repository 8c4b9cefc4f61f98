"""What every `Provider` must do, whoever it is: one suite, run against each adapter on a stage of its own.

A stage is an open provider and the truth behind it: what that provider really charged and holds, and a way to make its
answers go wrong. To bring a new adapter under the contract, add its stage to `STAGES`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest

from batch.clock import SystemClock
from batch.codes import CodeKind
from batch.number import Number
from batch.provider.lookups import Country
from batch.provider.multitel.adapter import MultiTel, MultiTelOptions
from batch.provider.multitel.transport import is_simulator
from batch.provider.protocol import (
    Blocked,
    Bought,
    GivenBack,
    NoAnswer,
    NotOwned,
    NotReleased,
    OtherNumber,
    Outcome,
    Owned,
    Provider,
    Purchase,
    Refused,
    Throttled,
    Unclear,
    UnknownCode,
    Unsent,
)
from batch.provider.simulator import AreasBy, Inquiry, Price, Simulator, SimulatorOptions, magic_numbers
from batch.provider.simulator.faults import FAULTS

CANARY = "canary-7f3a&=+%é"
NUMBERS = [Number(f"120255501{last:02}") for last in range(30)]
"""In stock, and ordinary."""
NUMBER = NUMBERS[0]


class Hurried(SystemClock):
    """Waits for nothing."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class Stage:
    provider: Provider
    charged: Callable[[str], int]
    """How often the account was really charged for a number."""
    order: Callable[[str], Mapping[str, str]]
    """The fields with which a number was really bought."""
    owned_before: Number
    sold_elsewhere: Number
    meet: Callable[[str, str], None]
    """The next purchase of a number meets the named fault."""
    faults: tuple[str, ...]
    go_silent: Callable[[], None]
    """From now on every request is met with a closed connection."""
    fail_inquiries: Callable[[], None]
    held: Callable[[str], bool]
    """Whether the account really holds a number."""
    meet_at_release: Callable[[str, str], None]
    """The next release of a number meets the named fault."""
    meet_at_look_up: Callable[[str], None]
    """The next look-up of each kind meets the named fault."""
    reprice: Callable[[str, Decimal], None]
    """From now on numbers under a prefix have this set-up fee, and no monthly one."""
    finish: Callable[[], Awaitable[None]]
    """Returns when all that is executed late has been."""


@asynccontextmanager
async def multitel(password=CANARY):
    simulated = SimulatorOptions(
        username="me", password=CANARY, latency=(0, 0), slow_for=0.01, late_by=0.01, retry_after=1, listed=20
    )
    async with Simulator(simulated) as simulator:

        def meet_at_look_up(fault: str) -> None:
            for function in ("getcountries", "getareas", "getdids", "getringto", "getbalance", "getdidinfo"):
                simulator.script_look_up(function, *[None] * simulator.record().requests.get(function, 0), fault)

        options = MultiTelOptions("me", password, base_url=simulator.base_url, timeout=0.3)
        async with MultiTel(options, clock=Hurried()) as provider:
            yield Stage(
                provider,
                charged=lambda number: sum(one.number == number for one in simulator.record().charges),
                order=lambda number: next(one.order for one in simulator.record().holdings if one.number == number),
                owned_before=Number("12025550133"),
                sold_elsewhere=Number("12025550132"),
                meet=simulator.script,
                faults=tuple(FAULTS),
                go_silent=lambda: setattr(simulator, "outage", True),
                fail_inquiries=lambda: setattr(simulator, "inquiry", Inquiry.FAILS),
                held=lambda number: any(one.number == number for one in simulator.record().holdings),
                meet_at_release=simulator.script_release,
                meet_at_look_up=meet_at_look_up,
                reprice=lambda prefix, setup: simulator.reprice(prefix, Price(setup, Decimal(0))),
                finish=simulator.wait_for_late,
            )


STAGES = {"multitel": multitel}


@pytest.fixture(params=STAGES.values(), ids=STAGES)
async def stage(request):
    async with request.param() as made:
        yield made


@pytest.fixture(params=STAGES.values(), ids=STAGES)
async def stage_with_wrong_password(request):
    async with request.param(password="wrong") as made:
        yield made


SOMEWHERE = Country("33", "France", "FR", "73")


async def look_up(stage: Stage):
    """Every look-up's answer."""
    provider = stage.provider
    asked = provider.countries(), provider.areas(SOMEWHERE), provider.stock("1202"), provider.ring_to(NUMBER)
    return await asyncio.gather(provider.balance(), *asked, provider.inquire(NUMBER))


async def buy(stage: Stage, number: Number = NUMBER, **fields: str) -> Outcome:
    return await stage.provider.buy(Purchase(number, fields))


# Purchases


async def test_a_number_in_stock_is_bought_and_charged_once(stage):
    assert await buy(stage) == Bought(int(NUMBER))
    assert stage.charged(NUMBER) == 1


async def test_a_number_that_is_ours_already_is_refused_as_sold_and_not_charged_again(stage):
    await buy(stage)
    outcome = await buy(stage)
    assert isinstance(outcome, Refused)
    assert stage.provider.codes.get(outcome.code).kind is CodeKind.SOLD
    assert stage.charged(NUMBER) == 1


async def test_what_somebody_else_holds_is_refused_the_same_way(stage):
    ours = await buy(stage, stage.owned_before)
    assert ours == await buy(stage, stage.sold_elsewhere)
    assert isinstance(ours, Refused)


async def test_every_field_arrives_as_it_was_sent(stage):
    fields = {one.name: "1" if one.words else "12" for one in stage.provider.fields.fields}
    fields |= {"Description": "a&b=c +%41\r\né日"}
    assert isinstance(await buy(stage, NUMBER, **fields), Bought)
    order = {name: value for name, value in stage.order(NUMBER).items() if name in fields}
    assert order == fields


async def test_many_at_once_are_each_charged_once(stage):
    outcomes = await asyncio.gather(*(buy(stage, number) for number in NUMBERS))
    assert outcomes == [Bought(int(number)) for number in NUMBERS]
    assert {stage.charged(number) for number in NUMBERS} == {1}


async def test_whatever_befalls_a_purchase_its_outcome_does_not_contradict_the_provider(stage):
    for fault, number in zip(stage.faults, (Number(f"331234500{n:02}") for n in range(100)), strict=False):
        stage.meet(number, fault)
        outcome = await buy(stage, number)
        charged = stage.charged(number)
        match outcome:
            case Bought(code):
                assert (code, charged) == (int(number), 1), fault
            case Refused(code):
                kind = stage.provider.codes.get(code).kind
                assert kind is CodeKind.SOLD or charged == 0, fault
            case Throttled() | Unsent():
                assert charged == 0, fault
            case NoAnswer() | UnknownCode() | OtherNumber():
                pass
            case _:
                pytest.fail(f"{fault}: {outcome!r} is no outcome")
        assert CANARY not in repr(outcome)


async def test_a_silent_provider_gives_no_verdict_and_no_usable_answer(stage):
    stage.go_silent()
    assert isinstance(await buy(stage), NoAnswer)
    assert isinstance(await stage.provider.inquire(NUMBER), Unclear)
    for found in await look_up(stage):
        assert isinstance(found, Unclear)
    assert isinstance(await stage.provider.release(NUMBER), NoAnswer)


async def test_a_wrong_password_refuses_the_account_everywhere(stage_with_wrong_password):
    stage = stage_with_wrong_password
    outcome = await buy(stage)
    assert isinstance(outcome, Refused)
    assert stage.provider.codes.get(outcome.code).kind is CodeKind.ACCOUNT
    assert await stage.provider.inquire(NUMBER) == Blocked(outcome.code)
    assert isinstance(await stage.provider.balance(), Unclear)
    assert await stage.provider.stock("1202") == Blocked(outcome.code)
    assert await stage.provider.countries() == Blocked(outcome.code)
    assert await stage.provider.areas(SOMEWHERE) == Blocked(outcome.code)
    assert await stage.provider.ring_to(NUMBER) == Blocked(outcome.code)
    assert await stage.provider.release(NUMBER) == NotReleased(outcome.code, halt=True)


async def test_only_cancellation_leaves_a_purchase(stage):
    stage.meet(NUMBER, "drip")
    task = asyncio.create_task(buy(stage))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_is_sent_before_it_is_opened_or_after_it_is_closed(stage):
    await stage.provider.__aexit__(None, None, None)
    assert isinstance(await buy(stage), Unsent)
    assert isinstance(await stage.provider.release(NUMBER), Unsent)
    for found in await look_up(stage):
        assert isinstance(found, Unclear)
    assert stage.charged(NUMBER) == 0


# Account queries


async def test_what_was_just_bought_shows_as_ours_with_its_price_date_and_description(stage):
    await buy(stage, Description="Support line")
    found = await stage.provider.inquire(NUMBER)
    assert isinstance(found, Owned)
    assert found.number == NUMBER
    assert isinstance(found.setup, Decimal)
    assert isinstance(found.monthly, Decimal)
    assert found.created is not None
    assert found.created.tzinfo is None
    assert found.description == "Support line"
    assert found.holding


async def test_what_was_ours_before_shows_as_ours(stage):
    assert isinstance(await stage.provider.inquire(stage.owned_before), Owned)


async def test_numbers_that_are_not_ours_answer_alike(stage):
    found = {await stage.provider.inquire(number) for number in (*NUMBERS[:3], stage.sold_elsewhere)}
    assert len(found) == 1
    assert isinstance(found.pop(), NotOwned)


async def test_a_failing_inquiry_says_neither_yes_nor_no(stage):
    await buy(stage)
    stage.fail_inquiries()
    for number in (NUMBER, NUMBERS[1]):
        assert isinstance(await stage.provider.inquire(number), Unclear)


# Look-ups


async def test_the_balance_falls_by_what_the_account_query_says_was_paid(stage):
    before = await stage.provider.balance()
    await buy(stage)
    after = await stage.provider.balance()
    found = await stage.provider.inquire(NUMBER)
    assert before - after == found.setup + found.monthly


async def test_stock_begins_with_the_prefix_and_its_prices_are_those_charged(stage):
    offers = await stage.provider.stock("3312")
    assert offers
    assert all(offer.number.startswith("3312") for offer in offers)
    assert isinstance(await buy(stage, offers[0].number), Bought)
    found = await stage.provider.inquire(offers[0].number)
    assert (found.setup, found.monthly) == (offers[0].setup, offers[0].monthly)


async def test_nothing_in_stock_is_an_empty_list(stage):
    assert list(await stage.provider.stock("00")) == []


async def test_a_price_that_changes_shows_in_the_stock_and_is_charged(stage):
    stage.reprice("3312", Decimal("12.500"))
    offers = await stage.provider.stock("3312")
    assert {(offer.setup, offer.monthly) for offer in offers} == {(Decimal("12.500"), 0)}
    await buy(stage, offers[0].number)
    assert (await stage.provider.inquire(offers[0].number)).setup == Decimal("12.500")


async def test_a_long_prefix_lists_every_number_but_those_that_are_sold(stage):
    await buy(stage, Number("33123456701"))
    found = {offer.number for offer in await stage.provider.stock("331234567")}
    assert found == {f"331234567{last:02}" for last in range(100) if last != 1}


async def test_every_country_has_areas_and_every_area_numbers(stage):
    countries = await stage.provider.countries()
    assert countries
    for country in countries:
        areas = await stage.provider.areas(country)
        assert areas
        for area in areas:
            assert area.prefix.startswith(country.dial)
            assert all(offer.number.startswith(area.prefix) for offer in await stage.provider.stock(area.prefix))


async def test_calls_go_where_the_purchase_said_and_whose_they_are_not_is_answered_like_an_inquiry(stage):
    await buy(stage, Type="1", URI="100@pbx.example.com", URI2="101@pbx.example.com")
    found = await stage.provider.ring_to(NUMBER)
    assert found.number == NUMBER
    assert found.destinations == ("100@pbx.example.com", "101@pbx.example.com")
    assert await stage.provider.ring_to(NUMBERS[1]) == await stage.provider.inquire(NUMBERS[1])


async def test_whatever_befalls_a_look_up_it_tells_the_truth_or_nothing(stage):
    balance, *truth = await look_up(stage)
    for fault in stage.faults:
        stage.meet_at_look_up(fault)
        money, *others = await look_up(stage)
        assert isinstance(money, Unclear) or money == balance or "other number" in fault, fault
        for found, true in zip(others, truth, strict=True):
            nothing = isinstance(found, NotOwned) or (found == [] and fault in {"no row", "no return"})
            assert nothing or isinstance(found, Unclear | Blocked) or found == true, fault
            assert CANARY not in repr(found)


# Releases


async def test_a_release_gives_the_number_back_once_and_keeps_its_charge(stage):
    await buy(stage)
    assert await stage.provider.release(NUMBER) == GivenBack(int(NUMBER))
    assert not stage.held(NUMBER)
    assert isinstance(await stage.provider.inquire(NUMBER), NotOwned)
    assert isinstance(await stage.provider.release(NUMBER), NotReleased)
    assert stage.charged(NUMBER) == 1


async def test_what_is_not_ours_is_not_given_back(stage):
    for number in (NUMBER, stage.sold_elsewhere):
        outcome = await stage.provider.release(number)
        assert isinstance(outcome, NotReleased)
        assert not outcome.halt


async def test_a_number_just_given_back_is_reserved_for_a_while(stage):
    await buy(stage)
    await stage.provider.release(NUMBER)
    outcome = await buy(stage)
    assert stage.provider.codes.get(outcome.code).kind is CodeKind.RESERVED


async def test_whatever_befalls_a_release_its_outcome_does_not_contradict_the_provider(stage):
    for fault, number in zip(stage.faults, (Number(f"331234500{n:02}") for n in range(100)), strict=False):
        await buy(stage, number)
        stage.meet_at_release(number, fault)
        match await stage.provider.release(number):
            case GivenBack(code):
                assert (code, stage.held(number)) == (int(number), False), fault
            case Throttled() | Unsent():
                assert stage.held(number), fault
            case NotReleased() | NoAnswer():
                pass
            case odd:
                pytest.fail(f"{fault}: {odd!r} is no outcome")
    await stage.finish()


# Tables


async def test_fields_and_codes_are_tables_that_people_can_use(stage):
    names = stage.provider.fields.names
    assert len(set(names)) == len(names)
    assert all(one.meaning for one in stage.provider.fields.fields)
    assert all(rule.summary for rule in stage.provider.fields.rules)
    codes = [one.code for one in stage.provider.codes.codes]
    assert len(set(codes)) == len(codes)
    assert CodeKind.UNKNOWN not in {one.kind for one in stage.provider.codes.codes}
    assert stage.provider.name
    assert stage.provider.host


# MultiTEL against the simulator, which was written from the same documents by other hands


async def test_multitel_knows_the_simulator_by_its_sign():
    async with Simulator(SimulatorOptions(latency=(0, 0))) as simulator:
        assert await is_simulator(simulator.base_url)


@pytest.mark.parametrize("letters", [2, 3])
@pytest.mark.parametrize("by", AreasBy)
async def test_multitel_finds_the_areas_of_every_country_however_it_must_ask(by, letters):
    options = SimulatorOptions(latency=(0, 0), areas_by=by, iso_letters=letters)
    async with Simulator(options) as simulator:
        login = MultiTelOptions(options.username, options.password, base_url=simulator.base_url)
        async with MultiTel(login, clock=Hurried()) as provider:
            countries = await provider.countries()
            assert {len(country.iso) for country in countries} == {letters}
            areas = {country.name: [area.prefix for area in await provider.areas(country)] for country in countries}
        asked = simulator.record().requests["getareas"]
    assert areas["CANADA"] == ["1416"]
    assert areas["UNITED KINGDOM"] == ["4420", "44161"]
    assert all(areas.values())
    assert asked <= len(countries) + 4  # each other way once, until one is known to work


async def test_multitel_and_the_simulator_agree_on_every_magic_return_code():
    expected = {"-9999": UnknownCode, "-9998": UnknownCode, "7": UnknownCode}
    async with multitel() as stage:
        for magic in magic_numbers():
            code, _, rest = magic.does.partition(":")
            if magic.lot is None and magic.fault is not None and magic.fault.answer == "code":
                outcome = await buy(stage, Number(magic.number))
                assert type(outcome) is expected.get(str(magic.fault.code), Refused), magic.does
                assert outcome.code == magic.fault.code
            elif magic.lot is not None:
                assert await buy(stage, Number(magic.number)) == Refused(int(code)), rest
