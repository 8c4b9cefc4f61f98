"""All kinds of hostile files, which take turns by the seed."""

from __future__ import annotations

from random import Random

from support import hostile_formats, hostile_packages, hostile_text
from support.hostile import _KINDS, Hostile

__all__ = ["KINDS", "hostile_formats", "hostile_packages", "hostile_text", "make"]

KINDS = len(_KINDS)


def make(seed: int) -> Hostile:
    """The hostile file of that seed; the kinds take turns."""
    kind = _KINDS[seed % KINDS]
    name, content, becomes = kind(Random(seed))  # noqa: S311 - a seed must make the same file every time
    return Hostile(kind.__name__, name, content, becomes)
