"""Secrets are masked wherever they may turn up."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from batch.cli import masking
from batch.cli.masking import mask, remember, remember_flags


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(masking, "_seen", {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sip:bob:hunter2@pbx.example.com", "sip:bob:***@pbx.example.com"),
        ("to sips:bob:hunter2@h;x=1 and on", "to sips:bob:***@h;x=1 and on"),
        ("sip:bob:hun@ter2@h", "sip:bob:***@h"),
        ("sip:bob:hun/ter2@h", "sip:bob:***@h"),
        ("bob:hunter2@pbx.example.com", "bob:***@pbx.example.com"),
        ("https://u:hunter2@h/p", "https://u:***@h/p"),
        ("https://h/p?token=hunter2&x=1", "https://h/p?***"),
        ("https://h/p#access_token=hunter2", "https://h/p#***"),
        ("hooks.example/sms?token=hunter2", "hooks.example/sms?token=***"),
        ("UserName=u&Password=hunter2&Number=1", "UserName=u&Password=***&Number=1"),
        ("{'Password': 'hunter 2', 'Number': '1'}", "{'Password': '***', 'Number': '1'}"),
        ('{"api_key": "hunter2"}', "{\"api_key\": '***'}"),
        ("postgresql://u:hunter2@h/db", "postgresql://u:***@h/db"),
    ],
)
def test_user_info_queries_and_forms(text, shown):
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "bob@pbx.example.com at 12:30",
        "sip:bob@pbx.example.com:5060",
        "mailto:bob@example.com",
        "orders.csv:4: bob@example.com is wrong",
        "http://127.0.0.1:8080/json and bob@h",
        "numbatch.toml, line 4: password must be text in quotes",
        "password_file: there is no file /srv/pw",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text):
    assert mask(text) == text


@pytest.mark.parametrize(
    "password", ["open sesame", "a&Password=b", 'it\'s "so"', "two\nlines", "pässwörd-é", "\\back\\slash"]
)
def test_a_password_that_was_seen_is_masked_in_every_writing(password):
    remember(password)
    for written in (
        password, urlencode({"x": password}), json.dumps(password), json.dumps(password, ensure_ascii=False),
        repr(password), ascii(password), repr({"x": password}),
    ):  # fmt: skip
        shown = mask(f"Error: <{written}>")
        assert "***" in shown
        assert password not in shown
        assert "sesame" not in shown


@pytest.mark.parametrize(
    ("password", "text", "shown"),
    [
        ("abc", "abc", "abc"),
        ("live", "delivered live, 'live'", "delivered ***, '***'"),
        ("12025550100", "number 12025550100", "number ***"),
        ("sold-out!", "xsold-out!x", "x***x"),
    ],
)
def test_a_short_password_does_not_eat_the_words_that_it_is_a_part_of(password, text, shown):
    remember(password)
    assert mask(text) == shown


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["run", "--password", "x9"], "run --password ***"),
        (["run", "--password=x9"], "run --password=***"),
        (["--api-token=x9", "run"], "--api-token=*** run"),
        (["run", "--passwd", "--yes", "x9"], "run --passwd --yes x9"),
        (["run", "--pass"], "run --pass"),
    ],
)
def test_what_is_given_to_a_flag_for_a_secret_is_masked_however_short(arguments, shown):
    assert remember_flags(arguments)
    assert mask(" ".join(arguments)) == shown


def test_a_password_that_is_no_utf_8_is_masked_too():
    remember("half a char \udc80")
    assert mask("it is 'half a char \udc80'") == "it is '***'"


def test_other_flags_are_no_secrets():
    assert not remember_flags(["run", "orders.xlsx", "--limit", "1", "-o", "passwords.xlsx"])
    assert mask("orders.xlsx 1") == "orders.xlsx 1"


@pytest.mark.parametrize("piece", ["a:", "sip:a:", "b@", '"password', "a", "x=1&"])
def test_long_text_takes_no_time_to_speak_of(piece):
    """Each pattern looks a bounded way ahead: a page that a provider sent must not hold up a run."""
    text = piece * (200_000 // len(piece))
    assert len(mask(text)) <= len(text)
