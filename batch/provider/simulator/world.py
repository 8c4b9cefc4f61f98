"""What the simulated provider knows: its stock, its accounts, what they hold, and what they were charged.

No sockets and no faults. A purchase is decided in the order that the provider's documents suggest:

1. held already, by this account or by another: -165, nothing charged
2. reserved: -220
3. not in the inventory: -275
4. not enough balance for set-up and first month: 99
5. else charged, held, and the number itself is the answer
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import Final

from batch.clock import Clock
from batch.provider.simulator.catalogue import Price, in_plan, is_near, numbers_near, numbers_under, price_of
from batch.provider.simulator.journal import Entry
from batch.provider.simulator.records import Account, Charge, Holding, Record

NO_BALANCE: Final = 99
NOT_AUTHENTICATED: Final = 100
SOLD: Final = -165
RESERVED: Final = -220
ABSENT: Final = -275

_NO_QUOTES: Final[Mapping[str, Decimal]] = MappingProxyType({})
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_SECRETS: Final = ("UserName", "Password", "Number")


class World:
    """The provider behind the API. Not safe for threads; every method is done when it returns.

    `stock` is the inventory; None stands for every number that could be one, priced by its prefix. `quotes` are first charges
    that numbers cost at most. `on_entry` is told of every sale and release, before the caller is. Durations are real seconds.

    `unlisted` numbers are not among those that stand for an area, `ghosts` are listed although they are gone, and `texts_only`
    numbers take no calls.
    """

    def __init__(
        self,
        accounts: list[Account],
        clock: Clock,
        *,
        stock: Mapping[str, Price] | None = None,
        quotes: Mapping[str, Decimal] = _NO_QUOTES,
        reserved_for: float = 0.0,
        lag: float = 0.0,
        on_entry: Callable[[Entry], None] | None = None,
    ) -> None:
        self.accounts = {account.username: account for account in accounts}
        self.first = accounts[0]
        self.reserved_for = reserved_for
        self.lag = lag
        self.unlisted: frozenset[str] = frozenset()
        self.ghosts: frozenset[str] = frozenset()
        self.texts_only: frozenset[str] = frozenset()
        self.charges: list[Charge] = []
        self._clock = clock
        self._stock = stock
        self._quotes = quotes
        self._on_entry = on_entry
        self._held: dict[str, Holding] = {}
        self._elsewhere: set[str] = set()
        self._reserved: dict[str, float] = {}
        self._withdrawn: set[str] = set()
        self._repriced: dict[str, Price] = {}
        self._noticed: dict[str, tuple[float, Holding | None]] = {}

    # What the API does

    def knows(self, username: str, password: str) -> bool:
        """Whether these are an account's user name and password."""
        account = self.accounts.get(username)
        return account is not None and account.password == password

    def check(self, username: str, number: str) -> int | None:
        """Return the code that refuses a purchase of `number` now, or None: it is for sale."""
        if number in self._held or number in self._elsewhere:
            return SOLD
        if self._is_reserved(number):
            return RESERVED
        if not self._in_inventory(number):
            return ABSENT
        if self.accounts[username].balance < self.price(number).first_charge:
            return NO_BALANCE
        return None

    def charge(self, username: str, number: str, order: Mapping[str, str] = _NOTHING, *, by_hand: bool = False) -> int:
        """Sell `number`, unchecked, and return it.

        Only a provider that checks and charges in two steps calls this apart from `check`: a number that is held
        by then is charged a second time.
        """
        price = self.price(number)
        fields = {name: value for name, value in order.items() if name not in _SECRETS}
        holding = Holding(number, username, price, self._clock.now(), fields, by_hand)
        self._tell("bought", holding)
        self._book(holding)
        return int(number)

    def buy(self, username: str, number: str, order: Mapping[str, str] = _NOTHING) -> int:
        """Buy `number` for an account: return the number, or the code that refuses it."""
        code = self.check(username, number)
        return self.charge(username, number, order) if code is None else code

    def release(self, username: str, number: str) -> bool:
        """Give `number` back: True when the account held it. It is then reserved for a while. Nothing is refunded."""
        holding = self._held.get(number)
        if holding is None or holding.account != username:
            return False
        self._tell("released", holding)
        self._give_back(holding, self.reserved_for)
        return True

    def shown(self, username: str, number: str) -> Holding | None:
        """Return what the account query shows for `number`: what the account held `lag` seconds ago, or None."""
        since, before = self._noticed.get(number, (-math.inf, None))
        if self._clock.elapsed() < since:
            holding = before
        else:
            self._noticed.pop(number, None)
            holding = self._held.get(number)
        return holding if holding is not None and holding.account == username else None

    def in_stock(self, prefix: str, limit: int) -> list[str]:
        """Return the numbers that begin with `prefix` and are for sale: all where few can be, else at most `limit`."""
        if is_near(prefix):
            near = numbers_near(prefix) if self._stock is None else iter(self._stock)
            return [number for number in near if number.startswith(prefix) and self._is_listed(number)]
        known = numbers_under(prefix) if self._stock is None else iter(self._stock)
        free = (number for number in known if number.startswith(prefix) and number not in self.unlisted)
        return list(islice(filter(self._is_listed, free), limit))

    def price(self, number: str) -> Price:
        """Return what `number` costs."""
        for prefix, price in self._repriced.items():
            if number.startswith(prefix):
                return price
        price = price_of(number) if self._stock is None or number not in self._stock else self._stock[number]
        return price if (quote := self._quotes.get(number)) is None else price.at_most(quote)

    # What happens past the API

    def buy_by_hand(self, number: str, username: str | None = None) -> int:
        """Buy `number` as a person on the provider's site would; the first account by default. Returns as `buy`."""
        buyer = self.first.username if username is None else username
        code = self.check(buyer, number)
        return self.charge(buyer, number, by_hand=True) if code is None else code

    def release_by_hand(self, number: str, username: str | None = None) -> bool:
        """Release `number` as a person on the provider's site would. Returns as `release`."""
        return self.release(self.first.username if username is None else username, number)

    def hold(self, number: str, created: datetime, order: Mapping[str, str] = _NOTHING) -> None:
        """Let the first account hold `number` since `created`, by a charge before this record began."""
        self._held[number] = Holding(number, self.first.username, self.price(number), created, order)

    def reprice(self, prefix: str, price: Price) -> None:
        """Let numbers that begin with `prefix` cost `price` from now on; of several prefixes the latest counts."""
        self._repriced = {prefix: price, **{old: was for old, was in self._repriced.items() if old != prefix}}

    def spend(self, amount: Decimal) -> None:
        """Take `amount` from the first account's balance, for calls or by somebody else; a negative one tops it up."""
        self.first.balance -= amount

    def sell_elsewhere(self, number: str) -> None:
        """Let a customer without an account here hold `number`."""
        self._elsewhere.add(number)

    def reserve(self, number: str, seconds: float) -> None:
        """Reserve `number` for some seconds from now; `math.inf` is for ever."""
        self._reserved[number] = self._clock.elapsed() + seconds

    def withdraw(self, number: str) -> None:
        """Take `number` out of the inventory, for good."""
        self._withdrawn.add(number)

    # What it remembers

    def record(self) -> Record:
        """Return the record as it is now."""
        balances = {account.username: account.balance for account in self.accounts.values()}
        return Record(tuple(self.charges), tuple(self._held.values()), self.first.balance, balances)

    def restore(self, entry: Entry) -> None:
        """Take up what an earlier simulator did; a reservation goes on for what is left of it.

        Raises KeyError where the entry's account is none of this world's.
        """
        account = self.accounts[entry.account]
        price = Price(entry.setup, entry.monthly)
        holding = Holding(entry.number, account.username, price, entry.at, entry.order, entry.by_hand)
        if entry.event == "bought":
            self._book(holding, noticed=True)
        else:
            passed = (self._clock.now() - entry.at).total_seconds()
            self._give_back(holding, max(self.reserved_for - passed, 0.0), noticed=True)

    # The inside

    def _book(self, holding: Holding, *, noticed: bool = False) -> None:
        number, price = holding.number, holding.price
        self.accounts[holding.account].balance -= price.first_charge
        self.charges.append(
            Charge(number, holding.account, price.setup, price.monthly, holding.created, holding.by_hand)
        )
        self._change(number, holding, noticed=noticed)

    def _give_back(self, holding: Holding, reserved_for: float, *, noticed: bool = False) -> None:
        if reserved_for > 0:
            self.reserve(holding.number, reserved_for)
        self._change(holding.number, None, noticed=noticed)

    def _change(self, number: str, holding: Holding | None, *, noticed: bool) -> None:
        if self.lag > 0 and not noticed:
            self._noticed[number] = (self._clock.elapsed() + self.lag, self._held.get(number))
        if holding is None:
            self._held.pop(number, None)
        else:
            self._held[number] = holding

    def _tell(self, event: str, holding: Holding) -> None:
        if self._on_entry is None:
            return
        at = holding.created if event == "bought" else self._clock.now()
        setup, monthly = holding.price.setup, holding.price.monthly
        self._on_entry(
            Entry(event, holding.number, holding.account, at, setup, monthly, holding.order, by_hand=holding.by_hand)
        )

    def _is_reserved(self, number: str) -> bool:
        until = self._reserved.get(number)
        if until is None:
            return False
        if self._clock.elapsed() < until:
            return True
        del self._reserved[number]
        return False

    def _in_inventory(self, number: str) -> bool:
        if number in self._withdrawn:
            return False
        return in_plan(number) if self._stock is None else number in self._stock

    def _is_listed(self, number: str) -> bool:
        return (
            number not in self._held
            and number not in self._elsewhere
            and (number not in self._withdrawn or number in self.ghosts)
            and not self._is_reserved(number)
        )
