"""What power cuts would take back in each mode that SQLite offers: `python tests/crash/powercuts.py`.

The table that `batch/ledger/sqlite/connection.py` rests its choice on.
"""

# ruff: noqa: E402, T201 - run by hand: it finds its imports by itself, and prints

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support import recorded
from support.afterwards import toll
from support.iorecord import Record
from support.powercut import crashes

MODES = ("wal,normal", "wal,full", "delete,full", "delete,extra", "truncate,full")


def main() -> None:
    """One line a mode."""
    for mode in MODES:
        with tempfile.TemporaryDirectory(prefix="numbatch-power-") as place:
            root = Path(place) / "disk"
            root.mkdir()
            record = Record.take(root, Path(place) / "log", recorded.__file__, root, mode)
        came_to = asyncio.run(toll(crashes(record, seed=1), heads=False))
        lost = f"lost an intent in {came_to.lost['intent']}, an answer in {came_to.lost['answer']}"
        print(f"{mode:14} {came_to.states:5} states of {len(record.steps)} steps: {lost}, refused {came_to.refused}")


if __name__ == "__main__":
    main()
