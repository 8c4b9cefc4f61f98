"""The report as a text that can be sent to somebody else: no password, no login, no whole number, no home directory's name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from batch import __version__
from batch.cli.doctoring.findings import Examined, Finding, Level
from batch.cli.masking import mask
from batch.errors import UsageError
from batch.files import replacing
from batch.ledger.records import Environment

TITLE = "numbatch doctor"
_NUMBER = re.compile(r"(?<![\w.])(\+?[1-9][0-9]{3})[0-9]{3,11}(?!\w)")
_QUOTED = re.compile(r"(['\"]).*?\1")
_ACCOUNTS = re.compile(r"\[accounts\.[^\]]*\]")
_LONGEST_FIRST_LINE = 200


def report_lines(examined: Examined) -> list[str]:
    """All that was found, without what is nobody else's."""
    lines = [f"{TITLE} {__version__}", "", *(_unquoted(one) for one in examined.findings)]
    lines += _part("What the provider answers (names and kinds, no values):", _answers(examined))
    lines += _part("What the program assumes of it:", [one.line for one in examined.assumptions])
    return [shareable(line, examined.secrets) for line in lines]


def shareable(text: str, secrets: Iterable[str]) -> str:
    """`text` with passwords, logins and the home directory replaced, and each number cut to its first four digits."""
    text = mask(text)
    for secret in sorted(set(secrets) - {"", *Environment}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "(account)", text)
    home = os.environ.get("HOME", "")
    if len(home) > 1:
        text = text.replace(home, "~")
    return _NUMBER.sub(r"\1…", text)


def require_place(path: Path) -> None:
    """Raises UsageError where the report can't go to `path`, or something else stands there."""
    if path.is_symlink():
        raise UsageError(f"{path} is a link", remedy="Name a file: a report is not written through links.")
    if not path.parent.is_dir():
        raise UsageError(f"there is no directory {path.parent}", remedy="Make it, or name another place with -o.")
    if path.exists() and not _is_report(path):
        raise UsageError(f"{path} is there, and no report of this command's", remedy="Name another file with -o.")


def write_report(path: Path, examined: Examined) -> None:
    """Write the report, readable by its owner alone, whole or not at all. Raises UsageError where the system refuses."""
    try:
        with replacing(path) as file:
            file.write(("\n".join(report_lines(examined)) + "\n").encode())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from None


def _unquoted(finding: Finding) -> str:
    """A finding's line; what is wrong in settings may quote them."""
    if finding.topic != "settings" or finding.level is not Level.PROBLEM:
        return finding.line
    return _ACCOUNTS.sub("[accounts.…]", _QUOTED.sub(r"\1…\1", finding.line))


def _is_report(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST_FIRST_LINE).startswith(TITLE)
    except (OSError, ValueError):
        return False


def _answers(examined: Examined) -> list[str]:
    return [f"{function}: {words}" for function, words in examined.answers.items()]


def _part(heading: str, lines: list[str]) -> list[str]:
    return ["", heading, *(f"  {line}" for line in lines)] if lines else []
