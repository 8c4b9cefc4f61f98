"""`numbatch report`: the result workbook again, from the ledger alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Force, GroupBy, Language, Results, RunName, Where
from batch.cli.output import say
from batch.cli.place import ledger_directory, open_reader
from batch.cli.results import Wanted, deliver, report_options, require_group
from batch.cli.shapes import Shape, report_csv, shape_of
from batch.errors import UsageError

_ATTEMPTS = Annotated[
    bool, Parameter(show_default=False, help="With a last sheet Attempts: every request, and what came of it.")
]
_FORMAT = Annotated[
    Shape | None, Parameter(name="--format", show_default=False, help="xlsx or csv; else as -o is named, else xlsx.")
]
_CSV_FOR = Annotated[
    Literal["programs", "excel-en", "excel-de"] | None,
    Parameter(show_default=False, help="Who reads the CSV: programs (the default), English or German Excel."),
]
_PERIOD = Group("Over all runs of the account, instead of one", sort_key=20)
_MONTH = Annotated[str | None, Parameter(group=_PERIOD, metavar="2026-11", help="What was charged in that month.")]
_FROM = Annotated[str | None, Parameter(name="--from", group=_PERIOD, metavar="DATE", help="Charged since that day.")]
_TO = Annotated[str | None, Parameter(name="--to", group=_PERIOD, metavar="DATE", help="Charged until that day.")]
_NOT_WRITTEN = 1


def report(
    run: RunName = None,
    /,
    *,
    results: Results = None,
    group_by: GroupBy = None,
    language: Language = None,
    attempts: _ATTEMPTS = False,
    format_: _FORMAT = None,
    csv_for: _CSV_FOR = None,
    month: _MONTH = None,
    from_: _FROM = None,
    to: _TO = None,
    force: Force = False,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Write a run's result workbook again, from the ledger alone: its orders and old results may be gone. Takes no lock.

    --month, or --from and --to: one workbook of what all runs of the account were charged then, by days of the setting timezone.

    csv: the rows of Results, as plain RFC 4180, or as Excel reads them; no cell is a formula. A CSV does not say whose it is: one
    that is there is replaced with --force only.

    For example:
        numbatch report
        numbatch report 7f3a --format csv --csv-for excel-de
        numbatch report 7f3a -o results.xlsx --group-by "Cost centre"
        numbatch report --month 2026-11
    """
    shape = shape_of(format_, results, csv_for)
    if shape == "csv" and (attempts or month or from_ or to):
        raise UsageError("a CSV holds the results of one run", remedy="Leave out --attempts, --month, --from and --to.")
    more = {"group_by": group_by, "language": language}
    begun = begin_with_settings(common, where, needs_account=False, more=more)
    if month is not None or from_ is not None or to is not None:
        if run is not None or attempts:
            raise UsageError(
                "a period is over all runs: it goes with neither RUN nor --attempts", remedy="Leave out one of the two."
            )
        from batch.cli.matching import find_period  # noqa: PLC0415 - only where a period is asked for
        from batch.cli.monthly import report_month  # noqa: PLC0415

        period = find_period(month, from_, to)
        if period is not None:
            return report_month(begun, period, results, force=force)
    if shape == "csv":
        return report_csv(begun, run, results, csv_for, force=force)
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
