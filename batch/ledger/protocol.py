"""What every ledger must do that is opened for buying, under its lock: the pool and the reconciler know nothing else of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Protocol

from batch.ledger.attempts import (
    AnswerNote,
    BoughtRow,
    Claimed,
    Control,
    Doubt,
    NotClaimed,
    OpenRow,
    OwnedAnswer,
    SeenNote,
    UnknownRow,
)
from batch.ledger.events import Absent, Answer, NumberRow, Present, Rebuilt, Rebuy, Release, Vanished
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Begun, Bounds, InvocationEnd, InvocationFacts, LedgerKey, Run, Totals, Why
from batch.ledger.states import Step
from batch.number import Number
from batch.order import Orders


class Ledger(Protocol):
    """A ledger opened for buying, its lock held until `close`.

    Every method raises `LedgerError` where a write could not be made durable: nothing more may be sent then. A row is
    named by its run, and by the `position` that the feed gave with it.
    """

    key: LedgerKey

    @abstractmethod
    async def close(self) -> None:
        """Write what is queued, note the head, let go of the lock."""
        ...

    @abstractmethod
    def reader(self) -> LedgerReader:
        """A reader of the same ledger, on a connection of its own."""
        ...

    # A run -----------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def begin(self, orders: Orders, facts: InvocationFacts) -> Begun:
        """Make the run of these orders, or continue it: the key is `orders.key` and this ledger's account."""
        ...

    @abstractmethod
    async def resume(self, run: Run, facts: InvocationFacts) -> Begun:
        """Begin an invocation of a run that is there, without its orders (`resolve`)."""
        ...

    @abstractmethod
    async def end(self, begun: Begun, end: InvocationEnd) -> None:
        """Note how the invocation ended."""
        ...

    @abstractmethod
    async def open_rows(
        self, begun: Begun, after: int, count: int, *, retry_refused: bool = False, rebuy: bool = False
    ) -> Sequence[OpenRow]:
        """The next `count` rows, in the order of the sheets, with a position above `after`, that are not done.

        Not done: not bought by this run, not a standing refusal (deferred is not standing; none is with `retry_refused`),
        not duplicate or invalid, not in doubt by this run (those are among `doubts`), and not found owned or (unless
        `rebuy`) gone by this run before.
        """
        ...

    @abstractmethod
    async def open_alternatives(
        self, begun: Begun, gone: Collection[int], *, retry_refused: bool = False
    ) -> Sequence[OpenRow]:
        """Alternatives that are next: not done, and each number of their row before them refused with a code of `gone`.

        At most one number of a row is ever bought: a claim says `NotClaimed` while another one is before it, or has been bought.
        """
        ...

    @abstractmethod
    async def totals(self, begun: Begun) -> Totals:
        """The run's money and numbers over all its invocations."""
        ...

    # A number --------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def claim(self, begun: Begun, row: OpenRow, bounds: Bounds, mark: str = "") -> Claimed | NotClaimed:
        """P1: put the intent to buy on disk, within the bounds, or say why not. Durable when it returns `Claimed`.

        `mark` is the random text that the attempt will be sent with, empty: none.
        """
        ...

    @abstractmethod
    async def answer(self, begun: Begun, row: OpenRow, event: Answer, note: AnswerNote) -> Step:
        """Record what came of an attempt, by the table. Durable when it returns; never `Forbidden` for an answer."""
        ...

    @abstractmethod
    async def adopt(self) -> Sequence[Doubt]:
        """P11, P12: at a process's start, turn what is found buying into doubt; every number in doubt, of any run."""
        ...

    @abstractmethod
    async def doubt(self, number: Number, *, lost: bool = False) -> Doubt | None:
        """The number's doubt as it stands now, None where it is in none.

        `lost`: also of a refused number that has an attempt whose absence was believed without an answer.
        """
        ...

    @abstractmethod
    async def number(self, number: Number) -> NumberRow:
        """Where the number stands now; one that was never met is free."""
        ...

    @abstractmethod
    async def lost_rows(self, begun: Begun, after: int, count: int) -> Sequence[OpenRow]:
        """The next `count` rows above `after` that stand refused, whose number has a lost attempt: it may yet have bought it."""
        ...

    @abstractmethod
    async def row(self, begun: Begun, number: Number) -> OpenRow | None:
        """The row of this run that orders the number, whatever its state; None where the run does not order it."""
        ...

    @abstractmethod
    async def verdict(self, number: Number, event: Present | Absent, note: SeenNote) -> Step:
        """A1 to A6, R5, R6: record what an inquiry showed of a number in doubt, or of a refused one with a lost attempt."""
        ...

    @abstractmethod
    async def owned(self, begun: Begun, row: OpenRow, answer: OwnedAnswer) -> None:
        """O1: keep, for this row, what was found out about a number that is owned.

        Compares the row's order with what the number was bought with, where the ledger knows.
        """
        ...

    @abstractmethod
    async def not_sent(self, begun: Begun, row: OpenRow, why: Why, code: int | None = None) -> None:
        """Keep a row's own reason for not being sent."""
        ...

    # After a lost ledger -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def unknown_rows(self, begun: Begun, after: int, count: int) -> Sequence[UnknownRow]:
        """The next `count` rows above `after` that order a number which is free or refused: the account may hold it all the same."""
        ...

    @abstractmethod
    async def rebuilt(self, begun: Begun, row: UnknownRow, event: Rebuilt, note: SeenNote) -> Step:
        """B1: the account shows the row's number. It is held from now on, the row `already owned`; `note.by` is who rebuilt."""
        ...

    # Giving back -------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def bought_rows(self, begun: Begun, after: int, count: int) -> Sequence[BoughtRow]:
        """The next `count` rows above `after` whose number this run has bought, being given back or not."""
        ...

    @abstractmethod
    async def release(self, begun: Begun, row: OpenRow, event: Release) -> Claimed:
        """R1: put the intent to give a number back on disk. Durable when it returns; `Forbidden` where its guard is false.

        Its answer is recorded with `answer`: `Released`, `ReleaseFailed`, or `CertainlyNotSent`.
        """
        ...

    @abstractmethod
    async def given_back(self, begun: Begun, row: OpenRow, event: Rebuy | Vanished) -> Step:
        """O2, R1': the account no longer holds a number that was bought; `Forbidden` where the guard is false.

        The run that bought it says `released`; the row of this run, if it is another's, is open again.
        """
        ...

    # Prices and controls -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def unpriced(self, begun: Begun, after: int, count: int) -> Sequence[tuple[int, Number]]:
        """The next `count` (position, number) above `after` that this run bought and whose price was not read back."""
        ...

    @abstractmethod
    async def price(self, begun: Begun, position: int, setup: Decimal, monthly: Decimal) -> None:
        """Keep what the account says was paid for a number that this run bought."""
        ...

    @abstractmethod
    async def controls(self, count: int) -> Sequence[Control]:
        """Numbers bought by a definite answer and not known to be gone, latest first: positive controls."""
        ...

    @abstractmethod
    async def knows(self, number: Number) -> bool:
        """Whether the ledger has ever seen this number: a negative control must be one that it has not."""
        ...
