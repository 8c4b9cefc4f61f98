"""The status of a row, derived: from its kind, from what its run found out about it, and from where its number stands.

No I/O. The first that fits, for a row of run r:

1. invalid and duplicate rows say so;
2. r has released it: `released`;
3. its number is bought, or is being released, with r as its buyer: `purchased`;
4. its number is buying or in doubt, and the attempt that made it so is r's: `in doubt`;
5. what r found out itself stands, whatever another run did later: `already owned`, `refused`, `deferred`, gone (`not sent`);
6. its number was bought by another run, or the account held it before: `already owned`, while the ledger says so: where r could not
   ask, it found nothing out;
7. else `not sent`: for its own reason, because another run has it in doubt, or because the run stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from batch.ledger.events import NumberRow, State
from batch.ledger.records import Status, Why
from batch.order import RowKind


class Verdict(StrEnum):
    """What a run found out about one of its rows."""

    PURCHASED = "purchased"
    """One of its attempts bought it."""
    OWNED = "owned"
    """Asked, and the account held it already."""
    NOT_ASKED = "not asked"
    """The ledger says that the account holds it, and the account was not asked, or gave no usable answer."""
    GONE = "gone"
    """The ledger says that another run bought it, and the account no longer holds it."""
    REFUSED = "refused"
    """The provider refused it; stands until the run is told to try again."""
    DEFERRED = "deferred"
    """Reserved until its time was used up; does not stand in the run's next invocation."""
    RELEASED = "released"
    """Bought, and given back."""
    NOT_SENT = "not sent"
    """Not sent, for a reason of its own."""


BOUGHT_STATES = frozenset({State.BOUGHT, State.RELEASING, State.RELEASE_DOUBT})
"""A number in these was charged to its buyer, and has not been given back as far as is known."""

DOUBT_STATES = frozenset({State.BUYING, State.DOUBT})
"""A number in these may have been charged to the run of its attempt."""

_THIS_INVOCATION = frozenset(
    {
        Why.PENDING,
        Why.INTERRUPTED,
        Why.HALTED,
        Why.LIMIT,
        Why.MAX_SPEND,
        Why.MAX_NUMBERS,
        Why.UNTIL,
        Why.PRICE_UNKNOWN,
        Why.ELSEWHERE,
    }
)
"""Reasons that are out of date as soon as the run is taken up again; the others stand until the row is met again."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row's status; `why` where it was not sent; `by_ledger` where only another run's record says that it is owned.

    `giving_back`: it was bought, is being given back, and nobody knows yet whether it was.
    """

    status: Status
    why: Why | None = None
    by_ledger: bool = False
    giving_back: bool = False


def judge(
    kind: RowKind,
    verdict: Verdict | None,
    why: Why | None,
    number: NumberRow | None,
    run: str,
    *,
    stop: Why,
    fresh: bool,
) -> Judged:
    """Derive the status of a row of `run`.

    `verdict` and `why` are what the run found out (`fresh`: since its last invocation that was to buy began), `number` where the number stands (None:
    the ledger never met it), `stop` why that invocation did not reach all rows.
    """
    match kind:
        case RowKind.INVALID:
            return Judged(Status.INVALID)
        case RowKind.DUPLICATE:
            return Judged(Status.DUPLICATE)
        case RowKind.ORDER:
            number = number or NumberRow()
        case _:
            assert_never(kind)
    if verdict is Verdict.RELEASED:
        return Judged(Status.RELEASED)
    if number.state in BOUGHT_STATES and number.buyer == run:
        return Judged(Status.PURCHASED, giving_back=number.state is not State.BOUGHT)
    if number.state in DOUBT_STATES and number.run == run:
        return Judged(Status.DOUBT)
    if verdict is Verdict.PURCHASED:
        # Its number says otherwise: another run was shown to be the buyer, or the ledger was mended by hand.
        return Judged(Status.OWNED, by_ledger=True) if number.state in BOUGHT_STATES else Judged(Status.PURCHASED)
    return _own_verdict(verdict) or _by_number(
        verdict, why if fresh or why not in _THIS_INVOCATION else None, number, stop
    )


def _own_verdict(verdict: Verdict | None) -> Judged | None:
    match verdict:
        case Verdict.OWNED:
            return Judged(Status.OWNED)
        case Verdict.GONE:
            return Judged(Status.NOT_SENT, Why.GONE)
        case Verdict.REFUSED:
            return Judged(Status.REFUSED)
        case Verdict.DEFERRED:
            return Judged(Status.DEFERRED)
        case _:
            return None


def _by_number(verdict: Verdict | None, why: Why | None, number: NumberRow, stop: Why) -> Judged:
    if number.state in BOUGHT_STATES or number.state is State.HELD:
        return Judged(Status.OWNED, by_ledger=True)
    if verdict is Verdict.NOT_SENT and why is not None:
        return Judged(Status.NOT_SENT, why)
    if number.state in DOUBT_STATES:
        return Judged(Status.NOT_SENT, Why.ELSEWHERE)
    return Judged(Status.NOT_SENT, stop)
