"""`numbatch explain`: what a code or a word means; offline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from batch.cli.begin import begin
from batch.cli.meanings import Meaning, all_meanings
from batch.cli.options import COMMON, Common, Json
from batch.cli.output import Column, say, say_json, say_table
from batch.errors import UsageError
from batch.settings.source import did_you_mean

_CODES = Annotated[
    str,
    Parameter(name="CODE", allow_leading_hyphen=True, help="What to explain; without it everything is listed."),
]


def explain(*code: _CODES, json: Json = False, common: Common = COMMON) -> int:
    """Say what a return code, a status, an exit code or a problem code means, who acts and what to do. Offline.

    For example:
        numbatch explain -275
        numbatch explain in doubt
        numbatch explain number-lossy
    """
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - the table alone

    begin(common)
    known = list(all_meanings(CODES))
    if not code:
        if json:
            say_json([one.as_json() for one in known])
        else:
            say_table(
                [Column("Code"), Column("Is a"), Column("Means")], [(one.code, one.kind, one.meaning) for one in known]
            )
        return 0
    found = _find(" ".join(code), known)
    if json:
        say_json([one.as_json() for one in found])
        return 0
    for number, one in enumerate(found):
        if number:
            say()
        say(f"{one.code} ({one.kind}): {one.meaning}")
        say(f"  Who acts: {one.actor}")
        say(f"  What to do: {one.todo}")
        if one.note:
            say(f"  Known from: {one.note}")
    return 0


def _find(wanted: str, known: Sequence[Meaning]) -> list[Meaning]:
    """Every meaning of `wanted`: 100 is a return code, and 1 an exit code. Several codes may be asked about at once."""
    names = {one.code for one in known}
    words = [wanted] if wanted.lower() in names else wanted.split()
    found = []
    for word in words:
        alike = [one for one in known if one.code == word.lower()]
        if not alike:
            raise UsageError(
                f"nothing is known of {word!r}",
                remedy=did_you_mean(word.lower(), names, otherwise="`numbatch explain` lists everything that is known.")
                + _unknown_code(word),
            )
        found += alike
    return found


def _unknown_code(word: str) -> str:
    number = word.removeprefix("-")
    if not number.isdigit():
        return ""
    return " A return code that is in no table leaves its number in doubt: the account is asked, and nothing is sent again."
