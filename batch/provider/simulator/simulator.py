"""The simulator as a whole: world, server and state file, from start to stop."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from batch.clock import Clock, SystemClock, random_id
from batch.provider.simulator.catalogue import Price, price_of
from batch.provider.simulator.faults import FAULTS, Fault, FaultPlan
from batch.provider.simulator.journal import Journal, StateFileError
from batch.provider.simulator.magic import MAGIC, Lot
from batch.provider.simulator.options import Inquiry, SimulatorOptions
from batch.provider.simulator.records import Account, Record
from batch.provider.simulator.server import BASE_PATH, Server
from batch.provider.simulator.world import World

_LONG_AGO: Final = timedelta(days=400)
_PATIENCE: Final = 0.05
"""real seconds that requests in progress get when the simulator stops"""


class Simulator:
    """A provider on this machine, as long as its context lasts.

        async with Simulator(SimulatorOptions(port=8080)) as simulator:
            simulator.base_url  # http://127.0.0.1:8080/json

    `world` may be changed from the same event loop at any time: purchases and releases by hand, stock, lag.

    Entering raises OSError where the address is taken or the state file cannot be opened, and `StateFileError` where
    the state file is no simulator's, is damaged, or belongs to a simulator that runs.
    """

    def __init__(self, options: SimulatorOptions | None = None, *, clock: Clock | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.base_url = ""
        self._clock = clock or SystemClock()
        self._journal: Journal | None = None
        self._stack = AsyncExitStack()
        self.world = self._new_world()
        self._server = Server(self.world, self.options, self._clock, random_id())

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._open_journal(stack)
            stack.callback(self._server.forget_late)
            await self._listen(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def instance(self) -> str:
        """A random id of this simulator's memory: once entered, that of its state file where it has one."""
        return self._server.instance

    @property
    def inquiry(self) -> Inquiry:
        """How the account query answers; may be changed at any time."""
        return self._server.look_ups.inquiry

    @inquiry.setter
    def inquiry(self, inquiry: Inquiry) -> None:
        self._server.look_ups.inquiry = inquiry

    @property
    def outage(self) -> bool:
        """Whether every request is met with a closed connection, and nothing executed; may be changed at any time."""
        return self._server.outage

    @outage.setter
    def outage(self, outage: bool) -> None:
        self._server.outage = outage

    @property
    def faults(self) -> FaultPlan:
        """What purchases meet; may be changed at any time."""
        return self._server.faults

    @faults.setter
    def faults(self, plan: FaultPlan) -> None:
        self._server.faults = plan

    @property
    def lookup_faults(self) -> FaultPlan:
        """What look-ups meet; may be changed at any time."""
        return self._server.lookup_faults

    @lookup_faults.setter
    def lookup_faults(self, plan: FaultPlan) -> None:
        self._server.lookup_faults = plan

    def script(self, number: str, *tries: Fault | str | None) -> None:
        """Say what the first, second, … purchase request of `number` meets: a fault, its name in `FAULTS`, or None.

        Later tries go well. Raises KeyError for a name that there is not.
        """
        self._server.scripts[number] = tuple(FAULTS[fault] if isinstance(fault, str) else fault for fault in tries)

    def script_release(self, number: str, *tries: Fault | str | None) -> None:
        """Say what releases of `number` meet, as `script` does for purchases."""
        self.script(f"release {number}", *tries)

    def script_look_up(self, function: str, *tries: Fault | str | None) -> None:
        """Say what the first, second, … request of a look-up ("getdids") meets, whatever it asks for, as `script` does."""
        self.script(function, *tries)

    def reprice(self, prefix: str, price: Price) -> None:
        """Let numbers that begin with `prefix` cost `price` from now on; of several prefixes the latest counts."""
        self.world.reprice(prefix, price)

    def spend(self, amount: Decimal) -> None:
        """Take `amount` from the first account's balance, for calls or by somebody else; a negative one tops it up."""
        self.world.spend(amount)

    def record(self) -> Record:
        """Return the provider's own record as it is now."""
        return self._server.record()

    async def wait_for_late(self) -> None:
        """Return when every request that is executed late has been."""
        await self._server.wait_for_late()

    def _new_world(self) -> World:
        options = self.options
        accounts = [Account(options.username, options.password, options.balance)]
        accounts += [Account(name, password, money) for name, (password, money) in options.more_accounts.items()]
        stock = options.stock
        if stock is not None and options.magic:
            stock = {**{number: price_of(number) for number in MAGIC}, **stock}
        world = World(
            accounts,
            self._clock,
            stock=stock,
            quotes=options.quotes,
            reserved_for=options.reserved_for / options.speed,
            lag=options.lag / options.speed,
            on_entry=lambda entry: self._journal.write(entry) if self._journal else None,
        )
        if options.magic:
            self._lay_out(world)
        return world

    def _lay_out(self, world: World) -> None:
        world.unlisted = frozenset(MAGIC)
        world.ghosts = frozenset(magic.number for magic in MAGIC.values() if magic.lot is Lot.ABSENT)
        world.texts_only = frozenset(magic.number for magic in MAGIC.values() if magic.texts_only)
        for magic in MAGIC.values():
            match magic.lot:
                case Lot.ELSEWHERE:
                    world.sell_elsewhere(magic.number)
                case Lot.OURS:
                    world.hold(magic.number, self._clock.now() - _LONG_AGO)
                case Lot.RESERVED:
                    world.reserve(magic.number, math.inf)
                case Lot.ABSENT:
                    world.withdraw(magic.number)
                case None:
                    pass

    def _open_journal(self, stack: AsyncExitStack) -> None:
        if self.options.state is None:
            return
        journal = Journal(self.options.state, self.instance)
        stack.callback(journal.close)
        self._server.instance = journal.instance
        for entry in journal.entries():
            try:
                self.world.restore(entry)
            except KeyError as error:
                raise StateFileError(f"{self.options.state}: sold to {entry.account!r}, who has no account") from error
        self._journal = journal

    async def _listen(self, stack: AsyncExitStack) -> None:
        # The handler is looked up at each request; nothing is logged per request, and so no password ever.
        runner = web.ServerRunner(
            web.Server(self._server.handle, access_log=None), shutdown_timeout=_PATIENCE, handle_signals=False
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self.options.host, self.options.port, reuse_address=True).start()
        port = runner.addresses[0][1]
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        self.base_url = f"http://{host}:{port}{BASE_PATH}"


async def serve(
    options: SimulatorOptions, announce: Callable[[Simulator], None], *, clock: Clock | None = None
) -> None:
    """Run a simulator until cancelled; `announce` is called once, when it listens. Raises as `Simulator` does."""
    async with Simulator(options, clock=clock) as simulator:
        announce(simulator)
        await asyncio.Event().wait()
