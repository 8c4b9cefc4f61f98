"""Where a workbook of ours goes, and what may never be overwritten by it. Light: it is asked before anything is bought."""

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


class Kind(NamedTuple):
    """A kind of file that the program writes: how its marks begin, what it is called, what it tells, how its name ends."""

    mark: str
    noun: str
    tells: str
    suffix: str = ".xlsx"


RESULTS = Kind("", "result workbook", "results")
AUDIT = Kind("audit ", "audit's workbook", "audit")
PLAN = Kind("plan ", "plan's page", "plan")
MATCH = Kind("match ", "match's workbook", "match")
MONTH = Kind("month ", "month's workbook", "month's charges")
TABLE = Kind("", "table of results", "results", ".csv")


class Owner(NamedTuple):
    """Whose a workbook is, as it says itself: the run's key (a plan's: the account), and its environment."""

    key: str
    environment: str


class Source(NamedTuple):
    """The state of the ledger that a workbook was written from, as it says itself, and when it was written."""

    head: Head
    written: datetime


def owner_of(path: Path, kind: Kind = RESULTS) -> Owner | None:
    """Whose the workbook at `path` is; None where it is none of this `kind`, or can't be read.

    It says so in its properties, which survive a save by a spreadsheet program.
    """
    found = _marks(path)
    key, environment = (found.get(f"{kind.mark}{name}") for name in ("run key", "environment"))
    return None if key is None or environment is None else Owner(key, environment)


def marks_of(kind: Kind, owner: Owner) -> dict[str, str]:
    """What a workbook says of itself to programs, so that `owner_of` finds it again."""
    return {
        f"numbatch {kind.mark}run key": owner.key,
        f"numbatch {kind.mark}environment": owner.environment,
    }


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
    owner = Owner(run.key, environment.value)
    return place_for(
        wanted, kind=RESULTS, owner=owner, name=run.name, others=order_files, force=force, ending=given is not None
    )


def place_for(
    wanted: Path, *, kind: Kind, owner: Owner, name: str, others: Sequence[Path], force: bool, ending: bool = True
) -> Path:
    """Where a workbook of this `kind` goes that was `wanted` there: there, or with `name` added where another owner's stands.

    `others` are order files, which it never replaces; `ending`: its name must be a workbook's. Raises UsageError where that is
    an order file, a directory, anything else that is not of this kind (unless `force`), or where the directory is not there.
    """
    _check_standing(wanted)
    if not wanted.parent.is_dir():
        raise UsageError(
            f"the directory {wanted.parent} for the {kind.tells} is not there",
            remedy="Make it, or name another with -o.",
        )
    if ending and wanted.suffix.lower() != kind.suffix:
        noun = "workbook" if kind.suffix == ".xlsx" else kind.noun
        raise UsageError(
            f"{wanted} is no name for a {noun}", remedy=f"Give the {kind.tells} a name that ends in {kind.suffix}."
        )
    for candidate in (wanted, wanted.with_name(f"{wanted.stem}-{name}{wanted.suffix}")):
        _check_not_orders(candidate, others, kind)
        if not os.path.lexists(candidate):
            return candidate
        found = None if candidate.is_symlink() or not candidate.is_file() else owner_of(candidate, kind)
        if found is None:
            _check_forced(candidate, kind, force=force)
            return candidate
        if found == owner:
            return candidate
    raise UsageError(f"{candidate} holds the {kind.tells} of another run", remedy=f"Move it away. {_another(kind)}")


def _check_standing(path: Path) -> None:
    try:
        path.absolute()
    except OSError:
        raise UsageError(
            f"the working directory is gone, so nothing says where {path} is",
            remedy="Start in another, or name the whole path with -o.",
        ) from None


def _check_not_orders(path: Path, order_files: Sequence[Path], kind: Kind) -> None:
    for orders in order_files:
        try:
            same = path.samefile(orders)
        except OSError:
            same = os.path.normcase(path.absolute()) == os.path.normcase(orders.absolute())
        if same:
            raise UsageError(f"{path} is an order file: it is never replaced", remedy=_another(kind))


def _check_forced(path: Path, kind: Kind, *, force: bool) -> None:
    if path.is_dir() and not path.is_symlink():
        raise UsageError(f"{path} is a directory", remedy=_another(kind))
    if not force:
        what = "a link" if path.is_symlink() else f"no {kind.noun}"
        if what != "a link" and not os.access(path, os.R_OK):
            raise UsageError(
                f"{path} may not be read, so that nothing tells what it is: it is not replaced",
                remedy=f"Check who may read it. {_another(kind, force=True)}",
            )
        raise UsageError(f"{path} is {what}: it is not replaced", remedy=_another(kind, force=True))


def _another(kind: Kind, *, force: bool = False) -> str:
    return f"Name another file for the {kind.tells} with -o{', or replace it with --force' if force else ''}."


def fallback_path(path: Path, folder: Path, run: Run, environment: Environment | None = None) -> Path:
    """Where results go that could not be written to `path`: into `folder`, by a name that says whose they are.

    A name that is taken is passed over, unless it is by this run's results in this `environment` (None: by anything).
    """
    owner = None if environment is None else Owner(run.key, environment.value)
    return elsewhere(path, folder, run.name, owner, RESULTS)


def elsewhere(path: Path, folder: Path, name: str, owner: Owner | None, kind: Kind) -> Path:
    """The name in `folder` of a workbook that could not be written to `path`; one that is taken by another's is passed over.

    Raises FileExistsError where a thousand are.
    """
    for number in range(1, 1000):
        suffix = "" if number == 1 else f"-{number}"
        other = folder / f"{path.stem}-{name}-elsewhere{suffix}{kind.suffix}"
        if not os.path.lexists(other):
            return other
        if owner is not None and not other.is_symlink() and owner_of(other, kind) == owner:
            return other
    raise FileExistsError(f"{folder} has no name left for {path.name}")
