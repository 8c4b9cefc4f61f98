"""`numbatch template`: a blank order workbook to fill in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.begin import begin
from batch.cli.options import COMMON, Common
from batch.cli.output import say
from batch.errors import UsageError

_PATH = Annotated[Path, Parameter(name="PATH", help="Where it goes.")]
_COLUMNS = Annotated[
    str | None, Parameter(show_default=False, help="Just these columns, in this order: Number,BlockSize,Type,URI.")
]
_FORCE = Annotated[bool, Parameter(show_default=False, help="Replace what is there.")]

_SUFFIX = ".xlsx"


def template(
    path: _PATH = Path("orders.xlsx"),
    /,
    *,
    columns: _COLUMNS = None,
    force: _FORCE = False,
    common: Common = COMMON,
) -> int:
    """Write a blank order workbook: drop-downs, a note on each column, an example row, a sheet of instructions.

    As you type, a cell turns red that check would refuse, and amber that it would warn of.

    For example:
        numbatch template orders.xlsx
        numbatch template blocks.xlsx --columns Number,BlockSize,Type,URI
    """
    begin(common)
    if path.suffix.lower() != _SUFFIX:
        raise UsageError(f"{path}: the template is a workbook", remedy=f"Name it {path.stem or 'orders'}.xlsx.")
    if os.path.lexists(path) and not force:
        raise UsageError(f"{path} is there already", remedy="Name another file, or replace it with --force.")
    from batch.loader.template import write_template  # noqa: PLC0415 - with its writer
    from batch.provider.multitel.fields import FIELDS  # noqa: PLC0415

    wanted = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    try:
        write_template(path, FIELDS, wanted)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from None
    if not common.quiet:
        say(f"Fill in {path}, then: numbatch check {path}")
    return 0
