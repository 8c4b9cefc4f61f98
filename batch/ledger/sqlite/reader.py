"""Reading a ledger: a connection that can't write, one snapshot a call, also while a run is under way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import apsw
from typing_extensions import override

from batch.errors import LedgerUnusable, UsageError
from batch.ledger.attempts import Attempt, Control
from batch.ledger.events import NumberRow, State
from batch.ledger.evidence import Since
from batch.ledger.prospects import Prospect
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Head, HistoryEntry, LedgerKey, Preview, Run, RunReport, RunRow, Status, Tally, Why
from batch.ledger.sqlite import members
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import from_micros, run_record
from batch.ledger.sqlite.connection import open_for_reading, read_id, translated
from batch.ledger.sqlite.heads import HeadFile
from batch.ledger.sqlite.invocations import assumed_price, invocation_record, invocation_row, last_buying
from batch.ledger.sqlite.lock import holder
from batch.ledger.sqlite.place import ledger_path, lock_path, refuse_link, refuse_unfinished
from batch.ledger.sqlite.previews import preview_new, preview_of
from batch.ledger.sqlite.prospects import prospect_new, prospect_of, with_gone
from batch.ledger.sqlite.rows import LastInvocation, run_row
from batch.ledger.sqlite.runs import choose_run, run_key
from batch.ledger.sqlite.since import entries_since
from batch.ledger.sqlite.tables import attempt_record, attempt_row
from batch.ledger.statuses import Judged, Verdict, judge
from batch.number import Number
from batch.order import Orders, RowKind

_WAITING: Final = Judged(Status.NOT_SENT)
"""A row that is refused, and of which an alternative was not tried yet."""


class SqliteReader(LedgerReader):
    """See `LedgerReader`."""

    def __init__(self, path: Path, key: LedgerKey, connection: apsw.Connection) -> None:
        self.key = key
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, directory: Path, key: LedgerKey) -> SqliteReader:
        """A reader of the ledger of `key` in `directory`. Raises LedgerUnusable where there is none that can be read."""
        path = ledger_path(directory, key)
        refuse_link(path)
        if not path.exists():
            refuse_unfinished(path)
            raise LedgerUnusable(
                f"There is no ledger for {key.provider}, {key.environment}, account {key.account!r} in {directory}.",
                remedy="Name its directory with the setting `ledger`; `numbatch init` makes a new one.",
            )
        return cls.open_file(path, key)

    @classmethod
    def open_file(cls, path: Path, key: LedgerKey) -> SqliteReader:
        """A reader of the ledger of `key` that lies at `path`, under whatever name."""
        return cls(path, key, open_for_reading(path, key))

    def refuse_older(self, heads: Path) -> None:
        """Raise LedgerUnusable where the head file in `heads` knows of entries that this ledger has not."""
        file = HeadFile(heads, self.key)
        noted = file.read()  # before the ledger is looked at, which may grow meanwhile
        if noted is not None:
            file.compare(self._path, noted, self.head(), self.hash_of)

    @override
    def close(self) -> None:
        """See `LedgerReader.close`."""
        with suppress(apsw.Error):  # it has written nothing that could be lost
            self._connection.close()

    @contextmanager
    def _snapshot(self) -> Iterator[apsw.Connection]:
        with translated(self._path, "read"), self._connection:
            yield self._connection

    def _each(self, statement: str, values: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - whatever SQLite binds
        """Each row, streamed from one statement: SQLite keeps its snapshot until the last."""
        with translated(self._path, "read"):
            yield from self._connection.execute(statement, values)

    # Runs ------------------------------------------------------------------------------------------------------------

    @override
    def runs(self) -> Sequence[Run]:
        """See `LedgerReader.runs`."""
        with self._snapshot() as connection:
            return [run_record(values) for values in connection.execute(sql.RUNS_LATEST_FIRST)]

    @override
    def find(self, name: str | None) -> Run:
        """See `LedgerReader.find`."""
        return choose_run(self.runs(), name)

    @override
    def report(self, run: Run) -> RunReport:
        """See `LedgerReader.report`."""
        with self._snapshot() as connection:
            found = list(map(invocation_row, connection.execute(sql.INVOCATIONS, (self._id(run),)).fetchall()))
            return RunReport(
                key=self.key,
                run=run,
                invocations=tuple(map(invocation_record, found)),
                head=self._head(connection),
                assumed=assumed_price(found),
            )

    @override
    def rows(self, run: Run) -> Iterator[RunRow]:
        """See `LedgerReader.rows`."""
        run_id = self._id(run)
        last = self._last(run_id)
        statement = members.SHOWN_ROWS if self._has_alternatives(run_id, run) else sql.ROWS
        for values in self._each(statement, {"run": run_id, "name": run.name}):
            row = run_row(values, run, last)
            if values[2] == members.ALTERNATIVE:
                row = replace(row, instead_of=self._before(values))
            if row.status is Status.DOUBT and not row.reason:
                row = self._with_last_words(row, run)
            yield row

    def _has_alternatives(self, run_id: int, run: Run) -> bool:
        """Whether it has: fixed when the run is made, so that asking in a snapshot of its own does no harm."""
        with translated(self._path, "read"):
            return bool(self._connection.execute(members.HAS_ALTERNATIVES, (run_id, run.rows)).get)

    def _before(self, order: tuple[Any, ...]) -> tuple[tuple[str, int | None], ...]:
        """What was tried for a row before this alternative of it, and the codes."""
        run_id, position = order[:2]
        main, place = map(int, order[8].split())
        found = self._each(members.BEFORE, (run_id, main, position - place + 1, position))
        return tuple((number, code) for number, code in found)

    def _with_last_words(self, row: RunRow, run: Run) -> RunRow:
        said = self._connection.execute(sql.LAST_WORDS, (row.number, run.name)).get
        return replace(row, reason=said or "")

    @override
    def counts(self, run: Run) -> Mapping[Status, int]:
        """See `LedgerReader.counts`."""
        return self.tally(run).counts

    @override
    def tally(self, run: Run, gone: Collection[int] = ()) -> Tally:
        """See `LedgerReader.tally`."""
        counts = dict.fromkeys(Status, 0)
        whys: dict[Why, int] = {}
        differs = waiting = giving_back = 0
        for count, found, differing in self._judged(run, gone=gone):
            judged = found
            if found == _WAITING:
                waiting += count
                judged = Judged(Status.REFUSED)
            counts[judged.status] += count
            differs += count if differing else 0
            giving_back += count if judged.giving_back else 0
            if judged.why is not None:
                whys[judged.why] = whys.get(judged.why, 0) + count
        return Tally(counts, whys, differs, waiting, giving_back)

    def _judged(
        self, run: Run, *, each: bool = False, gone: Collection[int] = ()
    ) -> Iterator[tuple[int, Judged, bool]]:
        """How many of the run's rows are judged how, and whether their routing differs from what was bought.

        `each`: row by row, its position in place of the count. A row that is refused with a code of `gone` and has an alternative
        left is not sent yet.
        """
        run_id = self._id(run)
        last = self._last(run_id)
        found = self._each(sql.STANDINGS if each else sql.COUNTS, (run_id,))
        if self._has_alternatives(run_id, run):
            found = self._each(members.SHOWN_STANDINGS, {"run": run_id, "name": run.name})
        for count, differs, kind, verdict, why, invocation, state, current, buyer, *left in found:
            judged = judge(
                RowKind(kind),
                None if verdict is None else Verdict(verdict),
                None if why is None else Why(why),
                None if state is None else NumberRow(state=State(state), run=current, buyer=buyer),
                run.name,
                stop=last.stop,
                fresh=invocation is not None and invocation >= last.id,
            )
            if left and left[0] and judged.status is Status.REFUSED and left[1] in gone:
                judged = _WAITING
            yield (1 if left and not each else count), judged, bool(differs)

    def _id(self, run: Run) -> int:
        with translated(self._path, "read"):
            values = self._connection.execute(sql.RUN_BY_NAME, (run.name,)).get
        if values is None or values[2] != run.key:
            raise UsageError(f"There is no run {run.name!r} in this ledger.", remedy="`numbatch runs` lists them.")
        run_id: int = values[0]
        return run_id

    def _last(self, run_id: int) -> LastInvocation:
        """The run's last invocation that was to buy: which, and why it did not reach the rows that it did not reach."""
        with translated(self._path, "read"):
            found = self._connection.execute(sql.INVOCATIONS, (run_id,)).fetchall()
        last = last_buying(list(map(invocation_row, found)))
        if last.stop is not None:
            return LastInvocation(last.id, Why(last.stop))
        running = holder(lock_path(self._path)) == last.pid
        return LastInvocation(last.id, Why.PENDING if running else Why.INTERRUPTED)

    # What is there ---------------------------------------------------------------------------------------------------

    @override
    def preview(self, orders: Orders, *, retry_refused: bool = False, gone: Collection[int] = ()) -> Preview:
        """See `LedgerReader.preview`."""
        with self._snapshot() as connection:
            values = connection.execute(sql.RUN_BY_KEY, (run_key(orders, self.key),)).get
            if values is None:
                return preview_new(connection, orders)
            run = run_record(values)
            judged = ((count, one) for count, one, _ in self._judged(run, gone=gone))
            return preview_of(run, judged, retry_refused=retry_refused)

    @override
    def prospect(
        self, orders: Orders, *, retry_refused: bool = False, rebuy: bool = False, gone: Collection[int] = ()
    ) -> Prospect:
        """See `LedgerReader.prospect`."""
        preview = self.preview(orders, retry_refused=retry_refused, gone=gone)
        run = preview.run
        with self._snapshot() as connection:
            if run is None:
                return with_gone(prospect_new(connection, orders, preview), rebuy=rebuy)
            judged = ((position, one) for position, one, _ in self._judged(run, each=True, gone=gone))
            known = (self._id(run), run.name)
            prospect = prospect_of(connection, orders, preview, judged, known, retry_refused=retry_refused)
            return with_gone(prospect, rebuy=rebuy)

    @override
    def attempts(self, run: Run) -> Iterator[Attempt]:
        """See `LedgerReader.attempts`."""
        return (attempt_record(attempt_row(values)) for values in self._each(sql.ATTEMPTS_OF_RUN, (run.name,)))

    @override
    def history(self, number: Number) -> Sequence[HistoryEntry]:
        """See `LedgerReader.history`."""
        return [
            HistoryEntry(from_micros(at), run, rule, before, after.split(",")[0], code, reason)
            for at, run, rule, before, after, code, reason in self._each(sql.HISTORY, (number,))
        ]

    @override
    def controls(self, count: int) -> Sequence[Control]:
        """See `LedgerReader.controls`."""
        found = self._each(sql.CONTROLS, (count,))
        return [Control(number, from_micros(intent), from_micros(at)) for number, intent, at in found]

    @override
    def knows(self, number: Number) -> bool:
        """See `LedgerReader.knows`."""
        with translated(self._path, "read"):
            return bool(self._connection.execute(sql.IS_KNOWN, (number,)).get)

    @override
    def head(self) -> Head:
        """See `LedgerReader.head`."""
        with self._snapshot() as connection:
            return self._head(connection)

    def hash_of(self, sequence: int) -> str | None:
        """The hash of the chain's entry with that sequence (hexadecimal); None where there is none."""
        with translated(self._path, "read"):
            kept = bytes(32) if sequence == 0 else self._connection.execute(sql.HASH_OF_ENTRY, (sequence,)).get
        return None if kept is None else bytes(kept).hex()

    def since(self, run: Run, sequence: int) -> Since:
        """See `EvidenceReader.since`."""
        with self._snapshot() as connection:
            return entries_since(connection, run.name, sequence)

    def rebuilt(self) -> datetime | None:
        """When this ledger was last rebuilt from what the account shows; None: never."""
        with translated(self._path, "read"):
            started = self._connection.execute(sql.LAST_REBUILD).get
        return None if started is None else from_micros(started)

    @staticmethod
    def _head(connection: apsw.Connection) -> Head:
        last = connection.execute(sql.LAST_ENTRY).get
        sequence, digest = (0, bytes(32)) if last is None else last
        return Head(read_id(connection), sequence, digest.hex())
