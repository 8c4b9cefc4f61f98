"""The provider's invoice, or its list of charges, into lines: a file that is not ours, read as orders are, under limits.

Promise: every amount is read to the cent or refused by its cell, never guessed; what is no charge (titles, notes, totals) is
no line, and a total is held against the lines that it stands under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal


class Kind(StrEnum):
    """What a line says it is for."""

    SETUP = "setup"
    MONTHLY = "monthly"
    TAX = "tax"
    """A line of tax on the whole, of no number."""
    ANY = ""
    """It does not say, or it is for both."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A charge on an invoice: an amount (negative: a credit) in row `row` of file `file` (from 0).

    `number` is what was read of the number that is `written` there: empty where it names none, or none that can be read, and
    `why` says so then. `day` is the line's own date, None where it has none.
    """

    file: int
    row: int
    number: str
    written: str
    amount: Decimal
    kind: Kind = Kind.ANY
    day: date | None = None
    document: str = ""
    description: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A row with a total: what it says, and the sum of the lines that it stands under. It is no line itself."""

    file: int
    row: int
    label: str
    amount: Decimal
    lines: Decimal

    @property
    def agrees(self) -> bool:
        """Whether the invoice adds up here."""
        return self.amount == self.lines


@dataclass(frozen=True, slots=True)
class Invoice:
    """One file that was read. `columns`: what was found → the header that it was found under; `remarks`: worth knowing."""

    path: Path
    sheet: str
    sha256: str
    columns: Mapping[str, str]
    lines: tuple[Line, ...]
    totals: tuple[TotalRow, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """What its lines come to."""
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class InvoiceOptions:
    """How invoices are read: as in `LoadOptions`; `columns` maps headers to what `columns.NAMES` has, False: to nothing.

    `currency` is the account's: a line in another one can't be compared.
    """

    currency: str
    columns: Mapping[str, str | Literal[False]] = field(default_factory=dict)
    sheet: str | None = None
    header_row: int | None = None
    default_country: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


def read_invoices(paths: Sequence[Path], options: InvoiceOptions) -> tuple[Invoice, ...]:
    """The invoices in the files at `paths`, in their order.

    Raises OrdersError where a file is missing, can't be read, has no usable columns, no lines, or amounts that can't be read
    (all of them are named), and UsageError where `options` map a header to what there isn't.
    """
    from batch.loader.invoice.reading import read_invoice  # noqa: PLC0415 - with the reader

    return tuple(read_invoice(number, path, options) for number, path in enumerate(paths))


__all__ = ["Invoice", "InvoiceOptions", "Kind", "Line", "TotalRow", "read_invoices"]
