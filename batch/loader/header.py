"""The header: which row it is, and which field each column is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from batch.errors import UsageError
from batch.fields import FieldTable
from batch.loader import LoadOptions
from batch.loader.accounts import Accounts
from batch.loader.cells import LONGEST, Read, as_text, column_letters, is_blank
from batch.loader.collecting import Sheet
from batch.loader.findings import Findings
from batch.loader.overlooked import elsewhere
from batch.loader.reader.heads import SEARCHED, squeezed

__all__ = [
    "ACCOUNT",
    "ALIASES",
    "OURS",
    "RESULTS",
    "SEARCHED",
    "Heading",
    "Layout",
    "Names",
    "find_layout",
    "squeezed",
]

OURS: Final = ("Number", "NumberTo", "BlockSize", "Country", "Price", "Prefix", "AnyOf", "Alternative")
"""The columns that are ours and no provider's. Prefix is the user's own in a sheet that has no AnyOf."""
ALIASES: Final = ("DID", "Phone", "Phone number", "Telephone", "TN", "E.164", "E164", "MSISDN")
"""What else a Number column may be called."""
ACCOUNT: Final = "Account"
"""The column that parts the rows of several accounts: the user's own, and ours where it names accounts."""
RESULTS: Final = "numbatch:"
"""How the headers begin that our results add: they are left alone."""

_WITH_CHOICE = {"Prefix", "AnyOf"}
"""Of ours, those that no other header is taken for a slip of: users' own columns are called so. Without the other, one says so."""
_ORDINARY = {
    "alternate",
    "county",
    "counties",
    "site",
    "sites",
    "name",
    "sim",
    "time",
    "state",
    "style",
    "email",
    "mail",
    "url",
}
"""Words that are a letter away from a field and mean something of their own."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the sheet: its place (from 0), its header as the user wrote it, and the field that it is, if any."""

    place: int
    header: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: the header's row (from 1) and the columns that are read. `account`: the place of that column."""

    row: int
    headings: tuple[Heading, ...]
    account: int | None = None

    def __getitem__(self, field: str) -> Heading | None:
        return next((heading for heading in self.headings if heading.field == field), None)


class Names:
    """What headers mean: the names of fields, aliases, and the user's own mapping.

    Raises UsageError where the user's mapping names a field that there isn't.
    """

    def __init__(self, table: FieldTable, columns: Mapping[str, str | Literal[False]]) -> None:
        self._fields = {squeezed(name): name for name in (*OURS, *table.names)}
        self._known: dict[str, str | None] = {**{squeezed(alias): "Number" for alias in ALIASES}, **self._fields}
        self._known[squeezed(ACCOUNT)] = ACCOUNT
        for header, name in columns.items():
            if name is not False and squeezed(str(name)) == squeezed(ACCOUNT):
                self._known[squeezed(header)] = ACCOUNT
                continue
            field = None if name is False else self._fields.get(squeezed(str(name)))
            if name is not False and field is None:
                known = ", ".join((*OURS, *table.names))
                raise UsageError(f"[columns]: {header!r} is to be {name!r}, and there is no such field", remedy=known)
            self._known[squeezed(header)] = field

    @property
    def numbers(self) -> list[str]:
        """The headers that a number column may have, squeezed."""
        return self._called("Number")

    @property
    def heads(self) -> list[str]:
        """The headers by which a header's row is known, squeezed."""
        return [*self.numbers, *self._called("AnyOf")]

    def _called(self, name: str) -> list[str]:
        return [header for header, field in self._known.items() if field == name]

    def field(self, header: str) -> str | None:
        """The field that a header names, or None: the user's own."""
        return self._known.get(squeezed(header))

    def named(self, name: str) -> str | None:
        """The field called `name`, whatever its case, spaces, hyphens and underscores; no alias."""
        return self._fields.get(squeezed(name))

    def near(self, header: str) -> str | None:
        """The field that a header nearly names, or None."""
        word = squeezed(header)
        if word in self._known or word in _ORDINARY:
            return None
        return next(
            (name for known, name in self._fields.items() if name not in _WITH_CHOICE and _nearly(word, known)), None
        )

    def near_number(self, header: str) -> bool:
        """Whether a header nearly names the number column."""
        word = squeezed(header)
        return any(_nearly(word, known) or (known in word and len(known) > 4) for known in self.numbers)


def _nearly(word: str, known: str) -> bool:
    """Whether `word` is `known` with a slip: a letter too many, too few, exchanged or wrong; two in a long name; URI1."""
    if word[:-1] == known and word[-1:].isdecimal():
        return True
    if len(known) <= 3 or abs(len(word) - len(known)) > 2:
        return False
    slips = _slips(word, known)
    if len(known) <= 5:
        # In so short a name another letter makes another word: Prime is not Price.
        return slips == 1 and (len(word) != len(known) or sorted(word) == sorted(known))
    return slips <= (2 if len(known) >= 9 else 1)


def _slips(one: str, other: str) -> int:
    """How many letters must be added, removed, replaced or exchanged with their neighbour to make `other` of `one`."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, wanted in enumerate(other, start=1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def find_layout(sheet: Sheet, names: Names, options: LoadOptions, findings: Findings) -> Layout | None:
    """The header and its columns; what is wrong with them is noted. None where no row has a number column."""
    row = _header_row(sheet, names, options, findings)
    if row is None:
        return None
    headings = []
    for place, column in enumerate(sheet.columns):
        header = as_text(column[row - 1])
        if len(header) > LONGEST:
            findings.add("text-too-long", row, place, value=header)
            header = header[:100]
        if not header:
            if all(is_blank(cell) for cell in column[row:]):
                continue
            header = f"Column {column_letters(place)}"
            findings.headers[place] = header
            findings.add("header-blank", row, place, warning=True)
            headings.append(Heading(place, header, None))
        elif not header.casefold().startswith(RESULTS):
            findings.headers[place] = header
            headings.append(Heading(place, header, names.field(header)))
    if all(heading.field != "AnyOf" for heading in headings):
        headings = [replace(one, field=None) if one.field == "Prefix" else one for one in headings]
    account = _account(sheet, row, headings, options, findings)
    headings = [replace(one, field=None) if one.field == ACCOUNT else one for one in headings]
    layout = Layout(row, tuple(headings), account)
    _check_headings(layout, names, findings)
    return layout


def _account(
    sheet: Sheet, row: int, headings: Sequence[Heading], options: LoadOptions, findings: Findings
) -> int | None:
    """The place of the column that parts the rows by account, if one does."""
    columns = [heading for heading in headings if heading.field == ACCOUNT]
    accounts = Accounts(options.accounts, options.account)
    parting = [one for one in columns if accounts.part(sheet.columns[one.place][row:])]
    for heading in columns:
        if not parting and any(not is_blank(cell) for cell in sheet.columns[heading.place][row:]):
            findings.add("account-ignored", row, heading.place, value=heading.header, warning=True)
    if len(parting) > 1:
        first, second = parting[:2]
        problem = (
            f"{second.header!r} and {first.header!r} (column {column_letters(first.place)}) both say whose a row is"
        )
        findings.add("field-twice", row, second.place, value=second.header, problem=problem)
    return parting[0].place if parting else None


def _check_headings(layout: Layout, names: Names, findings: Findings) -> None:
    taken: dict[str, Heading] = {}
    for heading in layout.headings:
        if heading.field is None:
            if squeezed(heading.header) == "quantity":
                findings.add("quantity-ignored", layout.row, heading.place, value=heading.header, warning=True)
            elif (near := names.near(heading.header)) is not None:
                _add_near(findings, layout.row, heading.place, heading.header, near)
        elif heading.field in taken:
            first = taken[heading.field]
            findings.add(
                "field-twice",
                layout.row,
                heading.place,
                value=heading.header,
                problem=f"{heading.header!r} and {first.header!r} (column {column_letters(first.place)}) are both"
                f" {heading.field}, so nobody can say which one counts",
                remedy=f'Rename or remove one, or say that it is yours: [columns] "{heading.header}" = false.',
            )
        else:
            taken[heading.field] = heading
    if layout.row in findings.invalid:
        findings.invalid.setdefault(0, findings.invalid[layout.row])


def _add_near(findings: Findings, row: int, place: int, header: str, near: str) -> None:
    findings.headers[place] = header
    findings.add(
        "header-near",
        row,
        place,
        value=header,
        problem=f"{header!r} is no field, but nearly {near}: taken for a column of yours, it would never be sent",
        remedy=f'Write {near}, or say that it is yours: [columns] "{header}" = false.',
    )


def _header_row(sheet: Sheet, names: Names, options: LoadOptions, findings: Findings) -> int | None:
    """The header's row, from 1; None, with a problem noted, where there is none."""
    if options.header_row is not None:
        candidates = [options.header_row] if 0 < options.header_row <= sheet.height else []
    else:
        candidates = _filled_rows(sheet)
    for row in candidates:
        fields = {names.field(as_text(cell)) for cell in _cells(sheet, row)}
        if "Number" in fields or fields >= _WITH_CHOICE:
            return row
    if not candidates and options.header_row is None and options.allow_empty:
        return None
    near = False
    for row in candidates:
        for place, cell in enumerate(_cells(sheet, row)):
            header = as_text(cell)
            if header and len(header) < 40 and names.near_number(header):
                _add_near(findings, row, place, header, "Number")
                near = True
    if not near:
        first = (
            " | ".join(text for cell in _cells(sheet, candidates[0]) if (text := as_text(cell))) if candidates else ""
        )
        where = f"row {options.header_row}" if options.header_row else _first_rows(len(candidates))
        problem = f"no Number column: none of the headers in {where} names one"
        there, remedy = elsewhere(sheet)
        findings.add("header-missing", 0, value=first, problem=problem + there, remedy=remedy)
    findings.invalid.setdefault(0, "the sheet has no Number column")
    return None


def _cells(sheet: Sheet, row: int) -> list[Read]:
    return [column[row - 1] for column in sheet.columns]


def _filled_rows(sheet: Sheet) -> list[int]:
    """The first rows, from 1, that are not blank."""
    rows: list[int] = []
    for row in range(1, sheet.height + 1):
        if any(not is_blank(column[row - 1]) for column in sheet.columns):
            rows.append(row)
            if len(rows) == SEARCHED:
                break
    return rows


def _first_rows(count: int) -> str:
    return "the only row that is not blank" if count == 1 else f"the first {count} rows that are not blank"
