"""`numbatch run`: buys, and writes the result workbook."""

from __future__ import annotations

from batch.cli.begin import begin_with_settings
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
from batch.cli.summary import failure_json
from batch.errors import NumbatchError

_INVALID = 3


def run(
    orders: Orders,
    /,
    *,
    results: Results = None,
    group_by: GroupBy = None,
    language: Language = None,
    yes: Yes = False,
    retry_refused: RetryRefused = False,
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
    try:
        more = {"group_by": group_by, "language": language}
        begun = begin_with_settings(
            common, where, reading, pace, bounds, needs_account=not rehearsal.simulate, more=more
        )
        from batch.cli.buying import Request, buy  # noqa: PLC0415 - when flags and settings are right
        from batch.cli.orders import load_orders  # noqa: PLC0415
        from batch.cli.problems import has_errors, tell_problems  # noqa: PLC0415

        loaded = load_orders(orders, begun.settings, reading)
        if has_errors(loaded) and not skip_invalid:
            tell_problems(loaded.problems)
            tell("Nothing was sent. Mend these, or send the valid rows alone with --skip-invalid.")
            if json:
                say_json(failure_json(_INVALID, "invalid rows"))
            return _INVALID
        if loaded.problems and not common.quiet:
            tell(f"{len(loaded.problems):,} warnings: numbatch check lists them.")
        request = Request(
            loaded,
            orders,
            results,
            yes=yes,
            retry_refused=retry_refused,
            force=force,
            lock_wait=lock_wait,
            json=json,
            rehearsal=rehearsal,
        )
        return buy(begun, request)
    except NumbatchError as error:
        if json:
            say_json(failure_json(error.exit_code, error.problem))
        raise
