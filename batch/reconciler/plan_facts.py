"""What a plan's page needs to know beside the plan: of which files, for which account, by whom and when, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from batch.ledger.records import Environment, LedgerKey
from batch.order import OrderFile
from batch.reconciler.place import Owner
from batch.reconciler.workbook.context import ReportOptions


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The facts. Moments are aware.

    `key` says whose money it is (its account may be empty where no ledger is meant yet), `made` when the plan was made, `rate`
    the requests a second that it counts with, `until` and `max_spend` the user's bounds (None: none). `command` is what carries
    it out. `run` is the name of the run that it goes on with, empty for a new one; `group` the header that it is summed by.
    `plan_id` and `expires` are those of a plan file written with it, empty and None where there is none.
    """

    files: Sequence[OrderFile]
    key: LedgerKey
    made: datetime
    user: str
    host: str
    version: str
    rate: Decimal
    command: str
    until: datetime | None = None
    max_spend: Decimal | None = None
    run: str = ""
    group: str = ""
    plan_id: str = ""
    expires: datetime | None = None

    @property
    def rehearsal(self) -> bool:
        """Whether nothing would really be bought."""
        return self.key.environment is Environment.REHEARSAL

    @property
    def file_names(self) -> tuple[str, ...]:
        """The order files' names; their whole paths where two have the same name."""
        names = tuple(one.path.name for one in self.files)
        return names if len(set(names)) == len(names) else tuple(str(one.path) for one in self.files)

    @property
    def owner(self) -> Owner:
        """Whose the page is: a later plan for the same account and environment replaces it."""
        return Owner(self.key.account, self.key.environment.value)

    def account_words(self, options: ReportOptions) -> str:
        """The account as people call it, and its identity where that is another word."""
        label, identity = options.account, self.key.account
        return f"{label} ({identity})" if label and identity and label != identity else label or identity or "?"
