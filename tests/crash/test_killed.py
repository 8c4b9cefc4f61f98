"""The real command, killed at its system calls and amid purchases, ends with a workbook that is true."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import random
import shutil

import pytest
from support.agreement import rows_of
from support.blows import Blow, can_strike
from support.fates import SAMPLED, Survey, sample
from support.lives import Fate, Lives, Moment

pytestmark = pytest.mark.slow
traced = pytest.mark.skipif(not can_strike(), reason="strace is missing, or may not trace here")
_SEED = 1


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Survey:
    """Taken once, by whichever of pytest's processes comes first; fates must be the same in all."""
    common = tmp_path_factory.getbasetemp()
    common = common if worker_id == "master" else common.parent
    with (common / "survey.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = common / "survey.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(Survey.take(tmp_path_factory.mktemp("survey"))))
        taken: Survey = pickle.loads(kept.read_bytes())  # noqa: S301 - our own, a moment old
        return taken


@traced
@pytest.mark.parametrize("place", range(SAMPLED))
def test_killed_at_system_calls_and_started_again_the_workbook_says_what_the_provider_says(survey, tmp_path, place):
    fate = sample(survey, _SEED)[place]
    with Lives(tmp_path / "lives", fate) as lives:
        lives.live()
    assert len(lives.died) > len(fate.deaths) // 2, str(fate)


@traced
def test_the_sample_has_every_kind_of_call_and_file_that_a_run_makes(survey):
    deaths = [death for fate in sample(survey, _SEED) for _, death in fate.deaths]
    assert len(deaths) >= 60
    kinds = {(blow.call, blow.file) for blow in survey.run}
    assert kinds <= {(death.call, death.file) for death in deaths if isinstance(death, Blow)}
    needed = {
        ("pwrite64", ".ledger-wal"), ("fdatasync", ".ledger-wal"), ("pwrite64", ".ledger"), ("fdatasync", ".ledger"),
        ("rename", ".ledger-new"), ("fsync", ".head-new"), ("rename", ".head-new"), ("flock", ".lock"),
        ("unlink", ".ledger-wal"),
    }  # fmt: skip
    assert needed <= kinds
    assert {death.after for death in deaths if isinstance(death, Blow)} == {False, True}


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_amid_purchases_again_and_again_the_workbook_says_what_the_provider_says(tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - which moment, and no secret
    moments = [Moment(chance.randint(1, 9), chance.random() < 0.5) for _ in range(8)]
    with Lives(tmp_path / "lives", Fate(seed, 90, tuple(("run", moment) for moment in moments))) as lives:
        lives.live()
        assert len(lives.died) == len(moments)
        statuses = list(rows_of(lives.results).values())
        assert len(statuses) == 90
        assert statuses.count("purchased") >= 80

        again = lives.numbatch("run", lives.orders, "--retry-refused", "--limit", "0", "-q")
        assert again.returncode in {0, 4, 8}, again.stderr
        lives.check()
        assert [run["rows"] for run in json.loads(lives.numbatch("runs", "--json").stdout)] == [90]


_ACKNOWLEDGED_TOO_SOON = """
from batch.ledger.sqlite import writer

made = writer._Batches.__init__

def lazily_made(self, store):
    made(self, store)
    execute, begun = self._execute, []

    def never_commit(statement):
        if not begun:
            begun.append(execute(statement))

    self._execute = never_commit

writer._Batches.__init__ = lazily_made
"""


def test_a_ledger_that_acknowledges_what_is_not_on_disk_is_found_out(tmp_path):
    lazy = tmp_path / "lazy"
    lazy.mkdir()
    (lazy / "sitecustomize.py").write_text(_ACKNOWLEDGED_TOO_SOON)
    with Lives(tmp_path / "lives", Fate(0)) as lives:
        environ = lives.numbatch.environ
        honest = environ["PYTHONPATH"]
        environ["PYTHONPATH"] = f"{lazy}{os.pathsep}{honest}"
        assert lives.die("run", Moment(6, sold=True))
        environ["PYTHONPATH"] = honest
        with pytest.raises(AssertionError, match="older than its head file"):
            lives.end()
        shutil.rmtree(lives.files["heads"])
        lives.end()
        with pytest.raises(AssertionError, match="already owned, and was charged"):
            lives.check()


@traced
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_blow_falls_where_it_should(tmp_path, after):
    with Lives(tmp_path / "lives", Fate(0)) as lives:
        beside, there = lives.files[".ledger-new"], lives.files[".ledger"]
        assert lives.die("run", Blow("rename", ".ledger-new", 1, after))
        assert (beside.exists(), there.exists()) == (not after, after)


def test_a_fate_is_read_again_as_it_was_told():
    fate = Fate(3, 12, (("run", Blow("pwrite64", ".ledger-wal", 40, after=True)), ("resolve", Moment(2, sold=True))))
    assert Fate.read(str(fate)) == fate
