"""A run's results in another shape than the workbook: where they go, and that they are written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from batch.cli.begin import Begun
from batch.cli.output import say
from batch.cli.pages import deliver_page
from batch.cli.place import ledger_directory, open_reader
from batch.cli.results import report_options, require_group
from batch.errors import UsageError
from batch.ledger.records import Environment

if TYPE_CHECKING:
    from batch.reconciler.shapes.table import CsvFor

Shape = Literal["xlsx", "csv"]

_NOT_WRITTEN = 1


def shape_of(named: Shape | None, given: Path | None, made_for: str | None) -> Shape:
    """The shape that is wanted: as `named`, else by the suffix of the `given` path, else a workbook.

    Raises UsageError where a CSV's reader is told, and it is no CSV.
    """
    by_name: Shape = "csv" if given is not None and given.suffix.lower() == ".csv" else "xlsx"
    shape = named or by_name
    if made_for is not None and shape != "csv":
        raise UsageError("--csv-for says who reads a CSV, and a workbook is asked for", remedy="Add --format csv.")
    return shape


def report_csv(begun: Begun, run: str | None, given: Path | None, made_for: CsvFor | None, *, force: bool) -> int:
    """Write the results of `run` as a CSV and say where; the exit code.

    Raises UsageError where something stands there already: a CSV does not say whose it is, so only `force` replaces one.
    """
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - with the writer
    from batch.reconciler.place import TABLE, Owner, place_for  # noqa: PLC0415
    from batch.reconciler.shapes.table import write_csv  # noqa: PLC0415

    with open_reader(begun.settings, begun.environ) as reader:
        found = reader.find(run)
        require_group(found.columns, begun.settings)
        files = [one.path for one in found.files]
        environment = reader.key.environment
        ending = "rehearsal" if environment is Environment.REHEARSAL else "results"
        wanted = given if given is not None else files[0].with_name(f"{files[0].stem}-{ending}.csv")
        # Asked with force first, so that an order file, a directory or a wrong name is told as what it is.
        owner = Owner(found.key, environment.value)
        path = place_for(wanted, kind=TABLE, owner=owner, name=found.name, others=files, force=True)
        if os.path.lexists(path) and not force:
            raise UsageError(
                f"{path} is there already, and a CSV does not say whose it is: it is not replaced",
                remedy="Name another file with -o, or replace it with --force.",
            )
        options = report_options(begun.settings)
        written = deliver_page(
            path,
            lambda place: write_csv(place, reader, found, CODES, options, made_for or "programs"),
            kind=TABLE,
            owner=owner,
            name=found.name,
            fallbacks=[ledger_directory(begun.settings, begun.environ)],
        )
    if written is None:
        return _NOT_WRITTEN
    if not begun.quiet:
        say(str(written))
    return 0
