"""What a few purchases really cost, by how the balance fell, against what the account says that they cost. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from batch.money import ZERO, format_money
from batch.session.readback import ReadBack

_MOST_TIMES = 64
"""A number may be charged for each of its channels, at most so many."""
_MOST_PERCENT = 30
"""The highest tax, in whole percent, that a fall is explained by."""


class Readings(NamedTuple):
    """Two readings of the balance, one after the other; None: it could not be told."""

    first: Decimal | None
    second: Decimal | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found out, in `words`. `unexplained`: nothing that is known of explains the fall, so the account is taken to be busy.

    `dearer`: a purchase costs more than the account says.
    """

    words: str
    unexplained: bool = False
    dearer: bool = False


def measure(read: Sequence[ReadBack], before: Readings, after: Decimal | None) -> Measured:
    """What the numbers `read` back cost, between the readings `before` and `after`."""
    bought = f"{len(read):,} number{'s' if len(read) != 1 else ''} bought"
    prices = list(_prices(read))
    if len(prices) < len(read):
        return Measured(f"{bought}; what they cost is not measurable: the account does not tell their prices")
    told = sum((setup + monthly for setup, monthly in prices), ZERO)
    bought += f", {format_money(told)} by the account's prices"
    if before.second is None or after is None:
        return Measured(f"{bought}; what they really cost is not measurable: the balance is not known")
    if before.first != before.second:
        words = f"the account is busy (its balance was {before.first}, and {before.second} without a purchase)"
        return Measured(f"{bought}; what they really cost is not measurable: {words}")
    fallen = before.second - after
    words = f"{bought}, the balance fell by {format_money(fallen)}"
    setup = sum((one for one, _ in prices), ZERO)
    if setup <= fallen <= told and (fallen or not told):
        return Measured(words if fallen == told else f"{words}: less than the first month was charged")
    if told and _is_factor(fallen / told):
        return Measured(
            f"{words}: a purchase costs {(fallen / told).normalize():f} times what the account says", dearer=True
        )
    return Measured(f"{words}: not measurable, for something else moves it", unexplained=True)


def _prices(read: Sequence[ReadBack]) -> Iterator[tuple[Decimal, Decimal]]:
    return ((one.setup, one.monthly) for one in read if one.setup is not None and one.monthly is not None)


def _is_factor(times: Decimal) -> bool:
    """Whether it is one by which all purchases may be dearer: once a channel, or a tax of whole percents."""
    if times <= 1:
        return False
    percent = (times - 1) * 100
    return (times == int(times) and times <= _MOST_TIMES) or (percent == int(percent) and percent <= _MOST_PERCENT)
