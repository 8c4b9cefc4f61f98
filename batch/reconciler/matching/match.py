"""Invoices against the ledger: number by number, so that what is told of one never depends on another; then the sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from batch.ledger.records import Status
from batch.loader.invoice import Invoice, Kind, Line
from batch.money import ZERO
from batch.reconciler.matching.books import known_monthly
from batch.reconciler.matching.model import Books, Match, Piece, Reason
from batch.reconciler.matching.pairing import Pairing, Tax
from batch.reconciler.matching.rates import constant_rate, same

_STANDINGS: Mapping[Status, Reason] = {
    Status.REFUSED: Reason.REFUSED,
    Status.DOUBT: Reason.DOUBT,
    Status.OWNED: Reason.OWNED,
    Status.DEFERRED: Reason.NOT_SENT,
    Status.NOT_SENT: Reason.NOT_SENT,
    Status.DUPLICATE: Reason.NOT_SENT,
}


def match_invoices(invoices: Sequence[Invoice], books: Books, rate: Decimal | None = None) -> Match:
    """What the lines of `invoices` are, by the ledger's `books`. `rate` is the tax that the user says amounts hold (0.2: 20%).

    Without one, a rate that explains most of the numbers that were billed higher is taken for tax, and said to be.
    """
    lines: dict[str, list[Line]] = {}
    for invoice in invoices:
        for line in invoice.lines:
            lines.setdefault(line.number, []).append(line)
    given = rate is not None
    found = rate if given else constant_rate(_ratios(lines, books))
    tax = Tax(found, given)
    pieces: list[Piece] = []
    nets = {place: _net(invoice) for place, invoice in enumerate(invoices)}
    for number, of_number in lines.items():
        pieces += _pieces(number, of_number, books, tax, nets)
    for number, charges in books.charges.items():
        if number not in lines:
            pieces += Pairing(number, [], charges, (), books.period, tax).pair()
    pieces.sort(key=_place)
    taxed = any(piece.reason in {Reason.TAX, Reason.TOLD_TAX} for piece in pieces)
    return Match(invoices, books, pieces, found if taxed else None, given)


def _place(piece: Piece) -> tuple[bool, int, int]:
    line = piece.line
    return (True, 0, 0) if line is None else (False, line.file, line.row)


def _pieces(number: str, lines: list[Line], books: Books, tax: Tax, nets: Mapping[int, Decimal]) -> list[Piece]:
    if not number:
        return [_numberless(line, tax, nets) for line in lines]
    charges, before = books.charges.get(number, ()), books.others.get(number, ())
    if charges or before:
        return Pairing(number, list(lines), charges, before, books.period, tax).pair()
    standing = books.standings.get(number)
    if standing is None:
        return [Piece(Reason.NEVER, number, line.amount, ZERO, line) for line in lines]
    note = f"run {standing.run}: {standing.note}" if standing.note else f"run {standing.run}"
    return [Piece(_STANDINGS[standing.status], number, line.amount, ZERO, line, None, note) for line in lines]


def _numberless(line: Line, tax: Tax, nets: Mapping[int, Decimal]) -> Piece:
    if line.kind is Kind.TAX:
        right = tax.given and tax.rate is not None and same(line.amount, nets[line.file] * tax.rate)
        reason = Reason.TOLD_TAX if right else Reason.TAX_LINE
        return Piece(reason, "", line.amount, ZERO, line, None, line.description)
    why = f"{line.written}: {line.why}" if line.written else line.description
    return Piece(Reason.NO_NUMBER, "", line.amount, ZERO, line, None, why)


def _net(invoice: Invoice) -> Decimal:
    return sum((line.amount for line in invoice.lines if line.kind is not Kind.TAX), ZERO)


def _ratios(lines: Mapping[str, Sequence[Line]], books: Books) -> Iterable[tuple[Decimal, Decimal]]:
    """(billed, bought) of each number whose sums differ and are comparable; of one bought before, its monthly fee."""
    for number, charges in books.charges.items():
        amounts = [charge.amount for charge in charges]
        billed = sum((line.amount for line in lines.get(number, ())), ZERO)
        bought = sum((amount for amount in amounts if amount is not None), ZERO)
        if number in lines and None not in amounts and not same(billed, bought):
            yield billed, bought
    for number, earlier in books.others.items():
        monthly = known_monthly(earlier)
        if number not in books.charges and monthly and len(lines.get(number, ())) == 1:
            [line] = lines[number]
            if not same(line.amount, monthly):
                yield line.amount, monthly
