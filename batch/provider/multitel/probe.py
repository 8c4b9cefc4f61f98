"""Whether a host serves the JSON functions: asked without credentials, so that any host may be asked.

What is sent is an empty form to getcountries. A server of these functions refuses it in JSON; what it says besides is its clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import aiohttp

from batch.errors import ProviderError, Untrusted
from batch.provider.multitel.address import parse_base_url
from batch.provider.multitel.faults import Flight
from batch.provider.multitel.reply import Reply
from batch.provider.multitel.shapes import shape_of

if TYPE_CHECKING:
    import ssl

    from batch.clock import Clock

TLS_HOSTS = ("sapi.multitel.net", "api.multitel.net")
"""The provider's hosts that speak TLS; which of them serves the JSON functions is assumed."""

_FUNCTION = "getcountries"
_CAP = 64 * 1024
_HALF_SECOND = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a host answered to who has no account. `problem` is empty where it answered, `untrusted`: for its certificate.

    `serves`: in JSON as the functions do. `ahead` is how far its clock is ahead of this machine's, to within `tolerance`; None
    where it names no date. `encrypted`: over TLS, with a certificate that was verified.
    """

    host: str
    encrypted: bool
    status: int = 0
    serves: bool = False
    ahead: timedelta | None = None
    tolerance: timedelta = timedelta(0)
    problem: str = ""
    untrusted: bool = False


async def probe(
    base_url: str, clock: Clock, *, within: float, allow_http: bool = False, tls: ssl.SSLContext | None = None
) -> Probe:
    """Ask the host of `base_url`, once, without credentials. `within` is seconds; raises UsageError as `parse_base_url`."""
    url = parse_base_url(base_url, allow_http=allow_http)
    host = f"{url.host}:{url.port}"
    encrypted = url.scheme == "https"
    sent, started = clock.now(), clock.elapsed()
    try:
        with Flight(host):
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=tls if tls is not None else True),
                    timeout=aiohttp.ClientTimeout(total=within),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                    auto_decompress=False,
                ) as session,
                session.post(
                    url / _FUNCTION, data=b"", allow_redirects=False, headers={"Accept-Encoding": "identity"}
                ) as response,
            ):
                took = timedelta(seconds=clock.elapsed() - started)
                status, date = response.status, response.headers.get("Date")
                body = await _beginning(response)
    except ProviderError as error:
        return Probe(host, encrypted, problem=error.problem, untrusted=isinstance(error, Untrusted))
    shape = shape_of(Reply(status, body))
    serves = shape.is_json and (shape.rows is not None or shape.return_code != "absent")
    return Probe(host, encrypted, status, serves, _ahead(date, sent + took / 2), took / 2 + _HALF_SECOND)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """The body, or as much of it as matters."""
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _CAP:
            response.close()
            break
    return body


def _ahead(date: str | None, middle: datetime) -> timedelta | None:
    """How far the server's clock is ahead; its date is cut to whole seconds, so that half a one is added."""
    try:
        told = parsedate_to_datetime(date or "")
    except (ValueError, TypeError, IndexError):
        return None
    if told.tzinfo is None:
        told = told.replace(tzinfo=UTC)
    return told + _HALF_SECOND - middle
