"""`numbatch bundle`: workbook, attempts and plan of a run in one file, for auditors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Json, RunName, Where
from batch.cli.output import say, say_json, tell
from batch.cli.place import open_reader
from batch.errors import UsageError
from batch.ledger.records import Environment

if TYPE_CHECKING:
    from batch.ledger.reading import LedgerReader
    from batch.ledger.records import Run
    from batch.reconciler.bundle import Bundled

_OUTPUT = Annotated[
    Path | None,
    Parameter(
        name=("--output", "-o"), metavar="PATH.zip", help="The file; else ORDERS' name and the run's, beside ORDERS."
    ),
]
_PLAN = Annotated[
    Path | None, Parameter(metavar="PLAN.json", help="The plan file that the run carried out, to be put in.")
]
_REPLACE = Annotated[bool, Parameter(name="--force", show_default=False, help="Replace a file that is there.")]
_NOT_WRITTEN = 1


def bundle(
    run: RunName = None,
    /,
    *,
    output: _OUTPUT = None,
    plan: _PLAN = None,
    force: _REPLACE = False,
    json: Json = False,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Put what an auditor needs of a run into one file: its workbook, every request, who ran what with which settings, its plan.

    README.txt in it says what each file is and how to check it. The same ledger gives the same bytes. Takes no lock.

    For example:
        numbatch bundle 7f3a
        numbatch bundle 7f3a -o audit-2026.zip --plan plan.json
    """
    from batch.cli.results import report_options  # noqa: PLC0415 - with the writer
    from batch.loader.writing import require_free  # noqa: PLC0415
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415
    from batch.reconciler.bundle import write_bundle  # noqa: PLC0415

    begun = begin_with_settings(common, where, needs_account=False)
    with open_reader(begun.settings, begun.environ) as reader:
        found = reader.find(run)
        path = output or _beside_orders(found, reader.key.environment)
        require_free(path, force=force)
        carried = None if plan is None else _plan_of(plan, reader, found)
        options = report_options(begun.settings)
        try:
            bundled = write_bundle(path, reader, found, CODES, options, mask, plan=carried)
        except OSError as error:
            tell(mask(f"numbatch: the bundle could not be written: {path}: {error.strerror or error}"))
            tell("  Name another place with -o: nothing is lost, it is made from the ledger.")
            return _NOT_WRITTEN
    _say(bundled, found, begun, as_json=json)
    return 0


def _beside_orders(run: Run, environment: Environment) -> Path:
    orders = run.files[0].path
    ending = "rehearsal-" if environment is Environment.REHEARSAL else ""
    return orders.with_name(f"{orders.stem}-{ending}{run.name}.zip")


def _plan_of(path: Path, reader: LedgerReader, run: Run) -> bytes:
    """The plan file, if it is one that this run carried out. Raises UsageError otherwise."""
    from batch.plan.frozen import read_plan  # noqa: PLC0415 - only where there is one
    from batch.reconciler.bundle import plan_ids  # noqa: PLC0415

    known = plan_ids(reader.report(run))
    frozen = read_plan(path)
    if frozen.id not in known:
        did = f"It carried out {', '.join(known)}." if known else "It carried out none."
        raise UsageError(f"{path} is plan {frozen.id}, which run {run.name} did not carry out", remedy=did)
    return path.read_bytes()


def _say(bundled: Bundled, run: Run, begun: Begun, *, as_json: bool) -> None:
    if as_json:
        head = bundled.head
        say_json(
            {
                "bundle": str(bundled.path),
                "run": run.name,
                "files": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in bundled.members],
                "ledger": {"id": head.ledger_id, "entry": head.sequence, "head": head.hash},
            }
        )
    elif not begun.quiet:
        say(str(bundled.path))
        for one in bundled.members:
            say(f"  {one.name}")
