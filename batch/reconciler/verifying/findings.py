"""What a comparison found: differences, and what is worth a word and no difference."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What kind of difference."""

    VALUE = "value"
    """A cell says something else."""
    FORMULA = "formula"
    """A formula stands in place of a value."""
    ROW_MISSING = "row missing"
    ROW_ADDED = "row added"
    """A row that the ledger does not have, or a second time one that it has."""
    COLUMN_MISSING = "column missing"
    SHEET_MISSING = "sheet missing"
    SHEET_RENAMED = "sheet renamed"
    HIDDEN = "hidden"
    """Rows, columns or a sheet that a reader does not see."""
    TWICE = "claimed twice"
    """Two cells of the file claim one place: which one is seen is the program's choice."""
    HEAD = "head"
    """What the workbook says of the ledger that it is from is not so."""
    PROPERTY = "property"
    """What the workbook says to programs is not so."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `sheet` is the contract's name of the sheet, `where` what the file calls it (or the page that it goes on in).

    `cell` is where it stands in the file ("H12", "row 5", empty: nowhere), `column` the header, on Summary the label.
    `says` is what the file says there, `ledger` what the ledger says; `number` is the row's, as far as it has one. `later`: the
    ledger's entries since the workbook was written explain it.
    """

    kind: Kind
    sheet: str
    cell: str = ""
    column: str = ""
    says: str = ""
    ledger: str = ""
    number: str = ""
    later: bool = False
    where: str = ""
    pair: tuple[int, int] | None = None
    """The row of the file's table and the row of the ledger's that it is, from 0; None: there are no such two."""


@dataclass
class Findings:
    """What was found so far. `remarks` are no differences: another order of rows, columns of the reader's own."""

    differences: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        """One more difference."""
        self.differences.append(difference)

    def remark(self, words: str) -> None:
        """One more remark."""
        self.remarks.append(words)
