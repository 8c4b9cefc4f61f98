"""What a number costs as far as a look-up, an order or a setting tells, and which of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_CHANNELS = "Channels"


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of one number as the provider's stock listed them: `setup` once, `monthly` for the first month and each after it.

    `presumed`: the number itself was not listed; it is the dearest that was, of its country. It bounds what a purchase may
    take, and says nothing of what it should cost.
    """

    setup: Decimal
    monthly: Decimal
    presumed: bool = False

    @property
    def first_charge(self) -> Decimal:
        """What a purchase takes from the balance, as listed."""
        return self.setup + self.monthly

    def at_worst(self, fields: Mapping[str, str]) -> Decimal:
        """What a purchase with the order's `fields` takes at worst: nothing says that it is not charged for each channel."""
        return self.first_charge * channels_of(fields)


def channels_of(fields: Mapping[str, str]) -> int:
    """The channels that an order asks for, at least 1."""
    asked = fields.get(_CHANNELS, "")
    return max(int(asked), 1) if asked.isdecimal() else 1
