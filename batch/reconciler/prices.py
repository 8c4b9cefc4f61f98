"""What was really paid: read back from the account, kept, and held against what was quoted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

from batch.clock import Clock
from batch.errors import LedgerError
from batch.ledger.attempts import OpenRow
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun
from batch.money import format_money
from batch.number import Number
from batch.plan.quote import Quote
from batch.pool.brakes import Brakes
from batch.pool.notices import Alarm, Stepped, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.pool.patience import Patience
from batch.pool.quoted import NO_QUOTES, with_quote
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider

_CHUNK = 500
_SILENT_IN_A_ROW = 20
"""Questions without an answer after which the rest is left for another time: prices are worth no outage."""


class Quotes:
    """Holds prices against what was expected: a higher one halts the run, which may cost more than anybody agreed to.

    `listed` are the prices that look-ups told, by number. Where they are `planned`, somebody agreed to just these: any other
    halts, a lower one too, for then the plan is not what is being bought.
    """

    def __init__(
        self,
        options: PoolOptions,
        brakes: Brakes,
        tell: Tell,
        listed: Mapping[Number, Quote] = NO_QUOTES,
        *,
        planned: bool = False,
    ) -> None:
        self._assumed = options.price
        self._brakes = brakes
        self._tell = tell
        self._listed = listed
        self.planned = planned
        self._said = False

    def expected(self, row: OpenRow) -> Decimal | None:
        """What the account may say that `row` cost: its order's price, else as listed, else the setting; None: nothing tells.

        The account tells a number's price, and not what its channels come to: that may be charged beside it.
        """
        priced = with_quote(row, self._listed)
        price = priced.price if priced.listed is None else priced.listed
        return self._assumed if price is None else price

    def quote(self, number: Number) -> Quote | None:
        """What a look-up said of the number itself; None: nothing."""
        quote = self._listed.get(number)
        return None if quote is None or quote.presumed else quote

    def differs(self, row: OpenRow, setup: Decimal | None, monthly: Decimal | None) -> str:
        """What is wrong with these as prices of `row` (None: the account does not say), in words with both figures; empty: nothing."""
        if setup is None or monthly is None:
            return ""
        cost = setup + monthly
        listed, expected = self.quote(row.number), self.expected(row)
        if self.planned and listed is not None and cost != listed.first_charge:
            return f"{row.number} cost {format_money(cost)}, and the plan has it at {format_money(listed.first_charge)}"
        if expected is not None and cost > expected:
            return f"{row.number} cost {format_money(cost)}, more than the {format_money(expected)} that was expected"
        return ""

    def compare(self, row: OpenRow | None, setup: Decimal | None, monthly: Decimal | None) -> None:
        """`row` (None: not of this run) was bought for these (None: the account does not say): halt where they differ."""
        if row is None or self._said:
            return
        words = self.differs(row, setup, monthly)
        if words:
            self._said = True
            self._tell(Alarm(words))
            self._brakes.halt(words)


async def watch_first_price(
    row: OpenRow, quotes: Quotes, *, provider: Provider, pacer: Pacer, clock: Clock, options: PoolOptions
) -> None:
    """Look at the first purchase of an invocation as soon as it must show, and compare what it cost with the quote."""
    wait = options.resolve_delay
    waited = 0.0
    while waited < options.resolve_horizon:
        await clock.sleep(wait)
        waited += wait
        answer = await paced_inquiry(row.number, provider=provider, pacer=pacer, priority=Priority.INQUIRY)
        if isinstance(answer, Owned):
            quotes.compare(row, answer.setup, answer.monthly)
            return
        wait = max(min(waited, options.resolve_horizon - waited), options.resolve_delay)


class PriceReader:
    """Reads back the price of every number of a run that has none from the account yet.

    What the account does not show yet is asked about once more, when it must show.
    """

    def __init__(
        self,
        begun: Begun,
        quotes: Quotes,
        *,
        provider: Provider,
        ledger: Ledger,
        pacer: Pacer,
        brakes: Brakes,
        clock: Clock,
        options: PoolOptions,
        tell: Tell,
    ) -> None:
        self._begun = begun
        self._quotes = quotes
        self._provider = provider
        self._ledger = ledger
        self._pacer = pacer
        self._brakes = brakes
        self._patience = Patience(clock, brakes)
        self._options = options
        self._tell = tell
        self._silent = 0
        self._failure: LedgerError | None = None
        self._not_shown: list[tuple[int, Number]] = []

    async def read(self) -> None:
        """Ask about them all; ends early when nobody answers. Raises `LedgerError` where a price can't be kept."""
        after = -1
        while not self._is_over and (chunk := await self._ledger.unpriced(self._begun, after, _CHUNK)):
            after = chunk[-1][0]
            await self._read_all(chunk)
        again, self._not_shown = self._not_shown, []
        if again and not self._is_over:
            await self._patience.wait(self._options.resolve_delay)
            await self._read_all(again)

    @property
    def _is_over(self) -> bool:
        return self._silent >= _SILENT_IN_A_ROW or self._brakes.interrupted

    async def _read_all(self, rows: Sequence[tuple[int, Number]]) -> None:
        waiting = iter(rows)

        async def work() -> None:
            for position, number in waiting:
                if self._is_over or self._failure is not None:
                    return
                await self._read(position, number)

        async with asyncio.TaskGroup() as readers:
            for _ in range(min(self._options.workers, len(rows))):
                readers.create_task(work(), name="price")
        if self._failure is not None:
            raise self._failure

    async def _read(self, position: int, number: Number) -> None:
        answer = await paced_inquiry(number, provider=self._provider, pacer=self._pacer, priority=Priority.PRICE)
        match answer:
            case Owned(setup=setup, monthly=monthly) if setup is not None and monthly is not None:
                self._silent = 0
                try:
                    await self._keep(position, number, setup, monthly)
                except LedgerError as error:
                    self._failure = error  # raised once, by whoever waits for all readers
            case NotOwned() if len(self._not_shown) < _CHUNK:
                self._not_shown.append((position, number))
                return
            case Blocked(code):
                self._brakes.refuse_account(code)
                self._silent = _SILENT_IN_A_ROW
            case _:
                self._silent += 1
        self._tell(Stepped())

    async def _keep(self, position: int, number: Number, setup: Decimal, monthly: Decimal) -> None:
        await self._ledger.price(self._begun, position, setup, monthly)
        self._quotes.compare(await self._ledger.row(self._begun, number), setup, monthly)
