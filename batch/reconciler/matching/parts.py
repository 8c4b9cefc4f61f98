"""The parts of a charge that a line may bill: set-up, month, or both as one amount where no more is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from batch.loader.invoice import Kind
from batch.money import ZERO
from batch.reconciler.matching.model import Charge, Reason
from batch.reconciler.matching.rates import prorated


@dataclass(slots=True, eq=False)
class Part:
    """A part of a charge that no line has billed yet."""

    charge: Charge
    kinds: tuple[Kind, ...]
    amount: Decimal


def parts_of(charge: Charge) -> Iterator[Part]:
    """The parts of a charge that cost something; none where no price is known."""
    if charge.setup is not None and charge.monthly is not None:
        for kind, amount in ((Kind.SETUP, charge.setup), (Kind.MONTHLY, charge.monthly)):
            if amount:
                yield Part(charge, (kind,), amount)
    elif charge.estimate:
        yield Part(charge, (Kind.SETUP, Kind.MONTHLY), charge.estimate)


def as_billed(parts: Sequence[Part]) -> Iterator[tuple[Decimal, Reason | None]]:
    """What these parts may be billed as: as they are, or with a first month by its days."""
    yield sum_of(parts), None
    charge = parts[0].charge
    rest = sum((part.amount for part in parts if part.kinds != (Kind.MONTHLY,)), ZERO)
    if any(part.kinds == (Kind.MONTHLY,) for part in parts) and charge.monthly is not None and charge.day is not None:
        for amount in sorted(prorated(charge.monthly, charge.day), reverse=True):
            yield rest + amount, Reason.PRORATED


def sum_of(parts: Sequence[Part]) -> Decimal:
    """What parts come to."""
    return sum((part.amount for part in parts), ZERO)
