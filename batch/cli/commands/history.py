"""`numbatch history`: one number's life over all runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from batch.cli.begin import begin_with_settings
from batch.cli.masking import mask
from batch.cli.numbers import NumberWords, read_number
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.options_of import time_zone
from batch.cli.output import Column, say, say_json, say_table
from batch.cli.place import open_reader

if TYPE_CHECKING:
    from batch.ledger.records import HistoryEntry


def history(*number: NumberWords, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Tell what happened to one number, over all runs of the ledger, oldest first. Takes no lock.

    For example:
        numbatch history +1 202 555 0123
    """
    begun = begin_with_settings(common, where, needs_account=False)
    wanted = read_number(" ".join(number), begun.settings)
    with open_reader(begun.settings, begun.environ) as reader:
        entries = reader.history(wanted)
    if json:
        say_json(history_json(entries))
        return 0
    if not entries:
        say(f"{wanted}: this ledger has never met it")
        return 0
    say(wanted)
    say_history(entries, time_zone(begun.settings))
    return 0


def history_json(entries: Sequence[HistoryEntry]) -> list[dict[str, object]]:
    """What `history --json` says: a list, oldest first."""
    names = ("run", "rule", "before", "after", "code")
    return [
        {"at": one.at.isoformat(), **{name: getattr(one, name) for name in names}, "reason": mask(one.reason)}
        for one in entries
    ]


def say_history(entries: Sequence[HistoryEntry], zone: tzinfo) -> None:
    """A number's life as a table, in local time."""
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
    say_table([Column(name) for name in ("When", "Run", "Became", "Code", "Reason", "Rule")], rows)
