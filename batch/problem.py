"""A problem with an order workbook: where, what, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """The row is invalid, and a run with it sends nothing (unless told to skip)."""
    WARNING = "warning"
    """Allowed, and worth a look."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, as `check --json` lists it.

    `code` is stable and short ("number-lossy"); `row` counts as Excel does, from 1 (0: the whole sheet or file);
    `column` is the user's own header, `cell` its address ("C7"); both empty where a whole row or file is meant. `value`
    is what stands there; `problem` says what is wrong with it, `remedy` how to mend it.
    """

    code: str
    level: Level
    file: str
    sheet: str
    row: int
    column: str
    cell: str
    value: str
    problem: str
    remedy: str
