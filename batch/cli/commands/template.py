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
_FORCE = Annotated[bool, Parameter(show_default=False, help="Replace what is there.")]


def template(path: _PATH = Path("orders.xlsx"), /, *, force: _FORCE = False, common: Common = COMMON) -> int:
    """Write a blank order workbook: drop-downs, a note on each column, an example row, a sheet of instructions.

    For example:
        numbatch template orders.xlsx
    """
    begin(common)
    if os.path.lexists(path) and not force:
        raise UsageError(f"{path} is there already", remedy="Name another file, or replace it with --force.")
    from batch.loader.template import write_template  # noqa: PLC0415 - with its writer
    from batch.provider.multitel.fields import FIELDS  # noqa: PLC0415

    try:
        write_template(path, FIELDS)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from None
    if not common.quiet:
        say(f"Fill in {path}, then: numbatch check {path}")
    return 0
