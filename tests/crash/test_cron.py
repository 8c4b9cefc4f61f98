"""The world of cron: runs that overlap, clocks that are wrong, little or nothing of an environment, nobody who listens."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.agreement import rows_of
from support.command import pseudo_terminal
from support.hardship import Shop, injecting, open_shop, tool, wait_for

_FEW = 4


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
def small_shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path, _FEW) as shop:
        yield shop


def shell(shop: Shop, line: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A line of a crontab, in which RUN is `numbatch run ORDERS`."""
    words = shlex.join(shop.numbatch.words("run", shop.orders))
    options = {"env": shop.numbatch.env(), "cwd": shop.numbatch.cwd, "capture_output": True, **options}
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("RUN", words)],
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=180,
        check=False,
        **options,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def bare(shop: Shop, **more: str) -> dict[str, str]:
    """The settings, and nothing else of an environment."""
    return {**shop.numbatch.environ, **more}


# Overlap ------------------------------------------------------------------------------------------------------------------


def test_a_run_that_overlaps_exits_7_or_waits_and_then_buys_nothing_twice(shop):
    first = shop.sell()
    wait_for(lambda: len(shop.charged) >= 2)
    done = shop.run()
    assert done.returncode == 7
    assert f"process {first.pid}" in done.stderr
    assert "--lock-wait" in done.stderr
    done = shop.run("--lock-wait", "60s", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["purchased"] == 20
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert len(shop.charged) == 20
    shop.ends_well()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_waits_for_the_lock_ends_at_once_when_it_is_told_to(shop, number):
    first = shop.sell()
    wait_for(lambda: len(shop.charged) >= 2)
    lock = shop.ledger.with_suffix(".lock")
    waiting = shop.sell("--lock-wait", "10m")
    wait_for(lambda: any(Path(one.path) == lock for one in psutil.Process(waiting.pid).open_files()))
    waiting.send_signal(number)
    waiting.communicate(timeout=30)
    # Killed by the signal, or by its own exit: a shell calls both 128 and the number.
    assert waiting.returncode in {-number, 128 + number}
    first.kill()
    first.communicate(timeout=120)
    shop.ends_well()


def test_a_holder_that_is_suspended_is_named_and_goes_on_afterwards(shop):
    first = shop.sell()
    wait_for(lambda: len(shop.charged) >= 3)
    first.send_signal(signal.SIGSTOP)
    wait_for(lambda: psutil.Process(first.pid).status() == psutil.STATUS_STOPPED)
    done = shop.run()
    assert done.returncode == 7
    assert f"process {first.pid}, which is suspended" in done.stderr
    assert f"kill -CONT {first.pid}" in done.stderr
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert shop.wrong() == []
    shop.ends_well()


def test_a_suspended_holder_that_is_killed_lets_go(shop):
    first = shop.sell()
    wait_for(lambda: len(shop.charged) >= 3)
    first.send_signal(signal.SIGSTOP)
    first.kill()
    first.communicate(timeout=120)
    shop.ends_well()


# Time ---------------------------------------------------------------------------------------------------------------------


def test_an_intent_that_became_stale_on_its_way_to_the_disk_is_not_sent(small_shop):
    """The disk takes three seconds to put the first intent down: it is planned again, and sent once."""
    shop = small_shop
    assert shop.numbatch("init", "--offline").returncode == 0
    journal = Path(f"{shop.ledger}-wal")
    states = []
    for call in (3, 2, 4, 5):  # which of a run's first calls it is
        slow = injecting(f"fdatasync:delay_exit=3000000:when={call}", journal)
        assert shop.run("--workers", "1", "--limit", "1", under=slow).returncode in {0, 8}
        states = [step["after"] for step in _history(shop)]
        if states.count("buying") > 1:
            break
    assert states[:4] == ["buying", "free", "buying", "bought"], states
    shop.ends_well()


def _history(shop: Shop) -> list[dict[str, object]]:
    """The life of the number that was claimed last."""
    return json.loads(shop.numbatch("history", max(shop.charged), "--json").stdout)


@pytest.mark.slow
@pytest.mark.parametrize("off", ["-3d", "-5h", "+5h"])
def test_a_clock_that_is_set_between_two_runs_makes_no_row_wrong(small_shop, off):
    """The first run leaves a number in doubt that was bought; by the second one's clock that was long ago, or is yet to be."""
    shop, faketime = small_shop, [tool("faketime"), "-f", off]
    assert shop.numbatch("init", "--offline").returncode == 0
    journal = Path(f"{shop.ledger}-wal")
    ends = 0
    for call in (4, 5, 6):  # which of a run's first calls records an outcome
        ends = shop.run("--workers", "1", under=injecting(f"fdatasync:error=EIO:when={call}", journal)).returncode
        if ends == 6:
            break
    assert ends == 6
    assert "in doubt" in rows_of(shop.results).values()
    assert shop.charged
    done = shop.run(under=faketime)
    assert done.returncode == 0, done.stderr
    assert shop.wrong() == []
    shop.ends_well()


def test_a_time_zone_that_is_none_is_said_and_another_one_is_kept(small_shop):
    shop = small_shop
    for zone in ("Nowhere/Else", str(shop.orders)):
        done = shell(shop, "RUN", env=shop.numbatch.env({"TZ": zone}))
        assert (done.returncode, shop.sent) == (2, 0), done.stderr
        assert "time zone" in done.stderr
        assert "`timezone`" in done.stderr
    assert shell(shop, "RUN", env=shop.numbatch.env({"TZ": "Asia/Kolkata"})).returncode == 0
    shop.ends_well()


# An environment -----------------------------------------------------------------------------------------------------------


def test_an_empty_environment_is_told_what_is_missing(small_shop):
    done = shell(small_shop, "RUN", env={})
    assert (done.returncode, small_shop.sent) == (2, 0)
    assert "NUMBATCH_PASSWORD" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "RUN --ledger here",  # no HOME, no PATH, no LANG
        "HOME=/ PATH= RUN --ledger here",
        "HOME=/dev/null RUN --ledger here",
        "STATE_DIRECTORY=$PWD/here RUN",
    ],
)
def test_a_bare_environment_buys(small_shop, line):
    shop = small_shop
    config = shop.numbatch.home / "config"
    done = shell(shop, line, env=bare(shop, XDG_CONFIG_HOME=str(config)))
    assert done.returncode == 0, done.stderr
    assert shop.wrong() == []
    assert len(shop.charged) == _FEW
    assert list((shop.numbatch.cwd / "here").glob("*.ledger"))


def test_a_user_whom_the_system_does_not_know_needs_a_place_for_the_ledger(small_shop):
    """As in a container that is started under a bare number. What lets it read this machine's Python changes nothing else."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    shop, nobody = small_shop, "54321"
    rights = "+dac_override,+dac_read_search"
    become = ["--reuid", nobody, "--regid", nobody, "--clear-groups", "--inh-caps", rights, "--ambient-caps", rights]
    under = [tool("setpriv"), *become]
    done = shop.run(under=under, env=bare(shop))
    assert (done.returncode, shop.sent) == (2, 0), done.stderr
    assert "there is no home directory" in done.stderr
    os.chown(shop.numbatch.cwd, int(nobody), int(nobody))
    done = shop.run("--ledger", "here", under=under, env=bare(shop))
    assert done.returncode == 0, done.stderr
    assert shop.wrong() == []
    assert len(shop.charged) == _FEW


@pytest.mark.parametrize("more", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}])
def test_names_beyond_ascii_are_bought_from_without_a_locale(small_shop, more):
    shop = small_shop
    shop.orders = shop.orders.rename(shop.numbatch.cwd / "Aufträge Zürich.csv")
    done = shop.run("-v", env=bare(shop, HOME=str(shop.numbatch.home), LC_ALL="C", **more))
    assert done.returncode == 0, done.stderr
    assert shop.wrong(shop.numbatch.cwd / "Aufträge Zürich-rehearsal.xlsx") == []
    assert len(shop.charged) == _FEW


def test_a_name_that_is_no_text_at_all_is_bought_from(small_shop):
    shop = small_shop
    shop.orders = shop.orders.rename(os.fsdecode(os.fsencode(shop.numbatch.cwd) + b"/Z\xfcrich.csv"))
    done = shop.run("--json", errors="surrogateescape")
    assert done.returncode == 0, done.stderr
    assert len(shop.charged) == _FEW
    assert shop.numbatch("runs").returncode == 0


def test_a_working_directory_that_is_gone_is_said_where_it_matters(small_shop):
    shop = small_shop
    gone = "mkdir gone; cd gone; rmdir ../gone;"
    done = shell(shop, f"{gone} RUN --ledger here")
    assert (done.returncode, shop.sent) == (2, 0), done.stderr
    assert "working directory is gone" in done.stderr
    done = shell(shop, f"{gone} RUN -o here.xlsx")
    assert (done.returncode, shop.sent) == (2, 0), done.stderr
    assert shell(shop, f"{gone} RUN").returncode == 0
    shop.ends_well()


@pytest.mark.parametrize("mask", ["000", "777"])
def test_files_are_their_owners_whatever_the_mask(small_shop, mask):
    shop = small_shop
    assert shell(shop, f"umask {mask}; RUN").returncode == 0
    assert shop.results.stat().st_mode & 0o077 == 0
    for path in [*shop.state.iterdir(), shop.state]:
        assert path.stat().st_mode & 0o077 == 0, path
    shop.ends_well()


# Nobody who listens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "RUN <&- >&- 2>&-",
        "RUN >&-",
        "RUN 2>&-",
        "RUN -v 2>&1 | head -0",
        "trap '' PIPE; RUN | head -0",
    ],
)
def test_streams_that_are_closed_full_or_left_change_nothing(small_shop, line):
    shop = small_shop
    done = shell(shop, line)
    assert done.returncode == 0, done.stderr
    assert shop.wrong() == []
    assert len(shop.charged) == _FEW


@pytest.mark.parametrize("line", ["RUN >/dev/full 2>&1", "RUN --json >/dev/full"])
def test_a_full_device_behind_stdout_is_a_failure_and_loses_nothing(small_shop, line):
    shop = small_shop
    assert shell(shop, line).returncode == 1
    assert shop.wrong() == []
    assert len(shop.charged) == _FEW


def test_a_terminal_that_is_closed_drains_the_run(shop):
    first = shop.sell()
    wait_for(lambda: len(shop.charged) >= 3)
    first.send_signal(signal.SIGHUP)
    first.send_signal(signal.SIGHUP)  # from the system and from the shell: not a second wish
    _, said = first.communicate(timeout=120)
    assert first.returncode == 129, said
    assert "what is in flight is waited for" in said
    assert shop.wrong() == []
    assert 0 < len(shop.charged) < 20
    shop.ends_well()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_was_to_be_ignored_is(shop, number):
    """As nohup and a script's background jobs have it."""
    ignored = f"trap '' {number.name.removeprefix('SIG')}; exec RUN --rate 15"
    words = shlex.join(shop.numbatch.words("run", shop.orders))
    process = subprocess.Popen(
        ["/bin/sh", "-c", ignored.replace("RUN", words)],
        env=shop.numbatch.env(),
        cwd=shop.numbatch.cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: len(shop.charged) >= 3)
    process.send_signal(number)
    assert process.wait(120) == 0
    assert shop.wrong() == []
    assert len(shop.charged) == 20


def test_a_run_whose_terminal_is_gone_finishes_with_its_workbook(shop):
    """It was started so that the end of the terminal is no signal to it: writing to it fails."""
    with pseudo_terminal() as (ours, theirs):
        process = subprocess.Popen(
            shop.numbatch.words("run", shop.orders, "--yes", "--rate", "20"),
            env=shop.numbatch.env({"TERM": "xterm"}),
            cwd=shop.numbatch.cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        wait_for(lambda: len(shop.charged) >= 3)
        assert os.read(ours, 65536)
    assert process.wait(120) == 0
    assert set(rows_of(shop.results).values()) == {"purchased"}
    assert shop.wrong() == []
