"""Counts and lists of numbers, in words."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 3
"""Names that are listed; the rest is counted."""


def plural(count: int, noun: str) -> str:
    """1 number, 2 numbers."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def first_of(names: Sequence[str], most: int = SHOWN, *, between: str = ", ") -> str:
    """The first `most` of `names`, and how many more there are: a, b, c and 1,234 more."""
    more = len(names) - most
    return between.join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
