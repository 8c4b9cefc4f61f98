"""The look-ups' commands, in this process, against a simulator and against a provider that answers whatever it likes."""

from __future__ import annotations

import json
import os
import signal
import socket
from decimal import Decimal

import openpyxl
import pytest
from support.canned import HTML, CannedProvider, Said, rows
from support.command import ServedSimulator

from batch.cli import looking, main, scene
from batch.cli.commands import search
from batch.loader import load
from batch.provider.multitel.fields import FIELDS
from batch.provider.simulator import SimulatorOptions

USA = {"COUNTRYCODE": "1", "DESCRIPTION": "USA", "COUNTRYID": "211", "ISOCODE": "USA"}
CANADA = {"COUNTRYCODE": "1", "DESCRIPTION": "CANADA", "COUNTRYID": "37", "ISOCODE": "CAN"}
FRANCE = {"COUNTRYCODE": "33", "DESCRIPTION": "FRANCE", "COUNTRYID": "73", "ISOCODE": "FR"}


def offer(number, setup="2.000", monthly="3.00", area="Bridgeport, CT", **more):
    return {
        "Number": number,
        "SetupCost": setup,
        "MonthlyCharges": monthly,
        "PerMinuteCharges": "0.019",
        "Area": area,
        "Country": "USA",
        "CountryCode": "US",
        "StateCode": "1203",
        "VOIP": 1,
        "SMS": 0,
        **more,
    }


OWNED = {
    "Number": "12035550100",
    "SetupCost": "2.000",
    "MonthlyCharges": "3.00",
    "PerMinuteCharges": "0.019",
    "Uri": "sip:bob:hunter22@pbx.example.com",
    "Uri2": "",
    "RingType": "2",
    "ForwardDestination": "1",
    "Cnam": "0",
    "Description": "Front \x1b[31mdesk",
    "Channels": "4",
    "FreeMinutes": "0",
    "ServiceActive": "1",
    "DateCreated": "2013-09-10 14:24:11",
    "FaxDetect": "0",
}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """A home of the test's own; nobody waits for a second asking."""
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(looking, "_PAUSE", 0.0)
    monkeypatch.setattr(scene, "_LEAST_BETWEEN", Decimal(0))


@pytest.fixture
def numbatch(capsys):
    """Runs a command against a provider; its exit code, what it said on stdout and on stderr."""

    def run(provider, *arguments):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in provider.environ.items():
                patch.setenv(name, value)
            code = main.run(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert provider.environ["NUMBATCH_PASSWORD"] not in said.out + said.err
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def simulator():
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.0))) as served:
        yield served


# Against the simulator -----------------------------------------------------------------------------------------------


def test_countries_are_listed_by_name(numbatch, simulator):
    code, out, err = numbatch(simulator, "countries")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["Dial", "Country", "ISO", "Id"]
    assert [line.split()[1] for line in out.splitlines()[1:]] == sorted(
        line.split()[1] for line in out.splitlines()[1:]
    )
    code, out, _ = numbatch(simulator, "countries", "--json")
    assert {"dial": "33", "name": "FRANCE", "iso": "FRA", "id": "73"} in json.loads(out)


@pytest.mark.parametrize(
    "text", [["GB"], ["gbr"], ["+44"], ["44"], ["united", "kingdom"], ["United"], ["uk"], ["kingdom"]]
)
def test_a_country_is_known_by_dial_code_letters_or_name(numbatch, simulator, text):
    code, out, _ = numbatch(simulator, "areas", *text)
    assert code == 0
    assert out.splitlines()[0] == "UNITED KINGDOM (+44)"
    assert "Manchester" in out


def test_areas_for_programs(numbatch, simulator):
    _, out, _ = numbatch(simulator, "areas", "us", "--json")
    found = json.loads(out)
    assert found["country"]["iso"] == "USA"
    assert {"prefix": "1203", "name": "Connecticut"} in found["areas"]


def test_a_dial_code_of_several_countries_lists_the_choices(numbatch, simulator):
    code, out, err = numbatch(simulator, "areas", "1")
    assert (code, out) == (2, "")
    assert "USA: USA (+1)" in err
    assert "CAN: CANADA (+1)" in err


def test_a_country_that_is_not_listed_is_said_with_what_comes_near(numbatch, simulator):
    code, _, err = numbatch(simulator, "areas", "Frnace")
    assert code == 2
    assert "FRA: FRANCE (+33)" in err
    assert "numbatch countries" in numbatch(simulator, "areas", "XQ")[2]


def test_the_balance_has_its_currency(numbatch, simulator):
    assert numbatch(simulator, "balance") == (0, "1,000,000.00 USD\n", "")
    out = numbatch(simulator, "balance", "--json")[1]
    assert json.loads(out) == {"account": "rehearsal", "balance": "1000000.00", "currency": "USD"}


@pytest.mark.parametrize("prefix", [["1203"], ["+1203"], ["1-203"], ["+1", "(203)"], ["001", "203"]])
def test_a_prefix_is_read_as_people_write_it(numbatch, simulator, prefix):
    code, out, err = numbatch(simulator, "search", *prefix, "--limit", "3")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["12035550100", "12035550101", "12035550102"]
    assert "3 numbers of 50 in stock under 1203" in err


@pytest.mark.parametrize("prefix", ["abc", "0203", "1203x", "+", "1" * 16])
def test_what_is_no_prefix_is_refused_before_anybody_is_asked(numbatch, prefix):
    with CannedProvider() as provider:
        code, out, err = numbatch(provider, "search", prefix)
        assert (code, out, provider.asked) == (2, "", [])
        assert "numbatch areas" in err


def test_a_search_writes_an_order_workbook_that_loads(numbatch, simulator, tmp_path):
    code, out, err = numbatch(simulator, "search", "1203", "--limit", "30", "--contiguous", "-o", "orders.xlsx")
    assert (code, out) == (0, "")
    assert "numbatch check orders.xlsx" in err
    orders = load([tmp_path / "orders.xlsx"], FIELDS)
    assert [row.number for row in orders.rows] == [f"120355501{n:02}" for n in range(30)]
    assert {row.price for row in orders.rows} == {Decimal(8)}
    sheet = openpyxl.load_workbook(tmp_path / "orders.xlsx")["Orders"]
    assert [cell.value for cell in sheet[1]] == ["Number", "Price", "Area", "Description", "Type", "URI", "Channels"]
    assert sheet["A2"].value == "+12035550100-+12035550129"
    code, _, err = numbatch(simulator, "search", "1203", "-o", "orders.xlsx")
    assert code == 2
    assert "--force" in err
    assert numbatch(simulator, "search", "1203", "--limit", "2", "-o", "orders.xlsx", "--force", "-q") == (0, "", "")
    assert len(load([tmp_path / "orders.xlsx"], FIELDS).rows) == 2


def test_orders_go_to_a_csv_where_it_is_named_so_and_nowhere_else(numbatch, simulator, tmp_path):
    assert numbatch(simulator, "search", "1203", "--limit", "4", "--contiguous", "-o", "orders.csv")[0] == 0
    assert len(load([tmp_path / "orders.csv"], FIELDS).rows) == 4
    assert numbatch(simulator, "search", "1203", "-o", "orders.pdf")[0] == 2
    assert numbatch(simulator, "search", "1203", "-o", "nowhere/orders.xlsx")[0] == 2


def test_less_in_stock_than_wanted_is_said(numbatch, simulator):
    code, _, err = numbatch(simulator, "search", "1203", "--limit", "200", "--contiguous")
    assert code == 0
    assert "only 50 numbers of the 200 that were wanted" in err
    assert numbatch(simulator, "search", "1203", "--limit", "0")[0] == 2


def test_a_number_that_is_not_ours_is_exit_4(numbatch, simulator):
    for command in ("show", "ringto"):
        code, out, _ = numbatch(simulator, command, "+1", "203", "555", "0111")
        assert code == 4
        assert "12035550111: the account shows no such number" in out
        assert json.loads(numbatch(simulator, command, "12035550111", "--json")[1])["owned"] is False
    assert numbatch(simulator, "show", "0203 555")[0] == 2


# Against a provider that answers what it likes -----------------------------------------------------------------------

STOCK = [
    offer("12035550120", area="Hartford"),
    *(offer(f"1203555010{n}", monthly="3.00" if n < 3 else "4.00") for n in range(5)),
    offer("12035550110", setup="free", VOIP=0, SMS=1),
    offer("12035550111"),
]


def test_blocks_are_the_longest_first_with_what_they_cost(numbatch):
    with CannedProvider(getdids=[rows(*STOCK)]) as provider:
        code, out, err = numbatch(provider, "search", "1203", "--contiguous")
        assert code == 0
        lines = out.splitlines()
        assert [line.split("  ")[0] for line in lines[1:]] == [
            "12035550100-12035550104 (5)",
            "12035550110-12035550111 (2)",
            "12035550120",
        ]
        assert "5.00–6.00" in lines[1]
        assert "27.00" in lines[1]
        assert "some" in lines[2]
        assert (
            "8 numbers of 8 in stock under 1203, in 2 blocks and 1 alone, at a price that is not known for all" in err
        )
        assert "1 number of them take no calls" in err
        found = json.loads(numbatch(provider, "search", "1203", "--contiguous", "--json")[1])
    assert found["blocks"][0] == {
        "first": "12035550100",
        "last": "12035550104",
        "size": 5,
        "first_charge": None,
        "first_charge_of_all": "27.00",
        "areas": ["Bridgeport, CT"],
    }
    assert found["blocks"][1]["first_charge_of_all"] is None


def test_an_order_workbook_has_a_row_for_as_many_numbers_as_cost_the_same(numbatch, tmp_path):
    with CannedProvider(getdids=[rows(*STOCK)]) as provider:
        assert numbatch(provider, "search", "1203", "--contiguous", "-o", "o.xlsx")[0] == 0
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx")["Orders"]
    found = [tuple(cell.value for cell in row[:3]) for row in sheet.iter_rows(min_row=2)]
    assert found == [
        ("+12035550100-+12035550102", 5, "Bridgeport, CT"),
        ("+12035550103-+12035550104", 6, "Bridgeport, CT"),
        ("+12035550110", None, "Bridgeport, CT"),
        ("+12035550111", 5, "Bridgeport, CT"),
        ("+12035550120", 5, "Hartford"),
    ]
    prices = {row.number: row.price for row in load([tmp_path / "o.xlsx"], FIELDS).rows}
    assert prices["12035550104"] == Decimal(6)
    assert prices["12035550110"] is None


def test_an_area_is_found_by_its_words(numbatch):
    with CannedProvider(getdids=[rows(*STOCK)]) as provider:
        found = json.loads(numbatch(provider, "search", "1203", "--area", "hartFORD", "--json")[1])
        assert [one["number"] for one in found["numbers"]] == ["12035550120"]
        code, out, _ = numbatch(provider, "search", "1203", "--area", "Boston")
        assert code == 4
        assert "nothing is in stock under 1203 in an area named 'Boston'" in out


NONE_IN_STOCK = rows({"Number": "-100"})


def test_nothing_in_stock_is_exit_4_and_writes_nothing(numbatch, tmp_path):
    with CannedProvider(getdids=[NONE_IN_STOCK]) as provider:
        code, out, err = numbatch(provider, "search", "1203", "-o", "o.xlsx")
        assert (code, out, err) == (4, "nothing is in stock under 1203\n", "")
        assert json.loads(numbatch(provider, "search", "1203", "--json")[1])["numbers"] == []
    assert not (tmp_path / "o.xlsx").exists()


def test_a_prefix_longer_than_an_areas_is_looked_for_in_its_area_too(numbatch):
    with CannedProvider(getdids=[NONE_IN_STOCK, rows(*STOCK)]) as provider:
        found = json.loads(numbatch(provider, "search", "120355501", "--json")[1])
        assert [form["CountryCode"] for _, form in provider.asked] == ["120355501", "1203"]
    assert found["in_stock"] == 8


@pytest.mark.parametrize(("command", "function"), [("countries", "getcountries"), ("areas", "getareas")])
def test_an_empty_list_is_exit_4(numbatch, command, function):
    with CannedProvider(**{"getcountries": [rows(USA, FRANCE)], function: [rows()]}) as provider:
        code, out, _ = numbatch(provider, command, *(["FR"] if command == "areas" else []))
        assert code == 4
        assert "the provider lists no" in out


def test_a_code_in_place_of_the_areas_is_told_and_is_not_an_empty_list(numbatch):
    refused = Said(b'{"DATA":[{"RETURN":-100}],"return_code":-100}')
    with CannedProvider(getcountries=[rows(USA, FRANCE)], getareas=[refused]) as provider:
        code, out, err = numbatch(provider, "areas", "FR")
        assert (code, out) == (5, "")
        assert "code -100 instead of a list" in err


def test_what_the_account_holds_is_shown_by_an_orders_names_without_secrets(numbatch):
    with CannedProvider(getdidinfo=[rows(OWNED)]) as provider:
        code, out, _ = numbatch(provider, "show", "12035550100")
        assert code == 0
        lines = {line.split("  ")[0]: " ".join(line.split()) for line in out.splitlines()}
        assert lines["Type"] == "Type 1 = sip"
        assert lines["Ringstyle"] == "Ringstyle 2 = music"
        assert lines["URI"] == "URI sip:bob:***@pbx.example.com"
        assert lines["FaxDetect"] == "FaxDetect 0 = no retired: it may have no effect"
        assert "2013-09-10 14:24:11 (the provider does not say in which time zone)" in lines["Created"]
        assert lines["Monthly"] == "Monthly 3.00 USD"
        assert lines["ServiceActive"] == "ServiceActive 1"
        assert "The account does not report: RingType, " in out
        assert "No ledger was looked into: there is no ledger in" in out
        assert "hunter22" not in out
        assert "\x1b" not in out
        found = json.loads(numbatch(provider, "show", "12035550100", "--json")[1])
    assert found["fields"]["Type"] == {"value": "1", "word": "sip", "retired": False}
    assert found["fields"]["URI"]["value"] == "sip:bob:***@pbx.example.com"
    assert "Record" in found["not_reported"]
    assert (found["setup"], found["monthly"], found["created"]) == ("2.00", "3.00", "2013-09-10 14:24:11")
    assert found["history"] is None
    assert "hunter22" not in json.dumps(found)


def test_where_no_destination_is_told_it_is_said_with_what_is_told(numbatch):
    with CannedProvider(getringto=[rows({"Number": "12035550100", "Uri": "", "ForwardDestination": "7"})]) as provider:
        code, out, _ = numbatch(provider, "ringto", "12035550100")
    assert code == 0
    assert "no destination is told: the account's default may hold" in out
    assert "ForwardDestination  7" in out


def test_names_from_the_provider_command_no_terminal(numbatch):
    evil = {**FRANCE, "DESCRIPTION": "FR\x1b[31mANCE"}
    area = {"AREACODE": "331", "DESCRIPTION": "P\x1b]0;aris"}
    with CannedProvider(getcountries=[rows(evil)], getareas=[rows(area)]) as provider:
        for arguments in (["countries"], ["areas", "33"], ["areas", "FR"], ["areas", "GB"]):
            _, out, err = numbatch(provider, *arguments)
            assert "\x1b" not in out + err
    with CannedProvider(getcountries=[rows(evil)], getareas=[rows()]) as provider:
        assert "\x1b" not in numbatch(provider, "areas", "33")[1]


def test_at_a_terminal_the_first_of_many_are_listed(numbatch, monkeypatch):
    monkeypatch.setattr(search, "is_terminal", lambda _: True)
    many = [offer(str(12035550000 + n)) for n in range(120)]
    with CannedProvider(getdids=[rows(*many)]) as provider:
        out = numbatch(provider, "search", "1203")[1]
    assert out.splitlines()[-1] == "and 20 more lines: --limit, -o ORDERS.xlsx or --json"
    assert len(out.splitlines()) == 1 + 100 + 1


def test_where_calls_go_is_told_in_order_without_secrets(numbatch, simulator):
    told = {"Number": "12035550100", "Uri": "bob:hunter22@pbx.example.com", "Uri2": "b@pbx.example.com"}
    with CannedProvider(getringto=[rows(told)]) as provider:
        code, out, _ = numbatch(provider, "ringto", "12035550100")
        assert code == 0
        assert [line.split() for line in out.splitlines()[2:]] == [
            ["1", "bob:***@pbx.example.com"],
            ["2", "b@pbx.example.com"],
        ]
        found = json.loads(numbatch(provider, "ringto", "12035550100", "--json")[1])
    assert found["destinations"] == ["bob:***@pbx.example.com", "b@pbx.example.com"]
    assert "hunter22" not in json.dumps(found)


LOOK_UPS = [
    (["countries"], "getcountries"),
    (["areas", "FR"], "getcountries"),
    (["search", "1203"], "getdids"),
    (["show", "12035550100"], "getdidinfo"),
    (["ringto", "12035550100"], "getringto"),
    (["balance"], "getbalance"),
]
UNUSABLE = {
    "HTML": Said(HTML),
    "500": Said(HTML, status=500),
    "cut": Said(b'{"DATA":[{"Number":"1203', length=400),
    "closed": Said(closes=True),
    "no JSON object": Said(b"[]"),
    "missing": Said(b"", status=404),
}


@pytest.mark.parametrize(
    ("arguments", "function", "way"),
    [*((*look_up, "HTML") for look_up in LOOK_UPS), *((*LOOK_UPS[2], way) for way in list(UNUSABLE)[1:])],
)
def test_an_answer_that_can_not_be_used_is_asked_for_once_more_then_exit_5(numbatch, arguments, function, way):
    with CannedProvider(**{function: [UNUSABLE[way]]}) as provider:
        code, out, err = numbatch(provider, *arguments)
        assert (code, out) == (5, "")
        assert "gave no usable answer" in err
        assert [name for name, _ in provider.asked] == [function] * 2
        assert err.count("asking once more") == 1
        assert "asking once more" not in numbatch(provider, *arguments, "-q")[2]


@pytest.mark.parametrize(("arguments", "function"), LOOK_UPS[:-1])
@pytest.mark.parametrize("code", [100, -110])
def test_a_refused_login_is_exit_5_and_asked_once(numbatch, arguments, function, code):
    with CannedProvider(**{function: [Said(json.dumps({"DATA": [{"RETURN": code}]}).encode())]}) as provider:
        exit_code, out, err = numbatch(provider, *arguments)
        assert (exit_code, out) == (5, "")
        assert f"refuses the login of acme: {code}" in err
        assert len(provider.asked) == 1


def test_an_answer_the_second_time_is_an_answer(numbatch):
    with CannedProvider(getcountries=[UNUSABLE["closed"], rows(USA)]) as provider:
        code, out, err = numbatch(provider, "countries")
        assert code == 0
        assert "USA" in out
        assert "asking once more" in err


def test_a_provider_that_asks_for_a_long_pause_is_not_asked_again(numbatch):
    busy = Said(status=503, headers={"Retry-After": "3600"})
    with CannedProvider(getbalance=[busy]) as provider:
        code, _, err = numbatch(provider, "balance")
        assert code == 5
        assert "a pause of 3600 s" in err
        assert len(provider.asked) == 1


def test_a_redirect_is_not_followed_nor_asked_again(numbatch):
    with CannedProvider(getbalance=[Said(status=302, headers={"Location": "http://127.0.0.1:9/"})]) as provider:
        code, _, err = numbatch(provider, "balance")
        assert code == 5
        assert "redirect" in err
        assert len(provider.asked) == 1


def test_silence_ends_at_the_time_out(numbatch, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening, CannedProvider() as provider:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/json"
        code, _, err = numbatch(provider, "balance", "--base-url", url)
        assert code == 2  # the password is this host's, and not that one's
        monkeypatch.setenv("NUMBATCH_TIMEOUT", "100ms")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(CannedProvider, "environ", {**provider.environ, "NUMBATCH_BASE_URL": url})
            code, _, err = numbatch(provider, "balance")
    assert code == 5
    assert "gave no usable answer" in err


def test_nobody_there_is_exit_5(numbatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/json"
    with CannedProvider() as provider, pytest.MonkeyPatch.context() as patch:
        patch.setattr(CannedProvider, "environ", {**provider.environ, "NUMBATCH_BASE_URL": url})
        code, _, err = numbatch(provider, "countries")
    assert code == 5
    assert "gave no usable answer" in err


@pytest.mark.parametrize(("arguments", "_"), LOOK_UPS)
def test_missing_credentials_and_hosts_are_exit_2(capsys, arguments, _, monkeypatch):
    monkeypatch.setenv("NUMBATCH_BASE_URL", "https://sapi.example.com/json")
    assert main.run(arguments) == 2
    assert "there is no password for" in capsys.readouterr().err
    monkeypatch.setenv("NUMBATCH_BASE_URL", "http://sapi.example.com/json")
    assert main.run(arguments) == 2
    assert "NUMBATCH_BASE_URL" in capsys.readouterr().err


def test_ctrl_c_ends_a_look_up_at_once(numbatch):
    never = Said(before=lambda: os.kill(os.getpid(), signal.SIGINT), closes=True)
    with CannedProvider(getcountries=[never]) as provider:
        code, out, err = numbatch(provider, "countries")
    assert (code, out) == (130, "")
    assert "interrupted" in err
    assert len(provider.asked) == 1
