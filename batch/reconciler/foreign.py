"""Numbers that are surely not ours, near one that may be: what the account query must answer "not ours" to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

from batch.number import Number
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Provider, Unclear

_COUNT = 5
_AREA = 4
"""Digits of a prefix that a provider lists by: country and area."""
_LOOKED_AT = 200
"""Offers of one list that are looked up in the ledger, at most."""
_STEPS = range(5003, 5003 + 20 * 617, 617)
"""How far from a number its made-up neighbours are."""


class Knows(Protocol):
    """A ledger, as far as it says which numbers it ever saw."""

    async def knows(self, number: Number) -> bool:
        """See `batch.ledger.protocol.Ledger`."""
        ...


async def foreign_numbers(
    near: Number, before: Number | None, *, ledger: Knows, provider: Provider, pacer: Pacer
) -> AsyncIterator[Number]:
    """Up to five numbers that the ledger never saw: in stock near by, else made up from `near`; first `before`, which served before.

    A whole block may be ours: the search widens to the area, and to other blocks.
    """
    if before is not None and not await ledger.knows(before):
        yield before
    given = 0
    for prefix in (near[:-4], near[:_AREA]):
        for number in await _stock(prefix, provider, pacer):
            if given < _COUNT and not await ledger.knows(number):
                given += 1
                yield number
    for number in _made_up(near):
        if given < _COUNT and not await ledger.knows(number):
            given += 1
            yield number


async def _stock(prefix: str, provider: Provider, pacer: Pacer) -> Sequence[Number]:
    slot = await pacer.slot(Priority.INQUIRY)
    if slot is None:
        return []
    await pacer.depart(slot)
    offers = await provider.stock(prefix)
    return [] if isinstance(offers, Unclear | Blocked) else [offer.number for offer in offers[:_LOOKED_AT]]


def _made_up(near: Number) -> Iterator[Number]:
    """Numbers of the same length as `near`: of its own ten thousand, then of its million."""
    for digits in (4, 6):
        for step in _STEPS:
            tail = (int(near[-digits:]) + step * 10 ** (digits - 4)) % 10**digits
            yield Number(f"{near[:-digits]}{tail:0{digits}}")
