"""One seed: a world, its runs, processes one after another, and at last a healthy day; the protocol's invariants throughout."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any
from unittest.mock import patch

from simulation import invariants
from simulation.chance import ATTEMPTS, BLIND, Fates, Nature, bounds, settings, zone
from simulation.episodes import LABEL, Episodes, LostLedger
from simulation.invariants import hold
from simulation.office import Office, Trouble
from simulation.operators import Operators
from simulation.provider import usual
from simulation.remote import Remote
from simulation.taken import Taken
from support.desk import DOUBT, disk, orders
from support.virtual import virtual
from support.world import number

import batch.pool.pool
from batch.session import resolve_run

_EPISODES = 0.1
_LOSSES = 0.05
_STEERED = 0.15
_LONG = 3 * 24 * 3600
"""Seconds after which whoever waits is taken to wait for ever."""


@dataclass
class Played:
    """What a seed came to: the lines of the state table that it took, the faults that it met, and its whole trace's hash."""

    taken: Taken = field(default_factory=Taken)
    met: dict[str, int] = field(default_factory=dict)
    trace: str = ""


def play(seed: int, *, episode: str = "", mood: str = "", steered: bool = True, **nature: object) -> Played:
    """Play a seed. Raises `invariants.Broken` where an invariant does not hold.

    Of its world, `nature` (see `Nature`), the `episode` that is played and the account query's `mood` may be given; not `steered`:
    nobody pauses a run or changes its rate.
    """
    played = Played()

    async def whole():
        with disk() as root:
            chance = Random(seed)  # noqa: S311 - a seed must play the same every time
            playing = _Play(chance, Office(root, chance), played, episode, mood, nature)
            if steered:
                playing.steers = Random(seed + 1)  # noqa: S311 - apart, so that the world stays as it is without
            await asyncio.wait_for(playing.run(), _LONG)

    with (
        played.taken.watching(),
        patch.object(batch.pool.pool, "_BOUND_POLL", 1.0),
    ):  # virtual time is paid for by polls
        virtual(whole())
    return played


class _Play:
    steers: Random | None = None
    """Chance of what is wished of runs that are under way; None: nothing is."""

    def __init__(
        self, chance: Random, office: Office, played: Played, episode: str, mood: str, given: Mapping[str, Any]
    ) -> None:
        self._chance = chance
        self._office = office
        self._played = played
        self._nature = nature = replace(Nature.draw(chance), **given)
        self._episode = episode
        self._provider = provider = office.provider
        provider.late = nature.late
        self._fates = provider.fate = Fates(chance, nature, mood)
        provider.answers = self._fates.answer
        provider.release_fate = self._fates.release
        self._operators = Operators(office, self._fates, played.taken)
        self._lost_ledger = LostLedger(office, chance)
        numbers = [number(n) for n in range(chance.randrange(2, 8))]
        self._wanted = {"a": orders("a", numbers)}
        if chance.random() < 0.6:
            some = [*chance.sample(numbers, chance.randrange(1, len(numbers) + 1)), number(50)]
            self._wanted["b"] = orders("b", some)
            provider.met["the same number in another run"] += 1
        # Of such a provider no bounds are promised.
        self._bounds = {label: {} if nature.late else bounds(chance) for label in self._wanted}
        self._give_up_after = chance.choice([5.0, 40.0])
        provider.world.lag = chance.choice([0.0, 0.0, 4.0, 9.0])
        provider.met["inquiry lags"] += provider.world.lag > 0
        provider.zone = zone(chance)
        provider.two_step = 0.5 if nature.two_steps else 0.0
        provider.met["charged in two steps"] += nature.two_steps
        if chance.random() < 0.5:
            provider.already_ours(*chance.sample(numbers, 1))
            provider.met["already ours"] += 1
        if chance.random() < 0.2:
            provider.world.reserve(chance.choice(numbers), chance.choice([30.0, 600.0]))

    async def run(self) -> None:
        chance, office = self._chance, self._office
        for _ in range(self._count_lives()):
            await self._life()
            await office.clock.sleep(self._provider.two_step)
            self._check()
            self._lost_ledger.keep_copy()
            await office.clock.sleep(chance.choice([0.0, 1.0, 200.0]))
            await self._between()
        if self._episode or (chance.random() < _EPISODES and not self._nature.two_steps):
            await self._play_episode()
        if self._nature.late:
            await office.clock.sleep(400.0)
        await self._end_well()
        self._keep_trace()
        if chance.random() < _LOSSES:
            await self._lost_ledger.play(list(self._wanted.values()))
            with office.reading() as reader:
                self._played.taken.read(reader._connection, only={"B1"})
        self._played.met = dict(self._provider.met)

    async def _play_episode(self) -> None:
        episodes = Episodes(self._office, self._fates, self._operators, self._chance)
        self._wanted[LABEL], self._bounds[LABEL] = episodes.wanted, {}
        await episodes.play(self._episode)
        self._check()

    def _count_lives(self) -> int:
        if self._nature.wakeful:
            return self._chance.randrange(2, 8)
        return self._chance.randrange(1, 7 if self._nature.brief else 5)

    # Lives -----------------------------------------------------------------------------------------------------------

    def _options(self, label: str) -> dict:
        return {
            **settings(self._chance, workers=[1, 3, 8]),
            **self._bounds[label],
            "reserved_give_up_after": self._give_up_after,
            "rebuy": self._nature.operators and self._chance.random() < 0.3,
        }

    def _trouble(self) -> Trouble:
        chance, nature = self._chance, self._nature
        trouble = Trouble()
        for one in chance.sample(["claim", "answer", "asleep", "rival", "", "", "", ""], 2):
            match one:
                case "claim":
                    trouble.disk_full_at_claim = chance.randrange(1, 12)
                case "answer":
                    trouble.disk_full_at_answer = chance.randrange(1, 12)
                case "asleep":
                    trouble.asleep_at_claim = chance.randrange(1, 6)
                    trouble.asleep_for = chance.choice([1.0, 5.0, 300.0])
                case "rival":
                    trouble.rival_after = chance.uniform(0, 5)
                case _:
                    pass
        if nature.wakeful and chance.random() < 0.6:
            trouble.dies_at_send, trouble.dies_after = chance.randrange(1, 5), chance.choice([0.01, 0.5, 15.0])
        if nature.wakeful:
            trouble.wakes_when_asked = chance.random() < 0.3
            trouble.late_answers = [chance.uniform(0, 90) for _ in range(chance.randrange(3))]
        return trouble

    async def _life(self) -> None:
        """One process, with faults; some are killed, some interrupted."""
        chance, office = self._chance, self._office
        label = chance.choice(sorted(self._wanted))
        wanted, trouble = self._wanted[label], self._trouble()
        self._fates.new_mood(self._provider)
        options = self._options(label)
        jumps = self._plan_jumps()
        remote = None
        if self.steers is not None and self.steers.random() < _STEERED:
            remote = Remote(self.steers, office.clock, self._provider)
        office.more = {"control": remote}
        kinds = ["step", "step", "moment", "interrupted"] + ["to the end"] * (1 if self._nature.brief else 3)
        match chance.choice(kinds):
            case "step":
                await office.live(wanted, options, trouble, at_step=chance.randrange(1, 120))
            case "moment":
                await office.live(wanted, options, trouble, after=chance.uniform(0, 120))
            case "interrupted":
                stop = lambda: office.stop.request(2)  # noqa: E731 - the stop of whoever lives then
                jumps += [asyncio.get_running_loop().call_later(chance.uniform(0, 60), stop) for _ in range(2)]
                self._provider.met["interrupted"] += 1
                await office.live(wanted, options, trouble)
            case _:
                await office.live(wanted, options, trouble)
        for jump in jumps:
            jump.cancel()
        office.more = {}
        if remote is not None:
            remote.check()
        if self._fates.mood in BLIND:
            invariants.blind_sends_once(self._provider)
        if options["limit"] is not None:
            sent = sum(1 for one in self._provider.sent_in_this_life.values() if one)
            hold("4 (limit)", f"{sent} numbers were sent, more than {options['limit']}", if_=sent <= options["limit"])

    def _plan_jumps(self) -> list[asyncio.TimerHandle]:
        if not self._nature.jumps or self._chance.random() < 0.5:
            return []
        jump = self._chance.choice([-7200.0, -30.0, 30.0, 7200.0])
        at = self._chance.uniform(0, 60)
        return [asyncio.get_running_loop().call_later(at, self._office.set_wall_clock, jump)]

    async def _between(self) -> None:
        """What others do while no process buys."""
        chance, nature, office = self._chance, self._nature, self._office
        if nature.jumps and chance.random() < 0.3:
            office.set_wall_clock(chance.choice([-7200.0, 7200.0]))
        if nature.people and chance.random() < 0.3:
            self._operators.by_hand(self._wanted.values())
        known = [label for label in sorted(self._wanted) if label in office.runs]
        if not known:
            return
        gone = [label for label in known if nature.operators and self._operators.has_gone(label)]
        wanted = self._wanted[chance.choice(gone or known)]
        if nature.wakeful and chance.random() < 0.4:
            await self._operators.hear(wanted)
        if nature.operators and not nature.late and chance.random() < 0.4:
            self._fates.mood = "inquiry works" if chance.random() < 0.9 else "inquiry fails"
            at_step = chance.choice([chance.randrange(1, 12), 10, 12, 13]) if chance.random() < 0.5 else None
            trouble = Trouble(asleep_at_claim=chance.choice([0, 0, 0, 0, 1]), asleep_for=300.0)
            if nature.wakeful:
                trouble.late_answers = [chance.uniform(0, 12)]
                trouble.wakes_when_asked = chance.random() < 0.8
            work = self._operators.give_back
            await office.live(wanted, self._options(wanted.key), trouble, at_step=at_step, work=work)
            self._check()
        elif nature.operators and not nature.late and chance.random() < 0.4:
            self._fates.new_mood(self._provider)
            end = chance.choice([{}, {"at_step": chance.randrange(1, 60)}, {"after": chance.uniform(0, 90)}])
            await office.live(wanted, self._options(wanted.key), Trouble(), work=self._operators.release, **end)
            self._check()
        elif nature.operators and chance.random() < 0.3:
            self._fates.new_mood(self._provider)
            work = chance.choice([self._operators.say, self._resolve])
            await office.live(wanted, self._options(wanted.key), Trouble(), work=work)
            self._check()

    async def _resolve(self, wanted, session):
        return await resolve_run(self._office.runs[wanted.key], session)

    async def _end_well(self) -> None:
        """The provider is well again: a number that is surely bought is the positive control, and one run ends all doubt."""
        office = self._office
        self._provider.fate = lambda _: usual(0.1)
        self._fates.mood = "inquiry works"
        outcome = await office.live(orders("last", [number(70)]), {}, Trouble())
        hold(7, f"a plain purchase exits {outcome.exit_code}", if_=outcome.exit_code == 0)
        await office.clock.sleep(10.0)
        for label in sorted(self._wanted):
            options = {**self._options(label), "limit": None}
            outcome = await office.live(self._wanted[label], options, Trouble())
            hold(7, f"{label} is still in doubt: {outcome}", if_=not outcome.counts[DOUBT])
            hold(7, f"{label} exits {outcome.exit_code}: {outcome}", if_=outcome.exit_code in {0, 4, 8})
            rows = office.rows(label)
            asked = outcome.exit_code == 8 or all(row.confirmed_by != "ledger, not asked" for row in rows)
            hold("1 (O1)", f"{label}: an owned number was not asked about", if_=asked)
        await office.clock.sleep(self._provider.two_step)
        self._check(last=True)

    # Checks ----------------------------------------------------------------------------------------------------------

    def _check(self, *, last: bool = False) -> None:
        office, provider = self._office, self._provider
        if not office.home.exists():
            return  # killed before there was a ledger
        with office.reading() as reader:
            office.runs |= {run.files[0].path.stem: run for run in reader.runs()}
            if last or not self._nature.late:
                told = {label: list(reader.rows(office.runs[label])) for label in sorted(office.runs)}
                for rows in told.values():
                    invariants.note_presumed(provider, rows)
                for label, rows in told.items():
                    invariants.rows_agree(provider, rows, label, set_clock=bool(office.jumped_at), last=last)
            journal = reader._connection.execute(
                "SELECT number, rule, attempt, after FROM journal WHERE number <> ''"
            ).fetchall()
        invariants.charges_are_single(provider)
        invariants.within_bounds(provider, self._bounds, set_clock=bool(office.jumped_at))
        invariants.sends_are_few(provider, max_attempts=ATTEMPTS, invocations=office.begins)
        invariants.releases_hit_their_purchase(provider, set_clock=bool(office.jumped_at))
        invariants.nothing_trespassed(provider)
        invariants.no_claim_while_open(journal, provider)

    def _keep_trace(self) -> None:
        played, provider = self._played, self._provider
        with self._office.reading() as reader:
            played.taken.read(reader._connection)
            head = reader.head().hash
        for row in self._office.rows("a"):
            played.taken["O1", "not asked", ""] += row.confirmed_by == "ledger, not asked"
        record = provider.world.record()
        told = [
            head,
            [(one.at, one.number) for one in provider.sends],
            [(one.at, one.number) for one in provider.questions],
            [(one.number, str(one.at)) for one in record.charges],
            sorted(one.number for one in record.holdings),
            [(key[0], key[1], one.label, one.told, one.recorded) for key, one in provider.intents.items()],
        ]
        played.trace = sha256(json.dumps(told).encode()).hexdigest()
