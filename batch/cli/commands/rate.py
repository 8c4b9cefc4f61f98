"""`numbatch rate`: another rate for a run that is under way."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import say, say_json
from batch.errors import UsageError
from batch.settings.convert import pace
from batch.settings.source import SettingsError

if TYPE_CHECKING:
    from batch.ledger.wishes import Doing

_WORDS = Annotated[
    str,
    Parameter(
        name="RUN N",
        allow_leading_hyphen=True,
        required=True,
        show_default=False,
        help="The run, by its short name or any beginning of it (left out: the one that is under way), and requests a second.",
    ),
]
_FORCE = Annotated[bool, Parameter(show_default=False, help="Above the rate that the run was started with, too.")]
_MOST = 2
"""Words: a run and a rate."""


def rate(
    *words: _WORDS, force: _FORCE = False, json: Json = False, where: Where = WHERE, common: Common = COMMON
) -> int:
    """Set the rate of a run that is under way: requests a second, at most, until it ends. The settings stay as they are.

    The rate that a run was started with is what was agreed with the provider: more than that needs --force. A paused run stays
    paused. Exit code 2: the run is not under way, or the rate is refused; nothing was changed.

    For example:
        numbatch rate 2
        numbatch rate 7f3a 0.5
    """
    from batch.cli.steering import reach  # noqa: PLC0415 - when flags are right

    if not 1 <= len(words) <= _MOST:
        raise UsageError(f"a run and a rate are wanted, not {len(words)} words", remedy="Write `numbatch rate 7f3a 2`.")
    begun = begin_with_settings(common, where, needs_account=False)
    wanted = _rate(words[-1])

    def change(now: Doing) -> tuple[bool, Decimal]:
        if wanted > now.agreed and not force:
            raise UsageError(
                f"run {now.run} was started at {now.agreed:f} requests a second, and {wanted:f} is more",
                remedy="If the provider takes that: --force.",
            )
        return now.paused, wanted

    reached = reach(begun, words[0] if len(words) == _MOST else None, change)
    if json:
        say_json(reached.json())
    elif not common.quiet:
        paused = ", and stays paused" if reached.doing.paused else ""
        say(f"run {reached.run.name} has {reached.doing.rate:f} requests a second now{paused}: {reached.so_far}")
    return 0


def _rate(text: str) -> Decimal:
    try:
        return pace(text)
    except ValueError as error:
        raise SettingsError("rate", "N", str(error)) from None
