"""What a failed request means: certainly unsent, not to be trusted, or without a verdict.

Only a failure to connect, before the first byte of the request went out, is certainly unsent. Everything else may have been
executed: a time-out, a reset, a kept-alive connection that the server had closed, a cut answer.
"""

from __future__ import annotations

import errno
import ssl
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Self

import aiohttp
from aiohttp import client_exceptions as odd

from batch.errors import CertainlyUnsent, NoVerdict, ProviderError, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


class Before(Enum):
    """What an exception means where the request was not begun. Once it was, each of them is without a verdict."""

    UNSENT = "unsent"
    UNTRUSTED = "untrusted"
    UNSURE = "unsure"
    """It should not happen before the request: no claim is made."""


class Fault(NamedTuple):
    """An exception's meaning, and our words for it: a library's own carry the URL."""

    before: Before
    words: str


_LOST = Fault(Before.UNSURE, "the connection broke")
_ODD = Fault(Before.UNSURE, "the answer is not HTTP as it should be")
_ADDRESS = Fault(Before.UNSURE, "the address is not usable")
_CONNECT = Fault(Before.UNSENT, "no connection to the provider")
_TLS = Fault(Before.UNSENT, "the TLS handshake failed")
_TIME = Fault(Before.UNSENT, "timed out")
_CERTIFICATE = Fault(Before.UNTRUSTED, "is not to be trusted")

_NEWER = ("UploadAbortedError", "WSMessageTypeError")
"""Classes that the oldest aiohttp allowed may not have; no purchase of ours meets them."""

FAULTS: Mapping[type[BaseException], Fault] = MappingProxyType(
    {
        # Connecting: nothing of the request has left yet.
        aiohttp.ClientConnectorError: _CONNECT,
        aiohttp.ClientConnectorDNSError: Fault(Before.UNSENT, "the provider's host name is not found"),
        aiohttp.ClientProxyConnectionError: _CONNECT,
        odd.UnixClientConnectorError: _CONNECT,
        aiohttp.ClientSSLError: _TLS,
        aiohttp.ClientConnectorSSLError: _TLS,
        aiohttp.ClientConnectorCertificateError: _CERTIFICATE,
        aiohttp.ServerFingerprintMismatch: _CERTIFICATE,
        aiohttp.ConnectionTimeoutError: Fault(Before.UNSENT, "timed out while connecting"),
        # The whole request's deadline: unsent only where it passed while still connecting.
        TimeoutError: _TIME,
        aiohttp.ServerTimeoutError: _TIME,
        # Under way, or the answer.
        aiohttp.SocketTimeoutError: Fault(Before.UNSURE, "timed out waiting for the answer"),
        aiohttp.ServerDisconnectedError: Fault(Before.UNSURE, "the provider closed the connection without an answer"),
        aiohttp.ServerConnectionError: _LOST,
        aiohttp.ClientConnectionResetError: _LOST,
        aiohttp.ClientConnectionError: _LOST,
        aiohttp.ClientOSError: _LOST,
        OSError: _LOST,
        aiohttp.ClientPayloadError: Fault(Before.UNSURE, "the answer was cut off"),
        aiohttp.ClientError: _LOST,
        aiohttp.ClientResponseError: _ODD,
        aiohttp.ContentTypeError: _ODD,
        aiohttp.ClientHttpProxyError: _ODD,
        aiohttp.WSServerHandshakeError: _ODD,
        aiohttp.TooManyRedirects: _ODD,
        odd.RedirectClientError: _ODD,
        odd.InvalidUrlRedirectClientError: _ODD,
        odd.NonHttpUrlRedirectClientError: _ODD,
        aiohttp.InvalidURL: _ADDRESS,
        odd.InvalidUrlClientError: _ADDRESS,
        odd.NonHttpUrlClientError: _ADDRESS,
        **{getattr(odd, name): _LOST for name in _NEWER if hasattr(odd, name)},
    }
)
"""Every exception of aiohttp's client, by exact class, and the system's own beneath. A test fails when aiohttp grows one
that is not here; until then it counts as its parent."""

_ASK = "ask the provider"
_CLOCK = "see whether this machine's clock is right, else ask the provider"
_AUTHORITY = "ask the provider; where an authority of your own signs it, name its file in SSL_CERT_FILE"
_HOST = "see whether base_url is right"

_CERTIFICATE_WORDS = MappingProxyType(
    {
        9: ("it is not valid yet", _CLOCK),
        10: ("it has expired", _CLOCK),
        18: ("it is self-signed", _AUTHORITY),
        19: ("its chain ends in an unknown self-signed one", _AUTHORITY),
        20: ("its issuer is not known", _AUTHORITY),
        21: ("its issuer is not known", _AUTHORITY),
        23: ("it was revoked", _ASK),
        62: ("it belongs to another host", _HOST),
        64: ("it belongs to another address", _HOST),
    }
)
"""OpenSSL's verification codes in words: what is wrong, and what to do."""


def translate(error: BaseException, *, begun: bool, host: str = "the provider") -> ProviderError:
    """What `error` means for a request to `host` of which the first byte was, or was not, handed to the connection (`begun`)."""
    unknown = Fault(Before.UNSURE, f"unexpected {type(error).__name__}")
    fault = next((FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS), unknown)
    if begun or fault.before is Before.UNSURE:
        return NoVerdict(fault.words)
    if fault.before is Before.UNTRUSTED:
        return Untrusted(f"the certificate of {host} {fault.words}{_certificate_detail(error)}")
    return CertainlyUnsent(f"{fault.words}{_system_detail(error)}")


def _certificate_detail(error: BaseException) -> str:
    cause = getattr(error, "certificate_error", None)
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return ""
    wrong, remedy = _CERTIFICATE_WORDS.get(cause.verify_code, (f"verification code {cause.verify_code}", _ASK))
    return f": {wrong}; {remedy}"


def _system_detail(error: BaseException) -> str:
    """The system's name of the error (ECONNREFUSED), or that of the TLS library: they hold nothing secret."""
    cause = getattr(error, "os_error", None)
    if isinstance(cause, ssl.SSLError):  # its errno is the library's own, and no system error
        name: str | None = cause.reason
    else:
        name = errno.errorcode.get(getattr(error, "errno", None) or 0)
    return f" ({name})" if name else ""


class Flight:
    """One request under way. As a context manager it lets nothing out but our own errors and cancellation.

    `begun` is set by the transport's trace before the first byte is handed to the connection. `host` is for messages.
    """

    __slots__ = ("begun", "host")

    def __init__(self, host: str = "the provider") -> None:
        self.begun = False
        self.host = host

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, ProviderError):
            # from None: the library's error carries the URL, and its frames the body.
            raise translate(error, begun=self.begun, host=self.host) from None
