"""What a provider's return code is to the program: its class, and what it is to people.

A provider declares a `CodeTable`; the ledger's state table knows the classes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CodeKind(StrEnum):
    """What a code means for the batch: the state table's words for the provider's numbers."""

    FINAL = "final"
    """This number will not be sold to us; the others may be (P8)."""
    ACCOUNT = "account"
    """The whole account is refused: every later row would fail too, so the run halts (P5)."""
    RESERVED = "reserved"
    """Reserved for a while: the one refusal that is tried again, later (P6)."""
    SOLD = "sold"
    """Sold already, perhaps to us: ambiguous, so the account is asked (P7)."""
    UNKNOWN = "unknown"
    """Not in the table, or another number than asked: in doubt (P9b)."""


class Actor(StrEnum):
    """Who does something about a row."""

    NOBODY = "nobody"
    OPERATOR = "operator"
    """Whoever runs the program: order other numbers, mend settings."""
    FINANCE = "finance"
    """Whoever pays: top up, settle dues."""
    LEGAL = "legal"
    """Whoever holds the documents."""
    PROVIDER = "provider"
    """The provider's support must be asked."""
    ITSELF = "runs again by itself"
    """The next run takes it up; nobody has to act."""


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """One return code: its class, and in words what it means, who acts and what to do.

    `meaning` is short, for a cell ("No longer in the inventory"); `todo` is an instruction. `source` says where the meaning
    comes from; `confirmed` is False where it is our assumption. `gone`: the number is not in stock any more, so that an alternative
    of it is bought.
    """

    code: int
    kind: CodeKind
    meaning: str
    actor: Actor
    todo: str
    source: str
    confirmed: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Every return code that a provider is known to answer a purchase with."""

    codes: tuple[ReturnCode, ...]

    @property
    def gone(self) -> frozenset[int]:
        """The codes that say that a number is not in stock any more."""
        return frozenset(one.code for one in self.codes if one.gone)

    def get(self, code: int) -> ReturnCode | None:
        """The entry for `code`, or None where it is not in the table."""
        for one in self.codes:
            if one.code == code:
                return one
        return None
