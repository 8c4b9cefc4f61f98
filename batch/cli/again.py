"""The command that a remedy names, with the user's own files and flags in it: to be copied, not to be thought about."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch.cli.options import Reading, Where
    from batch.errors import NumbatchError


def with_orders(text: str, paths: Sequence[Path], *groups: Reading | Where, skip_invalid: bool = False) -> str:
    """`text`, whose commands name ORDERS, with these files and what was said of how they are read and where they are bought."""
    named = shlex.join([*map(str, paths), *_flags(groups), *(["--skip-invalid"] if skip_invalid else [])])
    return text.replace("--rebuild ORDERS", f"--rebuild {named}").replace(
        "numbatch run ORDERS", f"numbatch run {named}"
    )


def name_orders(
    error: NumbatchError, paths: Sequence[Path], *groups: Reading | Where, skip_invalid: bool = False
) -> None:
    """Let the remedy of `error` name these files."""
    error.remedy = with_orders(error.remedy, paths, *groups, skip_invalid=skip_invalid)


def _flags(groups: Sequence[Reading | Where]) -> list[str]:
    words = []
    for group in groups:
        for one in fields(group):
            value = getattr(group, one.name)
            if value is not None and value is not False:
                words.append(f"--{one.name.replace('_', '-')}")
                words += [] if value is True else [str(value)]
    return words
