"""One run, from orders to a ledger that knows what became of each: the rooms in their order.

    provider, ledger ─▶ open ─▶ buy (pool) ─▶ ask about what is in doubt ─▶ read prices ─▶ outcome

The caller opens the provider and the ledger, shows the notices, and writes the result workbook from the ledger afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batch.clock import Clock
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, InvocationFacts, Run, Status, Why
from batch.order import Orders
from batch.pool.notices import Tell
from batch.pool.options import PoolOptions
from batch.provider.protocol import Provider


class Stop:
    """How the outside ends a run: the first `request` drains, a second one stops at once and leaves doubt, recorded."""

    def __init__(self) -> None:
        self.signal = 0
        """The number of the signal that asked first (2 or 15), 0 while none did."""

    def request(self, signal: int) -> None:
        """Ask to drain (or, the second time, to stop at once). Callable from a signal handler of the event loop."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What an invocation came to. `halt_reason` is empty unless it was halted; `differs` counts owned rows whose routing
    now differs from what was bought."""

    run: Run
    exit_code: int
    stop: Why
    halt_reason: str
    counts: Mapping[Status, int]
    differs: int


async def buy_orders(
    orders: Orders,
    *,
    provider: Provider,
    ledger: Ledger,
    options: PoolOptions,
    facts: InvocationFacts,
    clock: Clock,
    tell: Tell,
    stop: Stop,
) -> RunOutcome:
    """Buy what is open of `orders`, resolve what is in doubt, read prices back; say what it came to.

    Raises `LedgerError` only where the ledger could not even note how it ended.
    """
    raise NotImplementedError


async def resolve_run(
    run: Run,
    *,
    provider: Provider,
    ledger: Ledger,
    options: PoolOptions,
    facts: InvocationFacts,
    clock: Clock,
    tell: Tell,
    stop: Stop,
    accept: Mapping[str, bool] | None = None,
    accepted_by: str = "",
) -> RunOutcome:
    """Ask about every number in doubt, sending no purchase; `accept` maps numbers that a person has looked at to whether
    they are ours. The outcome is that of `run` afterwards."""
    raise NotImplementedError


def exit_code(
    counts: Mapping[Status, int], *, stop: Why, halted: bool, signal: int, differs: int, own_reasons: int
) -> int:
    """The exit code by the contract's table. `own_reasons` counts rows not sent for a reason of their own."""
    raise NotImplementedError
