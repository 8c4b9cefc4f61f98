"""The library that writes the designed sheets, wrapped: it has no types, and traps.

It takes text that looks like a rich string for one, breaks an escape that follows another, fails on lone surrogates and
drops text that is too long. The designed sheets show what comes from outside, the long ones keep it: so here characters
that show nothing are replaced, and what would read as an escape is broken by a joiner without width.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from batch.reconciler.workbook.cells import fit_text, text_element

_HEADER_LIMIT = 255
_NOT_SHOWN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class Style:
    """A cell style. `id` is its number in the file, for the rows that are streamed."""

    id: int
    native: Any


@dataclass(frozen=True, slots=True)
class PageSetup:
    """How a sheet is printed. `header` and `footer` are (left, centre, right), in the printer's code."""

    paper: int
    landscape: bool
    header: tuple[str, str, str]
    footer: tuple[str, str, str]


class Sheet:
    """A sheet of the workbook. Rows and columns count from 0."""

    def __init__(self, book: Book, native: Any, index: int) -> None:  # noqa: ANN401  # the library has no types
        self.native = native
        self.member = f"xl/worksheets/sheet{index}.xml"
        self._book = book

    def text(self, row: int, column: int, text: str, style: Style) -> None:
        """Put a text into a cell."""
        shown = _shown(fit_text(text))
        if shown.startswith("<r>"):
            # Taken for a rich string as it stands: so it is given one, of a single run that says just this.
            shown = f"<r>{text_element(shown)}</r>"
        self.native.write_string(row, column, shown, style.native)

    def number(self, row: int, column: int, value: Decimal | int, style: Style) -> None:
        """Put a number into a cell; sums of more than 15 digits are rounded by the spreadsheet itself."""
        self.native.write_number(row, column, value, style.native)

    def blank(self, row: int, first: int, last: int, style: Style) -> None:
        """Give empty cells a style."""
        for column in range(first, last + 1):
            self.native.write_blank(row, column, None, style.native)

    def merge(self, row: int, first: int, last: int, text: str, style: Style) -> None:
        """Put a text over several cells of a row."""
        if first < last:
            self.native.merge_range(row, first, row, last, "", style.native)
        self.text(row, first, text, style)

    def merge_number(self, row: int, first: int, last: int, value: Decimal | int, style: Style) -> None:
        """Put a number over several cells of a row."""
        self.native.merge_range(row, first, row, last, "", style.native)
        self.number(row, first, value, style)

    def widths(self, widths: Mapping[int, float]) -> None:
        """Set the widths of columns, in characters."""
        for column, width in widths.items():
            self.native.set_column(column, column, width)

    def height(self, row: int, points: float) -> None:
        """Set the height of a row, in points."""
        self.native.set_row(row, points)

    def colour_values(self, area: tuple[int, int, int, int], styles: Mapping[str, Style]) -> None:
        """Colour the cells of an area (first row, first column, last row, last column) that hold a given text."""
        for text, style in styles.items():
            rule = {"type": "cell", "criteria": "==", "value": f'"{text}"', "format": style.native}
            self.native.conditional_format(*area, rule)

    def rule_every_row(self, area: tuple[int, int, int, int], style: Style) -> None:
        """Give every cell of an area a style, blank ones too, without writing them."""
        self.native.conditional_format(*area, {"type": "formula", "criteria": "=TRUE", "format": style.native})

    def page(self, setup: PageSetup) -> None:
        """Say how it is printed: one page wide."""
        native = self.native
        native.set_paper(setup.paper)
        (native.set_landscape if setup.landscape else native.set_portrait)()
        native.set_margins(left=0.5, right=0.5, top=0.65, bottom=0.65)
        native.set_header(_printed(*setup.header), {"margin": 0.3})
        native.set_footer(_printed(*setup.footer), {"margin": 0.3})
        native.fit_to_pages(1, 0)


class Book:
    """A workbook in memory: the designed sheets, and the frames of the long ones."""

    def __init__(self, font: str, made: datetime, properties: Mapping[str, str], custom: Mapping[str, str]) -> None:
        import xlsxwriter  # noqa: PLC0415  # 0.1 s that nobody else has to wait for

        self._buffer = BytesIO()
        self._font = font
        self._book: Any = xlsxwriter.Workbook(
            self._buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._styles: dict[frozenset[tuple[str, object]], Style] = {}
        self._sheets = 0
        told = {name: _shown(text) for name, text in properties.items()}
        self._book.set_properties({**told, "created": made})
        for name, value in custom.items():
            self._book.set_custom_property(name, _shown(value), "text")

    def style(self, **properties: object) -> Style:
        """The style with these properties of the library's, made once."""
        key = frozenset(properties.items())
        if key not in self._styles:
            native = self._book.add_format(
                {"font_name": self._font, "font_size": 10, "valign": "vcenter", **properties}
            )
            self._styles[key] = Style(native._get_xf_index(), native)  # noqa: SLF001  # the streamed rows name it
        return self._styles[key]

    def rule_style(self, **properties: object) -> Style:
        """A style for a conditional format: only what it changes."""
        return Style(-1, self._book.add_format(properties))

    def sheet(self, name: str) -> Sheet:
        """One more sheet, after those that are there."""
        self._sheets += 1
        return Sheet(self, self._book.add_worksheet(name), self._sheets)

    def chart(self, kind: str) -> Any:  # noqa: ANN401  # the library has no types
        """A chart, to be put onto a sheet."""
        return self._book.add_chart({"type": kind})

    def close(self) -> BytesIO:
        """The workbook's bytes."""
        self._book.close()
        self._buffer.seek(0)
        return self._buffer


def _shown(text: str) -> str:
    return _ESCAPE.sub("_\u2060", _NOT_SHOWN.sub("\ufffd", text))


def printed_text(text: str) -> str:
    """`text` for a page's header or footer, where & begins a code and control characters have no place."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    if len(shown) > 60:
        shown = f"{shown[:40]}…{shown[-18:]}"
    # A digit right after a font size would be taken for a part of it.
    return shown.replace("&", "&&")


def _printed(left: str, centre: str, right: str) -> str:
    whole = "".join(f"&{side}&8 {text}" for side, text in (("L", left), ("C", centre), ("R", right)) if text)
    return whole if len(whole) <= _HEADER_LIMIT else f"&C&8 {centre}"
