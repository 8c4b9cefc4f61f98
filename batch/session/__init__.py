"""One run, from orders to a ledger that knows what became of each: the rooms in their order.

    orders ─▶ ledger (begin) ─▶ pool (buy) ─▶ resolver (ask about what is in doubt) ─▶ prices ─▶ ledger (end)

The caller opens the provider and the ledger, shows the notices, and writes the result workbook from the ledger afterwards.
"""

from batch.session.invocation import Session, buy_orders, resolve_run
from batch.session.outcome import RunOutcome, exit_code
from batch.session.rebuilding import RebuildOutcome, ordered_numbers, rebuild_orders
from batch.session.releasing import ReleaseOutcome, release_run
from batch.session.stop import Stop

__all__ = [
    "RebuildOutcome",
    "ReleaseOutcome",
    "RunOutcome",
    "Session",
    "Stop",
    "buy_orders",
    "exit_code",
    "ordered_numbers",
    "rebuild_orders",
    "release_run",
    "resolve_run",
]
