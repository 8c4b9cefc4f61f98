"""Summary of an audit, one printed page: of what, what was found, which fields were compared and how the account calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from batch.ledger.records import InvocationFacts, Status
from batch.reconciler.audit import Audit, Compared, Finding
from batch.reconciler.labels import Label
from batch.reconciler.page_labels import AuditLabel
from batch.reconciler.workbook.context import Context, Pages
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import FIRST, LAST, Grid, column_widths
from batch.reconciler.workbook.page_head import Banner, Tile, halted_banner, rehearsal_banner, write_tiles, write_title
from batch.reconciler.workbook.styles import BLUE, COUNT, GREY, PALE, SHARE, STRONG, Styles

_FOUND = {
    Finding.AGREES: (AuditLabel.AGREES, Status.PURCHASED),
    Finding.DIFFERS: (AuditLabel.DIFFERS, Status.DEFERRED),
    Finding.GONE: (AuditLabel.GONE, Status.REFUSED),
    Finding.HELD: (AuditLabel.HELD, Status.OWNED),
    Finding.UNTOLD: (AuditLabel.UNTOLD, Status.DOUBT),
}
"""By finding: its words, and the status whose colour it has."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Who asked, from when (`facts`) until when, and how many numbers have each finding."""

    facts: InvocationFacts
    ended: datetime
    counts: Mapping[Finding, int]


def write_audit_summary(
    book: Book,
    styles: Styles,
    context: Context,
    pages: Pages,
    audit: Audit,
    heading: Heading,
    mask: Callable[[str], str],
) -> None:
    """Make the sheet."""
    sheet = book.sheet("Summary")
    sheet.widths(column_widths())
    grid = Grid(sheet, styles)
    _write_head(grid, context, audit, heading, mask)
    _write_found(grid, context, audit, heading, mask)
    _write_fields(grid, context, audit)
    grid.full(context.words(AuditLabel.NOTE), styles.grey(text_wrap=True, font_size=9), room=104)
    native = sheet.native
    native.hide_gridlines(2)
    native.activate()
    native.set_first_sheet()
    sheet.page(pages.page(landscape=False, title="Summary"))
    native.print_area(0, 0, grid.row, LAST)
    native.center_horizontally()
    native.fit_to_pages(1, 1)


def _write_head(grid: Grid, context: Context, audit: Audit, heading: Heading, mask: Callable[[str], str]) -> None:
    words, facts, zone = context.words, heading.facts, context.options.timezone
    names = context.file_names
    files = names[0] if len(names) == 1 else words(Label.FILES, first=names[0], more=words.count(len(names) - 1))
    world = words(Label.REHEARSED if context.rehearsal else Label.LIVE)
    run = words(Label.RUN, name=context.report.run.name)
    lines = (
        (files, run, words(Label.ACCOUNT, name=context.whole_account), world),
        (
            f"{words.span(facts.started.astimezone(zone), heading.ended.astimezone(zone))} ({zone})",
            words(Label.BY, user=facts.user, host=facts.host),
        ),
    )
    banners: list[Banner] = []
    if context.rehearsal:
        banners.append(rehearsal_banner(words(Label.REHEARSAL)))
    if audit.blocked:
        banners.append(halted_banner(words(Label.HALTED, reason=mask(audit.reason))))
    write_title(grid, words(AuditLabel.TITLE), context.options.brand.company, lines, banners)
    counts = heading.counts
    differ = audit.asked - counts[Finding.AGREES] - counts[Finding.UNTOLD]
    write_tiles(
        grid,
        (
            Tile(words(AuditLabel.ASKED), audit.asked, words(AuditLabel.ASKED_NOTE), context.options.brand.accent),
            Tile(
                words(AuditLabel.AGREE),
                counts[Finding.AGREES],
                words(AuditLabel.AGREE_NOTE),
                STRONG[Status.PURCHASED],
            ),
            Tile(
                words(AuditLabel.DIFFER),
                differ,
                words(AuditLabel.DIFFER_NOTE, count=words.count(len(audit.differences))),
                STRONG[Status.REFUSED],
            ),
            Tile(
                words(AuditLabel.NOT_TOLD), counts[Finding.UNTOLD], words(AuditLabel.UNTOLD_NOTE), STRONG[Status.DOUBT]
            ),
        ),
    )


def _write_found(grid: Grid, context: Context, audit: Audit, heading: Heading, mask: Callable[[str], str]) -> None:
    words, styles, sheet = context.words, grid.styles, grid.sheet
    grid.headings(
        words(AuditLabel.FOUND),
        (5, 5, words(Label.NUMBERS), "right"),
        (7, 7, words(Label.SHARE), "right"),
        (8, LAST, words(Label.NOTE), "left"),
    )
    for finding, count in heading.counts.items():
        label, status = _FOUND[finding]
        grid.background()
        line = styles.line if count else styles.grey_line
        colour = styles.ink if count else GREY
        grid.text(FIRST, 4, words(label), styles.line(bg_color=PALE[status], indent=1, font_color=colour))
        sheet.number(grid.row, 5, count, line(align="right", num_format=COUNT))
        if audit.asked:
            sheet.number(grid.row, 7, Decimal(count) / audit.asked, line(align="right", num_format=SHARE))
        remark = mask(audit.reason) if finding is Finding.UNTOLD and count else _remark(context, finding, count)
        grid.text(8, LAST, remark, styles.grey_line(indent=1, text_wrap=True))
        grid.end_row()
    grid.background(total=True)
    sheet.text(grid.row, FIRST, words(AuditLabel.ASKED), styles.total(indent=1))
    total = sum(heading.counts.values())
    sheet.number(grid.row, 5, total, styles.total(align="right", num_format=COUNT))
    rest = words(AuditLabel.NOT_ASKED, count=words.count(context.report.run.rows - audit.asked))
    sheet.merge(grid.row, 8, LAST, rest, styles.total(indent=1, font_color=GREY))
    grid.end_row()
    grid.space(9)


def _remark(context: Context, finding: Finding, count: int) -> str:
    return context.words(AuditLabel.SEE) if count and finding in {Finding.DIFFERS, Finding.GONE, Finding.HELD} else ""


def _write_fields(grid: Grid, context: Context, audit: Audit) -> None:
    words, styles, sheet = context.words, grid.styles, grid.sheet
    grid.headings(
        words(AuditLabel.FIELDS),
        (4, 5, words(AuditLabel.CALLED), "left"),
        (7, 7, words(AuditLabel.ASKED_FOR), "right"),
        (8, 8, words(AuditLabel.COMPARED), "right"),
        (9, LAST, words(Label.NOTE), "left"),
    )
    if not audit.fields:
        grid.background()
        grid.text(FIRST, LAST, words(AuditLabel.NO_FIELDS), styles.grey_line(indent=1))
        grid.end_row()
    for one in audit.fields:
        grid.background()
        line = styles.line if one.compared else styles.grey_line
        sheet.merge(grid.row, FIRST, 2, one.name, line(indent=1))
        sheet.merge(grid.row, 4, 5, one.called or "–", line(indent=1))
        sheet.number(grid.row, 7, one.asked, line(align="right", num_format=COUNT))
        sheet.number(grid.row, 8, one.compared, line(align="right", num_format=COUNT))
        colour = BLUE if one.compared and not one.silent else GREY
        grid.text(9, LAST, _said(context, one), styles.line(indent=1, text_wrap=True, font_color=colour))
        grid.end_row()
    grid.space(9)


def _said(context: Context, one: Compared) -> str:
    words = context.words
    if one.retired:
        return words(AuditLabel.RETIRED)
    if one.compared and one.silent:
        return words(AuditLabel.PARTLY, count=words.count(one.silent))
    if one.compared:
        return words(AuditLabel.WAS_COMPARED)
    return words(AuditLabel.NONE_SHOWN if one.called and not one.silent else AuditLabel.UNREPORTED)
