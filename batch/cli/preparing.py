"""What a run begins with: the ledger's word on its orders, what was looked up, and the plan of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batch.cli.options_of import plan_limits, plan_pace, time_zone
from batch.cli.planning import NOT_WANTED, WITHIN_RUN, Lookup, quotes_of
from batch.cli.scene import Scene, new_provider
from batch.clock import Clock
from batch.number import Number
from batch.order import Orders, Row, RowKind
from batch.plan import Known, Plan, make_plan, rows_to_buy
from batch.plan.quote import Quote
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer
from batch.problem import Level
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS

if TYPE_CHECKING:
    from batch.cli.carrying import Carried
    from batch.ledger.sqlite import SqliteLedger


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run begins with: its plan, the prices that were looked up, and the pacer that they were looked up with."""

    plan: Plan
    quotes: Mapping[Number, Quote]
    pacer: Pacer | None


async def prepare(
    scene: Scene,
    orders: Orders,
    ledger: SqliteLedger,
    options: PoolOptions,
    clock: Clock,
    stack: AsyncExitStack,
    *,
    carried: Carried | None = None,
) -> Prepared:
    """Plan what the ledger, whose lock is held, leaves to do; rows that are skipped stand in nobody's way.

    Looks up where something is to be bought, unless it is not wanted. The pacer, where there is one, is closed by `stack`.
    Raises UsageError where the plan that is `carried` out was used up, or is of other prices.
    """
    settings = scene.settings
    limits = plan_limits(options)
    valid = replace(orders, problems=tuple(one for one in orders.problems if one.level is Level.WARNING))
    with closing(ledger.reader()) as reader:
        prospect = reader.prospect(orders, retry_refused=options.retry_refused, rebuy=options.rebuy, gone=CODES.gone)
        rows = rows_to_buy(valid, prospect, limits)
        if carried is not None:
            carried.require_open(reader, prospect, rows, time_zone(settings))
    pacer = None
    known = Known(unknown=(NOT_WANTED,) if rows and not settings.look_up else ())
    if rows and settings.look_up:
        pacer = Pacer(options.rate, clock)
        pacer.start()
        stack.push_async_callback(pacer.close)
        anew = carried is not None or settings.max_spend is not None  # an old price may not bound money
        known = await _look_up(scene, rows, pacer, clock, anew=anew)
    if carried is not None:
        carried.require_prices(rows, known.catalogue)
        known = replace(known, catalogue=known.catalogue.at_prices(carried.plan.prices))
    plan = make_plan(
        valid,
        prospect,
        pace=plan_pace(options),
        limits=limits,
        now=clock.now(),
        known=known,
        group_by=settings.group_by,
        fields=FIELDS,
    )
    # Of every row: what is in doubt now, too, may yet have to be bought.
    ordered = [row for row in valid.rows if row.kind is RowKind.ORDER]
    quotes = quotes_of(ordered, known.catalogue, presume=settings.price is None)
    return Prepared(plan, quotes if carried is None else carried.quotes(quotes), pacer)


async def _look_up(scene: Scene, rows: Sequence[Row], pacer: Pacer, clock: Clock, *, anew: bool) -> Known:
    """By a provider of its own: its connections are gone before anybody thinks about the plan, and none is met half closed."""
    from batch.ledger.sqlite import ledger_path  # noqa: PLC0415 - only for what buys

    async with new_provider(scene, clock) as provider:
        path = ledger_path(scene.ledger.directory, scene.ledger.key)
        return await Lookup(provider, pacer, clock, scene.settings, path, WITHIN_RUN, anew=anew).known(rows)
