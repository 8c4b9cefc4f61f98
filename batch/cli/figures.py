"""Figures as people read them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from batch.money import format_money
from batch.number.wording import plural

__all__ = ["amount", "money_text", "plural", "rate_text", "span"]


def amount(money: Decimal | None, currency: str) -> str:
    """Money with its currency; a dash where it is not known."""
    return "not known" if money is None else f"{format_money(money)} {currency}"


def span(duration: timedelta) -> str:
    """A duration in its two largest units: 46 min 40 s."""
    seconds = int(duration.total_seconds())
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, unit in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def money_text(money: Decimal | None) -> str | None:
    """Money for programs: a string, since a JSON number becomes a float."""
    if money is None:
        return None
    cents = money.quantize(Decimal("0.01"))
    return format(cents if cents == money else money.normalize(), "f")


def rate_text(rate: Decimal) -> str:
    """A rate without needless zeros."""
    return f"{rate.normalize():f}"
