"""What happened, a line a status; what needs a person, grouped by who acts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from batch.codes import Actor
from batch.ledger.records import Status
from batch.money import ZERO
from batch.reconciler.labels import Label
from batch.reconciler.totals import Cause, RunTotals
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.grid import FIRST, LAST, Grid
from batch.reconciler.workbook.styles import BLUE, COUNT, GREY, PALE, VERMILLION

_SHOWN_CAUSES = 9
_ALWAYS = frozenset({Status.PURCHASED, Status.OWNED, Status.REFUSED, Status.DEFERRED, Status.DOUBT, Status.NOT_SENT})
_ACTORS = (Actor.OPERATOR, Actor.FINANCE, Actor.LEGAL, Actor.PROVIDER, Actor.ITSELF)


def write_happened(grid: Grid, context: Context, totals: RunTotals) -> None:
    """A line for each status, and their sum set against the rows in."""
    words, styles, sheet = context.words, grid.styles, grid.sheet
    grid.headings(
        words(Label.HAPPENED),
        (4, 4, words(Label.NUMBERS), "right"),
        (5, 5, words(Label.SHARE), "right"),
        (7, 7, words(Label.CHARGED_NOW), "right"),
        (8, LAST, words(Label.NOTE), "left"),
    )
    for status, count in totals.counts.items():
        if not count and status not in _ALWAYS:
            continue
        grid.background()
        colour = styles.ink if count else GREY
        sheet.merge(
            grid.row, FIRST, 2, words.status(status), styles.line(bg_color=PALE[status], indent=1, font_color=colour)
        )
        share = Decimal(count) / totals.rows if totals.rows else None
        grid.cells(total=False, numbers=count, share=share, charged=_charged(status, totals))
        grid.text(8, LAST, _remark(status, count, context, totals), styles.grey_line(indent=1, text_wrap=True))
        grid.end_row()
    rows = context.report.run.rows
    grid.background(total=True)
    sheet.text(grid.row, FIRST, words(Label.ROWS_IN), styles.total(indent=1))
    grid.cells(total=True, numbers=totals.rows, share=Decimal(1) if totals.rows else None, charged=totals.charged)
    ties = totals.rows == rows
    verdict = words(Label.EQUAL_ROWS if ties else Label.OTHER_ROWS, count=words.count(rows))
    sheet.merge(grid.row, 8, LAST, verdict, styles.total(indent=1, font_color=BLUE if ties else VERMILLION))
    grid.end_row()
    grid.space(9)


def _charged(status: Status, totals: RunTotals) -> Decimal:
    if status is Status.RELEASED:
        return totals.released_charged
    return totals.charged - totals.released_charged if status is Status.PURCHASED else ZERO


def _remark(status: Status, count: int, context: Context, totals: RunTotals) -> str:
    words = context.words
    if not count:
        return ""
    match status:
        case Status.PURCHASED:
            return words(Label.PRESUMED, count=words.count(totals.presumed)) if totals.presumed else ""
        case Status.OWNED:
            return words(Label.DIFFERS, count=words.count(totals.differs)) if totals.differs else ""
        case Status.DOUBT:
            if totals.unknown_at_risk and not totals.at_risk:
                return words(Label.MAY_COST, amount=words(Label.UNKNOWN))
            return words(Label.MAY_COST, amount=f"{words.money(totals.at_risk)} {context.options.currency}")
        case Status.DEFERRED:
            return words(Label.AGAIN)
        case Status.REFUSED | Status.NOT_SENT:
            return words(Label.SEE_BELOW)
        case Status.INVALID | Status.DUPLICATE:
            return words(Label.NEVER_SENT)
        case _:  # released
            return words(Label.KEEPS)


def write_needs(grid: Grid, context: Context, totals: RunTotals) -> None:
    """A line for each reason why rows were not bought, the most frequent of them, grouped by who acts."""
    words, styles = context.words, grid.styles
    causes = [(cause, count) for cause, count in totals.causes.items() if cause.actor is not Actor.NOBODY]
    grid.headings(
        words(Label.NEEDS),
        (4, 4, words(Label.NUMBERS), "right"),
        (5, 5, words(Label.CODE), "right"),
        (7, LAST, words(Label.TODO), "left"),
    )
    if not causes:
        empty = Label.NOTHING_NEEDED if totals.rows else Label.NOTHING_ORDERED
        grid.background()
        grid.text(FIRST, LAST, words(empty), styles.grey_line(indent=1))
        grid.end_row()
    shown = causes[:_SHOWN_CAUSES]
    for actor in _ACTORS:
        theirs = [(cause, count) for cause, count in shown if cause.actor is actor]
        if theirs:
            _write_actor(grid, words.actor(actor), theirs)
    if len(causes) > len(shown):
        grid.background()
        more = words(Label.MORE_CAUSES, count=words.count(len(causes) - len(shown)))
        grid.text(FIRST, LAST, more, styles.grey_line(indent=1, italic=True))
        grid.end_row()
    grid.space(9)


def _write_actor(grid: Grid, name: str, causes: Sequence[tuple[Cause, int]]) -> None:
    styles, sheet = grid.styles, grid.sheet
    grid.background()
    sheet.text(grid.row, FIRST, name, styles.grey_line(bold=True, indent=1))
    grid.end_row()
    for cause, count in causes:
        grid.background()
        grid.text(FIRST, 3, cause.reason, styles.line(indent=1, text_wrap=True))
        sheet.number(grid.row, 4, count, styles.line(align="right", num_format=COUNT))
        if cause.code is not None:
            sheet.number(grid.row, 5, cause.code, styles.line(align="right", num_format="0"))
        grid.text(7, LAST, cause.todo, styles.line(indent=1, text_wrap=True))
        grid.end_row()
