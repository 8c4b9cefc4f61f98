"""What an invocation came to, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batch.ledger.records import Run, Status, Tally, Why

_BOUND_REASONS = {Why.MAX_SPEND, Why.MAX_NUMBERS, Why.LIMIT, Why.UNTIL, Why.PRICE_UNKNOWN}


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What an invocation came to.

    `halt_reason` is empty unless it was halted; `differs` counts owned rows whose routing now differs from what was bought.
    """

    run: Run
    exit_code: int
    stop: Why
    halt_reason: str
    counts: Mapping[Status, int]
    differs: int


def exit_code(tally: Tally, *, stop: Why, halted: bool, signal: int) -> int:
    """The exit code by the contract's table."""
    counts = tally.counts
    if signal:
        return 128 + signal
    if counts[Status.DOUBT] or tally.giving_back:
        return 6
    if halted:
        return 5
    if (stop in _BOUND_REASONS and (counts[Status.NOT_SENT] or tally.waiting)) or tally.whys.get(Why.PRICE_UNKNOWN, 0):
        return 8
    person = counts[Status.REFUSED] + counts[Status.DEFERRED] + counts[Status.INVALID] + counts[Status.NOT_SENT]
    return 4 if person or tally.differs else 0
