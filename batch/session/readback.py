"""One number that was just bought, read back: whether it is as it was ordered, and at the price that was expected.

What cannot be compared is no match: it is asked again until the horizon has passed since, and then said to be unreadable. Retired
fields are not compared, nor is what the account does not report; a secret's value is never named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from batch.clock import Clock
from batch.fields import Field, FieldTable
from batch.ledger.attempts import OpenRow
from batch.money import format_money
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.pool.patience import Patience
from batch.provider.lookups import RingTo
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider, Unclear
from batch.reconciler.prices import Quotes

_DESTINATIONS = ("URI", "URI2", "URI3")
"""The fields that say where calls go, in their order."""
_A_MOMENT = 0.5


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the account shows of a number: how it `differs` from its order, in words; and its prices, None where not told."""

    number: Number
    differs: tuple[str, ...]
    setup: Decimal | None
    monthly: Decimal | None

    @property
    def cost(self) -> Decimal | None:
        """The first charge by the account's prices."""
        return None if self.setup is None or self.monthly is None else self.setup + self.monthly


class Reader:
    """Reads numbers back."""

    def __init__(
        self, quotes: Quotes, *, provider: Provider, pacer: Pacer, brakes: Brakes, options: PoolOptions, clock: Clock
    ) -> None:
        self._quotes = quotes
        self._provider = provider
        self._pacer = pacer
        self._brakes = brakes
        self._options = options
        self._clock = clock
        self._patience = Patience(clock, brakes)

    async def read(self, row: OpenRow) -> ReadBack | str:
        """What the account shows of it; in words, why that can't be told."""
        since = self._clock.elapsed()
        while True:
            answer = await paced_inquiry(
                row.number, provider=self._provider, pacer=self._pacer, priority=Priority.INQUIRY
            )
            match answer:
                case Owned():
                    why = self._missing(row, answer)
                    if not why:
                        differs = (*self._differences(row, answer), *await self._elsewhere(row))
                        return ReadBack(row.number, differs, answer.setup, answer.monthly)
                case NotOwned():
                    why = "the account does not show it"
                case Blocked(code):
                    self._brakes.refuse_account(code)
                    return f"the account was refused ({code})"
                case Unclear(reason=reason):
                    why = reason
                case _:
                    assert_never(answer)
            waited = self._clock.elapsed() - since
            if waited >= self._options.resolve_horizon or self._brakes.interrupted:
                return why
            left = self._options.resolve_horizon - waited
            await self._patience.wait(max(min(self._options.resolve_delay, left), _A_MOMENT))

    def _missing(self, row: OpenRow, owned: Owned) -> str:
        """What the account should tell of it and does not, so that nothing could be compared; empty: nothing is missing."""
        if self._quotes.expected(row) is not None and (owned.setup is None or owned.monthly is None):
            return "the account does not tell its price"
        reported = [one for one in self._asked(row) if one.reported]
        if reported and not any(name in owned.holding for one in reported for name in one.reported):
            return "the account tells nothing of how it is set up"
        return ""

    def _asked(self, row: OpenRow) -> list[Field]:
        return [one for one in self._provider.fields.fields if one.name in row.fields and not one.retired]

    def _differences(self, row: OpenRow, owned: Owned) -> Sequence[str]:
        asked = {one.name: row.fields[one.name] for one in self._asked(row)}
        fields = self._provider.fields
        words = []
        for name, wanted, has in fields.differing(asked, owned.holding):
            words.append(f"{name} differs" if fields[name].secret else f"{name} is {has!r}, not {wanted!r}")
        price = self._price(row, owned)
        return [*words, price] if price else words

    def _price(self, row: OpenRow, owned: Owned) -> str:
        """A price that was looked up must be met exactly; one that an order names at worst must not be passed."""
        listed = self._quotes.quote(row.number)
        if listed is None or owned.setup is None or owned.monthly is None:
            return self._quotes.differs(row, owned.setup, owned.monthly)
        cost = owned.setup + owned.monthly
        if cost != listed.first_charge:
            return f"it cost {format_money(cost)}, and is listed at {format_money(listed.first_charge)}"
        return self._quotes.differs(row, owned.setup, owned.monthly)

    async def _elsewhere(self, row: OpenRow) -> Sequence[str]:
        """Whether calls go where they should, where the provider tells; what it does not tell is no difference."""
        wanted = [row.fields[name] for name in _DESTINATIONS if name in row.fields]
        if not wanted or not self._provider.capabilities.lookups:
            return ()
        slot = await self._pacer.slot(Priority.INQUIRY)
        if slot is None:
            return ()
        await self._pacer.depart(slot)
        told = await self._provider.ring_to(row.number)
        if not isinstance(told, RingTo) or not any(told.destinations):
            return ()
        same = _same(self._provider.fields, wanted, [one for one in told.destinations if one])
        return () if same else ("calls ring elsewhere",)


def _same(fields: FieldTable, wanted: Sequence[str], told: Sequence[str]) -> bool:
    """Whether both name the same destinations, however written and in whatever order."""
    alike = fields[_DESTINATIONS[0]].alike
    return all(any(alike(one, other) for other in told) for one in wanted) and all(
        any(alike(one, other) for one in wanted) for other in told
    )
