"""What `numbatch run` and `resolve --rebuild` were asked for, beside the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.options import Reading, Rehearsal, Where
from batch.settings.convert import duration
from batch.settings.source import SettingsError

if TYPE_CHECKING:
    from batch.cli.carrying import Carried


@dataclass(frozen=True, slots=True)
class Request:
    """The order files, where results go, and what may be done."""

    paths: Sequence[Path]
    results: Path | None
    reading: Reading
    rehearsal: Rehearsal
    lock_wait: str = "0"
    yes: bool = False
    retry_refused: bool = False
    skip_invalid: bool = False
    force: bool = False
    json: bool = False
    rebuy: bool = False
    canary: bool = False
    plan: Path | None = None
    """The plan file that is to be carried out."""
    carried: Carried | None = None
    """What stands in it, once it was read."""

    @property
    def wait(self) -> float:
        """Seconds to wait for the ledger's lock. Raises SettingsError."""
        return lock_wait_seconds(self.lock_wait)


@dataclass(frozen=True, slots=True)
class RebuildRequest:
    """What `resolve --rebuild` was asked for, beside the settings."""

    paths: Sequence[Path]
    reading: Reading
    where: Where
    lock_wait: str = "0"
    yes: bool = False
    skip_invalid: bool = False
    json: bool = False

    @property
    def wait(self) -> float:
        """Seconds to wait for the ledger's lock. Raises SettingsError."""
        return lock_wait_seconds(self.lock_wait)


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What `numbatch release` was asked for, beside the settings."""

    run: str | None
    only: Sequence[str] = ()
    confirm: str | None = None
    dry_run: bool = False
    results: Path | None = None
    force: bool = False
    lock_wait: str = "0"
    json: bool = False

    @property
    def wait(self) -> float:
        """Seconds to wait for the ledger's lock. Raises SettingsError."""
        return lock_wait_seconds(self.lock_wait)


def lock_wait_seconds(text: str) -> float:
    """--lock-wait as seconds. Raises SettingsError."""
    try:
        return duration(text)
    except ValueError as error:
        raise SettingsError("lock_wait", "--lock-wait", str(error)) from None
