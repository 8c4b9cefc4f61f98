"""Each converter takes what people write, and says in plain words what it does not take."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from batch.ledger.records import Environment
from batch.pool.options import Brake
from batch.settings import convert


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("10", 10),
        (10, 10),
        ("10s", 10),
        ("10 s", 10),
        ("1.5m", 90),
        ("10m", 600),
        ("1h", 3600),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("250ms", 0.25),
        (Decimal("0.5"), 0.5),
        ("0", 0),
    ],
)
def test_durations(raw, seconds):
    assert convert.duration(raw) == seconds


@pytest.mark.parametrize("raw", ["", "ten", "-1", "10x", "1h-3m", "nan", "inf", "1e99", True, None, [], "h"])
def test_what_is_no_duration_is_refused(raw):
    with pytest.raises(ValueError, match="duration like 10, 10s, 10m or 1h"):
        convert.duration(raw)


def test_a_positive_duration_is_not_nothing():
    with pytest.raises(ValueError, match="longer than nothing"):
        convert.positive_duration("0s")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("18:30", time(18, 30)),
        ("6:05", time(6, 5)),
        ("23:59:59", time(23, 59, 59)),
        (time(7, 0), time(7, 0)),
        ("2h", timedelta(hours=2)),
        (90, timedelta(seconds=90)),
    ],
)
def test_until_is_a_time_of_day_or_a_duration(raw, found):
    assert convert.until(raw) == found


@pytest.mark.parametrize("raw", ["24:00", "18:60", "0", "soon", True])
def test_what_is_no_moment_is_refused(raw):
    with pytest.raises(ValueError, match="a time of day like 18:30"):
        convert.until(raw)


@pytest.mark.parametrize(
    ("raw", "amount"), [("250", "250"), ("249.50", "249.50"), (7, "7"), (Decimal("0.10"), "0.10"), ("0", "0")]
)
def test_money_is_decimal(raw, amount):
    assert convert.money(raw) == Decimal(amount)


@pytest.mark.parametrize("raw", ["$5", "1,000", "-1", "NaN", "", True, 1.5])
def test_what_is_no_amount_is_refused(raw):
    with pytest.raises(ValueError, match="an amount like 250"):
        convert.money(raw)


@pytest.mark.parametrize(("raw", "value"), [("5", 5), (5, 5), ("0.5", Decimal("0.5")), ("1_000", 1000)])
def test_a_rate_is_a_number_above_nothing(raw, value):
    assert convert.pace(raw) == value


@pytest.mark.parametrize("raw", ["0", "-1", "fast", True, None])
def test_what_is_no_rate_is_refused(raw):
    with pytest.raises(ValueError, match="a number above 0"):
        convert.pace(raw)


@pytest.mark.parametrize("raw", ["1e400", "1e-400", "0.0001", "1000001"])
def test_a_rate_that_nobody_means_is_refused(raw):
    with pytest.raises(ValueError, match=r"between 0\.001 and 1,000,000 requests a second"):
        convert.pace(raw)


def test_counts_are_whole_and_at_least_something():
    assert convert.count(1)("8") == 8
    for raw in ("0", "1.5", "many", True):
        with pytest.raises(ValueError, match="a whole number of 1 or more"):
            convert.count(1)(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("20%", Brake(count=None, percent=Decimal(20))),
        ("12.5 %", Brake(count=None, percent=Decimal("12.5"))),
        (40, Brake(count=40, percent=None)),
        ("40", Brake(count=40, percent=None)),
        ("off", None),
        (False, None),
    ],
)
def test_the_brake(raw, found):
    assert convert.brake(raw) == found


@pytest.mark.parametrize("raw", ["0", "101%", "1.5", "on", True, "%"])
def test_what_is_no_brake_is_refused(raw):
    with pytest.raises(ValueError, match="a count like 40, a percentage like 20%, or off"):
        convert.brake(raw)


def test_codes_are_a_list_or_separated_by_commas():
    assert convert.codes([-275, -1265]) == convert.codes("-275, -1265") == {-275, -1265}
    with pytest.raises(ValueError, match="return codes like"):
        convert.codes("sold")


def test_switches():
    assert convert.switch("Yes") is convert.switch(True) is True
    assert convert.switch("off") is convert.switch(False) is False
    with pytest.raises(ValueError, match="true or false"):
        convert.switch("perhaps")


def test_words_with_a_form():
    assert convert.country("fr") == "FR"
    assert convert.currency("eur") == "EUR"
    assert convert.zone("Europe/Berlin") == "Europe/Berlin"
    assert convert.environment("Live") is Environment.LIVE
    assert convert.text(" a ") == "a"
    for converter, raw in (
        (convert.country, "France"),
        (convert.currency, "euros"),
        (convert.zone, "Mars/Olympus"),
        (convert.zone, "../etc/passwd"),
        (convert.environment, "test"),
        (convert.text, 5),
        (convert.text, "a\x00b"),
        (convert.text, " "),
    ):
        with pytest.raises(ValueError):
            converter(raw)


def test_a_ledger_on_a_server_is_not_there_yet():
    assert convert.directory("a/b") == Path("a/b")
    with pytest.raises(ValueError, match="not available in this version"):
        convert.directory("postgresql://ledger")


def test_a_command_is_a_list_or_a_line_and_never_quoted_back():
    assert convert.command(["pass", "show", "x y"]) == convert.command("pass show 'x y'") == ("pass", "show", "x y")
    for raw in ([], "", "echo 'hunter2", [1], 7):
        with pytest.raises(ValueError, match="as a list or as one line") as caught:
            convert.command(raw)
        assert "hunter2" not in str(caught.value)


def test_tables():
    assert convert.columns({"DID to order": "Number", "SID": False}) == {"DID to order": "Number", "SID": False}
    assert convert.defaults({"Type": "SIP", "Channels": 2, "Cnam": True, "FaxRing": Decimal("1.5")}) == {
        "Type": "SIP",
        "Channels": "2",
        "Cnam": "1",
        "FaxRing": "1.5",
    }
    for converter, raw in (
        (convert.columns, "Number"),
        (convert.columns, {"a": True}),
        (convert.defaults, []),
        (convert.defaults, {"a": []}),
    ):
        with pytest.raises(ValueError):
            converter(raw)


def test_a_password_is_not_quoted_back():
    assert convert.secret("hunter2").reveal() == "hunter2"
    with pytest.raises(ValueError) as caught:
        convert.secret(31337)
    assert "31337" not in str(caught.value)


def test_long_values_are_shortened():
    with pytest.raises(ValueError) as caught:
        convert.duration("x" * 500)
    assert len(str(caught.value)) < 150
