from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import aiohttp
import pytest

from batch import __version__
from batch.clock import SystemClock
from batch.provider.simulator import Absence, AreasBy, Inquiry, Price, Simulator, SimulatorOptions, serve
from batch.provider.simulator.forms import FIELDS, LARGEST_BODY

from .conftest import LOGIN, Customer, Open, eventually

NUMBER = "12125550123"
PRICE = Price(Decimal("2.000"), Decimal("3.00"))


async def test_the_handshake_names_the_simulator_and_each_has_its_own_id(opened: Open):
    one, two = await opened(), await opened()
    hello = await one.own()
    assert hello["simulator"] == "numbatch"
    assert hello["version"] == __version__
    assert hello["instance"] == one.simulator.instance != two.simulator.instance
    async with one.session.get(f"{one.simulator.base_url}/numbatch-simulator") as response:
        assert response.headers["Server"] == "numbatch-simulator"


async def test_a_purchase_by_an_urlencoded_form_is_answered_with_the_number(opened: Open):
    customer = await opened()
    status, text, response = await customer.raw("buynumbers/", Number=NUMBER)
    assert (status, text) == (200, f'{{"DATA":[{{"RETURN":{NUMBER}}}]}}')
    assert response.headers["Server"] == "numbatch-simulator"


async def test_a_purchase_by_a_multipart_form_is_answered_with_the_number(opened: Open):
    customer = await opened()
    form = aiohttp.FormData({**LOGIN, "Number": NUMBER, "URI": "a@h&x=ü"}, default_to_multipart=True)
    form.add_field("File", b"x", filename="x")
    async with customer.session.post(f"{customer.simulator.base_url}/buynumbers/", data=form) as response:
        assert (await response.json())["DATA"][0]["RETURN"] == int(NUMBER)
    assert customer.simulator.record().holdings[-1].order["URI"] == "a@h&x=ü"


async def test_a_purchase_by_the_short_path_is_answered_with_the_number(opened: Open):
    customer = await opened()
    url = f"{customer.simulator.base_url}/buynumbers/rehearsal/no-secret/{NUMBER}"
    async with customer.session.get(url) as response:
        assert (await response.json())["DATA"][0]["RETURN"] == int(NUMBER)


async def test_a_purchase_by_the_full_path_has_every_field_in_the_documented_order(opened: Open):
    customer = await opened()
    values = {**LOGIN, "Number": NUMBER, "Type": "1", "URI": "a%2Fb@h", "Channels": "4", "SID": "7"}
    path = "/".join(values.get(name, "") for name in FIELDS)
    # Written out by hand: a client library would fold the empty segments.
    reader, writer = await asyncio.open_connection("127.0.0.1", int(customer.simulator.base_url.split(":")[2][:-5]))
    writer.write(f"GET /json/buynumbers/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.endswith(f'{{"DATA":[{{"RETURN":{NUMBER}}}]}}'.encode())
    order = customer.simulator.record().holdings[-1].order
    assert dict(order) == {"Type": "1", "URI": "a/b@h", "Channels": "4", "SID": "7"}


async def test_return_is_a_string_where_asked(opened: Open):
    customer = await opened(return_as_string=True)
    assert await customer.buy(NUMBER) == NUMBER
    assert await customer.buy(NUMBER) == "-165"


async def test_a_wrong_password_is_100_for_every_function_and_sells_nothing(opened: Open):
    customer = await opened()
    for function in ("buynumbers", "releasenumbers", "getdidinfo", "getdids", "getbalance"):
        answer = await customer.ask(function, Number=NUMBER, Password="wrong")
        assert answer == {"DATA": [{"RETURN": 100}]}
    assert not customer.simulator.record().charges


async def test_two_requests_at_once_for_one_number_are_charged_once(opened: Open):
    customer = await opened(latency=(0.005, 0.01))
    answers = await asyncio.gather(*(customer.buy(NUMBER) for _ in range(8)))
    assert sorted(answers) == [-165] * 7 + [int(NUMBER)]
    assert len(customer.simulator.record().charges) == 1


async def test_a_provider_of_two_steps_charges_two_requests_at_once_twice(opened: Open):
    customer = await opened(two_step=True, two_step_gap=0.03)
    answers = await asyncio.gather(customer.buy(NUMBER), customer.buy(NUMBER))
    assert answers == [int(NUMBER)] * 2
    assert len(customer.simulator.record().charges) == 2
    assert await customer.buy(NUMBER) == -165


async def test_the_account_query_shows_what_is_ours_by_its_own_names(opened: Open):
    customer = await opened(stock={NUMBER: PRICE}, zone=timezone(timedelta(hours=-5)))
    await customer.buy(
        NUMBER, Ringstyle="2", RingType="3", Type="2", URI="33123456789", Vms2t="1", SMSURI="a@b.c", Record="1"
    )
    answer = await customer.ask("getdidinfo", Number=NUMBER)
    row = answer["DATA"][0]
    assert all(isinstance(value, str) for value in row.values())
    assert answer["return_code"] == 0
    expected = {
        "Number": NUMBER,
        "SetupCost": "2.000",
        "MonthlyCharges": "3.00",
        "RingType": "2",
        "ForwardDestination": "2",
        "Uri": "33123456789",
        "Vmtts": "1",
        "Channels": "2",
        "Description": NUMBER,
        "SMS_Enabled": "1",
        "ServiceActive": "1",
    }
    assert expected.items() <= row.items()
    assert not {"Record", "Screening", "Atcd"} & row.keys()
    created = datetime.strptime(row["DateCreated"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) + timedelta(hours=5)
    assert abs(created - SystemClock().now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("absent_as", "answer"),
    [
        (Absence.CODE, {"DATA": [{"RETURN": -440}]}),
        (Absence.NO_ROW, {"DATA": [], "return_code": 0}),
        (Absence.RETURN_CODE, {"DATA": [], "return_code": -440}),
    ],
)
async def test_the_account_query_denies_what_is_not_ours(opened: Open, absent_as: Absence, answer: object):
    customer = await opened(absent_as=absent_as)
    assert await customer.ask("getdidinfo", Number=NUMBER) == answer
    assert await customer.ask("getringto", Number=NUMBER) == answer


async def test_the_account_query_can_fail_and_lie_and_recover(opened: Open):
    customer = await opened(inquiry=Inquiry.FAILS)
    simulator = customer.simulator
    await customer.buy(NUMBER)
    assert (await customer.raw("getdidinfo", Number=NUMBER))[0] == 500
    simulator.inquiry = Inquiry.DROPS
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await customer.raw("getdidinfo", Number=NUMBER)
    simulator.inquiry = Inquiry.ALL_OURS
    assert await customer.holds("12125550124")
    simulator.inquiry = Inquiry.NONE_OURS
    assert not await customer.holds(NUMBER)
    simulator.inquiry = Inquiry(simulator.inquiry.TRUE)
    assert simulator.inquiry is Inquiry.TRUE
    assert await customer.holds(NUMBER)


async def test_a_purchase_shows_in_the_account_query_only_after_the_lag(opened: Open):
    customer = await opened(lag=100, speed=1000)
    await customer.buy(NUMBER)
    assert not await customer.holds(NUMBER)
    await eventually(lambda: customer.holds(NUMBER))


async def test_a_release_gives_the_number_back_once(opened: Open):
    customer = await opened(reserved_for=60)
    await customer.buy(NUMBER)
    assert await customer.ask("releasenumbers/", Number=NUMBER) == {"DATA": [{"RETURN": int(NUMBER)}]}
    assert await customer.ask("releasenumbers/", Number=NUMBER) == {"DATA": [{"RETURN": -440}]}
    assert await customer.ask("releasenumbers/") == {"DATA": [{"RETURN": -440}]}
    assert await customer.buy(NUMBER) == -220
    assert not await customer.holds(NUMBER)


async def test_calls_go_where_the_purchase_said(opened: Open):
    customer = await opened()
    await customer.buy(NUMBER, URI="a@h", URI2="b@h")
    answer = await customer.ask("getringto", Number=NUMBER)
    assert answer["DATA"] == [{"Number": NUMBER, "URI": "a@h", "URI2": "b@h"}]


async def test_the_stock_is_searched_by_prefix_with_prices_as_text(opened: Open):
    customer = await opened(listed=3)
    answer = await customer.ask("getdids", CountryCode="1203")
    assert answer["return_code"] == 0
    assert [row["Number"] for row in answer["DATA"]] == ["12035550100", "12035550101", "12035550102"]
    row = answer["DATA"][0]
    assert (row["CountryCode"], row["StateCode"], row["Country"]) == ("US", "1203", "USA")
    assert isinstance(row["SetupCost"], str)
    assert isinstance(row["FreeMinutes"], int)
    unknown = (await customer.ask("getdids", CountryCode="3499"))["DATA"][0]
    assert (unknown["Country"], unknown["Area"], unknown["CountryCode"], unknown["StateCode"]) == ("", "", "", "3499")
    assert (await customer.ask("getdids", CountryCode="3399"))["DATA"][0]["CountryCode"] == "FR"


async def test_nothing_in_stock_is_one_row_of_minus_100(opened: Open):
    customer = await opened(stock={NUMBER: PRICE})
    assert (await customer.ask("getdids", CountryCode="44"))["DATA"] == [{"Number": "-100"}]
    assert (await customer.ask("getdids", CountryCode="1212"))["DATA"][0]["SetupCost"] == "2.000"


async def test_magic_numbers_are_not_listed(opened: Open):
    customer = await opened(listed=100)
    rows = (await customer.ask("getdids", CountryCode="1202"))["DATA"]
    assert rows[29]["Number"] == "12025550129"
    assert "12025550130" not in {row["Number"] for row in rows}


async def test_under_a_long_prefix_magic_numbers_are_listed_and_a_gone_one_among_them(opened: Open):
    customer = await opened()
    rows = {row["Number"]: row for row in (await customer.ask("getdids", CountryCode="120255501"))["DATA"]}
    assert len(rows) == 97  # without those sold elsewhere, ours, and reserved for ever
    assert "12025550136" in rows
    assert await customer.buy("12025550136") == -275


async def test_a_number_for_texts_only_says_so_and_is_sold(opened: Open):
    customer = await opened()
    rows = {row["Number"]: row for row in (await customer.ask("getdids", CountryCode="1202555019"))["DATA"]}
    assert [(rows[f"1202555019{last}"]["VOIP"], rows[f"1202555019{last}"]["SMS"]) for last in "567"] == [
        (1, 0),
        (0, 1),
        (0, 1),
    ]
    assert await customer.buy("12025550196") == 12025550196
    row = (await customer.ask("getdidinfo", Number="12025550196"))["DATA"][0]
    assert (row["Voice_Enabled"], row["SMS_Enabled"]) == ("0", "1")


async def test_a_provider_of_area_prefixes_has_nothing_under_a_longer_one(opened: Open):
    customer = await opened(longest_prefix=4)
    assert len((await customer.ask("getdids", CountryCode="1203"))["DATA"]) == 50
    assert (await customer.ask("getdids", CountryCode="12035"))["DATA"] == [{"Number": "-100"}]


@pytest.mark.parametrize(
    ("by", "answering"),
    [
        (AreasBy.ANY, [0, 1, 2, 3, 4, 5]),
        (AreasBy.LETTERS, [0]),
        (AreasBy.CODE, [2, 3]),
        (AreasBy.ID, [5]),
    ],
)
async def test_areas_are_told_in_the_ways_that_the_option_allows(opened: Open, by: AreasBy, answering: list[int]):
    customer = await opened(areas_by=by)
    ways: list[dict[str, str]] = [
        {"ISOCODE": "GB"},
        {"ISOCODE": "GBR"},
        {"CountryCode": "GB"},
        {"CountryCode": "GBR"},
        {"CountryCode": "44"},
        {"CountryCode": "44", "CountryID": "210"},
    ]
    found = [(await customer.ask("getareas", **way))["DATA"] for way in ways]
    assert [place for place, rows in enumerate(found) if rows] == answering
    assert all([row["AREACODE"] for row in rows] == ["4420", "44161"] for rows in found if rows)


async def test_a_country_id_tells_countries_of_one_dial_code_apart(opened: Open):
    customer = await opened()
    rows = (await customer.ask("getareas", CountryCode="1", CountryID="37"))["DATA"]
    assert [row["AREACODE"] for row in rows] == ["1416"]


async def test_countries_have_as_many_letters_as_the_option_says(opened: Open):
    customer = await opened(iso_letters=2)
    assert (await customer.ask("getcountries"))["DATA"][0]["ISOCODE"] == "US"


async def test_countries_and_areas_are_rows_of_strings(opened: Open):
    customer = await opened()
    countries = (await customer.ask("getcountries"))["DATA"]
    assert {"COUNTRYCODE": "1", "DESCRIPTION": "USA", "COUNTRYID": "211", "ISOCODE": "USA"}.items() <= countries[
        0
    ].items()
    by_iso = (await customer.ask("getareas", ISOCODE="GB"))["DATA"]
    assert [row["AREACODE"] for row in by_iso] == ["4420", "44161"]
    assert (await customer.ask("getareas", CountryCode="44"))["DATA"] == by_iso
    assert (await customer.ask("getareas", CountryCode="gbr"))["DATA"] == by_iso
    assert (await customer.ask("getareas", ISOCODE="ZZ"))["DATA"] == []


async def test_the_balance_keeps_its_digits(opened: Open):
    customer = await opened(balance=Decimal("10.000"), stock={NUMBER: PRICE})
    await customer.buy(NUMBER)
    status, text, _ = await customer.raw("getbalance")
    assert (status, text) == (200, '{"DATA":[{"RETURN":5.000}]}')


async def test_the_record_tells_charges_holdings_requests_and_balance(opened: Open):
    customer = await opened(stock={NUMBER: PRICE}, balance=Decimal(100), more_accounts={"bob": ("b", Decimal(7))})
    await customer.buy(NUMBER, URI="a@h")
    await customer.buy(NUMBER)
    record = await customer.own("/record")
    charge = record["charges"][0]
    assert (charge["number"], charge["setup"], charge["monthly"]) == (NUMBER, "2.000", "3.00")
    assert datetime.fromisoformat(charge["at"]).tzinfo is not None
    ours = [held for held in record["holdings"] if held["number"] == NUMBER]
    assert ours[0]["order"] == {"URI": "a@h"}
    assert record["requests"] == {"buynumbers": 2}
    assert record["tries"] == {NUMBER: 2}
    assert record["balance"] == "95.000"
    assert record["balances"] == {"rehearsal": "95.000", "bob": "7"}
    assert customer.simulator.record().requests == {"buynumbers": 2}
    assert "Password" not in json.dumps(record)


async def test_above_the_rate_cap_requests_are_told_to_come_back(opened: Open):
    customer = await opened(rate_cap=3, retry_after=2)
    answers = [await customer.raw("getbalance") for _ in range(5)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429]
    assert answers[-1][2].headers["Retry-After"] == "2"
    assert customer.simulator.record().requests == {"getbalance": 5, "over rate cap": 2}


async def test_in_an_outage_nothing_is_executed_and_the_record_still_answers(opened: Open):
    customer = await opened()
    customer.simulator.outage = True
    assert customer.simulator.outage
    with pytest.raises(aiohttp.ClientConnectionError):
        await customer.buy(NUMBER)
    assert not (await customer.own("/record"))["charges"]
    customer.simulator.outage = False
    assert await customer.buy(NUMBER) == int(NUMBER)


async def test_what_is_not_served_is_an_html_error(opened: Open):
    customer = await opened()
    base = customer.simulator.base_url
    for url, status in [
        (f"{base}/nosuch", 404),
        (base.replace("json", "soap") + "/buynumbers", 404),
        (f"{base}/getbalance", 405),
    ]:
        async with customer.session.get(url) as response:
            assert response.status == status
            assert response.headers["Server"] == "numbatch-simulator"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a=" + b"x" * LARGEST_BODY, "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=b"] * 200), "application/x-www-form-urlencoded", 400),
        (b"a=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"nothing", "multipart/form-data", 400),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(opened: Open, body: bytes, content_type: str, status: int):
    customer = await opened()
    url = f"{customer.simulator.base_url}/buynumbers"
    async with customer.session.post(url, data=body, headers={"Content-Type": content_type}) as response:
        assert response.status == status


async def test_latency_is_divided_by_speed(opened: Open):
    customer = await opened(latency=(20, 30), speed=1000)
    clock = SystemClock()
    before = clock.elapsed()
    await customer.buy(NUMBER)
    assert 0.02 <= clock.elapsed() - before < 2


async def test_a_second_account_sees_a_number_of_the_first_as_sold_and_not_its_own(opened: Open):
    customer = await opened(more_accounts={"bob": ("b", Decimal(100))})
    await customer.buy(NUMBER)
    bob = {"UserName": "bob", "Password": "b"}
    assert (await customer.ask("buynumbers", Number=NUMBER, **bob))["DATA"][0]["RETURN"] == -165
    assert (await customer.ask("getdidinfo", Number=NUMBER, **bob))["DATA"][0]["RETURN"] == -440


async def test_serving_announces_itself_and_ends_when_cancelled():
    announced: asyncio.Future[Simulator] = asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(SimulatorOptions(), announced.set_result))
    simulator = await announced
    async with aiohttp.ClientSession() as session:
        assert (await Customer(simulator, session).own())["simulator"] == "numbatch"
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", int(simulator.base_url.split(":")[2][:-5]))


async def test_an_address_that_is_taken_is_an_error_of_the_system(opened: Open):
    customer = await opened()
    port = int(customer.simulator.base_url.split(":")[2][:-5])
    with pytest.raises(OSError):
        async with Simulator(SimulatorOptions(port=port)):
            pass


async def test_an_address_of_version_six_is_written_in_brackets(opened: Open):
    try:
        customer = await opened(host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    assert customer.simulator.base_url.startswith("http://[::1]:")
    assert await customer.buy(NUMBER) == int(NUMBER)


async def test_a_simulator_with_no_options_has_the_defaults():
    async with Simulator() as simulator:
        assert simulator.record().balance == Decimal("1000000.000")
