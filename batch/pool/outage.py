"""What is done while the provider does not answer: it is asked about one number, at growing intervals, until it does."""

from __future__ import annotations

from batch.clock import Clock
from batch.number import Number
from batch.pool.brakes import Brakes
from batch.pool.notices import Paused, Resumed, Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, NotOwned, Owned, Provider, Unclear

_FIRST = 0.5
_LONGEST = 60.0


async def probe(
    number: Number, *, provider: Provider, pacer: Pacer, brakes: Brakes, options: PoolOptions, clock: Clock, tell: Tell
) -> None:
    """Ask about `number` until the provider answers, then open the gate; halt after `outage_give_up_after` seconds."""
    began = clock.elapsed()
    interval = _FIRST
    told = False
    while not brakes.ending:
        answer = await paced_inquiry(number, provider=provider, pacer=pacer, priority=Priority.INQUIRY)
        match answer:
            case Owned() | NotOwned():
                brakes.sees()
                if told:
                    tell(Resumed())
                return
            case Blocked(code):
                brakes.account_refused = True
                brakes.halt(f"the account was refused ({code})")
                return
            case Unclear(fatal=True, reason=reason):
                brakes.halt(reason)
                return
            case Unclear(reason=reason, retry_after=asked):
                silent = clock.elapsed() - began
                if silent >= options.outage_give_up_after:
                    brakes.halt(f"the provider has not answered for {silent:.0f} s ({reason})")
                    return
                left = options.outage_give_up_after - silent
                pause = min(max(interval, asked or 0.0), left)
                tell(Paused(pause, f"the provider does not answer: {reason}"))
                told = True
                await sleep_unless_ending(pause, brakes=brakes, clock=clock)
                interval = min(interval * 2, _LONGEST)


async def paced_inquiry(
    number: Number, *, provider: Provider, pacer: Pacer, priority: Priority
) -> Owned | NotOwned | Unclear | Blocked:
    """One account query within the rate."""
    slot = await pacer.slot(priority)
    if slot is None:
        return Unclear("the run is ending")
    await pacer.depart(slot)
    return await provider.inquire(number)


async def sleep_unless_ending(seconds: float, *, brakes: Brakes, clock: Clock) -> None:
    """Sleep, but wake within half a second once the run is ending."""
    until = clock.elapsed() + seconds
    while (left := until - clock.elapsed()) > 0 and not brakes.ending:
        await clock.sleep(min(left, 0.5))
