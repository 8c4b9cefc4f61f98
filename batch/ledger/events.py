"""A number's row in the ledger, and the events that can befall it; what each event leads to stands in `states`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from batch.codes import CodeKind


class State(StrEnum):
    """Where a number stands."""

    FREE = "free"
    """Not ours as far as is known, and nothing is under way: may be claimed."""
    BUYING = "buying"
    """An intent is on disk; it may have been sent."""
    DOUBT = "doubt"
    """Nobody knows whether it was bought: the account must be asked."""
    BOUGHT = "bought"
    """Bought by the run `buyer`."""
    REFUSED = "refused"
    """The provider refused it, with `code`."""
    HELD = "held"
    """The account holds it, and none of our attempts bought it."""
    RELEASING = "releasing"
    """The intent to give it back is on disk; it may have been sent."""
    RELEASE_DOUBT = "release doubt"
    """Nobody knows whether it was given back."""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """What the ledger knows of one number. `version` counts its writes; `run` is the run of the open, else latest attempt."""

    state: State = State.FREE
    generation: int = 1
    attempt: int = 0
    version: int = 0
    open: int | None = None
    lost: tuple[int, ...] = ()
    code: int | None = None
    kind: CodeKind | None = None
    run: str = ""
    buyer: str = ""


# Events --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A run wants to buy it now: slot taken, lock held, budgets asked. `again`: its own refusal does not stand."""

    run: str
    again: bool = False
    released: bool = False
    """This run has released it before."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an attempt. `attempt`, `generation` and `run` are those of the attempt, not of the row."""

    attempt: int
    generation: int
    run: str


@dataclass(frozen=True, slots=True)
class CertainlyNotSent(Ended):
    """The attempt never left."""


@dataclass(frozen=True, slots=True)
class Success(Ended):
    """The attempt bought the number."""


@dataclass(frozen=True, slots=True)
class Refusal(Ended):
    """The attempt was refused with a code of the table. `give_up`: a reserved number's time is used up."""

    code: int = 0
    kind: CodeKind = CodeKind.FINAL
    give_up: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered(Ended):
    """No verdict: a time-out, a reset, an answer that does not fit."""


@dataclass(frozen=True, slots=True)
class TooMany(Ended):
    """HTTP 429: may be claimed again without asking, and counts as never answered for attribution."""


@dataclass(frozen=True, slots=True)
class Unfamiliar(Ended):
    """A well-formed answer that is in no table: an unknown code, or another number than asked (`other`)."""

    code: int = 0
    other: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A process starts, holding the lock, and finds the row buying or in doubt (or its release so)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an inquiry said. `version` is the row's as it was when asked, `age` in seconds since it came into doubt."""

    version: int
    age: float
    calibrated: bool


@dataclass(frozen=True, slots=True)
class Present(Seen):
    """The account holds it. `bought_by`: the run whose attempt bought it, empty where none did."""

    bought_by: str = ""


@dataclass(frozen=True, slots=True)
class Absent(Seen):
    """The account does not hold it."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """After a lost ledger: the account shows a number that the ledger does not know as ours. `version`, `calibrated` as in `Seen`."""

    version: int
    calibrated: bool


@dataclass(frozen=True, slots=True)
class Rebuy:
    """A person wants it bought again, having been told that it is gone (its absence is believed)."""

    version: int
    age: float


@dataclass(frozen=True, slots=True)
class Release:
    """Its run gives it back: exclusive lock held, and the account shows it, attributed to this run."""

    run: str
    version: int
    age: float


@dataclass(frozen=True, slots=True)
class Vanished:
    """Its run wanted to give it back, and the account does not hold it any more (its absence is believed)."""

    run: str
    version: int
    age: float


@dataclass(frozen=True, slots=True)
class Released(Ended):
    """The release was confirmed."""


@dataclass(frozen=True, slots=True)
class ReleaseFailed(Ended):
    """The release was refused, or has no verdict."""


Answer = CertainlyNotSent | Success | Refusal | Unanswered | TooMany | Unfamiliar | Released | ReleaseFailed
Event = Claim | Answer | Found | Present | Absent | Rebuilt | Rebuy | Release | Vanished
