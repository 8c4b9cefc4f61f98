"""One process's work on one run: buy, ask about what is in doubt, read prices back, note how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from batch.errors import LedgerError, UsageError
from batch.ledger.attempts import Doubt, OpenRow, SeenNote
from batch.ledger.events import Absent, Present
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, InvocationEnd, Run, Status, Tally, Why
from batch.ledger.wishes import Doing
from batch.number import Number
from batch.order import Orders
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Began, Moved, Phase
from batch.pool.pacer import Pacer, Priority
from batch.pool.patience import Patience, first_of
from batch.reconciler.attribution import attribute
from batch.reconciler.prices import PriceReader, Quotes
from batch.reconciler.resolver import Resolver
from batch.session.aside import begin_aside, end_aside
from batch.session.balance import Balance
from batch.session.buying import buy_open_rows, note_alternatives
from batch.session.canary import Heard
from batch.session.control import Steering
from batch.session.opened import Session
from batch.session.outcome import RunOutcome, exit_code

__all__ = ["Session", "buy_orders", "resolve_run"]

_CHUNK = 1000


async def buy_orders(orders: Orders, session: Session) -> RunOutcome:
    """Buy what is open of `orders`, resolve what is in doubt, read prices back; say what it came to.

    Raises `LedgerError` only where the ledger could not even note how it ended.
    """
    begun = await session.ledger.begin(orders, session.facts)
    session.tell(Began(begun.run, begun.continued))
    return await _Invocation(begun, session).run()


async def resolve_run(
    run: Run, session: Session, *, accept: Mapping[Number, bool] | None = None, accepted_by: str = ""
) -> RunOutcome:
    """Ask about every number in doubt, sending no purchase; the outcome is that of `run` afterwards.

    `accept` maps numbers that a person has looked at to whether they are ours, `accepted_by` names the person. Raises
    `UsageError` where such a number is not in doubt.
    """
    accepted = await _doubts_of(session.ledger, accept or {})
    begun = await session.ledger.resume(run, session.facts)
    return await _Invocation(begun, session, buying=False).run(accepted, accepted_by)


async def _doubts_of(ledger: Ledger, accept: Mapping[Number, bool]) -> list[tuple[Doubt, bool]]:
    """What is accepted of which doubt: all are looked up before any is touched."""
    if accept:
        await ledger.adopt()
    doubts = []
    for number, ours in accept.items():
        doubt = await ledger.doubt(number)
        if doubt is None:
            raise UsageError(f"{number} is not in doubt", remedy="`numbatch history NUMBER` tells what is known of it.")
        doubts.append((doubt, ours))
    return doubts


class _Invocation:
    """One process's work on one run."""

    def __init__(self, begun: Begun, session: Session, *, buying: bool = True) -> None:
        self._heard = Heard(session.tell)
        if session.canary and buying:
            session = replace(session, tell=self._heard)
        self._begun = begun
        self._session = session
        self._buying = buying
        options, clock, ledger = session.options, session.clock, session.ledger
        self._brakes = Brakes(options, session.tell)
        self._pacer = session.pacer or Pacer(options.rate, clock)
        self._feed = Feed(
            ledger,
            begun,
            clock,
            retry_refused=options.retry_refused,
            rebuy=options.rebuy,
            quotes=session.quotes,
            gone=session.provider.codes.gone,
        )
        self._quotes = Quotes(options, self._brakes, session.tell, session.quotes, planned=session.planned)
        self._opening: Decimal | None = None
        self._closing: Decimal | None = None
        self._resolver = Resolver(
            begun,
            self._quotes,
            provider=session.provider,
            ledger=ledger,
            feed=self._feed,
            pacer=self._pacer,
            brakes=self._brakes,
            options=options,
            clock=clock,
            tell=session.tell,
        )
        self._balance = Balance(
            begun,
            self._quotes,
            provider=session.provider,
            ledger=ledger,
            feed=self._feed,
            pacer=self._pacer,
            brakes=self._brakes,
            options=options,
            clock=clock,
            tell=session.tell,
        )
        self._steering = self._steered()

    def _steered(self) -> Steering | None:
        """How a person reaches it; None: nobody can."""
        session, rate = self._session, self._session.options.rate
        if session.control is None or not self._buying:
            return None
        doing = Doing(self._begun.run.name, session.facts.pid, 0, paused=False, rate=rate, agreed=rate)
        return Steering(session.control, doing, pacer=self._pacer, clock=session.clock, tell=session.tell)

    async def run(self, accepted: Sequence[tuple[Doubt, bool]] = (), accepted_by: str = "") -> RunOutcome:
        """Do it all; whatever ends it, note how it ended."""
        work = asyncio.create_task(self._work(accepted, accepted_by), name="invocation")
        self._session.stop.bind(lambda: self._brakes.stop_at(Why.INTERRUPTED), lambda: _cancel(work))
        try:
            await work
        except asyncio.CancelledError:
            if not self._session.stop.signal:
                raise
        except LedgerError as error:
            self._brakes.halt(error.problem)
        return await self._end()

    async def _work(self, accepted: Sequence[tuple[Doubt, bool]], accepted_by: str) -> None:
        if self._session.pacer is None:
            self._pacer.start()
        aside = [begin_aside(self._watch(), "watch", self._brakes)]
        if self._steering is not None:
            self._steering.begin()
            aside.append(begin_aside(self._steering.follow(), "steering", self._brakes))
        try:
            await self._resolver.calibration.look_up()
            await self._accept(accepted, accepted_by)
            await self._adopt()
            self._resolver.start()
            self._opening = await self._balance.open()
            if self._buying:
                await self._buy()
            else:
                self._feed.close()
            await self._resolve()
            if self._buying:
                await note_alternatives(self._begun, self._session, quotes=self._quotes, stop=self._brakes.stop)
            await self._read_prices()
            self._closing = await self._balance.read()
        finally:
            await end_aside(*aside)
            if self._steering is not None:
                self._steering.end()
            await self._resolver.close()
            if self._session.pacer is None:
                await self._pacer.close()

    async def _buy(self) -> None:
        await buy_open_rows(
            self._begun,
            self._session,
            quotes=self._quotes,
            balance=self._balance,
            heard=self._heard,
            feed=self._feed,
            pacer=self._pacer,
            brakes=self._brakes,
            resolving=self._resolver,
        )

    async def _adopt(self) -> None:
        """Take up what is in doubt: for a run, the rows that it sent itself; to resolve, every number there is."""
        ledger = self._session.ledger
        for doubt in await ledger.adopt():
            row = await ledger.row(self._begun, doubt.number)
            mine = doubt.row.run == self._begun.run.name
            if self._buying and not (mine and row is not None):
                continue  # another run's; met again when the feed comes to this run's row of it
            if row is not None:
                self._feed.expect(row)
                self._session.tell(Moved(doubt.number, Status.DOUBT, doubt.row.code))
            self._resolver.adopt(doubt, row)
        if self._session.options.ask_owned and not self._session.options.retry_refused:
            await self._take_up_lost()

    async def _take_up_lost(self) -> None:
        """Ask again about rows that stand refused, though an attempt on them was lost: it may have been executed late."""
        lost: list[OpenRow] = []
        while rows := await self._session.ledger.lost_rows(self._begun, lost[-1].position if lost else -1, _CHUNK):
            lost += rows
        for row in lost:
            self._feed.expect(row)
        self._resolver.ask_lost(lost)

    async def _accept(self, accepted: Sequence[tuple[Doubt, bool]], by: str) -> None:
        """Record what a person saw, who has looked."""
        for doubt, ours in accepted:
            version = doubt.row.version
            event: Present | Absent = Absent(version, float("inf"), calibrated=True)
            if ours:
                who = attribute(doubt, None, self._resolver.calibration.zone)
                event = Present(version, float("inf"), calibrated=True, bought_by=who.run)
            await self._session.ledger.verdict(doubt.number, event, SeenNote(by=by))

    async def _resolve(self) -> None:
        if not self._brakes.interrupted:
            if self._resolver.pending:
                self._session.tell(Phase("asking about numbers in doubt", self._resolver.pending))
            await Patience(self._session.clock, self._brakes).unless_interrupted(self._resolver.drain())
            self._resolver.tell_unasked()

    async def _read_prices(self) -> None:
        session = self._session
        if not session.options.prices or self._brakes.account_refused or self._brakes.interrupted:
            return
        if not await session.ledger.unpriced(self._begun, -1, 1):
            return
        session.tell(Phase("reading prices back", (await session.ledger.totals(self._begun)).bought))
        reader = PriceReader(
            self._begun,
            self._quotes,
            provider=session.provider,
            ledger=session.ledger,
            pacer=self._pacer,
            brakes=self._brakes,
            clock=session.clock,
            options=session.options,
            tell=session.tell,
        )
        await reader.read()

    async def _watch(self) -> None:
        """End the feed and the purchases' slots as soon as the run is ending; end the run when its time is over."""
        until, clock = self._session.options.until, self._session.clock
        while until is not None and not self._brakes.ending:
            left = (until - clock.now()).total_seconds()
            if left <= 0 and not self._feed.finished:
                self._brakes.stop_at(Why.UNTIL)
                break
            await first_of(self._brakes.stopped.wait(), clock.sleep(min(left, 1.0) if left > 0 else 1.0))
        await self._brakes.stopped.wait()
        self._feed.close()
        self._pacer.abandon(Priority.PURCHASE)
        await self._brakes.interruption.wait()  # a halted run still asks, until somebody wants it to end
        for priority in Priority:
            self._pacer.abandon(priority)

    async def _end(self) -> RunOutcome:
        session, brakes = self._session, self._brakes
        tally = self._tally()
        code = exit_code(tally, stop=brakes.stop, halted=bool(brakes.halt_reason), signal=session.stop.signal)
        end = InvocationEnd(
            ended=session.clock.now(),
            exit_code=code,
            stop=brakes.stop,
            halt_reason=brakes.halt_reason,
            opening_balance=self._opening,
            closing_balance=self._closing,
        )
        try:
            await session.ledger.end(self._begun, end)
        except LedgerError:
            # A full disk: what the ledger holds is true all the same, and the halt has been told.
            if not brakes.halt_reason:
                raise
        return RunOutcome(self._begun.run, code, brakes.stop, brakes.halt_reason, tally.counts, tally.differs)

    def _tally(self) -> Tally:
        reader = self._session.ledger.reader()
        try:
            return reader.tally(self._begun.run, self._session.provider.codes.gone)
        finally:
            reader.close()


def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
