"""One invoice, from its path to its lines: every row is a line, a total, or nothing; what can't be read is named by its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from batch.errors import OrdersError, UsageError
from batch.loader import SUFFIXES, LoadOptions
from batch.loader.cells import Flaw, Read, as_text, column_letters
from batch.loader.collecting import Sheet
from batch.loader.invoice import Invoice, InvoiceOptions, Kind, Line, TotalRow
from batch.loader.invoice.amounts import NOTHING, Amount, read_amounts
from batch.loader.invoice.columns import Layout, Meanings, find_layout
from batch.loader.invoice.dates import read_dates
from batch.loader.source import read_sheet
from batch.number import NumberError, check_country, parse_number

_SHOWN = 10
"""Cells that one message names."""
_LONGEST = 60
_TOTAL = re.compile(
    r"\b(?:grand|sub|net|gross|invoice)?[\s-]*totals?\b|\b(?:sub|net|gross)?sum\b|\bsumme\b|\bgesamt|\bamount due\b|\bbalance due\b"
    r"|\bmontant (?:total|dû)|\btotale?\b|\bzwischensumme\b",
    re.IGNORECASE,
)
_TAX = re.compile(r"\b(?:v\.?a\.?t\.?|g\.?s\.?t|(?:sales )?tax(?:es)?|mwst\.?|ust\.?|umsatzsteuer|mehrwertsteuer|t\.?v\.?a|iva|btw)\b", re.IGNORECASE)  # fmt: skip
_SETUP = re.compile(
    r"set-?\s?up|\bnrc\b|one[- ]?(?:time|off)|activation|install|non-?recurring|einricht|mise en service|einmalig",
    re.IGNORECASE,
)
_MONTHLY = re.compile(r"month|\bmrc\b|\brecurring|rental|subscription|monat|mensuel|abonnement|grundgeb", re.IGNORECASE)


@dataclass
class _Rows:
    """An invoice being read: its lines so far, and what they come to since the beginning and since the last total."""

    file: int
    sheet: Sheet
    layout: Layout
    options: InvoiceOptions
    country: str | None
    lines: list[Line] = field(default_factory=list)
    totals: list[TotalRow] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    undated: int = 0
    all: Decimal = Decimal(0)
    last: Decimal = Decimal(0)
    _known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def read(self) -> None:
        """Read every row below the header."""
        money = {name: read_amounts(self._below(name)) for name in ("Amount", "Setup", "Monthly") if self._has(name)}
        days = read_dates(self._below("Date")) if self._has("Date") else []
        for index in range(self.sheet.height - self.layout.row):
            amounts = {name: column[index] for name, column in money.items()}
            self._row(index, amounts, days[index] if days else None)

    def _has(self, name: str) -> bool:
        return name in self.layout.places

    def _below(self, name: str) -> Sequence[Read]:
        return self.sheet.columns[self.layout.places[name]][self.layout.row :]

    def _cell(self, name: str, index: int) -> Read:
        place = self.layout.places.get(name)
        return "" if place is None else self.sheet.columns[place][self.layout.row + index]

    def _row(self, index: int, amounts: Mapping[str, Amount], day: date | None) -> None:
        if all(one is NOTHING for one in amounts.values()):
            return
        row = self.layout.row + index + 1
        written = as_text(self._cell("Number", index))
        number, why = self._number(written)
        label = "" if number else self._label(index, _TOTAL)
        bad = {name: one.problem for name, one in amounts.items() if one.problem}
        if bad:
            # A header that is repeated on every page, a note: what has a number or a total must be readable.
            if number or label:
                self._refuse(row, bad)
            return
        self._check_currency(index, row, amounts)
        values = {name: one.value for name, one in amounts.items() if one.value is not None}
        if label:
            amount = sum(values.values(), Decimal(0))
            lines = self.last if amount == self.last and amount != self.all else self.all
            self.totals.append(TotalRow(self.file, row, label, amount, lines))
            self.last = Decimal(0)
            return
        if self._has("Date") and day is None and as_text(self._cell("Date", index)):
            self.undated += 1
        for name, value in self._parts(values):
            self._line(index, row, (number, written, why), name, value, day)

    def _parts(self, values: Mapping[str, Decimal]) -> Iterator[tuple[str, Decimal]]:
        """The charges of a row: set-up and month are two, and one of zero is none beside another."""
        kept = {name: value for name, value in values.items() if value} or dict(list(values.items())[:1])
        yield from kept.items()

    def _line(
        self, index: int, row: int, number: tuple[str, str, str], name: str, value: Decimal, day: date | None
    ) -> None:
        described = " · ".join(dict.fromkeys(filter(None, (self._text(place, index) for place in self.layout.texts))))
        kind = {"Setup": Kind.SETUP, "Monthly": Kind.MONTHLY}.get(name) or _kind(described)
        if not number[0]:
            label = self._label(index, _TAX)
            kind, described = (Kind.TAX, described or label) if label else (kind, described)
        document = as_text(self._cell("Invoice", index))
        self.lines.append(Line(self.file, row, number[0], number[1], value, kind, day, document, described, number[2]))
        self.all += value
        self.last += value

    def _text(self, place: int, index: int) -> str:
        return " ".join(as_text(self.sheet.columns[place][self.layout.row + index]).split())

    def _number(self, written: str) -> tuple[str, str]:
        """The number that is written, or empty and why there is none."""
        known = self._known.get(written)
        if known is None:
            try:
                known = (parse_number(written, country=self.country), "")
            except NumberError as error:
                known = ("", error.problem)
            self._known[written] = known
        return known

    def _label(self, index: int, wanted: re.Pattern[str]) -> str:
        """The first text of the row that holds what is `wanted`, empty where none does."""
        for column in self.sheet.columns:
            cell = column[self.layout.row + index]
            if isinstance(cell, str) and wanted.search(cell):
                return " ".join(cell.split())[:_LONGEST]
        return ""

    def _refuse(self, row: int, bad: Mapping[str, str]) -> None:
        for name, problem in bad.items():
            cell = f"{column_letters(self.layout.places[name])}{row}"
            self.unreadable.append(f"{cell}: {_shortened(problem)}")

    def _check_currency(self, index: int, row: int, amounts: Mapping[str, Amount]) -> None:
        """OrdersError where the row is in another currency than the account's."""
        named = as_text(self._cell("Currency", index)).upper()
        told = {_CURRENCIES.get(named, named), *(one.currency for one in amounts.values())} - {""}
        told = told or ({self.layout.currency} - {""})
        other = next((one for one in sorted(told) if one != self.options.currency), None)
        if other is not None:
            raise OrdersError(
                f"{self.sheet.path.name}, row {row}: it is in {other[:20]}, and the account's prices are in {self.options.currency}",
                remedy="Amounts in two currencies can't be compared. Where the account's is wrong, mend the setting `currency`.",
            )


_CURRENCIES = {
    "€": "EUR",
    "£": "GBP",
    "$": "",
    "US$": "USD",
    "EURO": "EUR",
    "EUROS": "EUR",
    "DOLLAR": "",
    "DOLLARS": "",
}


def _kind(described: str) -> Kind:
    setup, monthly = _SETUP.search(described), _MONTHLY.search(described)
    if bool(setup) == bool(monthly):
        return Kind.TAX if not setup and _TAX.search(described) else Kind.ANY
    return Kind.SETUP if setup else Kind.MONTHLY


def read_invoice(number: int, path: Path, options: InvoiceOptions) -> Invoice:
    """The invoice in the file at `path`, which is the `number`th (from 0) of those that are compared.

    Raises as `batch.loader.invoice.read_invoices` does.
    """
    try:
        country = check_country(options.default_country) if options.default_country else None
    except NumberError as error:
        raise UsageError(f"default_country: {error.problem}", remedy=error.remedy) from None
    heads = Meanings(options.columns).heads()
    if path.suffix.lower() not in SUFFIXES:
        raise OrdersError(
            f"{path.name}: charges can't be read from a file of this kind",
            remedy=f"They are read from {', '.join(SUFFIXES)}: ask the provider for the list of charges in one of them.",
        )
    reading = LoadOptions(sheet=options.sheet, encoding=options.encoding, delimiter=options.delimiter)
    sheet = read_sheet(path, reading, heads)
    if sheet.twice:
        row, place = sheet.twice[0]
        raise OrdersError(
            f"{path.name}: two cells claim the place {column_letters(place)}{row}, so nobody can say which one counts",
            remedy="Open it with a spreadsheet program, and save it again.",
        )
    _flatten(sheet)
    layout = find_layout(sheet, options)
    rows = _Rows(number, sheet, layout, options, country)
    rows.read()
    if rows.unreadable:
        more = len(rows.unreadable) - _SHOWN
        listed = "\n    ".join(rows.unreadable[:_SHOWN]) + (f"\n    and {more} more" if more > 0 else "")
        raise OrdersError(
            f"{path.name}: amounts that can't be read, so nothing was compared:\n    {listed}",
            remedy="Write each as digits with at most one decimal sign (1250.50), or delete what is no charge.",
        )
    if not rows.lines:
        raise OrdersError(
            f"{path.name}: there are no charges below the header in row {layout.row}", remedy="Check --sheet."
        )
    return Invoice(
        path, sheet.name, sheet.sha256, layout.headers, tuple(rows.lines), tuple(rows.totals), _remarks(rows)
    )


def _flatten(sheet: Sheet) -> None:
    """Flaws of cells in the places of their texts: a formula without a value is no amount, whatever it would come to."""
    for column in sheet.columns:
        for row, cell in enumerate(column):
            if isinstance(cell, Flaw):
                column[row] = cell.shown


def _remarks(rows: _Rows) -> tuple[str, ...]:
    remarks = []
    if rows.layout.left:
        remarks.append(f"left alone, for another column is the amount: {', '.join(rows.layout.left)}")
    if rows.undated:
        remarks.append(
            f"{_counted(rows.undated, 'date')} can't be told, as 03/11 can't, where day and month may be either"
        )
    if rows.sheet.hidden:
        remarks.append(f"{_counted(len(rows.sheet.hidden), 'row')} hidden or filtered: they count all the same")
    return tuple(remarks)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * _LONGEST else f"{text[: 2 * _LONGEST]}…"
