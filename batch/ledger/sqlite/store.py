"""What the writer writes through: the connection, the chain's end, the runs' totals, the head file.

Used by the writer's thread only. Nothing here commits; see `writer`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import apsw

from batch.clock import Clock
from batch.errors import UsageError
from batch.ledger.events import NumberRow, State
from batch.ledger.records import LedgerKey
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.chain import Chain
from batch.ledger.sqlite.codec import canonical, money_text, number_row, number_values, seal, to_micros, unseal
from batch.ledger.sqlite.connection import read_id
from batch.ledger.sqlite.heads import HeadFile
from batch.ledger.sqlite.tables import AttemptRow, OutcomeRow, outcome_row
from batch.ledger.sqlite.totals import RunTotals, charge
from batch.ledger.states import Timing
from batch.ledger.statuses import Verdict
from batch.number import Number


class Store:
    """One open ledger, as its writer sees it."""

    def __init__(
        self,
        path: Path,
        connection: apsw.Connection,
        key: LedgerKey,
        clock: Clock,
        timing: Timing,
        head: HeadFile | None,
    ) -> None:
        self.path = path
        self.connection = connection
        self.execute: Callable[..., Any] = connection.cursor().execute
        self.key = key
        self.clock = clock
        self.timing = timing
        self.chain = Chain(connection, read_id(connection))
        self.totals: dict[str, RunTotals] = {}
        self.alternatives: dict[str, dict[int, range]] = {}
        """Of each run that was begun: the positions of each row's alternatives, by its own."""
        self.assumed: dict[int, Decimal | None] = {}
        """The price setting of each invocation, as it was noted last."""
        self._head_file = head
        self._head_noted: set[int] = set()
        self._follows = False
        """Whether there is a head file: a live head means something beside one only."""
        self._buying: dict[Number, NumberRow] = {}
        """The rows of numbers with an attempt in flight, as this writer wrote them: their answers need no look-up."""
        self.in_flight: dict[Number, AttemptRow] = {}
        """The attempts in flight, as this writer added them: their ends need no look-up either."""
        self._without_outcome: set[tuple[int, int]] = set()
        """Rows (run and position) of which it is known that there is no outcome yet."""
        self._run_ids: dict[str, int] = {}

    def committed(self) -> None:
        """See `writer.Store`."""
        before = self.chain.committed.sequence
        self.chain.note_committed()
        if self._follows and self._head_file is not None and self.chain.committed.sequence != before:
            self._head_file.follow(self.chain.committed)

    def close(self) -> None:
        """Let go of the file, and of the live head."""
        if self._head_file is not None:
            self._head_file.close()
        self.connection.close()

    def now(self) -> int:
        """The wall clock, in microseconds; for records only."""
        return to_micros(self.clock.now())

    def run_id(self, name: str) -> int:
        """The run's number in the file."""
        known = self._run_ids.get(name)
        if known is None:
            values = self.execute(sql.RUN_BY_NAME, (name,)).get
            if values is None:
                raise UsageError(f"There is no run {name!r} in this ledger.", remedy="`numbatch runs` lists them.")
            unseal(values, f"run {name}")
            known = self._run_ids[name] = values[0]
        return known

    def note_head(self, invocation: int | None = None) -> None:
        """Write the head file with what is durable; with `invocation`: once, before its first claim."""
        if self._head_file is None or invocation in self._head_noted:
            return
        self._head_file.write(self.chain.committed)
        self._follows = True
        if invocation is not None:
            self._head_noted.add(invocation)

    def compare_head(self) -> None:
        """Refuse a ledger that is older than its head file says, or another."""
        noted = None if self._head_file is None else self._head_file.read()
        if self._head_file is not None and noted is not None:
            self._head_file.compare(self.path, noted, self.chain.committed, self.chain.hash_of, is_locked=True)
            self._follows = True

    def number(self, number: Number) -> NumberRow:
        """Where the number stands; the row of one that was never met is free."""
        known = self._buying.get(number)
        if known is not None:
            return known
        values = self.execute(sql.NUMBER, (number,)).get
        return NumberRow() if values is None else number_row(number, values)

    def put(
        self,
        number: Number,
        rule: str,
        before: NumberRow,
        after: NumberRow,
        *,
        run: str,
        at: int,
        attempt: int | None = None,
        code: int | None = None,
        reason: str = "",
    ) -> int:
        """Write a number's new row, and its entry in the chain; the entry's sequence."""
        text = canonical(after)
        values = number_values(number, after, text, at)
        if self._buying.pop(number, None) is not None and after.generation == before.generation:
            self.execute(sql.CHANGE_NUMBER, (*values[1:], number))  # it is there, that much is known
        else:
            self.execute(sql.PUT_NUMBER, values)
        if after.state is State.BUYING:
            self._buying[number] = after
        return self.chain.add(
            at,
            number,
            run,
            rule,
            before=before.state.value,
            after=text,
            attempt=attempt,
            code=code,
            reason=reason,
        )

    def put_verdict(
        self,
        run: str,
        position: int,
        verdict: Verdict,
        *,
        at: int | None,
        by: str = "",
        why: str | None = None,
        code: int | None = None,
        reason: str = "",
        invocation: int | None = None,
        bought_in: str = "",
        differs: str = "",
        worst: str | None = None,
        setup: Decimal | None = None,
        monthly: Decimal | None = None,
    ) -> None:
        """Keep what `run` found out about its row."""
        before = self.outcome(run, position)
        said = (verdict.value, why, code, reason, invocation, at, by, bought_in, differs, worst)
        money = (money_text(setup), money_text(monthly)) if setup is not None else (before.setup, before.monthly)
        self.put_outcome(OutcomeRow(before.run, position, *said, *money, before.released_at))

    def note_no_outcome(self, run_id: int, position: int) -> None:
        """The row has no outcome yet: what is found out about it next needs no look-up."""
        self._without_outcome.add((run_id, position))

    def outcome(self, run: str, position: int) -> OutcomeRow:
        """What `run` found out about its row; an empty outcome where nothing yet."""
        run_id = self.run_id(run)
        if (run_id, position) in self._without_outcome:
            return OutcomeRow(run_id, position)
        values = self.execute(sql.OUTCOME, (run_id, position)).get
        return OutcomeRow(run_id, position) if values is None else outcome_row(values)

    def put_outcome(self, row: OutcomeRow) -> None:
        """Keep what was found out about a row, in place of what was known before."""
        self._without_outcome.discard((row.run, row.position))
        self.execute(sql.PUT_OUTCOME, (*row, seal(row)))

    def clear_verdict(self, run: str, position: int) -> None:
        """The run meets the number again: what it said before no longer stands; its money does."""
        before = self.outcome(run, position)
        row = before._replace(
            verdict=None, why=None, code=None, reason="", confirmed_at=None, confirmed_by="", bought_in="", differs=""
        )
        self.put_outcome(row)

    def put_released(self, run: str, position: int, at: int | None) -> None:
        """What `run` bought in this row was given back."""
        before = self.outcome(run, position)
        self.put_outcome(before._replace(verdict=Verdict.RELEASED.value, released_at=at))

    # Money -----------------------------------------------------------------------------------------------------------

    def expose(self, run: str, position: int, worst: Decimal | None) -> None:
        """An intent of `run` is written."""
        if run in self.totals:
            self.totals[run].expose(position, worst)

    def settle(self, run: str, position: int) -> None:
        """No attempt of `run` on this row can turn out to be charged any more."""
        if run in self.totals:
            self.totals[run].settle(position)

    def buy(
        self,
        run: str,
        position: int,
        worst: Decimal | None,
        setup: Decimal | None = None,
        monthly: Decimal | None = None,
    ) -> None:
        """`run` has bought this row."""
        if run in self.totals:
            self.totals[run].buy(position, charge(worst, setup, monthly))
