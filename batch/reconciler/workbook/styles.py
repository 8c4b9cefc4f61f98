"""The look of the workbook: its colours and cell styles, in one place.

Status colours are Okabe and Ito's, which the colour-blind tell apart; never colour alone, the word stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from batch.ledger.records import Status
from batch.reconciler.brand import Brand
from batch.reconciler.workbook.engine import Book, Style
from batch.reconciler.workbook.stream import CellStyles

BLUE, SKY = "#0072B2", "#56B4E9"
VERMILLION, ORANGE, PURPLE, GREY = "#D55E00", "#E69F00", "#CC79A7", "#6B7280"

STRONG: Mapping[Status, str] = MappingProxyType(
    {
        Status.PURCHASED: BLUE,
        Status.OWNED: SKY,
        Status.REFUSED: VERMILLION,
        Status.DEFERRED: ORANGE,
        Status.DOUBT: PURPLE,
        Status.NOT_SENT: GREY,
        Status.INVALID: GREY,
        Status.DUPLICATE: GREY,
        Status.RELEASED: GREY,
    }
)
"""For charts, the edges of tiles and marks."""

PALE: Mapping[Status, str] = MappingProxyType(
    {
        Status.PURCHASED: "#DCEBF5",
        Status.OWNED: "#E8F5FC",
        Status.REFUSED: "#FBE3D4",
        Status.DEFERRED: "#FDF1D8",
        Status.DOUBT: "#F7E6EF",
        Status.NOT_SENT: "#EEF0F2",
        Status.INVALID: "#EEF0F2",
        Status.DUPLICATE: "#EEF0F2",
        Status.RELEASED: "#EEF0F2",
    }
)
"""For fills behind the word."""

HAIR = "#C9CED6"
TILE = "#F4F6F9"
LIGHT = "#FFFFFF"

MONEY = "#,##0.00##"
COUNT = "#,##0"
SHARE = "0.0%"
MOMENT = "yyyy-mm-dd hh:mm:ss"
DAY = "yyyy-mm-dd"

_Word = TypeVar("_Word", bound=StrEnum)

_HAIR_LINE = 7
_THIN = 1
_THICK = 5


class Styles:
    """The styles of one workbook, made as they are asked for."""

    def __init__(self, book: Book, brand: Brand) -> None:
        self.book = book
        self.brand = brand
        self.ink = brand.ink

    def cell(self, **properties: object) -> Style:
        """Text in ink, with `properties` changed."""
        return self.book.style(**{"font_color": self.ink, **properties})

    def grey(self, **properties: object) -> Style:
        """What is less important."""
        return self.book.style(**{"font_color": GREY, **properties})

    def line(self, **properties: object) -> Style:
        """A cell of a table's row, with a hair line under it."""
        return self.cell(bottom=_HAIR_LINE, bottom_color=HAIR, **properties)

    def grey_line(self, **properties: object) -> Style:
        """The same, less important."""
        return self.grey(bottom=_HAIR_LINE, bottom_color=HAIR, **properties)

    def heading(self, **properties: object) -> Style:
        """A heading, with an ink line under it."""
        return self.cell(bold=True, bottom=_THIN, bottom_color=self.ink, **properties)

    def total(self, **properties: object) -> Style:
        """A sum, with an ink line above it."""
        return self.cell(bold=True, top=_THIN, top_color=self.ink, **properties)

    def tile(self, *, edge: str = "", **properties: object) -> Style:
        """A cell of a tile; with an `edge`, its upper end."""
        top: dict[str, object] = {"top": _THICK, "top_color": edge} if edge else {}
        return self.book.style(
            **{"font_color": self.ink, "bg_color": TILE, "align": "left", "indent": 1, **top, **properties}
        )

    def long(self) -> CellStyles:
        """The styles that streamed rows use."""
        return CellStyles(
            text=self.cell(align="left", indent=1).id,
            wrapped=self.cell(align="left", indent=1, text_wrap=True).id,
            number=self.cell(align="right").id,
            money=self.cell(align="right", num_format=MONEY).id,
            moment=self.cell(align="left", indent=1, num_format=MOMENT).id,
            day=self.cell(align="left", indent=1, num_format=DAY).id,
            time=self.cell(align="left", indent=1, num_format="hh:mm:ss").id,
            header=self._header("left").id,
            header_right=self._header("right").id,
        )

    def _header(self, align: str) -> Style:
        indent: dict[str, object] = {"indent": 1} if align == "left" else {}
        return self.book.style(bold=True, font_color=LIGHT, bg_color=self.brand.header, align=align, **indent)

    def row_line(self) -> Style:
        """For a conditional format: a hair line under a row."""
        return self.book.rule_style(bottom=_HAIR_LINE, bottom_color=HAIR)

    def status_rules(self) -> dict[str, Style]:
        """For conditional formats: the pale fill of each status."""
        return self.value_rules(PALE)

    def value_rules(self, fills: Mapping[_Word, str]) -> dict[str, Style]:
        """For conditional formats: a fill for each of some words, which are members of an enumeration."""
        return {
            one.value: self.book.rule_style(bg_color=colour, font_color=self.ink, bottom=_HAIR_LINE, bottom_color=HAIR)
            for one, colour in fills.items()
        }

    def header_left(self) -> Style:
        """The header of a column of text."""
        return self._header("left")

    def header_right(self) -> Style:
        """The header of a column of figures."""
        return self._header("right")
