"""What a purchase meets on its way: faults by magic number, by script and by plan, and the state file."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from batch.clock import SystemClock
from batch.provider.simulator import (
    Fault,
    FaultPlan,
    MagicNumber,
    Price,
    Simulator,
    SimulatorOptions,
    StateFileError,
    magic_numbers,
)
from batch.provider.simulator.magic import MAGIC

from .conftest import LOGIN, Customer, Open, eventually

NUMBER = "12125550123"
QUICK = {"speed": 1000.0}
MAGIC_IDS = [magic.number[-4:] for magic in magic_numbers()]


async def outcome(customer: Customer, number: str, function: str = "buynumbers/") -> object:
    """What the client gets: RETURN as JSON, else the status, else the name of the connection's error."""
    try:
        status, text, _ = await customer.raw(function, Number=number)
    except aiohttp.ClientError as error:
        return type(error).__name__
    try:
        return json.loads(text)["DATA"][0]["RETURN"] if status == 200 else status
    except (ValueError, LookupError):
        return text


def charged(customer: Customer, number: str) -> int:
    return sum(charge.number == number for charge in customer.simulator.record().charges)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("30", 99), ("31", 100), ("32", -165), ("33", -165), ("34", -220), ("35", -220), ("36", -275), ("37", -1210),
        ("38", -1265), ("39", -55), ("40", -110), ("41", -330), ("42", -1100), ("43", -1320), ("44", -1650),
        ("45", -1705), ("46", -9999), ("48", 7),
    ],
)  # fmt: skip
async def test_a_magic_number_of_a_code_answers_it_and_is_not_charged(opened: Open, last: str, code: int):
    customer = await opened()
    number = f"120255501{last}"
    assert await outcome(customer, number) == code
    assert await outcome(customer, number) == code
    assert charged(customer, number) == 0
    assert await customer.holds(number) is (last == "33")


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("47", -9998), ("50", "ServerDisconnectedError"), ("57", 500), ("59", 502), ("61", 504), ("63", 503),
        ("65", 503), ("69", "<html><body>Welcome</body></html>"), ("70", "ClientPayloadError"), ("73", ""),
        ("75", 12025550176), ("78", True), ("79", 12025550179), ("80", -165), ("81", 12025550181.0),
        ("83", [12025550183]), ("86", 12025550186),
    ],
)  # fmt: skip
async def test_a_magic_number_that_is_executed_is_charged_once_whatever_it_answers(
    opened: Open, last: str, first: object
):
    customer = await opened(**QUICK)
    number = f"120255501{last}"
    assert await outcome(customer, number) == first
    assert charged(customer, number) == 1
    assert await customer.holds(number)
    assert await outcome(customer, number) == (-9998 if last == "47" else -165)
    assert charged(customer, number) == 1


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("53", "ServerDisconnectedError"), ("56", 500), ("58", 502), ("60", 504), ("62", 503), ("64", 503), ("66", 429),
        ("67", 429), ("68", "<html><body>Down for maintenance</body></html>"), ("71", '{"DATA":[{"RETURN":'),
        ("72", ""), ("74", 12025550175), ("76", 307), ("82", None), ("84", '{"DATA":[{}]}'), ("85", '{"DATA":[]}'),
        ("87", "{}"),
    ],
)  # fmt: skip
async def test_a_magic_number_that_is_not_executed_is_bought_at_the_second_try(opened: Open, last: str, first: object):
    customer = await opened(**QUICK)
    number = f"120255501{last}"
    assert await outcome(customer, number) == first
    assert charged(customer, number) == 0
    assert await outcome(customer, number) == int(number)
    assert charged(customer, number) == 1


async def test_a_reset_connection_is_reset(opened: Open):
    customer = await opened()
    with pytest.raises(aiohttp.ClientOSError):
        await customer.buy("12025550151")
    assert charged(customer, "12025550151") == 1


@pytest.mark.parametrize(("last", "first"), [("52", "ServerDisconnectedError"), ("55", 504)])
async def test_a_late_request_is_executed_after_the_client_was_answered(opened: Open, last: str, first: object):
    customer = await opened(late_by=100, **QUICK)
    number = f"120255501{last}"
    assert await outcome(customer, number) == first
    assert not await customer.holds(number)
    await customer.simulator.wait_for_late()
    assert charged(customer, number) == 1


async def test_a_late_request_is_charged_nothing_when_another_try_came_first(opened: Open):
    customer = await opened(late_by=100, **QUICK)
    await outcome(customer, "12025550152")
    assert await outcome(customer, "12025550152") == 12025550152
    await customer.simulator.wait_for_late()
    assert charged(customer, "12025550152") == 1


async def test_a_request_is_executed_though_its_client_gave_up(opened: Open):
    customer = await opened(slow_for=0.1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await customer.buy("12025550154")
    assert charged(customer, "12025550154") == 0
    await eventually(lambda: customer.holds("12025550154"))
    assert charged(customer, "12025550154") == 1


async def test_a_simulator_that_stops_executes_nothing_more():
    async with (
        Simulator(SimulatorOptions(latency=(0, 0), late_by=0.02)) as simulator,
        aiohttp.ClientSession() as session,
    ):
        assert await outcome(Customer(simulator, session), "12025550152") == "ServerDisconnectedError"
    await asyncio.sleep(0.03)
    assert not simulator.record().charges
    await simulator.wait_for_late()


async def test_a_simulator_stops_soon_though_a_request_is_in_progress():
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(2), Simulator(SimulatorOptions(slow_for=60)) as simulator:
            asking = asyncio.ensure_future(outcome(Customer(simulator, session), "12025550154"))

            async def arrived() -> bool:
                return bool(simulator.record().tries)

            await eventually(arrived)
        assert await asking == "ServerDisconnectedError"
        assert not simulator.record().charges


async def test_a_dripping_answer_outlasts_who_will_not_wait_and_was_executed(opened: Open):
    customer = await opened(drip_for=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await customer.buy("12025550179")
    assert charged(customer, "12025550179") == 1


async def test_a_dripping_answer_comes_whole_after_the_time_it_takes(opened: Open):
    customer = await opened(drip_for=50, **QUICK)
    clock = SystemClock()
    before = clock.elapsed()
    assert await customer.buy("12025550179") == 12025550179
    assert 0.05 <= clock.elapsed() - before < 2


async def test_nan_is_no_json_and_is_charged(opened: Open):
    customer = await opened()
    _, text, _ = await customer.raw("buynumbers", Number="12025550177")
    assert text == '{"DATA":[{"RETURN":NaN}]}'
    assert charged(customer, "12025550177") == 1


@pytest.mark.parametrize(("last", "told"), [("62", None), ("64", "3"), ("66", None), ("67", "3")])
async def test_retry_after_comes_where_the_number_says(opened: Open, last: str, told: str | None):
    customer = await opened(retry_after=3)
    _, _, response = await customer.raw("buynumbers", Number=f"120255501{last}")
    assert response.headers.get("Retry-After") == told


async def test_who_follows_a_redirect_is_counted_and_sold_nothing(opened: Open):
    customer = await opened()
    url = f"{customer.simulator.base_url}/buynumbers"
    async with customer.session.post(url, data={**LOGIN, "Number": "12025550176"}) as response:
        assert response.status == 404
    assert customer.simulator.record().requests == {"buynumbers": 1, "redirected": 1}
    assert not customer.simulator.record().charges


async def test_a_number_reserved_for_a_while_is_for_sale_afterwards(opened: Open):
    customer = await opened(reserved_for=20, **QUICK)
    assert await customer.buy("12025550134") == -220
    await asyncio.sleep(0.025)
    assert await customer.buy("12025550134") == 12025550134


@pytest.mark.parametrize("last", range(90, 96))
async def test_some_magic_numbers_go_wrong_at_every_try(opened: Open, last: int):
    customer = await opened(slow_for=0.01)
    number = f"120255501{last}"
    first = await outcome(customer, number)
    assert first == (int(number) if last == 94 else await outcome(customer, number))
    assert charged(customer, number) == (last == 94)


@pytest.mark.parametrize("last", ["00", "15", "29"])
async def test_ordinary_numbers_of_the_range_are_bought(opened: Open, last: str):
    customer = await opened()
    assert await customer.buy(f"120255501{last}") == int(f"120255501{last}")


async def test_without_magic_every_number_is_ordinary(opened: Open):
    customer = await opened(magic=False)
    for magic in magic_numbers():
        assert await customer.buy(magic.number) == int(magic.number)


async def test_magic_numbers_are_in_an_explicit_stock_too(opened: Open):
    customer = await opened(stock={})
    assert await customer.buy("12025550180") == -165
    assert charged(customer, "12025550180") == 1
    assert await customer.buy(NUMBER) == -275


@pytest.mark.parametrize("magic", magic_numbers(), ids=MAGIC_IDS)
async def test_no_magic_number_ever_logs_or_charges_twice(
    opened: Open, magic: MagicNumber, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    customer = await opened(**QUICK)
    for _ in range(2):
        await outcome(customer, magic.number)
    await customer.simulator.wait_for_late()
    assert charged(customer, magic.number) <= 1
    assert not caplog.records


async def test_a_script_says_what_each_try_of_a_number_meets(opened: Open):
    customer = await opened()
    customer.simulator.script(NUMBER, "500", None, Fault(does="gone"))
    assert [await outcome(customer, NUMBER) for _ in range(4)] == [500, int(NUMBER), -165, -165]
    with pytest.raises(KeyError):
        customer.simulator.script(NUMBER, "no such fault")


async def test_a_withdrawn_number_stays_withdrawn(opened: Open):
    customer = await opened(faults=FaultPlan({"withdrawn": 1.0}))
    assert [await customer.buy(NUMBER) for _ in range(5)] == [-275] * 5


async def test_a_plan_can_be_changed_while_the_simulator_runs(opened: Open):
    customer = await opened(faults=FaultPlan({"500": 1.0}, fade=0))
    assert await outcome(customer, NUMBER) == 500
    assert customer.simulator.faults.rates == {"500": 1.0}
    customer.simulator.faults = FaultPlan.profile("none")
    assert await outcome(customer, "12125550124") == int("12125550124")


async def test_a_release_meets_faults_of_its_own_plan(opened: Open):
    customer = await opened(release_faults=FaultPlan({"executed, 500": 1.0}))
    await customer.buy(NUMBER)
    assert (await customer.raw("releasenumbers", Number=NUMBER))[0] == 500
    assert not await customer.holds(NUMBER)


async def test_a_script_says_what_each_release_of_a_number_meets(opened: Open):
    customer = await opened(late_by=0.01)
    simulator = customer.simulator
    for number, fault, first in (
        ("12125550101", "own code", -605),
        ("12125550102", "executed, dropped", "ServerDisconnectedError"),
        ("12125550103", "late", "ServerDisconnectedError"),
        ("12125550104", "500", 500),
    ):
        await customer.buy(number)
        simulator.script_release(number, fault)
        assert await outcome(customer, number, "releasenumbers") == first
    await simulator.wait_for_late()
    assert [await customer.holds(f"1212555010{last}") for last in "1234"] == [True, False, False, True]
    assert await outcome(customer, "12125550101", "releasenumbers") == 12125550101
    assert await customer.buy("12125550101") == -220


async def test_a_script_says_what_each_request_of_a_look_up_meets(opened: Open):
    customer = await opened(slow_for=0.01)
    customer.simulator.script_look_up("getbalance", "500", "html", "cut json", "other number")
    answers = [await customer.raw("getbalance") for _ in range(5)]
    assert [status for status, _, _ in answers] == [500, 200, 200, 200, 200]
    assert [text[:5] for _, text, _ in answers] == ["<html", "<html", '{"DAT', '{"DAT', '{"DAT']
    assert json.loads(answers[4][1])["DATA"][0]["RETURN"] > 0
    customer.simulator.script_look_up("getdids", "slow", "dropped", "cut")
    assert (await customer.ask("getdids", CountryCode="1202"))["DATA"]
    for broken in (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError):
        with pytest.raises(broken):
            await customer.raw("getdids", CountryCode="1202")


async def test_look_ups_meet_faults_of_their_own_plan_and_purchases_none_of_them(opened: Open):
    customer = await opened(lookup_faults=FaultPlan({"500": 1.0}, fade=0))
    for function in ("getbalance", "getdids", "getareas", "getcountries", "getringto", "getdidinfo"):
        assert [(await customer.raw(function))[0] for _ in range(2)] == [500, 200]
    assert await outcome(customer, NUMBER) == int(NUMBER)
    assert customer.simulator.lookup_faults.rates == {"500": 1.0}
    customer.simulator.lookup_faults = FaultPlan.profile("none")
    assert (await customer.raw("getdids", CountryCode="1203"))[0] == 200


async def test_prices_and_the_balance_change_while_the_simulator_runs(opened: Open):
    customer = await opened(balance=Decimal(100))
    customer.simulator.reprice("1212", Price(Decimal("20.000"), Decimal("1.50")))
    customer.simulator.spend(Decimal(8))
    await customer.buy(NUMBER)
    assert customer.simulator.record().balance == Decimal("70.5")
    assert (await customer.ask("getdids", CountryCode="1212"))["DATA"][0]["SetupCost"] == "20.000"


async def test_in_a_storm_the_record_charges_each_number_at_most_once_and_retries_end_it(opened: Open):
    customer = await opened(faults="storm", seed=11, balance=Decimal(100000), late_by=5, slow_for=1, **QUICK)
    numbers = [f"1212555{last:04}" for last in range(1000, 1300)]
    first = await asyncio.gather(*(outcome(customer, number) for number in numbers))
    assert 30 < sum(answer != int(number) for number, answer in zip(numbers, first, strict=True)) < 90
    for _ in range(4):
        missing = [number for number in numbers if not await customer.holds(number)]
        await asyncio.gather(*(outcome(customer, number) for number in missing))
    await customer.simulator.wait_for_late()
    charges = [charge.number for charge in customer.simulator.record().charges]
    assert len(charges) == len(set(charges)) > 250


async def test_the_same_seed_gives_each_number_the_same_fate_in_any_order(opened: Open):
    numbers = [f"1212555{last:04}" for last in range(2000, 2080)]
    fates = []
    for order in (numbers, numbers[::-1]):
        customer = await opened(faults="storm", seed=3, late_by=5, slow_for=1, **QUICK)
        fates.append({number: str(await outcome(customer, number)) for number in order})
    assert fates[0] == fates[1]


def test_faults_of_the_connection_are_the_same_on_the_other_event_loop():
    uvloop = pytest.importorskip("uvloop")

    async def answers() -> list[object]:
        async with (
            Simulator(SimulatorOptions(latency=(0, 0), speed=1000)) as simulator,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
        ):
            customer = Customer(simulator, session)
            return [await outcome(customer, f"120255501{last}") for last in (50, 51, 53, 70, 79)]

    expected = [
        "ServerDisconnectedError",
        "ClientOSError",
        "ServerDisconnectedError",
        "ClientPayloadError",
        12025550179,
    ]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(answers()) == expected


# The state file


def quick(state: Path, **options: object) -> SimulatorOptions:
    return SimulatorOptions(state=state, latency=(0, 0), **options)


async def test_a_simulator_started_again_knows_what_it_sold_and_released(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    async with Simulator(quick(state, magic=False)) as simulator:
        before = simulator.instance
        simulator.world.buy_by_hand(NUMBER)
        simulator.world.buy("rehearsal", "12125550124", {"URI": "é@h", "Password": "s3cret"})
        simulator.world.release("rehearsal", "12125550124")
        kept = simulator.record()
    with pytest.raises(OSError):
        simulator.world.buy_by_hand("12125550125")
    assert "s3cret" not in state.read_text()
    assert state.stat().st_mode & 0o777 == 0o600
    async with Simulator(quick(state, magic=False)) as again:
        assert again.record() == kept
        assert again.instance == before
        assert again.world.buy_by_hand("12125550124") == -220
        assert again.world.buy_by_hand(NUMBER) == -165
    async with Simulator(quick(state, magic=False, reserved_for=0)) as later:
        assert later.world.buy_by_hand("12125550124") == 12125550124


async def test_a_state_file_is_held_by_one_simulator_at_a_time(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    async with Simulator(quick(state)):
        with pytest.raises(StateFileError, match="another simulator"):
            async with Simulator(quick(state)):
                pass


async def test_a_torn_last_line_is_cut_off(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    async with Simulator(quick(state)) as simulator:
        simulator.world.buy_by_hand(NUMBER)
    whole = state.read_bytes()
    state.write_bytes(whole + b'{"event":"bou')
    async with Simulator(quick(state)) as again:
        assert len(again.record().charges) == 1
    assert state.read_bytes() == whole
    state.write_bytes(whole[:12])
    async with Simulator(quick(state)) as anew:
        assert not anew.record().charges


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Number,URI\n", "not a simulator's"),
        (b'{"numbatch-simulator":2,"instance":"x"}\n', "another version"),
        (b'{"numbatch-simulator":1,"instance":\n', "line 1"),
        (b'{"numbatch-simulator":1,"instance":"x"}\n{"event":"bought"}\n', "line 2"),
    ],
)
async def test_a_file_that_is_no_state_is_refused_and_left_alone(tmp_path: Path, content: bytes, words: str):
    state = tmp_path / "orders.csv"
    state.write_bytes(content)
    with pytest.raises(StateFileError, match=words):
        async with Simulator(quick(state)):
            pass
    assert state.read_bytes() == content


async def test_a_state_of_an_account_that_there_is_not_is_refused(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    async with Simulator(quick(state)) as simulator:
        simulator.world.buy_by_hand(NUMBER)
    with pytest.raises(StateFileError, match="rehearsal"):
        async with Simulator(quick(state, username="someone")):
            pass


async def test_a_sale_that_cannot_be_written_down_is_not_made(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with Simulator(quick(state)) as simulator:
        size = state.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
        try:
            with pytest.raises(OSError, match="only 10 of"):
                simulator.world.buy_by_hand(NUMBER)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert not simulator.record().charges
        assert state.stat().st_size == size, "no piece of a line is left"
        assert simulator.world.buy_by_hand(NUMBER) == int(NUMBER)


def test_every_magic_number_is_found_by_its_digits():
    assert all(MAGIC[magic.number] is magic for magic in magic_numbers())
