"""What a plan says: numbers, money and time, as `make_plan` counts them. Frozen, without I/O.

The sums agree: `by_country`, `by_group` and `by_price` each count every number of `to_buy` once, and where every one of those
has a price, their first charges, as listed, add up to `priced`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from batch.ledger.records import Preview
from batch.money import ZERO
from batch.number import Number


@dataclass(frozen=True, slots=True)
class Pace:
    """What the duration depends on: `rate` requests a second; `prices`, `ask_owned`: a request more for each such number."""

    rate: Decimal
    prices: bool
    ask_owned: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """The user's bounds, as far as a plan can judge them. `until` is aware."""

    max_spend: Decimal | None = None
    max_numbers: int | None = None
    limit: int | None = None
    until: datetime | None = None
    price: Decimal | None = None


class PricedBy(StrEnum):
    """Where a number's first charge is from."""

    ORDER = "order"
    """The order's Price column."""
    CATALOGUE = "catalogue"
    """What the provider lists of its stock."""
    ASSUMED = "assumed"
    """The setting `price`."""
    UNKNOWN = "unknown"
    """Nothing tells."""


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers to buy that belong together. Money is None where one of them has no such price; `monthly` is each month's."""

    name: str
    """A country as ISO alpha-2, or what stands in the user's column; empty where nothing does."""
    numbers: int
    first_charge: Decimal | None
    monthly: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceClass:
    """`count` numbers to buy at the same price, each: `first_charge` now, and `monthly` from then on (None: not known)."""

    first_charge: Decimal | None
    monthly: Decimal | None
    count: int
    priced_by: PricedBy


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    `source_rows` → `numbers`: rows of the sheets, and rows of the result. `to_buy` is what this invocation would send,
    within its limits; `open_numbers` all that are not bought yet. `cost` is what `to_buy` costs at worst by the orders',
    the provider's and the settings' prices, where each channel is charged for and the dearest alternatives are taken; None where one
    of them has no price. `duration` counts requests at the rate,
    nothing else.
    """

    source_rows: int
    numbers: int
    to_buy: int
    open_numbers: int
    preview: Preview
    cost: Decimal | None
    duration: timedelta
    ends: datetime
    reasons: tuple[str, ...]
    """What would stop it: empty for GO."""
    balance: Decimal | None = None
    """What the account has now; None: not known."""
    priced: Decimal = ZERO
    """What those of `to_buy` that have a price cost as listed: so much is sure."""
    worst: Decimal = ZERO
    """What those cost at worst: `cost`, as far as it is known."""
    unpriced_alternatives: int = 0
    """Alternatives of which nothing tells the price."""
    spent: Decimal = ZERO
    """What the run has spent in earlier invocations, or may have."""
    monthly: Decimal | None = None
    """Each month from now on, for what is to be bought; None where one of them has no such price."""
    unpriced: int = 0
    """Numbers to buy of which nothing tells the price."""
    not_in_stock: tuple[Number, ...] = ()
    """Numbers to buy whose prefix the provider listed without them."""
    unlisted: int = 0
    """Numbers to buy of which no listing tells whether they are in stock."""
    by_country: tuple[Group, ...] = ()
    by_group: tuple[Group, ...] = ()
    """By the user's column that the setting `group_by` names; empty without one."""
    by_price: tuple[PriceClass, ...] = ()
    fits: int = 0
    """Of `to_buy`, the numbers that the time until `until` is enough for; all of them without such a bound."""
    differing: int = 0
    """Owned numbers whose order differs from what they were bought with: a run ends with exit code 4."""
    no_longer_held: int = 0
    """Numbers owned before that the account holds no more, as far as is known: to be bought again with `--rebuy`, else counted as owned."""
    looked_up_at: datetime | None = None
    """When the oldest of the listings that were used was asked for; None: none was used."""
    remarks: tuple[str, ...] = ()
    """What stops nothing, and is worth knowing."""
    bounds: tuple[str, ...] = ()
    """Of `reasons`, the user's own bounds; that of time is the last."""

    @property
    def go(self) -> bool:
        """Whether nothing that is known now would stop the run."""
        return not self.reasons
