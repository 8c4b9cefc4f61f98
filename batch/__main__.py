"""`python -m batch` and the command `numbatch`."""

from __future__ import annotations

import sys

from batch.cli.main import run
from batch.cli.process import guard_process


def main() -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    guard_process()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
