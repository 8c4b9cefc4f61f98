"""What `plan` and `run` look up before anything is bought: stock, prices and the balance, within the rate.

Nothing here halts or spoils a plan: what can't be found out is said to be unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from batch.clock import Clock
from batch.number import Number
from batch.order import Row
from batch.plan import Known
from batch.plan.catalogue import Catalogue
from batch.plan.keeping import keep_listings, kept_listings, stock_path
from batch.plan.looking import list_prefixes, look_up
from batch.plan.quote import Quote
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Provider, Unclear
from batch.settings.model import Settings

WITHIN_RUN = 20.0
"""Seconds that a run looks up for at most, before it buys."""
_BALANCE_WITHIN = 10.0
_PLAN_TIMEOUTS = 3
"""A plan looks up for as long as this many requests may take."""
NOT_WANTED = "stock, prices and balance were not looked up (--no-look-up)"


@dataclass(frozen=True, slots=True)
class PacedGate:
    """Lets look-ups out within the rate of a pacer that was started."""

    pacer: Pacer

    async def leave(self) -> None:
        """See `Gate.leave`."""
        slot = await self.pacer.slot(Priority.INQUIRY)
        if slot is not None:
            await self.pacer.depart(slot)

    def pause(self, seconds: float) -> None:
        """See `Gate.pause`."""
        self.pacer.pause(seconds)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How to look up: where what was listed is kept (`ledger`: beside it), and for how many seconds at most."""

    provider: Provider
    pacer: Pacer
    clock: Clock
    settings: Settings
    ledger: Path
    within: float
    anew: bool = False
    """Ask again for what was listed a moment ago."""

    async def known(self, rows: Sequence[Row]) -> Known:
        """What the provider has of the numbers of `rows` and of their alternatives, and the balance. Without any: asks nothing."""
        if not rows:
            return Known()
        path = stock_path(self.ledger)
        gate = PacedGate(self.pacer)
        kept = self._kept(path)
        numbers = [Number(row.number) for row in rows]
        spare = [number for row in rows for number in row.alternatives]
        catalogue = await look_up(
            numbers, spare, provider=self.provider, gate=gate, clock=self.clock, within=self.within, known=kept
        )
        keep_listings(path, catalogue, kept)
        if catalogue.trouble:
            return Known(catalogue)
        return await self._with_balance(catalogue, gate)

    async def listed(self, prefixes: Sequence[str]) -> Catalogue:
        """What the provider has that begins with each of `prefixes`."""
        path = stock_path(self.ledger)
        kept = self._kept(path)
        catalogue = await list_prefixes(
            prefixes,
            provider=self.provider,
            gate=PacedGate(self.pacer),
            clock=self.clock,
            within=self.within,
            known=kept,
        )
        keep_listings(path, catalogue, kept)
        return catalogue

    def _kept(self, path: Path) -> Catalogue:
        if self.anew or not self.settings.price_age:
            return Catalogue()
        return kept_listings(path, self.clock.now(), self.settings.price_age)

    async def _with_balance(self, catalogue: Catalogue, gate: PacedGate) -> Known:
        balance: Decimal | Unclear = Unclear(f"no answer within {_BALANCE_WITHIN:g} s")
        with suppress(TimeoutError):
            async with asyncio.timeout(_BALANCE_WITHIN):
                await gate.leave()
                balance = await self.provider.balance()
        if isinstance(balance, Unclear):
            return Known(catalogue, None, (f"the balance is not known: {balance.reason}",))
        return Known(catalogue, balance)


def within_plan(settings: Settings) -> float:
    """Seconds that a plan looks up for at most."""
    return settings.timeout * _PLAN_TIMEOUTS


def quotes_of(rows: Sequence[Row], catalogue: Catalogue, *, presume: bool = False) -> Mapping[Number, Quote]:
    """What the numbers of `rows` cost, where the catalogue tells; those of their alternatives too.

    `presume`: what was not listed is bounded by the dearest of its country. A number that is gone, or the account's already, costs
    nothing; without a bound it could not be sent under a spending limit, and would stay open for ever.
    """
    numbers = [number for row in rows for number in (Number(row.number), *row.alternatives)]
    guess = catalogue.presumed if presume else _unknown
    found = ((number, catalogue.quote(number) or guess(number)) for number in numbers)
    return {number: quote for number, quote in found if quote is not None}


def _unknown(_number: Number) -> Quote | None:
    return None
