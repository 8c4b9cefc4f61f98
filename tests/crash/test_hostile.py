"""Files that somebody made to do harm: refused by name or read right, within bounds of memory and time; nothing is sent.

`HOSTILE=1000` makes that many of them; a seed that fails is named.
"""

from __future__ import annotations

import os
import resource

import pytest
from support.command import Command, ServedSimulator
from support.hostile import HONEST, REFUSED, RIGHT, SAME, honest
from support.hostile_kinds import KINDS, make

from batch.errors import OrdersError
from batch.loader import load
from batch.order import RowKind
from batch.problem import Level
from batch.provider.multitel.fields import FIELDS

COUNT = int(os.environ.get("HOSTILE", str(KINDS)))
MEGABYTES = 512
SECONDS = 10.0


def _spent() -> tuple[float, float]:
    """Processor seconds of the children so far, and the largest of them in MB."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime, children.ru_maxrss / 1024


def _becomes(path) -> tuple[bool, list[str]]:
    """Whether the file is refused, and what it orders."""
    try:
        orders = load([path], FIELDS)
    except OrdersError as error:
        assert error.problem
        assert error.remedy
        return True, []
    wrong = any(problem.level is Level.ERROR for problem in orders.problems)
    assert wrong == any(row.kind is RowKind.INVALID for row in orders.rows)
    return wrong, [row.number for row in orders.rows if row.kind is RowKind.ORDER]


def test_the_honest_file_is_read(tmp_path):
    path = tmp_path / "honest.xlsx"
    path.write_bytes(honest())
    assert _becomes(path) == (False, list(HONEST))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(KINDS), ids=lambda first: make(first).kind)
def test_a_hostile_file_is_refused_or_read_right_within_its_bounds(tmp_path, first):
    for seed in range(first, COUNT, KINDS):
        hostile = make(seed)
        path = tmp_path / hostile.name
        path.write_bytes(hostile.content)
        before, _ = _spent()
        refused, numbers = _becomes(path)
        after, megabytes = _spent()
        told = f"seed {seed}, {hostile.kind}"
        assert after - before < SECONDS, told
        assert megabytes < MEGABYTES, told
        if hostile.becomes == REFUSED:
            assert refused, told
        elif hostile.becomes == SAME or (hostile.becomes == RIGHT and not refused):
            assert (refused, numbers) == (False, list(HONEST)), told


@pytest.mark.slow
def test_the_command_refuses_hostile_files_in_words_and_sends_nothing(tmp_path):
    files = []
    for seed in range(0, KINDS, 5):
        if (hostile := make(seed)).becomes == REFUSED:
            (tmp_path / f"{seed}-{hostile.name}").write_bytes(hostile.content)
            files.append(f"{seed}-{hostile.name}")
    with ServedSimulator() as served:
        buys = Command(tmp_path, tmp_path, served.environ)
        for file in files:
            done = buys("run", file, "--yes", "--max-numbers", "10")
            assert done.returncode == 3, f"{file}: {done.stderr}"
            assert "Traceback" not in done.stderr
            assert file in done.stderr
        assert served.charged == []
