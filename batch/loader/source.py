"""A file into cells: the child process is started here and watched; `collecting` reads what it answers."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from batch.errors import OrdersError
from batch.loader import SUFFIXES, LoadOptions
from batch.loader.collecting import Broken, Sheet, collect
from batch.loader.reader.limits import MEMORY
from batch.number import prepare

__all__ = ["Sheet", "child_command", "child_environment", "read_sheet", "reader_lock"]

_MEMORY_A_BYTE = 64
_SECONDS = 8
_BYTES_A_SECOND = 250_000
"""An honest file is read twenty times as fast here; a slow machine, or one that packs well, takes longer."""
_PATIENCE = 3
"""How many times the processor time the child may take by the wall clock: the machine may be busy."""
_LONGEST_WORD = 100
_COPY = "Copy the orders into a new workbook (a stray cell far away makes a sheet huge), or save them as CSV."


def read_sheet(path: Path, options: LoadOptions, heads: Sequence[str]) -> Sheet:
    """The sheet of the file at `path` that `options` name. `heads`: the headers that a number column may have.

    Raises OrdersError where the file is missing or can't be read.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OrdersError(
            f"{path.name or path}: a file of this kind can't hold orders",
            remedy=f"Orders are read from {', '.join(SUFFIXES)}.",
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
    size, _ = stamp = _stamp(file)
    if not size and options.allow_empty and path.suffix.lower() in {".csv", ".tsv"}:
        return Sheet(path, "", "csv", hashlib.sha256().hexdigest(), [], 0)
    if not size:
        raise OrdersError(f"{path.name}: the file is empty", remedy="Get it again from where it came from.")
    request = _request(options, path, size, heads)
    late = threading.Event()
    with _child(request, file) as child:

        def end() -> None:
            late.set()
            child.kill()

        watch = threading.Timer(request["seconds"] * _PATIENCE, end)
        watch.daemon = True
        watch.start()
        try:
            _import_meanwhile()
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            sheet = collect(path, child.stdout, size)
            # Its end tells why it broke off; one that closes its output and lives on is ended by the watch.
            ended = 0 if sheet else child.wait()
        except Broken:
            raise OrdersError(f"{path.name}: its reader answers what is no answer", remedy=_COPY) from None
        finally:
            watch.cancel()
            child.kill()
    if sheet is None:
        raise OrdersError(f"{path.name}: {_why(None if late.is_set() else ended)}", remedy=_COPY)
    if _stamp(file) != stamp:
        raise OrdersError(
            f"{path.name}: it changed while it was read", remedy="Let it be written first, then try again."
        )
    return sheet


def _request(options: LoadOptions, path: Path, size: int, heads: Sequence[str]) -> dict[str, Any]:
    """What the child is asked to do with a file of `size` bytes."""
    return {
        "sheet": options.sheet,
        "encoding": options.encoding,
        "delimiter": options.delimiter or ("\t" if path.suffix.lower() == ".tsv" else None),
        "heads": list(heads),
        "memory": MEMORY,
        "most": MEMORY + _MEMORY_A_BYTE * size,
        "seconds": _SECONDS + size // _BYTES_A_SECOND,
    }


def _stamp(file: IO[bytes]) -> tuple[int, int]:
    """The file's size, and when it was changed last: both stay, unless somebody writes to it."""
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def _child(request: dict[str, Any], file: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this very program's interpreter and code
        child_command(request),
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        cwd="/",
    )


def _why(ended: int | None) -> str:
    """What is told of a child that broke off, by how it ended: a signal's number below zero; None: it took too long."""
    name = "SIGXCPU" if ended is None else ""
    if ended is not None and ended < 0:
        with suppress(ValueError):
            name = signal.Signals(-ended).name
    match name:
        case "SIGXCPU":
            return "reading it takes more time than an honest order of its size"
        case "SIGABRT":
            return "reading it takes more memory than an honest order of its size"
        case "SIGKILL":
            return "something ended its reader, perhaps because this machine's memory ran out"
        case "":
            return f"its reader broke off (exit code {ended})"
        case _:
            return f"its reader broke off ({name})"


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
    return [sys.executable, "-I", "-S", "-X", "utf8", "-c", code, json.dumps(request)]


def child_environment() -> dict[str, str]:
    """Nothing: but Windows can't start a process without this one."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def reader_lock() -> str | None:
    """How the child that reads order files is locked in here: `reader.lock`'s SECCOMP or LIMITS; None: it does not start."""
    with Path(os.devnull).open("rb") as nothing, _child(_request(LoadOptions(), Path(), 0, ()), nothing) as child:
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        line = child.stdout.readline(_LONGEST_WORD)
        child.kill()
    try:
        return str(json.loads(line)["lock"])
    except (ValueError, KeyError, TypeError):
        return None
