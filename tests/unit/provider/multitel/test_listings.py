"""Lists are read row by row: what can't be read is left out, and nothing is made up."""

import json
from decimal import Decimal

import pytest

from batch.number import Number
from batch.provider.lookups import Area, Country, Offer
from batch.provider.multitel import listings
from batch.provider.multitel.iso import alpha2
from batch.provider.multitel.reply import Reply
from batch.provider.protocol import Blocked, Unclear

USA = Country("1", "USA", "USA", "211")


def ok(body):
    return Reply(200, (body if isinstance(body, str) else json.dumps(body)).encode())


def rows(*found, **beside):
    return ok({"DATA": list(found), **beside})


READS = {
    "countries": listings.countries,
    "areas": lambda reply: listings.areas(reply, USA),
    "stock": lambda reply: listings.stock(reply, "1203"),
}


@pytest.fixture(params=READS.values(), ids=READS)
def read(request):
    return request.param


# Stock


def test_stock_lists_offers_with_exact_prices():
    first = {"Number": "12035550001", "SetupCost": "2.000", "MonthlyCharges": "3.00", "PerMinuteCharges": "0.019"}
    first |= {"CountryCode": "US", "Area": "CT", "StateCode": "1203", "VOIP": 1, "SMS": "0", "SS7": 0}
    second = {"Number": 12035550002, "SetupCost": 2, "MonthlyCharges": 1.5, "Country": "USA", "VOIP": "0", "SMS": True}
    assert listings.stock(rows(first, second, return_code=0), "1203") == [
        Offer(
            Number("12035550001"), Decimal("2.000"), Decimal("3.00"), "US", "CT", "1203", Decimal("0.019"), True, False
        ),
        Offer(Number("12035550002"), Decimal(2), Decimal("1.5"), "USA", voice=False),
    ]


@pytest.mark.parametrize("odd", ["?", "", "-1", "1,234.50", "$2", "1e2", None, [], {}, True, "2.000 USD"])
def test_an_odd_price_is_none_and_its_row_stays(odd):
    [offer] = listings.stock(rows({"Number": "12035550001", "SetupCost": odd, "MonthlyCharges": "3.00"}), "1203")
    assert (offer.setup, offer.monthly, offer.first_charge) == (None, Decimal("3.00"), None)


@pytest.mark.parametrize("odd", [2, "", "yes", None, [], -1])
def test_whether_a_number_takes_calls_is_unknown_where_the_provider_is_not_clear(odd):
    [offer] = listings.stock(rows({"Number": "12035550001", "VOIP": odd}), "1203")
    assert (offer.voice, offer.texts) == (None, None)


@pytest.mark.parametrize("odd", ["", "1203", "0012035550001", "1203-555-0001", 1.5, [], True, "-100", "9" * 16])
def test_a_row_without_a_usable_number_is_left_out(odd):
    found = listings.stock(rows({"Number": odd}, {"Number": "12035550001", "Area": []}, {"Area": "x"}), "1203")
    assert [offer.number for offer in found] == ["12035550001"]


def test_a_number_listed_twice_comes_once_and_at_two_prices_has_none():
    one = {"Number": "12035550001", "SetupCost": "2.00", "MonthlyCharges": "1.00"}
    found = listings.stock(rows(one, one, {**one, "SetupCost": "5.00"}), "1203")
    assert [(offer.number, offer.setup, offer.monthly) for offer in found] == [("12035550001", None, Decimal("1.00"))]


def test_numbers_under_another_prefix_are_left_out():
    found = listings.stock(rows({"Number": "12035550001"}, {"Number": "12025550001"}), "1203")
    assert [offer.number for offer in found] == ["12035550001"]


def test_an_answer_about_other_numbers_alone_is_no_empty_stock():
    found = listings.stock(rows({"Number": "2035550001"}, {"Number": "2035550002"}), "1203")
    assert found == Unclear("the answer lists 2 numbers, and none of them begins with 1203")


# Countries


def test_countries_come_as_they_are_listed_whatever_letters_they_have():
    usa = {"COUNTRYCODE": "1", "DESCRIPTION": "USA", "COUNTRYID": "211", "ISOCODE": "USA", "A2B": "?", "LATITUDE": "37"}
    france = {"COUNTRYCODE": 33, "DESCRIPTION": "FRANCE", "COUNTRYID": 73, "ISOCODE": "FR"}
    bare = {"COUNTRYCODE": "+44", "DESCRIPTION": None, "ISOCODE": []}
    assert listings.countries(rows(usa, france, bare, {"DESCRIPTION": "nowhere"}, {"COUNTRYCODE": "x"})) == [
        USA,
        Country("33", "FRANCE", "FR", "73"),
        Country("44", ""),
    ]


# Areas


def test_areas_come_with_the_country_code_and_an_area_of_no_such_country_is_left_out():
    found = listings.areas(
        rows(
            {"AREACODE": "1201", "DESCRIPTION": "New Jersey", "ALATITUDE": "40.7"},
            {"AREACODE": 1203},
            {"AREACODE": "331"},
            {"AREACODE": "", "DESCRIPTION": "x"},
        ),
        USA,
    )
    assert found == [Area("1201", "New Jersey"), Area("1203", "")]


@pytest.mark.parametrize(
    ("country", "ways"),
    [
        (
            USA,
            [
                {"ISOCODE": "US"},
                {"ISOCODE": "USA"},
                {"CountryCode": "US"},
                {"CountryCode": "USA"},
                {"CountryCode": "1", "CountryID": "211"},
            ],
        ),
        (Country("33", "FRANCE", "FR", "73"), [{"ISOCODE": "FR"}, {"CountryCode": "FR"}, {"CountryCode": "33", "CountryID": "73"}]),
        (Country("44", "", "SCO"), [{"ISOCODE": "SCO"}, {"CountryCode": "SCO"}]),
        (Country("44", "", "", "7"), [{"CountryCode": "44", "CountryID": "7"}]),
        (Country("44", ""), []),
    ],
)  # fmt: skip
def test_areas_are_asked_for_in_the_newest_way_first_and_never_with_a_blank(country, ways):
    assert list(listings.ways_to_ask(country).values()) == ways


@pytest.mark.parametrize(
    ("code", "two"),
    [("USA", "US"), ("deu", "DE"), ("CHE", "CH"), ("CHN", "CN"), ("fr", "FR"), ("SCO", ""), ("", ""), ("12", "")],
)
def test_three_letters_become_the_two_of_the_same_country(code, two):
    assert alpha2(code) == two


# What all of them share


@pytest.mark.parametrize(
    "body",
    [
        '{"DATA":[]}',
        '{"DATA":null,"return_code":0}',
        '{"DATA":[{}],"return_code":"0"}',
        '{"DATA":[{"Number":"-100","COUNTRYCODE":"-100","AREACODE":-100}],"return_code":0}',
    ],
)
def test_nothing_is_an_empty_list_in_whatever_way_it_is_said(read, body):
    assert read(ok(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        '{"DATA":[{"RETURN":-100}]}',
        '{"DATA":[{"RETURN":"-100"}],"return_code":-100}',
        '{"DATA":[],"return_code":-100}',
        '{"return_code":-100}',
    ],
)
def test_the_code_of_nothing_in_stock_empties_no_other_list(read, body):
    found = read(ok(body))
    if isinstance(found, listings.Declined):
        found = found.unclear
    assert found == [] if read is READS["stock"] else "code -100" in found.reason


@pytest.mark.parametrize("code", [100, -55, -110])
@pytest.mark.parametrize("body", ['{"DATA":[{"RETURN":"%d"}]}', '{"DATA":[],"return_code":%d}', '{"return_code":%d}'])
def test_a_refused_login_blocks_every_list(read, body, code):
    assert read(ok(body % code)) == Blocked(code)


@pytest.mark.parametrize("body", ['{"DATA":[{"RETURN":-330}]}', '{"DATA":[],"return_code":-330}'])
def test_another_code_is_told_and_is_no_list(read, body):
    found = read(ok(body))
    reason = found.unclear.reason if isinstance(found, listings.Declined) else found.reason
    assert "code -330" in reason


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        "<html>",
        '{"return_code":0}',
        '{"DATA":{}}',
        '{"DATA":[1]}',
        '{"DATA":[{"RETURN":"x"}]}',
        '{"DATA":[{"RETURN":[]}]}',
        '{"DATA":[{"RETURN":12025550123}]}',
        '{"DATA":[{"Number":"x","COUNTRYCODE":"x","AREACODE":"x"}]}',
        '{"DATA":[{"other":"12035550001"}]}',
        '{"DATA":[{"Number":[],"COUNTRYCODE":{},"AREACODE":true}]}',
    ],
)
def test_an_answer_in_another_shape_is_no_list(read, body):
    assert isinstance(read(ok(body)), Unclear)


def test_a_list_beside_an_error_code_is_not_believed(read):
    row = {"Number": "12035550001", "COUNTRYCODE": "1", "AREACODE": "1203"}
    assert not isinstance(read(rows(row, return_code=5)), list)
    assert not isinstance(read(rows(row, return_code=-100)), list)


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_under_another_status_no_body_is_a_list(read, status):
    assert isinstance(read(Reply(status, b'{"DATA":[]}')), Unclear)
