"""What a number costs as far as a look-up, an order or a setting tells, and which of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of one number as the provider's stock listed them: `setup` once, `monthly` for the first month and each after it."""

    setup: Decimal
    monthly: Decimal

    @property
    def first_charge(self) -> Decimal:
        """What a purchase takes from the balance at worst, as far as the listing tells."""
        return self.setup + self.monthly
