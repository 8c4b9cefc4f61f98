"""What the provider's look-ups tell: countries, areas, numbers in stock, and where a number's calls go. Frozen, without I/O.

Prices are exact decimals in the provider's currency, None where its text is no price. A text that it leaves out is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from batch.number import Number


@dataclass(frozen=True, slots=True)
class Country:
    """A country with numbers. `dial` is its country code ("1"), `iso` its code of two or three letters as it came, `id` the provider's own."""

    dial: str
    name: str
    iso: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """An area of a country. `prefix` begins with the country code ("1201")."""

    prefix: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A number in stock, and what it costs. `country` is a code or a name, as it came; `prefix` that of its area ("1203").

    `voice` and `texts` say whether it takes calls and texts, None where the provider does not say.
    """

    number: Number
    setup: Decimal | None
    monthly: Decimal | None
    country: str = ""
    area: str = ""
    prefix: str = ""
    per_minute: Decimal | None = None
    voice: bool | None = None
    texts: bool | None = None

    @property
    def first_charge(self) -> Decimal | None:
        """Set-up and first month: what a purchase takes from the balance; None where either is no price."""
        return None if self.setup is None or self.monthly is None else self.setup + self.monthly


@dataclass(frozen=True, slots=True)
class RingTo:
    """Where a number's calls go: its destinations in their order, and all that the provider tells of it by its own names."""

    number: Number
    destinations: tuple[str, ...]
    told: Mapping[str, str] = field(default_factory=dict)
