"""Reads back what was really paid: the account query says it of each number that a run bought."""

from __future__ import annotations

import asyncio

from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.notices import Stepped, Tell
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Owned, Provider

_CHUNK = 500
_SILENT_IN_A_ROW = 20
"""Questions without an answer after which the rest is left for another time: prices are worth no outage."""


async def read_prices(
    begun: Begun, *, provider: Provider, ledger: Ledger, pacer: Pacer, brakes: Brakes, workers: int, tell: Tell
) -> None:
    """Ask about every number of the run that has no price from the account yet; ends early when nobody answers.

    Raises `LedgerError` where a price can't be kept.
    """
    after = -1
    silent = 0

    async def read(position: int, number: Number) -> None:
        nonlocal silent
        answer = await paced_inquiry(number, provider=provider, pacer=pacer, priority=Priority.PRICE)
        match answer:
            case Owned(setup=setup, monthly=monthly) if setup is not None and monthly is not None:
                silent = 0
                await ledger.price(begun, position, setup, monthly)
            case Blocked():
                silent = _SILENT_IN_A_ROW
            case _:
                silent += 1
        tell(Stepped())

    async def work(rows: asyncio.Queue[tuple[int, Number]]) -> None:
        while silent < _SILENT_IN_A_ROW and not brakes.interrupted and not rows.empty():
            await read(*rows.get_nowait())

    while silent < _SILENT_IN_A_ROW and not brakes.interrupted:
        chunk = await ledger.unpriced(begun, after, _CHUNK)
        if not chunk:
            return
        after = chunk[-1][0]
        rows: asyncio.Queue[tuple[int, Number]] = asyncio.Queue()
        for row in chunk:
            rows.put_nowait(row)
        async with asyncio.TaskGroup() as readers:
            for _ in range(min(workers, len(chunk))):
                readers.create_task(work(rows), name="price")
