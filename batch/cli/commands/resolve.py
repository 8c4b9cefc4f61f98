"""`numbatch resolve`: asks the provider about every number in doubt."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.again import name_orders
from batch.cli.begin import Begun, begin_with_settings
from batch.cli.numbers import read_number
from batch.cli.options import (
    COMMON,
    PACE,
    READING,
    WHERE,
    Common,
    Json,
    LockWait,
    Pace,
    Reading,
    RunName,
    SkipInvalid,
    Where,
    Yes,
)
from batch.cli.output import say, say_json
from batch.cli.request import RebuildRequest, lock_wait_seconds
from batch.cli.summary import Summary, failure_json, say_summary, summary_json
from batch.errors import NumbatchError, UsageError
from batch.number import Number
from batch.settings.model import Settings

_ACCEPT = Annotated[
    tuple[str, ...],
    Parameter(name="--accept", metavar="NUMBER=ours|not", show_default=False, help="What a person found who looked."),
]
_REBUILD = Annotated[
    tuple[Path, ...],
    Parameter(
        name="--rebuild",
        metavar="ORDERS",
        consume_multiple=True,
        show_default=False,
        help="After a lost ledger: ask about every number of these order workbooks.",
    ),
]
_WORDS = {"ours": True, "not": False}


def resolve(
    run: RunName = None,
    /,
    *,
    accept: _ACCEPT = (),
    rebuild: _REBUILD = (),
    skip_invalid: SkipInvalid = False,
    yes: Yes = False,
    lock_wait: LockWait = "0",
    json: Json = False,
    pace: Pace = PACE,
    reading: Reading = READING,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Ask the provider about every number in doubt, and record what it says. Sends no purchase.

    Where the provider can't tell, a person who has looked at the account may: --accept, recorded with the person's name.

    After a lost ledger (missing, damaged, older than its head file, replaced): --rebuild asks the account about every number
    of the orders, and makes a ledger that knows which are ours. Until it is complete, nothing is bought. Name every order
    workbook that was run: each is a run of its own, as `numbatch run` makes of it. Exit code 6: some numbers got no usable
    answer, and the same command goes on.

    For example:
        numbatch resolve
        numbatch resolve 7f3a --accept 12025550123=ours
        numbatch resolve --rebuild orders.xlsx more-orders.xlsx
    """
    if rebuild:
        if run is not None or accept:
            raise UsageError("--rebuild goes with neither RUN nor --accept", remedy="First rebuild, then resolve.")
        request = RebuildRequest(rebuild, reading, where, lock_wait, yes, skip_invalid, json)
        return _rebuild(common, pace, request)
    try:
        begun = begin_with_settings(common, where, pace)
        accepted = dict(read_accepted(one, begun.settings) for one in accept)
        from batch.cli.loop import new_runner  # noqa: PLC0415 - when flags and settings are right

        with new_runner() as runner:
            summary = runner.run(_resolve(begun, run, accepted, lock_wait))
    except NumbatchError as error:
        if json:
            say_json(failure_json(error.exit_code, error.problem))
        raise
    if json:
        say_json(summary_json(summary))
    elif summary.exit_code or not common.quiet:
        say_summary(summary)
        say(f"The result workbook is not changed by this: numbatch report {summary.run.name}")
    return summary.exit_code or 0


def _rebuild(common: Common, pace: Pace, request: RebuildRequest) -> int:
    try:
        begun = begin_with_settings(common, request.where, pace, request.reading)
        from batch.cli.rebuilding import rebuild  # noqa: PLC0415 - when flags and settings are right

        return rebuild(begun, request)
    except NumbatchError as error:
        name_orders(error, request.paths, request.where, request.reading, skip_invalid=request.skip_invalid)
        if request.json:
            say_json({"complete": False, "exit_code": error.exit_code, "reason": error.problem})
        raise


def read_accepted(text: str, settings: Settings) -> tuple[Number, bool]:
    """NUMBER=ours or NUMBER=not. Raises UsageError."""
    number, _, word = text.rpartition("=")
    if word.strip().lower() not in _WORDS or not number:
        raise UsageError(f"--accept: {text!r} is not understood", remedy="Write NUMBER=ours or NUMBER=not.")
    return read_number(number, settings), _WORDS[word.strip().lower()]


async def _resolve(begun: Begun, name: str | None, accepted: dict[Number, bool], lock_wait: str) -> Summary:
    from batch.cli.loop import signals_to  # noqa: PLC0415 - as above
    from batch.cli.progress import Progress, shows_bar  # noqa: PLC0415
    from batch.cli.scene import (  # noqa: PLC0415
        facts,
        new_provider,
        open_ledger,
        options_of,
        real_scene,
        require_rehearsals_ledger,
        user_name,
    )
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415
    from batch.reconciler.totals import run_totals  # noqa: PLC0415
    from batch.session import Session, Stop, resolve_run  # noqa: PLC0415

    wait = lock_wait_seconds(lock_wait)
    clock = SystemClock()
    stop = Stop()
    async with AsyncExitStack() as stack:
        scene = await stack.enter_async_context(real_scene(begun))
        options = options_of(scene, clock.now())
        require_rehearsals_ledger(scene)
        ledger = await open_ledger(scene, clock, options, wait=wait, create=False)
        stack.push_async_callback(ledger.close)
        reader = ledger.reader()
        stack.callback(reader.close)
        found = reader.find(name)
        stack.enter_context(signals_to(stop))
        progress = stack.enter_context(Progress(bar=shows_bar(quiet=begun.quiet)))
        provider = await stack.enter_async_context(new_provider(scene, clock))
        session = Session(provider, ledger, options, facts(scene.settings, clock.now()), clock, progress, stop)
        outcome = await resolve_run(found, session, accept=accepted, accepted_by=user_name())
        totals = run_totals(reader, outcome.run, CODES)
        return Summary(
            scene.ledger.key, outcome.run, totals, scene.settings.currency, outcome.exit_code, outcome.halt_reason
        )
