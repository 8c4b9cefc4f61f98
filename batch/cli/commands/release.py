"""`numbatch release`: gives back what a run bought."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Group, Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.options import (
    COMMON,
    PACE,
    WHERE,
    Common,
    Force,
    Json,
    LockWait,
    Pace,
    Results,
    RunName,
    Where,
)
from batch.cli.output import say_json
from batch.cli.request import ReleaseRequest
from batch.errors import NumbatchError

_BOUNDS = Group("Bounds", sort_key=20)
_ONLY = Annotated[
    tuple[str, ...],
    Parameter(
        name="--only",
        metavar="NUMBER|ORDERS",
        consume_multiple=True,
        show_default=False,
        help="Give back these numbers of the run alone, or those of an order workbook.",
    ),
]
_CONFIRM = Annotated[
    str | None,
    Parameter(metavar="RUN", help="The run's whole name, instead of typing it: needed where nobody can be asked."),
]
_DRY_RUN = Annotated[bool, Parameter(show_default=False, help="Show what would be given back, and stop.")]
_LIMIT = Annotated[str | None, Parameter(group=_BOUNDS, metavar="N", help="Numbers given back now, then stop.")]
_UNTIL = Annotated[
    str | None,
    Parameter(group=_BOUNDS, metavar="18:30|2h", help="A time of day, or a duration, after which nothing is sent."),
]


def release(
    run: RunName = None,
    /,
    *,
    only: _ONLY = (),
    confirm: _CONFIRM = None,
    dry_run: _DRY_RUN = False,
    limit: _LIMIT = None,
    until: _UNTIL = None,
    results: Results = None,
    force: Force = False,
    lock_wait: LockWait = "0",
    json: Json = False,
    pace: Pace = PACE,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Give back the numbers that a run bought, and only those.

    Set-up and the month that is paid are not refunded, and a number that was given back may be gone for good. Each number is
    asked about before: what is not surely this run's purchase is kept, and said so. The same command again goes on where it
    stopped. It asks for the run's name; off a terminal --confirm must name it.

    For example:
        numbatch release 7f3a --dry-run
        numbatch release 7f3a --only 12025550123 12025550124
        numbatch release 7f3a --confirm 7f3a --limit 500
    """
    request = ReleaseRequest(run, only, confirm, dry_run, results, force, lock_wait, json)
    try:
        bounds = {"limit": limit, "until": until}
        begun = begin_with_settings(common, where, pace, needs_account=not dry_run, more=bounds)
        from batch.cli.releasing import give_back  # noqa: PLC0415 - when flags and settings are right

        return give_back(begun, request)
    except NumbatchError as error:
        if json:
            say_json({"run": run, "exit_code": error.exit_code, "reason": error.problem})
        raise
