"""Kill the real command a thousand times: `python tests/crash/torture.py --lives 1000`, and see what it came to.

--jobs 2              orders that are bought at the same time
--seed 1              which faults and which deaths
--replay 'FATE'       live one again, as a failure printed it
"""

# ruff: noqa: E402, T201 - run by hand: it finds its imports by itself, and prints

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.blows import Blow, can_strike
from support.fates import Survey, every
from support.lives import Fate, Lives, Moment


def live(fate: Fate) -> list[tuple[str, Blow | Moment]]:
    """Live it; the deaths that came. Raises AssertionError where the books disagree."""
    with tempfile.TemporaryDirectory(prefix="numbatch-lives-") as place, Lives(Path(place) / "l", fate) as lives:
        lives.live()
        return lives.died


def torture(fates: Iterator[Fate], wanted: int, jobs: int) -> tuple[Counter[tuple[str, str, str]], int, list[str]]:
    """Live fates until `wanted` processes have died: how many by command, call and file, of how many orders; the failures."""
    died: Counter[tuple[str, str, str]] = Counter()
    failures: list[str] = []
    orders = 0
    with ThreadPoolExecutor(jobs) as threads:
        open_: dict[Future[list[tuple[str, Blow | Moment]]], Fate] = {}
        while True:
            if died.total() + len(open_) < wanted:
                open_.update({threads.submit(live, fate): fate for fate in islice(fates, jobs - len(open_))})
            if not open_:
                return died, orders, failures
            done, _ = wait(open_, return_when=FIRST_COMPLETED)
            for one in done:
                fate, orders = open_.pop(one), orders + 1
                try:
                    died.update(map(label, one.result()))
                except Exception as error:  # noqa: BLE001 - whatever it was: told with its fate
                    failures.append(f"{fate}\n    {type(error).__name__}: {error}")
                    print(f"FAILED {failures[-1]}", flush=True)
                if sys.stderr.isatty() or orders % 50 == 0:
                    print(f"{died.total()} deaths of {orders} orders, {len(failures)} failed", file=sys.stderr)


def label(death: tuple[str, Blow | Moment]) -> tuple[str, str, str]:
    """Command, call and file."""
    command, how = death
    if isinstance(how, Moment):
        return command, "at a sale" if how.sold else "at a request", ""
    return command, how.call, f"{how.file} ({'after' if how.after else 'before'})"


def main() -> int:
    """Read the command line, and print the summary; 1 where anything failed."""
    parser = argparse.ArgumentParser(description="Kill the real command again and again, and compare the books.")
    parser.add_argument("--lives", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", default="")
    chosen = parser.parse_args()
    if not can_strike():
        print("strace is missing, or may not trace here")
        return 1
    began = time.monotonic()
    if chosen.replay:
        fates = iter([Fate.read(chosen.replay)])
    else:
        with tempfile.TemporaryDirectory(prefix="numbatch-lives-") as place:
            fates = every(Survey.take(Path(place), looking=True), chosen.seed)
    died, orders, failures = torture(fates, chosen.lives, chosen.jobs)
    for (command, call, file), count in sorted(died.items()):
        print(f"{count:6}  {command:8} {call:12} {file}")
    print(f"{died.total():6}  processes killed, of {orders} orders, each taken up again and bought to its end")
    print(
        f"{len(failures):6}  orders with a wrong row, a second charge, doubt that a healthy run left, or a wrong exit code"
    )
    print(f"{time.monotonic() - began:6.0f}  seconds")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
