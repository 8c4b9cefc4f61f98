"""A long sheet of the file beside the ledger's: columns by their headers, rows by their keys, then cell by cell.

Neither order is a fact: finance sorts. A column that the ledger does not have is its reader's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from batch.loader.cells import Read, column_letters
from batch.reconciler.verifying.findings import Difference, Findings, Kind
from batch.reconciler.verifying.likeness import same, shown
from batch.reconciler.verifying.tables import Key, Spec, Table

_LISTED = 12
_CONSIDERED = 20
"""Rows with one key that are looked at: there are two where somebody has copied one."""


class Pair(NamedTuple):
    """A row of the file and the row of the ledger that it is."""

    file: int
    ledger: int


class Comparison:
    """Holds one table of the file against the ledger's; what it finds goes to `findings`."""

    def __init__(self, spec: Spec, file: Table, ledger: Table, findings: Findings) -> None:
        self._spec = spec
        self._file = file
        self._ledger = ledger
        self._findings = findings
        self._places = self._columns()

    def compare(self) -> None:
        """Compare columns, rows, cells, and what a reader does not see."""
        pairs, missing, added = self._rows()
        if any(later.file < earlier.file for earlier, later in pairwise(pairs)):
            self._findings.remark(f"{self._spec.name}: the rows stand in another order than in the ledger")
        self._cells(pairs)
        for row in added:
            self._add_row(row)
        for row in missing:
            self._findings.add(
                Difference(
                    Kind.ROW_MISSING,
                    self._spec.name,
                    ledger=self._described(self._ledger, row),
                    number=self._number(self._ledger, row),
                )
            )
        self._marks()

    # Columns ---------------------------------------------------------------------------------------------------------

    def _columns(self) -> list[int | None]:
        """Where in the file each column of the ledger's table stands; None: nowhere. Of several of one name, in their order."""
        left: defaultdict[str, list[int]] = defaultdict(list)
        for place, header in enumerate(self._file.headers):
            left[header].append(place)
        places: list[int | None] = []
        for header in self._ledger.headers:
            if left[header]:
                places.append(left[header].pop(0))
                continue
            places.append(None)
            self._findings.add(Difference(Kind.COLUMN_MISSING, self._spec.name, column=header))
        theirs = sorted(place for others in left.values() for place in others)
        theirs = [place for place in theirs if any(cell != "" for cell in self._file.columns[place])]
        if theirs:
            named = ", ".join(
                f"{self._file.headers[place] or '(no header)'} ({column_letters(place)})" for place in theirs
            )
            self._findings.remark(f"{self._spec.name}: columns that are not the ledger's: {named}")
        standing = [place for place in places if place is not None]
        if standing != sorted(standing):
            self._findings.remark(f"{self._spec.name}: the columns stand in another order")
        return places

    def _pairs_of_columns(self) -> Iterator[tuple[str, int, int]]:
        for column, (header, place) in enumerate(zip(self._ledger.headers, self._places, strict=True)):
            if place is not None:
                yield header, place, column

    # Rows ------------------------------------------------------------------------------------------------------------

    def _rows(self) -> tuple[list[Pair], list[int], list[int]]:
        """Which rows are one, in the ledger's order; rows of the ledger that are missing, rows of the file that are added."""
        if self._is_in_place():
            return [Pair(row, row) for row in range(self._ledger.rows)], [], []
        blank = self._blank_rows()
        missing = list(range(self._ledger.rows))
        added = [row for row in range(self._file.rows) if row not in blank]
        pairs: list[Pair] = []
        for key in self._spec.keys:
            if not missing or not added:
                break
            found, missing, added = self._matched(key, missing, added)
            pairs += found
        return sorted(pairs, key=lambda pair: pair.ledger), missing, added

    def _is_in_place(self) -> bool:
        """Whether the file's rows have just the keys that the ledger's have, one by one: no row needs to be looked for."""
        ours, theirs = self._key_columns(self._spec.keys[0])
        return bool(ours) and self._file.rows == self._ledger.rows and ours == theirs

    def _blank_rows(self) -> set[int]:
        """Rows of the file that are blank as far as the ledger's columns go: none that is counted."""
        first = self._places[0] if self._places else None
        suspects: Sequence[int] = range(self._file.rows)
        if first is not None:
            column = self._file.columns[first]
            suspects = [row for row in suspects if column[row] == ""] if "" in column else ()
        columns = [self._file.columns[place] for _, place, _ in self._pairs_of_columns()]
        return {row for row in suspects if all(column[row] == "" for column in columns)}

    def _matched(
        self, key: Key, missing: Sequence[int], added: Sequence[int]
    ) -> tuple[list[Pair], list[int], list[int]]:
        ours, theirs = self._key_columns(key)
        if not ours:  # its columns are gone
            return [], list(missing), list(added)
        waiting: defaultdict[Key, list[int]] = defaultdict(list)
        for row in reversed(added):
            waiting[tuple(_told(column[row]) for column in theirs)].append(row)
        pairs, still = [], []
        for row in missing:
            rows = waiting.get(tuple(_told(column[row]) for column in ours))
            if rows:
                pairs.append(Pair(self._best(rows, row), row))
            else:
                still.append(row)
        left = sorted(row for rows in waiting.values() for row in rows)
        return pairs, still, left

    def _best(self, rows: list[int], row: int) -> int:
        """Of rows of the file with one key, the one that agrees most with that row of the ledger; it is taken out of `rows`."""
        if len(rows) == 1:
            return rows.pop()
        places = list(self._pairs_of_columns())
        best = max(
            reversed(rows[-_CONSIDERED:]),
            key=lambda one: sum(self._file.columns[at][one] == self._ledger.columns[of][row] for _, at, of in places),
        )
        rows.remove(best)
        return best

    def _key_columns(self, key: Key) -> tuple[list[list[Read]], list[list[Read]]]:
        """The columns of `key` that both have: the ledger's, and the file's."""
        ours: list[list[Read]] = []
        theirs: list[list[Read]] = []
        for header, place, column in self._pairs_of_columns():
            if header in key and len(ours) < len(key):
                ours.append(self._ledger.columns[column])
                theirs.append(self._file.columns[place])
        return ours, theirs

    # Cells -----------------------------------------------------------------------------------------------------------

    def _cells(self, pairs: Sequence[Pair]) -> None:
        in_place = (
            all(pair.file == pair.ledger for pair in pairs) and len(pairs) == self._ledger.rows == self._file.rows
        )
        formulas = {(sheet.name, place) for _, sheet, _ in self._file.pages for place in sheet.formulas}
        calculated = {column for _, (_, column) in formulas}
        found: list[tuple[int, int, Difference]] = []
        for header, place, column in self._pairs_of_columns():
            theirs, ours = self._file.columns[place], self._ledger.columns[column]
            every = place in calculated
            if not every and in_place and theirs == ours:
                continue
            for pair in pairs:
                file, ledger = theirs[pair.file], ours[pair.ledger]
                if every or (file != ledger and not same(file, ledger)):
                    one = self._cell(header, place, pair, file, ledger, formulas)
                    if one is not None:
                        found.append((pair.file, place, one))
        for _, _, one in sorted(found, key=lambda each: each[:2]):
            self._findings.add(one)

    def _cell(
        self, header: str, place: int, pair: Pair, file: Read, ledger: Read, formulas: set[tuple[str, tuple[int, int]]]
    ) -> Difference | None:
        sheet, row = self._file.where(pair.file)
        formula = (sheet.name, (row, place)) in formulas
        if not formula and same(file, ledger):
            return None
        error = (row, place) in sheet.errors
        return Difference(
            Kind.FORMULA if formula else Kind.VALUE,
            self._spec.name,
            f"{column_letters(place)}{row}",
            header,
            "(an error value)" if error else shown(file),
            shown(ledger),
            self._number(self._ledger, pair.ledger),
            where=sheet.name,
            pair=pair,
        )

    def _add_row(self, row: int) -> None:
        sheet, at = self._file.where(row)
        self._findings.add(
            Difference(
                Kind.ROW_ADDED,
                self._spec.name,
                f"row {at}",
                says=self._described(self._file, row),
                number=self._number(self._file, row),
                where=sheet.name,
            )
        )

    def _number(self, table: Table, row: int) -> str:
        column = table.named(self._spec.number)
        return "" if column is None else shown(column[row]).removeprefix("+")

    def _described(self, table: Table, row: int) -> str:
        """The first cells of a row in words."""
        cells = (shown(column[row]) for column in table.columns[:_LISTED])
        return " | ".join(cell for cell in cells if cell)[:200]

    # What a reader does not see --------------------------------------------------------------------------------------

    def _marks(self) -> None:
        name, findings = self._spec.name, self._findings
        own = {place for _, place, _ in self._pairs_of_columns()}
        for _, sheet, header in self._file.pages:
            rows = [row for row in sheet.hidden_rows if not row or header <= row <= sheet.height]
            if rows:
                words = f"{len(rows):,} hidden {'row' if len(rows) == 1 else 'rows'}"
                findings.add(Difference(Kind.HIDDEN, name, f"rows {spans(rows)}", says=words, where=sheet.name))
            columns = [column for column in sheet.hidden_columns if column in own]
            if columns:
                words = f"hidden: {', '.join(self._file.headers[column] for column in columns)}"
                letters = ", ".join(map(column_letters, columns))
                findings.add(Difference(Kind.HIDDEN, name, f"columns {letters}", says=words, where=sheet.name))
            for row, column in sheet.twice:
                place = f"{column_letters(column)}{row}"
                findings.add(Difference(Kind.TWICE, name, place, says="two cells in one place", where=sheet.name))


def spans(rows: Sequence[int]) -> str:
    """Rows as a person lists them: "5-9, 14"; the first dozen."""
    found: list[tuple[int, int]] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    listed = [str(first) if first == last else f"{first}-{last}" for first, last in found[:_LISTED]]
    return ", ".join([*listed, *(["…"] if len(found) > _LISTED else [])])


def _told(cell: Read) -> str:
    """A key's cell: text whatever kind it has become."""
    return shown(cell)
