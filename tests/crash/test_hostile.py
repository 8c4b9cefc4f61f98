"""Files that somebody made to do harm: refused by name or read right, within bounds of memory and time; nothing is sent.

`HOSTILE=1000` makes that many of them; a seed that fails is named.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess

import pytest
from support.command import Command, ServedSimulator
from support.hostile import HONEST, REFUSED, RIGHT, SAME, honest
from support.hostile_kinds import KINDS, make

from batch.errors import OrdersError
from batch.loader import load, source
from batch.loader.reader.lock import CALLS
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


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    """A pipe would wait for its writer, a device has no end; a link is what it leads to."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "nowhere.xlsx").symlink_to(tmp_path / "gone.xlsx")
    (tmp_path / "circle.xlsx").symlink_to(tmp_path / "circle.xlsx")
    (tmp_path / "empty.xlsx").touch()
    for path in list(tmp_path.iterdir()):
        assert _becomes(path)[0], path.name
    (tmp_path / "honest.xlsx").write_bytes(honest())
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "honest.xlsx")
    assert _becomes(tmp_path / "link.xlsx") == (False, list(HONEST))


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_while_it_reads_the_child_gets_nothing_from_the_kernel_that_leads_out(tmp_path):
    """Watched from outside: behind the lock there is no call but those of memory, threads and what is open."""
    leading = next(make(seed) for seed in range(KINDS) if make(seed).kind == "leading_out")
    path, trace = tmp_path / "orders.xlsx", tmp_path / "trace"
    path.write_bytes(leading.content)
    request = {"sheet": None, "encoding": None, "delimiter": None, "heads": ["number"], "seconds": 9}
    command = source.child_command(request | {"memory": 448 << 20, "most": 448 << 20})
    with path.open("rb") as file:
        ran = subprocess.run(
            ["strace", "-f", "-o", trace, *command], stdin=file, capture_output=True, check=True, env={}, cwd="/"
        )
    assert HONEST[0].encode() in ran.stdout
    behind = (
        trace.read_text().partition("SECCOMP_SET_MODE_FILTER")[2] or trace.read_text().partition("PR_SET_SECCOMP")[2]
    )
    granted = "\n".join(line for line in behind.splitlines() if "= -1 EPERM" not in line and "= -1 ENOSYS" not in line)
    called = set(re.findall(r"^\d+ +(\w+)\(", granted, re.MULTILINE))
    assert called >= {"read", "write", "clone"}
    assert called <= {*CALLS, "clone", "clone3", "prlimit64"}


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
