"""The two pictures of Summary, where there is something to show: not bought, by reason; charged, by group.

Sorted bars with their values: no axis, no legend, no grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from batch.ledger.records import Status
from batch.money import ZERO
from batch.reconciler.labels import Label
from batch.reconciler.results import FAILED
from batch.reconciler.totals import RunTotals
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import FIRST, LAST, Grid
from batch.reconciler.workbook.styles import STRONG

_BARS = 6
_DATA_COLUMN = 14
_NAME_LIMIT = 36
_MIDDLE = 7
_NO_CENTS_FROM = 10_000
_NAMES_SHARE = 0.46


class Bar(NamedTuple):
    """One bar: its name, its length, its colour."""

    name: str
    value: Decimal
    colour: str


class _Picture(NamedTuple):
    title: str
    bars: Sequence[Bar]
    number_format: str


def write_pictures(book: Book, grid: Grid, context: Context, totals: RunTotals) -> None:
    """Put the pictures side by side under what is there."""
    words = context.words
    pictures: list[_Picture] = []
    if not_bought := _not_bought(context, totals):
        pictures.append(_Picture(words(Label.NOT_BOUGHT_CHART), not_bought, "#,##0"))
    groups = _groups(context, totals)
    if len(groups) > 1:
        title = words(Label.CHARGED_CHART, group=_short(context.group_header), currency=context.options.currency)
        cents = max(group.value for group in groups) < _NO_CENTS_FROM
        pictures.append(_Picture(title, groups, "#,##0.00" if cents else "#,##0"))
    if not pictures:
        return
    styles, sheet = grid.styles, grid.sheet
    bars = max(len(picture.bars) for picture in pictures)
    for index, picture in enumerate(pictures):
        first, last = ((FIRST, 5), (_MIDDLE, LAST))[index]
        sheet.blank(grid.row, first, last, styles.heading())
        sheet.text(grid.row, first, picture.title, styles.heading(font_size=12))
        _draw(book, grid, context, picture, column=first, place=index)
    sheet.height(grid.row, 21)
    grid.row += 1
    for _ in range(bars + 1):
        sheet.height(grid.row, _BAR_POINTS)
        grid.row += 1


_BAR_POINTS = 21.0
_PIXELS_A_POINT = 4 / 3


def _draw(book: Book, grid: Grid, context: Context, picture: _Picture, *, column: int, place: int) -> None:
    sheet, styles = grid.sheet, grid.styles
    names, values = _DATA_COLUMN + 3 * place, _DATA_COLUMN + 3 * place + 1
    for offset, bar in enumerate(picture.bars):
        sheet.text(grid.row + 1 + offset, names, bar.name, styles.grey())
        sheet.number(grid.row + 1 + offset, values, bar.value, styles.grey())
    top, bottom = grid.row + 1, grid.row + len(picture.bars)
    face = {"name": context.options.brand.font, "size": 9, "color": styles.ink}
    chart = book.chart("bar")
    chart.add_series(
        {
            "categories": ["Summary", top, names, bottom, names],
            "values": ["Summary", top, values, bottom, values],
            "gap": 45,
            "fill": {"color": picture.bars[0].colour},
            "border": {"none": True},
            "points": [{"fill": {"color": bar.colour}, "border": {"none": True}} for bar in picture.bars],
            "data_labels": {
                "value": True,
                "font": face,
                "num_format": picture.number_format,
                "position": "outside_end",
            },
        }
    )
    line = {"none": True}
    chart.set_y_axis(
        {"reverse": True, "num_font": face, "line": line, "major_tick_mark": "none", "minor_tick_mark": "none"}
    )
    longest = max(bar.value for bar in picture.bars)
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0, "max": float(longest) * 1.35})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": line, "fill": {"none": True}})
    inner = {"x": _NAMES_SHARE, "y": 0.03, "width": 0.97 - _NAMES_SHARE, "height": 0.94}
    chart.set_plotarea({"border": line, "fill": {"none": True}, "layout": inner})
    chart.show_hidden_data()
    chart.set_size({"width": 372, "height": int((len(picture.bars) * _BAR_POINTS + 8) * _PIXELS_A_POINT)})
    sheet.native.insert_chart(grid.row + 1, column, chart, {"object_position": 1, "description": picture.title})
    sheet.native.set_column(names, values, None, None, {"hidden": True})


def _not_bought(context: Context, totals: RunTotals) -> list[Bar]:
    counted: dict[tuple[str, str], Decimal] = {}
    for cause, count in totals.causes.items():
        if cause.status in FAILED or cause.status is Status.INVALID:
            key = (_short(cause.reason), STRONG[cause.status])
            counted[key] = counted.get(key, ZERO) + count
    bars = sorted((Bar(name, value, colour) for (name, colour), value in counted.items()), key=_longest_first)
    return _limited(bars, context)


def _groups(context: Context, totals: RunTotals) -> list[Bar]:
    accent = context.options.brand.accent
    groups: Mapping[str, Decimal] = totals.groups
    return _limited([Bar(_short(name), amount, accent) for name, amount in groups.items() if amount > 0], context)


def _longest_first(bar: Bar) -> tuple[Decimal, str]:
    return -bar.value, bar.name


def _limited(bars: list[Bar], context: Context) -> list[Bar]:
    if len(bars) <= _BARS:
        return bars
    rest = bars[_BARS - 1 :]
    name = context.words(Label.OTHERS, count=context.words.count(len(rest)))
    return [*bars[: _BARS - 1], Bar(name, sum((bar.value for bar in rest), ZERO), STRONG[Status.NOT_SENT])]


def _short(name: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in name)
    return shown if len(shown) <= _NAME_LIMIT else f"{shown[: _NAME_LIMIT - 1]}…"
