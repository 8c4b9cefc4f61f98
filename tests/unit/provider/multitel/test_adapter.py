"""Options that can't work or would not be safe are refused at once; nothing shows the password; each look-up asks as it must."""

import dataclasses
from datetime import UTC, datetime

import pytest

from batch.errors import UsageError
from batch.number import Number
from batch.provider.lookups import Area, Country
from batch.provider.multitel.adapter import DEFAULT_BASE_URL, MultiTel, MultiTelOptions
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.provider.protocol import Blocked, Unclear


def test_the_default_host_speaks_tls():
    options = MultiTelOptions("me", "secret")
    assert options.base_url == DEFAULT_BASE_URL == "https://sapi.multitel.net/json"
    assert (options.timeout, options.workers) == (30.0, 8)


def test_the_adapter_declares_its_tables_and_its_host():
    provider = MultiTel(MultiTelOptions("me", "secret"))
    assert (provider.name, provider.host) == ("multitel", "sapi.multitel.net:443")
    assert provider.fields is FIELDS
    assert provider.codes is CODES
    assert provider.capabilities.inquiry


def test_no_repr_shows_the_password(canary):
    options = MultiTelOptions("me", canary)
    provider = MultiTel(options)
    assert canary not in f"{options!r}{options}{provider!r}{provider._transport!r}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"password": ""},
        {"username": "\ud800"},
        {"password": "canary\ud800"},
        {"base_url": "http://sapi.multitel.net/json"},
        {"base_url": "https://me:canary@sapi.multitel.net/json"},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"workers": 0},
        {"between": -1},
        {"between": float("inf")},
        {"user_agent": "a\r\nX: y"},
        {"user_agent": "é"},
    ],
)
def test_options_that_can_not_work_are_refused_with_a_remedy(wrong):
    with pytest.raises(UsageError) as caught:
        MultiTelOptions(**{"username": "me", "password": "canary", **wrong})
    assert caught.value.remedy
    assert "canary" not in str(caught.value)


def test_options_are_frozen():
    options = MultiTelOptions("me", "secret", allow_http=True, base_url="http://api.multitel.net/json")
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.password = "x"


# Areas, which are asked for in one of several ways

USA = Country("1", "USA", "USA", "211")
FRANCE = Country("33", "FRANCE", "FR", "73")
NOTHING = '{"DATA":[],"return_code":0}'
ERROR = '{"DATA":[],"return_code":-5}'


def areas(code):
    return f'{{"DATA":[{{"AREACODE":"{code}","DESCRIPTION":"x"}}],"return_code":0}}'


class Waiting:
    """A clock that passes time at once, and counts how often it was waited for."""

    def __init__(self):
        self.waits = 0
        self.waited = 0.0

    def now(self):
        return datetime(2026, 11, 24, tzinfo=UTC)

    async def sleep(self, seconds):
        self.waits += seconds >= 1
        self.waited += seconds


async def ask(serve, answer, *answers, countries=(USA,), **options):
    clock = Waiting()
    async with (
        serve(*map(answer, answers)) as server,
        MultiTel(MultiTelOptions("me", "secret", base_url=server.url, **options), clock=clock) as provider,
    ):
        found = [await provider.areas(country) for country in countries]
        sent = [dict(request.form[2:]) for request in server.requests]
    return found, sent, clock


async def test_areas_are_asked_for_once_where_the_newest_way_answers(serve, answer):
    found, sent, clock = await ask(serve, answer, areas("1201"))
    assert (found, sent, clock.waits) == ([[Area("1201", "x")]], [{"ISOCODE": "US"}], 0)


async def test_older_ways_are_tried_where_there_are_no_areas_or_a_code_a_second_apart(serve, answer):
    found, sent, clock = await ask(serve, answer, NOTHING, ERROR, NOTHING, ERROR, areas("1201"))
    assert found == [[Area("1201", "x")]]
    assert sent == [
        {"ISOCODE": "US"},
        {"ISOCODE": "USA"},
        {"CountryCode": "US"},
        {"CountryCode": "USA"},
        {"CountryCode": "1", "CountryID": "211"},
    ]
    assert clock.waits == 4


async def test_ways_are_as_far_apart_as_the_options_say(serve, answer):
    _, sent, clock = await ask(serve, answer, NOTHING, areas("1201"), between=4.0)
    assert (len(sent), clock.waited) == (2, 4.0)


async def test_the_way_that_worked_is_asked_first_from_then_on_and_its_emptiness_believed(serve, answer):
    found, sent, _ = await ask(
        serve, answer, ERROR, NOTHING, areas("331"), areas("1201"), NOTHING, countries=(FRANCE, USA, FRANCE)
    )
    assert found == [[Area("331", "x")], [Area("1201", "x")], []]
    assert sent[3:] == [{"CountryCode": "1", "CountryID": "211"}, {"CountryCode": "33", "CountryID": "73"}]


async def test_no_areas_in_any_way_are_none_and_codes_alone_are_unclear(serve, answer):
    found, sent, _ = await ask(serve, answer, ERROR, NOTHING, ERROR, countries=(FRANCE,))
    assert found == [[]]
    found, sent, _ = await ask(serve, answer, ERROR, countries=(FRANCE,))
    assert len(sent) == 3
    assert isinstance(found[0], Unclear)
    assert "-5" in found[0].reason


@pytest.mark.parametrize("body", ['{"DATA":[{"RETURN":100}]}', "<html>", ""])
async def test_an_answer_that_is_no_list_ends_the_asking(serve, answer, body):
    found, sent, _ = await ask(serve, answer, body)
    assert isinstance(found[0], Blocked | Unclear)
    assert len(sent) == 1


async def test_a_country_without_letters_or_id_is_not_asked_about(serve, answer):
    found, sent, _ = await ask(serve, answer, NOTHING, countries=(Country("1", "Nowhere"),))
    assert sent == []
    assert "Nowhere" in found[0].reason


async def test_each_function_is_posted_to_its_own_address_with_what_it_takes(serve, answer):
    async with (
        serve(answer("{}")) as server,
        MultiTel(MultiTelOptions("me", "secret", base_url=server.url)) as provider,
    ):
        await provider.countries()
        await provider.stock("1203")
        await provider.ring_to(Number("12025550123"))
        await provider.release(Number("12025550123"))
        await provider.balance()
        asked = [(request.line.split()[:2], dict(request.form[2:])) for request in server.requests]
    assert asked == [
        (["POST", "/json/getcountries"], {}),
        (["POST", "/json/getdids"], {"CountryCode": "1203"}),
        (["POST", "/json/getringto"], {"Number": "12025550123"}),
        (["POST", "/json/releasenumbers/"], {"Number": "12025550123"}),
        (["POST", "/json/getbalance"], {}),
    ]
