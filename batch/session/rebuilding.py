"""After a lost ledger: ask the account about every number of the orders that the ledger does not know as ours.

Each order workbook is a run of its own, as buying makes of it; a number that several order is asked about once.

Sends no purchase. What the account shows is recorded as held (B1), and so never bought again; what it does not show stays as
it is, and may be bought by the next run. Whoever opened the ledger puts it in place when `RebuildOutcome.complete` says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from batch.errors import LedgerError
from batch.ledger.attempts import SeenNote, UnknownRow
from batch.ledger.events import Rebuilt
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Begun, InvocationEnd, Run, RunRow, Status, Why
from batch.number import Number
from batch.order import Orders, RowKind
from batch.pool.notices import Alarm, Began, Halted, Phase, Stepped
from batch.pool.pacer import Pacer
from batch.provider.protocol import Owned
from batch.reconciler.calibration import Calibration
from batch.reconciler.survey import Survey
from batch.session.invocation import Session, resolve_run

_CHUNK = 1000
_UNPROVED = (
    "none of these numbers shows in the account, and the ledger knows of none that does: nothing could prove the query. A "
    "purchase of a number that is ours all the same is refused by the provider (-165), and charges nothing"
)


@dataclass(frozen=True, slots=True)
class RebuildOutcome:
    """What a rebuild came to, `runs` in the order of their workbooks.

    Numbers of the orders, each counted once: `known` as ours before, found `ours`, found `absent`, `unclear`, `in_doubt`.
    `proved`: a number that is ours showed that the account query sees. `complete`: the ledger may be bought with again.
    `reason` is why it is not, or why some are unclear.
    """

    runs: Sequence[Run]
    exit_code: int
    known: int
    ours: int
    absent: int
    unclear: int
    in_doubt: int
    proved: bool
    complete: bool
    reason: str


async def rebuild_orders(orders: Orders, session: Session, *others: Orders) -> RebuildOutcome:
    """Make (or find) the run of these orders, and one of each of `others`; find out which numbers the account holds.

    Raises `LedgerError` only where the ledger could not even note how it ended.
    """
    workbooks = (orders, *others)
    begun = []
    for workbook in workbooks:
        one = await session.ledger.begin(workbook, session.facts)
        session.tell(Began(one.run, one.continued))
        begun.append(one)
    return await _Rebuilding(begun, ordered_numbers(workbooks), session).run()


def ordered_numbers(workbooks: Iterable[Orders]) -> int:
    """Numbers that are ordered, each counted once."""
    rows = (row for orders in workbooks for row in orders.rows if row.kind is RowKind.ORDER)
    return len({number for row in rows for number in (row.number, *row.alternatives)})


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A row to ask about, and the run that it is of."""

    begun: Begun
    row: UnknownRow

    @property
    def number(self) -> Number:
        return self.row.number


class _Rebuilding:
    """One rebuild."""

    def __init__(self, begun: Sequence[Begun], numbers: int, session: Session) -> None:
        self._begun = begun
        self._numbers = numbers
        self._session = session
        self._pacer = Pacer(session.options.rate, session.clock)
        self._rows: Sequence[_Unknown] = ()
        self._ours = 0
        self._absent = 0
        self._listed = False
        self._asked = False
        self._halt = ""
        self._survey: Survey[_Unknown] = Survey(
            Calibration(session.provider, session.ledger, self._pacer, session.clock, session.options.resolve_horizon),
            provider=session.provider,
            pacer=self._pacer,
            options=session.options,
            clock=session.clock,
            tell=session.tell,
            present=self._present,
            absent=self._not_ours,
            believes_unproved=True,
        )

    async def run(self) -> RebuildOutcome:
        """Do it; whatever ends it, note how it ended."""
        stop = self._session.stop
        try:
            await self._resolve()
            if not (self._halt or stop.signal):
                work = asyncio.create_task(self._work(), name="rebuild")
                stop.bind(lambda: _cancel(work), lambda: _cancel(work))
                await work
        except asyncio.CancelledError:
            if not stop.signal:
                raise
        except LedgerError as error:
            self._halt = error.problem
        return await self._end()

    async def _resolve(self) -> None:
        """Numbers that a kept ledger has in doubt, resolved as ever."""
        if await self._session.ledger.adopt():
            self._halt = (await resolve_run(self._begun[0].run, self._session)).halt_reason

    async def _work(self) -> None:
        session = self._session
        self._pacer.start()
        try:
            await self._wait()
            self._rows = await self._unknown()
            self._listed = True
            session.tell(Phase("asking the account", len(self._rows)))
            await self._survey.ask(self._rows)
            self._asked = True
            if self._survey.halted:
                self._halt = self._survey.reason
                session.tell(Halted(self._halt))
            elif not self._survey.proved:
                session.tell(Alarm(_UNPROVED))
        finally:
            await self._pacer.close()

    async def _wait(self) -> None:
        """What was sent just before the loss may still be executed: an absence counts only after the horizon."""
        session = self._session
        left = session.options.resolve_horizon
        session.tell(Phase("waiting until nothing that was sent can still arrive", round(left)))
        while left > 0:
            await session.clock.sleep(min(left, 1.0))
            left -= 1.0
            session.tell(Stepped())

    async def _unknown(self) -> list[_Unknown]:
        """One row of each number, of the first run that orders it: the others meet it in the ledger when they are run."""
        rows: dict[Number, _Unknown] = {}
        for begun in self._begun:
            after = -1
            while found := await self._session.ledger.unknown_rows(begun, after, _CHUNK):
                for row in found:
                    rows.setdefault(row.number, _Unknown(begun, row))
                after = found[-1].position
        return list(rows.values())

    async def _present(self, unknown: _Unknown, owned: Owned) -> None:
        note = SeenNote(by=self._session.facts.user, created=owned.created)
        event = Rebuilt(unknown.row.version, calibrated=True)
        step = await self._session.ledger.rebuilt(unknown.begun, unknown.row, event, note)
        self._ours += step.rule == "B1"

    async def _not_ours(self, _: _Unknown) -> None:
        self._absent += 1

    async def _end(self) -> RebuildOutcome:
        session = self._session
        in_doubt = self._in_doubt()
        unclear = len(self._rows) - self._ours - self._absent
        complete = self._asked and not (unclear or self._halt)
        signal = 0 if complete else session.stop.signal
        if signal:
            code, stop = 128 + signal, Why.INTERRUPTED
        elif self._halt:
            code, stop = 5, Why.HALTED
        else:
            code, stop = (6 if unclear or in_doubt else 0), Why.PENDING
        end = InvocationEnd(session.clock.now(), code, stop, self._halt)
        try:
            for begun in self._begun:
                await session.ledger.end(begun, end)
        except LedgerError:
            if not self._halt:
                raise
        return RebuildOutcome(
            runs=[begun.run for begun in self._begun],
            exit_code=code,
            known=self._numbers - len(self._rows) - in_doubt if self._listed else 0,
            ours=self._ours,
            absent=self._absent,
            unclear=unclear,
            in_doubt=in_doubt,
            proved=self._survey.proved,
            complete=complete,
            reason=self._halt or (self._survey.reason if unclear else ""),
        )

    def _in_doubt(self) -> int:
        """Numbers in doubt, each counted once."""
        reader = self._session.ledger.reader()
        try:
            return len({row.number for begun in self._begun for row in _doubtful(reader, begun.run)})
        finally:
            reader.close()


def _doubtful(reader: LedgerReader, run: Run) -> Iterator[RunRow]:
    """Rows of `run` whose number is in doubt, whichever run's doubt it is."""
    return (row for row in reader.rows(run) if row.status is Status.DOUBT or row.why is Why.ELSEWHERE)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
