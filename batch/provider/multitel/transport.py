"""HTTP to the provider: POST only, one send a call, no redirects, no proxy from the environment, answers capped.

aiohttp sends GET, PUT and DELETE a second time by itself when a kept-alive connection turns out closed; a POST it sends
once, so purchases are POSTs, and a test holds aiohttp to it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from batch.errors import CertainlyUnsent, NoVerdict, ProviderError
from batch.provider.departures import LEAVES
from batch.provider.multitel.address import is_loopback, parse_base_url
from batch.provider.multitel.faults import Flight
from batch.provider.multitel.reply import MalformedError, Reply, decode, parse_retry_after

if TYPE_CHECKING:
    import ssl
    from types import SimpleNamespace

    from batch.clock import Clock

ANSWER_CAP = 64 * 1024
"""Bytes; an answer to a purchase has some thirty, an account query under two thousand."""
LIST_CAP = 4 * 1024 * 1024
"""Bytes; a few hundred countries, or areas of one."""
STOCK_CAP = 32 * 1024 * 1024
"""Bytes; the provider's list of numbers has no paging."""

_CONNECT_WITHIN = 10.0
"""Seconds for one connection, TLS included, within the whole request's deadline."""
_KEEP_ALIVE = 4.0
"""Seconds that an idle connection is used again: less than the five after which common servers close it, for a purchase
sent into a closing connection is a purchase in doubt."""
_SIMULATOR_WITHIN = 3.0
_SIMULATOR_PATH = "numbatch-simulator"


class Transport:
    """Posts forms to the functions below one base URL, and to no other address."""

    def __init__(
        self,
        base_url: URL,
        clock: Clock,
        *,
        timeout: float,
        workers: int,
        user_agent: str,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout` is seconds for a whole request; `tls` replaces the system's trust (verified in any case)."""
        self._base_url = base_url
        self._host = f"{base_url.host}:{base_url.port}"
        self._clock = clock
        # Never rounded up to whole seconds, as aiohttp does to longer time-outs: it is a promise.
        self._timeout = aiohttp.ClientTimeout(
            total=timeout, sock_connect=min(timeout, _CONNECT_WITHIN), ceil_threshold=math.inf
        )
        self._workers = workers
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": user_agent,
        }
        self._tls = tls
        self._urls: dict[str, URL] = {}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready to send; no connection is made yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._workers,
                ttl_dns_cache=300,
                keepalive_timeout=_KEEP_ALIVE,
                ssl=self._tls if self._tls is not None else True,
            ),
            headers=self._headers,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            trace_configs=[_trace()],
        )

    async def close(self) -> None:
        """Close all connections; posting is an error from now on."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, function: str, form: bytes, cap: int = ANSWER_CAP) -> Reply:
        """Send `form` (encoded already) to `function`, once, and read at most `cap` bytes of answer.

        Raises CertainlyUnsent, Untrusted or NoVerdict, with words that hold nothing of the request, and nothing else.
        """
        if self._session is None:
            raise CertainlyUnsent("the connection to the provider is not open")
        url = self._urls.get(function)
        if url is None:
            url = self._urls[function] = URL(f"{self._base_url}/{function}")
        with Flight(self._host) as flight:
            async with self._session.post(url, data=form, allow_redirects=False, trace_request_ctx=flight) as response:
                return await self._read(response, cap)

    async def _read(self, response: aiohttp.ClientResponse, cap: int) -> Reply:
        status = response.status
        if status != 200:  # its body would not be believed: not even waited for
            asked = response.headers.get("Retry-After") if status in {429, 503} else None
            return Reply(status, b"", parse_retry_after(asked, self._clock.now()) if asked else None)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NoVerdict("the answer is compressed, which was not asked for")
        return Reply(status, await _read_capped(response, cap))


async def is_simulator(base_url: str) -> bool:
    """Whether numbatch's own simulator answers at `base_url`, which must be loopback: no other host is even asked.

    Asks without credentials. False too where nothing, or something else, answers. Raises UsageError as `parse_base_url`.
    """
    if not is_loopback(base_url):
        return False
    url = parse_base_url(base_url) / _SIMULATOR_PATH
    try:
        with Flight():
            async with (
                aiohttp.ClientSession(
                    timeout=aiohttp.ClientTimeout(total=_SIMULATOR_WITHIN),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                    auto_decompress=False,
                ) as session,
                session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response,
            ):
                if response.status != 200:
                    return False
                body = await _read_capped(response, ANSWER_CAP)
        answer = decode(body)
    except (ProviderError, MalformedError):
        return False
    return isinstance(answer, dict) and answer.get("simulator") == "numbatch"


async def _read_capped(response: aiohttp.ClientResponse, cap: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > cap:
            response.close()
            raise NoVerdict(f"the answer is larger than {cap} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _trace() -> aiohttp.TraceConfig:
    """Tells a `Flight` that its request begins: aiohttp calls this just before it hands over the first byte."""

    async def begin(_session: aiohttp.ClientSession, context: SimpleNamespace, _sent: object) -> None:
        context.trace_request_ctx.begun = True
        LEAVES.get()()

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(begin)
    return trace
