"""`numbatch continue`: a run that was paused goes on."""

from __future__ import annotations

from batch.cli.begin import begin_with_settings
from batch.cli.options import COMMON, WHERE, Common, Json, RunName, Where
from batch.cli.output import say, say_json


def continue_(run: RunName = None, /, *, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Let a run that `numbatch pause` has paused go on, at the rate that it has.

    A run that ended while it was paused is not under way any more (exit code 2): the same `numbatch run` goes on with it.

    For example:
        numbatch continue
        numbatch continue 7f3a
    """
    from batch.cli.steering import reach  # noqa: PLC0415 - when flags are right

    begun = begin_with_settings(common, where, needs_account=False)
    reached = reach(begun, run, lambda now: (False, now.rate))
    if json:
        say_json(reached.json())
    elif not common.quiet:
        say(f"run {reached.run.name} goes on, at {reached.doing.rate:f} requests a second: {reached.so_far}")
    return 0
