"""A row's price at worst: its order's own, else what a look-up quoted; the setting `price` is the ledger's and the pool's to add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from batch.ledger.attempts import OpenRow
from batch.number import Number
from batch.plan.quote import Quote

NO_QUOTES: Mapping[Number, Quote] = MappingProxyType({})
"""Nothing was looked up."""


def with_quote(row: OpenRow, quotes: Mapping[Number, Quote], *, by_channel: bool = True) -> OpenRow:
    """`row` with what the quote comes to at worst as its price, where its order names none.

    A claim then reserves it, and keeps it with the intent; the order that the ledger has stays as it is. `by_channel`: the quote
    may be charged for each channel.
    """
    quote = quotes.get(row.number)
    if quote is None or row.price is not None:
        return row
    worst = quote.at_worst(row.fields) if by_channel else quote.first_charge
    return replace(row, price=worst, listed=None if quote.presumed else quote.first_charge)
