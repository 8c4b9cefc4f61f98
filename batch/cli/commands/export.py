"""`numbatch export`: what a run bought, in the format of a PBX, of Teams, or of the user's own template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.figures import plural
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Json, RunName, Where
from batch.cli.output import printable, say, say_json, tell
from batch.cli.place import open_reader
from batch.errors import UsageError

_FORMAT = Annotated[
    Literal["csv", "teams", "freepbx"] | None,
    Parameter(name="--format", show_default=False, help="csv (the default), teams or freepbx."),
]
_TEMPLATE = Annotated[
    Path | None,
    Parameter(metavar="FILE", help="A Jinja2 template of your own instead; it sees the run, and nothing else."),
]
_OUTPUT = Annotated[
    Path | None,
    Parameter(name=("--output", "-o"), metavar="PATH", help="Where to; else beside the orders, by their name."),
]
_OWNED = Annotated[bool, Parameter(show_default=False, help="Numbers that were owned already, too.")]
_FORCE = Annotated[bool, Parameter(show_default=False, help="Replace what is there.")]

_NOT_WRITTEN = 1


def export(
    run: RunName = None,
    /,
    *,
    format_: _FORMAT = None,
    template: _TEMPLATE = None,
    output: _OUTPUT = None,
    with_owned: _OWNED = False,
    force: _FORCE = False,
    json: Json = False,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Export what a run bought and still holds, with its routing and your own columns. Takes no lock, asks nobody.

    csv: every field and column. teams: the file that Teams takes to add Direct Routing numbers, 10,000 in each. freepbx: inbound
    routes for its Bulk Handler (DIDs); destination and cidnum come from your columns of that name. A template sees run, account,
    environment, fields, columns and numbers. What is written may hold passwords of your routing: its owner alone may read it.
    --json: {"run", "format", "numbers", "files", "remarks"}.

    For example:
        numbatch export 7f3a --format freepbx -o dids.csv
        numbatch export --template routes.xml.j2 -o routes.xml
    """
    if template is not None and format_ is not None:
        raise UsageError("--format and --template both say how it is written", remedy="Give one of them.")
    begun = begin_with_settings(common, where, needs_account=False)
    from batch.cli import exports  # noqa: PLC0415 - when flags and settings are right
    from batch.reconciler.exporting.held import read_holding  # noqa: PLC0415

    maker = exports.table_maker(format_ or "csv") if template is None else exports.text_maker(template)
    with open_reader(begun.settings, begun.environ) as reader:
        found = reader.find(run)
        path = exports.place_of(output, found, maker)
        holding = read_holding(reader, found, with_owned=with_owned)
        exports.require_free(path, holding, maker, found, force=force)
        try:
            written, remarks = maker.write(path, holding, reader.key)
        except OSError as error:
            tell(mask(f"numbatch: {path} can't be written: {error.strerror or error}"))
            return _NOT_WRITTEN
    remarks = (*remarks, *exports.remarks_of(holding, reader.key, with_owned=with_owned))
    if json:
        told = {
            "run": found.name,
            "format": maker.name,
            "numbers": len(holding.numbers),
            "files": list(map(str, written)),
        }
        say_json(told | {"remarks": list(remarks)})
    elif not begun.quiet:
        say(f"{plural(len(holding.numbers), 'number')} of run {found.name}: {', '.join(map(str, written))}")
        for remark in remarks:
            tell(printable(mask(f"  {remark}")))
    return 0
