"""The cells of an order sheet that change their colour as somebody types, by the rules that check the orders.

Red is an error of `numbatch check`, amber a warning, or something that only a person can judge. A cell that is red is wrong; a
cell that is not may be wrong all the same, since a spreadsheet can't tell everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from batch.fields import CrossRule, Field, FieldTable
from batch.fields.conditions import Either, Has, Not, judge
from batch.loader.cells import EXACT
from batch.loader.formulas import LONGEST_FORMULA, Cells, both, formula_of, letters, misspelled
from batch.loader.judging import EXAMPLE

RED: Final = {"bg_color": "#F9C6BB", "font_color": "#8C2D04"}
AMBER: Final = {"bg_color": "#FFE9A8", "font_color": "#6B4E00"}
EXAMPLE_MARK: Final = EXAMPLE.capitalize()
"""How the Number cell of the example row begins, which nothing is said of."""
_BESIDE = "BZ"
"""The last column that is looked at for values in a row without a number."""
_COMPARED = 5000
"""Rows in which each number is looked for among all others: the work grows with their square."""


class Mark(NamedTuple):
    """A formula, for the sheet's first row of orders, that colours the cell in the column `name` where it is true.

    `code` is the problem that is found by it; empty: a doubt, which is no problem to the loader.
    """

    name: str
    code: str
    formula: str
    warning: bool = False


def marks(table: FieldTable, columns: Mapping[str, int], last: int) -> list[Mark]:
    """What colours the cells of a sheet with these `columns` (name → place, from 0), from row 2 to row `last`; errors first."""
    cells = Cells(table, columns)
    found = [*_of_numbers(cells, last), *_of_ours(cells), *_of_fields(cells)]
    for rule in table.rules:
        found.extend(_of_rule(rule, cells))
    used = [mark for mark in found if mark.name in columns and len(mark.formula) <= LONGEST_FORMULA]
    return sorted(used, key=lambda mark: mark.warning)


def colour(book: Any, sheet: Any, table: FieldTable, columns: Mapping[str, int], last: int) -> None:  # noqa: ANN401 - xlsxwriter has no types
    """Put the marks into an XlsxWriter sheet whose header is row 1."""
    red, amber = book.add_format(RED), book.add_format(AMBER)
    for mark in marks(table, columns, last):
        place = columns[mark.name]
        style = amber if mark.warning else red
        # A row that is wrong is not doubtful, too.
        rule = {"type": "formula", "criteria": f"={mark.formula}", "format": style, "stop_if_true": not mark.warning}
        sheet.conditional_format(1, place, last - 1, place, rule)


def _ours(cells: Cells, formula: str) -> str:
    """`formula`, but never in the example row."""
    return both(f'LEFT({cells.cell("Number")},{len(EXAMPLE_MARK)})<>"{EXAMPLE_MARK}"', formula)


def _of_rule(rule: CrossRule, cells: Cells) -> Iterator[Mark]:
    for case in rule.cases:
        formula = formula_of(case.when, cells)
        if formula is None:
            continue
        if judge(case.when)({}):  # a blank row is no order
            formula = both(f"COUNTA($A{cells.first}:${_BESIDE}{cells.first})>0", formula)
        name = case.marks if case.marks and case.marks in cells.columns else case.name
        yield Mark(name, case.complaint.code, _ours(cells, formula), case.complaint.warning)


def _of_fields(cells: Cells) -> Iterator[Mark]:
    for field in cells.table.fields:
        formula = _refused(field, cells)
        if formula and field.name in cells.columns:
            yield Mark(field.name, _code(field), _ours(cells, formula))


def _code(field: Field) -> str:
    """The code of the problem that a value has which the field can't take: as its own check says."""
    if field.words or field.check is None:
        return "field-word"
    complaint = field.check("?")
    return complaint.code if complaint else ""


def _refused(field: Field, cells: Cells) -> str | None:
    """True where the field has a value that its check refuses, as far as a spreadsheet can tell."""
    cell = cells.cell(field.name)
    if field.words:
        return misspelled(field, cell)
    if field.whole:
        return _no_whole(cell, *field.whole)
    if field.digits:
        return _no_digits(cell)
    if field.shapes:
        none = Not(Either(tuple(Has(field.name, shape) for shape in field.shapes)))
        formula = formula_of(none, replace(cells, given=field.name))
        return formula and both(f'TRIM({cell})<>""', _no_fill_in(cell), formula)
    return None


def _no_fill_in(cell: str) -> str:
    return f'ISERROR(FIND("{{",{cell}))'


def _no_digits(cell: str) -> str:
    """Letters, or a number of which a spreadsheet has kept 15 digits."""
    return f"IF(ISNUMBER({cell}),{cell}>={EXACT:.0E},{both(letters(cell), _no_fill_in(cell))})"


def _no_whole(cell: str, least: int, most: int | None = None) -> str:
    above = f",{cell}>{most}" if most is not None else ""
    return (
        f"IF(ISNUMBER({cell}),OR({cell}<{least}{above},{cell}<>INT({cell})),{both(letters(cell), _no_fill_in(cell))})"
    )


def _of_numbers(cells: Cells, last: int) -> Iterator[Mark]:
    """Number: missing, shortened, no number at all, made a number, there twice."""
    cell, first = cells.cell("Number"), cells.first
    beside = f"COUNTA($A{first}:${_BESIDE}{first})>0"
    by_choice = [f'TRIM({cells.cell("AnyOf")})=""'] if "AnyOf" in cells.columns else []
    yield Mark("Number", "number-missing", both(f'TRIM({cell})=""', *by_choice, beside))
    for name in ("Number", "NumberTo"):
        cell = cells.cell(name)
        yield Mark(name, "number-lossy", _ours(cells, _shortened(cell)))
        yield Mark(name, "number-malformed", _ours(cells, _no_number(cell)))
        yield Mark(name, "", _ours(cells, f"ISNUMBER({cell})"), warning=True)
    if last > _COMPARED:
        return
    column = f"{cells.cell('Number')[:-1]}${first}:{cells.cell('Number')[:-1]}${last}"
    twice = f"COUNTIF({column},{cells.cell('Number')})>1"
    yield Mark("Number", "", _ours(cells, both(f'TRIM({cells.cell("Number")})<>""', twice)), warning=True)


def _no_number(cell: str) -> str:
    """A truth value, letters, or a sign that is in no number."""
    signs = ",".join(f'FIND("{sign}",{cell})' for sign in ";#*&@_")
    return f"OR(ISLOGICAL({cell}),{letters(cell, but='E')},COUNT({signs}))"


def _shortened(cell: str) -> str:
    """A number of more digits than a spreadsheet keeps or with a fraction; a text like 1.20E+10, with fewer digits than it had."""
    place = f'SEARCH("e",{cell})'
    return (
        f"IF(ISNUMBER({cell}),OR({cell}>={EXACT:.0E},{cell}<>INT({cell})),"
        f"IFERROR({place}-3<VALUE(MID({cell},{place}+1,4)),FALSE))"
    )


def _of_ours(cells: Cells) -> Iterator[Mark]:
    """Our other columns, but for what takes the plans of all countries."""
    country, price = cells.cell("Country"), cells.cell("Price")
    unknown = both(f'TRIM({country})<>""', f"LEN(TRIM({country}))<>2")
    yield Mark("Country", "country-unknown", _ours(cells, unknown))
    yield Mark(
        "Price",
        "price-malformed",
        _ours(cells, f"IF(ISNUMBER({price}),{price}<0,OR(ISLOGICAL({price}),{letters(price)}))"),
    )
    for name, code in (("BlockSize", "block-malformed"), ("AnyOf", "choice-count")):
        yield Mark(name, code, _ours(cells, _no_whole(cells.cell(name), 1)))
