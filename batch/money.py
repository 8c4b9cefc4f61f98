"""Money is decimal, from the provider's strings to the workbook's cells; a float never holds an amount."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

ZERO = Decimal(0)

_DEAREST = Decimal(10) ** 9
"""No number costs that much: what an order names is a slip, or no amount."""
_MOST = Decimal(10) ** 15
"""More than any balance or bound: sums of such amounts would lose their cents."""
_PRICE = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?P<group>[ .,'\u2019\u00a0\u2009\u202f])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?P<point>[.,])(?P<part>[0-9]*))?|\.(?P<below>[0-9]+)"
)


def parse_money(text: str) -> Decimal | None:
    """The amount in `text` (plain digits, at most one point, no sign of currency), or None where it holds none.

    Negative, infinite, not-a-number and absurdly large amounts are no prices: None.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < _MOST else None


def parse_price(text: str) -> Decimal | None:
    """The amount that a person wrote into an order, or None where it is none, or could be one of two.

    The decimal sign is a point, or a comma where that is not the sign of thousands too: 8,50 and 0,125 are read, and
    1.250,50; 1,250 is not, for it may be a thousand or one and a quarter.
    """
    found = _PRICE.fullmatch(text.strip())
    if found is None:
        return None
    whole, point, part = found["whole"] or "0", found["point"], found["part"] or found["below"] or ""
    if found["group"] is not None:
        grouped = found["group"] in {".", ","}
        if point == found["group"] or (grouped and point is None):
            return None
        whole = re.sub(r"[^0-9]", "", whole)
    elif point == "," and (not part or (len(part) == 3 and len(whole) <= 3 and whole != "0")):
        return None
    amount = Decimal(f"{whole}.{part}" if part else whole)
    return amount if amount < _DEAREST else None


def format_money(amount: Decimal) -> str:
    """Two decimals and thousands separated, as people read it: 34,852.50; more decimals only where they matter."""
    cents = amount.quantize(Decimal("0.01"))
    return f"{cents:,}" if cents == amount else f"{amount.normalize():,f}"
