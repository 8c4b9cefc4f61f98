"""A workbook written where it was asked for, or elsewhere where that can't be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch.files import make_private


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the workbook is. `trouble` says why it is not where it was asked for; empty where it is."""

    path: Path
    trouble: str = ""


def deliver_workbook(
    path: Path, write: Callable[[Path], None], elsewhere: Callable[[Path], Path], fallbacks: Sequence[Path]
) -> Delivered:
    """`write` it to `path`, or where that can't be into the first of the directories `fallbacks` that takes it.

    It can't be where the old file is open elsewhere, the directory read-only or the disk full. `elsewhere` names the file in
    such a directory. Raises what `write` raises; OSError, of `path`, where no directory takes it.
    """
    try:
        write(path)
    except OSError as error:
        for folder in fallbacks:
            other = elsewhere(folder)
            try:
                make_private(folder)
                write(other)
            except OSError:
                continue
            return Delivered(other, f"{path} could not be written: {error.strerror or error}")
        raise
    return Delivered(path)
