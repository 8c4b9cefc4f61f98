"""The blank order workbook: drop-downs, notes, an example row that is never bought, a sheet of instructions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from batch.fields import Field, FieldTable, Group
from batch.loader.judging import EXAMPLE
from batch.loader.reference import OURS_MEANING, values_in_words
from batch.loader.writing import writing

ROWS = 2000
"""Rows that have drop-downs; more orders are read all the same."""

INK, _GREY, _LINE = "#1F2933", "#7B8794", "#CBD2D9"
_FILLS: dict[str, str] = {
    "": INK,
    Group.ROUTING: "#0072B2",
    Group.SMS: "#3D7A5A",
    Group.FAX: "#7B8794",
    Group.VOICEMAIL: "#7B8794",
    Group.FEATURES: "#8A5A00",
    Group.ACCOUNT: "#6B4C8A",
}
WIDTHS: Final = {"Number": 26, "Description": 26, "URI": 30, "URI2": 24, "URI3": 24, "SMSURI": 26}


def write_template(path: Path, table: FieldTable) -> None:
    """Write a blank order workbook for a provider's fields to `path`, whole or not at all.

    Raises UsageError where it can't be written there.
    """
    import xlsxwriter  # noqa: PLC0415 - 100 ms that only this command pays

    with writing(path) as file:
        book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"title": "Order of telephone numbers", "comments": "Fill in Orders; see Instructions."})
        # The face and size of every cell that has no format of its own.
        book.formats[0].set_font_size(10)
        _write_orders(book, table)
        _write_instructions(book, table)
        book.close()


def _write_orders(book: Any, table: FieldTable) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet("Orders")
    text = book.add_format({"num_format": "@", "font_size": 10})
    example = book.add_format({"num_format": "@", "font_size": 10, "italic": True, "font_color": _GREY})
    heads = head_styles(book)
    names = [name for name in OURS_MEANING if name not in _ADDED]
    for place, name in enumerate(names):
        meaning, shown = OURS_MEANING[name]
        add_head(sheet, place, name, f"{meaning}.\nFor example: {shown}", heads[""])
        sheet.set_column(place, place, WIDTHS.get(name, max(11, len(name) + 4)), text)
    sheet.write_string(1, 0, f"{EXAMPLE.capitalize()} 12025550123", example)
    for place, field in enumerate(table.fields, start=len(names)):
        add_head(sheet, place, field.name, note_of(field), heads[field.group])
        # Fields that the provider has retired are folded away, and can be unfolded.
        level = {"level": 1, "hidden": True} if field.retired else {}
        sheet.set_column(place, place, WIDTHS.get(field.name, max(11, len(field.name) + 4)), text, level)
        sheet.write_string(1, place, field.example, example)
        if field.words:
            add_drop_down(sheet, place, field)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_selection(2, 0, 2, 0)


def head_styles(book: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """The styles of headers: of our own columns under "", of the provider's fields under their group."""
    return {
        group: book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": fill, "font_size": 10, "valign": "vcenter", "indent": 1}
        )
        for group, fill in _FILLS.items()
    }


def add_head(sheet: Any, place: int, name: str, note: str, style: Any) -> None:  # noqa: ANN401 - as above
    """A column's header, with a note that shows what may stand below it."""
    sheet.write_string(0, place, name, style)
    lines = sum(1 + len(line) // 44 for line in note.split("\n"))
    sheet.write_comment(
        0,
        place,
        note,
        {"width": 280, "height": 18 * lines + 12, "font_size": 9, "color": "#FFFBE6", "author": "numbatch"},
    )


def note_of(field: Field) -> str:
    """What the header's note says of a field."""
    lines = [f"{field.meaning}."]
    if values := values_in_words(field):
        lines.append(values.capitalize() if values.startswith("e.g.") else values)
    if field.if_absent:
        lines.append(f"If blank: {field.if_absent}.")
    if field.retired:
        lines.append("The provider marks it as retired: it may have no effect.")
    return "\n".join(lines)


def add_drop_down(sheet: Any, place: int, field: Field) -> None:  # noqa: ANN401 - as above
    """Offers a field's words in the cells of its column; anything else may be written all the same."""
    choices = [label for _, label in sorted(field.labels.items())]
    sheet.data_validation(
        1,
        place,
        ROWS,
        place,
        {
            "validate": "list",
            "source": choices,
            "input_title": field.name[:32],
            "input_message": field.meaning[:255],
            # A code or a fill-in is right too: only a warning.
            "error_type": "warning",
            "error_title": field.name[:32],
            "error_message": f"Usually one of: {', '.join(choices)}."[:255],
        },
    )


_ADDED = frozenset({"NumberTo", "Prefix", "AnyOf", "Alternative"})
"""Columns of ours that whoever needs them adds."""
_STEPS = (
    ("Fill in the sheet Orders: one row a number, or a row for a whole block.", ""),
    ("Only Number is needed. Leave blank what the account's defaults are good for.", ""),
    ("Number", "Digits with the country code: 12025550123. Spaces, dashes, + and 00 do no harm."),
    ("A block", "33123450000-33123450099 in Number; or the first number in Number, and how many in BlockSize."),
    (
        "Any numbers of a kind",
        "Add the columns Prefix (1203) and AnyOf (50), leave Number blank: numbatch plan chooses them.",
    ),
    ("Alternatives", "Add a column Alternative: bought in this order where the number is no longer in stock."),
    ("A national number", "01 23 45 00 00, with FR in Country."),
    ("Columns of your own", "Add them (cost centre, order number, …): they are never sent, and stand in the results."),
    ("Fill-ins", "In routing, {number}, {last4}, {row} and {a column's header} differ for each number; {{ is a brace."),
    ("The grey example row", "It is never bought. Delete it, or write over it."),
    ("Then", "numbatch check ORDERS.xlsx says what is wrong, cell by cell; numbatch plan what it would cost."),
)


def _write_instructions(book: Any, table: FieldTable) -> None:  # noqa: ANN401 - as above
    sheet = book.add_worksheet("Instructions")
    plain = {"font_size": 10, "valign": "top", "text_wrap": True, "font_color": INK}
    title = book.add_format({"bold": True, "font_size": 20, "font_color": INK})
    heading = book.add_format({"bold": True, "font_size": 12, "font_color": INK, "bottom": 1, "bottom_color": INK})
    name = book.add_format({**plain, "bold": True, "bottom": 4, "bottom_color": _LINE})
    body = book.add_format({**plain, "bottom": 4, "bottom_color": _LINE})
    sheet.hide_gridlines(2)
    for place, width in enumerate((24, 52, 40, 30)):
        sheet.set_column(place, place, width)
    sheet.write_string(0, 0, "How to order numbers", title)
    sheet.set_row(0, 30)
    row = 2
    for step, words in _STEPS:
        if words:
            sheet.write_string(row, 0, step, name)
            sheet.merge_range(row, 1, row, 3, words, body)
        else:
            sheet.merge_range(row, 0, row, 3, step, body)
        sheet.set_row(row, 18)
        row += 1
    row = _table(sheet, row + 1, ("Column", "Meaning", "Values", "If blank"), _reference(table), (heading, name, body))
    if table.rules:
        row += 1
        sheet.merge_range(row, 0, row, 3, "Rules", heading)
        for rule in table.rules:
            row += 1
            sheet.merge_range(row, 0, row, 3, rule.summary, body)
            sheet.set_row(row, 15 * (1 + len(rule.summary) // 130))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&8&A&R&8page &P of &N")


def _reference(table: FieldTable) -> list[tuple[str, str, str, str]]:
    ours = [(name, meaning, f"e.g. {shown}", "") for name, (meaning, shown) in OURS_MEANING.items()]
    return ours + [
        (
            field.name,
            field.meaning + (" (retired by the provider)" if field.retired else ""),
            values_in_words(field),
            field.if_absent,
        )
        for field in table.fields
    ]


def _table(
    sheet: Any,  # noqa: ANN401 - as above
    row: int,
    heads: tuple[str, ...],
    lines: list[tuple[str, str, str, str]],
    styles: tuple[Any, Any, Any],
) -> int:
    """Write a table from `row` on, and answer the row behind it."""
    heading, name, body = styles
    for place, head in enumerate(heads):
        sheet.write_string(row, place, head, heading)
    for line in lines:
        row += 1
        for place, text in enumerate(line):
            sheet.write_string(row, place, text, name if place == 0 else body)
        sheet.set_row(row, 14 * max(1 + len(line[1]) // 56, 1 + len(line[2]) // 42, 1 + len(line[3]) // 32) + 3)
    return row + 1
