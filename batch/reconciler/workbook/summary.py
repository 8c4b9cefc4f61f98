"""Summary: one printed page that says who and what, what was paid, what went wrong, and whether it can be trusted."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from batch.ledger.records import Status
from batch.reconciler.labels import Label
from batch.reconciler.totals import RunTotals
from batch.reconciler.workbook.charts import write_pictures
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import BLOCKS, FIRST, LAST, Grid, column_widths
from batch.reconciler.workbook.styles import COUNT, MONEY, ORANGE, PALE, STRONG, Styles
from batch.reconciler.workbook.summary_tables import write_happened, write_needs
from batch.reconciler.workbook.trust import Ties, write_trust

__all__ = ["Ties", "write_summary"]


class _Tile(NamedTuple):
    label: str
    value: Decimal | int | str
    note: str
    edge: str


def write_summary(book: Book, styles: Styles, context: Context, totals: RunTotals, ties: Ties) -> None:
    """Make the sheet. `ties` is what the sheet Charges came to, to be set against the rows."""
    sheet = book.sheet("Summary")
    sheet.widths(column_widths())
    grid = Grid(sheet, styles)
    _write_title(grid, context)
    _write_tiles(grid, context, totals)
    write_happened(grid, context, totals)
    write_needs(grid, context, totals)
    write_trust(grid, context, totals, ties)
    write_pictures(book, grid, context, totals)
    native = sheet.native
    native.hide_gridlines(2)
    native.activate()
    native.set_first_sheet()
    sheet.page(context.page(landscape=False, title="Summary"))
    native.print_area(0, 0, grid.row, LAST)
    native.center_horizontally()
    native.fit_to_pages(1, 1)


def _write_title(grid: Grid, context: Context) -> None:
    words, styles, sheet = context.words, grid.styles, grid.sheet
    report = context.report
    grid.space(6)
    sheet.merge(grid.row, FIRST, 8, words(Label.TITLE), styles.cell(bold=True, font_size=20))
    if context.options.brand.company:
        company = styles.grey(font_size=12, align="right")
        sheet.merge(grid.row, BLOCKS[3][0], LAST, context.options.brand.company, company)
    sheet.height(grid.row, 32)
    grid.row += 1
    names = context.file_names
    files = names[0] if len(names) == 1 else words(Label.FILES, first=names[0], more=words.count(len(names) - 1))
    identity = report.key.account
    account = context.account if context.account == identity else f"{context.account} ({identity})"
    world = words(Label.REHEARSED if context.rehearsal else Label.LIVE)
    parts = (files, words(Label.RUN, name=report.run.name), words(Label.ACCOUNT, name=account), world)
    grey = styles.grey(text_wrap=True)
    grid.full("  ·  ".join(parts), grey)
    grid.full("  ·  ".join(_when_and_who(context)), grey)
    _write_banners(grid, context)
    grid.space(9)


def _when_and_who(context: Context) -> list[str]:
    words, invocations, zone = context.words, context.report.invocations, context.options.timezone
    last = context.last
    if last is None:
        return [words.span(context.report.run.created.astimezone(zone), None)]
    end = invocations[-1].end
    closed = end.ended.astimezone(zone) if end else None
    parts = [f"{words.span(invocations[0].facts.started.astimezone(zone), closed)} ({zone})"]
    if len(invocations) > 1:
        parts.append(words(Label.INVOCATIONS, count=words.count(len(invocations))))
    return [*parts, words(Label.BY, user=last.user, host=last.host)]


def _write_banners(grid: Grid, context: Context) -> None:
    # What a reader must know before any figure: that it is a rehearsal, that it was halted, that it has not ended.
    words, styles = context.words, grid.styles
    banners: list[tuple[str, str, str]] = []
    if context.rehearsal:
        banners.append((words(Label.REHEARSAL), PALE[Status.DEFERRED], ORANGE))
    invocations = context.report.invocations
    end = invocations[-1].end if invocations else None
    if end is None:
        banners.append((words(Label.UNFINISHED), PALE[Status.NOT_SENT], STRONG[Status.NOT_SENT]))
    elif end.halt_reason:
        banners.append((words(Label.HALTED, reason=end.halt_reason), PALE[Status.REFUSED], STRONG[Status.REFUSED]))
    for text, fill, edge in banners:
        grid.space(5)
        style = styles.cell(bold=True, bg_color=fill, left=5, left_color=edge, indent=1, text_wrap=True)
        grid.full(text, style, room=92, line=16)


def _write_tiles(grid: Grid, context: Context, totals: RunTotals) -> None:
    sheet, styles = grid.sheet, grid.styles
    for (first, last), tile in zip(BLOCKS, _tiles(context, totals), strict=True):
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


def _tiles(context: Context, totals: RunTotals) -> tuple[_Tile, ...]:
    words, currency, accent = context.words, context.options.currency, context.options.brand.accent
    doubt = totals.counts[Status.DOUBT]
    bought = totals.counts[Status.PURCHASED]
    paid = _paid_note(context, totals)
    if doubt:
        risk = words(Label.AT_RISK_NOTE, currency=currency, count=words.count(doubt))
    else:
        risk = words(Label.AT_RISK_NONE, currency=currency)
    monthly = words(Label.MONTHLY_NOTE, currency=currency)
    if totals.unknown_monthly:
        monthly = words(Label.MONTHLY_UNKNOWN, currency=currency, count=words.count(totals.unknown_monthly))
    unknown = words(Label.UNKNOWN)
    no_charge = totals.unknown_charged and not totals.charged
    no_risk = totals.unknown_at_risk and not totals.at_risk
    no_monthly = totals.unknown_monthly and not totals.monthly
    return (
        _Tile(
            words(Label.WOULD_PAY if context.rehearsal else Label.PAID),
            unknown if no_charge else totals.charged,
            paid,
            accent,
        ),
        _Tile(words(Label.AT_RISK), unknown if no_risk else totals.at_risk, risk, STRONG[Status.DOUBT]),
        _Tile(words(Label.MONTHLY), unknown if no_monthly else totals.monthly, monthly, STRONG[Status.OWNED]),
        _Tile(
            words(Label.WOULD_BUY if context.rehearsal else Label.BOUGHT),
            bought,
            words(Label.BOUGHT_NOTE, count=words.count(totals.rows)),
            accent,
        ),
    )


def _paid_note(context: Context, totals: RunTotals) -> str:
    words, currency = context.words, context.options.currency
    if totals.unknown_charged:
        return words(Label.PAID_UNKNOWN, currency=currency, count=words.count(totals.unknown_charged))
    if not totals.charged:
        return words(Label.PAID_NOTHING, currency=currency)
    if not totals.estimated:
        return words(Label.PAID_SIMULATED if context.rehearsal else Label.PAID_CONFIRMED, currency=currency)
    if not totals.confirmed:
        return words(Label.PAID_ALL_ESTIMATED, currency=currency)
    return words(Label.PAID_ESTIMATED, currency=currency, amount=words.money(totals.estimated))
