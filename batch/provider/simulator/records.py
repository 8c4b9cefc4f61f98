"""Who buys, what is held and what was charged: the nouns of the simulated provider, and its own record of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from batch.provider.simulator.catalogue import Price


@dataclass(slots=True)
class Account:
    """A customer of the provider."""

    username: str
    password: str = field(repr=False)
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Holding:
    """A number that an account holds."""

    number: str
    account: str
    price: Price
    """what was paid"""
    created: datetime
    """when it was bought, UTC"""
    order: Mapping[str, str] = field(default_factory=dict)
    """the purchase's fields, without the login"""
    by_hand: bool = False
    """bought past the API, by a person on the provider's site"""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that the provider took for one number: set-up and first month."""

    number: str
    account: str
    setup: Decimal
    monthly: Decimal
    at: datetime
    """UTC"""
    by_hand: bool = False
    """bought past the API, by a person on the provider's site"""


@dataclass(frozen=True, slots=True)
class Record:
    """The provider's own record, to compare a result workbook with, row by row."""

    charges: tuple[Charge, ...]
    """every charge so far, in order; a released number keeps its charge"""
    holdings: tuple[Holding, ...]
    """every number that an account holds now, in the order bought"""
    balance: Decimal
    """of the first account"""
    balances: Mapping[str, Decimal]
    """of each account, by user name"""
    requests: Mapping[str, int] = field(default_factory=dict)
    """requests that arrived, by function; `over rate cap` and `redirected` count apart"""
    tries: Mapping[str, int] = field(default_factory=dict)
    """purchase requests that arrived with the right password, by number"""
