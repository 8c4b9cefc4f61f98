"""A ledger that is lost, in every way that one can be: noticed by the real command before anything is sent, and rebuilt.

What each message tells to do is done, and ends with a workbook that agrees with the provider's own record: what was charged
before the loss is owned, what was missing is bought, and nothing is charged twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import shlex
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.agreement import rows_of
from support.command import Command, ServedSimulator

from batch.clock import SystemClock
from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import create_ledger, ledger_path
from batch.provider.simulator import server as simulator_server

_SETTINGS = {
    "NUMBATCH_ENVIRONMENT": "live",
    "NUMBATCH_RATE": "200",
    "NUMBATCH_RESOLVE_DELAY": "100ms",
    "NUMBATCH_RESOLVE_HORIZON": "300ms",
}
_ORDERS = "Number,Type,URI\n33123450000-33123450019,SIP,{last4}@pbx.example.com\n"
_BUY = ("--yes", "--max-numbers", "50")


@dataclass
class Desk:
    """A live account at a provider on this machine: its command, its ledger, and what was charged."""

    numbatch: Command
    served: ServedSimulator

    @property
    def orders(self) -> Path:
        return self.numbatch.cwd / "my orders.csv"

    @property
    def results(self) -> Path:
        return self.numbatch.cwd / "my orders-results.xlsx"

    @property
    def directory(self) -> Path:
        return self.numbatch.home / ".local" / "state" / "numbatch"

    @property
    def ledger(self) -> Path:
        return ledger_path(self.directory, self.key)

    @property
    def key(self) -> LedgerKey:
        return LedgerKey("multitel", Environment.LIVE, self.served.environ["NUMBATCH_USERNAME"])

    @property
    def head(self) -> Path:
        return self.numbatch.home / ".config" / "numbatch" / "heads" / self.ledger.with_suffix(".head").name

    def run(self, *flags: object) -> subprocess.CompletedProcess[str]:
        return self.numbatch("run", self.orders, *_BUY, *flags)

    def rebuild(self, *flags: object) -> subprocess.CompletedProcess[str]:
        return self.numbatch("resolve", "--rebuild", self.orders, "--yes", *flags)

    def buy_some_and_be_killed(self) -> None:
        """Half of the orders, in an invocation that is killed amid the others."""
        assert self.run("--limit", "6", "-q").returncode == 8
        process = self.numbatch.start("run", self.orders, *_BUY, env={"NUMBATCH_RATE": "40"})
        wait_for(lambda: len(self.served.charged) >= 10 or process.poll() is not None)
        process.kill()
        process.communicate(timeout=30)
        assert 10 <= len(self.served.charged) < 20

    def refused(self, *words: str) -> None:
        """The run says what is wrong, and sends nothing."""
        before = self.served.charged
        done = self.run()
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        for word in (*words, "numbatch resolve --rebuild", f"'{self.orders}'"):
            assert word in done.stderr
        assert self.served.charged == before

    def goes_on(self, *, kept: int | None = 0) -> None:
        """Rebuilt and run, as it was told: each number is charged once, and the workbook says for which run."""
        before = list(self.served.charged)
        done = self.rebuild()
        assert done.returncode == 0, done.stderr
        assert self.served.charged == before, "a rebuild sends no purchase"
        done = self.run()
        assert done.returncode == 0, done.stderr
        statuses = rows_of(self.results)
        assert sorted(self.served.charged) == sorted(statuses), "each number once"
        bought = [number for number, status in statuses.items() if status == "purchased"]
        owned = [number for number, status in statuses.items() if status == "already owned"]
        assert set(self.served.charged[len(before) :]) <= set(bought)
        if kept is not None:
            assert len(bought) == 20 - len(before) + kept
        assert set(owned) <= set(before)
        assert self.numbatch("ledger", "verify", "-q").returncode == 0


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    # A provider that does not show itself to be the simulator: a live one, as far as the program can tell.
    monkeypatch.setattr(simulator_server, "HANDSHAKE", "something-else")
    numbatch = Command(tmp_path / "home", tmp_path / "work", dict(_SETTINGS), measured=True)
    with ServedSimulator() as served:
        numbatch.environ.update(served.environ)
        desk = Desk(numbatch, served)
        desk.orders.write_text(_ORDERS)
        assert numbatch("init").returncode == 0
        yield desk


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.002)


# The ways to lose one --------------------------------------------------------------------------------------------------


def beside(ledger: Path) -> list[Path]:
    return [ledger.with_name(ledger.name + ending) for ending in ("-wal", "-shm")]


def closed(ledger: Path) -> None:
    """Everything in the one file, as after an ordinary end."""
    connection = sqlite3.connect(ledger)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def deleted(desk: Desk) -> None:
    desk.ledger.unlink()


def deleted_with_its_journal(desk: Desk) -> None:
    for path in (desk.ledger, *beside(desk.ledger)):
        path.unlink(missing_ok=True)


def deleted_with_its_head_file(desk: Desk) -> None:
    desk.ledger.unlink()
    desk.head.unlink()


def cut(desk: Desk) -> None:
    closed(desk.ledger)
    os.truncate(desk.ledger, desk.ledger.stat().st_size // 2)


def journal_cut(desk: Desk) -> None:
    journal, _ = beside(desk.ledger)
    os.truncate(journal, journal.stat().st_size // 2)


def flipped(desk: Desk) -> None:
    closed(desk.ledger)
    content = bytearray(desk.ledger.read_bytes())
    content[content.index(b"bought,1,1,")] ^= 1
    desk.ledger.write_bytes(content)


def emptied(desk: Desk) -> None:
    for path in beside(desk.ledger):
        path.unlink(missing_ok=True)
    desk.ledger.write_bytes(b"")


def overwritten(desk: Desk) -> None:
    desk.ledger.write_text("this is a letter to a friend, and no ledger\n" * 100)


def another_accounts(desk: Desk) -> None:
    other = LedgerKey("multitel", Environment.LIVE, "somebody-else")
    made = asyncio.run(create_ledger(desk.numbatch.cwd / "other", other, clock=SystemClock(), heads=None))
    deleted_with_its_journal(desk)
    shutil.copy(made, desk.ledger)


def another_of_the_account(desk: Desk) -> None:
    made = asyncio.run(create_ledger(desk.numbatch.cwd / "other", desk.key, clock=SystemClock(), heads=None))
    deleted_with_its_journal(desk)
    shutil.copy(made, desk.ledger)


LOST = {
    deleted: "says that there was one",
    deleted_with_its_journal: "says that there was one",
    deleted_with_its_head_file: "There is no ledger",
    cut: "damaged",
    flipped: "damaged",
    emptied: "is an empty file",
    overwritten: "damaged",
    another_accounts: "belongs to",
    another_of_the_account: "another was put in its place",
}
ALIKE = {deleted_with_its_journal, emptied, overwritten}
"""What others lead through, too, and unit tests hold to."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "lose",
    [pytest.param(lose, marks=pytest.mark.long if lose in ALIKE else (), id=lose.__name__) for lose in LOST],
)
def test_a_lost_ledger_is_noticed_and_rebuilt_and_nothing_is_charged_twice(desk, lose):
    desk.buy_some_and_be_killed()
    lose(desk)
    desk.refused(LOST[lose])
    desk.goes_on()


@pytest.mark.slow
@pytest.mark.parametrize("journal_stays", [False, True])
def test_a_backup_put_back_is_noticed_kept_and_completed(desk, journal_stays):
    assert desk.run("--limit", "3", "-q").returncode == 8
    assert desk.numbatch("ledger", "backup", "kept.backup").returncode == 0
    desk.buy_some_and_be_killed()
    assert desk.run("--limit", "1", "-q").returncode == 8
    if not journal_stays:
        deleted_with_its_journal(desk)
    shutil.copy(desk.numbatch.cwd / "kept.backup", desk.ledger)
    desk.refused("older than its head file")
    desk.goes_on(kept=3)


@pytest.mark.slow
def test_a_journal_that_was_cut_after_a_kill_is_noticed_and_what_is_left_is_completed(desk):
    desk.buy_some_and_be_killed()
    journal_cut(desk)
    desk.refused("older than its head file")
    desk.goes_on(kept=None)


def test_a_plan_says_that_the_ledger_is_lost_and_what_to_do(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    deleted(desk)
    done = desk.numbatch("plan", desk.orders)
    assert done.returncode == 4
    assert "says that there was one" in done.stdout
    assert "numbatch resolve --rebuild" in done.stdout


def test_a_damaged_ledger_is_kept_for_whoever_looks_into_it(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    flipped(desk)
    content = desk.ledger.read_bytes()
    told = json.loads(desk.rebuild("--json").stdout)
    assert (told["found"], told["ours"], told["absent"], told["complete"]) == ("damaged", 3, 17, True)
    assert ".damaged-" in told["kept"]
    assert Path(told["kept"]).read_bytes() == content


def test_a_whole_ledger_has_nothing_to_rebuild(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    before = desk.ledger.read_bytes()
    done = desk.rebuild()
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing is lost" in done.stdout
    assert json.loads(desk.rebuild("--json").stdout)["found"] == "whole"
    assert desk.rebuild("-q").stdout == ""
    assert desk.ledger.read_bytes() == before


def two_waves(desk: Desk) -> list[Path]:
    """Two workbooks that were run one after the other: the second is the first, edited and longer."""
    waves = [desk.numbatch.cwd / "wave 1.csv", desk.numbatch.cwd / "wave2.csv"]
    for wave, last, where in zip(waves, ("04", "07"), ("a", "b"), strict=True):
        wave.write_text(f"Number,Type,URI\n33123450000-331234500{last},SIP,{{last4}}@{where}.example.com\n")
        assert desk.numbatch("run", wave, *_BUY, "--limit", "3", "-q").returncode in {4, 8}
    assert len(desk.served.charged) == 6
    return waves


@pytest.mark.slow
def test_workbooks_that_order_the_same_numbers_are_rebuilt_together_each_as_the_run_that_it_was(desk):
    waves = two_waves(desk)
    before = {run["run"] for run in json.loads(desk.numbatch("runs", "--json").stdout)}
    deleted(desk)
    done = desk.numbatch("resolve", "--rebuild", *waves, waves[0], "--yes", "--skip-invalid")
    assert done.returncode == 0, done.stderr
    assert "Each workbook is a run of its own." in done.stderr
    assert "up to 8 numbers" in done.stderr
    again = [line for line in done.stdout.splitlines() if line.startswith("Next: ")]
    assert again == [
        f"Next: `{shlex.join(['numbatch', 'run', str(wave), '--skip-invalid'])}` buys what is missing."
        for wave in waves
    ]
    assert {run["run"] for run in json.loads(desk.numbatch("runs", "--json").stdout)} == before
    for wave in waves:
        assert desk.numbatch("run", wave, *_BUY, "--skip-invalid").returncode in {0, 4}
    assert len(desk.served.charged) == len(set(desk.served.charged)) == 8


@pytest.mark.slow
def test_a_workbook_that_was_not_named_is_run_all_the_same_and_charges_nothing_twice(desk):
    first, second = two_waves(desk)
    deleted(desk)
    assert desk.numbatch("resolve", "--rebuild", first, "--yes").returncode == 0
    done = desk.numbatch("resolve", "--rebuild", second, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing was asked" in done.stdout
    assert f"`numbatch run {second}` goes on" in done.stdout
    assert "-165, and charges nothing" in done.stdout
    desk.numbatch("run", second, *_BUY)
    assert len(desk.served.charged) == len(set(desk.served.charged)) == 8


def test_a_row_that_is_wrong_in_any_workbook_is_told_before_anything_is_asked(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    deleted(desk)
    wrong = desk.numbatch.cwd / "wrong.csv"
    wrong.write_text("Number\n12\n")
    done = desk.numbatch("resolve", "--rebuild", desk.orders, wrong, "--yes")
    assert (done.returncode, "Nothing was asked" in done.stderr, "wrong.csv" in done.stderr) == (3, True, True)
    assert list(desk.directory.glob("*.ledger-rebuilding")) == []


# A rebuild that does not end --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lose", "how"),
    [
        (deleted_with_its_head_file, signal.SIGKILL),
        (flipped, signal.SIGINT),
        pytest.param(another_of_the_account, signal.SIGKILL, marks=pytest.mark.long),
        (another_of_the_account, signal.SIGTERM),
    ],
)
def test_a_rebuild_that_was_stopped_lets_nothing_be_bought_and_goes_on(desk, lose, how):
    desk.buy_some_and_be_killed()
    lose(desk)
    # Twenty questions take most of a minute: however busy the machine is, the signal comes amid them.
    slow = {"NUMBATCH_RESOLVE_HORIZON": "100ms", "NUMBATCH_RATE": "0.5"}
    process = desk.numbatch.start("resolve", "--rebuild", desk.orders, "--yes", env=slow)
    words = process.stderr.readline()
    while "asking the account" not in words:
        assert words
        words = process.stderr.readline()
    process.send_signal(how)
    _, words = process.communicate(timeout=30)
    assert ("Stopping: no purchase was sent." in words) == (how != signal.SIGKILL)
    assert "doubt" not in words
    assert process.returncode == {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}[how]
    desk.refused()
    done = desk.numbatch("init")
    assert (done.returncode, "--rebuild" in done.stderr) == (0 if desk.ledger.exists() else 2, not desk.ledger.exists())
    desk.goes_on()


def test_a_live_rebuild_off_a_terminal_needs_yes_and_changes_nothing_without(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    flipped(desk)
    before = sorted(path.name for path in desk.directory.iterdir())
    done = desk.numbatch("resolve", "--rebuild", desk.orders)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    done = desk.numbatch("resolve", "--rebuild", desk.orders, "--json")
    assert json.loads(done.stdout)["exit_code"] == 2
    assert sorted(path.name for path in desk.directory.iterdir()) == before


def test_a_rebuild_takes_neither_a_run_nor_rows_that_are_wrong(desk):
    done = desk.numbatch("resolve", "7f3a", "--rebuild", desk.orders)
    assert (done.returncode, "neither RUN nor --accept" in done.stderr) == (2, True)
    desk.orders.write_text("Number\n12\n")
    done = desk.rebuild()
    assert (done.returncode, "Nothing was asked" in done.stderr) == (3, True)
    assert json.loads(desk.rebuild("--json").stdout)["exit_code"] == 3


def test_a_refused_login_halts_the_rebuild_and_nothing_is_bought_meanwhile(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    deleted(desk)
    done = desk.numbatch(
        "resolve", "--rebuild", desk.orders, "--yes", "--json", env={"NUMBATCH_PASSWORD": "wrong-password"}
    )
    assert done.returncode == 5, done.stderr
    told = json.loads(done.stdout)
    assert (told["complete"], told["ours"], told["unclear"]) == (False, 0, 20)
    desk.refused("not complete")
    desk.goes_on()


def test_an_account_that_shows_none_of_the_numbers_is_said_to_prove_nothing(desk):
    assert desk.run("--limit", "0", "-q").returncode == 8
    deleted(desk)
    done = desk.rebuild()
    assert done.returncode == 0, done.stderr
    assert "-165" in done.stdout
    assert desk.run().returncode == 0
    assert set(rows_of(desk.results).values()) == {"purchased"}


# What a rebuild is not for ------------------------------------------------------------------------------------------------


def test_a_newer_ledger_is_left_alone(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    connection = sqlite3.connect(desk.ledger)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    closed(desk.ledger)
    before = desk.ledger.read_bytes()
    for done in (desk.run(), desk.rebuild(), desk.numbatch("ledger", "verify")):
        assert done.returncode == 2
        assert "newer version" in done.stderr
        assert "Update numbatch" in done.stderr
    assert desk.ledger.read_bytes() == before
    assert len(desk.served.charged) == 3


@pytest.mark.parametrize("what", ["a directory", "a symbolic link"])
def test_what_is_no_file_is_refused_and_rebuilt_once_it_is_moved_away(desk, what):
    assert desk.run("--limit", "3", "-q").returncode == 8
    elsewhere = desk.numbatch.cwd / "elsewhere"
    desk.ledger.rename(elsewhere)
    if what == "a directory":
        desk.ledger.mkdir()
        elsewhere.unlink()
    else:
        desk.ledger.symlink_to(elsewhere)
    desk.refused("a symbolic link" if what != "a directory" else "not a plain file")
    done = desk.rebuild()
    assert (done.returncode, "move what is there away" in done.stderr) == (2, True)
    desk.ledger.rename(desk.numbatch.cwd / "moved away")
    desk.goes_on()


def test_a_ledger_that_may_not_be_read_is_refused_until_it_may(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    desk.ledger.chmod(0)
    # Root may read everything, unless that was taken from it.
    words = desk.numbatch.words("run", desk.orders, *_BUY)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv to take from root what no file's mode keeps out")
        words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *words]
    done = subprocess.run(
        words, env=desk.numbatch.env(), cwd=desk.numbatch.cwd, text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "who may read" in done.stderr
    assert len(desk.served.charged) == 3
    desk.ledger.chmod(0o600)
    assert desk.run().returncode == 0
    assert len(desk.served.charged) == 20


@pytest.mark.slow
def test_a_ledger_that_another_program_keeps_busy_is_noticed_before_anything_is_sent(desk):
    assert desk.run("--limit", "3", "-q").returncode == 8
    shell = sqlite3.connect(desk.ledger, isolation_level=None)
    shell.execute("BEGIN EXCLUSIVE")
    try:
        done = desk.run()
    finally:
        shell.close()
    assert done.returncode == 2, done.stderr
    assert "keeps the file busy" in done.stderr
    assert "SQLite shell" in done.stderr
    assert len(desk.served.charged) == 3
    assert desk.run().returncode == 0
    assert len(desk.served.charged) == 20


def test_a_ledger_whose_holder_is_suspended_is_told_apart_and_freed_as_told(desk):
    process = desk.numbatch.start("run", desk.orders, *_BUY, env={"NUMBATCH_RATE": "20"})
    wait_for(lambda: len(desk.served.charged) >= 3)
    process.send_signal(signal.SIGSTOP)
    before = len(desk.served.charged)
    for done in (desk.run(), desk.rebuild()):
        assert done.returncode == 7
        assert f"process {process.pid}, which is suspended" in done.stderr
        assert f"kill -CONT {process.pid}" in done.stderr
    assert len(desk.served.charged) <= before + 1  # one may have been on its way
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(desk.served.charged) == 20
    assert desk.run().returncode == 0
