"""An `Account` column: of a sheet for several accounts only the chosen account's rows are taken.

Users have columns of that name for their own purposes. It parts the rows where the settings name accounts and the column does, too;
or, with several accounts in the settings, where anything stands in it, since a slip there would buy for the wrong account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from batch.loader.cells import Flaw, Read, as_text
from batch.loader.coded import Coded
from batch.loader.findings import Findings

_MINE, _BLANK, _UNKNOWN = "", " blank", " unknown"
"""What a cell says beside another account's name, which is never blank and has no white space around it."""


@dataclass(frozen=True)
class Accounts:
    """The accounts that the settings name, each with what else it is called, and the `chosen` one; empty: none is."""

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    chosen: str = ""
    _known: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        words = [(name, name) for name in self.names]
        words += [(other, name) for name, others in self.names.items() for other in others]
        for word, name in words:
            self._known.setdefault(word.strip().casefold(), name)

    def part(self, cells: Sequence[Read]) -> bool:
        """Whether a column with these `cells` parts the rows by account."""
        if not self.names:
            return False
        if len(self.names) > 1 and any(isinstance(cell, Flaw) for cell in cells):
            return True
        texts = {as_text(cell).casefold() for cell in cells} - {""}
        return bool(texts) and (len(self.names) > 1 or not texts.isdisjoint(self._known))

    def taken(self, column: Coded, place: int, offsets: Sequence[int], head: int, findings: Findings) -> list[int]:
        """Of the rows at `offsets` below the header in row `head`, those to take; what is wrong in them, and what is left, is noted."""
        said = [self._said(value) for value in column.values]
        codes = column.codes.tolist()
        others: Counter[str] = Counter()
        taken: list[int] = []
        for offset in offsets:
            who = said[codes[offset]]
            if who not in {_MINE, _BLANK, _UNKNOWN}:
                others[who] += 1
                if self.chosen:
                    continue
            elif who != _MINE:
                value = column.values[codes[offset]]
                self._wrong(value, head + 1 + offset, place, findings)
            taken.append(offset)
        if others:
            self._tell(others, findings)
        return taken

    def _said(self, cell: Read) -> str:
        text = as_text(cell).casefold()
        if not text:
            return _UNKNOWN if isinstance(cell, Flaw) else _BLANK
        name = self._known.get(text)
        if name is None:
            return _UNKNOWN
        return _MINE if name == self.chosen else name

    def _wrong(self, cell: Read, row: int, place: int, findings: Findings) -> None:
        listed = ", ".join(self.names)
        if isinstance(cell, Flaw):
            findings.add(cell.code, row, place, value=cell.shown, problem=cell.problem)
        elif text := as_text(cell):
            problem = f"the settings name no account {text[:40]!r}; they name: {listed}"
            findings.add("account-unknown", row, place, value=text, problem=problem)
        else:
            findings.add("account-missing", row, place, problem=f"no account, where other rows name theirs: {listed}")

    def _tell(self, others: Counter[str], findings: Findings) -> None:
        counts = ", ".join(f"{count:,} of {name!r}" for name, count in sorted(others.items()))
        if self.chosen:
            whole = sum(others.values())
            rows, verb = ("row", "is") if whole == 1 else ("rows", "are")
            problem = f"{whole:,} {rows} {verb} of another account than {self.chosen!r}, and not bought here: {counts}"
            findings.add("rows-of-others", 0, problem=problem, warning=True)
        else:
            problem = f"no account is chosen: the rows of all count here, {counts}; a run takes one account's"
            findings.add("account-open", 0, problem=problem, warning=True)
