"""The power is cut at every moment of a ledger's life, and the disk shows whatever it may: what was acknowledged is there."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import apsw
import pytest
from support import recorded
from support.afterwards import toll
from support.blows import can_strike
from support.desk import disk
from support.iorecord import TOLD, Name, Record, Sync, Told, Write
from support.ledgers import KEY, Clock, tell
from support.powercut import crashes

from batch.ledger.sqlite import SqliteLedger, ledger_path

_OLD = Path(__file__).parents[1] / "ledgers"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_strike(), reason="strace is missing, or may not trace here"),
]


def record_of(tmp_path: Path, mode: str) -> tuple[Path, Record]:
    root = tmp_path / "disk"
    root.mkdir()
    return root, Record.take(root, tmp_path / "log", recorded.__file__, root, mode)


def test_the_record_holds_all_that_reached_the_disk(tmp_path):
    root, record = record_of(tmp_path, "chosen")
    replayed = record.whole()
    there = {str(path.relative_to(root)): path for path in root.rglob("*") if path.name != TOLD}
    assert {path for path in replayed if not path.endswith("-shm")} == set(there)
    assert all(path.is_dir() or path.read_bytes() == replayed[name] for name, path in there.items())


def test_the_record_holds_what_a_ledger_does_in_its_life(tmp_path):
    _, record = record_of(tmp_path, "chosen")
    steps = record.steps
    names = [step.path.rpartition(".")[2] for step in steps if isinstance(step, Name) and step.file is not None]
    assert {"ledger", "ledger-wal", "head", "head-live", "lock"} <= set(names)
    [ledger] = {step.file for step in steps if isinstance(step, Name) and step.path.endswith(".ledger")}
    told = [place for place, step in enumerate(steps) if isinstance(step, Told)]
    carried_over = [
        place for place, step in enumerate(steps) if isinstance(step, Write) and step.file == ledger and step.offset > 0
    ]
    assert any(told[0] < place < told[-1] for place in carried_over)  # a checkpoint amid the purchases
    between = [steps[first:second] for first, second in pairwise(told)]
    assert any(not any(isinstance(step, Sync) for step in one) for one in between)  # several shared one fsync
    words = [step.words for step in steps if isinstance(step, Told)]
    assert {number for what, number in words if what == "intent"} == set(recorded.NUMBERS)
    assert 0 < sum(what == "answer" for what, _ in words) < len(recorded.NUMBERS)


async def test_no_power_cut_takes_back_what_was_acknowledged_or_lets_a_good_ledger_be_refused(tmp_path):
    _, record = record_of(tmp_path, "chosen")
    came_to = await toll(crashes(record, seed=1))
    assert came_to.is_nothing, came_to
    assert came_to.states > 1000


async def test_the_replay_sees_what_a_journal_loses_that_is_not_fsynced_and_the_head_file_notices_some_of_it(tmp_path):
    _, record = record_of(tmp_path, "wal,normal")
    some = [crash for crash in crashes(record, seed=1, samples=0, edges=0) if crash.told][:200]
    came_to = await toll(some, heads=False)
    assert came_to.lost["intent"] > 0
    assert came_to.lost["answer"] > 0
    assert came_to.refused == 0
    noticed = await toll(some)
    assert noticed.refused > 0


_BRING_UP_TO_DATE = """
import asyncio, sys
from pathlib import Path
from support.ledgers import KEY, Clock
from batch.ledger.sqlite import SqliteLedger

async def main(root):
    ledger = await SqliteLedger.open(root / "ledgers", KEY, clock=Clock(), heads=root / "heads", create=False, inline=True)
    await ledger.close()

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("name", ["version-1", "version-1-killed"])
async def test_no_power_cut_takes_anything_back_while_an_older_ledger_is_brought_up_to_date(tmp_path, name):
    root = tmp_path / "disk"
    for directory in ("ledgers", "heads"):
        (root / directory).mkdir(parents=True)
    for kind, directory in (("ledger", "ledgers"), ("ledger-wal", "ledgers"), ("head", "heads")):
        if (_OLD / f"{name}.{kind}").exists():
            shutil.copyfile(_OLD / f"{name}.{kind}", ledger_path(root / directory, KEY).with_suffix(f".{kind}"))
    told = json.loads((_OLD / f"{name}.json").read_text())["told"]
    record = Record.take(root, tmp_path / "log", "-c", _BRING_UP_TO_DATE, root)
    states = 0
    for crash in crashes(record, seed=1, samples=1, edges=0):
        states += 1
        with disk() as place:
            crash.lay(place)
            copy = ledger_path(place / "ledgers", KEY).with_suffix(".v1")
            assert not copy.exists() or version_of(copy) == 1, str(crash)
            ledger = await SqliteLedger.open(
                place / "ledgers", KEY, clock=Clock(), heads=place / "heads", create=False, inline=True
            )
            reader = ledger.reader()
            now = tell(reader)
            reader.close()
            await ledger.close()
            assert all(now["head"][one] == told["head"][one] for one in ("ledger_id", "sequence")), str(crash)
            assert [run["name"] for run in now["runs"]] == [run["name"] for run in told["runs"]], str(crash)
            assert version_of(copy) == 1, str(crash)
    assert states > 100


def version_of(path: Path) -> int:
    """The format of a ledger that is whole."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        assert connection.pragma("integrity_check") == "ok"
        return connection.pragma("user_version")
    finally:
        connection.close()
