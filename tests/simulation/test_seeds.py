"""The protocol's invariants over many seeds, the same every time; and every mistake that we can think of, caught.

Ten thousand seeds run without coverage: `PYTHONPATH=tests python -m simulation`; here are a hundred of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from simulation.__main__ import again, main, play_block
from simulation.invariants import Broken
from simulation.mistakes import CAUGHT_BY, MISTAKES
from simulation.play import play
from simulation.taken import TABLE, Taken

TESTS = Path(__file__).parent.parent
BLOCK = 25
SEEDS = 100
AT_MOST = 400


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_whatever_fails_the_invariants_hold(first):
    for seed in range(first, first + BLOCK):
        try:
            play(seed)
        except BaseException as error:
            error.add_note(f"play it again: {again(seed)}")
            raise


def test_a_seed_plays_the_same_whatever_was_played_before_it():
    first = [play(seed).trace for seed in range(4)]
    assert [play(seed).trace for seed in reversed(range(4))] == first[::-1]
    assert len(set(first)) == len(first)


@pytest.mark.slow
def test_a_seed_plays_the_same_in_every_process():
    told = [_in_a_process(seed=3, hash_seed=hash_seed) for hash_seed in ("0", "1", "random")]
    assert told == [play(3).trace] * 3


def _in_a_process(*, seed, hash_seed):
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "simulation", "--seed", str(seed)]
    done = subprocess.run(command, env=environment, cwd=TESTS.parent, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_seed_that_fails_is_named_with_the_command_that_plays_it_again(monkeypatch):
    def fails(seed):
        if seed == 7:
            raise Broken("invariant 2: twice")
        return play(0)

    monkeypatch.setattr("simulation.__main__.play", fails)
    _, _, failed = play_block(range(6, 9))
    assert [seed for seed, _ in failed] == [7]
    assert "invariant 2: twice" in failed[0][1]
    assert again(7).endswith("-m simulation --seed 7")


def test_a_line_that_no_seed_took_fails_the_run(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["simulation", "--seeds", "1", "--processes", "1", "--complete", "1"])
    assert main() == 1
    told = capsys.readouterr().out
    assert "1 seeds in" in told
    assert "never taken: " in told


def test_every_rule_of_the_table_is_counted():
    rules = {line[0].split(",")[0] for line in TABLE}
    documented = (
        "P1 P2 P3 P4 P4' P5 P6 P7 P8 P9 P9a P9b P9' P10 P11 P12 A1 A2 A3 A4 A5 A6 B1 O1 O2 R1 R1' R1'' R2 R3 R4 R5 R6"
    )
    assert rules == set(documented.split())
    assert isinstance(Taken(), Counter)


def test_every_planted_mistake_has_its_test():
    assert set(CAUGHT_BY) == set(MISTAKES)


@pytest.mark.slow
@pytest.mark.parametrize("name", CAUGHT_BY)
def test_a_planted_mistake_is_caught(name):
    """By the seed that was found to catch it; where the program's changes have moved chance on, by one of its followers."""
    first, world = CAUGHT_BY[name]
    for seed in range(first, first + AT_MOST):
        try:
            with MISTAKES[name]():
                play(seed, **world)
        except Broken as caught:
            assert str(caught).startswith("invariant ")
            play(seed, **world)  # which nothing but the mistake breaks
            return
    pytest.fail(f"no invariant broke in {AT_MOST} seeds")
