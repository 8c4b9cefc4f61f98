"""The canary: a few numbers first, chosen so that every combination of routing features and every price is among them.

They are bought by the ordinary pool, under every brake and bound, and read back; the rest follows only when all of it is as it was
ordered, at the prices that were expected. A number of the canary that is refused, or stays in doubt, is replaced by the next of its kind. A run that
is continued buys only for what no number that it bought before shows, and reads those back once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from batch.clock import Clock
from batch.ledger.attempts import OpenRow
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, RunRow, Status
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Learnt, Moved, Notice, Phase, Tell
from batch.pool.options import PoolOptions
from batch.pool.resolving import Resolving
from batch.provider.protocol import Provider
from batch.reconciler.prices import Quotes
from batch.session.balance import Balance
from batch.session.cover import cover
from batch.session.measure import Readings, measure
from batch.session.readback import ReadBack, Reader

_CHUNK = 1000
_REPLACEMENTS = 3
"""How often numbers of the canary that were not bought are replaced by others of their kind."""
_QUIET = 5.0
"""Seconds, at most, between two readings of the balance that show whether the account is quiet."""
_NAMED = 3
"""Differences that a halt names."""
_COUNTED = frozenset({"Channels"})
"""Fields without words whose value may decide the price."""

Kind = tuple[str, ...]
Price = tuple[str, ...]


class Heard:
    """Hands notices on, and remembers what became of numbers, until it is told to `forget`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._statuses: dict[Number, Status] | None = {}

    def __call__(self, notice: Notice) -> None:
        """Hand it on."""
        if isinstance(notice, Moved) and self._statuses is not None:
            self._statuses[notice.number] = notice.status
        self._tell(notice)

    def status(self, number: Number) -> Status | None:
        """What was told of the number last; None: nothing."""
        return None if self._statuses is None else self._statuses.get(number)

    def forget(self) -> None:
        """Remember nothing any more."""
        self._statuses = None


class Canary:
    """One invocation's canary."""

    def __init__(
        self,
        begun: Begun,
        quotes: Quotes,
        balance: Balance,
        heard: Heard,
        *,
        provider: Provider,
        ledger: Ledger,
        feed: Feed,
        brakes: Brakes,
        reader: Reader,
        resolving: Resolving,
        options: PoolOptions,
        clock: Clock,
    ) -> None:
        self._begun = begun
        self._quotes = quotes
        self._balance = balance
        self._heard = heard
        self._fields = provider.fields
        self._ledger = ledger
        self._feed = feed
        self._brakes = brakes
        self._reader = reader
        self._resolving = resolving
        self._options = options
        self._clock = clock
        self._rows: list[OpenRow] = []
        self._doubtful: list[OpenRow] = []
        self._kinds: set[Kind] = set()
        self._prices: set[Price] = set()

    async def passes(self, buy: Callable[[], Awaitable[None]]) -> bool:
        """Buy the canary with `buy`, which buys what the feed hands out, and read it back; whether the rest may follow."""
        await self._find_rows()
        if not self._rows:
            return True
        earlier = await self._bought_before()
        before = await self._two_readings() if self._choose() else Readings(None, None)
        bought = await self._buy(buy)
        passed = (
            bought is not None
            and not (self._brakes.halt_reason or self._brakes.interrupted)
            and await self._matches(bought, earlier, before)
        )
        self._heard.forget()
        if not passed or self._brakes.ending:
            return False
        self._ask_again()
        self._feed.follow()
        return True

    # Which rows --------------------------------------------------------------------------------------------------------

    async def _find_rows(self) -> None:
        """The open rows that this invocation would send, a few of each kind and price; and all kinds and prices there are."""
        options = self._options
        left = options.limit
        after = -1
        found: dict[tuple[Kind, Price], int] = {}
        while left != 0 and (
            chunk := await self._ledger.open_rows(self._begun, after, _CHUNK, retry_refused=options.retry_refused)
        ):
            after = chunk[-1].position
            rows = [row for row in chunk if not (row.owned or row.elsewhere or self._is_unpriced(row))][:left]
            left = None if left is None else left - len(rows)
            for row in rows:
                edge = self._edge(row)
                found[edge] = found.get(edge, 0) + 1
                if found[edge] <= 2 + _REPLACEMENTS:  # one more than is tried: there are more of them
                    self._rows.append(row)
        self._kinds = {kind for kind, _ in found}
        self._prices = {price for _, price in found}

    def _is_unpriced(self, row: OpenRow) -> bool:
        return self._options.max_spend is not None and self._quotes.expected(row) is None

    def _edge(self, row: OpenRow | RunRow) -> tuple[Kind, Price]:
        """Which routing features a row asks for (every filled field, with its code where it is coded), and at which price."""
        kind = []
        for name, value in row.fields.items():
            coded = name in _COUNTED or (name in self._fields.names and self._fields[name].words)
            kind.append(f"{name}={value}" if coded else name)
        quote = self._quotes.quote(Number(row.number))
        if quote is not None:
            return tuple(kind), ("listed", str(quote.setup.normalize()), str(quote.monthly.normalize()))
        return tuple(kind), ("unknown",) if row.price is None else ("order", str(row.price.normalize()))

    async def _bought_before(self) -> Sequence[OpenRow]:
        """Rows that this run bought earlier, as few as show what they can of the kinds and prices that are still to be bought."""
        if not (await self._ledger.totals(self._begun)).bought:
            return []
        firsts: dict[tuple[Kind, Price], OpenRow] = {}
        reader = self._ledger.reader()
        try:
            for row in reader.rows(self._begun.run):
                if row.status is Status.PURCHASED and (edge := self._edge(row)) not in firsts:
                    firsts[edge] = OpenRow(row.position, Number(row.number), row.fields, row.price)
                if row.position % _CHUNK == 0:
                    await self._clock.sleep(0)  # a signal may have come
        finally:
            reader.close()
        rows = list(firsts.values())
        chosen = [rows[index] for index in cover(list(firsts), self._kinds, self._prices)]
        self._strike(chosen)
        return chosen

    def _strike(self, rows: Sequence[OpenRow]) -> None:
        """These show their kind and price: nothing else need to."""
        edges = [self._edge(row) for row in rows]
        self._kinds -= {kind for kind, _ in edges}
        self._prices -= {price for _, price in edges}

    # Buying ------------------------------------------------------------------------------------------------------------

    async def _buy(self, buy: Callable[[], Awaitable[None]]) -> Sequence[OpenRow] | None:
        """Buy until every kind and price is shown; what was bought, None: the run has halted."""
        bought: list[OpenRow] = []
        for _ in range(1 + _REPLACEMENTS):
            chosen = self._choose()
            if not chosen or self._brakes.ending:
                break
            self._heard(Phase("buying the canary", len(chosen)))
            self._feed.lead(chosen)
            await buy()
            now = [row for row in chosen if self._heard.status(row.number) is Status.PURCHASED]
            bought += now
            self._strike(now)
            self._doubtful += [row for row in chosen if self._heard.status(row.number) is Status.DOUBT]
            tried = {row.position for row in chosen}
            self._rows = [row for row in self._rows if row.position not in tried]
        why = "" if self._brakes.ending else self._unshown()
        if why:
            self._halt(why)
        return None if why else bought

    def _unshown(self) -> str:
        """Why something was not shown that may follow; empty: all was."""
        for row in self._doubtful:
            kind, price = self._edge(row)
            if kind in self._kinds or price in self._prices:
                return f"{row.number} is in doubt, and can't be read back, nor was another of its kind bought"
        left = len(self._choose())
        kinds = f"{left} of its kinds" if left > 1 else "one of its kinds"
        words = f"of {kinds}, {1 + _REPLACEMENTS} numbers in a row were not bought: there is nothing to read back"
        return words if left else ""

    def _ask_again(self) -> None:
        """What is in doubt could not be found out by itself; now there is a number by which the answers can be checked."""
        for row in self._doubtful:
            self._feed.expect(row)
            self._resolving.in_doubt(row)

    def _choose(self) -> Sequence[OpenRow]:
        return [self._rows[at] for at in cover([self._edge(row) for row in self._rows], self._kinds, self._prices)]

    # Reading back --------------------------------------------------------------------------------------------------------

    async def _two_readings(self) -> Readings:
        """Two readings of the balance, some seconds apart: where they differ, somebody else moves it."""
        first = await self._balance.read()
        if first is None:
            return Readings(None, None)
        await self._clock.sleep(min(_QUIET, self._options.resolve_delay))
        return Readings(first, await self._balance.read())

    async def _matches(self, bought: Sequence[OpenRow], earlier: Sequence[OpenRow], before: Readings) -> bool:
        """Read all of them back, and hold the balance against what was bought just now."""
        read: dict[Number, ReadBack] = {}
        for row in [*bought, *earlier]:
            answer = await self._reader.read(row)
            if isinstance(answer, str):
                if not (self._brakes.interrupted or self._brakes.account_refused):
                    self._halt(f"{row.number} can't be read back: {answer}")
                return False
            read[row.number] = answer
        differs = [f"{one.number}: {words}" for one in read.values() for words in one.differs]
        if differs:
            more = f"; and {len(differs) - _NAMED} more" if len(differs) > _NAMED else ""
            self._halt(f"not as ordered: {'; '.join(differs[:_NAMED])}{more}")
            return False
        return not bought or await self._measure([read[row.number] for row in bought], before)

    async def _measure(self, read: Sequence[ReadBack], before: Readings) -> bool:
        """Say what the numbers really cost, as far as the balance tells; a price that is more than the account says halts."""
        after = await self._balance.read()
        measured = measure(read, before, after)
        if after is not None and measured.unexplained:
            await self._clock.sleep(min(_QUIET, self._options.resolve_delay))
            measured = measure(read, before, await self._balance.read())
        self._heard(Learnt(f"canary: {measured.words}"))
        if measured.dearer:
            self._halt(measured.words)
        return not measured.dearer

    def _halt(self, words: str) -> None:
        self._brakes.halt(f"canary: {words}")
