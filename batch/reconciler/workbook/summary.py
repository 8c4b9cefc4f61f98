"""Summary: one printed page that says who and what, what was paid, what went wrong, and whether it can be trusted."""

from __future__ import annotations

from batch.ledger.records import Status
from batch.reconciler.labels import Label
from batch.reconciler.totals import RunTotals
from batch.reconciler.workbook.charts import write_pictures
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import LAST, Grid, column_widths
from batch.reconciler.workbook.page_head import (
    Banner,
    Tile,
    halted_banner,
    rehearsal_banner,
    unfinished_banner,
    write_tiles,
    write_title,
)
from batch.reconciler.workbook.styles import STRONG, Styles
from batch.reconciler.workbook.summary_tables import write_happened, write_needs
from batch.reconciler.workbook.trust import Ties, write_trust

__all__ = ["Ties", "write_summary"]


def write_summary(book: Book, styles: Styles, context: Context, totals: RunTotals, ties: Ties) -> None:
    """Make the sheet. `ties` is what the sheet Charges came to, to be set against the rows."""
    sheet = book.sheet("Summary")
    sheet.widths(column_widths())
    grid = Grid(sheet, styles)
    _write_title(grid, context)
    write_tiles(grid, _tiles(context, totals))
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
    words, report = context.words, context.report
    names = context.file_names
    files = names[0] if len(names) == 1 else words(Label.FILES, first=names[0], more=words.count(len(names) - 1))
    world = words(Label.REHEARSED if context.rehearsal else Label.LIVE)
    account = words(Label.ACCOUNT, name=context.whole_account)
    who = (files, words(Label.RUN, name=report.run.name), account, world)
    lines = (who, _when_and_who(context))
    write_title(grid, words(Label.TITLE), context.options.brand.company, lines, _banners(context))


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


def _banners(context: Context) -> list[Banner]:
    words, banners = context.words, []
    if context.rehearsal:
        banners.append(rehearsal_banner(words(Label.REHEARSAL)))
    invocations = context.report.invocations
    end = invocations[-1].end if invocations else None
    if end is None:
        banners.append(unfinished_banner(words(Label.UNFINISHED)))
    elif end.halt_reason:
        banners.append(halted_banner(words(Label.HALTED, reason=end.halt_reason)))
    return banners


def _tiles(context: Context, totals: RunTotals) -> tuple[Tile, ...]:
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
        Tile(
            words(Label.WOULD_PAY if context.rehearsal else Label.PAID),
            unknown if no_charge else totals.charged,
            paid,
            accent,
        ),
        Tile(words(Label.AT_RISK), unknown if no_risk else totals.at_risk, risk, STRONG[Status.DOUBT]),
        Tile(words(Label.MONTHLY), unknown if no_monthly else totals.monthly, monthly, STRONG[Status.OWNED]),
        Tile(
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
