"""A clock and an event loop whose time passes only when everything waits: hours in milliseconds, the same every time.

The loop does what asyncio's own does, without sockets, signals and threads. Tasks are numbered as they are made, and a set of
them is gone through in an order that hangs on these numbers alone: not on where in memory they lie.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import logging
from collections import deque
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


class VirtualClock:
    """The clock of the loop that runs; `skew` shifts the wall clock, as an operator who sets it would.

    `suspended` are the seconds that the machine slept: real time went on, and what waited on the machine waits on.
    """

    def __init__(self) -> None:
        self.skew = 0.0
        self.suspended = 0.0

    def now(self) -> datetime:
        return _BEGIN + timedelta(seconds=self.elapsed() + self.skew)

    def true_now(self) -> datetime:
        """What the rest of the world's clocks say."""
        return _BEGIN + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() + self.suspended

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 1e-6) if seconds > 0 else 0)


class TrueTime:
    """The rest of the world's clock: nobody sets it."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.true_now()

    def elapsed(self) -> float:
        return self._clock.elapsed()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class NothingLeft(RuntimeError):
    """Whoever waits, waits for ever."""


class _Handle:
    """A call that is to be made, unless it is cancelled before."""

    __slots__ = ("args", "callback", "context", "when")

    def __init__(self, callback, args, context, when=0.0):
        self.callback = callback
        self.args = args
        self.context = context
        self.when = when

    def cancel(self):
        self.callback = None
        self.args = ()

    def cancelled(self):
        return self.callback is None


class _Task(asyncio.Task):
    """A task whose place in a set is the same in every process."""

    def __init__(self, work, *, loop, place, **named):
        self._place = place
        super().__init__(work, loop=loop, **named)

    def __hash__(self):
        return self._place


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs on one thread until what it is given is done; raises `NothingLeft` where it never would be."""

    def __init__(self):
        self._now = 0.0
        self._ready = deque()
        self._later = []
        self._places = itertools.count()
        self._sequence = itertools.count()
        self._running = self._stopped = self._closed = False

    def run_forever(self):
        asyncio._set_running_loop(self)
        self._running, self._stopped = True, False
        try:
            while not self._stopped:
                self._turn()
        finally:
            self._running = False
            asyncio._set_running_loop(None)

    def _turn(self):
        ready, later = self._ready, self._later
        if not ready:
            while later and later[0][2].callback is None:
                heapq.heappop(later)
            if not later:
                raise NothingLeft("everything waits for something that never comes")
            self._now = max(self._now, later[0][0])
        while later and later[0][0] <= self._now:
            ready.append(heapq.heappop(later)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle.callback is not None:
                handle.context.run(handle.callback, *handle.args)

    def run_until_complete(self, future):
        future = asyncio.ensure_future(future, loop=self)
        future.add_done_callback(self._end)
        try:
            self.run_forever()
        finally:
            future.remove_done_callback(self._end)
        return future.result()

    def _end(self, future):
        self.stop()

    def stop(self):
        self._stopped = True

    def close(self):
        self._closed = True
        self._ready.clear()
        self._later.clear()

    def is_running(self):
        return self._running

    def is_closed(self):
        return self._closed

    def time(self):
        return self._now

    def call_soon(self, callback, *args, context=None):
        handle = _Handle(callback, args, contextvars.copy_context() if context is None else context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        handle = _Handle(callback, args, contextvars.copy_context() if context is None else context, when)
        heapq.heappush(self._later, (when, next(self._sequence), handle))
        return handle

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, work, **named):
        return _Task(work, loop=self, place=next(self._places), **named)

    def get_debug(self):
        return False

    def call_exception_handler(self, context):
        """As asyncio does, but for tasks that a killed process left behind: nobody waits for them."""
        if "exception" in context:
            logging.getLogger("asyncio").error(context["message"], exc_info=context["exception"])

    async def shutdown_asyncgens(self):
        pass

    async def shutdown_default_executor(self, timeout=None):  # noqa: ASYNC109 - asyncio's own name
        pass


def virtual(coroutine):
    """Run `coroutine` to its end on virtual time, and answer what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
