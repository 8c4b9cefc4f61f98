"""Who takes the rows that must be asked about: the pool knows no more of the reconciler than this."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from batch.ledger.attempts import OpenRow
from batch.number import Number


class Resolving(Protocol):
    """Who takes the rows that must be asked about: they stay outstanding until it is done with them."""

    def in_doubt(self, row: OpenRow) -> None:
        """Nobody knows what became of it; the account must be asked, later."""
        ...

    async def owned(self, row: OpenRow) -> None:
        """The ledger says that it is ours; the account should be asked once."""
        ...

    def bought(self, row: OpenRow, intent_at: datetime) -> None:
        """Bought by a definite answer just now: it can serve as a positive control."""
        ...

    def stranger(self, number: Number) -> None:
        """The provider named this number when it was asked for another: the account must be asked about it, too."""
        ...

    @property
    def pending(self) -> int:
        """How many rows it holds."""
        ...
