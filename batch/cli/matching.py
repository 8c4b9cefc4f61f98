"""A match of invoices with the ledger: its options read, its workbook placed, and how it is told to people and to programs."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from batch.cli.begin import Begun
from batch.cli.figures import money_text, plural
from batch.cli.masking import mask
from batch.cli.options_of import time_zone
from batch.cli.output import Column, printable, say, say_table
from batch.cli.place import ledger_directory
from batch.errors import UsageError
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Environment, LedgerKey
from batch.loader.invoice import Invoice
from batch.money import format_money, parse_money
from batch.reconciler.matching.model import Match, Outcome, Period, Piece, Reason, Sum, outcome_of
from batch.settings.model import Settings

MOST = 25
"""Differences that are listed at a terminal."""
_NAME = "another"
"""Added to the name of a workbook where another account's stands there."""
_FINE = frozenset({Outcome.AGREES, Outcome.EXPECTED})
_MONTH = re.compile("([0-9]{4})-([0-9]{1,2})")
_MOST_TAX = 100


# Options -----------------------------------------------------------------------------------------------------------------


def find_period(month: str | None, first: str | None, last: str | None) -> Period | None:
    """The period that was asked for; None: none. Raises UsageError where it makes no sense."""
    if month is not None and (first is not None or last is not None):
        raise UsageError("--month and --from or --to both name a period", remedy="Give one of them.")
    if month is not None:
        found = _MONTH.fullmatch(month.strip())
        if found is None or not 1 <= int(found[2]) <= 12 or not int(found[1]):
            raise UsageError(f"--month: {month!r} is no month", remedy="Write it as 2026-11.")
        year, number = int(found[1]), int(found[2])
        return Period(
            date(year, number, 1), date(year, number, monthrange(year, number)[1]), f"--month {month.strip()}"
        )
    if first is None and last is None:
        return None
    begin, end = _day("--from", first), _day("--to", last)
    if begin is not None and end is not None and end < begin:
        raise UsageError(f"--to {last} is before --from {first}", remedy="Exchange them.")
    return Period(begin, end, " ".join(f"{flag} {day}" for flag, day in (("--from", first), ("--to", last)) if day))


def _day(flag: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{flag}: {text!r} is no day", remedy="Write it as 2026-11-30.") from None


def parse_rate(text: str | None) -> Decimal | None:
    """The rate of tax that `20%` is: 0.2. Raises UsageError where it is none."""
    if text is None:
        return None
    percent = parse_money(text.strip().removesuffix("%").strip().replace(",", "."))
    if percent is None or not 0 < percent <= _MOST_TAX:
        raise UsageError(f"--tax: {text!r} is no rate of tax", remedy="Write it as 20%, or 7.7%.")
    return percent / 100


def columns_of(settings: Mapping[str, str | bool], told: Iterable[str]) -> dict[str, str | Literal[False]]:
    """What the columns of invoices are, by the settings and then by --column. Raises UsageError where one is not HEADER=NAME."""
    found: dict[str, str | Literal[False]] = {
        header: name for header, name in settings.items() if name is False or isinstance(name, str)
    }
    for one in told:
        header, sign, name = one.rpartition("=")
        if not sign or not header.strip() or not name.strip():
            raise UsageError(f"--column: {one!r} names no column", remedy='Write it as --column "Billed=Amount".')
        found[header.strip()] = False if name.strip().lower() == "false" else name.strip()
    return found


# The work ----------------------------------------------------------------------------------------------------------------


def match_files(
    invoices: Sequence[Invoice], reader: LedgerReader, settings: Settings, period: Period | None, rate: Decimal | None
) -> Match:
    """The match of `invoices` with all runs of the ledger, in the `period`, None: as the invoices' dates say."""
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - with what reads
    from batch.reconciler.matching.books import read_books, span_of  # noqa: PLC0415
    from batch.reconciler.matching.match import match_invoices  # noqa: PLC0415

    books = read_books(reader, CODES, period or span_of(invoices), time_zone(settings), settings.currency)
    return match_invoices(invoices, books, rate)


def place_match(wanted: Path, key: LedgerKey, invoices: Sequence[Path], *, force: bool) -> Path:
    """Where the workbook goes. Raises UsageError, before anything is read, where something stands there that is not ours."""
    from batch.reconciler.place import MATCH, Owner, place_for  # noqa: PLC0415 - only where it is written

    owner = Owner(key.account, key.environment.value)
    return place_for(wanted, kind=MATCH, owner=owner, name=_NAME, others=invoices, force=force)


def deliver_match(path: Path, found: Match, begun: Begun) -> Path | None:
    """Write the workbook to `path`, else elsewhere, and say so; None where no directory takes it."""
    from batch.cli.pages import deliver_page  # noqa: PLC0415 - only where it is written
    from batch.cli.results import report_options  # noqa: PLC0415
    from batch.cli.scene import facts  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.reconciler.matching.sheet import write_match  # noqa: PLC0415
    from batch.reconciler.place import MATCH, Owner  # noqa: PLC0415

    who, key = facts(begun.settings, SystemClock().now()), found.books.key
    options = report_options(begun.settings)
    return deliver_page(
        path,
        lambda one: write_match(one, found, who, options, mask),
        kind=MATCH,
        owner=Owner(key.account, key.environment.value),
        name="match",
        fallbacks=[ledger_directory(begun.settings, begun.environ)],
    )


# What is told ------------------------------------------------------------------------------------------------------------


def say_match(found: Match, *, most: int | None) -> None:
    """The match for people. At most `most` differences are listed, None: all."""
    books, currency = found.books, found.books.currency
    if books.key.environment is Environment.REHEARSAL:
        say("Rehearsal: nothing of this was really bought")
    if not found.agrees:
        _say_differences(found, most)
    figures = [Column("Outcome"), Column("Reason"), *(Column(name, figures=True) for name in _FIGURES)]
    say_table(figures, _total_rows(found))
    say(
        f"{period_words(found)}: {plural(books.count, 'purchase')} of {plural(books.runs, 'run')} in it, {books.outside:,} outside"
    )
    say(
        f"  ledger {format_money(books.total)} {currency}, invoice {format_money(found.billed)}, difference "
        f"{format_money(found.difference)}: {format_money(found.explained)} explained, {format_money(found.unexplained)} not"
    )
    if not books.count and books.outside:
        say("  no purchase is in this period: name the one that the invoice is for, --month 2026-11")
    if found.rate is not None:
        how = "as given" if found.rate_given else "told by the amounts: check it"
        say(f"  tax of {(found.rate * 100).normalize():f}%, {how}")
    for invoice in found.invoices:
        read = ", ".join(f"{name} = {header}" for name, header in invoice.columns.items())
        say(printable(mask(f"  {invoice.path.name}: read as {read}")))
        for remark in invoice.remarks:
            say(printable(mask(f"    {remark}")))
        for total in invoice.totals:
            if not total.agrees:
                words = f"row {total.row} ({total.label}) says {format_money(total.amount)}, its lines come to"
                say(printable(mask(f"    {words} {format_money(total.lines)}")))


_FIGURES = ("Lines", "Billed", "Bought", "Difference")


def period_words(found: Match) -> str:
    """The period whose charges count, and who says so."""
    period = found.books.period
    if period.first is None and period.last is None:
        return period.source[:1].upper() + period.source[1:]
    return f"Charges from {period.first or 'the first'} to {period.last or 'the last'} ({period.source})"


def _total_rows(found: Match) -> Iterator[tuple[str, ...]]:
    for reason, one in found.by_reason.items():
        if one.pieces:
            yield (outcome_of(reason).value, _reason_words(reason), *_figures(one))
    whole = Sum(lines=found.lines, billed=found.billed, bought=found.books.total)
    yield ("all", "", *_figures(whole))


def _reason_words(reason: Reason) -> str:
    return "" if reason.value == outcome_of(reason).value else reason.value


def _figures(one: Sum) -> tuple[str, ...]:
    return (f"{one.lines:,}", *(format_money(amount) for amount in (one.billed, one.bought, one.difference)))


def _say_differences(found: Match, most: int | None) -> None:
    pieces = [piece for piece in found.pieces if piece.outcome not in _FINE]
    several = len(found.invoices) > 1
    columns = [
        Column("Number"),
        Column("Reason"),
        *(Column(name, figures=True) for name in _FIGURES[1:]),
        Column("Where"),
        Column("Remarks"),
    ]
    rows = [(*_piece_row(piece), _where(found, piece, several=several), mask(piece.note)) for piece in pieces[:most]]
    if rows:
        say_table(columns, rows)
    if most is not None and len(pieces) > most:
        say(f"  and {len(pieces) - most:,} more: -o MATCH.xlsx or --json list all")
    if rows:
        say()


def _piece_row(piece: Piece) -> tuple[str, ...]:
    money = (format_money(amount) for amount in (piece.billed, piece.bought, piece.difference))
    return (piece.number or "(none)", piece.reason.value, *money)


def _where(found: Match, piece: Piece, *, several: bool) -> str:
    if piece.line is not None:
        name = f"{found.invoices[piece.line.file].path.name}, " if several else ""
        return f"{name}row {piece.line.row}"
    return "" if piece.charge is None else f"run {piece.charge.run}, row {piece.charge.row}"


def match_json(found: Match) -> dict[str, object]:
    """What `match --json` says; money is text."""
    books, period = found.books, found.books.period
    return {
        "environment": books.key.environment.value,
        "account": books.key.account,
        "currency": books.currency,
        "period": {
            "from": None if period.first is None else period.first.isoformat(),
            "to": None if period.last is None else period.last.isoformat(),
            "by": period.source,
        },
        "files": [_invoice_json(invoice) for invoice in found.invoices],
        "lines": found.lines,
        "purchases": books.count,
        "purchases_outside": books.outside,
        "billed": money_text(found.billed),
        "bought": money_text(books.total),
        "difference": money_text(found.difference),
        "explained": money_text(found.explained),
        "unexplained": money_text(found.unexplained),
        "tax": None if found.rate is None else format(found.rate.normalize(), "f"),
        "reasons": [_sum_json(reason, one) for reason, one in found.by_reason.items() if one.pieces],
        "differences": [_piece_json(found, piece) for piece in found.pieces if piece.outcome not in _FINE],
        "totals": [
            {
                "file": str(invoice.path),
                "row": total.row,
                "label": mask(total.label),
                "amount": money_text(total.amount),
                "lines": money_text(total.lines),
                "agrees": total.agrees,
            }
            for invoice in found.invoices
            for total in invoice.totals
        ],
    }


def _invoice_json(invoice: Invoice) -> dict[str, object]:
    return {
        "file": str(invoice.path),
        "sheet": invoice.sheet,
        "sha256": invoice.sha256,
        "columns": dict(invoice.columns),
        "lines": len(invoice.lines),
        "total": money_text(invoice.total),
        "remarks": list(invoice.remarks),
    }


def _sum_json(reason: Reason, one: Sum) -> dict[str, object]:
    money = {name: money_text(getattr(one, name)) for name in ("billed", "bought", "difference")}
    return {"outcome": outcome_of(reason).value, "reason": reason.value, "lines": one.lines, **money}


def _piece_json(found: Match, piece: Piece) -> dict[str, object]:
    line, charge = piece.line, piece.charge
    return {
        "number": piece.number or None,
        "outcome": piece.outcome.value,
        "reason": piece.reason.value,
        "billed": money_text(piece.billed),
        "bought": money_text(piece.bought),
        "difference": money_text(piece.difference),
        "file": None if line is None else str(found.invoices[line.file].path),
        "row": None if line is None else line.row,
        "invoice": None if line is None else mask(line.document) or None,
        "description": None if line is None else mask(line.description) or None,
        "run": None if charge is None else charge.run,
        "charged_on": None if charge is None or charge.day is None else charge.day.isoformat(),
        "note": mask(piece.note) or None,
    }
