"""`numbatch run`: buys, and writes the result workbook."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from batch.cli.again import name_orders
from batch.cli.begin import Begun, begin_with_settings
from batch.cli.figures import plural
from batch.cli.options import (
    BOUNDS,
    COMMON,
    PACE,
    READING,
    REHEARSAL,
    WHERE,
    Bounds,
    Common,
    Force,
    GroupBy,
    Json,
    Language,
    LockWait,
    Orders,
    Pace,
    Reading,
    Rehearsal,
    Results,
    RetryRefused,
    SkipInvalid,
    Where,
    Yes,
)
from batch.cli.output import say_json, tell
from batch.cli.request import Request
from batch.cli.summary import failure_json
from batch.errors import NumbatchError

_INVALID = 3
_REBUY = Annotated[
    bool,
    Parameter(
        show_default=False,
        help="Buy again what an earlier run bought, or the account held, and no longer does: asked about anew.",
    ),
]


def run(
    orders: Orders,
    /,
    *,
    results: Results = None,
    group_by: GroupBy = None,
    language: Language = None,
    yes: Yes = False,
    retry_refused: RetryRefused = False,
    rebuy: _REBUY = False,
    skip_invalid: SkipInvalid = False,
    force: Force = False,
    lock_wait: LockWait = "0",
    json: Json = False,
    bounds: Bounds = BOUNDS,
    pace: Pace = PACE,
    reading: Reading = READING,
    rehearsal: Rehearsal = REHEARSAL,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Buy the numbers of order workbooks, and write the result workbook.

    The same command again goes on where it stopped, or does nothing: no number is bought twice. At a terminal it shows the
    plan and asks; elsewhere a live run needs --yes and a bound.

    For example:
        numbatch run orders.xlsx --simulate --faults typical
        numbatch run orders.xlsx --max-spend 500
        numbatch run orders.xlsx --yes --max-numbers 100 -q
    """
    begin = partial(
        begin_with_settings,
        common,
        where,
        reading,
        pace,
        bounds,
        needs_account=not rehearsal.simulate,
        more={"group_by": group_by, "language": language},
    )
    request = Request(
        orders, results, reading, rehearsal, lock_wait, yes, retry_refused, skip_invalid, force, json, rebuy
    )
    try:
        return _run(begin(), request)
    except NumbatchError as error:
        name_orders(error, orders, where, reading, skip_invalid=skip_invalid)
        if json:
            say_json(failure_json(error.exit_code, error.problem))
        raise


def _run(begun: Begun, request: Request) -> int:
    """Read the orders, and buy them if they are right."""
    from batch.cli.buying import buy  # noqa: PLC0415 - when flags and settings are right
    from batch.cli.orders import load_orders  # noqa: PLC0415
    from batch.cli.problems import has_errors, tell_problems  # noqa: PLC0415

    orders = load_orders(request.paths, begun.settings, request.reading)
    if has_errors(orders) and not request.skip_invalid:
        tell_problems(orders.problems)
        tell("Nothing was sent. Mend these, or send the valid rows alone with --skip-invalid.")
        if request.json:
            say_json(failure_json(_INVALID, "invalid rows"))
        return _INVALID
    if orders.problems and not begun.quiet:
        tell(f"{plural(len(orders.problems), 'remark')} on the order sheet: numbatch check lists them.")
    return buy(begun, orders, request)
