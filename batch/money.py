"""Money is decimal, from the provider's strings to the workbook's cells; a float never holds an amount."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

ZERO = Decimal(0)


def parse_money(text: str) -> Decimal | None:
    """The amount in `text` (plain digits, at most one point, no sign of currency), or None where it holds none.

    Negative, infinite and not-a-number amounts are no prices: None.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def format_money(amount: Decimal) -> str:
    """Two decimals and thousands separated, as people read it: 34,852.50; more decimals only where they matter."""
    cents = amount.quantize(Decimal("0.01"))
    return f"{cents:,}" if cents == amount else f"{amount.normalize():,f}"
