from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from batch.provider.simulator import Simulator, SimulatorOptions

LOGIN = {"UserName": "rehearsal", "Password": "no-secret"}


class Customer:
    """Speaks to a simulator as a bare client would: forms out, whatever comes back."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session

    async def raw(self, function: str, **form: str) -> tuple[int, str, aiohttp.ClientResponse]:
        async with self.session.post(
            f"{self.simulator.base_url}/{function}", data={**LOGIN, **form}, allow_redirects=False
        ) as response:
            return response.status, await response.text(), response

    async def ask(self, function: str, **form: str) -> Any:
        _, text, _ = await self.raw(function, **form)
        return json.loads(text)

    async def buy(self, number: str, **form: str) -> Any:
        return (await self.ask("buynumbers/", Number=number, **form))["DATA"][0]["RETURN"]

    async def holds(self, number: str) -> bool:
        return "Number" in (await self.ask("getdidinfo", Number=number))["DATA"][0]

    async def own(self, path: str = "") -> Any:
        async with self.session.get(f"{self.simulator.base_url}/numbatch-simulator{path}") as response:
            return await response.json()


async def eventually(claim: Callable[[], Awaitable[bool]]) -> None:
    """Return once the claim holds; time out when it never does."""
    async with asyncio.timeout(5):
        while not await claim():  # noqa: ASYNC110 - what is waited for lies behind a socket
            await asyncio.sleep(0.005)


Open = Callable[..., Awaitable[Customer]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Open simulators with the options given, quick ones, each with a customer; closed at the end."""
    async with AsyncExitStack() as stack:

        async def open_one(**options: Any) -> Customer:
            simulator = await stack.enter_async_context(Simulator(SimulatorOptions(**{"latency": (0, 0), **options})))
            session = await stack.enter_async_context(
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5), cookie_jar=aiohttp.DummyCookieJar())
            )
            return Customer(simulator, session)

        yield open_one
