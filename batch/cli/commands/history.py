"""`numbatch history`: one number's life over all runs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.options_of import time_zone
from batch.cli.output import Column, say, say_json, say_table
from batch.cli.place import open_reader
from batch.errors import UsageError
from batch.number import Number
from batch.settings.model import Settings

_NUMBER = Annotated[
    str, Parameter(name="NUMBER", allow_leading_hyphen=True, help="The number, as you write it.", required=True)
]


def history(*number: _NUMBER, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Tell what happened to one number, over all runs of the ledger, oldest first. Takes no lock.

    For example:
        numbatch history +1 202 555 0123
    """
    begun = begin_with_settings(common, where, needs_account=False)
    wanted = read_number(" ".join(number), begun.settings)
    with open_reader(begun.settings, begun.environ) as reader:
        entries = reader.history(wanted)
    if json:
        names = ("run", "rule", "before", "after", "code")
        say_json(
            [
                {
                    "at": one.at.isoformat(),
                    **{name: getattr(one, name) for name in names},
                    "reason": mask(one.reason),
                }
                for one in entries
            ]
        )
        return 0
    if not entries:
        say(f"{wanted}: this ledger has never met it")
        return 0
    zone = time_zone(begun.settings)
    rows = [
        (
            f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            one.run,
            f"{one.before} → {one.after}" if one.before else one.after,
            "" if one.code is None else str(one.code),
            mask(one.reason),
            one.rule,
        )
        for one in entries
    ]
    say(wanted)
    say_table([Column(name) for name in ("When", "Run", "Became", "Code", "Reason", "Rule")], rows)
    return 0


def read_number(text: str, settings: Settings) -> Number:
    """The number that a person wrote. Raises UsageError where it is none."""
    from batch.number import NumberError, parse_number  # noqa: PLC0415 - with the numbering plans

    try:
        return parse_number(text, country=settings.default_country)
    except NumberError as error:
        raise UsageError(f"{text!r}: {error.problem}", remedy=error.remedy) from None
