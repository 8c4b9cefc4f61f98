"""The header: which row it is, and which field each column is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from batch.loader import LoadOptions
from batch.loader.accounts import Accounts
from batch.loader.cells import LONGEST, Read, as_text, column_letters, is_blank
from batch.loader.collecting import Sheet
from batch.loader.findings import Findings
from batch.loader.mistaken import beside_results, tells_results
from batch.loader.names import ACCOUNT, ALIASES, OURS, RESULTS, WITH_CHOICE, Names
from batch.loader.overlooked import elsewhere
from batch.loader.reader.heads import SEARCHED, squeezed
from batch.loader.stacked import whole_header

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


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the sheet: its place (from 0), its header as the user wrote it, and the field that it is, if any."""

    place: int
    header: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: the header's row (from 1), the last where it has two, and the columns that are read.

    `account` is the place of the column that parts the rows by account.
    """

    row: int
    headings: tuple[Heading, ...]
    account: int | None = None

    def __getitem__(self, field: str) -> Heading | None:
        return next((heading for heading in self.headings if heading.field == field), None)


def find_layout(sheet: Sheet, names: Names, options: LoadOptions, findings: Findings) -> Layout | None:
    """The header and its columns; what is wrong with them is noted. None where no row has a number column."""
    found = _header_row(sheet, names, options, findings)
    if found is None:
        return None
    row, headers = whole_header(sheet, found, names)
    if row != found:
        below = " | ".join(text for column in sheet.columns if (text := as_text(column[row - 1])))
        findings.add(
            "header-of-rows", row, value=below, problem=f"rows {found} to {row} are the header together", warning=True
        )
    fields = names.meant(headers)
    if tells_results(headers):
        findings.add("results-sheet", row)
    headings = []
    for place, column in enumerate(sheet.columns):
        header = headers[place]
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
            headings.append(Heading(place, header, fields[place]))
    if all(heading.field != "AnyOf" for heading in headings):
        headings = [replace(one, field=None) if one.field == "Prefix" else one for one in headings]
    account = _account(sheet, row, headings, options, findings)
    if account is None and len(options.accounts) > 1 and all(heading.field != ACCOUNT for heading in headings):
        # Taken for a column of the user's, it would have the rows of the other accounts bought, too.
        for heading in headings:
            if names.near_account(heading.header):
                _add_near(findings, row, heading.place, heading.header, ACCOUNT)
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
        fields = set(names.meant([as_text(cell) for cell in _cells(sheet, row)]))
        if "Number" in fields or fields >= WITH_CHOICE:
            return row
    if not candidates and options.header_row is None and options.allow_empty:
        return None
    if beside_results(sheet):
        findings.add("results-sheet", 0)
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
