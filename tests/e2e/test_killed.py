"""The real command, killed again and again while answers are lost, ends with a workbook that is true."""

from __future__ import annotations

import json
import random
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.agreement import disagreements, rows_of
from support.command import Command

_SPEED = 40
_SETTINGS = {
    "NUMBATCH_USERNAME": "rehearsal",
    "NUMBATCH_PASSWORD": "no-secret",
    "NUMBATCH_RATE": "60",
    "NUMBATCH_TIMEOUT": "1s",
    "NUMBATCH_RESOLVE_DELAY": "200ms",
    "NUMBATCH_RESOLVE_HORIZON": "1s",  # the simulator's late requests come half a second after the answer
    "NUMBATCH_RESERVED_RETRY_EVERY": "500ms",
    "NUMBATCH_RESERVED_GIVE_UP_AFTER": "10s",
    "NUMBATCH_MAX_FAILURES": "off",
}
_ORDERS = "Number,Type,URI\n33123450000-33123450089,SIP,{last4}@pbx.example.com\n"
_KILLS = 10


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", dict(_SETTINGS))


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.002)


@contextmanager
def simulator(numbatch: Command, *options: object) -> Iterator[Path]:
    """The provider in a process of its own; the file in which it remembers what it sold."""
    state = numbatch.cwd / "sold.state"
    process = numbatch.start("simulate", "--state", state, "--speed", _SPEED, *options)
    try:
        numbatch.environ["NUMBATCH_BASE_URL"] = process.stdout.readline().split()[-1]
        yield state
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def sold(state: Path) -> list[str]:
    """What was sold so far, a number as often as it was charged."""
    entries = [json.loads(line) for line in state.read_bytes().splitlines()[1:]]
    return [entry["number"] for entry in entries if entry["event"] == "bought"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_and_started_again_the_workbook_says_what_the_provider_says(numbatch, seed):
    chance = random.Random(seed)  # noqa: S311 - which moment, and no secret
    orders = numbatch.cwd / "orders.csv"
    orders.write_text(_ORDERS)
    with simulator(numbatch, "--faults", "typical", "--seed", seed) as state:
        for _ in range(_KILLS):
            enough = len(sold(state)) + chance.randrange(1, 9)
            process = numbatch.start("run", orders)
            # Amid what follows the sale that it hears of, or does not: the answer, its record, the next intent.
            wait_for(lambda enough=enough, process=process: len(sold(state)) >= enough or process.poll() is not None)
            process.kill()
            process.communicate(timeout=30)
        done = numbatch("run", orders, "--json")
        assert done.returncode in {0, 4}, done.stderr
        results = numbatch.cwd / "orders-rehearsal.xlsx"
        assert list(disagreements(results, sold(state))) == []
        statuses = rows_of(results)
        assert len(statuses) == 90
        assert list(statuses.values()).count("purchased") >= 80

        again = numbatch("run", orders, "--retry-refused", "--limit", "0", "-q")
        assert again.returncode in {0, 4, 8}, again.stderr
        assert list(disagreements(results, sold(state))) == []
        told = json.loads(numbatch("runs", "--json").stdout)
        assert [run["rows"] for run in told] == [90]
