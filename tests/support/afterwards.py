"""What a ledger still knows after a power cut, opened as the program itself opens it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from support.desk import disk
from support.powercut import Crash
from support.recorded import KEY
from support.virtual import VirtualClock

from batch.errors import LedgerError
from batch.ledger.sqlite import SqliteLedger


@dataclass
class Toll:
    """What many power cuts came to: `lost` are acknowledged intents or answers that are gone, `refused` ledgers refused."""

    states: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    """how many states lost an intent, an answer"""
    refused: int = 0
    first: str = ""
    """the first that was lost or refused, in words"""

    @property
    def is_nothing(self) -> bool:
        """Whether all that was acknowledged was there each time."""
        return not self.refused and not self.lost.total()


async def toll(states: Iterable[Crash], *, heads: bool = True) -> Toll:
    """Open each, and count; without `heads` no head file is looked at, and what it would notice shows as lost."""
    counted = Toll()
    for crash in states:
        counted.states += 1
        missing: dict[str, list[str]] = {}
        with disk() as place:
            crash.lay(place)
            try:
                missing = await _missing(place, crash, heads=heads)
            except LedgerError as error:
                counted.refused += 1
                counted.first = counted.first or f"{crash}: {error}"
        counted.lost.update(missing.keys())
        if missing and not counted.first:
            counted.first = f"{crash}: {missing}"
    return counted


async def _missing(place: Path, crash: Crash, *, heads: bool) -> dict[str, list[str]]:
    """By kind, which acknowledged intents and answers the ledger no longer knows."""
    kept = place / "config" / "heads" if heads else None
    ledger = await SqliteLedger.open(place / "ledger", KEY, clock=VirtualClock(), heads=kept, create=True, inline=True)
    try:
        in_doubt = {doubt.number for doubt in await ledger.adopt()}
        reader = ledger.reader()
        try:
            outcomes = {one.number: one.outcome for run in reader.runs() for one in reader.attempts(run)}
        finally:
            reader.close()
    finally:
        await ledger.close()
    lost: dict[str, list[str]] = {}
    for what, number in crash.told:
        is_known = bool(outcomes.get(number)) or (what == "intent" and number in outcomes and number in in_doubt)
        if not is_known:
            lost.setdefault(what, []).append(number)
    return lost
