"""Asks the account about many numbers, once each, and tells of each answer that can be believed.

Nothing here changes a number: what an answer is good for is its taker's business. Answers wait for their controls, a hundred at
a time and at the end: a presence counts once the negative control has answered otherwise *afterwards*, an absence once a number
that is surely ours has shown afterwards: one that this survey has shown, else one that the ledger knows as bought.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar, assert_never

from batch.clock import Clock
from batch.number import Number
from batch.pool.notices import Paused, Stepped, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import paced_inquiry
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider, Unclear
from batch.reconciler.calibration import Calibration, Trust

_ANSWERS = 100
"""Answers that one look at the controls vouches for."""
_ROUNDS = 3
"""How often what got no usable answer is asked about again."""
_SILENCE = 20
"""Answers in a row that can't be used, after which a round is over: the provider does not answer."""


class Subject(Protocol):
    """Whatever has a number to ask about."""

    @property
    def number(self) -> Number:
        """The number."""
        ...


T = TypeVar("T", bound=Subject)


class Survey(Generic[T]):
    """One survey. `present` and `absent` take what is believed; what is left after `ask` stands in `unclear`, and why in `reason`."""

    def __init__(
        self,
        calibration: Calibration,
        *,
        provider: Provider,
        pacer: Pacer,
        options: PoolOptions,
        clock: Clock,
        tell: Tell,
        present: Callable[[T, Owned], Awaitable[None]],
        absent: Callable[[T], Awaitable[None]],
        believes_unproved: bool = False,
    ) -> None:
        """`believes_unproved`: where no number could prove the absences they are taken all the same, and `proved` is false."""
        self._calibration = calibration
        self._provider = provider
        self._pacer = pacer
        self._options = options
        self._clock = clock
        self._tell = tell
        self._present = present
        self._absent = absent
        self._believes_unproved = believes_unproved
        self.unclear: list[T] = []
        self.reason = ""
        self.halted = False
        """Nothing more was asked, for `reason`."""
        self.proved = True
        self.uncontrolled = False
        """No number could prove some absences."""
        self._shown: Number | None = None
        self._answers: list[tuple[T, Owned | NotOwned]] = []
        self._look_at = _ANSWERS
        self._looking = asyncio.Lock()
        self._silent = 0

    async def ask(self, subjects: Iterable[T]) -> None:
        """Ask about each, and again a few times about what got no usable answer."""
        open_subjects = list(subjects)
        for round_ in range(_ROUNDS + 1):
            if round_:
                pause = self._options.resolve_delay * 2 ** (round_ - 1)
                self._tell(Paused(pause, f"{len(open_subjects)} without a usable answer: {self.reason}"))
                await self._clock.sleep(pause)
            await self._round(open_subjects)
            open_subjects, self.unclear = self.unclear, []
            if self.halted or not open_subjects:
                break
        self.unclear = open_subjects

    async def _round(self, subjects: list[T]) -> None:
        self._silent = 0
        waiting = iter(subjects)
        workers = [asyncio.create_task(self._work(waiting)) for _ in range(self._options.workers)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        self.unclear += waiting  # what was not asked about any more
        await self._look(last=True)

    async def _work(self, waiting: Iterator[T]) -> None:
        while not self.halted and self._silent < _SILENCE and (subject := next(waiting, None)) is not None:
            await self._one(subject)

    async def _one(self, subject: T) -> None:
        answer = await paced_inquiry(
            subject.number, provider=self._provider, pacer=self._pacer, priority=Priority.PRICE
        )
        match answer:
            case Owned() | NotOwned():
                self._silent = 0
                self._answers.append((subject, answer))
                if len(self._answers) >= self._look_at:
                    await self._look(last=False)
            case Unclear(reason=reason, fatal=fatal):
                self._silent += 1
                self.reason = reason
                self.halted = self.halted or fatal
                self.unclear.append(subject)
            case Blocked(code):
                self._block(code)
                self.unclear.append(subject)
            case _:
                assert_never(answer)

    # Controls ------------------------------------------------------------------------------------------------------------

    async def _look(self, *, last: bool) -> None:
        """Ask the controls, and take the answers that wait for them."""
        async with self._looking:
            if not self._answers or (not last and len(self._answers) < self._look_at):
                return
            taken, self._answers, self._look_at = self._answers, [], _ANSWERS
            if self.halted:
                self.unclear += [subject for subject, _ in taken]
                return
            trust = await self._calibration.presences(taken[0][0].number, afterwards=True)
            if trust is not Trust.GOOD:
                self._distrust(trust, [subject for subject, _ in taken])
                return
            await self._take_presences([(subject, one) for subject, one in taken if isinstance(one, Owned)])
            await self._take_absences(
                [(subject, one) for subject, one in taken if isinstance(one, NotOwned)], last=last
            )

    async def _take_presences(self, presences: list[tuple[T, Owned]]) -> None:
        for subject, owned in presences:
            self._shown = self._shown or subject.number
            await self._present(subject, owned)
            self._tell(Stepped())

    async def _take_absences(self, absences: list[tuple[T, NotOwned]], *, last: bool) -> None:
        if not absences:
            return
        trust = await self._positive_control(absences[0][0].number)
        if trust is Trust.NONE and not last:  # a number that is ours may yet show
            self._answers += absences
            self._look_at = len(self._answers) + _ANSWERS
            return
        if trust is Trust.NONE and self._believes_unproved:
            self.proved = False
        elif trust is not Trust.GOOD:
            self._distrust(trust, [subject for subject, _ in absences])
            return
        for subject, answer in absences:
            if self._calibration.says_absent(answer):
                await self._absent(subject)
                self._tell(Stepped())
            else:
                self.reason = f"the account answers otherwise than for a number that is nobody's ({answer.shape})"
                self.unclear.append(subject)

    async def _positive_control(self, near: Number) -> Trust:
        if self._shown is None:
            return await self._calibration.absences(near)
        answer = await paced_inquiry(self._shown, provider=self._provider, pacer=self._pacer, priority=Priority.INQUIRY)
        match answer:
            case Owned():
                return Trust.GOOD
            case NotOwned():
                self.reason = f"the account query does not show {self._shown} any more: its answers can't be trusted"
                return Trust.BROKEN
            case Unclear():
                return Trust.LATER
            case Blocked(code):
                self._block(code)
                return Trust.LATER
            case _:
                assert_never(answer)

    # Without a verdict -----------------------------------------------------------------------------------------------------

    def _distrust(self, trust: Trust, subjects: list[T]) -> None:
        self.unclear += subjects
        match trust:
            case Trust.BLOCKED:
                self._block(self._calibration.blocked)
            case Trust.BROKEN:
                self.reason = self._calibration.complaint or self.reason
            case Trust.NONE:
                self.uncontrolled = True
                self.reason = "the account has no number by which its answers could be checked"
            case Trust.LATER | Trust.GOOD:
                self.reason = self.reason or "the account query gives no usable answer"
            case _:
                assert_never(trust)

    def _block(self, code: int) -> None:
        self.halted = True
        self.reason = f"the account was refused ({code})"
