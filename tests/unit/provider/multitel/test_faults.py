"""Every way that a request can fail is told apart: certainly unsent, not to be trusted, or without a verdict."""

import errno
import inspect
import ssl

import aiohttp
import pytest
from aiohttp import client_exceptions

from batch.errors import CertainlyUnsent, NoVerdict, Untrusted
from batch.provider.multitel.faults import FAULTS, Before, Flight, translate

CLASSES = [one for _, one in inspect.getmembers(client_exceptions, inspect.isclass) if issubclass(one, BaseException)]


def made(kind, *values):
    """An exception of `kind`, whatever its constructor would want."""
    error = kind.__new__(kind, *values)
    error.args = ("POST https://user:canary@host/json Password=canary",)
    return error


@pytest.mark.parametrize("kind", [*CLASSES, OSError, TimeoutError], ids=lambda one: one.__name__)
def test_every_exception_of_the_http_library_is_mapped_by_name(kind):
    assert kind in FAULTS


@pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
def test_once_the_request_was_begun_no_exception_is_a_verdict_or_quotes_anything(kind):
    found = translate(made(kind), begun=True)
    assert type(found) is NoVerdict
    assert "canary" not in f"{found}{found!r}{found.args}"


UNSENT = {
    "ClientConnectorError",
    "ClientConnectorDNSError",
    "ClientProxyConnectionError",
    "UnixClientConnectorError",
    "ClientSSLError",
    "ClientConnectorSSLError",
    "ConnectionTimeoutError",
    "ServerTimeoutError",
}
UNTRUSTED = {"ClientConnectorCertificateError", "ServerFingerprintMismatch"}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
def test_before_the_request_only_failures_to_connect_are_certainly_unsent(kind):
    found = translate(made(kind), begun=False)
    expected = CertainlyUnsent if kind.__name__ in UNSENT else Untrusted if kind.__name__ in UNTRUSTED else NoVerdict
    assert type(found) is expected
    assert "canary" not in f"{found}{found!r}{found.args}"


def test_a_class_that_the_library_adds_later_counts_as_its_parent():
    class NewError(aiohttp.ClientConnectorError):
        pass

    class StrangeError(Exception):
        pass

    assert type(translate(made(NewError), begun=False)) is CertainlyUnsent
    assert type(translate(StrangeError("canary"), begun=False)) is NoVerdict
    assert str(translate(StrangeError("canary"), begun=False)) == "unexpected StrangeError"


def test_the_deadline_is_unsent_only_while_still_connecting():
    assert type(translate(TimeoutError(), begun=False)) is CertainlyUnsent
    assert type(translate(TimeoutError(), begun=True)) is NoVerdict


def test_the_systems_name_of_an_error_is_told():
    error = made(aiohttp.ClientConnectorError)
    error.errno = errno.ECONNREFUSED
    assert str(translate(error, begun=False)) == "no connection to the provider (ECONNREFUSED)"


@pytest.mark.parametrize(
    ("reason", "words"), [("UNSUPPORTED_PROTOCOL", " (UNSUPPORTED_PROTOCOL)"), (None, "")], ids=["named", "not named"]
)
def test_what_the_tls_library_calls_an_error_is_told_and_its_number_is_no_system_error(reason, words):
    cause = ssl.SSLError(1, "canary")
    cause.reason = reason
    error = made(aiohttp.ClientConnectorSSLError)
    error.errno, error._os_error = 1, cause
    assert str(translate(error, begun=False)) == f"the TLS handshake failed{words}"


@pytest.mark.parametrize(("code", "words"), [(10, "it has expired"), (62, "it belongs to another host"), (7, "code 7")])
def test_a_bad_certificate_says_what_is_wrong_with_it(code, words):
    cause = ssl.SSLCertVerificationError("canary")
    cause.verify_code = code
    error = made(aiohttp.ClientConnectorCertificateError)
    error._certificate_error = cause
    wrong, _, remedy = str(translate(error, begun=False, host="provider.example:443")).partition("; ")
    assert wrong.startswith("the certificate of provider.example:443 is not to be trusted: ")
    assert wrong.endswith(words)
    assert remedy


def test_a_flight_lets_nothing_out_but_our_errors_and_cancellation():
    with pytest.raises(NoVerdict), Flight():
        raise ValueError("canary")
    with pytest.raises(CertainlyUnsent, match="already ours"), Flight():
        raise CertainlyUnsent("already ours")
    with pytest.raises(KeyboardInterrupt), Flight():
        raise KeyboardInterrupt


def test_no_class_is_both_unsent_and_of_those_that_happen_under_way():
    unsent = {kind for kind, fault in FAULTS.items() if fault.before is not Before.UNSURE}
    assert {kind.__name__ for kind in unsent} == UNSENT | UNTRUSTED | {"TimeoutError"}
