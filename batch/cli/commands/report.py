"""`numbatch report`: the result workbook again, from the ledger alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Force, GroupBy, Language, Results, RunName, Where
from batch.cli.output import say
from batch.cli.place import ledger_directory, open_reader
from batch.cli.results import Wanted, deliver, report_options, require_group

_ATTEMPTS = Annotated[
    bool, Parameter(show_default=False, help="With a last sheet Attempts: every request, and what came of it.")
]
_NOT_WRITTEN = 1


def report(
    run: RunName = None,
    /,
    *,
    results: Results = None,
    group_by: GroupBy = None,
    language: Language = None,
    attempts: _ATTEMPTS = False,
    force: Force = False,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Write a run's result workbook again, from the ledger alone: its orders and old results may be gone. Takes no lock.

    For example:
        numbatch report
        numbatch report 7f3a -o results.xlsx --group-by "Cost centre"
    """
    more = {"group_by": group_by, "language": language}
    begun = begin_with_settings(common, where, needs_account=False, more=more)
    with open_reader(begun.settings, begun.environ) as reader:
        found = reader.find(run)
        require_group(found.columns, begun.settings)
        files = [one.path for one in found.files]
        options = report_options(begun.settings)
        if attempts:
            options = replace(options, attempts=mask)
        path = Wanted(files, results, force, reader.key.environment).path(found)
        written = deliver(path, reader, found, options, keep=ledger_directory(begun.settings, begun.environ))
    if written is None:
        return _NOT_WRITTEN
    if not common.quiet:
        say(str(written))
    return 0
