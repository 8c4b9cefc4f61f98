"""The account's balance: read at the beginning and the end, and now and then while numbers are bought.

Beside it the price of one number that was bought lately is asked for, so that prices that rise amid a run are noticed before its
end. An unclear answer is no news. Less than the next number may cost halts, asked twice; a fall that this run does not explain is an
alarm: other activity on the account, or numbers that cost more than expected, which the prices of a few are then asked for.
"""

from __future__ import annotations

from decimal import Decimal

from batch.clock import Clock
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun
from batch.money import format_money
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Alarm, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Owned, Provider, Unclear
from batch.reconciler.prices import Quotes

_EVERY = 60.0
"""Seconds between two readings, at least."""
_PURCHASES = 100
"""Purchases between two readings, at least."""
_LOOK = 5.0
"""Seconds between two looks whether it is time."""
_SPOT = 2
"""Looks between two prices that are asked for."""
_SAMPLE = 3
"""Numbers whose price is asked for where the balance has fallen more than expected."""
_BACK = 50
"""Positions before the next row from which those are taken: they were bought lately."""


class Balance:
    """One invocation's readings."""

    def __init__(
        self,
        begun: Begun,
        quotes: Quotes,
        *,
        provider: Provider,
        ledger: Ledger,
        feed: Feed,
        pacer: Pacer,
        brakes: Brakes,
        options: PoolOptions,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._begun = begun
        self._quotes = quotes
        self._provider = provider
        self._ledger = ledger
        self._feed = feed
        self._pacer = pacer
        self._brakes = brakes
        self._options = options
        self._clock = clock
        self._tell = tell
        self._since: tuple[Decimal, Decimal] | None = None  # a balance, and what was spent before it was read
        self._alarmed = False

    async def read(self) -> Decimal | None:
        """The balance; None: it can't be told, or nothing is worth asking any more."""
        return await read_balance(self._provider, self._pacer, self._brakes)

    async def open(self) -> Decimal | None:
        """The balance before anything is bought: what falls is held against it."""
        spent = (await self._ledger.totals(self._begun)).spent
        balance = await self.read()
        if balance is not None:
            self._since = (balance, spent)
        return balance

    async def watch(self) -> None:
        """Look now and then, until the run is ending."""
        asked_at, bought = self._clock.elapsed(), await self._bought()
        looks, older, reached = 0, -1, -1  # the next row's position at the last two looks at prices
        while not self._brakes.ending:
            await self._clock.sleep(_LOOK)
            looks += 1
            if looks % _SPOT == 0 and self._brakes.blind is None:
                if older >= 0:
                    await self._compare_prices(older - 1, 1)
                upcoming = self._feed.upcoming
                older, reached = reached, reached if upcoming is None else upcoming.position
            if self._clock.elapsed() - asked_at < _EVERY or self._brakes.blind is not None:
                continue
            if (now := await self._bought()) - bought >= _PURCHASES:
                await self._look()
                asked_at, bought = self._clock.elapsed(), now

    async def _bought(self) -> int:
        return (await self._ledger.totals(self._begun)).bought

    async def _look(self) -> None:
        if self._since is None:
            await self.open()
            return
        balance = await self.read()
        if balance is None or self._brakes.ending:
            return
        totals = await self._ledger.totals(self._begun)
        before, spent = self._since
        if self._feed.priced or self._options.price is not None:
            await self._explain(before - balance, totals.spent + totals.reserved - spent)
        await self._require(balance)

    async def _explain(self, fallen: Decimal, at_most: Decimal) -> None:
        """Alarm, once, where it has `fallen` by more than this run can have been charged, which is `at_most`."""
        if self._alarmed or fallen <= at_most:
            return
        self._alarmed = True
        self._tell(
            Alarm(
                f"the balance has fallen by {format_money(fallen)} since the run began, and its purchases cost "
                f"{format_money(at_most)} at most: other activity on the account, or numbers cost more than expected"
            )
        )
        upcoming = self._feed.upcoming
        await self._compare_prices(-1 if upcoming is None else upcoming.position - _BACK, _SAMPLE)

    async def _compare_prices(self, after: int, count: int) -> None:
        """Hold what the account says that some purchases from position `after` on cost against what they should."""
        for _, number in await self._ledger.unpriced(self._begun, max(after, -1), count):
            answer = await paced_inquiry(number, provider=self._provider, pacer=self._pacer, priority=Priority.INQUIRY)
            if isinstance(answer, Owned):
                self._quotes.compare(await self._ledger.row(self._begun, number), answer.setup, answer.monthly)

    async def _require(self, balance: Decimal) -> None:
        """Halt where it is less than the next number may cost: that one would be refused, and every later one."""
        upcoming = self._feed.upcoming
        cost = None if upcoming is None else self._quotes.expected(upcoming)
        if cost is None or balance >= cost:
            return
        again = await self.read()  # one odd answer ends no run
        if again is not None and again < cost:
            words = f"the balance is {format_money(again)}, less than the {format_money(cost)} that the next number may cost"
            self._brakes.halt(f"{words}: top the account up")


async def read_balance(provider: Provider, pacer: Pacer, brakes: Brakes) -> Decimal | None:
    """The balance now, within the rate; None: it can't be told, or nothing is worth asking any more."""
    if brakes.interrupted or brakes.account_refused:
        return None
    slot = await pacer.slot(Priority.INQUIRY)
    if slot is None:
        return None
    await pacer.depart(slot)
    balance = await provider.balance()
    return None if isinstance(balance, Unclear) else balance
