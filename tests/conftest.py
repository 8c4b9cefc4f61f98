"""What every test has: temporary directories in memory, where there is room.

The ledger fsyncs each commit, and its tests would spend most of their time waiting for a disk that none of them is about: those
that are about one bring their own (`tests/crash/test_disk.py`), and the power cuts are replayed from what was written.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own is made there
_ROOM = 4 << 30
"""Bytes that must be free there: many times what a whole run leaves, for a container may have some megabytes only."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put pytest's temporary directories into memory, unless somebody said where they go; workers follow their controller."""
    if config.option.basetemp is None and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM:
        for left in _MEMORY.glob("numbatch-tests-*"):  # by a run that was killed
            if not Path("/proc", left.name.split("-")[2]).exists():
                shutil.rmtree(left, ignore_errors=True)
        made = tempfile.mkdtemp(prefix=f"numbatch-tests-{os.getpid()}-", dir=_MEMORY)
        config.option.basetemp = made
        config.add_cleanup(lambda: shutil.rmtree(made, ignore_errors=True))
