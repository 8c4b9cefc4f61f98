"""A setting as it was found, and the complaint about one: both name the key and the place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from batch.errors import UsageError


@dataclass(frozen=True, slots=True)
class Found:
    """A setting's raw value as it stands at `where`: "--rate", "NUMBATCH_RATE", "/etc/…/numbatch.toml, line 4".

    `explicit`: the caller of this one invocation gave it, by flag or variable; else `file` is the file that it stands in.
    """

    key: str
    raw: object
    where: str
    explicit: bool = False
    file: Path | None = None


class SettingsError(UsageError):
    """A setting is unknown, in the wrong place or not convertible; the message names the key and where it stands."""

    def __init__(self, key: str, where: str, what: str, *, remedy: str = "") -> None:
        super().__init__(f"{where}: {key} {what}", remedy=remedy)
        self.key = key
        self.where = where


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A sentence that proposes the nearest of `known`, or `otherwise` where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else otherwise
