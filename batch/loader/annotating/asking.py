"""Order workbooks with their problems marked: where they may be written, and the child process that marks them."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from batch.errors import OrdersError, UsageError
from batch.fields import FieldTable
from batch.loader import LoadOptions
from batch.loader.annotating.editing import Edited, edit
from batch.loader.annotating.listing import Listed
from batch.loader.annotating.plain import plain_workbook
from batch.loader.findings import masked
from batch.loader.reader.refusal import Refusal
from batch.loader.source import child_command, child_environment
from batch.loader.writing import require_free, writing
from batch.order import OrderFile
from batch.problem import Problem

_MEMORY, _MEMORY_A_BYTE, _MEMORY_A_PROBLEM = 400 << 20, 64, 4000
_SECONDS, _BYTES_A_SECOND, _PROBLEMS_A_SECOND = 9, 100_000, 2000
_PATIENCE = 3
"""How many times the processor time the child may take by the wall clock: the machine may be busy."""
_PACKED = b"PK\x03\x04"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Annotated:
    """A marked workbook: where it is, its sheet of problems, how many cells have a colour and a comment, and what is to be said of it."""

    path: Path
    sheet: str
    marked: int
    commented: int
    remarks: Sequence[str] = field(default=())


def problems_path(order: Path, folder: Path) -> Path:
    """Where the marked workbook of `order` goes in a folder: NAME-problems.xlsx, or .xlsm."""
    return folder / f"{order.stem}-problems{_suffix(order)}"


def targets(orders: Sequence[Path], asked: Path, *, force: bool) -> list[Path]:
    """Where the marked workbooks of `orders` go: to `asked`, or each under a name of its own into the folder `asked`.

    Raises UsageError where that can't be: another kind of file, an order itself, no such folder, something there already
    (unless `force`).
    """
    if asked.is_dir():
        found = [problems_path(order, asked) for order in orders]
    elif len(orders) == 1:
        found = [asked]
        if asked.suffix.lower() != _suffix(orders[0]):
            raise UsageError(
                f"{asked}: {orders[0].name} is marked as {_suffix(orders[0])}",
                remedy=f"Name it {problems_path(orders[0], Path()).name}, say.",
            )
    else:
        raise UsageError(
            f"{asked} is no folder, and several workbooks are to be marked",
            remedy="Make the folder, or mark one by one.",
        )
    if len({str(path).casefold() for path in found}) < len(found):
        raise UsageError(
            "two of the workbooks have the same name", remedy="Mark one by one, each to a path of its own."
        )
    for path in found:
        if any(path.resolve() == order.resolve() for order in orders):
            raise UsageError(f"{path} is the order workbook itself", remedy="Name another file: yours stays as it is.")
        if not path.parent.is_dir():
            raise UsageError(f"{path.parent}: there is no such folder", remedy="Make it, or name another path.")
        require_free(path, force=force)
    return found


def _suffix(order: Path) -> str:
    return ".xlsm" if order.suffix.lower() == ".xlsm" else ".xlsx"


def annotate(
    file: OrderFile, problems: Sequence[Problem], target: Path, table: FieldTable, options: LoadOptions
) -> Annotated:
    """Write the order workbook `file` to `target`, its problems marked, whole or not at all, readable by its owner alone.

    `problems` are those of the run, of which the file's are taken; `table` and `options` as it was read with. What is no .xlsx
    or .xlsm becomes a new workbook of its cells.

    Raises OrdersError where the file has changed since it was read or can't be marked, UsageError where `target` can't be
    written.
    """
    mine = [listed(one) for one in problems if one.file == str(file.path)]
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise OrdersError(f"{file.path}: can't be opened ({error.strerror})", remedy="Check who may read it.") from None
    if content.startswith(_PACKED):
        with _asked(file, content, mine) as (told, bytes_):
            if "other" not in told:
                with writing(target) as out:
                    _copy(file, bytes_, out, told["size"])
                return Annotated(target, told["sheet"], told["marked"], told["commented"], tuple(told["remarks"]))
    with writing(target) as out:
        edited = _rewritten(file, mine, table, options)
        out.write(edited.content)
    return Annotated(target, edited.sheet, edited.marked, edited.commented, tuple(edited.remarks))


def listed(one: Problem) -> Listed:
    """A problem as the sheet of problems shows it: of secrets no more than messages do."""
    return Listed(
        one.level.value, one.row, one.cell, one.column, masked(one.value), masked(one.problem), one.remedy, one.code
    )


def _rewritten(file: OrderFile, problems: Sequence[Listed], table: FieldTable, options: LoadOptions) -> Edited:
    """A new workbook of the file's cells, marked. It is ours, so that no child is needed."""
    plain = plain_workbook(file, table, options)
    try:
        return edit(plain.content, plain.sheet, file.path.name, problems, plain.remarks)
    except Refusal as refusal:
        raise _unmarked(file, refusal.problem, refusal.remedy) from None


@contextmanager
def _asked(file: OrderFile, content: bytes, problems: Sequence[Listed]) -> Iterator[tuple[dict[str, Any], IO[bytes]]]:
    """Ask a child to mark the workbook: what it tells, and where its bytes come from."""
    seconds = _SECONDS + len(content) // _BYTES_A_SECOND + len(problems) // _PROBLEMS_A_SECOND
    memory = _MEMORY + _MEMORY_A_BYTE * len(content) + _MEMORY_A_PROBLEM * len(problems)
    request = {"sha256": file.sha256, "sheet": file.sheet, "file": file.path.name, "remarks": [], "problems": problems}
    with subprocess.Popen(  # noqa: S603 - this very program's interpreter and code
        child_command({"memory": memory, "seconds": seconds}, "batch.loader.annotating.child"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        cwd="/",
    ) as child:
        watch = threading.Timer(seconds * _PATIENCE, child.kill)
        watch.daemon = True
        watch.start()
        feeding = threading.Thread(target=_feed, args=(child.stdin, json.dumps(request).encode("ascii"), content))
        feeding.start()
        try:
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            yield _told(file, child.stdout), child.stdout
        finally:
            watch.cancel()
            child.kill()
            feeding.join()


def _feed(pipe: IO[bytes], request: bytes, content: bytes) -> None:
    # A child that has gone is noticed where its answer is read.
    with suppress(OSError), pipe:
        pipe.write(request + b"\n")
        pipe.write(content)


def _told(file: OrderFile, answer: IO[bytes]) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(answer.readline())
    except ValueError:
        raise _broken(file) from None
    if "refused" in told:
        raise _unmarked(file, told["refused"], told["remedy"])
    return told


def _copy(file: OrderFile, answer: IO[bytes], out: IO[bytes], size: int) -> None:
    left = size
    while left and (piece := answer.read(min(left, _CHUNK))):
        out.write(piece)
        left -= len(piece)
    if left:
        raise _broken(file)


def _broken(file: OrderFile) -> OrdersError:
    return _unmarked(
        file,
        "marking its cells takes more memory or time than an honest order of its size, or its parts don't fit together",
        "Save it again with a spreadsheet program; what is wrong is listed all the same: numbatch check --json.",
    )


def _unmarked(file: OrderFile, problem: str, remedy: str) -> OrdersError:
    return OrdersError(f"{file.path.name} can't be annotated: {problem}", remedy=remedy)
