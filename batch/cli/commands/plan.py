"""`numbatch plan`: what a run would do; sends no purchase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from batch.cli.begin import begin_with_settings
from batch.cli.figures import rate_text
from batch.cli.loop import new_runner
from batch.cli.options import (
    BOUNDS,
    COMMON,
    PACE,
    READING,
    WHERE,
    Bounds,
    Common,
    Json,
    Orders,
    Pace,
    Reading,
    RetryRefused,
    SkipInvalid,
    Where,
)
from batch.cli.options_of import plan_limits, plan_pace, pool_options, time_zone
from batch.cli.orders import load_orders
from batch.cli.output import say, say_json
from batch.cli.plan_view import empty_preview, plan_json, plan_lines, verdict_lines
from batch.cli.problems import has_errors, tell_problems
from batch.errors import LedgerUnusable
from batch.ledger.records import Environment, LedgerKey, Preview
from batch.problem import Level
from batch.settings.model import Settings

if TYPE_CHECKING:
    from batch import order

_INVALID = 3
_NO_GO = 4


def plan(
    orders: Orders,
    /,
    *,
    skip_invalid: SkipInvalid = False,
    retry_refused: RetryRefused = False,
    json: Json = False,
    bounds: Bounds = BOUNDS,
    pace: Pace = PACE,
    reading: Reading = READING,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Say what a run would do: how many numbers it buys, what is bought already, how long it takes. Sends no purchase.

    Exit code 0 for GO, 4 for NO-GO with the reasons, 3 where rows are invalid.

    For example:
        numbatch plan orders.xlsx --max-spend 500
    """
    from batch.clock import SystemClock  # noqa: PLC0415 - only where there is something to plan
    from batch.plan import make_plan  # noqa: PLC0415

    begun = begin_with_settings(common, where, reading, pace, bounds)
    settings = begun.settings
    loaded = load_orders(orders, settings, reading)
    invalid = has_errors(loaded) and not skip_invalid
    if invalid:
        tell_problems(loaded.problems)
    elif skip_invalid:
        loaded = replace(loaded, problems=tuple(one for one in loaded.problems if one.level is not Level.ERROR))
    now = SystemClock().now()
    options = pool_options(settings, now, retry_refused=retry_refused)
    preview, missing = _preview(loaded, settings, begun.environ, retry_refused=retry_refused)
    made = make_plan(loaded, preview, pace=plan_pace(options), limits=plan_limits(options), now=now)
    made = replace(made, reasons=(*made.reasons, *missing))
    if json:
        say_json(plan_json(made, currency=settings.currency))
    else:
        lines = plan_lines(made, rate=rate_text(options.rate), currency=settings.currency, zone=time_zone(settings))
        for line in [*lines, *verdict_lines(made)]:
            say(line)
    if invalid:
        return _INVALID
    return 0 if made.go else _NO_GO


def _preview(
    orders: order.Orders, settings: Settings, environ: Mapping[str, str], *, retry_refused: bool
) -> tuple[Preview, Sequence[str]]:
    """What the ledger says, and why a run could not use it."""
    from batch.cli.place import PROVIDER, find_environment, ledger_directory, ledger_place  # noqa: PLC0415 - orders first
    from batch.ledger.sqlite import SqliteReader, ledger_path, refuse_lost  # noqa: PLC0415

    with new_runner() as runner:
        environment, place = runner.run(find_environment(settings))
    directory = ledger_directory(settings, environ)
    key = LedgerKey(PROVIDER, environment, settings.account.id, place)
    if not settings.account.id or not ledger_path(directory, key).exists():
        live = environment is Environment.LIVE
        try:
            refuse_lost(directory, key, ledger_place(directory, key).heads)
        except LedgerUnusable as error:
            return empty_preview(orders), (f"{error.problem} numbatch resolve --rebuild ORDERS",)
        return empty_preview(orders), (f"there is no ledger in {directory}: numbatch init",) if live else ()
    try:
        reader = SqliteReader.open(directory, key)
    except LedgerUnusable as error:
        return empty_preview(orders), (error.problem,)
    try:
        return reader.preview(orders, retry_refused=retry_refused), ()
    finally:
        reader.close()
