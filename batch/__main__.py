"""`python -m batch` and the command `numbatch`."""

from __future__ import annotations

import sys

from batch.cli.main import run


def main() -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
