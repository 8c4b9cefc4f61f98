"""A base URL is one that a password may be sent to, or it is refused with a remedy that quotes nothing of it."""

import pytest

from batch.errors import UsageError
from batch.provider.multitel.address import is_loopback, parse_base_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://sapi.multitel.net/json", "https://sapi.multitel.net/json"),
        ("https://sapi.multitel.net/json/", "https://sapi.multitel.net/json"),
        ("HTTPS://sapi.multitel.net:443", "https://sapi.multitel.net"),
        ("https://sapi.multitel.net:8443/", "https://sapi.multitel.net:8443"),
        ("http://127.0.0.1:8080/json", "http://127.0.0.1:8080/json"),
        ("http://localhost/json", "http://localhost/json"),
        ("http://[::1]:80/json", "http://[::1]/json"),
        ("https://[2001:db8::1]/json", "https://[2001:db8::1]/json"),
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_taken(text, url):
    assert str(parse_base_url(text)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sapi.multitel.net/json",
        "//sapi.multitel.net/json",
        "ftp://sapi.multitel.net",
        "file:///etc/passwd",
        "https://",
        "https:///json",
        "https://host:0/json",
        "https://host:99999/json",
        "https://ho st/json",
        "https://host/json\n",
        "https://host\\@canary/json",
        "https://[::1/json",
        "https://canary@host/json",
        "https://me:canary@host/json",
        "https://:canary@host/json",
        "https://host/json?Password=canary",
        "https://host/json#canary",
        "https://host/json?",
        "http://sapi.multitel.net/json",
        "http://127.0.0.1.example.com/canary",
        "http://localhost.example.com",
        "http://192.168.1.1/json",
        "http://0.0.0.0/json",
        "http://[::ffff:192.168.1.1]/json",
    ],
)
def test_anything_else_is_refused_with_a_remedy_and_without_quoting_it(text):
    with pytest.raises(UsageError) as caught:
        parse_base_url(text)
    assert caught.value.remedy
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_http_elsewhere_needs_the_users_word():
    assert parse_base_url("http://api.multitel.net/json", allow_http=True).host == "api.multitel.net"


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("http://localhost:1/json", True),
        ("https://LOCALHOST./json", True),
        ("http://127.0.0.1/json", True),
        ("http://127.8.9.10/json", True),
        ("http://[::1]/json", True),
        ("http://[::ffff:127.0.0.1]/json", True),
        ("http://[::ffff:10.0.0.1]/json", False),
        ("http://10.0.0.1/json", False),
        ("http://localhost.example.com/json", False),
        ("https://sapi.multitel.net/json", False),
        ("https://localhost@sapi.multitel.net/json", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_that_looks_like_it(text, local):
    assert is_loopback(text) is local
