"""What every sheet of one workbook needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal, Protocol

from batch.ledger.records import Environment, InvocationFacts, RunReport
from batch.reconciler.brand import Brand
from batch.reconciler.labels import Label, Language, Words
from batch.reconciler.workbook.engine import PageSetup, printed_text

Paper = Literal["A4", "Letter"]
_PAPERS = {"A4": 9, "Letter": 1}


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a result workbook is written.

    `currency` is the account's, `timezone` the one for local dates, `account` the account's label (empty: its identity in
    the ledger). `group_by` names the user's column by which charges are summed (None: the first that looks like a cost
    centre, if any). `attempts`: a sheet of every request comes last, and this is put over its words so that they hold no
    secret (None: no such sheet).
    """

    currency: str
    timezone: tzinfo
    account: str = ""
    language: Language = "en"
    group_by: str | None = None
    brand: Brand = field(default_factory=Brand)
    paper: Paper = "A4"
    attempts: Callable[[str], str] | None = None


class Pages(Protocol):
    """Whatever says how the pages of a workbook are printed."""

    def page(self, *, landscape: bool, title: str) -> PageSetup:
        """How a sheet called `title` is printed."""
        ...


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands around every page: whose it is above, what it belongs to, page and version below.

    `file` names the orders; `banner` are words that every page must say (a rehearsal), empty: none.
    """

    options: ReportOptions
    words: Words
    file: str
    banner: str
    left: str
    version: str

    def page(self, *, landscape: bool, title: str) -> PageSetup:
        """How a sheet called `title` is printed."""
        company = printed_text(self.options.brand.company)
        return PageSetup(
            paper=_PAPERS[self.options.paper],
            landscape=landscape,
            header=(
                printed_text(self.file) if landscape else "",
                f"&B{printed_text(self.banner)}&B" if self.banner else "",
                title if landscape else "",
            ),
            footer=(
                printed_text(self.left) + (f" · {company}" if company else ""),
                self.words(Label.PAGE),
                printed_text(self.version),
            ),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """A run's facts and how to write them. `group` is the position of the column that charges are summed by."""

    report: RunReport
    options: ReportOptions
    words: Words
    group: int | None

    @property
    def rehearsal(self) -> bool:
        """Whether nothing was really bought."""
        return self.report.key.environment is Environment.REHEARSAL

    @property
    def account(self) -> str:
        """The account as people call it."""
        return self.options.account or self.report.key.account

    @property
    def whole_account(self) -> str:
        """The account as people call it, and its identity in the ledger where that is another word."""
        identity = self.report.key.account
        return self.account if self.account == identity else f"{self.account} ({identity})"

    @property
    def group_header(self) -> str:
        """The header of the column that charges are summed by, or what it would be called."""
        return "Cost centre" if self.group is None else self.report.run.columns[self.group].header

    @property
    def file_names(self) -> tuple[str, ...]:
        """The order files' names; their whole paths where two have the same name."""
        names = tuple(one.path.name for one in self.report.run.files)
        return names if len(set(names)) == len(names) else tuple(str(one.path) for one in self.report.run.files)

    @property
    def last(self) -> InvocationFacts | None:
        """Who ran it last."""
        return self.report.invocations[-1].facts if self.report.invocations else None

    @property
    def made(self) -> datetime:
        """The moment that the workbook speaks of: the end of the last invocation, as far as it is known."""
        if not self.report.invocations:
            return self.report.run.created
        last = self.report.invocations[-1]
        return last.end.ended if last.end else last.facts.started

    def page(self, *, landscape: bool, title: str) -> PageSetup:
        """How a sheet called `title` is printed: who and what above, run, version and page below."""
        words = self.words
        return Imprint(
            self.options,
            words,
            file=self.file_names[0] if self.file_names else "",
            banner=words(Label.REHEARSAL) if self.rehearsal else "",
            left=words(Label.RUN, name=self.report.run.name),
            version=f"numbatch {self.last.version}" if self.last else "numbatch",
        ).page(landscape=landscape, title=title)

    @property
    def marks(self) -> Mapping[str, str]:
        """What the file says of itself to programs: whose results it holds, and from which state of the ledger."""
        return {
            "numbatch run": self.report.run.name,
            "numbatch run key": self.report.run.key,
            "numbatch environment": self.report.key.environment.value,
            "numbatch ledger": self.report.head.ledger_id,
            "numbatch ledger entry": str(self.report.head.sequence),
            "numbatch ledger head": self.report.head.hash,
            "numbatch written": self.made.isoformat(),
        }
