"""Options that can't work or would not be safe are refused at once; nothing shows the password."""

import dataclasses

import pytest

from batch.errors import UsageError
from batch.provider.multitel.adapter import DEFAULT_BASE_URL, MultiTel, MultiTelOptions
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS


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
