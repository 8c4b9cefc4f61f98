"""What was found out about a number, and what it means for this run's row of it: kept, counted, told, handed back.

Every row that the resolver holds leaves it by exactly one of these: done with, or back to the feed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from batch.codes import CodeKind
from batch.ledger.attempts import OpenRow, OwnedAnswer
from batch.ledger.events import Rebuy, State
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun, Status, Why
from batch.ledger.states import Forbidden, Step
from batch.number import Number
from batch.number.wording import first_of, plural
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Alarm, Moved, Tell


class Outcomes:
    """One invocation's rows that had to be asked about."""

    def __init__(self, begun: Begun, *, ledger: Ledger, feed: Feed, brakes: Brakes, tell: Tell) -> None:
        self._begun = begun
        self._ledger = ledger
        self._feed = feed
        self._brakes = brakes
        self._tell = tell
        self._unasked: list[Number] = []

    async def resolved(self, row: OpenRow, step: Step) -> None:
        """Its number is in doubt no more, by `step`."""
        mine = step.after.run == self._begun.run.name
        match step.after.state:
            case State.FREE if step.released_run == self._begun.run.name:
                self._done(row, Status.RELEASED)
            case State.BOUGHT if mine:
                self._done(row, Status.PURCHASED)
            case State.BOUGHT | State.HELD:
                if not mine:  # what its own doubt became, the ledger has kept with the verdict
                    await self._ledger.owned(self._begun, row, OwnedAnswer.OWNED)
                self._done(row, Status.OWNED)
            case State.REFUSED if mine and step.after.kind is CodeKind.RESERVED:
                self._done(row, Status.DEFERRED, step.after.code)
            case State.REFUSED if mine:
                self._done(row, Status.REFUSED, step.after.code)
            case _:
                self.again(row)

    def _done(self, row: OpenRow, status: Status, code: int | None = None) -> None:
        self._brakes.outcome(row.number, refused=code if status is Status.REFUSED else None)
        self._tell(Moved(row.number, status, code))
        self._feed.done()

    async def presume_owned(self, row: OpenRow) -> None:
        """Keep that the ledger says so; what the account says is still to be found out."""
        await self._ledger.owned(self._begun, row, OwnedAnswer.NOT_ASKED)

    async def owned(self, row: OpenRow, answer: OwnedAnswer) -> None:
        """The ledger says that the account holds its number, and this is what the account says."""
        await self._ledger.owned(self._begun, row, answer)
        if answer is OwnedAnswer.GONE:
            self._tell(Moved(row.number, Status.NOT_SENT, reason=Why.GONE.value))
        else:
            self._tell(Moved(row.number, Status.OWNED))
        self._feed.done()

    async def gone(self, row: OpenRow, rebuy: Rebuy | None) -> None:
        """The account does not hold it any more; bought again where a person wants that, and nothing can have changed since."""
        if rebuy is not None:
            with suppress(Forbidden):
                await self._ledger.given_back(self._begun, row, rebuy)
                self.again(row)
                return
        await self.owned(row, OwnedAnswer.GONE)

    def again(self, row: OpenRow) -> None:
        """It may be sent, by what is known now."""
        self._feed.again(replace(row, owned=False, elsewhere=False), 0)

    def unasked(self, number: Number) -> None:
        """It is owned by the ledger's word, and was to be bought again if it is gone: nobody could tell."""
        self._unasked.append(number)

    def tell_unasked(self) -> None:
        """Say which those are."""
        if self._unasked:
            count, numbers = plural(len(self._unasked), "owned number"), first_of(self._unasked)
            why = "nothing tells whether the account still holds them"
            self._tell(Alarm(f"{count} not bought again: {why}: {numbers}; the same command asks again"))

    def given_up(self) -> None:
        """For this invocation a row stays as the ledger has it."""
        self._feed.done()
