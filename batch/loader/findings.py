"""The problems of one file, as they are found."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from batch.fields import Complaint
from batch.loader.cells import column_letters
from batch.loader.problems import CODES
from batch.problem import Level, Problem

LISTED = 20_000
"""Problems of one code that are listed one by one: a small file can have a million wrong rows, and is not to fill the memory."""
_SHOWN = 200
"""Characters of a value that a message shows at most."""
_NOWHERE = 1 << 20
"""The place of what has no column: behind all that has one."""
_USER_PASSWORD = re.compile(r"(^(?:sips?:|[a-z][a-z0-9+.-]*://)?+[^:/?#@\s]+):[^@/?#\s]+@", re.IGNORECASE)
_QUERY = re.compile(r"([?&;][^=&;\s]+=)[^&;\s]+")


@dataclass
class Findings:
    """What is wrong in one sheet of one file. `headers` and the places of columns count from 0."""

    file: str
    sheet: str
    headers: dict[int, str] = field(default_factory=dict)
    invalid: dict[int, str] = field(default_factory=dict)
    """Rows with an error, and the words of the leftmost one; row 0 stands for the whole sheet."""
    _leftmost: dict[int, int] = field(default_factory=dict)
    _found: list[tuple[int, int, Problem]] = field(default_factory=list)
    _times: Counter[tuple[str, Level]] = field(default_factory=Counter)

    def add(
        self,
        code: str,
        row: int,
        place: int | None = None,
        *,
        value: str = "",
        problem: str = "",
        remedy: str = "",
        warning: bool = False,
    ) -> None:
        """Note a problem; without words of its own it gets its code's."""
        if not (problem and remedy):
            meaning = CODES[code]
            problem, remedy = problem or meaning.meaning, remedy or meaning.remedy
        where = _NOWHERE if place is None else place
        if not warning and where < self._leftmost.get(row, where + 1):
            self._leftmost[row] = where
            self.invalid[row] = problem
        level = Level.WARNING if warning else Level.ERROR
        self._times[code, level] += 1
        if self._times[code, level] <= LISTED:
            column = "" if place is None else self.headers.get(place, "")
            cell = "" if place is None or not row else f"{column_letters(place)}{row}"
            shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
            found = Problem(code, level, self.file, self.sheet, row, column, cell, shown, problem, remedy)
            self._found.append((row, where, found))

    def complain(self, complaint: Complaint, row: int, place: int | None, *, value: str = "") -> None:
        """Note what a field's table complains of."""
        self.add(
            complaint.code,
            row,
            place,
            value=value,
            problem=complaint.problem,
            remedy=complaint.remedy,
            warning=complaint.warning,
        )

    def in_order(self) -> list[Problem]:
        """All of them, by row and column; at the end, how many more there are of a code that has more than `LISTED`."""
        listed = [problem for _, _, problem in sorted(self._found, key=lambda found: found[:2])]
        return listed + [
            self._more(code, level, times) for (code, level), times in self._times.items() if times > LISTED
        ]

    def _more(self, code: str, level: Level, times: int) -> Problem:
        words = f"{times - LISTED:,} more cells of this sheet have this problem, too"
        remedy = "Mend those that are listed, and check again."
        return Problem(code, level, self.file, self.sheet, 0, "", "", "", words, remedy)


def masked(value: str) -> str:
    """`value` without the secrets that it may hold: a password before an @, the values of a query."""
    return _QUERY.sub(r"\1***", _USER_PASSWORD.sub(r"\1:***@", value))
