"""`numbatch runs`: the runs of a ledger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from batch.cli.begin import begin_with_settings
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.options_of import time_zone
from batch.cli.output import Column, say, say_json, say_table
from batch.cli.place import open_reader
from batch.cli.summary import counts_json
from batch.ledger.records import LedgerKey, Run, Status

if TYPE_CHECKING:
    from batch.ledger.reading import LedgerReader

_COUNTS = (Status.PURCHASED, Status.OWNED, Status.REFUSED, Status.DOUBT, Status.NOT_SENT)
_WHERE_ANY = (Status.RELEASED,)
"""Statuses that have a column where a run has rows of them."""


def runs(*, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """List the runs of a ledger, latest first, with what became of their numbers. Takes no lock.

    For example:
        numbatch runs
        numbatch runs --environment rehearsal --json
    """
    begun = begin_with_settings(common, where, needs_account=False)
    with open_reader(begun.settings, begun.environ) as reader:
        found = [run_json(reader, run) for run in reader.runs()]
        if json:
            say_json(found)
            return 0
        if not found:
            say(f"{described(reader.key)}: no run yet")
            return 0
        say(described(reader.key))
        zone = time_zone(begun.settings)
        rows = []
        counted = {run.name: reader.counts(run) for run in reader.runs()}
        shown = [*_COUNTS, *(one for one in _WHERE_ANY if any(counts[one] for counts in counted.values()))]
        for run in reader.runs():
            counts = counted[run.name]
            files = ", ".join(one.path.name for one in run.files)
            figures = [f"{run.rows:,}", *(f"{counts[status]:,}" for status in shown)]
            rows.append([run.name, f"{run.created.astimezone(zone):%Y-%m-%d %H:%M}", *figures, files])
    headings = [Column("Run"), Column("Started"), Column("Rows", figures=True)]
    say_table([*headings, *(Column(status.value, figures=True) for status in shown), Column("Files")], rows)
    return 0


def described(key: LedgerKey) -> str:
    """A ledger in words."""
    place = f" at {key.place}" if key.place else ""
    return f"{key.provider}, {key.environment}{place}, account {key.account}"


def run_json(reader: LedgerReader, run: Run) -> dict[str, object]:
    """A run as `runs --json` lists it. `finished` is None while it is under way, or where it died."""
    invocations = reader.report(run).invocations
    last = invocations[-1].end if invocations else None
    return {
        "run": run.name,
        "files": [str(one.path) for one in run.files],
        "environment": reader.key.environment.value,
        "account": reader.key.account,
        "started": _moment(run.created),
        "finished": _moment(last.ended if last else None),
        "rows": run.rows,
        "counts": counts_json(reader.counts(run)),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
