"""Give back what a run bought, and only that: ask about each number, give back what is surely this run's, find out what is in doubt.

    ledger (resume) ─▶ account (is it ours?) ─▶ releaser (give back) ─▶ account (what became of those without an answer?)

A number whose request had no answer is never given back again before the account was asked: not before the horizon, and with
controls as for every verdict. One number that is to be given back is kept to the last: it vouches for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from batch.errors import LedgerError
from batch.ledger.records import Begun, InvocationEnd, Run, Why
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.notices import Began
from batch.pool.pacer import Pacer, Priority
from batch.session.aside import begin_aside, end_aside
from batch.session.balance import read_balance
from batch.session.giving_back import GivingBack
from batch.session.opened import Session


@dataclass(frozen=True, slots=True)
class ReleaseOutcome:
    """What giving back came to.

    `released` counts what was given back, `gone` among them what others had given back before. `kept` says of each number that
    was kept why; `in_doubt` are those of which nobody knows yet. `left` counts what was not reached.
    """

    run: Run
    exit_code: int
    halt_reason: str
    released: int
    gone: int
    kept: Mapping[Number, str]
    in_doubt: Sequence[Number]
    left: int


async def release_run(run: Run, session: Session, *, only: Container[Number] | None = None) -> ReleaseOutcome:
    """Give back the numbers that `run` bought (of `only`, where it is given), and say what it came to.

    Raises `LedgerError` only where the ledger could not even note how it ended.
    """
    begun = await session.ledger.resume(run, session.facts)
    session.tell(Began(run, continued=True))
    return await _Releasing(begun, session, only).run()


class _Releasing:
    """One process's giving back."""

    def __init__(self, begun: Begun, session: Session, only: Container[Number] | None) -> None:
        self._begun = begun
        self._session = session
        self._brakes = Brakes(session.options, session.tell)
        self._pacer = Pacer(session.options.rate, session.clock)
        self._giving = GivingBack(begun, session, only, pacer=self._pacer, brakes=self._brakes)
        self._opening: Decimal | None = None
        self._closing: Decimal | None = None

    async def run(self) -> ReleaseOutcome:
        """Do it all; whatever ends it, note how it ended."""
        work = asyncio.create_task(self._work(), name="release")
        self._session.stop.bind(lambda: self._brakes.stop_at(Why.INTERRUPTED), lambda: _cancel(work))
        try:
            await work
        except asyncio.CancelledError:
            if not self._session.stop.signal:
                raise
        except LedgerError as error:
            self._brakes.halt(error.problem)
        return await self._end()

    async def _work(self) -> None:
        self._pacer.start()
        watch = begin_aside(self._watch(), "watch", self._brakes)
        try:
            self._opening = await self._balance()
            await self._giving.work()
            self._closing = await self._balance()
        finally:
            await end_aside(watch)
            await self._giving.close()
            await self._pacer.close()

    async def _balance(self) -> Decimal | None:
        return await read_balance(self._session.provider, self._pacer, self._brakes)

    async def _watch(self) -> None:
        """Give out no more slots for releases when the run is ending, and none at all when somebody wants it to end."""
        await self._brakes.stopped.wait()
        self._pacer.abandon(Priority.PURCHASE)
        await self._brakes.interruption.wait()
        for priority in Priority:
            self._pacer.abandon(priority)

    def _exit_code(self) -> int:
        returns = self._giving.returns
        if self._session.stop.signal:
            return 128 + self._session.stop.signal
        if returns.doubts:
            return 6
        if self._brakes.halt_reason:
            return 5
        if returns.todo:
            return 8
        return 4 if returns.kept else 0

    async def _end(self) -> ReleaseOutcome:
        session, returns, halted = self._session, self._giving.returns, self._brakes.halt_reason
        code = self._exit_code()
        end = InvocationEnd(
            ended=session.clock.now(),
            exit_code=code,
            stop=self._brakes.stop,
            halt_reason=halted,
            opening_balance=self._opening,
            closing_balance=self._closing,
        )
        try:
            await session.ledger.end(self._begun, end)
        except LedgerError:
            # A full disk: what the ledger holds is true all the same, and the halt has been told.
            if not halted:
                raise
        left = len(returns.todo.keys() - returns.doubts.keys())
        doubts = sorted(returns.doubts)
        return ReleaseOutcome(
            self._begun.run, code, halted, returns.released, returns.gone, dict(returns.kept), doubts, left
        )


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
