"""Summary of a match, one printed page: the way from the ledger's total to the invoice's, reason by reason, and whether it adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from batch.ledger.records import Environment, InvocationFacts, Status
from batch.reconciler.labels import Label
from batch.reconciler.matching.labels import OUTCOMES, REASONS, MatchLabel
from batch.reconciler.matching.model import UNEXPLAINED, Match, Outcome, Reason, Sum, outcome_of
from batch.reconciler.workbook.context import Imprint
from batch.reconciler.workbook.engine import Book, Style
from batch.reconciler.workbook.grid import FIRST, LAST, Grid, column_widths
from batch.reconciler.workbook.page_head import Tile, rehearsal_banner, write_tiles, write_title
from batch.reconciler.workbook.styles import BLUE, COUNT, GREY, MONEY, PALE, STRONG, VERMILLION, Styles

_SHOWN = 4
"""Totals, and files, that the page names."""
_COLOURS = {
    Outcome.AGREES: Status.PURCHASED,
    Outcome.EXPECTED: Status.OWNED,
    Outcome.DIFFERS: Status.DEFERRED,
    Outcome.NOT_BOUGHT: Status.REFUSED,
    Outcome.NOT_BILLED: Status.DOUBT,
}


class _Line(NamedTuple):
    """A line of "can it be trusted": its name, what it says, and a verdict where there is one."""

    name: str
    text: str
    ties: bool | None = None


class _Page:
    """The page being written."""

    def __init__(
        self, grid: Grid, match: Match, pages: Imprint, facts: InvocationFacts, mask: Callable[[str], str]
    ) -> None:
        self.grid = grid
        self.match = match
        self.words = pages.words
        self.options = pages.options
        self.facts = facts
        self.mask = mask

    def head(self) -> None:
        """Who, what and when, then the four figures."""
        words, match, books = self.words, self.match, self.match.books
        names = [invoice.path.name for invoice in match.invoices]
        rehearsed = books.key.environment is Environment.REHEARSAL
        files = (
            names[0]
            if len(names) == 1
            else words(MatchLabel.MORE_FILES, first=names[0], more=words.count(len(names) - 1))
        )
        moment = self.facts.started.astimezone(self.options.timezone)
        identity, name = books.key.account, self.options.account
        account = name if name == identity else f"{name} ({identity})" if name else identity
        lines = (
            (files, words(Label.ACCOUNT, name=account), words(Label.REHEARSED if rehearsed else Label.LIVE)),
            (
                f"{words.day(moment)} {moment:%H:%M} ({self.options.timezone})",
                words(Label.BY, user=self.facts.user, host=self.facts.host),
            ),
            (self._period(),),
        )
        banners = [rehearsal_banner(words(Label.REHEARSAL))] if rehearsed else []
        write_title(self.grid, words(MatchLabel.TITLE), self.options.brand.company, lines, banners)
        currency, rest = books.currency, self._unexplained()
        explained = words(MatchLabel.DIFFERENCE_NOTE, currency=currency, amount=words.money(match.explained))
        tiles = (
            self._tile(MatchLabel.BILLED, match.billed, MatchLabel.BILLED_NOTE, match.lines, self.options.brand.accent),
            self._tile(MatchLabel.BOUGHT, books.total, MatchLabel.BOUGHT_NOTE, books.count, STRONG[Status.PURCHASED]),
            Tile(words(MatchLabel.DIFFERENCE), match.difference, explained, STRONG[Status.DEFERRED]),
            self._tile(
                MatchLabel.UNEXPLAINED,
                match.unexplained,
                MatchLabel.UNEXPLAINED_NOTE,
                rest.pieces,
                STRONG[Status.REFUSED],
            ),
        )
        write_tiles(self.grid, tiles)

    def _tile(self, label: MatchLabel, amount: Decimal, note: MatchLabel, count: int, edge: str) -> Tile:
        words = self.words
        told = words(note, currency=self.match.books.currency, count=words.count(count))
        return Tile(words(label), amount, told, edge)

    def _period(self) -> str:
        words, period = self.words, self.match.books.period
        if period.first is None and period.last is None:
            return words(MatchLabel.ALL_CHARGES, source=period.source)
        first, last = (self._day(day) for day in (period.first, period.last))
        return words(MatchLabel.PERIOD, first=first, last=last, source=period.source)

    def _day(self, day: date | None) -> str:
        if day is None:
            return self.words(MatchLabel.OPEN)
        return self.words.day(datetime.combine(day, time(), self.options.timezone))

    def _unexplained(self) -> Sum:
        whole = Sum()
        for reason in UNEXPLAINED:
            whole.pieces += self.match.by_reason[reason].pieces
        return whole

    def bridge(self) -> None:
        """From the ledger's total to the invoice's: an amount for each reason, to the cent."""
        words, books, match, grid = self.words, self.match.books, self.match, self.grid
        grid.headings(
            words(MatchLabel.FROM_TO),
            (7, 7, words(MatchLabel.LINES), "right"),
            (8, 8, words(MatchLabel.AMOUNT), "right"),
            (10, LAST, words(Label.NOTE), "left"),
        )
        note = words(MatchLabel.LEDGER_NOTE, count=words.count(books.count), outside=words.count(books.outside))
        self._bridge_row(words(MatchLabel.LEDGER_TOTAL), None, books.total, note, GREY)
        for reason, one in self._told():
            fill = PALE[_COLOURS[outcome_of(reason)]]
            remark = words(MatchLabel.UNEXPLAINED) if reason in UNEXPLAINED else ""
            if reason in {Reason.AGREES, Reason.ONE_LINE}:
                remark = words(MatchLabel.ROUNDED)
            self._bridge_row(self._reason(reason), one.lines, one.difference, remark, GREY, fill)
        grid.background(total=True)
        total = grid.styles.total
        grid.sheet.merge(grid.row, FIRST, 5, words(MatchLabel.INVOICE_TOTAL), total(indent=1))
        grid.sheet.number(grid.row, 7, match.lines, total(align="right", num_format=COUNT))
        grid.sheet.number(grid.row, 8, match.billed, total(align="right", num_format=MONEY))
        parts = words(MatchLabel.EXPLAINED, explained=words.money(match.explained), rest=words.money(match.unexplained))
        grid.text(10, LAST, parts, total(indent=1, font_color=GREY, text_wrap=True, font_size=9))
        grid.end_row()
        grid.space(9)

    def _told(self) -> Iterator[tuple[Reason, Sum]]:
        """The reasons that a part of the difference has, or that need a person."""
        fine = {Reason.AGREES, Reason.ONE_LINE}
        for reason, one in self.match.by_reason.items():
            if one.difference or (one.pieces and reason not in fine):
                yield reason, one

    def _bridge_row(
        self, label: str, lines: int | None, amount: Decimal, remark: str, colour: str, fill: str | None = None
    ) -> None:
        grid, styles = self.grid, self.grid.styles
        grid.background()
        filled: dict[str, object] = {} if fill is None else {"bg_color": fill}
        grid.text(FIRST, 5, label, styles.line(indent=1, **filled))
        if lines is not None:
            grid.sheet.number(grid.row, 7, lines, styles.line(align="right", num_format=COUNT))
        grid.sheet.number(grid.row, 8, amount, styles.line(align="right", num_format=MONEY))
        grid.text(10, LAST, remark, styles.line(indent=1, text_wrap=True, font_color=colour, font_size=9))
        grid.end_row()

    def _reason(self, reason: Reason) -> str:
        return REASONS[reason][0 if self.words.language == "en" else 1]

    def outcomes(self) -> None:
        """What the lines are, in money billed and bought."""
        words, grid, styles, match = self.words, self.grid, self.grid.styles, self.match
        grid.headings(
            words(MatchLabel.WHAT),
            (7, 7, words(MatchLabel.LINES), "right"),
            (8, 8, words(MatchLabel.BILLED_SUM), "right"),
            (10, 10, words(MatchLabel.BOUGHT_SUM), "right"),
            (11, 11, words(MatchLabel.DIFFERENCE), "right"),
        )
        index = 0 if words.language == "en" else 1
        for outcome in Outcome:
            one = match.of(outcome)
            grid.background()
            colour = styles.ink if one.pieces else GREY
            fill = PALE[_COLOURS[outcome]]
            grid.text(FIRST, 5, OUTCOMES[outcome][index], styles.line(bg_color=fill, indent=1, font_color=colour))
            self._figures(one, styles.line if one.pieces else styles.grey_line)
        grid.background(total=True)
        grid.sheet.merge(grid.row, FIRST, 5, words(MatchLabel.ALL), styles.total(indent=1))
        self._figures(Sum(lines=match.lines, billed=match.billed, bought=match.books.total), styles.total)
        grid.space(9)

    def _figures(self, one: Sum, style: Callable[..., Style]) -> None:
        grid = self.grid
        grid.sheet.number(grid.row, 7, one.lines, style(align="right", num_format=COUNT))
        for column, amount in ((8, one.billed), (10, one.bought), (11, one.difference)):
            grid.sheet.number(grid.row, column, amount, style(align="right", num_format=MONEY))
        grid.end_row()

    def trust(self) -> None:
        """One line a check, with its figures and a verdict in words; then what it was read from."""
        words, grid, styles = self.words, self.grid, self.grid.styles
        grid.headings(words(MatchLabel.TRUST))
        for line in (*self._checks(), *self._sources()):
            grid.background()
            grid.text(FIRST, 2, line.name, styles.line(indent=1))
            if line.ties is None:
                grid.text(4, LAST, self.mask(line.text), styles.grey_line(indent=1, text_wrap=True))
            else:
                grid.text(4, 8, self.mask(line.text), styles.line(indent=1, text_wrap=True))
                verdict = words(MatchLabel.TIES if line.ties else MatchLabel.DIFFERS)
                colour = BLUE if line.ties else VERMILLION
                grid.text(10, LAST, verdict, styles.line(indent=1, bold=True, font_color=colour))
            grid.end_row()
        grid.space(9)

    def _checks(self) -> Iterator[_Line]:
        words, match = self.words, self.match
        ledger, billed = match.books.total, match.billed
        figures = words(
            MatchLabel.SUM_FIGURES,
            ledger=words.money(ledger),
            explained=self._signed(match.explained),
            rest=self._signed(match.unexplained),
            billed=words.money(billed),
        )
        yield _Line(words(MatchLabel.SUM), figures, ledger + match.explained + match.unexplained == billed)
        totals = [(invoice, total) for invoice in match.invoices for total in invoice.totals]
        totals.sort(key=lambda one: one[1].agrees)
        for invoice, total in totals[:_SHOWN]:
            text = words(
                MatchLabel.TOTAL_FIGURES,
                name=f"{invoice.path.name}, {total.label}" if len(match.invoices) > 1 else total.label,
                amount=words.money(total.amount),
                lines=words.money(total.lines),
            )
            yield _Line(words(MatchLabel.TOTAL_ROW, row=str(total.row)), text, total.agrees)
        if len(totals) > _SHOWN:
            rest = totals[_SHOWN:]
            more = words(MatchLabel.MORE_TOTALS, count=words.count(len(rest)))
            yield _Line("", more, all(total.agrees for _, total in rest))
        elif not totals:
            yield _Line(words(MatchLabel.TOTALS), words(MatchLabel.NO_TOTAL))

    def _signed(self, amount: Decimal) -> str:
        return f"{'−' if amount < 0 else '+'} {self.words.money(abs(amount))}"

    def _sources(self) -> Iterator[_Line]:
        words, match = self.words, self.match
        if match.rate is not None:
            label = MatchLabel.TAX_GIVEN if match.rate_given else MatchLabel.TAX_FOUND
            yield _Line(words(MatchLabel.TAX), words(label, rate=f"{(match.rate * 100).normalize():f} %"))
        for invoice in match.invoices[:_SHOWN]:
            yield _Line(words(MatchLabel.FILE), f"{invoice.path.name}: SHA-256 {invoice.sha256}")
            columns = ", ".join(f"{name} = {header}" for name, header in invoice.columns.items())
            yield _Line(words(MatchLabel.COLUMNS), columns)
            for remark in invoice.remarks:
                yield _Line(words(MatchLabel.REMARK), remark)


def write_match_summary(
    book: Book, styles: Styles, pages: Imprint, match: Match, facts: InvocationFacts, mask: Callable[[str], str]
) -> None:
    """Make the sheet."""
    sheet = book.sheet("Summary")
    sheet.widths(column_widths())
    grid = Grid(sheet, styles)
    page = _Page(grid, match, pages, facts, mask)
    page.head()
    page.bridge()
    page.outcomes()
    page.trust()
    grid.full(pages.words(MatchLabel.NOTE), styles.grey(text_wrap=True, font_size=9), room=104)
    native = sheet.native
    native.hide_gridlines(2)
    native.activate()
    native.set_first_sheet()
    sheet.page(pages.page(landscape=False, title="Summary"))
    native.print_area(0, 0, grid.row, LAST)
    native.center_horizontally()
    native.fit_to_pages(1, 1)
