"""Orders against the ledger, before anything is sent: what is to be bought, what is ours already, how long it will take.

Promise: a plan reads and writes nothing by itself, and what it says would be bought is what a run would send. Imports the
ledger's records and the shared nouns.
"""

from __future__ import annotations

import heapq
import math
from datetime import datetime, timedelta
from decimal import Decimal

from batch.ledger.records import Preview
from batch.order import Orders, Row, RowKind
from batch.plan.model import Group, Limits, Pace, Plan, PriceClass, PricedBy
from batch.problem import Level

__all__ = ["Group", "Limits", "Pace", "Plan", "PriceClass", "PricedBy", "make_plan"]


def make_plan(orders: Orders, preview: Preview, *, pace: Pace, limits: Limits, now: datetime) -> Plan:
    """The plan of a run of `orders`, of which the ledger said `preview`, begun `now` (aware)."""
    open_numbers = preview.to_buy + preview.deferred
    to_buy = min(one for one in (open_numbers, limits.limit, limits.max_numbers) if one is not None)
    requests = to_buy * (2 if pace.prices else 1) + (preview.already_owned if pace.ask_owned else 0) + preview.in_doubt
    duration = timedelta(seconds=math.ceil(requests / float(pace.rate)))
    cost = _cost(orders, to_buy, limits.price)
    reasons = []
    errors = sum(1 for problem in orders.problems if problem.level is Level.ERROR)
    if errors:
        reasons.append(f"{errors} problems in the order sheet: numbatch check lists them")
    if limits.max_spend is not None and cost is None:
        reasons.append("a spending limit is set, and some numbers have no price: give the Price column, or --price")
    if limits.max_spend is not None and cost is not None and cost > limits.max_spend:
        reasons.append(f"it may cost up to {cost}, more than --max-spend {limits.max_spend}")
    if limits.max_numbers is not None and open_numbers > limits.max_numbers:
        reasons.append(f"{open_numbers} numbers are to be bought, more than --max-numbers {limits.max_numbers}")
    if limits.until is not None and now + duration > limits.until:
        reasons.append(f"at {pace.rate} requests a second it ends after --until")
    return Plan(
        source_rows=sum(file.source_rows for file in orders.files),
        numbers=len(orders.rows),
        to_buy=to_buy,
        open_numbers=open_numbers,
        preview=preview,
        cost=cost,
        duration=duration,
        ends=now + duration,
        reasons=tuple(reasons),
    )


def _cost(orders: Orders, to_buy: int, price: Decimal | None) -> Decimal | None:
    """The worst case of `to_buy` numbers: of all of them exact, of some by the dearest; None: one may have no price."""
    if not to_buy:
        return Decimal(0)
    prices = [_price(row, price) for row in orders.rows if row.kind is RowKind.ORDER]
    known = [one for one in prices if one is not None]
    if len(known) < len(prices):
        return None
    return sum(heapq.nlargest(to_buy, known) if to_buy < len(known) else known, Decimal(0))


def _price(row: Row, price: Decimal | None) -> Decimal | None:
    return price if row.price is None else row.price
