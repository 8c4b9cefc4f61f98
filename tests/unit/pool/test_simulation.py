"""Random lives of a desk: faults, delays, kills, restarts, several runs over the same numbers; the protocol's invariants.

A seed that fails is named; `SEED=12 pytest tests/unit/pool/test_simulation.py` plays it again, exactly, and SEEDS says how
many there are.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from support.desk import DOUBT, Desk, at_desk, orders
from support.world import COST, THROTTLED, UNSENT, Fault, busy, code, lost, number, other, reset, truth, unknown

from batch.number import Number
from batch.provider.protocol import NotOwned, Owned, Throttled, Unclear

SEEDS = range(int(os.environ.get("SEEDS", "300")))
BLOCK = 50
ATTEMPTS = 2
LATEST = 49.0
"""Seconds after its send when a request is executed at the latest: the horizon less the delay."""
MOODS = ("true", "true", "true", "deaf now and then", "deaf", "yes", "no")


@dataclass
class Play:
    """One seed: the chance, the desk, the orders, and how often each number met a process."""

    chance: Random
    desk: Desk
    wanted: dict[str, list[Number]]
    limits: dict[str, Decimal | None]
    worse: bool = False
    """The provider executes later than is assumed: what is not found out at once must be so by a later run."""
    lives: int = 0

    def fault(self, asked: Number) -> Fault:
        chance = self.chance
        executed = chance.choice([float("inf"), 0.05, chance.uniform(0, 400 if self.worse else LATEST)])
        faults = [
            lost(executed, takes=chance.choice([1.0, 30.0])),
            reset(executed),
            busy(chance.choice([None, 0.0, 5.0]), executed=executed),
            THROTTLED,
            Fault(Throttled(1.0)),
            UNSENT,
            code(chance.choice([-275, -220, -165, 99])),
            unknown(-777, executed=executed if executed <= LATEST else 0.05),
            other(number(900 + chance.randrange(9)), executed=executed if executed <= LATEST else 0.05),
        ]
        weights = [6, 3, 2, 2, 1, 2, 1, 0.5, 0.2]
        usual = Fault(None, (takes := chance.choice([0.02, 0.1, 3.0])) / 2, takes)
        return chance.choices(faults, weights)[0] if chance.random() < 0.35 else usual

    def answers(self, mood: str):
        def answer(asked, true):
            match mood:
                case "deaf":
                    return Unclear("failed")
                case "deaf now and then" if self.chance.random() < 0.3:
                    return Unclear("failed", busy=self.chance.random() < 0.2)
                case "yes":
                    return Owned(asked, None, None, None, "", {})
                case "no":
                    return NotOwned("-440")
                case _:
                    return true

        return answer

    def options(self, label: str):
        chance = self.chance
        return {
            "workers": chance.choice([1, 3, 8]),
            "max_attempts": ATTEMPTS,
            "max_spend": self.limits[label],
            "prices": chance.random() < 0.3,
            "reserved_retry_every": 10.0,
            "reserved_give_up_after": chance.choice([5.0, 40.0]),
            "outage_give_up_after": 100.0,
            "brake": None,
        }

    async def live(self) -> None:
        """One process, with faults; some are killed, some interrupted."""
        chance, desk = self.chance, self.desk
        label = chance.choice(sorted(self.wanted))
        wanted = orders(label, self.wanted[label])
        desk.provider.fault = self.fault
        desk.provider.answers = self.answers(chance.choice(MOODS))
        self.lives += 1
        match chance.choice(["step", "moment", "interrupted", "to the end"]):
            case "step":
                await desk.buy_until_killed(wanted, at_step=chance.randrange(1, 120), **self.options(label))
            case "moment":
                await desk.buy_until_killed(wanted, after=chance.uniform(0, 120), **self.options(label))
            case "interrupted":
                stop = lambda: desk.stop.request(2)  # noqa: E731 - the stop of whoever lives then
                timers = [asyncio.get_running_loop().call_later(chance.uniform(0, 60), stop) for _ in range(2)]
                await desk.buy(wanted, **self.options(label))
                for timer in timers:
                    timer.cancel()
            case _:
                await desk.buy(wanted, **self.options(label))
        await desk.clock.sleep(chance.choice([0.0, 1.0, 200.0]))

    def between(self) -> None:
        """What people do on the provider's site while no process lives."""
        if not self.worse and self.chance.random() < 0.1:
            certain = [
                row.number for label in self.desk.runs for row in self.desk.rows(label) if row.confirmed_by == "answer"
            ]
            held = {holding.number for holding in self.desk.provider.world.record().holdings}
            if gone := sorted(held.intersection(certain)):
                self.desk.provider.give_back_by_hand(self.chance.choice(gone))

    def check(self, *, last: bool = False) -> None:
        desk = self.desk
        desk.find_runs()
        if last or not self.worse:
            desk.check()
        assert self.worse or not desk.provider.overlapping, "sent while an earlier request could still be executed"
        assert max(desk.provider.unanswered.values(), default=0) <= ATTEMPTS * self.lives
        for label, limit in self.limits.items():
            charged = sum(1 for charge in desk.provider.books.charges if charge[1] == label)
            assert limit is None or charged * COST <= limit, "charged beyond max_spend"


async def simulate(seed: int, desk: Desk) -> None:
    chance = Random(seed)  # noqa: S311 - a seed must play the same every time
    numbers = [number(n) for n in range(chance.randrange(2, 9))]
    wanted = {"a": numbers}
    if chance.random() < 0.6:
        wanted["b"] = [*chance.sample(numbers, chance.randrange(1, len(numbers) + 1)), number(50)]
    worse = chance.random() < 0.25
    # Of such a provider neither bounds are promised, nor that a number which a person gives back stays so.
    limits = {label: None if worse else chance.choice([None, None, COST * chance.randrange(1, 6)]) for label in wanted}
    play = Play(chance, desk, wanted, limits, worse=worse)
    desk.provider.world.lag = chance.choice([0.0, 0.0, 4.0, 9.0])
    desk.provider.zone = timedelta(minutes=15 * chance.randrange(-48, 56))
    if chance.random() < 0.5:
        desk.provider.already_ours(*chance.sample(numbers, 1))
    for _ in range(chance.randrange(1, 6)):
        await play.live()
        play.check()
        play.between()
    if play.worse:
        await desk.clock.sleep(400.0)
    # The provider is well again: a number that is surely bought is the positive control, and one run ends all doubt.
    desk.provider.fault = lambda _: truth()
    desk.provider.answers = lambda _, true: true
    assert (await desk.buy(orders("last", [number(70)]))).exit_code == 0
    await desk.clock.sleep(10.0)
    for label in sorted(wanted):
        play.lives += 1
        outcome = await desk.buy(orders(label, wanted[label]), **play.options(label))
        assert not outcome.counts[DOUBT], f"{label} is still in doubt"
        assert outcome.exit_code in {0, 4, 8}
        asked = outcome.exit_code == 8 or all(row.confirmed_by != "ledger, not asked" for row in desk.rows(label))
        assert asked, "an owned number was not asked about"
    play.check(last=True)


def _seeds():
    chosen = os.environ.get("SEED")
    if chosen is not None:
        return [range(int(chosen), int(chosen) + 1)]
    return [range(start, start + BLOCK) for start in range(SEEDS.start, SEEDS.stop, BLOCK)]


@pytest.mark.slow
@pytest.mark.parametrize("seeds", _seeds(), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_whatever_fails_the_rows_agree_with_the_providers_books(seeds):
    for seed in seeds:
        try:
            at_desk(lambda desk, seed=seed: simulate(seed, desk))
        except BaseException as error:
            error.add_note(f"play it again: SEED={seed} pytest {__file__}")
            raise
