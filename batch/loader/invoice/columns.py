"""Which columns of an invoice are what: by their names, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from batch.errors import OrdersError, UsageError
from batch.loader.cells import as_text, column_letters, is_blank
from batch.loader.collecting import Sheet
from batch.loader.invoice import InvoiceOptions
from batch.loader.reader.heads import SEARCHED, squeezed

NAMES: Final = ("Number", "Amount", "Setup", "Monthly", "Date", "Currency", "Description", "Invoice")
"""What a column of an invoice can be."""

_ALIASES: Final[Mapping[str, str]] = {
    "Number": "number did didnumber dids phone phonenumber phoneno telephone telephonenumber tn e164 e.164 msisdn didno ddi "
    "ddinumber cli rufnummer telefonnummer numéro numero nummer",
    "Amount": "netamount net amountnet nettotal totalnet totalexcltax amountexcltax amountexvat exvat nettobetrag netto montantht "
    "amount amountdue lineamount linetotal chargeamount totalamount totalcharge total betrag montant importe importo bedrag",
    "Setup": "setup setupfee setupcharge setupcost setupamount nrc onetime onetimefee onetimecharge nonrecurring nonrecurringcharge "
    "activation activationfee installation installationfee einrichtung einrichtungsgebühr fraisdemiseenservice",
    "Monthly": "monthly monthlyfee monthlycharge monthlycost monthlyamount mrc recurring recurringcharge recurringfee rental "
    "monthlyrental subscription monthlyrate monatlich monatsgebühr grundgebühr abonnement mensuel",
    "Date": "date chargedate postingdate postedon billingdate servicedate transactiondate startdate periodstart from start datum "
    "invoicedate billdate",
    "Currency": "currency curr ccy currencycode währung devise moneda valuta",
    "Description": "description type chargetype item service product details category kind memo text charge beschreibung bezeichnung "
    "libellé désignation",
    "Invoice": "invoice invoiceno invoicenumber invoiceid document documentno documentnumber billno billnumber bill rechnung "
    "rechnungsnr rechnungsnummer facture",
}
"""What each may be called, squeezed, the surest first."""
_WEAK: Final = ("charge", "charges", "price", "cost", "fee")
"""What an amount may be called where nothing else is one."""
_MONEY = ("Amount", "Setup", "Monthly")
_SURE = frozenset({"Number", *_MONEY})
"""Of these, no two columns may be called the same; of others the first counts."""
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CODES = re.compile(r"\b(USD|EUR|GBP|CHF|CAD|AUD|SEK|NOK|DKK|PLN|CZK|JPY|INR)\b")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: the header's row (from 1), and the place and header of what was found, by its name.

    `currency` is what the headers of the amounts say that they are in; `left` are headers that might have been amounts too.
    """

    row: int
    places: Mapping[str, int]
    headers: Mapping[str, str]
    currency: str = ""
    left: tuple[str, ...] = ()
    texts: tuple[int, ...] = ()
    """The places of all columns that describe a line."""


class Meanings:
    """What headers mean, by the user's mapping first. Raises UsageError where it names what there isn't."""

    def __init__(self, columns: Mapping[str, str | Literal[False]]) -> None:
        known = {squeezed(name): name for name in NAMES}
        self._mapped: dict[str, str | None] = {}
        for header, name in columns.items():
            meant = None if name is False else known.get(squeezed(str(name)))
            if name is not False and meant is None:
                raise UsageError(
                    f"{header!r} is to be {name!r}, and there is nothing on an invoice called so",
                    remedy=f"A column is one of {', '.join(NAMES)}: --column {header!r}=Amount, or [invoice] in the settings.",
                )
            self._mapped[squeezed(header)] = meant
        self._wanted = [squeezed(header) for header, name in columns.items() if name is not False]

    def heads(self) -> list[str]:
        """The headers that a number column may have, squeezed."""
        return [*_ALIASES["Number"].split(), *self._wanted]

    def missing(self, headers: Sequence[str]) -> list[str]:
        """What the mapping names and `headers` have not."""
        here = {squeezed(header) for header in headers}
        return [wanted for wanted in self._wanted if wanted not in here]

    def places(self, headers: Sequence[str]) -> dict[str, int]:
        """The place of what `headers` name. Raises OrdersError where two of them are mapped, or called, the same."""
        found: dict[str, int] = {}
        free: dict[str, list[int]] = {}
        for place, header in enumerate(headers):
            if not header:
                continue
            if squeezed(header) in self._mapped:
                name = self._mapped[squeezed(header)]
                if name is not None:
                    if name in found:
                        raise _twice(name, headers[found[name]], header, found[name], place)
                    found[name] = place
            else:
                free.setdefault(_plain(header), []).append(place)
        for name, alias in _in_order(found):
            places = free.get(alias, [])
            if name in found or not places:
                continue
            if len(places) > 1 and name in _SURE:
                raise _twice(name, headers[places[0]], headers[places[1]], *places[:2])
            found[name] = places[0]
            del free[alias]
        if "Amount" in found:
            return {name: place for name, place in found.items() if name not in {"Setup", "Monthly"}}
        return found


def _in_order(found: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Names and what they may be called: an amount's weak names last of the money, and before descriptions."""
    for name in NAMES:
        if name == "Date" and not any(money in found for money in _MONEY):
            yield from (("Amount", alias) for alias in _WEAK)
        yield from ((name, alias) for alias in _ALIASES[name].split())


def _twice(name: str, one: str, other: str, first: int, second: int) -> OrdersError:
    return OrdersError(
        f"{one!r} (column {column_letters(first)}) and {other!r} (column {column_letters(second)}) are both {name}",
        remedy=f'Say which one counts: --column "{other}={name}" where it has a name of its own; else rename one of them.',
    )


def _plain(header: str) -> str:
    """A header without brackets, currency and punctuation at its ends: `Amount (USD)` is an amount."""
    bare = _CODES.sub("", _BRACKETS.sub("", header))
    return squeezed(bare).strip("$€£:.#*/")


def find_layout(sheet: Sheet, options: InvoiceOptions) -> Layout:
    """The header and its columns. Raises OrdersError where no row has a number and an amount."""
    meanings = Meanings(options.columns)
    rows = [options.header_row] if options.header_row is not None else list(_filled_rows(sheet))
    nearest: list[str] = []
    trouble: OrdersError | None = None
    for row in rows:
        if not 0 < row <= sheet.height:
            continue
        headers = [as_text(column[row - 1]) for column in sheet.columns]
        try:
            places = meanings.places(headers)
        except OrdersError as error:  # perhaps of a row that is no header
            trouble = trouble or error
            continue
        if "Number" in places and any(name in places for name in _MONEY):
            return _layout(row, places, headers)
        if places or not nearest:
            nearest = [header for header in headers if header] or nearest
    where = sheet.path.name
    if trouble is not None:
        raise OrdersError(f"{where}: {trouble.problem}", remedy=trouble.remedy)
    missing = meanings.missing(nearest)
    if missing:
        raise OrdersError(
            f"{where}: no header is called {', '.join(map(repr, missing))}, which the columns of the invoice are mapped from",
            remedy=f"Its headers seem to be {_listed(nearest)}.",
        )
    raise OrdersError(
        f"{where}: no row names a number and an amount, so nothing can be compared; it has {_listed(nearest)}",
        remedy='Say what its columns are: --column "Line=Number" --column "Billed=Amount", or the table [invoice] of the settings.',
    )


def _layout(row: int, places: Mapping[str, int], headers: Sequence[str]) -> Layout:
    money = [headers[places[name]] for name in _MONEY if name in places]
    codes = {code for header in money for code in _CODES.findall(header)}
    amounts = {*_ALIASES["Amount"].split(), *_ALIASES["Setup"].split(), *_ALIASES["Monthly"].split()}
    taken = set(places.values())
    left = tuple(header for place, header in enumerate(headers) if place not in taken and _plain(header) in amounts)
    named = {name: headers[place] for name, place in places.items()}
    texts = [place for place, header in enumerate(headers) if _plain(header) in _ALIASES["Description"].split()]
    described = places.get("Description")
    if described is not None and described not in texts:
        texts.insert(0, described)
    money_places = {places[name] for name in _MONEY if name in places}
    return Layout(
        row,
        places,
        named,
        codes.pop() if len(codes) == 1 else "",
        left,
        tuple(place for place in texts if place not in money_places),
    )


def _filled_rows(sheet: Sheet) -> Iterator[int]:
    count = 0
    for row in range(1, sheet.height + 1):
        if any(not is_blank(column[row - 1]) for column in sheet.columns):
            yield row
            count += 1
            if count == SEARCHED:
                return


def _listed(headers: Sequence[str]) -> str:
    shown = [header if len(header) <= 40 else f"{header[:40]}…" for header in headers[:12]]
    more = len(headers) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more > 0 else "")
