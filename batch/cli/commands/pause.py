"""`numbatch pause`: no further purchase leaves a run that is under way, until it is told to go on."""

from __future__ import annotations

from batch.cli.begin import begin_with_settings
from batch.cli.options import COMMON, WHERE, Common, Json, RunName, Where
from batch.cli.output import say, say_json


def pause(run: RunName = None, /, *, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Pause a run that is under way: when this returns, no purchase leaves any more. Numbers in doubt are still asked about.

    It stays so until `numbatch continue`, for hours if need be. --until, Ctrl-C and a kill end it as any other run; the next
    invocation begins unpaused. Takes no lock. Exit code 2: the run is not under way, and nothing was changed.

    For example:
        numbatch pause
        numbatch pause 7f3a
    """
    from batch.cli.steering import reach  # noqa: PLC0415 - when flags are right

    begun = begin_with_settings(common, where, needs_account=False)
    reached = reach(begun, run, lambda now: (True, now.rate))
    if json:
        say_json(reached.json())
    elif not common.quiet:
        name = reached.run.name
        say(f"run {name} is paused: {reached.so_far}; `numbatch continue {name}` goes on")
    return 0
