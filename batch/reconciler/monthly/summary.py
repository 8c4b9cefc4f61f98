"""Summary of a month, one printed page: what was paid, in which runs and for whom, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from batch.ledger.records import Environment, Head, InvocationFacts, LedgerKey, Status
from batch.money import ZERO
from batch.reconciler.labels import Label
from batch.reconciler.monthly.labels import MonthLabel
from batch.reconciler.monthly.model import BookRate, Month, Sums
from batch.reconciler.workbook.context import Imprint
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import FIRST, LAST, Grid, column_widths
from batch.reconciler.workbook.page_head import (
    Banner,
    Tile,
    rehearsal_banner,
    unfinished_banner,
    write_tiles,
    write_title,
)
from batch.reconciler.workbook.styles import BLUE, COUNT, MONEY, STRONG, VERMILLION, Styles

_SHOWN = 8
"""Runs, and groups, that the page names."""


class _Line(NamedTuple):
    """A line of the table of what was paid. `italic`: an estimate."""

    name: str
    numbers: int | None
    amount: Decimal | None
    remark: str
    total: bool = False
    italic: bool = False


class _Page:
    """The page being written."""

    def __init__(self, grid: Grid, pages: Imprint, month: Month, book: BookRate | None, key: LedgerKey) -> None:
        self.grid = grid
        self.month = month
        self.words = pages.words
        self.options = pages.options
        self.title = pages.file
        self.rehearsal = pages.banner
        self.book = book
        self.key = key

    def head(self, facts: InvocationFacts) -> None:
        """Who, what and when, then the four figures."""
        words, month, whole, options = self.words, self.month, self.month.whole, self.options
        identity, name = self.key.account, options.account
        account = name if name == identity else f"{name} ({identity})" if name else identity
        rehearsed = self.key.environment is Environment.REHEARSAL
        moment = facts.started.astimezone(options.timezone)
        runs = words(MonthLabel.RUNS, count=words.count(len(month.runs)), all=words.count(month.all_runs))
        lines = (
            (words(Label.ACCOUNT, name=account), words(Label.REHEARSED if rehearsed else Label.LIVE), runs),
            (
                f"{words.day(moment)} {moment:%H:%M}",
                words(MonthLabel.ZONE, zone=str(options.timezone)),
                words(Label.BY, user=facts.user, host=facts.host),
            ),
        )
        banners: list[Banner] = [rehearsal_banner(self.rehearsal)] if rehearsed else []
        if not whole.bought:
            banners.append(unfinished_banner(words(MonthLabel.EMPTY)))
        write_title(self.grid, self.title, options.brand.company, lines, banners)
        currency, accent = options.currency, options.brand.accent
        risk = Label.AT_RISK_NOTE if whole.doubts else Label.AT_RISK_NONE
        recurring = words(MonthLabel.RECURRING_NOTE, currency=currency)
        if whole.unknown_recurring:
            recurring = words(Label.MONTHLY_UNKNOWN, currency=currency, count=words.count(whole.unknown_recurring))
        write_tiles(
            self.grid,
            (
                Tile(
                    words(MonthLabel.WOULD_PAY if rehearsed else MonthLabel.PAID),
                    words(Label.UNKNOWN) if whole.unpriced and not whole.charged else whole.charged,
                    self._paid_note(),
                    accent,
                ),
                Tile(
                    words(Label.AT_RISK),
                    words(Label.UNKNOWN) if whole.unknown_at_risk and not whole.at_risk else whole.at_risk,
                    words(risk, currency=currency, count=words.count(whole.doubts)),
                    STRONG[Status.DOUBT],
                ),
                Tile(
                    words(Label.MONTHLY),
                    words(Label.UNKNOWN) if whole.unknown_recurring and not whole.recurring else whole.recurring,
                    recurring,
                    STRONG[Status.OWNED],
                ),
                Tile(
                    words(Label.WOULD_BUY if rehearsed else Label.BOUGHT),
                    whole.bought,
                    words(MonthLabel.BOUGHT_NOTE, count=words.count(len(month.runs))),
                    accent,
                ),
            ),
        )

    def _paid_note(self) -> str:
        words, whole, currency = self.words, self.month.whole, self.options.currency
        if whole.unpriced:
            return words(Label.PAID_UNKNOWN, currency=currency, count=words.count(whole.unpriced))
        if not whole.charged:
            return words(Label.PAID_NOTHING, currency=currency)
        if whole.estimated:
            return words(Label.PAID_ESTIMATED, currency=currency, amount=words.money(whole.estimated))
        return words(Label.PAID_SIMULATED if self.rehearsal else Label.PAID_CONFIRMED, currency=currency)

    def paid(self) -> None:
        """A line a kind of charge, their sum, then what may come to it and what was given back."""
        words, grid = self.words, self.grid
        book = self.book
        other = [(8, 8, f"≈ {book.currency}", "right")] if book else []
        grid.headings(
            words(MonthLabel.WHAT),
            (5, 5, words(MonthLabel.NUMBERS), "right"),
            (7, 7, f"{words(MonthLabel.AMOUNT)} {self.options.currency}", "right"),
            *other,
            (10, LAST, words(Label.NOTE), "left"),
        )
        for line in self._lines():
            grid.background(total=line.total)
            style = grid.styles.total if line.total else grid.styles.line
            more: dict[str, object] = {"italic": True} if line.italic else {}
            grid.text(FIRST, 4, line.name, style(indent=1, **more))
            if line.numbers is not None:
                grid.sheet.number(grid.row, 5, line.numbers, style(align="right", num_format=COUNT, **more))
            if line.amount is not None:
                grid.sheet.number(grid.row, 7, line.amount, style(align="right", num_format=MONEY, **more))
                if book is not None:
                    shown = style(align="right", num_format=MONEY, font_color="#6B7280", italic=True)
                    grid.sheet.number(grid.row, 8, book.converted(line.amount), shown)
            grid.text(10, LAST, line.remark, style(indent=1, text_wrap=True, font_size=9, font_color="#6B7280"))
            grid.end_row()
        grid.space(9)

    def _lines(self) -> Iterator[_Line]:
        words, whole = self.words, self.month.whole
        yield _Line(words(MonthLabel.SETUP), None, whole.setup, "")
        yield _Line(words(MonthLabel.MONTHLY), None, whole.monthly, words(MonthLabel.MONTHLY_NOTE))
        if whole.estimated:
            note = words(MonthLabel.ESTIMATED_NOTE)
            yield _Line(words(MonthLabel.ESTIMATED), None, whole.estimated, note, italic=True)
        unpriced = words(MonthLabel.UNPRICED_NOTE, count=words.count(whole.unpriced)) if whole.unpriced else ""
        yield _Line(words(MonthLabel.TOTAL), whole.bought, whole.charged, unpriced, total=True)
        if whole.doubts:
            note = words(MonthLabel.AT_RISK_NOTE)
            yield _Line(words(MonthLabel.AT_RISK), whole.doubts, whole.at_risk, note, italic=True)
        if whole.returned:
            yield _Line(words(MonthLabel.RETURNED), whole.returned, None, words(MonthLabel.RETURNED_NOTE))

    def table(self, title: str, sheet: str, rows: Sequence[tuple[str, str, Sums]]) -> None:
        """Runs, or groups: those that were charged most, and how many more there are."""
        words, grid, styles = self.words, self.grid, self.grid.styles
        if not rows:
            return
        grid.headings(
            title,
            (7, 7, words(MonthLabel.NUMBERS), "right"),
            (8, 8, words(Label.CHARGED_NOW), "right"),
            (10, 10, words(MonthLabel.ESTIMATED).split(",")[0], "right"),
            (11, 11, words(Label.AT_RISK).split(",")[0], "right"),
        )
        for name, about, sums in sorted(rows, key=lambda one: -one[2].charged)[:_SHOWN]:
            grid.background()
            grid.text(FIRST, 5, f"{name}  ·  {about}" if about else name, styles.line(indent=1, text_wrap=True))
            grid.sheet.number(grid.row, 7, sums.bought, styles.line(align="right", num_format=COUNT))
            for column, amount, italic in (
                (8, sums.charged, False),
                (10, sums.estimated, True),
                (11, sums.at_risk, True),
            ):
                line = styles.line if amount else styles.grey_line
                more: dict[str, object] = {"italic": True} if italic and amount else {}
                grid.sheet.number(grid.row, column, amount, line(align="right", num_format=MONEY, **more))
            grid.end_row()
        if len(rows) > _SHOWN:
            grid.background()
            more_rows = words(MonthLabel.MORE, count=words.count(len(rows) - _SHOWN), sheet=sheet)
            grid.text(FIRST, LAST, more_rows, styles.grey_line(indent=1, italic=True))
            grid.end_row()
        grid.space(9)

    def trust(self, head: Head, group: str) -> None:
        """One line a check, with both figures and a verdict in words; then what it was read from."""
        words, grid, month = self.words, self.grid, self.month
        total = month.whole.charged
        grid.headings(words(MonthLabel.TRUST))
        figures = words(
            MonthLabel.CHARGES_FIGURES,
            count=words.count(month.charges),
            sum=words.money(month.charged),
            total=words.money(total),
        )
        self._check(words(MonthLabel.CHARGES), figures, ties=month.charged == total)
        checks = (
            (words(MonthLabel.BY_RUN), MonthLabel.RUN_FIGURES, (one.sums for one in month.runs)),
            (words(MonthLabel.BY_GROUP, group=group), MonthLabel.GROUP_FIGURES, month.groups.values()),
        )
        for name, label, parts in checks:
            found = _charged(parts)
            told = words(label, sum=words.money(found), total=words.money(total))
            self._check(name, told, ties=found == total)
        if month.undated:
            self._remark(MonthLabel.UNDATED, words(MonthLabel.UNDATED_NOTE, count=words.count(month.undated)))
        if self.book is not None:
            day = words(MonthLabel.AS_OF, day=self.book.day.isoformat()) if self.book.day else ""
            currency, rate = self.book.currency, f"{self.book.rate:f}"
            base = self.options.currency
            self._remark(MonthLabel.BOOK, words(MonthLabel.BOOK_NOTE, currency=currency, base=base, rate=rate, day=day))
        ledger = words(Label.LEDGER_FIGURES, id=head.ledger_id, entry=words.count(head.sequence), head=head.hash)
        self._remark(MonthLabel.LEDGER, ledger)
        grid.space(9)

    def _check(self, name: str, figures: str, *, ties: bool) -> None:
        grid, styles = self.grid, self.grid.styles
        grid.background()
        grid.text(FIRST, 2, name, styles.line(indent=1))
        grid.text(4, 8, figures, styles.line(text_wrap=True))
        verdict = self.words(Label.TIES if ties else Label.DOES_NOT_TIE)
        colour = BLUE if ties else VERMILLION
        grid.text(10, LAST, verdict, styles.line(bold=True, align="right", font_color=colour))
        grid.end_row()

    def _remark(self, label: MonthLabel, text: str) -> None:
        grid = self.grid
        grid.background()
        grid.text(FIRST, 2, self.words(label), grid.styles.line(indent=1))
        grid.text(4, LAST, text, grid.styles.grey_line(text_wrap=True))
        grid.end_row()


def _charged(parts: Iterable[Sums]) -> Decimal:
    return sum((one.charged for one in parts), ZERO)


def write_month_summary(
    book: Book,
    styles: Styles,
    pages: Imprint,
    month: Month,
    rate: BookRate | None,
    facts: InvocationFacts,
    key: LedgerKey,
    head: Head,
    group: str,
) -> None:
    """Make the sheet."""
    sheet = book.sheet("Summary")
    sheet.widths(column_widths())
    grid = Grid(sheet, styles)
    page = _Page(grid, pages, month, rate, key)
    page.head(facts)
    page.paid()
    runs = [(one.run.name, ", ".join(file.path.name for file in one.run.files), one.sums) for one in month.runs]
    page.table(pages.words(MonthLabel.BY_RUN), "By run", runs)
    groups = [(name, "", sums) for name, sums in month.groups.items()]
    page.table(pages.words(MonthLabel.BY_GROUP, group=group), "By group", groups)
    page.trust(head, group)
    grid.full(pages.words(MonthLabel.NOTE), styles.grey(text_wrap=True, font_size=9), room=104)
    native = sheet.native
    native.hide_gridlines(2)
    native.activate()
    native.set_first_sheet()
    sheet.page(pages.page(landscape=False, title="Summary"))
    native.print_area(0, 0, grid.row, LAST)
    native.center_horizontally()
    native.fit_to_pages(1, 1)
