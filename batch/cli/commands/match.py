"""`numbatch match`: the provider's invoice, or its list of charges, against the ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import is_terminal, say, say_json
from batch.cli.place import open_reader

_READING = Group("Reading invoices", sort_key=40)
_PERIOD = Group("Period of the ledger's charges", sort_key=20)

_INVOICES = Annotated[
    tuple[Path, ...], Parameter(name="INVOICE", help="The invoices, or lists of charges; several are one.")
]
_COLUMN = Annotated[
    tuple[str, ...],
    Parameter(
        group=_READING,
        metavar="HEADER=NAME",
        show_default=False,
        help="What a column is: Number, Amount, Setup, Monthly, Date, Currency, Description, Invoice, or false.",
    ),
]
_MONTH = Annotated[str | None, Parameter(group=_PERIOD, metavar="2026-11", help="Charges of that month.")]
_FROM = Annotated[str | None, Parameter(name="--from", group=_PERIOD, metavar="DATE", help="Charges since that day.")]
_TO = Annotated[str | None, Parameter(name="--to", group=_PERIOD, metavar="DATE", help="Charges until that day.")]
_TAX = Annotated[
    str | None, Parameter(metavar="20%", help="The tax that amounts hold: expected then, and no difference.")
]
_SHEET = Annotated[str | None, Parameter(group=_READING, metavar="NAME", help="The sheet; else the first visible one.")]
_HEADER = Annotated[int | None, Parameter(group=_READING, metavar="N", help="The header's row; else it is found.")]
_COUNTRY = Annotated[str | None, Parameter(group=_READING, metavar="FR", help="National numbers are this country's.")]
_ENCODING = Annotated[str | None, Parameter(group=_READING, metavar="NAME", help="Of a CSV file; else it is detected.")]
_DELIMITER = Annotated[str | None, Parameter(group=_READING, metavar="CHARACTER", help="Of a CSV file, likewise.")]
_OUTPUT = Annotated[
    Path | None,
    Parameter(name=("--output", "-o"), metavar="MATCH.xlsx", help="A workbook of the reconciliation, besides."),
]
_FORCE = Annotated[bool, Parameter(show_default=False, help="Replace a file that is no match of this program's.")]
_LANGUAGE = Annotated[str | None, Parameter(metavar="en|de", help="Of the workbook.")]

_NOT_WRITTEN = 1
_DIFFERS = 4


def match(
    invoices: _INVOICES,
    /,
    *,
    month: _MONTH = None,
    from_: _FROM = None,
    to: _TO = None,
    tax: _TAX = None,
    column: _COLUMN = (),
    sheet: _SHEET = None,
    header_row: _HEADER = None,
    default_country: _COUNTRY = None,
    encoding: _ENCODING = None,
    delimiter: _DELIMITER = None,
    json: Json = False,
    output: _OUTPUT = None,
    force: _FORCE = False,
    language: _LANGUAGE = None,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Match the provider's invoice, or its list of charges, with what the ledger says was bought: line by line, and to the cent.

    Over all runs of the account. Without a period, the ledger's charges within the span of the invoice's dates count, or all of
    them where it has none. Nothing is sent or recorded. Exit code 0 where all agrees, 4 where it differs, 3 where an invoice can't
    be read or has no usable columns. --json: {"environment", "account", "currency", "period", "files", "lines", "billed", "bought",
    "difference", "explained", "unexplained", "reasons", "differences", "totals", "tax", "workbook", "exit_code"}.

    For example:
        numbatch match invoice-2026-11.csv --month 2026-11
        numbatch match invoice.xlsx --column "Line=Number" --column "Billed=Amount" --tax 20% -o MATCH.xlsx
    """
    begun = begin_with_settings(
        common, where, needs_account=False, more={"default_country": default_country, "language": language}
    )
    from batch.cli import matching  # noqa: PLC0415 - when flags and settings are right
    from batch.loader.invoice import InvoiceOptions, read_invoices  # noqa: PLC0415

    period, rate = matching.find_period(month, from_, to), matching.parse_rate(tax)
    options = InvoiceOptions(
        currency=begun.settings.currency,
        columns=matching.columns_of(begun.settings.invoice, column),
        sheet=sheet,
        header_row=header_row,
        default_country=begun.settings.default_country,
        encoding=encoding,
        delimiter=delimiter,
    )
    with open_reader(begun.settings, begun.environ) as reader:
        path = None if output is None else matching.place_match(output, reader.key, invoices, force=force)
        found = matching.match_files(read_invoices(invoices, options), reader, begun.settings, period, rate)
    written = None if path is None else matching.deliver_match(path, found, begun)
    exit_code = _NOT_WRITTEN if path is not None and written is None else 0 if found.agrees else _DIFFERS
    if json:
        told = matching.match_json(found)
        say_json(told | {"workbook": None if written is None else str(written), "exit_code": exit_code})
    elif exit_code or not begun.quiet:
        matching.say_match(found, most=matching.MOST if is_terminal(sys.stdout) else None)
        if written is not None:
            say(f"  workbook: {written}")
    return exit_code
