"""What a plan must know of orders from the ledger, row by row where money hangs on it. Frozen, without I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from batch.ledger.records import Preview
from batch.money import ZERO


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a run of some orders would find, and which rows it would send.

    `open` are the positions of the rows to buy, in the order of the sheets, deferred ones among them: as many as
    `preview.to_buy` and `preview.deferred` together. `refused_before` counts those of them that some run was refused.
    `differing` counts rows whose number is owned, and was bought with other routing. `spent` is what the run has spent, or
    may have, in earlier invocations; `bought` the purchases that this is of, numbers in doubt included.

    `gone` are the positions of the rows whose number the account no longer holds, as far as some run has found out. With `rebuy`
    they are among those to buy, and `unasked` counts the other owned numbers, which a run asks about and may buy again; without
    it the preview counts them as owned.
    """

    preview: Preview
    open: Sequence[int]
    refused_before: int = 0
    differing: int = 0
    spent: Decimal = ZERO
    bought: int = 0
    gone: Sequence[int] = ()
    rebuy: bool = False
    unasked: int = 0
