"""What a run tells while it goes on: one frozen notice for each change of a number, and for each phase, pause and halt.

Whoever shows or records a run gets them through one callable, `Tell`, which must not block and must not raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from batch.ledger.records import Run, Status
from batch.number import Number


@dataclass(frozen=True, slots=True)
class Began:
    """The run is in the ledger; `continued`: it was there before."""

    run: Run
    continued: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """What the run does from now on: "buying", "asking about numbers in doubt", "reading prices back"; `total` steps."""

    name: str
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A number's row has a status now. `code` is the provider's, where there is one; `reason` words, where needed."""

    number: Number
    status: Status
    code: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step of a phase other than buying is done (a price was read)."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing is sent for `seconds`: the provider asked for it, or does not answer."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """Sending goes on after a pause or an outage."""


@dataclass(frozen=True, slots=True)
class Steered:
    """A person reached the run while it is under way: whether it is `paused` now, and its rate (requests a second)."""

    paused: bool
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Learnt:
    """Something that was found out on the way and that a person wants to know: what the canary showed, say."""

    words: str


@dataclass(frozen=True, slots=True)
class Halted:
    """No new purchase is sent any more, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person must look at, now."""

    words: str


Notice = Began | Phase | Moved | Stepped | Paused | Resumed | Steered | Learnt | Halted | Alarm
Tell = Callable[[Notice], None]
