"""What each row to buy costs, as listed and at worst, and by what; summed by country, group and price. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from batch.money import ZERO
from batch.number import Number
from batch.order import Orders, Row
from batch.plan.catalogue import Catalogue
from batch.plan.model import Group, PriceClass, PricedBy


class Priced(NamedTuple):
    """A row to buy, and its prices as far as they are known. A tuple, for one is made for every row.

    `worst` is the first charge where each channel is charged for, and the dearest of the row's alternatives is taken; None where
    `first_charge` is.
    """

    row: Row
    first_charge: Decimal | None
    monthly: Decimal | None
    by: PricedBy
    worst: Decimal | None


def priced(row: Row, catalogue: Catalogue, assumed: Decimal | None) -> Priced:
    """The row's first charge: the order's own, which is the worst one, else what is listed, else what is assumed.

    Where nothing is assumed, a number that was not listed itself is bounded by the dearest of its country.
    """
    quote = catalogue.quote(Number(row.number))
    monthly = None if quote is None else quote.monthly
    if row.price is not None:
        return Priced(row, row.price, monthly, PricedBy.ORDER, row.price)
    if quote is None and assumed is None and (bound := catalogue.presumed(Number(row.number))) is not None:
        worst = _dearest(bound.at_worst(row.fields), row, catalogue)
        return Priced(row, bound.first_charge, None, PricedBy.ASSUMED, worst)
    if quote is None:
        by = PricedBy.UNKNOWN if assumed is None else PricedBy.ASSUMED
        return Priced(row, assumed, None, by, None if assumed is None else _dearest(assumed, row, catalogue))
    worst = quote.at_worst(row.fields)
    return Priced(row, quote.first_charge, monthly, PricedBy.CATALOGUE, _dearest(worst, row, catalogue))


def unpriced_alternatives(row: Row, catalogue: Catalogue, assumed: Decimal | None) -> int:
    """Alternatives of the row of which nothing tells the price."""
    if row.price is not None or assumed is not None:
        return 0
    return sum((catalogue.quote(one.number) or catalogue.presumed(one.number)) is None for one in row.stand_ins)


def _dearest(worst: Decimal, row: Row, catalogue: Catalogue) -> Decimal:
    """`worst`, or what one of the row's alternatives comes to, where that is more."""
    for one in row.stand_ins:
        quote = catalogue.quote(one.number) or catalogue.presumed(one.number)
        if quote is not None:
            worst = max(worst, quote.at_worst(one.fields))
    return worst


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Their sum; None where one is not known."""
    known = list(amounts)
    return None if None in known else sum((one for one in known if one is not None), ZERO)


def by_country(rows: Sequence[Priced]) -> tuple[Group, ...]:
    """Summed by country, the most numbers first."""
    return _grouped(rows, lambda row: row.country)


def by_column(rows: Sequence[Priced], orders: Orders, header: str | None) -> tuple[Group, ...]:
    """Summed by what stands in the user's column `header`; nothing where there is no such column."""
    wanted = (header or "").strip().casefold()
    index = next((at for at, one in enumerate(orders.columns) if one.header.strip().casefold() == wanted), None)
    if not wanted or index is None:
        return ()
    return _grouped(rows, lambda row: "" if row.cells[index] is None else str(row.cells[index]).strip())


def by_price(rows: Sequence[Priced]) -> tuple[PriceClass, ...]:
    """Counted by price and where it is from, the most numbers first."""
    counts = Counter((one.first_charge, one.monthly, one.by) for one in rows)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], _amount(one[0][0]), _amount(one[0][1]), one[0][2]))
    return tuple(PriceClass(first, monthly, count, by) for (first, monthly, by), count in ordered)


def _grouped(rows: Sequence[Priced], name_of: Callable[[Row], str]) -> tuple[Group, ...]:
    groups: dict[str, list[Priced]] = defaultdict(list)
    for one in rows:
        groups[name_of(one.row)].append(one)
    made = [
        Group(name, len(ones), total(one.first_charge for one in ones), total(one.monthly for one in ones))
        for name, ones in groups.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.numbers, one.name)))


def _amount(amount: Decimal | None) -> Decimal:
    """For ordering: what is not known comes last."""
    return Decimal("Infinity") if amount is None else amount
