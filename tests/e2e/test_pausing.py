"""A run that is under way is paused, goes on, and is slowed by other commands; one that is killed while it is paused goes on."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from support.command import Command, ServedSimulator

RATE = 40
NUMBERS = 200
_PATIENCE = 30.0


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    environ = {"NUMBATCH_RATE": str(RATE), "NUMBATCH_RESOLVE_DELAY": "200ms", "NUMBATCH_PRICES": "false"}
    return Command(tmp_path / "home", tmp_path / "work", environ)


@pytest.fixture
def simulator(numbatch: Command):
    with ServedSimulator() as served:
        numbatch.environ.update(served.environ)
        yield served


@pytest.fixture
def orders(numbatch: Command) -> Path:
    path = numbatch.cwd / "orders.csv"
    path.write_text(f"Number,Type,URI\n33123450000-{33123450000 + NUMBERS - 1},SIP,100@pbx.example.com\n")
    return path


def _await(what, *, seconds=_PATIENCE):
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)
    return found


def _told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _most_in_a_second(times):
    second = timedelta(seconds=1)
    return max(sum(1 for other in times if time <= other < time + second) for time in times)


@pytest.mark.slow
def test_a_run_is_paused_slowed_and_goes_on_by_other_commands(numbatch, simulator, orders):
    nothing = numbatch("pause")
    assert nothing.returncode == 2
    run = numbatch.start("run", orders)
    _await(lambda: len(simulator.charged) >= 10)
    began = time.monotonic()
    paused = _told(numbatch("pause", "--json"))
    assert time.monotonic() - began < 5
    assert (paused["paused"], paused["rows"]) == (True, NUMBERS)
    assert paused["sent"] == len(simulator.charged)
    # Each of these takes a good part of a second, in which a run that goes on would have bought dozens.
    assert "paused by hand" in numbatch("status").stdout
    refused = numbatch("rate", "50")
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    other = numbatch("pause", "ffff")
    assert other.returncode == 2
    slowed = numbatch("rate", paused["run"], "5")
    assert "stays paused" in slowed.stdout
    assert len(simulator.charged) == paused["sent"]
    goes_on = numbatch("continue", paused["run"])
    assert "goes on, at 5 requests a second" in goes_on.stdout
    _await(lambda: len(simulator.charged) >= paused["sent"] + 8)
    slow = [charge.at for charge in simulator.record().charges[paused["sent"] :]]
    assert _most_in_a_second(slow) <= 5
    assert _told(numbatch("rate", str(10 * RATE), "--force", "--json"))["rate"] == str(10 * RATE)
    assert run.wait(_PATIENCE) == 0
    said = run.communicate()[1]
    assert "paused by hand" in said
    assert len(simulator.charged) == len(set(simulator.charged)) == NUMBERS
    assert not [one for one in numbatch.home.rglob("*") if one.suffix in {".wishes", ".doing"}]


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_is_paused_begins_unpaused_again(numbatch, simulator, orders):
    run = numbatch.start("run", orders)
    _await(lambda: len(simulator.charged) >= 10)
    paused = _told(numbatch("pause", "--json"))
    run.kill()
    run.communicate()
    gone = numbatch("continue", paused["run"])
    assert gone.returncode == 2
    assert "is not under way" in gone.stderr
    again = numbatch("run", orders, "--rate", "500")
    assert again.returncode == 0, again.stderr
    assert len(simulator.charged) == len(set(simulator.charged)) == NUMBERS
