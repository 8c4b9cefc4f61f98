"""The rounds of giving back: ask about a few numbers, give back those that are surely this run's, find out what is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import assert_never

from batch.errors import LedgerError
from batch.ledger.attempts import BoughtRow, Control, SeenNote
from batch.ledger.events import Absent, Present, State, Vanished
from batch.ledger.records import Begun, Why
from batch.ledger.states import Forbidden, Step
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.notices import Alarm, Phase
from batch.pool.pacer import Pacer
from batch.pool.patience import Patience
from batch.pool.releaser import Releaser, Sent
from batch.reconciler.attribution import Zone
from batch.reconciler.giving_back import Asked, Doubted, Inquirer, choose_controls
from batch.session.opened import Session
from batch.session.returns import Returns

_TOGETHER = 20
"""Numbers that are asked about before they are given back: few, so that what was seen is fresh."""
_CHUNK = 1000
_UNSENT_PAUSE = 1.0
_A_LITTLE = 0.001
"""Seconds added, so that an age that was waited for is never short of it by a rounding."""


class GivingBack:
    """One process's rounds; `returns` tells what has become of each number."""

    def __init__(
        self, begun: Begun, session: Session, only: Container[Number] | None, *, pacer: Pacer, brakes: Brakes
    ) -> None:
        self._begun = begun
        self._run = begun.run.name
        self._session = session
        self._only = only
        self._ledger = session.ledger
        self._clock = session.clock
        self._options = session.options
        self._pacer = pacer
        self._brakes = brakes
        self._patience = Patience(session.clock, brakes)
        self._began = session.clock.elapsed()
        self._releaser = Releaser(
            begun,
            provider=session.provider,
            ledger=session.ledger,
            pacer=pacer,
            brakes=brakes,
            options=session.options,
            clock=session.clock,
            tell=session.tell,
        )
        self.returns = Returns(session.options.max_attempts, session.tell)
        self._not_before = 0.0  # when what is to be asked again may be
        self._sent: set[Number] = set()
        self._zone = Zone()

    async def close(self) -> None:
        """Ask no more whether the provider is there."""
        await self._releaser.close()

    async def work(self) -> None:
        """Give back what can be; of those that could vouch for the others one is the last."""
        await self._take_up()
        self._session.tell(Phase("giving back", len(self.returns.todo)))
        others, last = await choose_controls(self._ledger, list(self.returns.todo))
        first = [place for number, place in self.returns.todo.items() if last is None or number != last.number]
        await self._rounds(first, others if last is None else [*others, last])
        if last is not None and not (self._is_over() or self.returns.doubts):
            await self._rounds([self.returns.todo[last.number]], others)

    async def _take_up(self) -> None:
        """List what this run bought; what was given back without an answer is asked about again, from now on."""
        now = self._clock.elapsed()
        for doubt in await self._ledger.adopt():
            row = await self._ledger.row(self._begun, doubt.number)
            state = doubt.row
            if row is None or self._run != (state.buyer if state.state is State.RELEASE_DOUBT else state.run):
                continue
            if state.state is State.RELEASE_DOUBT:
                self.returns.doubts[doubt.number] = Doubted(doubt.number, row.position, now)
            elif self._wants(doubt.number):
                self.returns.keep(
                    doubt.number, f"nobody knows whether it was bought: first `numbatch resolve {self._run}`"
                )
        after = -1
        while rows := await self._ledger.bought_rows(self._begun, after, _CHUNK):
            after = rows[-1].row.position
            self.returns.todo |= {one.number: one.row.position for one in rows if self._wants(one.number)}

    def _wants(self, number: Number) -> bool:
        return self._only is None or number in self._only

    # Rounds ----------------------------------------------------------------------------------------------------------------

    async def _rounds(self, positions: Sequence[int], controls: Sequence[Control]) -> None:
        """Give back what stands at these positions; what was not, or is in doubt, again, until nothing is left to be tried."""
        inquirer = self._inquirer(controls)
        await self._patience.unless_interrupted(inquirer.learn_zone())
        doubtful = {doubt.position for doubt in self.returns.doubts.values()}
        waiting = [position for position in positions if position not in doubtful]
        while True:
            for at in range(0, len(waiting), _TOGETHER):
                if self._is_over():
                    break
                await self._some(waiting[at : at + _TOGETHER], inquirer)
            await self._end_doubts(inquirer)
            waiting = list(self.returns.take_again())
            if not waiting or self._is_over():
                self._zone = inquirer.zone
                return
            await self._patience.wait(max(_UNSENT_PAUSE, self._not_before - self._clock.elapsed()))

    def _inquirer(self, controls: Sequence[Control]) -> Inquirer:
        session = self._session
        return Inquirer(
            self._run,
            controls,
            self._zone,
            provider=session.provider,
            ledger=session.ledger,
            pacer=self._pacer,
            options=session.options,
            clock=session.clock,
            tell=session.tell,
        )

    def _is_over(self) -> bool:
        """Whether no further number is to be given back; what is under way is not called back by a limit."""
        until, limit = self._options.until, self._options.limit
        if until is not None and self._clock.now() >= until:
            self._brakes.stop_at(Why.UNTIL)
        return self._brakes.ending or (limit is not None and len(self._sent) >= limit)

    async def _some(self, positions: Sequence[int], inquirer: Inquirer) -> None:
        """Ask about some, then give back those that are this run's."""
        rows = [row for position in positions for row in await self._ledger.bought_rows(self._begun, position - 1, 1)]
        began = self._clock.elapsed()
        asked = await self._patience.unless_interrupted(inquirer.ask(rows))
        if asked is None:
            return
        for bought in asked.unclear:
            self.returns.keep(bought.number, f"no usable answer: {asked.reason}")
        if asked.halted or (asked.unclear and len(asked.unclear) == len(rows) and not asked.uncontrolled):
            self._halt(asked.reason, account_refused=asked.halted)
        for bought in asked.gone:
            await self._vanished(bought, began)
        ours = []
        for bought, owned in asked.held:
            if reason := inquirer.why_not_ours(bought, owned):
                self.returns.keep(bought.number, reason)
            else:
                ours.append(bought)
        await self._release(ours)

    def _halt(self, reason: str, *, account_refused: bool) -> None:
        """The account query can't be relied on; or nothing more is worth asking."""
        self._brakes.account_refused = self._brakes.account_refused or account_refused
        self._brakes.halt(reason)

    async def _vanished(self, bought: BoughtRow, asked_at: float) -> None:
        """The account does not hold it: others gave it back. Believed once its delay has passed."""
        event = Vanished(self._run, bought.state.version, asked_at - self._began)
        try:
            await self._ledger.given_back(self._begun, bought.row, event)
        except Forbidden:
            self._not_before = self._began + self._options.resolve_delay
            self.returns.again.append(bought.row.position)
        else:
            self.returns.vanished(bought.number)

    async def _release(self, rows: Sequence[BoughtRow]) -> None:
        waiting = iter(rows)
        failed: list[LedgerError] = []

        async def work() -> None:
            try:
                for bought in waiting:
                    if self._is_over():
                        return
                    await self._one(bought)
            except LedgerError as error:  # what is in flight elsewhere is still recorded, if it can be
                self._brakes.halt(error.problem)
                failed.append(error)

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._options.workers, len(rows))):
                workers.create_task(work(), name="release")
        if failed:
            raise failed[0]

    async def _one(self, bought: BoughtRow) -> None:
        number = bought.number
        self._sent.add(number)
        try:
            sent = await self._releaser.release(bought, self._clock.elapsed() - self._began)
        except asyncio.CancelledError:
            sent = Sent.DOUBT if (await self._ledger.number(number)).state is State.RELEASE_DOUBT else Sent.NOT_BEGUN
            self._put_where_it_belongs(bought, sent)
            raise
        self._put_where_it_belongs(bought, sent)

    def _put_where_it_belongs(self, bought: BoughtRow, sent: Sent) -> None:
        """What becomes of the number: done, in doubt, or again later."""
        number, position = bought.number, bought.row.position
        match sent:
            case Sent.RELEASED:
                self.returns.done(number)
            case Sent.DOUBT:
                self.returns.doubt(number, position, self._clock.elapsed())
            case Sent.UNSENT:
                if bought.state.open is not None:
                    self._not_before = self._began + self._options.resolve_horizon
                self.returns.unsent(number, position)
            case Sent.NOT_BEGUN:
                self._sent.discard(number)
            case _:
                assert_never(sent)

    # Doubts ----------------------------------------------------------------------------------------------------------------

    async def _end_doubts(self, inquirer: Inquirer) -> None:
        """Ask what became of the numbers in doubt, when that can be believed; not for longer than a silent provider is borne."""
        since: float | None = None
        while self.returns.doubts and not self._brakes.account_refused:
            latest = max(doubt.since for doubt in self.returns.doubts.values())
            if not await self._patience.wait(
                latest + self._options.resolve_horizon + _A_LITTLE - self._clock.elapsed()
            ):
                return
            now = self._clock.elapsed()
            since = now if since is None else since
            asked = await self._ask_again(inquirer)
            if asked is None or not self.returns.doubts:
                return
            if asked.halted:
                self._halt(asked.reason, account_refused=True)
            if asked.halted or asked.uncontrolled or now - since >= self._options.outage_give_up_after:
                self._say_in_doubt(asked)
                return
            await self._patience.wait(self._options.resolve_delay)

    async def _ask_again(self, inquirer: Inquirer) -> Asked[Doubted] | None:
        """Ask about them all once, and record what was said; None where somebody wants the program to end."""
        now = self._clock.elapsed()
        doubts = [
            replace(doubt, version=(await self._ledger.number(doubt.number)).version)
            for doubt in self.returns.doubts.values()
        ]
        asked = await self._patience.unless_interrupted(inquirer.ask(doubts))
        if asked is not None:
            for doubt, _ in asked.held:
                held = Present(doubt.version, now - doubt.since, calibrated=True)
                self._learn(doubt, await self._ledger.verdict(doubt.number, held, SeenNote()))
            for doubt in asked.gone:
                gone = Absent(doubt.version, now - doubt.since, calibrated=True)
                self._learn(doubt, await self._ledger.verdict(doubt.number, gone, SeenNote()))
        return asked

    def _learn(self, doubt: Doubted, step: Step) -> None:
        """By R6 it was given back, or may be again."""
        if step.rule != "R6":  # somebody else's word on it came first
            return
        del self.returns.doubts[doubt.number]
        if step.after.state is State.FREE:
            self.returns.done(doubt.number)
        elif doubt.number in self.returns.todo or self._wants(doubt.number):
            self.returns.still_held(doubt.number, doubt.position)

    def _say_in_doubt(self, asked: Asked[Doubted]) -> None:
        words = f"{len(self.returns.doubts)} of the numbers given back stay in doubt: {asked.reason}"
        if asked.uncontrolled:
            words += "; look there, then `numbatch resolve --accept NUMBER=ours|not`"
        self._session.tell(Alarm(words))
