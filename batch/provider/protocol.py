"""What every provider must do, and every answer that it can give: the pool and the reconciler know nothing else of it.

A provider declares its *fields* (what may be sent with a purchase), its *codes* (what its answers mean) and its
*capabilities*, and answers in typed outcomes. Implementers write `_buy` and its like; the public methods of `Provider`
guarantee that nothing leaves them but an outcome of this module: whatever an adapter raises becomes `Unsent` where it is
certain that the request never left, and `NoAnswer` in every other case.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self, TypeVar

from batch.errors import CertainlyUnsent, NoVerdict, Untrusted
from batch.provider.lookups import Area, Country, Offer, RingTo

if TYPE_CHECKING:
    from types import TracebackType

    from batch.codes import CodeTable
    from batch.fields import FieldTable
    from batch.number import Number


@dataclass(frozen=True, slots=True)
class Purchase:
    """One number to buy, with its routing: `fields` by the provider's names, as they will be sent.

    `mark` is a random text that the account query must show again in the number's own text (`Owned.description`), beside what
    the order has there; empty: none. Only where the provider's capabilities have it.
    """

    number: Number
    fields: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""


# What a purchase can answer ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bought:
    """Definite: the number is ours, and was charged by this request. `code` is RETURN, equal to the number."""

    code: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Definite: a code of the provider's table (its kind says which: final, account, reserved or sold)."""

    code: int


@dataclass(frozen=True, slots=True)
class Throttled:
    """HTTP 429: too many requests. May be sent again without asking, after the pause (seconds, if the provider said)."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """Certain: the request never reached the provider. `fatal`: a retry would meet the same (a bad certificate)."""

    reason: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Sent, and no verdict: a time-out, a reset, an answer that does not fit. Perhaps executed, now or later.

    `busy`: the provider asked for a pause (503), `retry_after` seconds long if it said. `halt`: nothing more may be sent
    (a redirect to somewhere).
    """

    reason: str
    busy: bool = False
    retry_after: float | None = None
    halt: bool = False


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A well-formed answer with a code that is not in the table: in doubt."""

    code: int


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """A well-formed answer whose RETURN is a number, but another one than was asked for: in doubt, both of them."""

    returned: Number


Outcome = Bought | Refused | Throttled | Unsent | NoAnswer | UnknownCode | OtherNumber


# What an account query can answer ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owned:
    """The account holds the number.

    `setup` and `monthly` are what the account says was and is paid, None where it does not say or not clearly. `created`
    is when it was bought, naive, in a zone that is not known. `description` is the number's own text. `holding` is all that
    the account reports, by the provider's names.
    """

    number: Number
    setup: Decimal | None
    monthly: Decimal | None
    created: datetime | None
    description: str
    holding: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NotOwned:
    """A well-formed answer that shows no holding.

    `shape` tells answers of different form or code apart: two answers say the same only if their shapes are equal.
    """

    shape: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """No usable answer: failed, or of no shape that says yes or no. `busy` and `retry_after` as for a purchase."""

    reason: str
    busy: bool = False
    retry_after: float | None = None
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """The account itself was refused (not authenticated, no such user): halt."""

    code: int


Inquiry = Owned | NotOwned | Unclear | Blocked


# What a release can answer -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Definite: the account has given the number back. `code` is RETURN, equal to the number."""

    code: int


@dataclass(frozen=True, slots=True)
class NotReleased:
    """A well-formed answer with another code: nobody knows whether it was given back. `halt`: the login was refused."""

    code: int
    halt: bool = False


ReleaseOutcome = GivenBack | NotReleased | Throttled | Unsent | NoAnswer


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do beyond selling a number."""

    inquiry: bool = True
    """Tells whether the account holds a number."""
    balance: bool = True
    stock: bool = True
    release: bool = True
    lookups: bool = False
    """Lists its countries and areas, and tells where a number's calls go."""
    mark: bool = False
    """Sends a purchase's `mark`, and shows it again in an inquiry."""


_Answer = TypeVar("_Answer")


class Provider(ABC):
    """A carrier that sells numbers. Use as an async context manager; every method may be called concurrently."""

    name: str
    """Its name in the ledger's keys: "multitel"."""
    host: str
    """Host and port it talks to, for messages."""
    fields: FieldTable
    codes: CodeTable
    capabilities: Capabilities

    async def __aenter__(self) -> Self:
        """Open what is needed to send."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        return

    async def buy(self, purchase: Purchase) -> Outcome:
        """Send one purchase, once; never raises but for cancellation."""
        return await _executed(self._buy(purchase))

    async def inquire(self, number: Number) -> Inquiry:
        """Ask whether the account holds `number`; never raises but for cancellation."""
        return await _usable(self._inquire(number))

    async def release(self, number: Number) -> ReleaseOutcome:
        """Give one number back, once; never raises but for cancellation."""
        return await _executed(self._release(number))

    async def balance(self) -> Decimal | Unclear:
        """The account's balance; never raises but for cancellation."""
        return await _usable(self._balance())

    async def stock(self, prefix: str) -> Sequence[Offer] | Unclear | Blocked:
        """Numbers in stock that begin with `prefix`, and what they cost; never raises but for cancellation."""
        return await _usable(self._stock(prefix))

    async def countries(self) -> Sequence[Country] | Unclear | Blocked:
        """The countries that there are numbers of; never raises but for cancellation."""
        return await _usable(self._countries())

    async def areas(self, country: Country) -> Sequence[Area] | Unclear | Blocked:
        """The areas of a country, as `countries` told it; never raises but for cancellation."""
        return await _usable(self._areas(country))

    async def ring_to(self, number: Number) -> RingTo | NotOwned | Unclear | Blocked:
        """Where the calls of a number of this account go; never raises but for cancellation."""
        return await _usable(self._ring_to(number))

    @abstractmethod
    async def _buy(self, purchase: Purchase) -> Outcome: ...

    @abstractmethod
    async def _inquire(self, number: Number) -> Inquiry: ...

    @abstractmethod
    async def _balance(self) -> Decimal | Unclear: ...

    @abstractmethod
    async def _stock(self, prefix: str) -> Sequence[Offer] | Unclear | Blocked: ...

    async def _release(self, number: Number) -> ReleaseOutcome:
        raise CertainlyUnsent(f"{number} can't be given back through this provider")

    async def _countries(self) -> Sequence[Country] | Unclear | Blocked:
        raise CertainlyUnsent("this provider lists no countries")

    async def _areas(self, country: Country) -> Sequence[Area] | Unclear | Blocked:
        raise CertainlyUnsent(f"this provider lists no areas of {country.name}")

    async def _ring_to(self, number: Number) -> RingTo | NotOwned | Unclear | Blocked:
        raise CertainlyUnsent(f"this provider does not tell where the calls of {number} go")


async def _executed(sending: Awaitable[_Answer]) -> _Answer | Unsent | NoAnswer:
    """What a request that changes something was answered; what was raised is certainly unsent only where it says so."""
    try:
        return await sending
    except CertainlyUnsent as unsent:
        return Unsent(unsent.problem, fatal=isinstance(unsent, Untrusted))
    except NoVerdict as lost:
        return NoAnswer(lost.problem)
    except Exception as error:  # noqa: BLE001 - whatever it was, the request may have been executed
        return NoAnswer(f"unexpected {type(error).__name__}")


async def _usable(asking: Awaitable[_Answer]) -> _Answer | Unclear:
    """What was answered; whatever was raised is no usable answer: a look-up spends nothing."""
    try:
        return await asking
    except Untrusted as untrusted:
        return Unclear(untrusted.problem, fatal=True)
    except Exception as error:  # noqa: BLE001 - as for an inquiry
        return Unclear(getattr(error, "problem", f"unexpected {type(error).__name__}"))
