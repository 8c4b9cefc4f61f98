"""A whole workbook that is not ours any more, sheet by sheet: parsed in a child process, as orders are."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from batch.errors import OrdersError
from batch.loader.cells import Read
from batch.loader.reader.limits import MEMORY
from batch.loader.reader.packing import unpack
from batch.loader.source import child_command, child_environment

SUFFIXES = (".xlsx", ".xlsm")
"""The kinds of file that are read whole."""

_MODULE = "batch.loader.reader.book"
_MEMORY_A_BYTE = 64
_SECONDS = 9
_BYTES_A_SECOND = 100_000
_PATIENCE = 3
"""How many times the processor time the child may take by the wall clock: the machine may be busy."""


@dataclass
class BookSheet:
    """A sheet: `columns` from the left of the sheet, each with `height` cells from row 1; blank is ''.

    Places are (row, column), from 1 and from 0. `formulas` and `errors` are where a formula and an error value stand, `twice`
    where two cells claim one place.
    """

    name: str
    visible: bool
    columns: list[list[Read]] = field(default_factory=list)
    height: int = 0
    formulas: frozenset[tuple[int, int]] = frozenset()
    errors: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    twice: Sequence[tuple[int, int]] = ()

    def cell(self, row: int, column: int) -> Read:
        """The cell in that row (from 1) and column (from 0); blank where there is none."""
        return self.columns[column][row - 1] if column < len(self.columns) and 0 < row <= self.height else ""


@dataclass
class Book:
    """A workbook: its sheets in their order, and the custom properties that it carries. `sha256` is of its bytes."""

    sha256: str
    properties: Mapping[str, str]
    sheets: list[BookSheet] = field(default_factory=list)

    def sheet(self, name: str) -> BookSheet | None:
        """The sheet of that name, None where there is none."""
        return next((one for one in self.sheets if one.name == name), None)


def read_book(path: Path) -> Book:
    """All of the workbook at `path`. Raises OrdersError where it is missing, no .xlsx workbook, or can't be read."""
    try:
        # Asked before it is opened: opening a pipe would wait for whoever writes to it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise OrdersError(f"{path}: not a file", remedy="Give the path of a workbook.")
        if path.suffix.lower() not in SUFFIXES:
            raise OrdersError(f"{path.name}: no .xlsx workbook", remedy="Save it as .xlsx, with all its sheets.")
        with path.open("rb") as file:
            return read_book_file(file, path.name)
    except FileNotFoundError:
        raise OrdersError(f"{path}: there is no such file", remedy="Check the path.") from None
    except OSError as error:
        raise OrdersError(f"{path}: can't be opened ({error.strerror})", remedy="Check who may read it.") from None


def read_book_file(file: IO[bytes], name: str) -> Book:
    """All of the workbook in the open `file`, from its beginning; `name` is what messages call it. Raises OrdersError."""
    size = os.fstat(file.fileno()).st_size
    seconds = _SECONDS + size // _BYTES_A_SECOND
    request = {"memory": MEMORY, "most": MEMORY + _MEMORY_A_BYTE * size, "seconds": seconds}
    with subprocess.Popen(  # noqa: S603 - this very program's interpreter and code
        child_command(request, _MODULE),
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
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            book = _collect(name, child.stdout)
        finally:
            watch.cancel()
            child.kill()
    if book is None:
        raise OrdersError(
            f"{name}: reading it takes more memory or time than a workbook of its size may",
            remedy="Copy its sheets into a new workbook, and save that as .xlsx.",
        )
    return book


def _collect(name: str, lines: IO[bytes]) -> Book | None:
    """The workbook that the child tells of, or None where it broke off."""
    book: Book | None = None
    left = 0
    for line in lines:
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            return None
        if "refused" in message:
            raise OrdersError(f"{name}: {message['refused']}", remedy=message["remedy"])
        if "properties" in message:
            book = Book(message["sha256"], message["properties"])
        elif book is None:
            return None
        elif "sheet" in message:
            book.sheets.append(BookSheet(message["sheet"], message["visible"]))
            left = message["left"]
        elif "rows" in message:
            _append(book.sheets[-1], message, left)
        elif "marks" in message:
            _mark(book.sheets[-1], message["marks"])
        else:
            return book
    return None


def _append(sheet: BookSheet, message: dict[str, Any], left: int) -> None:
    rows: int = message["rows"]
    for place, packed in enumerate(message["columns"], start=left):
        while len(sheet.columns) <= place:
            sheet.columns.append([""] * sheet.height)
        sheet.columns[place].extend(unpack(packed, rows))
    sheet.height += rows
    for column in sheet.columns:
        if len(column) < sheet.height:
            column.extend([""] * (sheet.height - len(column)))


def _mark(sheet: BookSheet, marks: dict[str, Any]) -> None:
    sheet.formulas = frozenset((row, column) for row, column in marks["formulas"])
    sheet.errors = frozenset((row, column) for row, column in marks["errors"])
    sheet.twice = [(row, column) for row, column in marks["twice"]]
    sheet.hidden_rows, sheet.hidden_columns = marks["hidden_rows"], marks["hidden_columns"]
