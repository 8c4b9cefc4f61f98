"""What a person wishes of a run that is under way in another process, and what that process says it does.

A ledger's implementation carries both: files beside an embedded one. Neither is part of the ledger itself, and no money hangs on
them: where they can't be written or read, a run goes on as it would without.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

SLOWEST = Decimal("0.001")
FASTEST = Decimal(1_000_000)
"""Requests a second that anybody may mean: what is beyond is a slip, or damage."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """For the run with that short name: whether it should be `paused`, and its `rate` (requests a second).

    `sequence` counts the wishes: what the run does is an answer to those with the same one.
    """

    run: str
    sequence: int
    paused: bool
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Doing:
    """What the process `pid` does with its run, by the wishes of that `sequence` (0: nobody wished anything yet).

    `agreed` is the rate that it was started with: the most that the settings allow.
    """

    run: str
    pid: int
    sequence: int
    paused: bool
    rate: Decimal
    agreed: Decimal

    def follows(self, wishes: Wishes) -> bool:
        """Whether it does what was wished."""
        said = (wishes.run, wishes.sequence, wishes.paused, wishes.rate)
        return (self.run, self.sequence, self.paused, self.rate) == said


class Control(Protocol):
    """Both ends of it; no method raises where a file, say, can't be had, but `wish`."""

    @abstractmethod
    def begin(self, doing: Doing) -> None:
        """A run is under way from now on. Wishes from before, such as for a run that was killed, are forgotten."""
        ...

    @abstractmethod
    def wishes(self) -> Wishes | None:
        """What is wished, None: nothing. Cheap, to be asked several times a second."""
        ...

    @abstractmethod
    def tell(self, doing: Doing) -> None:
        """Say what the run does now."""
        ...

    @abstractmethod
    def end(self) -> None:
        """The run is under way no more."""
        ...

    @abstractmethod
    def doing(self) -> Doing | None:
        """What the run that is under way says; None: none is, or its process is no more."""
        ...

    @abstractmethod
    def wish(self, wishes: Wishes) -> None:
        """Let the run know. Raises LedgerError where that can't be done."""
        ...

    @abstractmethod
    def withdraw(self, wishes: Wishes) -> None:
        """Wish it no more."""
        ...
