"""What the designed pages begin with: a title, grey lines of who and what, banners, and tiles of four figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from batch.ledger.records import Status
from batch.reconciler.workbook.grid import BLOCKS, FIRST, LAST, Grid
from batch.reconciler.workbook.styles import COUNT, MONEY, ORANGE, PALE, STRONG


class Tile(NamedTuple):
    """A figure, or words in its place, with a label above and a note below; `edge` is the colour of its upper end."""

    label: str
    value: Decimal | int | str
    note: str
    edge: str


class Banner(NamedTuple):
    """What a reader must know before any figure, on a coloured ground."""

    text: str
    fill: str
    edge: str


def rehearsal_banner(text: str) -> Banner:
    """The banner that says that it is a rehearsal."""
    return Banner(text, PALE[Status.DEFERRED], ORANGE)


def halted_banner(text: str) -> Banner:
    """The banner that says that something was broken off."""
    return Banner(text, PALE[Status.REFUSED], STRONG[Status.REFUSED])


def unfinished_banner(text: str) -> Banner:
    """The banner that says that something has not ended."""
    return Banner(text, PALE[Status.NOT_SENT], STRONG[Status.NOT_SENT])


def write_title(
    grid: Grid, title: str, company: str, lines: Sequence[Sequence[str]], banners: Sequence[Banner]
) -> None:
    """The title, the company's name at its right, a grey line for each of `lines`' parts, then the banners."""
    sheet, styles = grid.sheet, grid.styles
    grid.space(6)
    sheet.merge(grid.row, FIRST, 8, title, styles.cell(bold=True, font_size=20))
    if company:
        sheet.merge(grid.row, BLOCKS[3][0], LAST, company, styles.grey(font_size=12, align="right"))
    sheet.height(grid.row, 32)
    grid.row += 1
    grey = styles.grey(text_wrap=True)
    for parts in lines:
        grid.full("  ·  ".join(parts), grey)
    for banner in banners:
        grid.space(5)
        style = styles.cell(bold=True, bg_color=banner.fill, left=5, left_color=banner.edge, indent=1, text_wrap=True)
        grid.full(banner.text, style, room=92, line=16)
    grid.space(9)


def write_tiles(grid: Grid, tiles: Sequence[Tile]) -> None:
    """Four tiles, a block each."""
    sheet, styles = grid.sheet, grid.styles
    for (first, last), tile in zip(BLOCKS, tiles, strict=True):
        sheet.merge(
            grid.row, first, last, tile.label, styles.tile(edge=tile.edge, font_color="#4B5563", valign="bottom")
        )
        big = styles.tile(bold=True, font_size=18, num_format=MONEY, shrink=True)
        if isinstance(tile.value, str):
            sheet.merge(grid.row + 1, first, last, tile.value, big)
        else:
            counted = styles.tile(bold=True, font_size=18, num_format=COUNT, shrink=True)
            sheet.merge_number(grid.row + 1, first, last, tile.value, counted if isinstance(tile.value, int) else big)
        note = styles.tile(font_size=9, font_color="#6B7280", text_wrap=True, valign="top")
        sheet.merge(grid.row + 2, first, last, tile.note, note)
    for offset, height in enumerate((19, 29, 29)):
        sheet.height(grid.row + offset, height)
    grid.row += 3
    grid.space(9)
