"""`numbatch run`: buys, and writes the result workbook."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    Rebuy,
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
from batch.errors import NumbatchError, OrdersError, UsageError

if TYPE_CHECKING:
    from batch.order import Orders as Ordered

_INVALID = 3
_PLAN = Annotated[
    Path | None,
    Parameter(
        metavar="plan.json",
        show_default=False,
        help="Carry out this plan, once, instead of ORDERS: `plan -o plan.json`.",
    ),
]
_CANARY = Annotated[
    bool,
    Parameter(
        show_default=False, help="Buy the fewest rows that show everything first, and go on only when all matches."
    ),
]


def run(
    orders: Orders = (),
    /,
    *,
    plan: _PLAN = None,
    canary: _CANARY = False,
    results: Results = None,
    group_by: GroupBy = None,
    language: Language = None,
    yes: Yes = False,
    retry_refused: RetryRefused = False,
    rebuy: Rebuy = False,
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
        numbatch run --plan plan.json
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
        orders,
        results,
        reading,
        rehearsal,
        lock_wait,
        yes,
        retry_refused,
        skip_invalid,
        force,
        json,
        rebuy,
        canary=canary,
        plan=plan,
    )
    try:
        return _run(begin(), request)
    except NumbatchError as error:
        if orders:
            name_orders(error, orders, where, reading, skip_invalid=skip_invalid)
        if json:
            say_json(failure_json(error.exit_code, error.problem))
        raise


def _run(begun: Begun, request: Request) -> int:
    """Read the orders, and buy them if they are right."""
    from batch.cli.buying import buy  # noqa: PLC0415 - when flags and settings are right
    from batch.cli.interrupt import nothing_sent  # noqa: PLC0415
    from batch.cli.problems import has_errors, tell_problems  # noqa: PLC0415

    with nothing_sent():
        begun, request, orders = _loaded(begun, request)
    if has_errors(orders) and not request.skip_invalid:
        tell_problems(orders.problems)
        tell("Nothing was sent. Mend these, or send the valid rows alone with --skip-invalid.")
        if request.json:
            say_json(failure_json(_INVALID, "invalid rows"))
        return _INVALID
    if orders.wishes:
        raise OrdersError(
            f"{sum(wish.count for wish in orders.wishes):,} numbers are left open (AnyOf), and only a plan chooses them",
            remedy="`numbatch plan ORDERS -o plan.json` shows which, and `numbatch run --plan plan.json` buys those.",
        )
    if orders.problems and not begun.quiet:
        tell(f"{plural(len(orders.problems), 'remark')} on the order sheet: numbatch check lists them.")
    return buy(begun, orders, request)


def _loaded(begun: Begun, request: Request) -> tuple[Begun, Request, Ordered]:
    """The orders, or those of the plan that is to be carried out; then settings and request as it binds them."""
    from batch.cli.orders import load_orders  # noqa: PLC0415 - as above

    if request.plan is not None:
        from batch.cli.carrying import take_up  # noqa: PLC0415 - as above
        from batch.clock import SystemClock  # noqa: PLC0415

        begun, request, carried = take_up(request.plan, begun, request, SystemClock().now())
        return begun, request, carried.orders(begun, request)
    if request.paths:
        return begun, request, load_orders(request.paths, begun.settings, request.reading)
    raise UsageError("there is nothing to buy", remedy="Name the order workbooks, or a plan: --plan plan.json.")
