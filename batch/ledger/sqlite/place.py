"""Where a ledger lies: one file for each provider, environment, account and (in rehearsal) place, and who may read it."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from batch.errors import LedgerUnusable
from batch.files import make_private
from batch.ledger.records import LedgerKey

SUFFIX = ".ledger"
REBUILD = (
    "`numbatch resolve --rebuild ORDERS` asks the account about every number of the orders, and makes a ledger that knows what "
    "is ours; then `numbatch run ORDERS` buys only what is missing. Name every order workbook that was run."
)
"""What to do where a ledger is lost: the account still knows what it holds."""
_OWNER_ONLY_FILE = 0o600


def ledger_path(directory: Path, key: LedgerKey) -> Path:
    """The ledger's file: readable parts of its key, and a hash of the whole, so that no two keys share a file."""
    parts = [key.provider, key.environment, key.account, key.place]
    words = [re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-").lower()[:24] for part in parts]
    digest = sha256(json.dumps(astuple(key)).encode()).hexdigest()[:12]
    return directory / ("-".join([word for word in words if word] + [digest]) + SUFFIX)


def lock_path(ledger: Path) -> Path:
    """The file beside a ledger that its lock is taken on."""
    return ledger.with_suffix(".lock")


def rebuilding_path(ledger: Path) -> Path:
    """The file beside a lost ledger that its rebuild is made in, until it is complete."""
    return ledger.with_suffix(f"{SUFFIX}-rebuilding")


def refuse_unfinished(ledger: Path) -> None:
    """Refuse to go on without a ledger that was lost, and whose rebuild is not complete."""
    if rebuilding_path(ledger).exists():
        raise LedgerUnusable(
            f"The ledger {ledger} was lost, and its rebuild is not complete.", remedy=f"Nothing was sent. {REBUILD}"
        )


def set_aside(ledger: Path, word: str, moment: datetime) -> Path | None:
    """Move a ledger's file, and the journal beside it, to a name that says why and when; None: there is no such file.

    A journal that was left alone must never meet another file of the same name: it would be replayed into it.
    """
    stem = f"{ledger.stem}.{word}-{moment:%Y%m%dT%H%M%SZ}"
    count = 1
    while (aside := ledger.with_name(stem if count == 1 else f"{stem}-{count}")).exists():
        count += 1
    moved = _rename(ledger, aside)
    _rename(ledger.with_name(f"{ledger.name}-wal"), aside.with_name(f"{aside.name}-wal"))
    ledger.with_name(f"{ledger.name}-shm").unlink(missing_ok=True)
    sync_directory(ledger.parent)
    return aside if moved else None


def _rename(path: Path, name: Path) -> bool:
    try:
        path.rename(name)
    except FileNotFoundError:
        return False
    return True


def ledger_files(directory: Path) -> Sequence[Path]:
    """Every file in `directory` that is named like a ledger, in the order of their names."""
    return sorted(directory.glob(f"*{SUFFIX}")) if directory.is_dir() else []


def make_directory(directory: Path) -> None:
    """Make a directory for ledgers or heads, and those above it, for their owner alone, durably; what is there is left as it is."""
    made = [one for one in (directory, *directory.parents) if not one.exists()]
    try:
        make_private(directory)
        for one in made:
            sync_directory(one.parent)  # else a power cut may take back the directory, and what is in it with it
    except OSError as error:
        raise LedgerUnusable(
            f"The directory {directory} can't be made: {error.strerror}.",
            remedy="Name another with the setting `ledger`, or make it yourself.",
        ) from error


def refuse_link(path: Path) -> None:
    """Refuse a path whose last component is a symbolic link, or no plain file: what is written there goes elsewhere."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise LedgerUnusable(
            f"{path.parent} is no directory, so no ledger can lie there.", remedy="Name one with the setting `ledger`."
        ) from error
    except OSError as error:
        raise LedgerUnusable(f"{path} can't be read: {error.strerror}.", remedy="Check who may read it.") from error
    if not stat.S_ISREG(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a plain file"
        raise LedgerUnusable(
            f"{path} is {kind}: a ledger is never followed elsewhere.",
            remedy=f"Put the file itself there. Where it is lost, move what is there away: {REBUILD}",
        )


def open_private(path: Path, flags: int) -> int:
    """Open a file for its owner only (0600), never through a symbolic link; the descriptor.

    Raises LedgerUnusable where the system refuses.
    """
    refuse_link(path)
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY_FILE)
    except OSError as error:
        raise LedgerUnusable(
            f"{path} can't be opened: {error.strerror}.", remedy="Check who may write there."
        ) from error


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
