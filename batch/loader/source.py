"""A file into cells: the child process is started here, watched, and its answer collected."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from batch.errors import OrdersError
from batch.loader import SUFFIXES, LoadOptions
from batch.loader.cells import Flaw, Read
from batch.loader.reader.packing import unpack
from batch.number import prepare

_MEMORY = 400 << 20
_MEMORY_A_BYTE = 64
_SECONDS = 9
_BYTES_A_SECOND = 100_000
_PATIENCE = 3
"""How many times the processor time the child may take by the wall clock: the machine may be busy."""


@dataclass
class Sheet:
    """A sheet's cells: `columns` from the left of the sheet, each with `height` cells from row 1."""

    path: Path
    name: str
    kind: str
    sha256: str
    columns: list[list[Read]]
    height: int
    twice: list[tuple[int, int]] = field(default_factory=list)
    """Places (row from 1, column from 0) that two cells claim."""
    hidden: list[int] = field(default_factory=list)


def read_sheet(path: Path, options: LoadOptions, heads: Sequence[str]) -> Sheet:
    """The sheet of the file at `path` that `options` name. `heads`: the headers that a number column may have.

    Raises OrdersError where the file is missing or can't be read.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OrdersError(
            f"{path.name}: a file of this kind can't hold orders", remedy=f"Orders are read from {', '.join(SUFFIXES)}."
        )
    try:
        # Asked before it is opened: opening a pipe would wait for whoever writes to it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise OrdersError(f"{path}: not a file", remedy="Give the path of an order workbook.")
        with path.open("rb") as file:
            return _read(path, file, options, heads)
    except FileNotFoundError:
        raise OrdersError(f"{path}: there is no such file", remedy="Check the path.") from None
    except OSError as error:
        raise OrdersError(f"{path}: can't be opened ({error.strerror})", remedy="Check who may read it.") from None


def _read(path: Path, file: IO[bytes], options: LoadOptions, heads: Sequence[str]) -> Sheet:
    size = os.fstat(file.fileno()).st_size
    if not size and options.allow_empty and path.suffix.lower() in {".csv", ".tsv"}:
        return Sheet(path, "", "csv", hashlib.sha256().hexdigest(), [], 0)
    if not size:
        raise OrdersError(f"{path.name}: the file is empty", remedy="Get it again from where it came from.")
    seconds = _SECONDS + size // _BYTES_A_SECOND
    request = {
        "sheet": options.sheet,
        "encoding": options.encoding,
        "delimiter": options.delimiter or ("\t" if path.suffix.lower() == ".tsv" else None),
        "heads": list(heads),
        "memory": _MEMORY + _MEMORY_A_BYTE * size,
        "seconds": seconds,
    }
    with subprocess.Popen(  # noqa: S603 - this very program's interpreter and code
        child_command(request),
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        cwd="/",
    ) as child:
        watch = threading.Timer(seconds * _PATIENCE, child.kill)
        watch.daemon = True
        watch.start()
        try:
            _import_meanwhile()
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            sheet = _collect(path, child.stdout)
        finally:
            watch.cancel()
            child.kill()
    if sheet is None:
        raise OrdersError(
            f"{path.name}: reading it takes more memory or time than an honest order of its size",
            remedy="Copy the orders into a new workbook (a stray cell far away makes a sheet huge), or save them as CSV.",
        )
    return sheet


def _import_meanwhile() -> None:
    """Import what the checks need while the child reads: it takes as long as reading 30,000 rows."""
    import pandas as pd  # noqa: F401, PLC0415

    prepare()


def child_command(request: dict[str, Any], module: str = "batch.loader.reader.child") -> list[str]:
    """The command line of a child that runs `module`'s main: isolated, and seeing no code but ours and the reader's."""
    ours = str(Path(__file__).resolve().parents[2])
    calamine = find_spec("python_calamine")
    theirs = str(Path(calamine.origin).resolve().parents[1]) if calamine and calamine.origin else ours
    code = f"import sys; sys.path[:0] = {[ours, theirs]!r}; from {module} import main; main()"
    return [sys.executable, "-I", "-X", "utf8", "-c", code, json.dumps(request)]


def child_environment() -> dict[str, str]:
    """Nothing: but Windows can't start a process without this one."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _collect(path: Path, lines: IO[bytes]) -> Sheet | None:
    """The sheet that the child tells of, or None where it broke off."""
    sheet: Sheet | None = None
    left = 0
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            return None
        if "refused" in message:
            raise OrdersError(f"{path.name}: {message['refused']}", remedy=message["remedy"])
        if "kind" in message:
            sheet = Sheet(path, message["sheet"], message["kind"], message["sha256"], [], 0)
            left = message["left"]
        elif sheet is not None and "rows" in message:
            _append(sheet, message, left)
        elif sheet is not None:
            _finish(sheet, message["end"])
            return sheet
    return None


def _append(sheet: Sheet, message: dict[str, Any], left: int) -> None:
    rows: int = message["rows"]
    for place, packed in enumerate(message["columns"], start=left):
        while len(sheet.columns) <= place:
            sheet.columns.append([""] * sheet.height)
        sheet.columns[place].extend(unpack(packed, rows))
    sheet.height += rows
    for column in sheet.columns:
        if len(column) < sheet.height:
            column.extend([""] * (sheet.height - len(column)))


def _finish(sheet: Sheet, flaws: dict[str, Any]) -> None:
    """Flaws in their places."""
    for row, column_place in flaws["formulas"]:
        _put(sheet, row, column_place, Flaw("formula-uncached", "(formula)", "a formula without a stored value"))
    for row, column_place, text in flaws["errors"]:
        _put(sheet, row, column_place, Flaw("excel-error", text, f"the spreadsheet shows an error here: {text}"))
    sheet.twice = [(row, column_place) for row, column_place in flaws["twice"]]
    sheet.hidden = flaws["hidden"]


def _put(sheet: Sheet, row: int, place: int, flaw: Flaw) -> None:
    # A flaw beyond the last value that was read stands in no column with a header: nobody misses it.
    while len(sheet.columns) <= place < 16_384:
        sheet.columns.append([""] * sheet.height)
    if row > sheet.height:
        for column in sheet.columns:
            column.extend([""] * (row - sheet.height))
        sheet.height = row
    sheet.columns[place][row - 1] = flaw
