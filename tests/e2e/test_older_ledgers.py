"""A ledger put back from a snapshot together with its head file: the result workbook that it would replace knows better."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.agreement import rows_of
from support.command import Command, ServedSimulator

from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import ledger_path
from batch.provider.simulator import server as simulator_server

_SETTINGS = {
    "NUMBATCH_ENVIRONMENT": "live",
    "NUMBATCH_RATE": "200",
    "NUMBATCH_RESOLVE_DELAY": "100ms",
    "NUMBATCH_RESOLVE_HORIZON": "300ms",
}
_BUY = ("--yes", "--max-numbers", "50")


class Desk:
    """A live account at a provider on this machine, and snapshots of all that the program keeps."""

    def __init__(self, place: Path, served: ServedSimulator) -> None:
        self.home, self.work, self.served = place / "home", place / "work", served
        for path in (self.home, self.work):
            path.mkdir()
        self.numbatch = Command(self.home, self.work, {**_SETTINGS, **served.environ}, measured=True)
        self.orders = self.work / "my orders.csv"
        self.orders.write_text("Number,Type,URI\n33123450000-33123450009,SIP,{last4}@pbx.example.com\n")
        self.results = self.work / "my orders-results.xlsx"
        key = LedgerKey("multitel", Environment.LIVE, served.environ["NUMBATCH_USERNAME"])
        self.ledger = ledger_path(self.home / ".local" / "state" / "numbatch", key)
        assert self.numbatch("init").returncode == 0

    def run(self, *flags: object):
        return self.numbatch("run", self.orders, *_BUY, *flags)

    def keep(self, name: str) -> None:
        shutil.copytree(self.home, self.work / name)

    def put_back(self, name: str) -> None:
        shutil.rmtree(self.home)
        shutil.copytree(self.work / name, self.home)

    def refused(self, *words: str) -> str:
        """The run says what is wrong and sends nothing; the workbook stays."""
        before = self.served.record().tries, self.results.read_bytes()
        done = self.run()
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        for word in (*words, str(self.results), str(self.ledger), f"'{self.orders}'", "Nothing was sent"):
            assert word in done.stderr
        assert before == (self.served.record().tries, self.results.read_bytes())
        return done.stderr

    def ends_true(self, owned: int) -> None:
        """Each number was charged once, and the workbook says so."""
        statuses = rows_of(self.results)
        assert sorted(self.served.charged) == sorted(statuses)
        assert sorted(statuses.values()) == ["already owned"] * owned + ["purchased"] * (10 - owned)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    # A provider that does not show itself to be the simulator: a live one, as far as the program can tell.
    monkeypatch.setattr(simulator_server, "HANDSHAKE", "something-else")
    with ServedSimulator() as served:
        yield Desk(tmp_path, served)


@pytest.mark.slow
def test_a_snapshot_put_back_with_its_head_file_is_refused_until_the_newer_ledger_is_back(desk):
    assert desk.run("--limit", "3").returncode == 8
    desk.keep("old")
    assert desk.run().returncode == 0
    desk.keep("new")
    desk.put_back("old")
    desk.refused("is older", "restored from a backup?")
    desk.put_back("new")
    assert desk.run().returncode == 0
    desk.ends_true(owned=0)


@pytest.mark.slow
def test_where_no_newer_ledger_is_left_the_rebuild_that_is_told_of_gets_on(desk):
    assert desk.run("--limit", "3").returncode == 8
    desk.keep("old")
    assert desk.run("--limit", "4").returncode == 8
    desk.put_back("old")
    desk.refused("is older")
    desk.ledger.rename(desk.work / "moved away")
    done = desk.numbatch("resolve", "--rebuild", desk.orders, "--yes")
    assert done.returncode == 0, done.stderr
    assert len(desk.served.charged) == 7
    assert desk.run().returncode == 0
    desk.ends_true(owned=7)
    # What was written since the rebuild counts again.
    desk.keep("rebuilt")
    desk.put_back("old")
    desk.refused("is another")


@pytest.mark.slow
def test_a_snapshot_that_was_used_since_has_another_history(desk):
    assert desk.run("--limit", "3").returncode == 8
    desk.keep("old")
    assert desk.run("--limit", "1").returncode == 8
    desk.put_back("old")
    assert desk.run("--limit", "2", "-o", "elsewhere.xlsx").returncode == 8
    said = desk.refused("another history", "used since?")
    assert "move it away, or name other results with -o" in " ".join(said.split())
    desk.results.rename(desk.work / "moved.xlsx")
    assert desk.run().returncode == 0


@pytest.mark.slow
def test_a_ledger_from_before_the_run_is_refused_too(desk):
    desk.keep("old")
    assert desk.run("--limit", "3").returncode == 8
    desk.put_back("old")
    desk.refused("is older (it has 0 entries)")
