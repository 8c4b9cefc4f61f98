"""What every ledger must tell: read without any lock, also while a run is under way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from batch.ledger.attempts import Attempt, Control
from batch.ledger.prospects import Prospect
from batch.ledger.records import Head, HistoryEntry, LedgerKey, Preview, Run, RunReport, RunRow, Status, Tally
from batch.number import Number
from batch.order import Orders


class LedgerReader(Protocol):
    """Reads a ledger: synchronous, one consistent snapshot a call, no lock taken.

    Every method raises `LedgerError` where the file can't be read, and `UsageError` where a run is named that is not there
    (the message lists what is) or a name is ambiguous.
    """

    key: LedgerKey

    @abstractmethod
    def runs(self) -> Sequence[Run]:
        """All runs, latest first."""
        ...

    @abstractmethod
    def find(self, name: str | None) -> Run:
        """The run with that short name or unique beginning of it; None: the latest."""
        ...

    @abstractmethod
    def report(self, run: Run) -> RunReport:
        """The run's facts."""
        ...

    @abstractmethod
    def rows(self, run: Run) -> Iterator[RunRow]:
        """The run's rows in the order of the sheets, streamed: memory does not grow with them."""
        ...

    @abstractmethod
    def counts(self, run: Run) -> Mapping[Status, int]:
        """How many rows have each status (every status, zeros too)."""
        ...

    @abstractmethod
    def tally(self, run: Run, gone: Collection[int] = ()) -> Tally:
        """How the run's rows stand, counted: by status, by reason for not being sent, and those whose routing differs.

        `gone` are the codes after which an alternative is bought.
        """
        ...

    @abstractmethod
    def preview(self, orders: Orders, *, retry_refused: bool = False, gone: Collection[int] = ()) -> Preview:
        """What a run of these orders would find. Writes nothing.

        A row that was refused with a code of `gone`, and has an alternative left, is to be bought.
        """
        ...

    @abstractmethod
    def prospect(
        self, orders: Orders, *, retry_refused: bool = False, rebuy: bool = False, gone: Collection[int] = ()
    ) -> Prospect:
        """As `preview`, and which rows a run would send. Writes nothing.

        `rebuy`: what is known to be held no more is to be bought again.
        """
        ...

    @abstractmethod
    def attempts(self, run: Run) -> Iterator[Attempt]:
        """Every request of the run, oldest first, streamed."""
        ...

    @abstractmethod
    def history(self, number: Number) -> Sequence[HistoryEntry]:
        """One number's life over all runs, oldest first."""
        ...

    @abstractmethod
    def controls(self, count: int) -> Sequence[Control]:
        """Numbers bought by a definite answer and not known to be gone, latest first: see `Ledger.controls`."""
        ...

    @abstractmethod
    def knows(self, number: Number) -> bool:
        """See `Ledger.knows`."""
        ...

    @abstractmethod
    def head(self) -> Head:
        """The end of the chain now."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""
        ...
