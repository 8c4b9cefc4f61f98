"""Conditions on a row's fields as formulas, by which a spreadsheet colours a cell while somebody types.

Excel and LibreOffice know every function in them, by its English name and with commas, as files store them. No formula is
longer than 255 characters, names another sheet or holds a list in braces: each is more than some program takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from batch.fields import Field, FieldTable
from batch.fields.conditions import All, Begins, Condition, Contains, Either, Given, Has, Is, Not, Only
from batch.loader.cells import column_letters

LONGEST_FORMULA = 255
_SPELLING = 220
"""What may be spent of it on the spelling of a word."""
_PLACES, _READ = "COLUMN($A:$BZ)", 78
"""The characters of a cell that are looked at one by one; fewer where somebody deletes columns."""
_NOTHING = '""'


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of the sheet's row `first` (as Excel counts), by the columns' names; a column that is not there is blank."""

    table: FieldTable
    columns: Mapping[str, int]
    """Name → place, from 0."""
    first: int = 2
    given: str = ""
    """A column of which it is known that its cell is not blank."""

    def cell(self, name: str) -> str:
        """The cell of a column: its letters stand, its row moves along."""
        return f"${column_letters(self.columns[name])}{self.first}" if name in self.columns else _NOTHING


def formula_of(condition: Condition, cells: Cells) -> str | None:
    """A formula that is true where `condition` holds; None where a spreadsheet can't tell."""
    match condition:
        case Given(name):
            return f'TRIM({cells.cell(name)})<>""'
        case Not(Given(name)):
            return f'TRIM({cells.cell(name)})=""'
        case Is(name, code):
            return _spelled(cells.table[name], code, cells.cell(name))
        case Begins(name, start):
            # Texts are equal to a formula whatever their case.
            return f"LEFT(TRIM({cells.cell(name)}),{len(start)})={quoted(start)}"
        case Contains(name, text):
            return f"ISNUMBER(FIND({quoted(text)},{cells.cell(name)}))"
        case Only(name, characters):
            cell = cells.cell(name)
            inside = none_but(cell, characters)
            return inside if name == cells.given else f'AND(TRIM({cell})<>"",{inside})'
        case Has(name, shape):
            return formula_of(shape.sign(name), cells) if shape.sign else None
        case Not(inner):
            formula = formula_of(inner, cells)
            return None if formula is None else f"NOT({formula})"
        case All(several):
            found = [formula_of(one, cells) for one in several]
            return None if None in found else both(*(one for one in found if one))
        case Either(several):
            found = [formula_of(one, cells) for one in several]
            return None if None in found else _either([one for one in found if one])
        case _:
            assert_never(condition)


def misspelled(field: Field, cell: str) -> str:
    """True where `cell` has what the coded `field` does not take; what is filled in for each number can't be told.

    With many words it is enough that one of them is found somewhere in the cell.
    """
    every = "".join(f"{text}|" for text in field.spellings)
    formula = _misspelled(cell, _find(cell, f"||{every}"))
    if len(formula) < _SPELLING:
        return formula
    codes = "".join(f"{code}|" for code in field.labels)
    words = [f"SEARCH({quoted(word)},{cell})" for word in field.words]
    return _misspelled(cell, _find(cell, f"||{codes}"), *words)


def _misspelled(cell: str, *known: str) -> str:
    return f'AND(NOT(ISLOGICAL({cell})),COUNT({",".join(known)},FIND("{{",{cell}))=0)'


def none_but(cell: str, characters: str) -> str:
    """True where `cell` has none but these `characters`; also where it is blank."""
    # Filled up, since programs differ in whether a blank is found in a text.
    text = f"TRIM({cell})&REPT({quoted(characters[-1])},{_READ})"
    return f"SUMPRODUCT(--ISERROR(FIND(MID({text},{_PLACES},1),{quoted(characters)})))=0"


def letters(cell: str, *, but: str = "") -> str:
    """True where `cell` has letters other than `but` (in capitals), of any script that knows capitals."""
    text = f'SUBSTITUTE(UPPER({cell}),"{but}","")' if but else cell
    return f"NOT(EXACT(UPPER({text}),LOWER({text})))"


def both(*formulas: str) -> str:
    """True where all of `formulas` are."""
    return formulas[0] if len(formulas) == 1 else f"AND({','.join(formulas)})"


def quoted(text: str) -> str:
    """`text` as a formula's text."""
    return '"' + text.replace('"', '""') + '"'


def _either(formulas: list[str]) -> str:
    return formulas[0] if len(formulas) == 1 else f"OR({','.join(formulas)})"


def _spelled(field: Field, code: str, cell: str) -> str:
    """True where `cell` stands for `code`: by any of its spellings, or as a truth value, however the language spells that."""
    every = "|" + "".join(f"{text}|" for text, meant in field.spellings.items() if meant == code)
    found = f"COUNT({_find(cell, every)})"
    if "false" not in field.spellings:
        return found
    truth = {field.spellings["true"]: cell, field.spellings["false"]: f"NOT({cell})"}.get(code, "FALSE")
    return f"IF(ISLOGICAL({cell}),{truth},{found})"


def _find(cell: str, spellings: str) -> str:
    return f'FIND("|"&LOWER(SUBSTITUTE({cell}," ",""))&"|",{quoted(spellings)})'
