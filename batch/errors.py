"""The errors, as a tree by what the caller must do.

- `NumbatchError`: the root; each says what went wrong and how to mend it, and has the exit code of a run that it ends.
  - `UsageError`: settings, credentials or flags are missing or wrong. Stop; nothing was sent (exit 2).
  - `OrdersError`: the workbook can't be read, or rows are wrong. Report; nothing was sent (exit 3).
  - `LedgerError`: the ledger can't be written or trusted. Halt; what is in flight becomes doubt (exit 5).
    - `LedgerUnusable`: it must not be bought with as it is: missing, older, damaged, of a newer version (exit 2).
      - `LedgerDamaged`: its content was changed or cut from outside. A rebuild moves the file aside, and keeps it.
      - `LedgerForeign`: it is another account's. A rebuild moves it aside likewise.
    - `LedgerLocked`: another run holds its lock (exit 7).
  - `ProviderError`: the provider gave no definite answer.
    - `CertainlyUnsent`: the request never left; it may be tried again (within its budget).
      - `Untrusted`: the certificate is not to be trusted. Halt; a retry would meet it again.
    - `NoVerdict`: it may have been executed. Ask the account before anything else; never retry blindly.

What a purchase or an inquiry can *answer* is no error: those are the typed outcomes of `batch.provider.protocol`.
"""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override


class NumbatchError(Exception):
    """Something that the user is told in plain words: `problem`, and how to mend it: `remedy`."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    @override
    def __str__(self) -> str:
        return f"{self.problem}\n  {self.remedy}" if self.remedy else self.problem


class UsageError(NumbatchError):
    """Settings, credentials or flags are missing or wrong; nothing was sent."""

    exit_code = 2


class OrdersError(NumbatchError):
    """The order workbook is missing, unreadable or empty; nothing was sent."""

    exit_code = 3


class LedgerError(NumbatchError):
    """The ledger can't be written or trusted: no further purchase may be sent."""

    exit_code = 5


class LedgerUnusable(LedgerError):
    """The ledger is missing, older than its head file, damaged or of a newer version; nothing was sent."""

    exit_code = 2


class LedgerDamaged(LedgerUnusable):
    """The ledger's file is no ledger any more, or not the one that was written: nothing in it can be trusted."""


class LedgerForeign(LedgerUnusable):
    """The ledger's file is another account's, under this one's name."""


class LedgerLocked(LedgerError):
    """Another run holds the lock of this ledger."""

    exit_code = 7


class ProviderError(NumbatchError):
    """The provider gave no definite answer."""

    exit_code = 5


class CertainlyUnsent(ProviderError):
    """The request never left this machine, or never reached a provider that could read it."""


class Untrusted(CertainlyUnsent):
    """The provider's certificate is not to be trusted; nothing was sent, and nothing will be."""


class NoVerdict(ProviderError):
    """The request may have been executed: ask the account, never send again blindly."""
