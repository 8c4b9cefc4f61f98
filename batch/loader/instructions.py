"""The template's sheet of instructions: steps, what the colours say, every column, the rules across them."""

from __future__ import annotations

from typing import Any, NamedTuple

from batch.fields import FieldTable
from batch.loader.colouring import AMBER, RED
from batch.loader.prompts import GROUPS, INK, in_words
from batch.loader.reference import OURS_MEANING, values_in_words

_LINE = "#CBD2D9"
_WIDTHS = (22, 54, 46, 30)
_HEIGHT = 14
"""Points that a line of text takes."""

_STEPS = (
    ("1", "Fill in the sheet Orders: one row a number, or a row for a whole block. Each header has a note."),
    ("2", "Only Number is needed. Leave blank what the account's defaults are good for."),
    ("3", "A cell that turns red is wrong; one that turns amber is allowed, and should be looked at."),
    (
        "4",
        "numbatch check ORDERS.xlsx says what is wrong, cell by cell, and marks it in a copy with --annotate COPY.xlsx.",
    ),
    ("5", "numbatch plan ORDERS.xlsx says what it would cost, and numbatch run ORDERS.xlsx buys."),
)
_MORE = (
    ("A number", "Digits with the country code: 12025550123. Spaces, dashes, + and 00 do no harm."),
    ("A block", "33123450000-33123450099 in Number; or the first number in Number, and how many in BlockSize."),
    ("A national number", "01 23 45 00 00, with FR in Country."),
    ("Words or codes", "A field with a drop-down takes the word or its code, in any case: SIP, sip or 1."),
    ("Fill-ins", "In routing, {number}, {last4}, {row} and {a column's header} differ for each number; {{ is a brace."),
    (
        "Any numbers of a kind",
        "Add the columns Prefix (1203) and AnyOf (50), leave Number blank: numbatch plan chooses them.",
    ),
    ("Alternatives", "Add a column Alternative: bought in this order where the number is no longer in stock."),
    ("Several accounts", "Add a column Account: of a sheet for all of them, a run takes the rows of its account."),
    ("Columns of your own", "Add them (cost centre, order number, …): they are never sent, and stand in the results."),
    (
        "Pasting",
        "Paste values only, so that drop-downs and colours stay; more rows than have colours are read all the same.",
    ),
)


class _Styles(NamedTuple):
    title: Any
    heading: Any
    name: Any
    body: Any


class _Page:
    """Writes one block below another."""

    def __init__(self, book: Any, sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        plain = {
            "font_size": 10,
            "valign": "vcenter",
            "text_wrap": True,
            "font_color": INK,
            "align": "left",
            "indent": 1,
        }
        under = {"bottom": 4, "bottom_color": _LINE}
        self.book = book
        self.sheet = sheet
        self.row = 0
        self.styles = _Styles(
            title=book.add_format({"bold": True, "font_size": 20, "font_color": INK, "indent": 1}),
            heading=book.add_format(
                {"bold": True, "font_size": 12, "font_color": INK, "bottom": 1, "bottom_color": INK, "indent": 1}
            ),
            name=book.add_format({**plain, **under, "bold": True}),
            body=book.add_format({**plain, **under}),
        )

    def heads(self, *texts: str) -> None:
        """The headings of a block."""
        self.row += 1
        for place in range(len(_WIDTHS)):
            self.sheet.write_string(self.row, place, texts[place] if place < len(texts) else "", self.styles.heading)
        self.sheet.set_row(self.row, 20)
        self.row += 1

    def wide(self, name: str, text: str, style: Any = None) -> None:  # noqa: ANN401 - as above
        """A line of a name (in `style`) and a text across the other columns."""
        self.sheet.write_string(self.row, 0, name, style or self.styles.name)
        self.sheet.merge_range(self.row, 1, self.row, 3, text, self.styles.body)
        self._height((text, sum(_WIDTHS[1:])))

    def full(self, text: str) -> None:
        """A line across all columns."""
        self.sheet.merge_range(self.row, 0, self.row, 3, text, self.styles.body)
        self._height((text, sum(_WIDTHS)))

    def line(self, texts: tuple[str, ...], style: Any) -> None:  # noqa: ANN401 - as above
        """A line of a table; `style` is its first cell's."""
        for place, text in enumerate(texts):
            self.sheet.write_string(self.row, place, text, self.styles.body if place else style)
        self._height(*zip(texts, _WIDTHS, strict=True))

    def _height(self, *cells: tuple[str, int]) -> None:
        lines = max(_lines(text, width) for text, width in cells)
        self.sheet.set_row(self.row, _HEIGHT * lines + 5)
        self.row += 1


def _lines(text: str, width: int) -> int:
    """The lines that `text` takes in a column that is `width` characters wide, broken between words."""
    width = int(width * 1.1) - 3  # letters are narrower than digits; and there is an indent
    lines, room = 1, width
    for word in text.split():
        if len(word) + 1 > room and room < width:
            lines, room = lines + 1, width
        room -= len(word) + 1
    return lines


def write_instructions(book: Any, table: FieldTable) -> None:  # noqa: ANN401 - as above
    """Add the sheet Instructions to an XlsxWriter workbook."""
    sheet = book.add_worksheet("Instructions")
    sheet.hide_gridlines(2)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    page = _Page(book, sheet)
    sheet.write_string(0, 0, "How to order numbers", page.styles.title)
    sheet.set_row(0, 30)
    page.row = 1
    page.heads("Steps")
    for step, words in _STEPS:
        page.wide(step, words)
    _write_colours(page, table)
    page.heads("Good to know")
    for name, words in _MORE:
        page.wide(name, words)
    _write_columns(page, table)
    if table.rules:
        page.heads("Rules across columns")
        for rule in table.rules:
            page.full(rule.summary)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&8&A&R&8page &P of &N")
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _write_colours(page: _Page, table: FieldTable) -> None:
    line = {"font_size": 10, "bottom": 4, "bottom_color": _LINE, "valign": "vcenter", "align": "left", "indent": 1}
    page.heads("Colours")
    page.wide("red", "Wrong, or missing: a run with such a row buys nothing.", page.book.add_format({**line, **RED}))
    page.wide(
        "amber",
        "Allowed, and perhaps not meant: a number that stands twice, or that a spreadsheet made a number of; no destination.",
        page.book.add_format({**line, **AMBER}),
    )
    grey = page.book.add_format({**line, "italic": True, "font_color": "#6B7785"})
    page.wide("grey, slanted", "The example row: never bought. Delete it, or write over it.", grey)
    heads = _heads(page)
    for (title, fill), head in heads.items():
        names = [field.name for field in table.fields if GROUPS[field.group] == (title, fill)]
        retired = all(table[name].retired for name in names) if names else False
        words = ", ".join(names) if names else "The number to buy, and what else says which ones"
        page.wide(title, words + (" (retired by the provider: folded away)" if retired else ""), head)


def _heads(page: _Page) -> dict[tuple[str, str], Any]:
    """The look of each group's headers."""
    style = {"bold": True, "font_color": "#FFFFFF", "font_size": 10, "valign": "vcenter", "align": "left", "indent": 1}
    return {group: page.book.add_format({**style, "bg_color": group[1]}) for group in dict.fromkeys(GROUPS.values())}


def _write_columns(page: _Page, table: FieldTable) -> None:
    heads = _heads(page)
    page.heads("Column", "Meaning", "Values", "If blank")
    for name, (meaning, shown) in OURS_MEANING.items():
        blank = "the row is wrong" if name == "Number" else ""
        page.line((name, meaning, f"e.g. {shown}", blank), heads[GROUPS[""]])
    for field in table.fields:
        meaning = field.meaning + (" (retired by the provider)" if field.retired else "")
        values = in_words(field) if field.words else values_in_words(field)
        page.line((field.name, meaning, values, field.if_absent), heads[GROUPS[field.group]])
