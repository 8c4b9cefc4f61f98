"""Over TLS nothing is sent to whom the certificate does not name; a halt says whose it is, what is wrong, and what to do."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from support.breakages import HONEST, closes, executed
from support.line import line, told
from support.proxy import Door, on, on_purchases

pytest.importorskip("trustme", reason="certificates are made by trustme, a package of the development group")
from support.certificates import Authority

pytestmark = pytest.mark.slow

Server = Callable[[Authority], ssl.SSLContext]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def serve(tmp_path: Path, authority: Authority, tls: ssl.SSLContext | None, numbers: int = 8):
    """A line over TLS to a command that trusts the tests' authority."""
    return line(tmp_path, numbers, trusts=authority.file, tls=tls)


def test_a_certificate_of_a_private_authority_is_bought_over_where_ssl_cert_file_names_it(tmp_path, authority):
    names: list[str | None] = []
    with serve(tmp_path, authority, authority.noting(names)) as wire:
        wire.proxy.faults = on_purchases({wire.numbers[2]: [executed(closes)]})
        assert wire.run().returncode == 0
        assert set(names) == {"localhost"}
        wire.finish()


CLOCK, AUTHORITY, HOST = "this machine's clock", "SSL_CERT_FILE", "base_url"


@pytest.mark.parametrize(
    ("bad", "wrong", "remedy"),
    [
        (Authority.expired, "it has expired", CLOCK),
        (Authority.not_yet_valid, "it is not valid yet", CLOCK),
        (Authority.of_another_host, "it belongs to another host", HOST),
        (Authority.of_a_stranger, "its issuer is not known", AUTHORITY),
        (Authority.self_signed, "it is self-signed", AUTHORITY),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_a_bad_certificate_halts_before_anything_is_sent_and_a_good_one_lets_it_go_on(
    tmp_path, authority, bad: Server, wrong, remedy
):
    with serve(tmp_path, authority, bad(authority)) as wire:
        done = wire.run()
        assert done.returncode == 5, done.stderr
        reason = told(done)["halt_reason"]
        assert reason.startswith(f"the certificate of {wire.host} is not to be trusted: {wrong}; ")
        assert remedy in reason
        assert "halted" in done.stderr
        assert (wire.proxy.seen, wire.served.record().requests) == ([], {})
        assert set(wire.statuses().values()) == {"not sent"}
        wire.proxy.serve_with(authority.good())
        wire.finish()


def test_a_certificate_that_is_bad_from_the_nth_connection_on_halts_and_what_was_bought_stays(tmp_path, authority):
    with serve(tmp_path, authority, authority.until(5, authority.expired()), numbers=40) as wire:
        # A connection is closed after its purchase, so that the next one needs another.
        wire.proxy.faults = on("buynumbers", executed(HONEST["closed afterwards"]))
        done = wire.run()
        assert done.returncode in {5, 6}, done.stderr
        assert "it has expired" in told(done)["halt_reason"]
        assert 0 < len(wire.served.charged) <= 5
        wire.proxy.serve_with(authority.good())
        wire.finish()


@pytest.mark.parametrize("door", [Door.MUTE, Door.RESETS, Door.OLD], ids=lambda door: door.name)
def test_a_handshake_that_hangs_breaks_or_is_too_old_is_certainly_unsent(tmp_path, authority, door):
    with serve(tmp_path, authority, authority.good()) as wire:
        wire.proxy.receive(door)
        done = wire.run()
        assert done.returncode == 5, done.stderr
        assert f"the provider at {wire.host} has not answered" in told(done)["halt_reason"]
        assert set(wire.statuses().values()) == {"not sent"}
        wire.finish()


def test_plain_http_behind_an_https_address_is_certainly_unsent(tmp_path, authority):
    with serve(tmp_path, authority, None) as wire:
        plain = wire.proxy.base_url
        wire.numbatch.environ["NUMBATCH_BASE_URL"] = plain.replace("http:", "https:")
        done = wire.run()
        assert done.returncode == 5, done.stderr
        assert set(wire.statuses().values()) == {"not sent"}
        wire.proxy.serve_with(authority.good())
        wire.finish()


def test_tls_behind_a_plain_address_is_in_doubt_until_it_can_be_asked(tmp_path, authority):
    with serve(tmp_path, authority, authority.good()) as wire:
        secure = wire.proxy.base_url
        wire.numbatch.environ["NUMBATCH_BASE_URL"] = secure.replace("https:", "http:")
        done = wire.run()
        assert done.returncode in {5, 6}, done.stderr
        assert wire.served.charged == []
        wire.numbatch.environ["NUMBATCH_BASE_URL"] = secure
        wire.finish()


def test_proxies_and_logins_of_the_environment_are_left_alone(tmp_path, authority):
    with (
        serve(tmp_path, authority, authority.good()) as wire,
        line(tmp_path / "other", 1) as other,
    ):
        hosts = "".join(f"machine {host} login canary password canary\n" for host in ("localhost", "127.0.0.1"))
        (wire.numbatch.home / ".netrc").write_text(hosts)
        (wire.numbatch.home / ".netrc").chmod(0o600)
        names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
        wire.numbatch.environ |= dict.fromkeys(names, other.proxy.base_url.removesuffix("/json"))
        wire.numbatch.environ |= {"NETRC": str(wire.numbatch.home / ".netrc"), "NO_PROXY": "", "no_proxy": ""}
        wire.finish()
        assert other.proxy.connections == 0
        assert all(b"authorization" not in one.raw.lower() and b"canary" not in one.raw for one in wire.proxy.seen)
