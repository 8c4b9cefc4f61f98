"""The simulated provider's world behind the `Provider` protocol, in memory and on virtual time, with faults by script.

What a request does to the world and what its sender hears of it are apart: a fault names both, so that a purchase can be
executed and never answered, answered and never executed, or executed long after its sender is dead.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from support.virtual import TrueTime

from batch.ledger.records import Run, Status
from batch.number import Number
from batch.provider.lookups import Offer, RingTo
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.provider.protocol import (
    Bought,
    Capabilities,
    GivenBack,
    Inquiry,
    NoAnswer,
    NotOwned,
    NotReleased,
    OtherNumber,
    Outcome,
    Owned,
    Provider,
    Refused,
    ReleaseOutcome,
    Throttled,
    Unclear,
    UnknownCode,
    Unsent,
)
from batch.provider.simulator import Account, Holding, Price, World

COST = Decimal("3.00")
PRICE = Price(Decimal("1.00"), Decimal("2.00"))
TIMEOUT = 30.0
NEVER = float("inf")


def number(n: int) -> Number:
    return Number(f"1202555{n:04}")


class EveryPrice(dict):
    """An inventory that holds every number, at one price."""

    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        return PRICE


@dataclass(frozen=True)
class Fault:
    """What one purchase, or one release, meets: heard after `takes` seconds is `answer` (None: the truth), executed after `executed`."""

    answer: Outcome | ReleaseOutcome | None = None
    executed: float = NEVER
    takes: float = 0.1


def truth(takes: float = 0.1) -> Fault:
    return Fault(None, takes / 2, takes)


def lost(executed: float = NEVER, *, takes: float = TIMEOUT) -> Fault:
    """No answer; executed that many seconds after it was sent, or never."""
    return Fault(NoAnswer("timed out"), executed, takes)


def reset(executed: float = NEVER) -> Fault:
    return Fault(NoAnswer("the connection was reset"), executed)


def busy(retry_after: float | None = None, *, executed: float = NEVER) -> Fault:
    return Fault(NoAnswer("503", busy=True, retry_after=retry_after), executed)


def code(value: int) -> Fault:
    return Fault(Refused(value))


def unknown(value: int, *, executed: float = NEVER) -> Fault:
    return Fault(UnknownCode(value), executed)


def other(value: Number, *, executed: float = NEVER) -> Fault:
    return Fault(OtherNumber(value), executed)


THROTTLED = Fault(Throttled())
UNSENT = Fault(Unsent("connection refused"), takes=0.01)
BAD_CERTIFICATE = Fault(Unsent("the certificate is not to be trusted", fatal=True))
REDIRECT = Fault(NoAnswer("redirected", halt=True))


@dataclass(frozen=True)
class Sent:
    """One request as it left: when, in the loop's seconds, and about which number."""

    at: float
    number: Number


@dataclass
class Books:
    """The provider's own books, which the ledger is held against: each charge with the run that sent it."""

    charges: list[tuple[Number, str]] = field(default_factory=list)

    def of(self, asked: Number, label: str) -> int:
        return self.charges.count((asked, label))


class WorldProvider(Provider):
    """`script` maps a number to what its purchases meet, one after the other; `fault` says it for all others.

    `answers` may change what the account query says; `lag` is the world's. `sends`, `releases` and `questions` note what left.
    `release_script` and `release_fault` are to releases what `script` and `fault` are to purchases.
    """

    name = "multitel"
    host = "127.0.0.1:1"
    fields = FIELDS
    codes = CODES
    capabilities = Capabilities(mark=True)

    def __init__(self, clock, *, lag: float = 0.0, balance: Decimal = Decimal(1_000_000)) -> None:
        self.world = World([Account("ann", "secret", balance)], TrueTime(clock), stock=EveryPrice(), lag=lag)
        self.script: dict[Number, list[Fault]] = {}
        self.fault: Callable[[Number], Fault] = lambda _: truth()
        self.answers: Callable[[Number, Inquiry], Inquiry] = lambda _, true: true
        self.listed: Callable[[str], list[Offer] | Unclear] = self._for_sale
        self.describes: Callable[[Holding], str] = lambda holding: holding.order.get("Description", holding.number)
        """What the account shows as a number's own text."""
        self.reports: Callable[[Holding], Mapping[str, str]] = lambda _: {}
        """What else the account shows of a number, by its own names."""
        self.rings: Callable[[Number], RingTo | NotOwned | Unclear] = lambda _: Unclear("not told")
        self.zone = timedelta(hours=-8)
        self.two_step = 0.0
        """Seconds between checking and charging: a worse provider than is documented."""
        self.inquiry_takes = 0.05
        self.slow: dict[Number, float] = {}
        """Seconds that the inquiry about a number takes, where it is more."""
        self.balance_known = True
        self.sends: list[Sent] = []
        self.overlapping: list[Number] = []
        """Numbers that were sent again while a request without an answer could still be executed."""
        self.release_script: dict[Number, list[Fault]] = {}
        self.release_fault: Callable[[Number], Fault] = lambda _: truth()
        self.releases: list[Sent] = []
        self.given_back: set[Number] = set()
        self.unanswered: Counter[Number] = Counter()
        self._outstanding: Counter[Number] = Counter()
        self.questions: list[Sent] = []
        self.books = Books()
        self.label = ""
        """Whose purchases are being sent: they are booked under it whenever they are executed."""
        self._clock = clock

    # As a provider ---------------------------------------------------------------------------------------------------

    async def _buy(self, purchase):
        wanted = purchase.number
        self.sends.append(Sent(self._clock.elapsed(), wanted))
        faults = self.script.get(wanted)
        fault = faults.pop(0) if faults else self.fault(wanted)
        told: list[int] = []
        if self._outstanding[wanted]:
            self.overlapping.append(wanted)
        silent = isinstance(fault.answer, NoAnswer | UnknownCode | OtherNumber)
        self.unanswered[wanted] += silent
        if fault.executed != NEVER:
            self._outstanding[wanted] += silent
            loop = asyncio.get_running_loop()
            loop.call_later(fault.executed, self._execute, purchase, self.label, told, silent)
        await self._clock.sleep(fault.takes)
        if fault.answer is not None:
            return fault.answer
        return Bought(told[0]) if told[0] == int(wanted) else Refused(told[0])

    def _execute(self, purchase, label, told, silent):
        wanted = purchase.number
        self._outstanding[wanted] -= silent
        refused = self.world.check("ann", wanted)
        if refused is not None:
            told.append(refused)
        elif self.two_step:
            told.append(int(wanted))
            asyncio.get_running_loop().call_later(self.two_step, self._charge, purchase, label)
        else:
            told.append(self._charge(purchase, label))

    def _charge(self, purchase, label):
        self.books.charges.append((purchase.number, label))
        marked = {"Description": f"{purchase.number} #{purchase.mark}"} if purchase.mark else {}
        return self.world.charge("ann", purchase.number, {**purchase.fields, **marked})

    async def _release(self, wanted):
        self.releases.append(Sent(self._clock.elapsed(), wanted))
        faults = self.release_script.get(wanted)
        fault = faults.pop(0) if faults else self.release_fault(wanted)
        told: list[bool] = []
        if fault.executed != NEVER:
            asyncio.get_running_loop().call_later(fault.executed, self._give_back, wanted, told)
        await self._clock.sleep(fault.takes)
        if fault.answer is not None:
            return fault.answer
        return GivenBack(int(wanted)) if told[0] else NotReleased(-440)

    def _give_back(self, wanted, told):
        told.append(self.world.release("ann", wanted))
        self.given_back.add(wanted)

    async def _inquire(self, asked):
        self.questions.append(Sent(self._clock.elapsed(), asked))
        await self._clock.sleep(self.slow.get(asked, self.inquiry_takes))
        holding = self.world.shown("ann", asked)
        return self.answers(asked, NotOwned("-440") if holding is None else self._owned(holding))

    def _owned(self, holding: Holding) -> Owned:
        created = (holding.created + self.zone).replace(tzinfo=None, microsecond=0)
        price = holding.price
        return Owned(
            Number(holding.number), price.setup, price.monthly, created, self.describes(holding), self.reports(holding)
        )

    async def _balance(self):
        return self.world.first.balance if self.balance_known else Unclear("no balance")

    async def _ring_to(self, number):
        return self.rings(number)

    async def _stock(self, prefix):
        return self.listed(prefix)

    @staticmethod
    def _for_sale(prefix):
        return [Offer(Number(f"{prefix}{n:04}"), PRICE.setup, PRICE.monthly) for n in range(9000, 9005)]

    # What tests ask --------------------------------------------------------------------------------------------------

    def sent(self, *numbers: Number) -> list[float]:
        """When purchases of these numbers (of all, where none is named) left."""
        return [one.at for one in self.sends if not numbers or one.number in numbers]

    def asked(self, *numbers: Number) -> list[float]:
        return [one.at for one in self.questions if not numbers or one.number in numbers]

    def already_ours(self, *numbers: Number, days: float = 3) -> None:
        """Held before anything began, by a purchase past the API."""
        for one in numbers:
            self.world.hold(one, self._clock.true_now() - timedelta(days=days))

    def give_back_by_hand(self, held: Number) -> None:
        """As a person on the provider's site would."""
        self.world.release_by_hand(held)
        self.given_back.add(held)

    @property
    def spent(self) -> Decimal:
        return COST * len(self.books.charges)


def assert_agrees(provider: WorldProvider, reader, run: Run, label: str, *, twice: Iterable[Number] = ()) -> None:
    """Row by row, what the run's rows say is what the provider's own books say."""
    for row in reader.rows(run):
        if row.status in {Status.INVALID, Status.DUPLICATE}:
            continue
        wanted = Number(row.number)
        charged = provider.books.of(wanted, label)
        everyone = sum(1 for charge in provider.books.charges if charge[0] == wanted)
        assert everyone <= 1 or wanted in twice, f"{wanted} was charged {everyone} times"
        held = wanted in {holding.number for holding in provider.world.record().holdings}
        what = f"{wanted}: {row.status} ({row.confirmed_by}), charged {charged}, held {held}"
        match row.status:
            case Status.PURCHASED:
                assert charged == 1, what
            case Status.RELEASED:
                assert charged == 1, what
            case Status.OWNED:
                assert not charged, what
                assert held or wanted in provider.given_back or row.confirmed_by.startswith("ledger"), what
            case Status.DOUBT:
                pass
            case _:
                assert not charged, what
