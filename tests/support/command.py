"""The real command in a process of its own, with an environment that holds nothing of ours, and a simulator beside it.

Whatever a test is about: a command that says the password that it was given fails it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from support.canary import require_silence

from batch.provider.simulator import Price, Record, Simulator, SimulatorOptions

_PASSWORD = "NUMBATCH_PASSWORD"


class Process(subprocess.Popen[str]):
    """A command under way; `communicate` fails where it said its password."""

    password: str | None = None

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:  # noqa: A002
        said = super().communicate(input, timeout)
        require_silence(self.password, *said)
        return said


@dataclass
class Command:
    """Runs `python -m batch` in `cwd`; HOME is a directory of the test."""

    home: Path
    cwd: Path
    environ: dict[str, str] = field(default_factory=dict)
    measured: bool = False
    """Whether coverage measures the command, where it measures the tests: it takes half as long again."""

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the process sees; coverage is told of it where it is to be `measured`."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_") and self.measured}
        base = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "TZ": "UTC"}
        return {**kept, **base, **self.environ, **(more or {})}

    def words(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "batch", *map(str, arguments)]

    def __call__(
        self, *arguments: object, env: Mapping[str, str] | None = None, stdin: str | None = None, **options: object
    ) -> subprocess.CompletedProcess[str]:
        options = {"env": self.env(env), "cwd": self.cwd, "timeout": 90, "input": stdin, **options}
        if stdin is None:
            options["stdin"] = subprocess.DEVNULL
            del options["input"]
        if "stdout" not in options:
            options["stdout"] = subprocess.PIPE
        if "stderr" not in options:
            options["stderr"] = subprocess.PIPE
        done = subprocess.run(self.words(*arguments), text=True, check=False, **options)
        require_silence(self.env(env).get(_PASSWORD), done.stdout, done.stderr)
        return done

    def start(self, *arguments: object, env: Mapping[str, str] | None = None) -> Process:
        process = Process(
            self.words(*arguments),
            env=self.env(env),
            cwd=self.cwd,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        process.password = self.env(env).get(_PASSWORD)
        return process


async def settle() -> None:
    """Let a loop that is about to be closed do what it has put off, such as letting go of closed connections."""
    for _ in range(10):
        await asyncio.sleep(0)


class ServedSimulator:
    """A simulator on a thread of its own: a context; `record` may be asked for from the test."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self._options = options or SimulatorOptions(latency=(0.0, 0.002))
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.simulator = Simulator(self._options)
        self.base_url = ""

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        # A client that was killed or suspended has left a connection that never drains.
        for transport in list(self._loop._transports.values()):
            transport.abort()
        self._loop.run_until_complete(settle())
        self._loop.close()

    async def _main(self) -> None:
        async with self.simulator:
            self.base_url = self.simulator.base_url
            self._ready.set()
            await self._end.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def record(self) -> Record:
        """What the provider itself knows."""

        async def ask() -> Record:
            return self.simulator.record()

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result(10)

    def reprice(self, prefix: str, price: Price) -> None:
        """Let numbers that begin with `prefix` cost `price` from now on."""
        self._loop.call_soon_threadsafe(self.simulator.reprice, prefix, price)

    def spend(self, amount: Decimal) -> None:
        """Take `amount` from the account's balance, as calls or another customer of it would."""
        self._loop.call_soon_threadsafe(self.simulator.spend, amount)

    @property
    def charged(self) -> list[str]:
        """The numbers that were charged, each as often as it was."""
        return [charge.number for charge in self.record().charges]

    @property
    def environ(self) -> dict[str, str]:
        """Settings by which a command buys here."""
        login = {"NUMBATCH_USERNAME": self._options.username, "NUMBATCH_PASSWORD": self._options.password}
        return {"NUMBATCH_BASE_URL": self.base_url, **login}


@contextmanager
def pseudo_terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: ours, and the one for a process."""
    ours, theirs = os.openpty()
    try:
        yield ours, theirs
    finally:
        for one in (ours, theirs):
            with suppress(OSError):
                os.close(one)
