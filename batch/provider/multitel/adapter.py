"""MultiTEL as a `Provider`: forms out, outcomes back.

>>> async with MultiTel(MultiTelOptions(username="me", password="…")) as provider:  # doctest: +SKIP
...     outcome = await provider.buy(Purchase(Number("12025550123"), {"Type": "1", "URI": "100@pbx.example.com"}))
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from typing_extensions import override

from batch import __version__
from batch.clock import Clock, SystemClock
from batch.errors import CertainlyUnsent, UsageError
from batch.provider.lookups import Area, Country, Offer, RingTo
from batch.provider.multitel import answers, listings
from batch.provider.multitel.address import parse_base_url
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.provider.multitel.transport import ANSWER_CAP, LIST_CAP, STOCK_CAP, Transport
from batch.provider.protocol import (
    Blocked,
    Capabilities,
    Inquiry,
    NotOwned,
    Outcome,
    Provider,
    Purchase,
    ReleaseOutcome,
    Unclear,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from types import TracebackType

    from batch.number import Number
    from batch.provider.multitel.reply import Reply

_NAMES = FIELDS.names
_NONE: Mapping[str, str] = MappingProxyType({})

DEFAULT_BASE_URL = "https://sapi.multitel.net/json"
"""The host that serves the JSON functions over TLS, as the provider's own client of 2014 uses it."""


@dataclass(frozen=True, slots=True)
class MultiTelOptions:
    """Where the account is and how it is spoken to. Raises UsageError where that can't work or would not be safe.

    `timeout` is seconds for a whole request, `workers` the most requests in flight. `between` is seconds
    between two requests of one look-up, which whoever calls paces as one. `allow_http` accepts that the password crosses the
    network in clear.
    """

    username: str
    password: str = field(repr=False)
    base_url: str = DEFAULT_BASE_URL
    timeout: float = 30.0
    workers: int = 8
    between: float = 1.0
    allow_http: bool = False
    user_agent: str = f"numbatch/{__version__}"

    def __post_init__(self) -> None:
        parse_base_url(self.base_url, allow_http=self.allow_http)
        if not self.username or not self.password:
            raise UsageError(
                "User name or password is missing.", remedy="Set them as `numbatch init` and the README show."
            )
        if not (_sendable(self.username) and _sendable(self.password)):
            raise UsageError(
                "User name or password holds half a character (a lone surrogate).",
                remedy="Save the file that holds it as UTF-8.",
            )
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise UsageError("timeout is no positive number of seconds.", remedy="Set it to 30, say.")
        if not (math.isfinite(self.between) and self.between >= 0):
            raise UsageError("between is no number of seconds.", remedy="Set it to 1, say.")
        if self.workers < 1:
            raise UsageError("workers is less than 1.", remedy="Set it to 8, say.")
        if not (self.user_agent.isascii() and self.user_agent.isprintable()):
            raise UsageError("user_agent is not plain ASCII text.", remedy="Leave it out.")


class MultiTel(Provider):
    """One MultiTEL account. Its credentials go to the host of its base URL, and nowhere else.

    `heard`, where it is set, is told of each answer, by the function's name. `areas_way` is the way in which getareas was found
    to take a country, empty until then.
    """

    name = "multitel"
    fields = FIELDS
    codes = CODES
    capabilities = Capabilities(lookups=True, mark=True)

    def __init__(
        self, options: MultiTelOptions, *, clock: Clock | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """`clock` reads dates in answers; `tls` replaces the system's trust in certificates, verified in any case."""
        base_url = parse_base_url(options.base_url, allow_http=options.allow_http)
        self.host = f"{base_url.host}:{base_url.port}"
        self._login = urlencode({"UserName": options.username, "Password": options.password})
        self._clock = clock or SystemClock()
        self._between = options.between
        self.areas_way = ""
        self.heard: Callable[[str, Reply], None] | None = None
        self._transport = Transport(
            base_url,
            self._clock,
            timeout=options.timeout,
            workers=options.workers,
            user_agent=options.user_agent,
            tls=tls,
        )

    @override
    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    @override
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    @override
    async def _buy(self, purchase: Purchase) -> Outcome:
        # In the documented order, and only what is documented: a stray "Password" must not become a second login.
        wanted = _marked(purchase) if purchase.mark else purchase.fields
        fields = {name: wanted[name] for name in _NAMES if name in wanted}
        if len(fields) != len(wanted):
            raise CertainlyUnsent("the order has a field that the provider does not know")
        reply = await self._post("buynumbers/", self._form({"Number": purchase.number}, fields))
        return answers.purchase(reply, purchase.number)

    @override
    async def _inquire(self, number: Number) -> Inquiry:
        return answers.inquiry(await self._post("getdidinfo", self._form({"Number": number})), number)

    @override
    async def _release(self, number: Number) -> ReleaseOutcome:
        return answers.release(await self._post("releasenumbers/", self._form({"Number": number})), number)

    @override
    async def _ring_to(self, number: Number) -> RingTo | NotOwned | Unclear | Blocked:
        return answers.ring_to(await self._post("getringto", self._form({"Number": number})), number)

    @override
    async def _balance(self) -> Decimal | Unclear:
        return answers.balance(await self._post("getbalance", self._form({})))

    @override
    async def _stock(self, prefix: str) -> Sequence[Offer] | Unclear | Blocked:
        # The field is called CountryCode, and takes any prefix.
        reply = await self._post("getdids", self._form({"CountryCode": prefix}), STOCK_CAP)
        return listings.stock(reply, prefix)

    @override
    async def _countries(self) -> Sequence[Country] | Unclear | Blocked:
        return listings.countries(await self._post("getcountries", self._form({}), LIST_CAP))

    @override
    async def _areas(self, country: Country) -> Sequence[Area] | Unclear | Blocked:
        """The way that worked once is asked first from then on, and believed where it knows of no areas."""
        ways = listings.ways_to_ask(country)
        order = sorted(ways, key=lambda way: way != self.areas_way)
        if not order:
            raise CertainlyUnsent(f"{country.name} has neither a country code of letters nor an id to ask by")
        declined: Unclear | None = None
        empty = False
        for place, way in enumerate(order):
            if place:
                await self._clock.sleep(self._between)
            reply = await self._post("getareas", self._form(ways[way]), LIST_CAP)
            found = listings.areas(reply, country)
            if isinstance(found, listings.Declined):
                declined = declined or found.unclear
            elif isinstance(found, Unclear | Blocked) or way == self.areas_way:
                return found
            elif found:
                self.areas_way = way
                return found
            else:
                empty = True
        return [] if empty or declined is None else declined

    async def _post(self, function: str, form: bytes, cap: int = ANSWER_CAP) -> Reply:
        reply = await self._transport.post(function, form, cap)
        if self.heard is not None:
            self.heard(function.rstrip("/"), reply)
        return reply

    def _form(self, question: Mapping[str, str], fields: Mapping[str, str] = _NONE) -> bytes:
        try:
            pairs = [self._login, urlencode(question), *(_pair(*field) for field in fields.items())]
        except UnicodeEncodeError:
            raise CertainlyUnsent("the order holds text that can't be encoded") from None
        return "&".join(pair for pair in pairs if pair).encode("ascii")


def _marked(purchase: Purchase) -> Mapping[str, str]:
    """The order's fields with the mark behind its description; without one, the provider would put the number there."""
    own = purchase.fields.get("Description") or purchase.number
    return {**purchase.fields, "Description": f"{own} #{purchase.mark}"}


@lru_cache(maxsize=16_384)
def _pair(name: str, value: str) -> str:
    """A field as the form has it; most routing repeats from row to row."""
    return urlencode({name: value})


def _sendable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
