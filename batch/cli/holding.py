"""What the account reports of a number, by the names that the fields have in an order; nothing secret in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batch.cli.masking import mask
from batch.provider.multitel.fields import FIELDS

_TOLD_APART = frozenset({"Number", "SetupCost", "MonthlyCharges", "DateCreated"})
"""What is shown by a name of its own."""

_REPORTED_ONLY = {("Type", "7"): "SIP account"}
"""Words for codes that the account reports, and that no order takes."""


@dataclass(frozen=True, slots=True)
class Held:
    """One field: its name in an order, what the account has, masked, and the word for it where it is a code."""

    name: str
    value: str
    word: str
    retired: bool

    @property
    def shown(self) -> str:
        """In words, for people: 1 = sip."""
        return f"{self.value} = {self.word}" if self.word else self.value or "(blank)"


def held_fields(holding: Mapping[str, str]) -> tuple[list[Held], list[str]]:
    """The fields of `holding` in the order's order, and the names of those that the account does not report."""
    held, missing = [], []
    for field in FIELDS.fields:
        name = next((name for name in field.reported if name in holding), None)
        if name is None:
            missing.append(field.name)
        else:
            value = holding[name].strip()
            word = field.labels.get(value) or _REPORTED_ONLY.get((field.name, value), "")
            held.append(Held(field.name, mask(value), word, field.retired))
    return held, missing


def other_facts(holding: Mapping[str, str]) -> dict[str, str]:
    """What else the account reports, by its own names."""
    known = {name for field in FIELDS.fields for name in field.reported} | _TOLD_APART
    return {mask(name): mask(value) for name, value in holding.items() if name not in known}
