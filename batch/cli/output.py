"""What was asked for goes to stdout, everything else to stderr; neither may end a run because nobody reads it any more."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_lost: OSError | None = None
"""Why something that was asked for could not be written to stdout; see `lost`."""

_BLOCKS = {"✓": "ok", "✗": "x", "→": "->", "…": "...", "×": "x", "·": "-"}


def say(text: str = "") -> None:
    """A line on stdout."""
    _write(sys.stdout, f"{text}\n")


def tell(text: str = "") -> None:
    """A line on stderr, above a progress bar where there is one."""
    if "tqdm" in sys.modules:
        from tqdm import tqdm  # noqa: PLC0415 - only where a bar may be shown

        with suppress(OSError, ValueError), tqdm.external_write_mode(file=sys.stderr):
            _write(sys.stderr, f"{text}\n")
    else:
        _write(sys.stderr, f"{text}\n")


def say_json(value: object) -> None:
    """One line of JSON on stdout."""
    _write(sys.stdout, json.dumps(value, ensure_ascii=False) + "\n")


def is_terminal(stream: object) -> bool:
    """Whether a person looks at `stream`."""
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:
        return False


def _write(stream: object, text: str) -> None:
    """Write and flush; a reader that has gone, a closed stream or a full disk behind it is no reason to stop buying."""
    write = getattr(stream, "write", None)
    if write is None:
        return
    with _minding(stream):
        try:
            write(text)
        except UnicodeEncodeError:
            encoding = getattr(stream, "encoding", None) or "ascii"
            plain = "".join(_BLOCKS.get(char, char) for char in text)
            write(plain.encode(encoding, "replace").decode(encoding))
        getattr(stream, "flush", lambda: None)()


@contextmanager
def _minding(stream: object) -> Iterator[None]:
    """Pass by what can't be written to `stream`. That stdout is full is remembered; a reader that has gone wants no more."""
    global _lost  # noqa: PLW0603 - there is one stdout
    try:
        yield
    except OSError as error:
        if stream is sys.stdout and not _has_left(error):
            _lost = _lost or error
    except ValueError:
        pass


def _has_left(error: OSError) -> bool:
    """Whether who would have read stdout has gone: a closed pipe, or a terminal that is there no more."""
    if isinstance(error, ConnectionError):
        return True
    try:
        return error.errno == errno.EIO and stat.S_ISCHR(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def lost() -> OSError | None:
    """Why stdout does not hold all that was said; None: as far as is known it does, or its reader has gone."""
    return _lost


def open_standard_streams() -> None:
    """Put /dev/null where one of the three standard streams is closed, and forget what was `lost` before.

    Else the next file opened, a ledger perhaps, would take its place and be printed into.
    """
    global _lost  # noqa: PLW0603 - as above
    _lost = None
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - for the process's life


def close_quietly() -> None:
    """Flush at the end, so that nothing is left that the interpreter would fail to write: see `lost`."""
    for stream in (sys.stdout, sys.stderr):
        with _minding(stream):
            try:
                stream.flush()
            except (OSError, ValueError):
                with suppress(OSError, ValueError):
                    null = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(null, stream.fileno())
                    os.close(null)
                raise


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether its cells are figures."""

    heading: str
    figures: bool = False


def say_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout: styled at a terminal, aligned text elsewhere, never cut there."""
    cells = [list(row) for row in rows]
    if is_terminal(sys.stdout) and not os.environ.get("NO_COLOR"):
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only at a terminal
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            table.add_column(column.heading, justify="right" if column.figures else "left", overflow="fold")
        for row in cells:
            # Text, not markup: an order's cell may hold square brackets.
            table.add_row(*(Text(printable(cell)) for cell in row))
        with _minding(sys.stdout):
            Console(file=sys.stdout).print(table)
        return
    for line in aligned([[column.heading for column in columns], *cells], [column.figures for column in columns]):
        say(line)


def aligned(rows: Sequence[Sequence[str]], figures: Sequence[bool]) -> list[str]:
    """Rows of text as lines whose columns stand under each other."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*clean, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, figures, strict=True)
        ).rstrip()
        for row in clean
    ]


def printable(text: str) -> str:
    """`text` without anything that could command a terminal: what a workbook holds is shown, never obeyed."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
