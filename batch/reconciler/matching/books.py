"""The ledger's side of a match: what every run of the account bought, and when, and what is known of the other numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal

from batch.codes import CodeTable
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Status
from batch.loader.invoice import Invoice
from batch.reconciler.matching.model import Books, Charge, Period, Standing
from batch.reconciler.results import Charged, Judge, ResultRow

_KNOWN = frozenset({Status.REFUSED, Status.DOUBT, Status.OWNED, Status.DEFERRED, Status.NOT_SENT, Status.DUPLICATE})
_WEIGHT = {Status.DOUBT: 3, Status.OWNED: 2}
"""Of several runs' words on a number, the weightiest counts, and of those the latest."""


def read_books(reader: LedgerReader, codes: CodeTable, period: Period, zone: tzinfo, currency: str) -> Books:
    """Everything that the ledger knows, with the charges of the `period` apart. Raises `LedgerError` where it can't be read."""
    charges: dict[str, list[Charge]] = {}
    others: dict[str, list[Charge]] = {}
    standings: dict[str, Standing] = {}
    runs = list(reversed(reader.runs()))
    for run in runs:
        report = reader.report(run)
        judge = Judge(codes, run.name, report.assumed, report.ever_assumed)
        for result in judge.results(reader.rows(run)):
            if result.charged is Charged.YES:
                charge = _charge(result, run.name, zone)
                side = charges if period.holds(charge.day) else others
                side.setdefault(charge.number, []).append(charge)
            elif result.row.status in _KNOWN:
                _note(standings, result, run.name)
    return Books(reader.key, currency, period, charges, others, standings, len(runs))


def _charge(result: ResultRow, run: str, zone: tzinfo) -> Charge:
    row = result.row
    # As on the sheet Charges: the provider charges when it sells.
    day = _day(row.requested_at or row.confirmed_at, zone)
    if result.confirmed:
        setup, monthly, estimate = row.setup, row.monthly, None
    else:
        setup, monthly, estimate = None, None, result.charged_now
    return Charge(row.number, run, row.source.row, day, setup, monthly, estimate, _day(row.released_at, zone))


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _note(standings: dict[str, Standing], result: ResultRow, run: str) -> None:
    row = result.row
    before = standings.get(row.number)
    if before is None or _WEIGHT.get(row.status, 1) >= _WEIGHT.get(before.status, 1):
        note = result.reason if row.code is None else f"{result.reason} ({row.code})"
        standings[row.number] = Standing(row.status, run, note)


def span_of(invoices: Iterable[Invoice]) -> Period:
    """From the first to the last date of the invoices' lines; without any, all charges count."""
    days = sorted(set(_days(invoices)))
    if not days:
        return Period(None, None, "all charges: the invoice has no dates")
    return Period(days[0], days[-1], "the span of the invoice's dates")


def _days(invoices: Iterable[Invoice]) -> Iterator[date]:
    return (line.day for invoice in invoices for line in invoice.lines if line.day is not None)


def known_monthly(charges: Iterable[Charge]) -> Decimal | None:
    """The monthly fee of the latest of `charges` that has one; None where none has."""
    found = [one.monthly for one in charges if one.monthly is not None]
    return found[-1] if found else None
