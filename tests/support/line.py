"""The real command at one end of a line, the simulator at the other, and a proxy between that breaks things."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.agreement import disagreements, rows_of
from support.command import Command, ServedSimulator
from support.proxy import FaultProxy

SETTINGS = {
    "NUMBATCH_RATE": "200",
    "NUMBATCH_TIMEOUT": "500ms",
    "NUMBATCH_RESOLVE_DELAY": "200ms",
    "NUMBATCH_RESOLVE_HORIZON": "1s",
    "NUMBATCH_OUTAGE_GIVE_UP_AFTER": "300ms",
    "NUMBATCH_MAX_FAILURES": "off",
    "NUMBATCH_ENVIRONMENT": "rehearsal",
}
"""Patience for a provider on this machine: what it executes late must come within the horizon less the delay."""


@dataclass
class Line:
    """`numbers` are what the orders ask for, in order; `results` is the workbook of the last run."""

    numbatch: Command
    served: ServedSimulator
    proxy: FaultProxy
    numbers: list[str]
    arguments: tuple[str, ...] = ()
    results_name: str = "orders-rehearsal.xlsx"

    @property
    def results(self) -> Path:
        return self.numbatch.cwd / self.results_name

    @property
    def host(self) -> str:
        """As messages name it."""
        return self.proxy.base_url.split("/")[2]

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """One invocation; whatever it meets, nobody sees a traceback, and the workbook is true as far as it claims."""
        done = self.numbatch("run", "orders.csv", "--json", *self.arguments, *arguments, env=env)
        assert "Traceback" not in done.stderr, done.stderr
        if self.results.exists():  # not where it was refused to begin with
            assert list(disagreements(self.results, self.served.charged, doubt=True)) == [], done.stderr
        return done

    def finish(self, *arguments: str, runs: int = 1) -> None:
        """The fault is over: one healthy run (more on a slow machine, where `runs` says so) ends all doubt."""
        self.proxy.heal()
        done = self.run(*arguments)
        while done.returncode == 6 and (runs := runs - 1) > 0:
            done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(disagreements(self.results, self.served.charged)) == []
        assert sorted(self.served.charged) == sorted(self.numbers)

    def statuses(self) -> Mapping[str, str]:
        """Number to status, as the workbook says."""
        return rows_of(self.results)


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What the last line of stdout says."""
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def line(
    directory: Path, numbers: int, served: ServedSimulator | None = None, trusts: Path | None = None, **proxy: Any
) -> Iterator[Line]:
    """A line whose orders ask for so many numbers; `trusts` is an authority's file, `proxy` is for `FaultProxy`."""
    for name in ("home", "work"):
        (directory / name).mkdir(parents=True)
    asked = [str(33123450000 + one) for one in range(numbers)]
    rows = "".join(f"{one},SIP,100@pbx.example.com\n" for one in asked)
    (directory / "work" / "orders.csv").write_text(f"Number,Type,URI\n{rows}")
    numbatch = Command(directory / "home", directory / "work", dict(SETTINGS))
    with served or ServedSimulator() as simulator, FaultProxy(simulator.base_url, **proxy) as between:
        numbatch.environ.update({**simulator.environ, "NUMBATCH_BASE_URL": between.base_url})
        if trusts is not None:
            numbatch.environ["SSL_CERT_FILE"] = str(trusts)
        yield Line(numbatch, simulator, between, asked, ("--no-prices",))
