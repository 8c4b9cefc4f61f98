"""The plan's page: the verdict, what it costs, what is asked for, what would stop it, what happens next, and lines to sign."""

from __future__ import annotations

from collections.abc import Sequence

from batch.ledger.records import Status
from batch.plan.model import Plan
from batch.reconciler.labels import Label, Words
from batch.reconciler.page_labels import PlanLabel
from batch.reconciler.plan_facts import PlanFacts
from batch.reconciler.workbook.context import Pages, ReportOptions
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import FIRST, LAST, Grid, column_widths, lines
from batch.reconciler.workbook.halves import write_tables
from batch.reconciler.workbook.page_head import Tile, rehearsal_banner, write_tiles, write_title
from batch.reconciler.workbook.plan_tables import (
    asked_tables,
    file_table,
    group_tables,
    price_table,
)
from batch.reconciler.workbook.styles import BLUE, PALE, STRONG, VERMILLION, Styles

_REASONS, _REMARKS = 6, 4


def write_plan_summary(
    book: Book, styles: Styles, pages: Pages, plan: Plan, facts: PlanFacts, options: ReportOptions, words: Words
) -> None:
    """Make the sheet."""
    sheet = book.sheet("Plan")
    sheet.widths(column_widths())
    grid = Grid(sheet, styles)
    _write_head(grid, facts, options, words)
    _write_verdict(grid, plan, words)
    _write_sentences(grid, words(PlanLabel.STOPS), plan.reasons, _REASONS, words)
    write_tiles(grid, _tiles(plan, options, words))
    write_tables(grid, file_table(facts, words))
    write_tables(grid, *asked_tables(plan, facts, options, words))
    write_tables(grid, *group_tables(plan, facts, words))
    if plan.by_price:
        write_tables(grid, price_table(plan, words))
    _write_sentences(grid, words(PlanLabel.REMARKS), plan.remarks, _REMARKS, words)
    _write_next(grid, plan, facts, options, words)
    _write_signatures(grid, words)
    native = sheet.native
    native.hide_gridlines(2)
    native.activate()
    native.set_first_sheet()
    sheet.page(pages.page(landscape=False, title="Plan"))
    native.print_area(0, 0, grid.row, LAST)
    native.center_horizontally()
    native.fit_to_pages(1, 1)


def _write_head(grid: Grid, facts: PlanFacts, options: ReportOptions, words: Words) -> None:
    names = facts.file_names
    files = names[0] if len(names) == 1 else words(Label.FILES, first=names[0], more=words.count(len(names) - 1))
    world = words(Label.REHEARSED if facts.rehearsal else Label.LIVE)
    made = facts.made.astimezone(options.timezone)
    head = [
        (files, words(Label.ACCOUNT, name=facts.account_words(options)), world),
        (f"{words.span(made, made)} ({options.timezone})", words(Label.BY, user=facts.user, host=facts.host)),
    ]
    if facts.run:
        head[0] = (files, words(Label.RUN, name=facts.run), *head[0][1:])
    banners = [rehearsal_banner(words(PlanLabel.REHEARSAL))] if facts.rehearsal else []
    write_title(grid, words(PlanLabel.TITLE), options.brand.company, head, banners)


def _write_verdict(grid: Grid, plan: Plan, words: Words) -> None:
    fill, edge = (PALE[Status.PURCHASED], BLUE) if plan.go else (PALE[Status.REFUSED], VERMILLION)
    styles, sheet = grid.styles, grid.sheet
    big = styles.cell(bold=True, font_size=26, font_color=edge, bg_color=fill, left=5, left_color=edge, indent=1)
    sheet.merge(grid.row, FIRST, 2, words(PlanLabel.GO if plan.go else PlanLabel.NO_GO), big)
    sheet.merge(grid.row, 3, LAST, _why(plan, words), styles.cell(font_size=14, bg_color=fill, indent=1, shrink=True))
    sheet.height(grid.row, 48)
    grid.row += 1
    grid.space(9)


def _why(plan: Plan, words: Words) -> str:
    if plan.go:
        return words(PlanLabel.GO_NOTE)
    count = len(plan.reasons)
    return words(PlanLabel.NO_GO_ONE) if count == 1 else words(PlanLabel.NO_GO_NOTE, count=words.count(count))


def _write_sentences(grid: Grid, title: str, sentences: Sequence[str], most: int, words: Words) -> None:
    if not sentences:
        return
    styles = grid.styles
    grid.headings(title)
    shown = sentences if len(sentences) <= most else sentences[: most - 1]
    for sentence in shown:
        grid.background()
        grid.text(FIRST, LAST, sentence[:1].upper() + sentence[1:], styles.line(indent=1, text_wrap=True))
        grid.end_row()
    if len(shown) < len(sentences):
        more = words(PlanLabel.MORE, count=words.count(len(sentences) - len(shown)))
        grid.background()
        grid.text(FIRST, LAST, more, styles.grey_line(indent=1, italic=True))
        grid.end_row()
    grid.space(9)


def _tiles(plan: Plan, options: ReportOptions, words: Words) -> tuple[Tile, ...]:
    currency, unknown = options.currency, words(PlanLabel.UNKNOWN)
    cost = words(PlanLabel.COST_NOTE, currency=currency)
    if plan.worst > plan.priced:
        cost = words(PlanLabel.COST_WORST, currency=currency, amount=words.money(plan.worst))
    if plan.unpriced:
        cost = words(PlanLabel.COST_UNKNOWN, currency=currency, count=words.count(plan.unpriced))
    after = words(PlanLabel.BALANCE_UNKNOWN)
    if plan.balance is not None:
        label = PlanLabel.BALANCE_AFTER if plan.cost is not None else PlanLabel.BALANCE_AFTER_MOST
        after = words(label, amount=words.money(plan.balance - plan.priced), currency=currency)
    short = plan.balance is not None and plan.priced > plan.balance
    return (
        Tile(
            words(_cost_label(plan)),
            unknown if plan.cost is None and not plan.priced else plan.priced,
            cost,
            options.brand.accent,
        ),
        Tile(
            words(PlanLabel.MONTHLY),
            unknown if plan.monthly is None else plan.monthly,
            words(PlanLabel.MONTHLY_NOTE, currency=currency),
            STRONG[Status.OWNED],
        ),
        Tile(
            words(PlanLabel.BALANCE),
            unknown if plan.balance is None else plan.balance,
            after,
            VERMILLION if short else STRONG[Status.OWNED],
        ),
        Tile(
            words(PlanLabel.TO_BUY),
            plan.to_buy,
            words(PlanLabel.TO_BUY_NOTE, count=words.count(plan.numbers)),
            options.brand.accent,
        ),
    )


def _cost_label(plan: Plan) -> PlanLabel:
    if plan.cost is None:
        return PlanLabel.COST_LEAST
    return PlanLabel.COST_LISTED if plan.worst > plan.priced else PlanLabel.COST


def _write_next(grid: Grid, plan: Plan, facts: PlanFacts, options: ReportOptions, words: Words) -> None:
    styles = grid.styles
    grid.headings(words(PlanLabel.NEXT))
    grid.background()
    if plan.go:
        grid.text(FIRST, 2, words(PlanLabel.RUN_IT), styles.line(indent=1, text_wrap=True))
        grid.text(4, LAST, facts.command, styles.line(indent=1, text_wrap=True, bold=True))
    else:
        grid.text(FIRST, LAST, words(PlanLabel.AGAIN), styles.line(indent=1, text_wrap=True))
    grid.end_row()
    if facts.plan_id:
        parts = [words(PlanLabel.PLAN_ID, id=facts.plan_id)]
        if facts.expires is not None:
            until = facts.expires.astimezone(options.timezone)
            parts.append(words(PlanLabel.EXPIRES, moment=words.span(until, until)))
        grid.background()
        grid.text(FIRST, LAST, "  ·  ".join(parts), styles.grey_line(indent=1, text_wrap=True))
        grid.end_row()
    grid.space(9)


def _write_signatures(grid: Grid, words: Words) -> None:
    styles, sheet = grid.styles, grid.sheet
    for label in (PlanLabel.DECIDED, PlanLabel.CARRIED_OUT):
        grid.space(32)
        for first, last in ((4, 5), (7, 8), (10, 11)):
            sheet.blank(grid.row - 1, first, last, styles.cell(bottom=1, bottom_color=styles.ink))
        sheet.merge(grid.row, FIRST, 2, words(label), styles.cell(bold=True, indent=1, valign="top"))
        small = styles.grey(font_size=9, valign="top")
        for first, last, what in (
            (4, 5, PlanLabel.NAME),
            (7, 8, PlanLabel.DATE),
            (10, 11, PlanLabel.SIGNATURE),
        ):
            sheet.merge(grid.row, first, last, words(what), small)
        sheet.height(grid.row, 4 + 13 * lines(words(label), 24))
        grid.row += 1
