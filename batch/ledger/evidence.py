"""What a ledger's chain tells beside its tables: what a document says can be held against its entries. Frozen, without I/O."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run, Status


@dataclass(frozen=True, slots=True)
class Standing:
    """What the chain tells, up to one of its entries, of a number and a run: what money hangs on, and no more.

    `status` is purchased, released, in doubt or refused (with `code`); None: none of these. `setup` and `monthly` are what the
    account had reported (None: nothing yet), `attempts` the run's requests to buy it.
    """

    status: Status | None = None
    code: int | None = None
    setup: Decimal | None = None
    monthly: Decimal | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Since:
    """What a ledger has come to know after one of its entries, in how many `entries`.

    `numbers` that it met again are mapped to where they stood at that entry, for the run asked about; `of_run`: that run went on.
    """

    entries: int
    numbers: Mapping[str, Standing]
    of_run: bool


class EvidenceReader(LedgerReader, Protocol):
    """A reader that tells of the chain too: what a workbook says can be held against its entries."""

    @abstractmethod
    def hash_of(self, sequence: int) -> str | None:
        """The hash of the chain's entry with that sequence (hexadecimal); None where there is none."""
        ...

    @abstractmethod
    def since(self, run: Run, sequence: int) -> Since:
        """What came after the entry with that sequence; raises LedgerUnusable where the chain is broken."""
        ...
