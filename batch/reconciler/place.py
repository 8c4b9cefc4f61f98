"""Where a result workbook goes, and what may never be overwritten by it. Light: it is asked before anything is bought."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from batch.errors import UsageError
from batch.ledger.records import Environment, Head, Run

_MARKS = "docProps/custom.xml"
_MARKS_LIMIT = 1 << 20
_MARK = re.compile(r'name="numbatch ([a-z ]+)"[^>]*>\s*<vt:lpwstr>([^<]*)</vt:lpwstr>')


class Owner(NamedTuple):
    """Whose results a workbook holds, as it says itself: the run's key, and its environment."""

    key: str
    environment: str


class Source(NamedTuple):
    """The state of the ledger that a workbook was written from, as it says itself, and when it was written."""

    head: Head
    written: datetime


def owner_of(path: Path) -> Owner | None:
    """Whose results the workbook at `path` holds; None where it is no result workbook, or can't be read.

    It says so in its properties, which survive a save by a spreadsheet program.
    """
    found = _marks(path)
    return Owner(found["run key"], found["environment"]) if {"run key", "environment"} <= found.keys() else None


def source_of(path: Path) -> Source | None:
    """What the workbook at `path` was written from; None where it does not say so, as older ones don't."""
    found = _marks(path)
    try:
        head = Head(found["ledger"], int(found["ledger entry"]), found["ledger head"])
        written = datetime.fromisoformat(found["written"])
    except (KeyError, ValueError):
        return None
    return None if written.tzinfo is None else Source(head, written)


def _marks(path: Path) -> dict[str, str]:
    """What the file says of itself to programs; nothing where it is no workbook, or can't be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_MARKS).file_size > _MARKS_LIMIT:
                return {}
            # Searched, not parsed: nothing of it is believed but a few words.
            return dict(_MARK.findall(archive.read(_MARKS).decode()))
    except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        return {}


def results_path(
    orders: Path,
    *,
    given: Path | None,
    run: Run,
    environment: Environment,
    order_files: Sequence[Path],
    force: bool,
) -> Path:
    """Where the results of `run` go: `given`, or beside `orders` by its name.

    Where another run's results stand there, this run's short name is added. Raises UsageError where that is an order file,
    a directory, or anything that is no result workbook (unless `force`), or where the directory is not there.
    """
    ending = "rehearsal" if environment is Environment.REHEARSAL else "results"
    wanted = given if given is not None else orders.with_name(f"{orders.stem}-{ending}.xlsx")
    _check_standing(wanted)
    if not wanted.parent.is_dir():
        raise UsageError(
            f"the directory {wanted.parent} for the results is not there", remedy="Make it, or name another with -o."
        )
    if given is not None and wanted.suffix.lower() != ".xlsx":
        raise UsageError(f"{wanted} is no name for a workbook", remedy="Give the results a name that ends in .xlsx.")
    for candidate in (wanted, wanted.with_name(f"{wanted.stem}-{run.name}{wanted.suffix}")):
        _check_not_orders(candidate, order_files)
        if not os.path.lexists(candidate):
            return candidate
        owner = None if candidate.is_symlink() or not candidate.is_file() else owner_of(candidate)
        if owner is None:
            _check_forced(candidate, force=force)
            return candidate
        if owner == Owner(run.key, environment.value):
            return candidate
    raise UsageError(
        f"{candidate} holds the results of another run", remedy="Move it away, or name other results with -o."
    )


def _check_standing(path: Path) -> None:
    try:
        path.absolute()
    except OSError:
        raise UsageError(
            f"the working directory is gone, so nothing says where {path} is",
            remedy="Start in another, or name the whole path with -o.",
        ) from None


def _check_not_orders(path: Path, order_files: Sequence[Path]) -> None:
    for orders in order_files:
        try:
            same = path.samefile(orders)
        except OSError:
            same = os.path.normcase(path.absolute()) == os.path.normcase(orders.absolute())
        if same:
            raise UsageError(f"{path} is an order file: results never replace it", remedy="Name other results with -o.")


def _check_forced(path: Path, *, force: bool) -> None:
    if path.is_dir() and not path.is_symlink():
        raise UsageError(f"{path} is a directory", remedy="Name a file for the results with -o.")
    if not force:
        what = "a link" if path.is_symlink() else "no result workbook"
        if what != "a link" and not os.access(path, os.R_OK):
            raise UsageError(
                f"{path} may not be read, so that nothing tells whose results it holds: it is not replaced",
                remedy="Check who may read it, name other results with -o, or replace it with --force.",
            )
        raise UsageError(
            f"{path} is {what}: it is not replaced", remedy="Name other results with -o, or replace it with --force."
        )


def fallback_path(path: Path, folder: Path, run: Run, environment: Environment | None = None) -> Path:
    """Where results go that could not be written to `path`: into `folder`, by a name that says whose they are.

    A name that is taken is passed over, unless it is by this run's results in this `environment` (None: by anything).
    """
    for number in range(1, 1000):
        suffix = "" if number == 1 else f"-{number}"
        other = folder / f"{path.stem}-{run.name}-elsewhere{suffix}.xlsx"
        if not os.path.lexists(other):
            return other
        if environment is not None and not other.is_symlink() and owner_of(other) == Owner(run.key, environment.value):
            return other
    raise FileExistsError(f"{folder} has no name left for {path.name}")
