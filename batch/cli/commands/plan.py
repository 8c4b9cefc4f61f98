"""`numbatch plan`: what a run would do; sends no purchase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.figures import rate_text
from batch.cli.options import (
    BOUNDS,
    COMMON,
    PACE,
    READING,
    WHERE,
    Bounds,
    Common,
    GroupBy,
    Json,
    Orders,
    Pace,
    Reading,
    Rebuy,
    RetryRefused,
    SkipInvalid,
    Where,
)
from batch.cli.options_of import time_zone
from batch.cli.orders import load_orders
from batch.cli.output import say, say_json
from batch.cli.problems import has_errors, tell_problems
from batch.problem import Level

if TYPE_CHECKING:
    from batch.cli.outlook import Outlook
    from batch.settings.model import Settings

_INVALID = 3
_NO_GO = 4

Output = Annotated[
    tuple[Path, ...],
    Parameter(
        name=("--output", "-o"),
        metavar="PLAN.xlsx|plan.json",
        negative=(),
        show_default=False,
        help="A page to sign, or a plan that `run --plan` carries out once; may be given for both.",
    ),
]
Force = Annotated[
    bool, Parameter(show_default=False, help="Write the plan file although it is NO-GO; replace any file.")
]


def plan(
    orders: Orders,
    /,
    *,
    output: Output = (),
    group_by: GroupBy = None,
    force: Force = False,
    skip_invalid: SkipInvalid = False,
    retry_refused: RetryRefused = False,
    rebuy: Rebuy = False,
    json: Json = False,
    bounds: Bounds = BOUNDS,
    pace: Pace = PACE,
    reading: Reading = READING,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Say what a run would do: how many numbers it buys, what they cost, whether they are in stock, how long it takes.

    Sends no purchase; looks stock, prices and balance up where there is a login. Exit code 0 for GO, 4 for NO-GO with the
    reasons, 3 where rows are invalid.

    For example:
        numbatch plan orders.xlsx --max-spend 500
        numbatch plan orders.xlsx -o PLAN.xlsx
        numbatch plan orders.xlsx -o plan.json
    """
    from batch.cli.outlook import look_ahead  # noqa: PLC0415 - only where there is something to plan
    from batch.cli.plan_output import check_outputs, tell_refusal, write_outputs  # noqa: PLC0415
    from batch.cli.results import require_group  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415

    begun = begin_with_settings(common, where, reading, pace, bounds, more={"group_by": group_by})
    check_outputs(output, orders, force=force)
    loaded = load_orders(orders, begun.settings, reading)
    require_group(loaded.columns, begun.settings)
    invalid = has_errors(loaded) and not skip_invalid
    if invalid:
        tell_problems(loaded.problems)
    elif skip_invalid:
        loaded = replace(loaded, problems=tuple(one for one in loaded.problems if one.level is not Level.ERROR))
    ahead = look_ahead(begun, loaded, SystemClock(), retry_refused=retry_refused, rebuy=rebuy)
    if not invalid and has_errors(ahead.orders) and not skip_invalid:
        invalid = True
        tell_problems(ahead.orders.problems)
    tell_refusal(output, ahead, begun.settings, force=force)
    _show(ahead, begun.settings, json=json, quiet=begun.quiet and ahead.plan.go and not invalid)
    read_as = {"skip_invalid": skip_invalid, "retry_refused": retry_refused, "rebuy": rebuy}
    written = write_outputs(output, ahead, begun.settings, reading, read_as, force=force, quiet=begun.quiet or json)
    if invalid:
        return _INVALID
    return 0 if ahead.plan.go and written else _NO_GO


def _show(ahead: Outlook, settings: Settings, *, json: bool, quiet: bool) -> None:
    from batch.cli.plan_view import chosen_lines, plan_json, plan_lines, verdict_lines  # noqa: PLC0415 - as above

    if json:
        say_json(plan_json(ahead.plan, currency=settings.currency, chosen=ahead.chosen))
    elif not quiet:
        rate, zone = rate_text(ahead.options.rate), time_zone(settings)
        lines = plan_lines(ahead.plan, rate=rate, currency=settings.currency, zone=zone)
        for line in [*lines, *chosen_lines(ahead.chosen), *verdict_lines(ahead.plan)]:
            say(line)
