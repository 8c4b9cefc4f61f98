"""Whether a run may begin: a person says yes to its plan, or flags and bounds stand in for one."""

from __future__ import annotations

import sys

from batch.cli.output import is_terminal, tell
from batch.errors import UsageError
from batch.settings.model import Settings

_YES = frozenset({"y", "yes"})


def is_attended() -> bool:
    """Whether a person can be asked: on stdin and stderr, wherever stdout goes."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def require_bound(settings: Settings, *, yes: bool) -> None:
    """Refuse a live run that nobody attends, unless it was told --yes and has a bound."""
    missing = []
    if not yes:
        missing.append("--yes")
    if settings.max_spend is None and settings.max_numbers is None:
        missing.append("a bound (--max-spend or --max-numbers, or in the settings)")
    if missing:
        raise UsageError(
            f"a live run off a terminal needs {' and '.join(missing)}",
            remedy="Nobody could stop it else. Nothing was sent.",
        )


def agrees(question: str) -> bool:
    """Ask on stderr; only a clear yes is one."""
    tell(f"{question} [y/N]")
    try:
        answer = sys.stdin.readline()
    except (OSError, ValueError):
        return False
    return answer.strip().lower() in _YES
