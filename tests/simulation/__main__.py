"""Play seeds, and say which lines of the state table and which faults they took: `PYTHONPATH=tests python -m simulation`.

    --seeds 10000   how many (from 0 on; `--first` begins elsewhere)
    --seed 17       one alone, exactly as it was played among the others; its trace's hash is printed
    --processes 2   how many at a time (all cores by default)

Exits 1 where an invariant breaks, and where at least `--complete` seeds did not take a line of the table, or meet a fault.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter

from simulation.faults import ELSEWHERE, counted
from simulation.play import play
from simulation.taken import TABLE, Line, Taken

_BLOCK = 25


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--complete", type=int, default=10_000, help="seeds from which on every line must be taken")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        say(play(chosen.seed).trace)
        return 0
    began = time.monotonic()
    taken, met = Taken(), Counter()
    failures = 0
    blocks = [range(at, min(at + _BLOCK, chosen.first + chosen.seeds)) for at in _starts(chosen.first, chosen.seeds)]
    with multiprocessing.get_context("fork").Pool(chosen.processes, gc.freeze) as processes:
        for block_taken, block_met, failed in processes.imap_unordered(play_block, blocks):
            taken.update(block_taken)
            met.update(block_met)
            failures += len(failed)
            for seed, words in failed:
                say(f"{words}\nseed {seed} failed; play it again: {again(seed)}\n")
    say_table(taken, met)
    say(f"{chosen.seeds} seeds in {time.monotonic() - began:.0f} s, {failures} failed")
    missing = [_words(line) for line in TABLE if not taken[line]] + [row for row, times in counted(met) if not times]
    for words in missing:
        say(f"never taken: {words}")
    return 1 if failures or (missing and chosen.seeds >= chosen.complete) else 0


def _starts(first: int, seeds: int) -> range:
    return range(first, first + seeds, _BLOCK)


def play_block(seeds: range) -> tuple[Counter, Counter, list[tuple[int, str]]]:
    """Play some seeds: what they took and met, and those that failed with their tracebacks."""
    taken, met = Taken(), Counter()
    failed = []
    for seed in seeds:
        try:
            played = play(seed)
        except Exception:  # noqa: BLE001 - whatever it was, the seed failed
            failed.append((seed, traceback.format_exc(limit=-3)))
        else:
            taken.update(played.taken)
            met.update(played.met)
    return taken, met, failed


def again(seed: int) -> str:
    """The command that plays `seed` again."""
    return f"PYTHONPATH=tests {os.path.relpath(sys.executable)} -m simulation --seed {seed}"


def say(words: str) -> None:
    """Print a line, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def say_table(taken: Taken, met: Counter) -> None:
    """Every line of the state table and every fault, with how often it was met."""
    others = sorted(line for line in taken if line not in TABLE)
    lines = [(_words(line), taken[line]) for line in (*TABLE, *others)]
    for title, rows in (("rule: before -> after", lines), ("fault", counted(met))):
        say(f"\n{title:55} times")
        for words, times in rows:
            say(f"{words:55} {times:>8}")
    say(f"\n{'fault that has no place in a simulation':55} shown by")
    for words, where in ELSEWHERE.items():
        say(f"{words:55} {where}")
    say("")


def _words(line: Line) -> str:
    rule, before, after = line
    return f"{rule}: {before}{f' -> {after}' if after else ''}"


if __name__ == "__main__":
    sys.exit(main())
