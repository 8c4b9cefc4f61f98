"""The blank order workbook: drop-downs, notes, colours as one types, an example row that is never bought, instructions.

The sheet of orders is not protected: people paste into it, sort it and add columns. The instructions are, without a password, so
that nobody takes them for the place to write in.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from batch.errors import UsageError
from batch.fields import FieldTable
from batch.loader.colouring import EXAMPLE_MARK, colour
from batch.loader.header import Names
from batch.loader.instructions import write_instructions
from batch.loader.prompts import Prompts, is_count, width_of
from batch.loader.reference import OURS_MEANING
from batch.loader.writing import writing

ROWS = 2000
"""Rows that have drop-downs and colours; more orders are read all the same."""

_ADDED: Final = ("NumberTo", "Prefix", "AnyOf", "Alternative", "Account")
"""Columns of ours that whoever needs them asks for."""
_GREY = "#6B7785"


def columns_of(table: FieldTable, wanted: Sequence[str] | None = None) -> tuple[str, ...]:
    """The columns of a template, by their own names: those `wanted`, however spelled, or those that most people need.

    Raises UsageError where one is no field, or there twice, and where Number is not among them.
    """
    if wanted is None:
        return (*(name for name in OURS_MEANING if name not in _ADDED), *table.names)
    names, found = Names(table, {}), list[str]()
    for header in wanted:
        name = names.field(header)
        if name is None:
            every = [*OURS_MEANING, *table.names]
            near = difflib.get_close_matches(header.casefold(), [one.casefold() for one in every], n=1)
            meant = [one for one in every if one.casefold() in near]
            raise UsageError(
                f"there is no column {header!r}", remedy=f"Did you mean {meant[0]}?" if meant else ", ".join(every)
            )
        if name in found:
            raise UsageError(f"the column {name} is named twice", remedy="Name each column once.")
        found.append(name)
    if "Number" not in found:
        raise UsageError("no column is Number", remedy=f"Name it too: {','.join(['Number', *wanted])}")
    return tuple(found)


def write_template(path: Path, table: FieldTable, columns: Sequence[str] | None = None) -> None:
    """Write a blank order workbook for a provider's fields to `path`, whole or not at all; `columns` as in `columns_of`.

    Raises UsageError where it can't be written there, or where `columns` are wrong.
    """
    names = columns_of(table, columns)
    import xlsxwriter  # noqa: PLC0415 - 100 ms that only this command pays

    with writing(path) as file:
        book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"title": "Order of telephone numbers", "comments": "Fill in Orders; see Instructions."})
        # The face and size of every cell that has no format of its own.
        book.formats[0].set_font_size(10)
        prompts = _write_orders(book, table, names, folded=columns is None)
        write_instructions(book, table)
        prompts.add_lists()
        book.close()


def _write_orders(
    book: Any,  # noqa: ANN401 - xlsxwriter has no types
    table: FieldTable,
    names: Sequence[str],
    *,
    folded: bool,
) -> Prompts:
    """The sheet to fill in. `folded`: fields that the provider has retired are folded away, and can be unfolded."""
    sheet = book.add_worksheet("Orders")
    prompts = Prompts(book, sheet, ROWS + 1)
    styles = _styles(book)
    retired = [folded and name in table.names and table[name].retired for name in names]
    for place, name in enumerate(names):
        prompts.head(place, name, table)
        prompts.ask(place, name, table)
        # The column behind those that are folded away has the sign to unfold them.
        behind = {"collapsed": True} if place and retired[place - 1] else {}
        _add_column(sheet, place, name, table, styles, {"level": 1, "hidden": True} if retired[place] else behind)
    colour(book, sheet, table, {name: place for place, name in enumerate(names)}, ROWS + 1)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    # All columns on one page are too small to read: they go on to a second one, beside the numbers again.
    sheet.fit_to_pages(1 if len(names) <= _ON_A_PAGE else 2, 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    sheet.set_footer("&L&8&F&R&8page &P of &N")
    sheet.set_selection(2, 0, 2, 0)
    return prompts


_ON_A_PAGE = 12


def _styles(book: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    left = {"font_size": 10, "align": "left", "indent": 1}
    grey = {"italic": True, "font_color": _GREY}
    kinds = {
        "text": {"num_format": "@", **left},
        "count": {"num_format": "0", **left},
        "money": {"num_format": "0.00##", **left},
    }
    plain = {kind: book.add_format(style) for kind, style in kinds.items()}
    return plain | {f"{kind} example": book.add_format({**style, **grey}) for kind, style in kinds.items()}


def _add_column(
    sheet: Any,  # noqa: ANN401 - as above
    place: int,
    name: str,
    table: FieldTable,
    styles: dict[str, Any],
    level: dict[str, Any],
) -> None:
    """A column's width and face, and what the example row has in it."""
    kind = "count" if is_count(name, table) else "money" if name == "Price" else "text"
    sheet.set_column(place, place, width_of(name), styles[kind], level)
    example, style = table[name].example if name in table.names else "", styles[f"{kind} example"]
    if name == "Number":
        sheet.write_string(1, place, f"{EXAMPLE_MARK} 12025550123", style)
    elif kind == "count" and example:
        sheet.write_number(1, place, int(example), style)
    elif example:
        sheet.write_string(1, place, example, style)
    else:
        sheet.write_blank(1, place, None, style)
