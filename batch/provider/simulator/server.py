"""The API over HTTP: which function was asked for, what befalls the request on its way, and what goes back.

A purchase or a release goes: fault chosen, half of the latency, execution (once, never, later, twice), the other half,
answer. What a client does meanwhile changes nothing: a handler goes on when its connection is gone.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from aiohttp import web

from batch import __version__
from batch.clock import Clock
from batch.provider.simulator import answers, wire
from batch.provider.simulator.catalogue import in_plan
from batch.provider.simulator.chance import fraction
from batch.provider.simulator.faults import FAULTS, Execution, Fault, StockChange
from batch.provider.simulator.forms import UnreadableFormError, of_path, posted
from batch.provider.simulator.lookups import LookUps
from batch.provider.simulator.magic import MAGIC
from batch.provider.simulator.options import Inquiry, SimulatorOptions
from batch.provider.simulator.records import Record
from batch.provider.simulator.world import NOT_AUTHENTICATED, World

BASE_PATH: Final = "/json"
HANDSHAKE: Final = "numbatch-simulator"
"""The path, under the base, by which a client recognises a simulator."""

_FINE: Final = Fault(does="goes well")
_OVER_CAP: Final = "over rate cap"
_REDIRECTED: Final = "redirected"

_FAILING: Final = {Inquiry.FAILS: FAULTS["500"], Inquiry.DROPS: FAULTS["dropped"]}

_Form = Mapping[str, str]
_Executes = Callable[[], Awaitable[int]]


class Server:
    """Answers requests from a `World`. Its public attributes may be changed while it runs."""

    def __init__(self, world: World, options: SimulatorOptions, clock: Clock, instance: str) -> None:
        self.instance = instance
        self.look_ups = LookUps(world, options, clock)
        self.outage = False
        self.faults = options.purchase_plan()
        self.release_faults = options.release_plan()
        self.lookup_faults = options.lookup_plan()
        self.scripts: dict[str, tuple[Fault | None, ...]] = {}
        """what the first, second, … request meets: by number, `release NUMBER`, or the name of a look-up"""
        self.requests: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.late: set[asyncio.Task[int]] = set()
        self._others: Counter[str] = Counter()
        """releases by `release NUMBER`; look-ups by name, and by name and what was asked for"""
        self._world = world
        self._options = options
        self._clock = clock
        self._arrivals: deque[float] = deque(maxlen=options.rate_cap)

    def record(self) -> Record:
        """Return the provider's own record as it is now."""
        kept = self._world.record()
        return Record(kept.charges, kept.holdings, kept.balance, kept.balances, dict(self.requests), dict(self.tries))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = request.raw_path.partition("?")[0]
        if not path.startswith(f"{BASE_PATH}/"):
            return wire.page(404, "Not Found")
        function, *segments = path[len(BASE_PATH) + 1 :].split("/")
        if function == HANDSHAKE:
            return self._own(segments)
        name = function.lower()
        if name == _REDIRECTED:
            self.requests[_REDIRECTED] += 1
            return wire.page(404, "Not Found")
        if name not in self.look_ups and name not in {"buynumbers", "releasenumbers"}:
            return wire.page(404, "Not Found")
        self.requests[name] += 1
        if self.outage:
            return wire.drop(request)
        if self._is_over_cap():
            self.requests[_OVER_CAP] += 1
            return wire.page(429, "Too Many Requests", retry_after=self._options.retry_after)
        return await self._asked(request, name, segments)

    async def wait_for_late(self) -> None:
        """Return when every request that is executed late has been."""
        while self.late:
            await asyncio.gather(*self.late)

    def forget_late(self) -> None:
        """Cancel what was still to be executed late."""
        for task in self.late:
            task.cancel()

    def _own(self, segments: list[str]) -> web.Response:
        if segments == ["record"]:
            return wire.json(answers.record(self.record()))
        hello = {"simulator": "numbatch", "version": __version__, "instance": self.instance}
        return wire.json(answers.dumps(hello))

    async def _asked(self, request: web.BaseRequest, name: str, segments: list[str]) -> web.StreamResponse:
        if request.method == "GET" and name == "buynumbers":
            form = of_path(segments)
        elif request.method == "POST":
            try:
                form = await posted(request)
            except UnreadableFormError as error:
                return wire.page(error.status, "Unreadable form")
        else:
            return wire.page(405, "Method Not Allowed")
        if not self._world.knows(form.get("UserName", ""), form.get("Password", "")):
            await self._latency(name)
            return self._returned(NOT_AUTHENTICATED)
        if name in self.look_ups:
            return await self._look_up(name, request, form)
        number, username = form.get("Number", ""), form["UserName"]
        if name == "buynumbers":
            execute = partial(self._buy, username, number, form)
            return await self._carried_out(request, number, self._purchase_fault(number), execute)
        execute = partial(self._release, username, number)
        return await self._carried_out(request, number, self._release_fault(number), execute)

    # Purchases and releases

    def _purchase_fault(self, number: str) -> Fault | None:
        if not in_plan(number):
            return None
        self.tries[number] += 1
        nth = self.tries[number]
        if number in self.scripts:
            return self._scripted(number, nth)
        if self._options.magic and number in MAGIC:
            return MAGIC[number].fault_of(nth)
        return self.faults.pick(self._options.seed, number, nth)

    def _release_fault(self, number: str) -> Fault | None:
        if not in_plan(number):
            return None
        name = f"release {number}"
        self._others[name] += 1
        if name in self.scripts:
            return self._scripted(name, self._others[name])
        return self.release_faults.pick(self._options.seed, name, self._others[name])

    def _scripted(self, name: str, nth: int) -> Fault | None:
        script = self.scripts[name]
        return script[nth - 1] if nth <= len(script) else None

    async def _carried_out(
        self, request: web.BaseRequest, number: str, fault: Fault | None, execute: _Executes
    ) -> web.StreamResponse:
        fault = fault or _FINE
        await self._latency(number, "before", share=0.5)
        if fault.hold:
            await self._pause(self._options.slow_for)
        match fault.stock:
            case StockChange.RESERVED:
                self._world.reserve(number, self._world.reserved_for)
            case StockChange.WITHDRAWN:
                self._world.withdraw(number)
            case None:
                pass
        result = await self._executed(fault.execution, execute)
        await self._latency(number, "after", share=0.5)
        truth = answers.returned(result, as_string=self._options.return_as_string)
        return await wire.answered(request, fault, self._answering(number, fault, truth))

    async def _executed(self, execution: Execution, execute: _Executes) -> int:
        match execution:
            case Execution.FIRST:
                return await execute()
            case Execution.TWICE:
                await execute()
                return await execute()
            case Execution.LATE:
                task = asyncio.ensure_future(self._executed_late(execute))
                self.late.add(task)
                task.add_done_callback(self.late.discard)
            case Execution.NEVER:
                pass
        return 0

    async def _executed_late(self, execute: _Executes) -> int:
        await self._pause(self._options.late_by)
        return await execute()

    async def _buy(self, username: str, number: str, form: _Form) -> int:
        if not self._options.two_step:
            return self._world.buy(username, number, form)
        code = self._world.check(username, number)
        if code is not None:
            return code
        await self._pause(self._options.two_step_gap)
        return self._world.charge(username, number, form)

    async def _release(self, username: str, number: str) -> int:
        return int(number) if self._world.release(username, number) else self._options.absent_code

    # Look-ups

    async def _look_up(self, name: str, request: web.BaseRequest, form: _Form) -> web.StreamResponse:
        asked = form.get("Number") or form.get("CountryCode") or form.get("ISOCODE") or ""
        fault = self._look_up_fault(name, asked) or _FINE
        await self._latency(form.get("Number", ""))
        if fault.hold:
            await self._pause(self._options.slow_for)
        return await wire.answered(request, fault, self._answering(asked, fault, self.look_ups.answer(name, form)))

    def _look_up_fault(self, name: str, asked: str) -> Fault | None:
        self._others[name] += 1
        if name in self.scripts:
            return self._scripted(name, self._others[name])
        if name == "getdidinfo" and self.look_ups.inquiry in _FAILING:
            return _FAILING[self.look_ups.inquiry]
        question = f"{name} {asked}"
        self._others[question] += 1
        return self.lookup_faults.pick(self._options.seed, question, self._others[question])

    # Answers

    def _answering(self, number: str, fault: Fault, truth: bytes) -> wire.Answering:
        return wire.Answering(
            number,
            truth,
            answers.returned(fault.code, as_string=self._options.return_as_string),
            self._options.retry_after,
            f"{BASE_PATH}/{_REDIRECTED}/",
            self._options.drip_for,
            self._pause,
        )

    def _returned(self, code: int) -> web.Response:
        return wire.json(answers.returned(code, as_string=self._options.return_as_string))

    # Time

    def _is_over_cap(self) -> bool:
        cap = self._options.rate_cap
        if cap is None:
            return False
        now = self._clock.elapsed()
        if len(self._arrivals) == cap and now - self._arrivals[0] < 1:
            return True
        self._arrivals.append(now)
        return False

    async def _latency(self, number: str, part: str = "", *, share: float = 1.0) -> None:
        low, high = self._options.latency
        if high > 0:
            drawn = fraction(self._options.seed, "latency", part, number, self.tries[number])
            await self._pause((low + (high - low) * drawn) * share)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep(seconds / self._options.speed)
