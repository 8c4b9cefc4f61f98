"""Secrets are masked wherever they may turn up."""

from __future__ import annotations

import pytest

from batch.cli import masking
from batch.cli.masking import mask, remember


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(masking, "_seen", set())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sip:bob:hunter2@pbx.example.com", "sip:bob:***@pbx.example.com"),
        ("to sips:bob:hunter2@h;x=1 and on", "to sips:bob:***@h;x=1 and on"),
        ("https://u:hunter2@h/p", "https://u:***@h/p"),
        ("https://h/p?token=hunter2&x=1", "https://h/p?***"),
        ("UserName=u&Password=hunter2&Number=1", "UserName=u&Password=***&Number=1"),
        ("postgresql://u:hunter2@h/db", "postgresql://u:***@h/db"),
        ("bob@pbx.example.com at 12:30", "bob@pbx.example.com at 12:30"),
        ("sip:bob@pbx.example.com:5060", "sip:bob@pbx.example.com:5060"),
    ],
)
def test_user_info_queries_and_forms(text, shown):
    assert mask(text) == shown


def test_a_password_that_was_seen_is_masked_as_it_stands():
    remember("open sesame")
    remember("abc")
    assert mask("Error: 'open sesame' and abc") == "Error: '***' and abc"
