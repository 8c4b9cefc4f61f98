"""The provider of the simulation: every request with its attempt, its executions, and what its sender would have heard.

A request outlives its sender: it is executed at its own time, once or twice, also when the machine that sent it is suspended
or dead. `LATEST` is the promise that the protocol rests on: the provider executes a request no later than that after its
sender stopped waiting.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from support.world import NEVER, Fault, Sent, WorldProvider

from batch.codes import CodeKind
from batch.ledger.attempts import Claimed
from batch.ledger.states import SEND_BEFORE
from batch.number import Number
from batch.provider.multitel.codes import CODES
from batch.provider.protocol import (
    Bought,
    GivenBack,
    NoAnswer,
    NotReleased,
    OtherNumber,
    Outcome,
    Refused,
    ReleaseOutcome,
    Throttled,
    UnknownCode,
)
from batch.reconciler.attribution import EXACT, SUMMER_TIME

STUCK = 150.0
LATEST = 49.0
"""The horizon less the delay, and a second less."""


@dataclass(frozen=True)
class Fate(Fault):
    """What a request meets; delivered once more after `again` seconds. `name` is what the table of faults calls it."""

    name: str = ""
    again: float = NEVER


@dataclass(eq=False)
class Intent:
    """An attempt that was put on disk, and the request that became of it, if one did."""

    number: Number
    label: str
    run: str
    claimed: Claimed
    kind: str = "buy"
    fate: Fate | None = None
    sent_at: float | None = None
    told: list[int] = field(default_factory=list)
    began: float = 0.0
    """When its intent was on disk, by a clock that counts suspension."""
    orphan: bool = False
    """The process that sent it is no more."""
    recorded: bool = False
    """The ledger has heard its answer."""
    orphan_at: float = NEVER
    charged_at: float | None = None

    @property
    def is_silent(self) -> bool:
        """Whether its sender can't know whether it was executed."""
        return self.fate is not None and isinstance(self.fate.answer, NoAnswer | UnknownCode | OtherNumber)

    @property
    def is_uncertain(self) -> bool:
        """Whether only an inquiry can say what came of it."""
        return (
            self.orphan
            or not self.recorded
            or self.is_silent
            or self.fate is None
            or isinstance(self.fate.answer, Throttled)
        )

    @property
    def answered_at(self) -> float:
        return NEVER if self.fate is None or self.sent_at is None else self.sent_at + self.fate.takes

    def outcome(self) -> Outcome:
        """What its sender hears."""
        if self.fate.answer is not None:
            return self.fate.answer
        return Bought(self.told[0]) if self.told[0] == int(self.number) else Refused(self.told[0])


@dataclass(frozen=True)
class Charge:
    """Money that was taken for a number, for whose request, and in which of its generations."""

    number: Number
    label: str
    generation: int


class Provider(WorldProvider):
    """`fate` says what each purchase meets, `release_fate` what each release does."""

    def __init__(self, clock) -> None:
        super().__init__(clock)
        self.fate: Callable[[Number], Fate]
        self.met: Counter[str] = Counter()
        """How often each fault was met."""
        self.intents: dict[tuple[Number, int], Intent] = {}
        self._latest: dict[Number, Intent] = {}
        self.charges: list[Charge] = []
        self.holds: dict[Number, Charge] = {}
        """What the account holds by our requests."""
        self.presumed: set[Number] = set()
        """Numbers of which a run says that it only presumes to have bought them."""
        self.bought_by_hand: dict[Number, float] = {}
        """When people bought what."""
        self.released: set[Number] = set()
        """What was last given back by a request of ours, and not bought since."""
        self.released_wrongly: list[tuple[Number, str]] = []
        """Numbers that were given back and were not by that run's purchase of that generation; and whose they were."""
        self.release_fate: Callable[[], Fate]
        self.asked_in_this_life: set[Number] = set()
        self.unasked: list[str] = []
        """Releases before which nobody had asked."""
        self.blind_releases: list[Number] = []
        """Numbers that were given back again while an earlier request for that could still be executed."""
        self.stale: list[Number] = []
        """Numbers whose request left too long after its intent."""
        self.blind_sends: list[Number] = []
        """Numbers that were sent again while an earlier request could still be executed."""
        self.sent_in_this_life: Counter[Number] = Counter()
        self.silent_in_this_life: Counter[Number] = Counter()
        self.trespasses: list[str] = []
        """Requests that should not have left then."""
        self.on_send: Callable[[int], None] | None = None
        self.on_question: Callable[[Number], None] | None = None
        self._answered = self._account_refused = False
        self._in_flight = 0
        self.late = False
        """It executes later than is promised."""
        self.stuck: set[Number] = set()
        """Numbers whose requests get stuck where their process dies, though others are executed in time."""
        self._waiting: dict[int, tuple[float, asyncio.TimerHandle, Callable[[], None], Intent]] = {}
        self._sequence = 0
        self._under_way: set[Number] = set()

    # What the ledger's side tells ------------------------------------------------------------------------------------

    def intend(self, number: Number, run: str, claimed: Claimed, kind: str = "buy") -> Intent:
        intent = Intent(number, self.label, run, claimed, kind, began=self._clock.elapsed())
        self.intents[number, claimed.attempt] = self._latest[number] = intent
        return intent

    def orphans(self) -> list[Intent]:
        """Attempts whose sender died before it could record what came of them."""
        return [one for one in self.intents.values() if one.orphan and not one.recorded]

    async def buy(self, purchase):
        """What goes wrong here is a fault of the simulation, and no lost answer."""
        return await self._buy(purchase)

    async def inquire(self, number):
        return await self._inquire(number)

    # Requests --------------------------------------------------------------------------------------------------------

    async def _buy(self, purchase):
        number = purchase.number
        intent = self._latest[number]
        fate = self.fate(number)
        self.met[fate.name] += 1
        self.sends.append(Sent(self._clock.elapsed(), number))
        self.sent_in_this_life[number] += 1
        self._note_trespass(number)
        intent.fate, intent.sent_at = fate, self._clock.elapsed()
        if intent.sent_at - intent.began > SEND_BEFORE + 0.001:
            self.stale.append(number)
        if any(one.number == number and one.is_silent for *_, one in self._waiting.values()):
            self.blind_sends.append(number)
        self.unanswered[number] += intent.is_silent
        self.silent_in_this_life[number] += intent.is_silent
        if self.on_send is not None:
            self.on_send(sum(self.sent_in_this_life.values()))
        for after in (fate.executed, fate.again):
            if after != NEVER:
                self._later(after, partial(self._execute, intent), intent)
        self._in_flight += 1
        try:
            await self._clock.sleep(fate.takes)
        finally:
            self._in_flight -= 1
        answer = intent.outcome()
        self._answered |= isinstance(answer, Bought | Refused)
        self._account_refused |= isinstance(answer, Refused) and CODES.get(answer.code).kind is CodeKind.ACCOUNT
        return answer

    def begin_life(self, label: str) -> None:
        """A process of the run `label` begins."""
        self.label = label
        self.sent_in_this_life.clear()
        self.silent_in_this_life.clear()
        self.asked_in_this_life.clear()
        self._answered = self._account_refused = False
        self._in_flight = 0

    def _note_trespass(self, number: Number) -> None:
        if self._in_flight and not self._answered:
            self.trespasses.append(f"{number} did not wait for the first answer of its process")
        if self._account_refused:
            self.trespasses.append(f"{number} was sent after the account was refused")

    async def _inquire(self, asked):
        self.asked_in_this_life.add(asked)
        if self.on_question is not None:
            self.on_question(asked)
        return await super()._inquire(asked)

    async def release(self, number):
        """A release by the command."""
        intent = self._latest[number]
        if intent.kind != "release":
            self.unasked.append(f"{number} was given back without an intent")
        if number not in self.asked_in_this_life:
            self.unasked.append(f"{number} was given back, and the account was not asked about it before")
        if any(one.number == number and one.kind == "release" for *_, one in self._waiting.values()):
            self.blind_releases.append(number)
        if self._clock.elapsed() - intent.began > SEND_BEFORE + 0.001:
            self.stale.append(number)
        return await self.give_back(intent, self.release_fate())

    async def give_back(self, intent: Intent, fate: Fate) -> ReleaseOutcome:
        """A release, as the account's owner would send it."""
        self.met[fate.name] += 1
        intent.fate, intent.sent_at = fate, self._clock.elapsed()
        if self.on_question is not None:
            self.on_question(intent.number)
        if fate.executed != NEVER:
            self._later(fate.executed, partial(self._release, intent), intent)
        await self._clock.sleep(fate.takes)
        if fate.answer is not None:
            return fate.answer
        return GivenBack(int(intent.number)) if intent.told[-1] else NotReleased(-440)

    def _later(self, seconds: float, act: Callable[[], None], intent: Intent) -> None:
        self._sequence += 1
        self._call_at(self._sequence, self._clock.elapsed() + seconds, act, intent)

    def _call_at(self, key: int, due: float, act: Callable[[], None], intent: Intent) -> None:
        def now():
            del self._waiting[key]
            act()

        handle = asyncio.get_running_loop().call_later(max(0.0, due - self._clock.elapsed()), now)
        self._waiting[key] = (due, handle, act, intent)

    def _move(self, due_of: Callable[[float, Intent], float]) -> None:
        for key, (due, handle, act, intent) in sorted(self._waiting.items(), key=lambda one: one[1][0]):
            handle.cancel()
            self._call_at(key, due_of(due, intent), act, intent)

    def process_ended(self) -> None:
        """What was on its way is executed no later than promised from now on, unless that was to be so before."""
        now = self._clock.elapsed()
        for intent in self.intents.values():
            intent.orphan = True
            intent.orphan_at = min(intent.orphan_at, now)
        self._move(lambda due, intent: self._due_after_death(due, now, intent) if now < intent.answered_at else due)

    def _due_after_death(self, due: float, now: float, intent: Intent) -> float:
        if self.late or intent.number in self.stuck:
            return due + self._get_stuck(intent)
        return min(due, now + LATEST)

    def _get_stuck(self, intent: Intent) -> float:
        if not intent.told:
            intent.fate = replace(intent.fate, takes=intent.fate.takes + STUCK)
            return STUCK
        return 0.0

    def sleep_through(self, seconds: float) -> None:
        """The machine is suspended: what is due meanwhile happens at its own time."""
        clock = self._clock
        end = clock.elapsed() + seconds
        while due := sorted((one[0], key) for key, one in self._waiting.items() if one[0] <= end):
            at, key = due[0]
            _, handle, act, _ = self._waiting.pop(key)
            handle.cancel()
            clock.suspended += max(0.0, at - clock.elapsed())
            act()
        clock.suspended += max(0.0, end - clock.elapsed())
        self._move(lambda due, _: due)

    def _execute(self, intent: Intent) -> None:
        number = intent.number
        refused = self.world.check("ann", number)
        if refused is not None or number in self._under_way:
            intent.told.append(refused or int(number))
            if refused is None:
                self._charge(intent)
        elif self.two_step:
            intent.told.append(int(number))
            self._under_way.add(number)
            self._later(self.two_step, partial(self._charge, intent), intent)
        else:
            intent.told.append(int(number))
            self._charge(intent)

    def _charge(self, intent: Intent) -> None:
        self._under_way.discard(intent.number)
        self.world.charge("ann", intent.number)
        intent.charged_at = self._clock.elapsed()
        charge = Charge(intent.number, intent.label, intent.claimed.generation)
        self.charges.append(charge)
        self.released.discard(intent.number)
        self.holds[intent.number] = charge

    def _release(self, intent: Intent) -> None:
        charge = self.holds.get(intent.number)
        ours = charge is not None and (charge.label, charge.generation) == (intent.label, intent.claimed.generation)
        given = self.world.release("ann", intent.number)
        intent.told.append(int(given))
        if given:
            self.holds.pop(intent.number, None)
            self.given_back.add(intent.number)
            self.released.add(intent.number)
            if not ours:
                self.released_wrongly.append((intent.number, f"{charge} by {intent.label}"))

    # People ----------------------------------------------------------------------------------------------------------

    def give_back_by_hand(self, held: Number) -> None:
        super().give_back_by_hand(held)
        self.holds.pop(held, None)
        self.met["released by hand"] += 1

    def buy_by_hand(self, number: Number) -> None:
        self.world.buy_by_hand(number)
        self.bought_by_hand[number] = self._clock.elapsed()
        self.met["bought by hand"] += 1

    def charged(self, number: Number, label: str) -> int:
        return sum(one.number == number and one.label == label for one in self.charges)

    def held(self) -> set[Number]:
        return {Number(holding.number) for holding in self.world.record().holdings}

    def untouched(self, number: Number) -> bool:
        """Whether no request about it can have been executed, or will be."""
        return all(
            one.recorded and isinstance(one.fate and one.fate.answer, Refused)
            for one in self.intents.values()
            if one.number == number
        )

    def is_bought(self, number: Number) -> bool:
        """Whether anybody bought it since the beginning."""
        return number in self.bought_by_hand or any(one.number == number for one in self.charges)

    def is_awaited(self, number: Number) -> bool:
        """Whether a request about it may still be executed."""
        return number in self._under_way or any(one.number == number for *_, one in self._waiting.values())

    def may_be_taken_for_another(self, number: Number) -> bool:
        """Whether it was left to an inquiry to say who bought it."""
        return any(one.number == number and one.is_uncertain for one in self.intents.values())

    def was_bought_by_hand_near(self, number: Number) -> bool:
        """Whether a person bought it no longer before an attempt of ours that only an inquiry can tell of than a zone may be off."""
        at = self.bought_by_hand.get(number)
        return at is not None and any(
            one.number == number and one.is_uncertain and at >= one.began - SUMMER_TIME.total_seconds()
            for one in self.intents.values()
        )

    def was_told(self, number: Number) -> bool:
        """Whether a purchase of it was answered, and the ledger has heard that."""
        return any(
            one.number == number
            and one.recorded
            and one.fate is not None
            and one.fate.answer is None
            and one.told[:1] == [int(number)]
            for one in self.intents.values()
            if one.kind == "buy"
        )

    def was_bought_anew_near(self, number: Number) -> bool:
        """Whether a person bought it anew so soon after a purchase of ours that its date can't tell, or so in another time zone."""
        at = self.bought_by_hand.get(number)
        return at is not None and any(
            one.number == number and (at - one.began + 65.0) % 900.0 <= one.answered_at - one.began + 130.0
            for one in self.intents.values()
            if one.kind == "buy"
        )

    def was_sent_by_two(self, number: Number) -> bool:
        """Whether two runs sent it so that no date tells their attempts apart: shortly after each other, or executed too late."""
        began = [(one.began, one.label) for one in self.intents.values() if one.number == number and one.is_uncertain]
        near = NEVER if self.came_too_late(number) else EXACT.total_seconds() + 1.0
        return any(label != other and abs(at - then) <= near for at, label in began for then, other in began)

    def came_too_late(self, number: Number) -> bool:
        """Whether a purchase of it was executed later than is promised."""
        return any(
            one.number == number
            and one.charged_at is not None
            and one.charged_at > min(one.answered_at, one.orphan_at) + LATEST + 1.0
            for one in self.intents.values()
        )

    def in_the_dark(self, number: Number, label: str) -> bool:
        """Whether a purchase of it was answered 429 and executed all the same: not promised before it is sent again."""
        return any(
            one.number == number
            and one.label == label
            and one.fate is not None
            and isinstance(one.fate.answer, Throttled)
            and int(number) in one.told
            for one in self.intents.values()
        )


def usual(takes: float) -> Fate:
    return Fate(None, takes / 2, takes, name="no fault")
