"""After a lost ledger: ask the account about every number of the orders that the ledger does not know as ours.

Sends no purchase. What the account shows is recorded as held (B1), and so never bought again; what it does not show stays as
it is, and may be bought by the next run. Whoever opened the ledger puts it in place when `RebuildOutcome.complete` says so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from batch.errors import LedgerError
from batch.ledger.events import Rebuilt
from batch.ledger.records import Begun, InvocationEnd, Run, SeenNote, Status, UnknownRow, Why
from batch.order import Orders
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
    """What a rebuild came to. Numbers of the orders: `known` as ours before, found `ours`, found `absent`, `unclear`, `in_doubt`.

    `proved`: a number that is ours showed that the account query sees. `complete`: the ledger may be bought with again.
    `reason` is why it is not, or why some are unclear.
    """

    run: Run
    exit_code: int
    known: int
    ours: int
    absent: int
    unclear: int
    in_doubt: int
    proved: bool
    complete: bool
    reason: str


async def rebuild_orders(orders: Orders, session: Session) -> RebuildOutcome:
    """Make (or find) the run of these orders, and find out which of their numbers the account holds.

    Raises `LedgerError` only where the ledger could not even note how it ended.
    """
    begun = await session.ledger.begin(orders, session.facts)
    session.tell(Began(begun.run, begun.continued))
    return await _Rebuilding(begun, session).run()


class _Rebuilding:
    """One rebuild."""

    def __init__(self, begun: Begun, session: Session) -> None:
        self._begun = begun
        self._session = session
        self._pacer = Pacer(session.options.rate, session.clock)
        self._rows: list[UnknownRow] = []
        self._ours = 0
        self._absent = 0
        self._listed = False
        self._asked = False
        self._halt = ""
        self._survey: Survey[UnknownRow] = Survey(
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
            self._halt = (await resolve_run(self._begun.run, self._session)).halt_reason

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

    async def _unknown(self) -> list[UnknownRow]:
        rows: list[UnknownRow] = []
        while True:
            after = rows[-1].position if rows else -1
            found = await self._session.ledger.unknown_rows(self._begun, after, _CHUNK)
            if not found:
                return rows
            rows += found

    async def _present(self, row: UnknownRow, owned: Owned) -> None:
        note = SeenNote(by=self._session.facts.user, created=owned.created)
        step = await self._session.ledger.rebuilt(self._begun, row, Rebuilt(row.version, calibrated=True), note)
        self._ours += step.rule == "B1"

    async def _not_ours(self, _: UnknownRow) -> None:
        self._absent += 1

    async def _end(self) -> RebuildOutcome:
        session = self._session
        reader = session.ledger.reader()
        try:
            tally = reader.tally(self._begun.run)
        finally:
            reader.close()
        in_doubt = tally.counts[Status.DOUBT] + tally.whys.get(Why.ELSEWHERE, 0)
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
            await session.ledger.end(self._begun, end)
        except LedgerError:
            if not self._halt:
                raise
        orders = sum(tally.counts.values()) - tally.counts[Status.INVALID] - tally.counts[Status.DUPLICATE]
        return RebuildOutcome(
            run=self._begun.run,
            exit_code=code,
            known=orders - len(self._rows) - in_doubt if self._listed else 0,
            ours=self._ours,
            absent=self._absent,
            unclear=unclear,
            in_doubt=in_doubt,
            proved=self._survey.proved,
            complete=complete,
            reason=self._halt or (self._survey.reason if unclear else ""),
        )


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
