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
from batch.provider.simulator.faults import Execution, Fault, StockChange
from batch.provider.simulator.forms import UnreadableFormError, of_path, posted
from batch.provider.simulator.magic import MAGIC
from batch.provider.simulator.options import Inquiry, SimulatorOptions
from batch.provider.simulator.world import NOT_AUTHENTICATED, Holding, Record, World

BASE_PATH: Final = "/json"
HANDSHAKE: Final = "numbatch-simulator"
"""The path, under the base, by which a client recognises a simulator."""

_FINE: Final = Fault(does="goes well")
_OVER_CAP: Final = "over rate cap"
_REDIRECTED: Final = "redirected"

_Form = Mapping[str, str]
_Executes = Callable[[], Awaitable[int]]


class Server:
    """Answers requests from a `World`. Its public attributes may be changed while it runs."""

    def __init__(self, world: World, options: SimulatorOptions, clock: Clock, instance: str) -> None:
        self.instance = instance
        self.inquiry = options.inquiry
        self.outage = False
        self.faults = options.purchase_plan()
        self.release_faults = options.release_plan()
        self.scripts: dict[str, tuple[Fault | None, ...]] = {}
        self.requests: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.late: set[asyncio.Task[int]] = set()
        self._releases: Counter[str] = Counter()
        self._world = world
        self._options = options
        self._clock = clock
        self._arrivals: deque[float] = deque(maxlen=options.rate_cap)
        self._functions: Mapping[str, Callable[[web.BaseRequest, _Form], Awaitable[web.StreamResponse]]] = {
            "buynumbers": self._buy_numbers,
            "releasenumbers": self._release_numbers,
            "getdidinfo": self._did_info,
            "getringto": partial(self._look_up, self._ring_to),
            "getdids": partial(self._look_up, self._dids),
            "getcountries": partial(self._look_up, lambda _form: answers.countries()),
            "getareas": partial(self._look_up, answers.areas),
            "getbalance": partial(self._look_up, self._balance),
        }

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
        if name not in self._functions:
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
        return await self._functions[name](request, form)

    # Purchases and releases

    async def _buy_numbers(self, request: web.BaseRequest, form: _Form) -> web.StreamResponse:
        number = form.get("Number", "")
        fault = None
        if in_plan(number):
            self.tries[number] += 1
            fault = self._fault_of(number, self.tries[number])
        return await self._carried_out(request, number, fault, partial(self._buy, form["UserName"], number, form))

    async def _release_numbers(self, request: web.BaseRequest, form: _Form) -> web.StreamResponse:
        number = form.get("Number", "")
        fault = None
        if in_plan(number):
            self._releases[number] += 1
            fault = self.release_faults.pick(self._options.seed, f"release {number}", self._releases[number])
        return await self._carried_out(request, number, fault, partial(self._release, form["UserName"], number))

    def _fault_of(self, number: str, nth: int) -> Fault | None:
        script = self.scripts.get(number)
        if script is not None:
            return script[nth - 1] if nth <= len(script) else None
        if self._options.magic and number in MAGIC:
            return MAGIC[number].fault_of(nth)
        return self.faults.pick(self._options.seed, number, nth)

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
        answering = wire.Answering(
            number,
            answers.returned(result, as_string=self._options.return_as_string),
            answers.returned(fault.code, as_string=self._options.return_as_string),
            self._options.retry_after,
            f"{BASE_PATH}/{_REDIRECTED}/",
            self._options.drip_for,
            self._pause,
        )
        return await wire.answered(request, fault, answering)

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

    async def _look_up(
        self, answer: Callable[[_Form], bytes], _request: web.BaseRequest, form: _Form
    ) -> web.StreamResponse:
        await self._latency(form.get("Number", ""))
        return wire.json(answer(form))

    async def _did_info(self, request: web.BaseRequest, form: _Form) -> web.StreamResponse:
        username, number = form["UserName"], form.get("Number", "")
        await self._latency(number)
        holding: Holding | None
        match self.inquiry:
            case Inquiry.FAILS:
                return wire.page(500, "Internal Server Error")
            case Inquiry.DROPS:
                return wire.drop(request)
            case Inquiry.ALL_OURS:
                holding = Holding(number, username, self._world.price(number), self._clock.now())
            case Inquiry.NONE_OURS:
                holding = None
            case Inquiry.TRUE:
                holding = self._world.shown(username, number)
        return wire.json(self._absent() if holding is None else answers.held(holding, self._options.zone))

    def _ring_to(self, form: _Form) -> bytes:
        holding = self._world.shown(form["UserName"], form.get("Number", ""))
        return self._absent() if holding is None else answers.ring_to(holding)

    def _dids(self, form: _Form) -> bytes:
        numbers = self._world.in_stock(form.get("CountryCode", ""), self._options.listed)
        return answers.stock([(number, self._world.price(number)) for number in numbers])

    def _balance(self, form: _Form) -> bytes:
        balance = self._world.accounts[form["UserName"]].balance
        return answers.returned(balance, as_string=self._options.return_as_string)

    def _absent(self) -> bytes:
        options = self._options
        return answers.absent(options.absent_as, options.absent_code, as_string=options.return_as_string)

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
