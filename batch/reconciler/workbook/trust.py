"""Can it be trusted: each check with both its figures and a verdict in words.

The balance statement: opening − charges of this run − other movements = closing, the other movements being what is left.
*Reconciled*: nothing is left. *Other activity*: something is, and every charge of ours is confirmed, so it was somebody
else's (another purchase, a top-up, calls). *Check*: something is, and some of ours are estimated, unknown or in doubt, so it
may be ours. Without both balances it was *not measured*.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from batch.ledger.records import RunReport, Status
from batch.reconciler.labels import Label, Words
from batch.reconciler.totals import RunTotals
from batch.reconciler.workbook.context import Context
from batch.reconciler.workbook.grid import BLOCKS, FIRST, LAST, Grid
from batch.reconciler.workbook.styles import BLUE, GREY, ORANGE, VERMILLION

_SHOWN_FILES = 3


class Ties(NamedTuple):
    """What the sheet Charges came to: the sum of its amounts, and its rows."""

    amount: Decimal
    charges: int


class Verdict(Enum):
    """How a check ended."""

    TIES = Label.TIES
    DOES_NOT_TIE = Label.DOES_NOT_TIE
    RECONCILED = Label.RECONCILED
    OTHER_ACTIVITY = Label.OTHER_ACTIVITY
    CHECK = Label.CHECK
    NOT_MEASURED = Label.NOT_MEASURED


_COLOURS = {
    Verdict.TIES: BLUE,
    Verdict.RECONCILED: BLUE,
    Verdict.DOES_NOT_TIE: VERMILLION,
    Verdict.CHECK: VERMILLION,
    Verdict.OTHER_ACTIVITY: ORANGE,
    Verdict.NOT_MEASURED: GREY,
}


class Balance(NamedTuple):
    """The balance statement. Amounts are None where they were not measured."""

    opening: Decimal | None
    closing: Decimal | None
    other: Decimal | None
    verdict: Verdict


def balance_statement(report: RunReport, totals: RunTotals) -> Balance:
    """The balance before the first invocation and after the last, and what is left between them."""
    ends = [one.end for one in report.invocations]
    opening = ends[0].opening_balance if ends and ends[0] else None
    closing = ends[-1].closing_balance if ends and ends[-1] else None
    if opening is None or closing is None:
        return Balance(opening, closing, None, Verdict.NOT_MEASURED)
    other = opening - totals.charged - closing
    if other == 0:
        verdict = Verdict.RECONCILED
    elif totals.estimated or totals.unknown_charged or totals.counts[Status.DOUBT]:
        verdict = Verdict.CHECK
    else:
        verdict = Verdict.OTHER_ACTIVITY
    return Balance(opening, closing, other, verdict)


class _Check(NamedTuple):
    name: str
    figures: str
    verdict: Verdict | None


def write_trust(grid: Grid, context: Context, totals: RunTotals, ties: Ties) -> None:
    """Write the checks, and what the reader should know of the figures."""
    words, styles, sheet = context.words, grid.styles, grid.sheet
    grid.headings(words(Label.TRUSTED))
    for check in (*_checks(context, totals, ties), *_remarks(context, totals), *_sources(context)):
        grid.background()
        sheet.merge(grid.row, FIRST, 2, check.name, styles.line(indent=1))
        last = 9 if check.verdict else LAST
        style = styles.line if check.verdict else styles.grey_line
        grid.text(4, last, check.figures, style(text_wrap=True))
        if check.verdict:
            verdict = styles.line(bold=True, align="right", font_color=_COLOURS[check.verdict])
            sheet.merge(grid.row, *BLOCKS[3], words(check.verdict.value), verdict)
        grid.end_row()
    grid.space(9)


def _checks(context: Context, totals: RunTotals, ties: Ties) -> list[_Check]:
    words, rows = context.words, context.report.run.rows
    statuses = words(Label.ROWS_FIGURES, sum=words.count(totals.rows), rows=words.count(rows))
    money = words(
        Label.MONEY_FIGURES,
        count=words.count(ties.charges),
        sum=words.money(ties.amount),
        total=words.money(totals.charged),
        currency=context.options.currency,
    )
    balance = balance_statement(context.report, totals)
    return [
        _Check(words(Label.ROWS), statuses, _tied(totals.rows == rows)),
        _Check(words(Label.MONEY), money, _tied(ties.amount == totals.charged)),
        _Check(words(Label.BALANCE), _balance_figures(words, balance, totals), balance.verdict),
    ]


def _tied(equal: bool) -> Verdict:  # noqa: FBT001  # reads as it says
    return Verdict.TIES if equal else Verdict.DOES_NOT_TIE


def _balance_figures(words: Words, balance: Balance, totals: RunTotals) -> str:
    def shown(amount: Decimal | None) -> str:
        return "?" if amount is None else words.money(amount)

    if balance.opening is None and balance.closing is None:
        return "–"
    return words(
        Label.BALANCE_FIGURES,
        opening=shown(balance.opening),
        charges=words.money(totals.charged),
        other=shown(balance.other),
        closing=shown(balance.closing),
    )


def _remarks(context: Context, totals: RunTotals) -> list[_Check]:
    words, found = context.words, list[_Check]()
    if totals.estimated:
        note = words(Label.ESTIMATES_NOTE, amount=words.money(totals.estimated), currency=context.options.currency)
        found.append(_Check(words(Label.ESTIMATES), note, None))
    if totals.unknown_charged or totals.unknown_at_risk:
        note = words(
            Label.UNKNOWN_PRICES_NOTE,
            charged=words.count(totals.unknown_charged),
            doubt=words.count(totals.unknown_at_risk),
        )
        found.append(_Check(words(Label.UNKNOWN_PRICES), note, None))
    if totals.presumed:
        note = words(Label.PRESUMPTIONS_NOTE, count=words.count(totals.presumed))
        found.append(_Check(words(Label.PRESUMPTIONS), note, None))
    return found


def _sources(context: Context) -> list[_Check]:
    words, report = context.words, context.report
    files = report.run.files
    several = len(files) > 1
    found = [
        _Check(
            words(Label.ORDER_SHEET) if not index else "",
            f"{context.file_names[index]}: SHA-256 {one.sha256}" if several else f"SHA-256 {one.sha256}",
            None,
        )
        for index, one in enumerate(files[:_SHOWN_FILES])
    ]
    if len(files) > _SHOWN_FILES:
        found.append(_Check("", words(Label.MORE_FILES, count=words.count(len(files) - _SHOWN_FILES)), None))
    head = report.head
    ledger = words(Label.LEDGER_FIGURES, id=head.ledger_id, entry=words.count(head.sequence), head=head.hash)
    found.append(_Check(words(Label.LEDGER), ledger, None))
    version = f"numbatch {context.last.version}" if context.last else "numbatch"
    found.append(_Check(words(Label.PROGRAM), words(Label.PROGRAM_NOTE, version=version, run=report.run.name), None))
    return found
