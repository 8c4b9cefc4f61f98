"""What the account says before a number is given back, and afterwards where that had no answer; believed as every verdict is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from batch.clock import Clock
from batch.ledger.attempts import BoughtRow, Control
from batch.ledger.protocol import Ledger
from batch.number import Number
from batch.pool.notices import Notice, Stepped, Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer
from batch.provider.protocol import Owned, Provider
from batch.reconciler.attribution import Zone
from batch.reconciler.calibration import Calibration
from batch.reconciler.purchase import why_not_ours
from batch.reconciler.survey import Subject, Survey

_CONTROLS = 5
_TRIES = 4

T = TypeVar("T", bound=Subject)


@dataclass(frozen=True, slots=True)
class Doubted:
    """A number whose release has no answer. `position` is its row's, `since` when the doubt was found, `version` its row's."""

    number: Number
    position: int
    since: float
    version: int = 0


@dataclass(slots=True)
class Asked(Generic[T]):
    """What the account said of some numbers: which it holds, which it does not hold, and which got no usable answer, for `reason`.

    `halted`: nothing more was asked. `uncontrolled`: there was no number to check some absences by.
    """

    held: list[tuple[T, Owned]] = field(default_factory=list)
    gone: list[T] = field(default_factory=list)
    unclear: Sequence[T] = ()
    reason: str = ""
    halted: bool = False
    uncontrolled: bool = False


class Controls:
    """The numbers that calibrate: `chosen`, none of which is given back while they do."""

    def __init__(self, ledger: Ledger, chosen: Sequence[Control]) -> None:
        self._ledger = ledger
        self._chosen = chosen

    async def controls(self, count: int) -> Sequence[Control]:
        """See `batch.reconciler.calibration.Known`."""
        return self._chosen[:count]

    async def knows(self, number: Number) -> bool:
        """See `batch.reconciler.calibration.Known`."""
        return await self._ledger.knows(number)


async def choose_controls(ledger: Ledger, todo: Sequence[Number]) -> tuple[Sequence[Control], Control | None]:
    """Numbers that are not to be given back and can calibrate; and the one of `todo` that is kept to the last, to vouch as well.

    None of `todo`: none of them was bought by a definite answer.
    """
    wanted = set(todo)
    known = await ledger.controls(len(wanted) + _CONTROLS)
    others = [one for one in known if one.number not in wanted]
    return others[:_CONTROLS], next((one for one in known if one.number in wanted), None)


class Inquirer:
    """Asks the account for one process that gives back what `run` bought, with these controls; `zone` is what is known before."""

    def __init__(
        self,
        run: str,
        controls: Sequence[Control],
        zone: Zone,
        *,
        provider: Provider,
        ledger: Ledger,
        pacer: Pacer,
        options: PoolOptions,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._run = run
        self._provider = provider
        self._pacer = pacer
        self._options = options
        self._clock = clock
        self._tell = _without_steps(tell)
        known = Controls(ledger, controls)
        self._calibration = Calibration(provider, known, pacer, clock, options.resolve_horizon)
        self._calibration.zone = zone

    @property
    def zone(self) -> Zone:
        """The account's time zone, as far as it is known."""
        return self._calibration.zone

    async def learn_zone(self) -> None:
        """Learn the account's time zone from a control; where none tells it now, dates are taken to be off by as much as a day."""
        for _ in range(_TRIES):
            if await self._calibration.learn_zone(earlier=True) or self._calibration.blocked:
                return
            await self._clock.sleep(self._options.resolve_delay)

    async def ask(self, subjects: Sequence[T]) -> Asked[T]:
        """Ask about each; what is told is believed by both controls."""
        asked: Asked[T] = Asked()

        async def present(subject: T, owned: Owned) -> None:
            asked.held.append((subject, owned))

        async def absent(subject: T) -> None:
            asked.gone.append(subject)

        survey: Survey[T] = Survey(
            self._calibration,
            provider=self._provider,
            pacer=self._pacer,
            options=self._options,
            clock=self._clock,
            tell=self._tell,
            present=present,
            absent=absent,
        )
        await survey.ask(subjects)
        asked.unclear, asked.reason = survey.unclear, survey.reason
        asked.halted, asked.uncontrolled = survey.halted, survey.uncontrolled
        return asked

    def why_not_ours(self, bought: BoughtRow, owned: Owned) -> str:
        """See `batch.reconciler.purchase.why_not_ours`."""
        back = self._calibration.went_back(bought.attempts)
        return why_not_ours(bought, owned, self._run, self._calibration.zone, went_back=back)


def _without_steps(tell: Tell) -> Tell:
    """A question answered is no step of giving back."""

    def told(notice: Notice) -> None:
        if not isinstance(notice, Stepped):
            tell(notice)

    return told
