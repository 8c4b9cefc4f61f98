"""What an answer to one purchase means for the run as a whole: pauses, brakes, and the probe while the provider is silent."""

from __future__ import annotations

import asyncio

from batch.clock import Clock
from batch.ledger.events import Answer, CertainlyNotSent, TooMany, Unanswered, Unfamiliar
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.notices import Alarm, Paused, Tell
from batch.pool.options import PoolOptions
from batch.pool.outage import probe
from batch.pool.pacer import Pacer
from batch.provider.protocol import NoAnswer, OtherNumber, Outcome, Provider, ReleaseOutcome, Throttled, Unsent

_BUSY_PAUSE = 0.25
"""Seconds that the pool pauses where the provider asks for a pause and names no time; doubled each time in a row."""
_LONGEST_PAUSE = 60.0
_WORTH_SAYING = 1.0


class Heed:
    """Told of every answer. `close` ends the probe."""

    def __init__(
        self, *, provider: Provider, pacer: Pacer, brakes: Brakes, options: PoolOptions, clock: Clock, tell: Tell
    ) -> None:
        self._provider = provider
        self._pacer = pacer
        self._brakes = brakes
        self._options = options
        self._clock = clock
        self._tell = tell
        self._complaints = 0  # in a row, each burst of them once
        self._complaining_since: float | None = None
        self._paused_until = 0.0
        self._probe: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """End the probe."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)

    def answer(self, number: Number, outcome: Outcome | ReleaseOutcome, event: Answer) -> None:
        """`number` was answered with `outcome`, which is `event` to the ledger (of a release: what it would be of a purchase)."""
        match outcome:
            case Throttled(retry_after):
                self._pause(retry_after, slow=True)
            case NoAnswer(busy=True, retry_after=retry_after):
                self._pause(retry_after, slow=False)
                self._give_up_on_complaints()
            case NoAnswer(halt=True, reason=reason) | Unsent(fatal=True, reason=reason):
                self._brakes.halt(reason)
            case OtherNumber(returned):
                self._tell(Alarm(f"asked for {number}, the provider answered for {returned}: look at both"))
            case _:
                pass
        match event:
            case Unanswered() | CertainlyNotSent():
                self._silent(number)
            case Unfamiliar(code=code):
                self._brakes.unknown(number, code)
            case TooMany():
                self._give_up_on_complaints()
            case _:
                self._complaints = 0
                self._complaining_since = None
                self._brakes.answered()

    def _pause(self, retry_after: float | None, *, slow: bool) -> None:
        """Pause everything. A single 503 among answers only pauses; a 429, a wish or a second complaint slows as well."""
        now = self._clock.elapsed()
        if now >= self._paused_until:  # of many complaints about one burst, the first one counts
            self._complaints += 1
        seconds = min(_BUSY_PAUSE * 2 ** min(self._complaints - 1, 16), _LONGEST_PAUSE)
        if retry_after is not None:
            seconds = retry_after
        self._pacer.pause(seconds, slow=slow or retry_after is not None or self._complaints > 1)
        if seconds >= _WORTH_SAYING and now + seconds > self._paused_until:
            self._tell(Paused(seconds, "the provider asks for fewer requests"))
        self._paused_until = max(self._paused_until, now + seconds)

    def _give_up_on_complaints(self) -> None:
        now = self._clock.elapsed()
        if self._complaining_since is None:
            self._complaining_since = now
        silent = now - self._complaining_since
        if silent > self._options.outage_give_up_after:
            words = f"the provider at {self._provider.host} has only answered 'busy' or 'too many requests'"
            self._brakes.halt(f"{words} for {silent:.0f} s")

    def _silent(self, number: Number) -> None:
        self._brakes.silent(number)
        if self._brakes.blind is not None and (self._probe is None or self._probe.done()):
            self._probe = asyncio.create_task(
                probe(
                    provider=self._provider,
                    pacer=self._pacer,
                    brakes=self._brakes,
                    options=self._options,
                    clock=self._clock,
                    tell=self._tell,
                ),
                name="probe",
            )
