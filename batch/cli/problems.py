"""The problems of order workbooks, as people read them and as programs do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from batch.cli.masking import mask
from batch.cli.output import is_terminal, printable, tell
from batch.errors import OrdersError
from batch.order import Orders, RowKind
from batch.problem import Level, Problem

K = TypeVar("K")

MOST = 50
"""Problems that are listed at a terminal."""
UNREADABLE = "file-unreadable"
"""The code of a file that could not be read at all."""
_LONGEST_VALUE = 40


def has_errors(orders: Orders) -> bool:
    """Whether any row is invalid."""
    return any(problem.level is Level.ERROR for problem in orders.problems)


def problem_lines(problems: Sequence[Problem], *, most: int | None) -> list[str]:
    """Problems grouped by file, and by what is wrong; errors first. At most `most` cells are listed, None: all."""
    lines: list[str] = []
    shown = 0
    for (file, sheet), of_sheet in _groups(problems, lambda one: (one.file, one.sheet)):
        lines.append(f"{file}{f', sheet {sheet}' if sheet else ''}: {_counted(of_sheet)}")
        by_level = sorted(of_sheet, key=lambda one: one.level is not Level.ERROR)
        for (level, code, remedy), alike in _groups(by_level, lambda one: (one.level, one.code, one.remedy)):
            if most is not None and shown >= most:
                break
            listed = alike if most is None else alike[: most - shown]
            shown += len(listed)
            lines += ["", f"  {level}: {code}. {remedy}".rstrip(), *_cells(listed)]
        lines.append("")
    if shown < len(problems):
        lines.append(f"and {len(problems) - shown:,} more: numbatch check --json")
    return [printable(mask(line)) for line in lines]


def tell_problems(problems: Sequence[Problem]) -> None:
    """Every problem on stderr; at a terminal the first of many."""
    for line in problem_lines(problems, most=MOST if is_terminal(sys.stderr) else None):
        tell(line)


def counted(orders: Orders) -> str:
    """What the sheets hold, in words: 43 rows → 14,000 numbers."""
    rows = source_rows(orders)
    kinds = [row.kind for row in orders.rows]
    numbers = len(kinds) - kinds.count(RowKind.INVALID)
    words = f"{rows:,} row{'s' * (rows != 1)} → {numbers:,} number{'s' * (numbers != 1)}"
    duplicates = kinds.count(RowKind.DUPLICATE)
    if duplicates:
        words += f" ({duplicates:,} of them a second time)"
    if not orders.wishes:
        return words
    wished = by_choice(orders)
    by_choice_words = f"{wished:,} number{'s' * (wished != 1)} by choice"
    return f"{words} and {by_choice_words}" if numbers else f"{rows:,} row{'s' * (rows != 1)} → {by_choice_words}"


def by_choice(orders: Orders) -> int:
    """How many numbers are still to be chosen."""
    return sum(wish.count for wish in orders.wishes)


def source_rows(orders: Orders) -> int:
    """Rows of the sheets."""
    return sum(file.source_rows for file in orders.files)


def orders_json(orders: Orders) -> dict[str, object]:
    """What `check --json` says of orders; a row that is wrong is no number."""
    kinds = [row.kind for row in orders.rows]
    return {
        "valid": not has_errors(orders),
        "rows": source_rows(orders),
        "numbers": len(kinds) - kinds.count(RowKind.INVALID),
        "duplicates": kinds.count(RowKind.DUPLICATE),
        "by_choice": by_choice(orders),
        "wishes": [{"row": wish.source.row, "prefix": wish.prefix, "numbers": wish.count} for wish in orders.wishes],
        "alternatives": sum(len(row.stand_ins) for row in orders.rows),
        "problems": [_problem_json(problem) for problem in orders.problems],
    }


def unreadable_json(error: OrdersError, paths: Sequence[Path]) -> dict[str, object]:
    """What `check --json` says where a file can't be read at all."""
    file = str(paths[0]) if len(paths) == 1 else ""
    problem = Problem(UNREADABLE, Level.ERROR, file, "", 0, "", "", "", error.problem, error.remedy)
    nothing = {"rows": 0, "numbers": 0, "duplicates": 0, "by_choice": 0, "wishes": [], "alternatives": 0}
    return {"valid": False, **nothing, "problems": [_problem_json(problem)]}


def _problem_json(problem: Problem) -> dict[str, object]:
    names = ("code", "level", "file", "sheet", "row", "column", "cell", "value", "problem", "remedy")
    return {name: getattr(problem, name) for name in names}


def _groups(problems: Iterable[Problem], key: Callable[[Problem], K]) -> list[tuple[K, list[Problem]]]:
    """Problems by `key`, in the order in which each first comes."""
    found: dict[K, list[Problem]] = {}
    for problem in problems:
        found.setdefault(key(problem), []).append(problem)
    return list(found.items())


def _counted(problems: Sequence[Problem]) -> str:
    errors = sum(problem.level is Level.ERROR for problem in problems)
    counts = ((errors, "error"), (len(problems) - errors, "warning"))
    return ", ".join(f"{count:,} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def _cells(problems: Sequence[Problem]) -> list[str]:
    places = [problem.cell or (f"row {problem.row}" if problem.row else "sheet") for problem in problems]
    values = [_short(problem.value) for problem in problems]
    place_width = max(map(len, places))
    value_width = max(map(len, values))
    return [
        f"    {place:<{place_width}}  {value:<{value_width}}  {problem.problem}".rstrip()
        for place, value, problem in zip(places, values, problems, strict=True)
    ]


def _short(value: str) -> str:
    clean = printable(mask(value))
    return clean if len(clean) <= _LONGEST_VALUE else f"{clean[: _LONGEST_VALUE - 1]}…"
