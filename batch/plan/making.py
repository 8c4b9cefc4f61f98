"""`make_plan`: what a run of some orders would do, and what would stop it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from batch.fields import FieldTable
from batch.ledger.prospects import Prospect
from batch.ledger.records import Preview
from batch.money import ZERO
from batch.number import Number
from batch.order import Orders, Row, RowKind
from batch.plan.catalogue import NOTHING, Catalogue
from batch.plan.judging import About, bounds_of, reasons_of, remarks_of
from batch.plan.model import Limits, Pace, Plan
from batch.plan.pricing import by_column, by_country, by_price, priced, total, unpriced_alternatives


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up: the provider's stock, and the account's `balance` (None: not known).

    `unknown` says in words what could not be found out, and why.
    """

    catalogue: Catalogue = NOTHING
    balance: Decimal | None = None
    unknown: tuple[str, ...] = ()


_NOTHING_KNOWN = Known()


def empty_prospect(orders: Orders) -> Prospect:
    """What a run would find where there is no ledger yet."""
    kinds = [row.kind for row in orders.rows]
    preview = Preview(
        run=None,
        purchased=0,
        already_owned=0,
        in_doubt=0,
        refused=0,
        deferred=0,
        duplicates=kinds.count(RowKind.DUPLICATE),
        invalid=kinds.count(RowKind.INVALID),
        to_buy=kinds.count(RowKind.ORDER),
    )
    return Prospect(preview, [row.position for row in orders.rows if row.kind is RowKind.ORDER])


def rows_to_buy(orders: Orders, prospect: Prospect, limits: Limits) -> Sequence[Row]:
    """The rows that an invocation would send, in the order of the sheets: those within its limits."""
    most = [] if limits.limit is None else [limits.limit]
    if limits.max_numbers is not None:
        most.append(max(limits.max_numbers - prospect.bought, 0))
    positions = prospect.open[: min(most)] if most else prospect.open
    by_position = {row.position: row for row in orders.rows}
    return [by_position[position] for position in positions]


def make_plan(
    orders: Orders,
    prospect: Prospect,
    *,
    pace: Pace,
    limits: Limits,
    now: datetime,
    known: Known = _NOTHING_KNOWN,
    group_by: str | None = None,
    fields: FieldTable | None = None,
) -> Plan:
    """The plan of a run of `orders`, of which the ledger said `prospect`, begun `now` (aware)."""
    preview, catalogue = prospect.preview, known.catalogue
    rows = [priced(row, catalogue, limits.price) for row in rows_to_buy(orders, prospect, limits)]
    numbers = [Number(one.row.number) for one in rows]
    duration = _duration(len(rows), preview, pace)
    plan = Plan(
        source_rows=sum(file.source_rows for file in orders.files),
        numbers=len(orders.rows),
        to_buy=len(rows),
        open_numbers=len(prospect.open),
        preview=preview,
        cost=total(one.worst for one in rows),
        duration=duration,
        ends=now + duration,
        reasons=(),
        balance=known.balance,
        priced=sum((one.first_charge for one in rows if one.first_charge is not None), ZERO),
        worst=sum((one.worst for one in rows if one.worst is not None), ZERO),
        unpriced_alternatives=sum(unpriced_alternatives(one.row, catalogue, limits.price) for one in rows),
        spent=prospect.spent,
        monthly=total(one.monthly for one in rows),
        unpriced=sum(one.first_charge is None for one in rows),
        not_in_stock=tuple(number for number in numbers if catalogue.is_out(number)),
        unlisted=sum(not catalogue.covers(number) for number in numbers),
        by_country=by_country(rows),
        by_group=by_column(rows, orders, group_by),
        by_price=by_price(rows),
        fits=_fits(len(rows), preview.in_doubt, pace.rate, limits.until, now),
        differing=prospect.differing,
        no_longer_held=len(prospect.gone),
        looked_up_at=catalogue.oldest(numbers),
    )
    about = About(orders, prospect, rows, pace, limits, catalogue, fields, known.unknown)
    return replace(
        plan,
        reasons=reasons_of(plan, about),
        bounds=bounds_of(plan, about),
        remarks=remarks_of(plan, about, now),
    )


def _duration(to_buy: int, preview: Preview, pace: Pace) -> timedelta:
    """How long its requests take at the rate."""
    requests = to_buy * (2 if pace.prices else 1) + preview.in_doubt
    requests += preview.already_owned if pace.ask_owned else 0
    return timedelta(seconds=math.ceil(requests / float(pace.rate)))


def _fits(numbers: int, in_doubt: int, rate: Decimal, until: datetime | None, now: datetime) -> int:
    """How many of `numbers` can be sent by `until`: purchases go before prices, and questions of doubt before purchases."""
    if until is None:
        return numbers
    seconds = Decimal(str((until - now).total_seconds()))
    return max(0, min(numbers, math.floor(seconds * rate) - in_doubt))
