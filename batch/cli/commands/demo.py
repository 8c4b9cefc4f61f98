"""`numbatch demo`: the whole story on this machine, in less than half a minute."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import begin
from batch.cli.options import COMMON, Common
from batch.cli.output import say
from batch.errors import NumbatchError, UsageError

if TYPE_CHECKING:
    from batch.provider.simulator import Simulator

_PATH = Annotated[Path | None, Parameter(name="DIRECTORY", help="Where its files go; else a new one beside you.")]
_SPEED = 20
_RATE = 40
_KILL_AFTER = 35
"""Charges at the provider, at which the run is killed."""
_WITHIN = 60.0
_LOOK_EVERY = 0.02
_OURS = ("NUMBATCH_", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
_ENDED_WELL = {0, 4}


def demo(directory: _PATH = None, /, *, common: Common = COMMON) -> int:
    """Show the whole story on this machine: no account, no settings, no money, less than half a minute.

    A messy order sheet is refused on its cells, mended, bought from a simulated provider with faults, killed amid the run,
    resumed, and compared with the provider's own record.

    For example:
        numbatch demo
    """
    begin(common)
    return asyncio.run(_tell(_place(directory)))


def _place(wanted: Path | None) -> Path:
    """A directory for the demo's files: the one named, else a new one here, else a temporary one."""
    try:
        if wanted is not None:
            wanted.mkdir(parents=True, exist_ok=True)
            return wanted.absolute()
        for count in range(1, 100):
            path = Path(f"numbatch-demo{f'-{count}' if count > 1 else ''}")
            if not path.exists():
                path.mkdir()
                return path.absolute()
    except OSError as error:
        if wanted is not None:
            raise UsageError(f"{wanted} can't be made: {error.strerror or error}") from None
    return Path(tempfile.mkdtemp(prefix="numbatch-demo-"))


async def _tell(home: Path) -> int:
    from batch.cli.demo_orders import write_mended, write_messy  # noqa: PLC0415 - when asked for
    from batch.provider.simulator import Simulator, SimulatorOptions  # noqa: PLC0415

    messy, orders, results = home / "orders-as-received.csv", home / "orders.csv", home / "orders-rehearsal.xlsx"
    say("1. An order sheet as it arrives. numbatch checks every cell, and sends nothing:\n")
    write_messy(messy)
    await _numbatch(home, {}, "check", messy.name)
    say("\n2. Mended, and bought from a provider simulated on this machine, with faults: dropped answers, errors, late")
    say("   execution. Amid the run the process is killed (SIGKILL), as a crash or a power cut would:\n")
    write_mended(orders)
    async with Simulator(SimulatorOptions(faults="typical", seed=7, speed=_SPEED)) as simulator:
        settings = _environment(home, simulator)
        await _killed_run(home, settings, simulator, orders)
        say(f"\n   Killed. The provider had charged {len(simulator.record().charges)} numbers by then.")
        say("\n3. The same command again. It asks about what was in flight, buys the rest, and nothing twice:\n")
        code = await _numbatch(home, settings, *_run_words(orders))
        await simulator.wait_for_late()
        return _compare(simulator, results, messy, code)


def _compare(simulator: Simulator, results: Path, messy: Path, code: int) -> int:
    charged = [charge.number for charge in simulator.record().charges]
    twice = len(charged) - len(set(charged))
    say(f"\n4. The provider's own record: {len(charged)} purchases charged, {twice} of them twice.\n")
    say(f"   The sheet as it arrived:  {messy}")
    say(f"   The result workbook:      {results}")
    say("\nYours next: numbatch template orders.xlsx, then numbatch run orders.xlsx --simulate")
    return 0 if code in _ENDED_WELL and not twice and results.is_file() else 1


async def _killed_run(home: Path, settings: dict[str, str], simulator: Simulator, orders: Path) -> None:
    """Begin a run, and kill it when the provider has charged some."""
    from batch.clock import SystemClock  # noqa: PLC0415 - when asked for

    clock = SystemClock()
    process = await _start(home, settings, *_run_words(orders))
    try:
        async with asyncio.timeout(_WITHIN):
            while len(simulator.record().charges) < _KILL_AFTER and process.returncode is None:
                await clock.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise NumbatchError(
            "the demo's run did not get on", remedy="Try again; this machine may be very busy."
        ) from None
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


def _run_words(orders: Path) -> tuple[str, ...]:
    pace = ("--rate", str(_RATE), "--resolve-delay", "500ms", "--resolve-horizon", "3s", "--timeout", "2s")
    return ("run", orders.name, "--yes", *pace, "--reserved-retry-every", "2s")


def _environment(home: Path, simulator: Simulator) -> dict[str, str]:
    """Settings of the demo alone: its ledger and head file stay in its directory."""
    return {
        "NUMBATCH_BASE_URL": simulator.base_url,
        "NUMBATCH_USERNAME": simulator.options.username,
        "NUMBATCH_PASSWORD": simulator.options.password,
        "NUMBATCH_LEDGER": str(home / "ledger"),
    }


async def _numbatch(home: Path, settings: dict[str, str], *words: str) -> int:
    process = await _start(home, settings, *words)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


async def _start(home: Path, settings: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    """This program as a process of its own, told nothing of the user's settings."""
    say(f"   $ numbatch {' '.join(words)}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    package = Path(__file__).parents[3]
    # -P: what lies in the demo's directory is not imported; the package is found where this one was.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "batch", *words, cwd=home,
        env={**kept, "XDG_CONFIG_HOME": str(home / "settings"), "PYTHONPATH": str(package), **settings},
    )  # fmt: skip
