"""What is done while the provider does not answer: it is asked about one number, at growing intervals, until it does."""

from __future__ import annotations

from typing import assert_never

from batch.clock import Clock
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.notices import Paused, Resumed, Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider, Unclear

_FIRST = 0.5
_LONGEST = 60.0
_BUSY_PAUSE = 1.0
"""Seconds that everything pauses where an inquiry is answered with a wish for a pause that names no time."""


async def probe(
    *, provider: Provider, pacer: Pacer, brakes: Brakes, options: PoolOptions, clock: Clock, tell: Tell
) -> None:
    """Ask until the provider answers, then open the gate; halt after `outage_give_up_after` seconds."""
    began = clock.elapsed()
    interval = _FIRST
    told = False
    while (number := brakes.blind) is not None and not brakes.ending:
        answer = await paced_inquiry(number, provider=provider, pacer=pacer, priority=Priority.INQUIRY)
        match answer:
            case Owned() | NotOwned():
                brakes.sees()
            case Blocked(code):
                brakes.refuse_account(code)
            case Unclear(fatal=True, reason=reason):
                brakes.halt(reason)
            case Unclear(reason=reason, retry_after=asked):
                silent = clock.elapsed() - began
                if silent >= options.outage_give_up_after:
                    brakes.halt(f"the provider at {provider.host} has not answered for {silent:.0f} s ({reason})")
                    break
                pause = min(max(interval, asked or 0.0), options.outage_give_up_after - silent)
                tell(Paused(pause, f"the provider does not answer: {reason}"))
                told = True
                await sleep_while_blind(pause, brakes=brakes, clock=clock)
                interval = min(interval * 2, _LONGEST)
            case _:
                assert_never(answer)
    if told and not brakes.ending:
        tell(Resumed())


async def paced_inquiry(
    number: Number, *, provider: Provider, pacer: Pacer, priority: Priority
) -> Owned | NotOwned | Unclear | Blocked:
    """One account query within the rate; where the provider asks for a pause, everything pauses."""
    slot = await pacer.slot(priority)
    if slot is None:
        return Unclear("the run is ending")
    await pacer.depart(slot)
    answer = await provider.inquire(number)
    if isinstance(answer, Unclear) and answer.busy:
        pacer.pause(_BUSY_PAUSE if answer.retry_after is None else answer.retry_after)
    return answer


async def sleep_while_blind(seconds: float, *, brakes: Brakes, clock: Clock) -> None:
    """Sleep, but wake within half a second once somebody else has seen the provider, or the run is ending."""
    until = clock.elapsed() + seconds
    while (left := until - clock.elapsed()) > 0 and brakes.blind is not None and not brakes.ending:
        await clock.sleep(min(left, 0.5))
