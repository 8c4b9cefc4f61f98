"""What an operator does beside `run`, with the ledger's own methods: give back, buy again, say what was seen, hear late."""

from __future__ import annotations

from contextlib import suppress

from simulation.chance import Fates
from simulation.office import Counted, Office, Trouble, Watched
from simulation.taken import Taken

from batch.clock import age
from batch.ledger.attempts import AnswerNote, OpenRow
from batch.ledger.events import CertainlyNotSent, Rebuy, Release, Released, ReleaseFailed, State, Vanished
from batch.ledger.records import Status, Why
from batch.ledger.states import Forbidden, may_send
from batch.provider.protocol import NotOwned, Owned, Unsent
from batch.session import release_run, resolve_run

DELAY, HORIZON = 10.0, 60.0


class Operators:
    """The people at the desk, of one seed."""

    def __init__(self, office: Office, fates: Fates, taken: Taken) -> None:
        self._office = office
        self._fates = fates
        self._taken = taken

    # Giving back -----------------------------------------------------------------------------------------------------

    async def give_back(self, wanted, session):
        """What the table forbids, because the number has changed meanwhile, is not done."""
        with suppress(Forbidden):
            await self._give_back(wanted, session)

    async def release(self, wanted, session):
        """`release RUN`, perhaps of some numbers only."""
        numbers = sorted({one.number for one in wanted.rows})
        chance = self._office.chance
        only = set(chance.sample(numbers, chance.randrange(1, len(numbers) + 1))) if chance.random() < 0.7 else None
        return await release_run(self._office.runs[wanted.key], session, only=only)

    async def _give_back(self, wanted, session):
        """`release NUMBER`, or `run --rebuy` where another run bought it and it is gone."""
        office, ledger = self._office, session.ledger
        begun = await ledger.resume(office.runs[wanted.key], session.facts)
        await ledger.adopt()
        bought = [one.number for one in wanted.rows if self._state(ledger, one.number).state is State.BOUGHT]
        if not bought:
            return
        gone = [number for number in bought if self._is_gone(wanted.key, number)]
        awaited = [one.number for one in office.provider.orphans() if one.number in bought]
        await self._give_back_one(begun, session, wanted.key, office.chance.choice(gone or awaited or bought))

    async def give_back_one(self, wanted, session, number, fate, meanwhile=None):
        """`release` of that number; `meanwhile` happens between its intent and its send."""
        ledger = session.ledger
        begun = await ledger.resume(self._office.runs[wanted.key], session.facts)
        await ledger.adopt()
        if self._state(ledger, number).state is State.BOUGHT:
            await self._give_back_one(begun, session, wanted.key, number, fate, meanwhile)

    async def _give_back_one(self, begun, session, label, number, fate=None, meanwhile=None):
        ledger, clock = session.ledger, session.clock
        began = clock.elapsed()
        row = await ledger.row(begun, number)
        wait = HORIZON if self._state(ledger, number).open is not None else DELAY
        await clock.sleep(wait + 0.01)
        state = self._state(ledger, number)
        seen = await session.provider.inquire(number)
        mine = state.buyer == begun.run.name
        version, since = state.version, clock.elapsed() - began
        if isinstance(seen, NotOwned) and mine:
            await ledger.given_back(begun, row, Vanished(begun.run.name, version, since))
        elif isinstance(seen, NotOwned) and self._is_gone(label, number):
            await ledger.given_back(begun, row, Rebuy(version, since))
        elif isinstance(seen, Owned) and mine and self._is_by(label, number, state.generation):
            release = Release(begun.run.name, version, since)
            await self._release(session, begun, row, release, fate or self._fates.release(), meanwhile)
        else:
            self._taken.add("R1''", state.state, state.state)

    async def _release(self, session, begun, row: OpenRow, event: Release, fate, meanwhile):
        claimed = await session.ledger.release(begun, row, event)
        if meanwhile is not None:
            await meanwhile(session.ledger, begun)
        attempt, generation, run = claimed.attempt, claimed.generation, begun.run.name
        if not may_send(claimed.row, attempt, age(session.clock, claimed.mark)):
            answer = CertainlyNotSent(attempt, generation, run)
        else:
            self._taken.add("R2", State.RELEASING, State.RELEASING)
            intent = self._office.provider.intents[row.number, attempt]
            outcome = await session.provider.give_back(intent, fate)
            if intent.fate.answer is None:
                answer = Released(attempt, generation, run)
            elif isinstance(outcome, Unsent):
                answer = CertainlyNotSent(attempt, generation, run)
            else:
                answer = ReleaseFailed(attempt, generation, run)
        await session.ledger.answer(begun, row, answer, AnswerNote())

    @staticmethod
    def _state(ledger, number):
        return ledger._inner._store.number(number)

    def has_gone(self, label) -> bool:
        """Whether a run says of a number that it is gone."""
        return any(row.why is Why.GONE for row in self._office.rows(label))

    def _is_gone(self, label, number):
        return any(row.number == number and row.why is Why.GONE for row in self._office.rows(label))

    def _is_by(self, label, number, generation):
        charge = self._office.provider.holds.get(number)
        return charge is not None and (charge.label, charge.generation) == (label, generation)

    # Saying ----------------------------------------------------------------------------------------------------------

    async def say(self, wanted, session):
        """`resolve --accept`, by somebody who looked at what can't change any more."""
        office = self._office
        provider = office.provider
        accepted = {}
        for one in wanted.rows:
            doubt = await session.ledger.doubt(one.number)
            if doubt is not None and doubt.row.state is State.DOUBT and not provider.is_awaited(one.number):
                charged = provider.charged(one.number, wanted.key)
                if charged == (one.number in provider.held()) and doubt.row.run == office.runs[wanted.key].name:
                    accepted[one.number] = bool(charged)
        if accepted:
            provider.met["a person says what they saw"] += 1
        return await resolve_run(office.runs[wanted.key], session, accept=accepted, accepted_by="ann")

    # Hearing ---------------------------------------------------------------------------------------------------------

    async def hear(self, wanted):
        """A worker that was believed dead records what it heard, while nobody else works."""
        office = self._office
        ledger = await office.open(office.settings())
        watched = Watched(ledger, Counted(None, office.provider.met), office, Trouble())
        try:
            begun = await watched.resume(office.runs[wanted.key], office.facts())
            if office.chance.random() < 0.8:
                await watched.adopt()
            await office.hear_late(watched, begun)
        finally:
            await ledger.close()

    # On the provider's site ------------------------------------------------------------------------------------------

    def by_hand(self, wanted) -> None:
        """Somebody buys or gives back a number of which everything is known."""
        office, provider = self._office, self._office.provider
        numbers = sorted({one.number for orders in wanted for one in orders.rows})
        quiet = [one for one in numbers if not provider.is_awaited(one)]
        rows = [row for label in sorted(office.runs) for row in office.rows(label)]
        certain = {row.number for row in rows if row.status is Status.PURCHASED and row.confirmed_by == "answer"}
        given_back = [one for one in quiet if one in certain and one in provider.given_back - provider.held()]
        if given_back and office.chance.random() < 0.5:
            provider.buy_by_hand(office.chance.choice(given_back))
        elif gone := [one for one in quiet if one in certain and one in provider.held()]:
            provider.give_back_by_hand(office.chance.choice(gone))
        elif new := [one for one in quiet if provider.untouched(one) and one not in provider.held()]:
            provider.buy_by_hand(office.chance.choice(new))
