"""Arithmetic of invoices: amounts to the cent, a first month by its days, and the one rate of tax that explains many amounts."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Final

CENT: Final = Decimal("0.01")
_HALF: Final = Decimal("0.005")
_STEP: Final = Decimal("0.001")
_STEPS: Final = 400
"""Steps that a rate may be: no tax on telephone numbers is higher than 40%."""
_LEAST_NUMBERS: Final = 2


def same(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts are the same to the cent: prices may have more decimals than an invoice shows."""
    return one == other or one in {other.quantize(CENT, ROUND_HALF_UP), other.quantize(CENT, ROUND_HALF_EVEN)}


def taxed(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount with tax, to the cent."""
    return (amount * (1 + rate)).quantize(CENT, ROUND_HALF_UP)


def prorated(monthly: Decimal, day: date) -> set[Decimal]:
    """What is left of a month from `day` on, to the cent, with that day counted and without."""
    days = monthrange(day.year, day.month)[1]
    left = days - day.day + 1
    parts = (monthly * (left - without) / days for without in (0, 1))
    return {part.quantize(CENT, way) for part in parts for way in (ROUND_HALF_UP, ROUND_HALF_EVEN)}


def constant_rate(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """The rate of tax by which amounts were billed above what was bought; None where no one rate explains most of them.

    `pairs` are (billed, bought). A rate is a tenth of a percent or a multiple of it; it must explain at least two numbers and
    more than half of all. Of several that explain the same ones, the roundest is taken.
    """
    edges = [0] * (_STEPS + 2)
    asked = 0
    for billed, bought in pairs:
        asked += 1
        if bought <= 0 or billed <= bought:
            continue
        lowest = ((billed - _HALF) / bought - 1) / _STEP
        highest = ((billed + _HALF) / bought - 1) / _STEP
        first = max(int(lowest.to_integral_value(ROUND_CEILING)), 1)
        last = min(int(highest.to_integral_value(ROUND_FLOOR)), _STEPS)
        if first <= last:
            # Every rate from first to last explains it: where each such span begins and ends is enough to count them all.
            edges[first] += 1
            edges[last + 1] -= 1
    votes = list(accumulate(edges))
    best = max(range(1, _STEPS + 1), key=lambda step: (votes[step], step % 50 == 0, step % 10 == 0, -step))
    return best * _STEP if votes[best] >= _LEAST_NUMBERS and votes[best] * 2 > asked else None
