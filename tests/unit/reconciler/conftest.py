"""A ledger made of lists, and rows with everything filled in, for the reconciler's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import override

from batch.ledger.attempts import Attempt, Control
from batch.ledger.prospects import Prospect
from batch.ledger.reading import LedgerReader
from batch.ledger.records import (
    Environment,
    Head,
    HistoryEntry,
    Invocation,
    InvocationEnd,
    InvocationFacts,
    LedgerKey,
    Preview,
    Run,
    RunReport,
    RunRow,
    Status,
    Tally,
)
from batch.number import Number
from batch.order import Column, OrderFile, Orders, RowKind, Source
from batch.reconciler.report import ReportOptions

START = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
LIVE = LedgerKey("multitel", Environment.LIVE, "acme")
HEAD = Head("1d0c4e", 55812, "51b0" * 15 + "77d4")
COLUMNS = (
    Column("DID", "Number"),
    Column("Name", "Description"),
    Column("Type", "Type"),
    Column("Dest", "URI"),
    Column("Price", "Price"),
    Column("Cost centre"),
    Column("Currency"),
)


def make_run(**changes: Any) -> Run:
    run = Run(
        name="7f3a",
        key="7f3a" * 16,
        files=(OrderFile(Path("in/migration-wave-3.xlsx"), "9c1f" + "0" * 56 + "e07a", "Orders", 3),),
        columns=COLUMNS,
        rows=0,
        created=START,
    )
    return replace(run, **changes)


def make_row(position: int = 0, status: Status = Status.PURCHASED, **changes: Any) -> RunRow:
    number = f"1202555{position:04d}"
    bought = status in {Status.PURCHASED, Status.RELEASED}
    row = RunRow(
        position=position,
        source=Source(0, "Orders", position + 2),
        number=number,
        status=status,
        why=None,
        code=int(number) if bought else None,
        reason="",
        fields={"Description": f"Line {position}", "Type": "1", "URI": f"sip:{number}@pbx.example.com"},
        cells=(
            f"+{number}",
            f"Line {position}",
            "1",
            f"sip:{number}@pbx.example.com",
            Decimal("3.00"),
            "Paris",
            "EUR",
        ),
        country="US",
        price=Decimal("3.00"),
        setup=Decimal("0.25") if bought else None,
        monthly=Decimal("2.25") if bought else None,
        bought_in="",
        differs=(),
        attempts=1,
        requested_at=START + timedelta(seconds=position),
        confirmed_at=START + timedelta(seconds=position, milliseconds=300),
        confirmed_by="answer",
        released_at=None,
        kind=RowKind.ORDER,
    )
    return replace(row, **changes)


@dataclass
class ListReader(LedgerReader):
    """A ledger of one run, from lists."""

    rows_in: Sequence[RunRow]
    run: Run
    key: LedgerKey = LIVE
    invocations: tuple[Invocation, ...] = ()
    assumed: Decimal | None = None
    head_now: Head = HEAD
    closed: bool = field(default=False)

    @override
    def runs(self) -> Sequence[Run]:
        return [self.run]

    @override
    def find(self, name: str | None) -> Run:
        return self.run

    @override
    def report(self, run: Run) -> RunReport:
        return RunReport(self.key, self.run, self.invocations, self.head_now, self.assumed)

    @override
    def rows(self, run: Run) -> Iterator[RunRow]:
        return iter(self.rows_in)

    @override
    def counts(self, run: Run) -> Mapping[Status, int]:
        return {status: sum(row.status is status for row in self.rows_in) for status in Status}

    @override
    def tally(self, run: Run) -> Tally:
        raise NotImplementedError

    @override
    def preview(self, orders: Orders, *, retry_refused: bool = False) -> Preview:
        raise NotImplementedError

    @override
    def prospect(self, orders: Orders, *, retry_refused: bool = False) -> Prospect:
        raise NotImplementedError

    @override
    def attempts(self, run: Run) -> Iterator[Attempt]:
        raise NotImplementedError

    @override
    def history(self, number: Number) -> Sequence[HistoryEntry]:
        raise NotImplementedError

    @override
    def controls(self, count: int) -> Sequence[Control]:
        raise NotImplementedError

    @override
    def knows(self, number: Number) -> bool:
        raise NotImplementedError

    @override
    def head(self) -> Head:
        return self.head_now

    @override
    def close(self) -> None:
        self.closed = True


def make_reader(rows: Sequence[RunRow], **changes: Any) -> ListReader:
    """A reader of these rows; opening and closing balance fit what they cost unless told otherwise."""
    run = changes.pop("run", make_run())
    opening, closing = changes.pop("balances", (Decimal(40_000), None))
    halt = changes.pop("halt", "")
    facts = InvocationFacts(START, "ops", "host-01", 4711, "0.1.0", {})
    end = InvocationEnd(
        START + timedelta(minutes=47), 0, halt_reason=halt, opening_balance=opening, closing_balance=closing
    )
    changes.setdefault("invocations", (Invocation(1, facts, end),))
    rows_told = changes.pop("rows_told", len(rows))
    return ListReader(rows, replace(run, rows=rows_told), **changes)


@dataclass
class Make:
    """What tests make things with."""

    row: Callable[..., RunRow] = make_row
    run: Callable[..., Run] = make_run
    reader: Callable[..., ListReader] = make_reader

    def options(self, **changes: Any) -> ReportOptions:
        return ReportOptions(**{"currency": "USD", "timezone": ZoneInfo("Europe/Berlin"), **changes})


@pytest.fixture
def make() -> Make:
    return Make()
