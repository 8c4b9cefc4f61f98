"""A shop whose machine is unkind: disks that are full or refuse, modes that hold for root too, a clock that is wrong."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.agreement import disagreements, rows_of
from support.command import Command, Process, ServedSimulator

FAST = {
    "NUMBATCH_RATE": "500",
    "NUMBATCH_RESOLVE_DELAY": "200ms",
    "NUMBATCH_RESOLVE_HORIZON": "1s",
    "NUMBATCH_RESERVED_RETRY_EVERY": "300ms",
}
_HEADER = "Number,Type,URI,Cost centre\n"
_FIRST = 33123450000
_CAPABILITIES = "-dac_override,-dac_read_search,-fowner,-chown"


@dataclass
class Shop:
    """The command, the provider that it buys from, and an order of `count` numbers."""

    numbatch: Command
    simulator: ServedSimulator
    orders: Path
    count: int

    @property
    def results(self) -> Path:
        return self.numbatch.cwd / "orders-rehearsal.xlsx"

    @property
    def state(self) -> Path:
        """Where ledgers lie if nothing is said."""
        return self.numbatch.home / ".local" / "state" / "numbatch"

    @property
    def ledger(self) -> Path:
        [path] = self.state.glob("*.ledger")
        return path

    @property
    def charged(self) -> list[str]:
        return self.simulator.charged

    @property
    def sent(self) -> int:
        """Purchases that the provider was asked for."""
        return self.simulator.record().requests.get("buynumbers", 0)

    def run(self, *arguments: object, under: Sequence[str] = (), **options: object) -> subprocess.CompletedProcess[str]:
        """Buy, as a program of `under` starts it (setpriv, strace, a shell's line)."""
        numbatch = self.numbatch
        options = {"env": numbatch.env(), "cwd": numbatch.cwd, "capture_output": True, **options}
        words = [*under, *numbatch.words("run", self.orders, *arguments)]
        done = subprocess.run(words, text=True, stdin=subprocess.DEVNULL, timeout=180, check=False, **options)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def sell(self, *arguments: object) -> Process:
        """Begin to buy, slowly."""
        return self.numbatch.start("run", self.orders, "--rate", "10", *arguments)

    def wrong(self, results: Path | None = None, *, doubt: bool = False) -> list[str]:
        """Rows of the workbook that say otherwise than the provider."""
        return list(disagreements(results or self.results, self.charged, doubt=doubt))

    def ends_well(self, *arguments: object) -> None:
        """The same command again, on a machine that is well: everything is bought, once, and the workbook says so."""
        done = self.run("-q", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert len(self.charged) == len(set(self.charged)) == self.count
        assert self.wrong() == []
        assert set(rows_of(self.results).values()) == {"purchased"}


@contextmanager
def open_shop(root: Path, count: int = 20) -> Iterator[Shop]:
    """A shop in `root`, with a home, a working directory and an order in it."""
    for name in ("home", "work"):
        (root / name).mkdir()
    orders = root / "work" / "orders.csv"
    orders.write_text(f"{_HEADER}{_FIRST}-{_FIRST + count - 1},SIP,{{last4}}@pbx.example.com,Nice\n")
    with ServedSimulator() as simulator:
        yield Shop(Command(root / "home", root / "work", {**FAST, **simulator.environ}), simulator, orders, count)


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


def tool(name: str) -> str:
    """A program that the machine may lack: the test is skipped then."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@contextmanager
def small_disk(at: Path, options: str) -> Iterator[Path]:
    """A file system of its own at `at`, in memory."""
    at.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", at], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def enlarge(disk: Path, options: str = "size=50m,nr_inodes=1000") -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free; the file to be deleted."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)
    return filler


def plain_user() -> list[str]:
    """The words by which a command is started for whom file modes hold: root without the right to pass them by."""
    return [] if os.geteuid() else [tool("setpriv"), f"--bounding-set={_CAPABILITIES}"]


def injecting(fault: str, *paths: Path) -> list[str]:
    """The words by which a command's system calls on `paths` fail (or wait), as strace's `fault` says."""
    words = [tool("strace"), "-f", "-qq", "-o", os.devnull, "-e", f"inject={fault}"]
    return [*words, *(f"--trace-path={path}" for path in paths), "-e", f"trace={fault.partition(':')[0]}"]
