"""`numbatch status`: what one run came to so far."""

from __future__ import annotations

from batch.cli.begin import begin_with_settings
from batch.cli.commands.runs import run_json
from batch.cli.options import COMMON, WHERE, Common, Json, RunName, Where
from batch.cli.options_of import time_zone
from batch.cli.output import say, say_json
from batch.cli.place import ledger_directory, open_reader
from batch.cli.summary import Summary, say_summary, summary_json


def status(run: RunName = None, /, *, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Tell one run's totals, also while it is under way. Takes no lock.

    For example:
        numbatch status
        numbatch status 7f3a --json
    """
    from batch.ledger.sqlite.wishes import FileControl  # noqa: PLC0415 - with the ledger
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - the table alone
    from batch.reconciler.totals import run_totals  # noqa: PLC0415

    begun = begin_with_settings(common, where, needs_account=False)
    with open_reader(begun.settings, begun.environ) as reader:
        found = reader.find(run)
        report = reader.report(found)
        end = report.invocations[-1].end if report.invocations else None
        totals = run_totals(reader, found, CODES)
        exit_code = None if end is None else end.exit_code
        halted = "" if end is None else end.halt_reason
        summary = Summary(reader.key, found, totals, begun.settings.currency, exit_code, halted)
        doing = FileControl(ledger_directory(begun.settings, begun.environ), reader.key).doing()
        if json:
            told = {**run_json(reader, found), **summary_json(summary), "invocations": len(report.invocations)}
            told["paused"] = doing is not None and doing.run == found.name and doing.paused
            del told["results"]
            say_json(told)
            return 0
    zone = time_zone(begun.settings)
    for one in found.files:
        say(f"{one.path} ({one.source_rows:,} rows)")
    say(f"Begun {found.created.astimezone(zone):%Y-%m-%d %H:%M}, invocations: {len(report.invocations)}")
    if end is None and doing is not None and doing.run == found.name:
        paused = f"paused by hand: `numbatch continue {found.name}` goes on" if doing.paused else "buying"
        say(f"Under way, {paused}; {doing.rate:f} requests a second")
    elif end is None:
        say("Under way, or ended without a word: the same `numbatch run` goes on with it.")
    else:
        say(f"Last ended {end.ended.astimezone(zone):%Y-%m-%d %H:%M}, exit code {end.exit_code}")
    say_summary(summary)
    return 0
