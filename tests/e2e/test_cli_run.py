"""The real command buys from a simulator on this machine: exit codes, streams, bounds, signals, secrets."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support.command import Command, ServedSimulator, pseudo_terminal

from batch.provider.simulator import SimulatorOptions
from batch.provider.simulator import server as simulator_server

FAST = {"NUMBATCH_RATE": "500", "NUMBATCH_RESOLVE_DELAY": "200ms", "NUMBATCH_RESERVED_RETRY_EVERY": "300ms"}
HEADER = "Number,Type,URI,Cost centre\n"
BLOCK = f"{HEADER}33123450000-33123450019,SIP,{{last4}}@pbx.example.com,Nice\n"


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", dict(FAST), measured=True)


@pytest.fixture
def simulator(numbatch: Command) -> Iterator[ServedSimulator]:
    with ServedSimulator() as served:
        numbatch.environ.update(served.environ)
        yield served


def sheet(numbatch: Command, *rows: str, name: str = "orders.csv") -> Path:
    path = numbatch.cwd / name
    path.write_text(HEADER + "".join(f"{row},SIP,100@pbx.example.com,Paris\n" for row in rows))
    return path


@pytest.fixture
def orders(numbatch: Command) -> Path:
    path = numbatch.cwd / "orders.csv"
    path.write_text(BLOCK)
    return path


def test_a_run_buys_everything_once_and_again_does_nothing(numbatch, simulator, orders):
    done = numbatch("run", orders)
    assert done.returncode == 0, done.stderr
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    assert done.stdout.splitlines()[-1] == str(results)
    assert "purchased" in done.stdout
    assert "20 numbers" in done.stderr
    assert sorted(simulator.charged) == [str(33123450000 + one) for one in range(20)]
    rows = list(load_workbook(results)["Results"].iter_rows(values_only=True))
    assert len(rows) == 21
    assert {row[rows[0].index("Status")] for row in rows[1:]} == {"purchased"}
    again = numbatch("run", orders, "-q")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(simulator.charged) == 20


def test_run_json_is_one_line_and_last(numbatch, simulator, orders):
    done = numbatch("run", orders, "--json")
    [line] = done.stdout.splitlines()
    told = json.loads(line)
    assert list(told) == [
        "run", "environment", "account", "counts", "charged", "at_risk", "currency", "exit_code", "halt_reason", "results",
    ]  # fmt: skip
    assert told["environment"] == "rehearsal"
    assert told["account"] == "rehearsal"
    assert told["counts"]["purchased"] == 20
    assert sum(told["counts"].values()) == 20
    assert told["exit_code"] == 0
    assert told["halt_reason"] is None
    assert Path(told["results"]).is_file()
    assert float(told["charged"]) > 0


def test_refusals_are_exit_4_and_the_failures_can_be_run(numbatch, simulator):
    orders = sheet(numbatch, "12025550101", "12025550138", "12025550136")
    done = numbatch("run", orders, "--no-prices")
    assert done.returncode == 4
    assert "-1265" in done.stdout
    assert "Failures" in done.stdout
    assert simulator.charged == ["12025550101"]
    again = numbatch("run", "orders-rehearsal.xlsx", "--sheet", "Failures", "-o", "again.xlsx", "--json")
    assert again.returncode == 4, again.stderr
    assert json.loads(again.stdout)["counts"]["refused"] == 2


def test_a_wrong_login_halts_after_the_first_request(numbatch, simulator, orders):
    done = numbatch("run", orders, "--json", env={"NUMBATCH_PASSWORD": "wrong-canary"})
    assert done.returncode == 5
    assert simulator.charged == []
    assert "wrong-canary" not in done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["halt_reason"]
    assert told["counts"]["not sent"] == 20


def test_bounds_are_exit_8(numbatch, simulator, orders):
    assert numbatch("run", orders, "--max-numbers", "3").returncode == 8
    assert len(simulator.charged) == 3
    assert numbatch("run", orders, "--limit", "4").returncode == 8
    assert len(simulator.charged) == 7
    assert numbatch("run", orders, "--max-spend", "0", "--price", "5").returncode == 8
    assert len(simulator.charged) == 7
    assert numbatch("run", orders).returncode == 0
    assert len(simulator.charged) == 20


def test_invalid_rows_send_nothing_unless_they_are_skipped(numbatch, simulator):
    orders = sheet(numbatch, "12025550101", "1.20E+10")
    done = numbatch("run", orders)
    assert done.returncode == 3
    assert "number-lossy" in done.stderr
    assert "A3" in done.stderr
    assert done.stdout == ""
    assert json.loads(numbatch("run", orders, "--json").stdout)["exit_code"] == 3
    assert simulator.charged == []
    assert not (numbatch.cwd / "orders-rehearsal.xlsx").exists()
    assert numbatch("run", orders, "--skip-invalid").returncode == 4
    assert simulator.charged == ["12025550101"]


def test_several_files_are_one_run(numbatch, simulator):
    first, second = sheet(numbatch, "12025550101", name="a.csv"), sheet(numbatch, "12025550102", name="b.csv")
    assert numbatch("run", first, second).returncode == 0
    [run] = json.loads(numbatch("runs", "--json").stdout)
    assert run["files"] == [str(first), str(second)]
    assert (numbatch.cwd / "a-rehearsal.xlsx").is_file()


def test_results_never_replace_what_is_none(numbatch, simulator, orders):
    (numbatch.cwd / "mine.xlsx").write_text("precious")
    assert numbatch("run", orders, "-o", orders).returncode == 2
    assert numbatch("run", orders, "-o", "mine.xlsx").returncode == 2
    assert numbatch("run", orders, "-o", "nowhere/r.xlsx").returncode == 2
    assert simulator.charged == []
    assert (numbatch.cwd / "mine.xlsx").read_text() == "precious"
    assert numbatch("run", orders, "-o", "mine.xlsx", "--force").returncode == 0


def test_a_workbook_whose_directory_has_gone_goes_elsewhere(numbatch, simulator, orders):
    folder = numbatch.cwd / "gone"
    folder.mkdir()
    process = numbatch.start("run", orders, "-o", folder / "r.xlsx", "--rate", "20")
    wait_for(lambda: len(simulator.charged) >= 2)
    folder.rmdir()
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert "goes elsewhere" in stderr
    assert Path(stdout.splitlines()[-1]).is_file()


def test_charges_are_summed_by_a_column_that_is_there(numbatch, simulator, orders):
    done = numbatch("run", orders, "--group-by", "Team")
    assert done.returncode == 2
    assert "--group-by: group_by names 'Team'" in done.stderr
    assert "Cost centre" in done.stderr
    assert simulator.charged == []
    assert numbatch("run", orders, "--group-by", "cost centre", "--language", "de").returncode == 0
    assert numbatch("report", "--group-by", "Team", "-o", "r.xlsx").returncode == 2
    assert numbatch("run", orders, "--language", "fr").returncode == 2


# Live and rehearsal -----------------------------------------------------------------------------------------------------


def test_a_loopback_host_that_is_no_simulator_must_be_named(numbatch, orders):
    environ = {"NUMBATCH_BASE_URL": "http://127.0.0.1:9/json", "NUMBATCH_USERNAME": "u", "NUMBATCH_PASSWORD": "p"}
    done = numbatch("run", orders, env=environ)
    assert done.returncode == 2
    assert "NUMBATCH_ENVIRONMENT" in done.stderr


def test_no_setting_makes_a_real_host_a_rehearsal_nor_the_simulator_live(numbatch, simulator, orders):
    done = numbatch("run", orders, "--environment", "live", "--yes", "--max-numbers", "1")
    assert done.returncode == 2
    assert "that is a rehearsal" in done.stderr
    environ = {"NUMBATCH_BASE_URL": "https://provider.invalid/json", "NUMBATCH_ENVIRONMENT": "rehearsal"}
    done = numbatch("run", orders, env=environ)
    assert done.returncode == 2
    assert "that is live" in done.stderr
    assert simulator.charged == []


@pytest.fixture
def tunnel(numbatch: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedSimulator]:
    """A provider on loopback that does not show itself to be the simulator, as a tunnel to the real one would be."""
    monkeypatch.setattr(simulator_server, "HANDSHAKE", "something-else")
    with ServedSimulator() as served:
        numbatch.environ.update(served.environ, NUMBATCH_ENVIRONMENT="live")
        yield served


def test_a_live_run_off_a_terminal_needs_yes_a_bound_and_a_ledger(numbatch, tunnel, orders):
    for flags, words in (
        ([], "--yes and a bound"),
        (["--yes"], "a bound"),
        (["--max-spend", "100", "--price", "5"], "--yes"),
        (["--yes", "--max-numbers", "50"], "numbatch init"),
    ):
        done = numbatch("run", orders, *flags)
        assert done.returncode == 2, flags
        assert words in done.stderr
        assert done.stdout == ""
    assert tunnel.charged == []
    assert numbatch("init").returncode == 0
    done = numbatch("run", orders, "--yes", "--max-numbers", "50")
    assert done.returncode == 0, done.stderr
    assert len(tunnel.charged) == 20
    assert (numbatch.cwd / "orders-results.xlsx").is_file()


def test_init_makes_settings_and_ledger_and_checks_the_login(numbatch, tunnel):
    done = numbatch("init", env={"NUMBATCH_PASSWORD": "wrong"})
    assert done.returncode == 2
    assert "refuses the login" in done.stderr
    done = numbatch("init")
    assert done.returncode == 0
    assert "is right" in done.stdout
    path = numbatch.home / ".config" / "numbatch" / "numbatch.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert 'username = "rehearsal"' in path.read_text()
    ledgers = list((numbatch.home / ".local" / "state" / "numbatch").glob("*.ledger"))
    assert len(ledgers) == 1
    assert ledgers[0].stat().st_mode & 0o777 == 0o600
    assert numbatch("init", "-q").stdout == ""


def test_init_without_an_account_says_what_is_missing(numbatch):
    done = numbatch("init")
    assert done.returncode == 2
    assert "NUMBATCH_USERNAME" in done.stderr


def test_a_password_is_bound_to_its_host(numbatch, simulator, orders):
    config = numbatch.cwd / "my.toml"
    config.write_text('[accounts.prod]\nusername = "u"\npassword = "canary-password"\n')
    config.chmod(0o600)
    environ = {"NUMBATCH_USERNAME": "", "NUMBATCH_PASSWORD": ""}
    done = numbatch("run", orders, "--config", config, env=environ)
    assert done.returncode == 2
    assert "is for https://sapi.multitel.net:443" in done.stderr
    assert "canary-password" not in done.stdout + done.stderr
    assert simulator.record().requests.keys() <= {"numbatch-simulator"}


# Simulation in process ----------------------------------------------------------------------------------------------------


def test_simulate_reads_no_password_and_leaves_no_ledger(numbatch, orders):
    marker = numbatch.cwd / "asked"
    config = numbatch.cwd / "my.toml"
    config.write_text(f"[accounts.prod]\nusername = 'u'\npassword_command = ['touch', '{marker}']\n")
    done = numbatch("run", orders, "--simulate", "--faults", "typical", "--seed", "7", "--config", config)
    assert done.returncode == 0, done.stderr
    assert not marker.exists()
    assert (numbatch.cwd / "orders-rehearsal.xlsx").is_file()
    assert not (numbatch.home / ".local").exists()
    assert "nothing was bought" in done.stdout
    assert numbatch("runs").returncode == 2


def test_a_named_rehearsal_goes_on_where_it_stopped(numbatch, orders):
    flags = ("--simulate", "--ledger", "mine", "--speed", "100")
    assert numbatch("run", orders, *flags, "--limit", "5").returncode == 8
    done = numbatch("run", orders, *flags, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["purchased"] == 20
    [run] = json.loads(numbatch("runs", "--ledger", "mine", "--json").stdout)
    assert run["rows"] == 20


# Signals and locks --------------------------------------------------------------------------------------------------------


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_drains_and_the_same_command_resumes(numbatch, simulator, orders, number, code):
    process = numbatch.start("run", orders, "--rate", "10")
    wait_for(lambda: len(simulator.charged) >= 4)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    assert "what is in flight is waited for" in stderr
    assert (numbatch.cwd / "orders-rehearsal.xlsx").is_file()
    assert stdout.splitlines()[-1].endswith("orders-rehearsal.xlsx")
    before = len(simulator.charged)
    assert before < 20
    assert json.loads(numbatch("status", "--json").stdout)["counts"]["purchased"] == before
    assert numbatch("run", orders).returncode == 0
    assert len(simulator.charged) == len(set(simulator.charged)) == 20


def test_killed_amid_the_run_nothing_is_bought_twice(numbatch, simulator, orders):
    process = numbatch.start("run", orders, "--rate", "20")
    wait_for(lambda: len(simulator.charged) >= 4)
    process.kill()
    process.communicate(timeout=60)
    assert len(simulator.charged) < 20
    done = numbatch("run", orders, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["purchased"] == 20
    assert len(simulator.charged) == len(set(simulator.charged)) == 20


def test_a_second_signal_stops_at_once_and_leaves_doubt(numbatch, orders):
    slow = SimulatorOptions(latency=(20, 20))
    with ServedSimulator(slow) as served:
        process = numbatch.start("run", orders, "--no-look-up", env=served.environ)
        wait_for(lambda: served.record().requests.get("buynumbers", 0) >= 1)
        process.send_signal(signal.SIGINT)
        wait_for(lambda: process.stderr.readline().startswith("numbatch: Stopping: "))
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=15)
        assert process.returncode == 130, stderr
        assert "Stopping at once" in stderr
        assert "in doubt" in stdout
        assert (numbatch.cwd / "orders-rehearsal.xlsx").is_file()


def test_a_second_run_is_told_to_wait(numbatch, simulator, orders):
    process = numbatch.start("run", orders, "--rate", "10")
    wait_for(lambda: len(simulator.charged) >= 2)
    other = sheet(numbatch, "12025550101", name="other.csv")
    done = numbatch("run", other)
    assert done.returncode == 7
    assert "--lock-wait" in done.stderr
    assert numbatch("run", other, "--lock-wait", "soon").returncode == 2
    done = numbatch("run", other, "--lock-wait", "60s")
    assert done.returncode == 0
    assert process.wait(60) == 0
    process.communicate()


# What a ledger tells ------------------------------------------------------------------------------------------------------


def test_the_ledger_tells_its_runs_without_the_workbook(numbatch, simulator, orders):
    numbatch("run", orders)
    (numbatch.cwd / "orders-rehearsal.xlsx").unlink()
    orders.unlink()
    [run] = json.loads(numbatch("runs", "--json").stdout)
    assert list(run) == ["run", "files", "environment", "account", "started", "finished", "rows", "counts"]
    assert run["counts"]["purchased"] == run["rows"] == 20
    assert run["finished"] > run["started"]
    name = run["run"]
    assert name in numbatch("runs").stdout
    told = json.loads(numbatch("status", name[:2], "--json").stdout)
    assert (told["run"], told["exit_code"]) == (name, 0)
    assert "purchased" in numbatch("status").stdout
    history = json.loads(numbatch("history", "+33 1 23 45 00 05", "--json").stdout)
    assert [entry["after"] for entry in history][:2] == ["buying", "bought"]
    assert "33123450005" in numbatch("history", "+33", "123450005").stdout
    assert "never met" in numbatch("history", "12025550100").stdout
    assert numbatch("history", "abc").returncode == 2
    done = numbatch("report", name, "-o", "again.xlsx")
    assert (done.returncode, done.stdout) == (0, "again.xlsx\n")
    assert (numbatch.cwd / "again.xlsx").is_file()
    done = numbatch("report", "zzz", "-o", "x.xlsx")
    assert done.returncode == 2
    assert name in done.stderr


def test_without_a_ledger_the_way_to_one_is_told(numbatch):
    for command in (["runs"], ["status"], ["report"], ["history", "12025550100"]):
        done = numbatch(*command)
        assert done.returncode == 2
        assert "numbatch init" in done.stderr


def test_plan_says_what_a_run_would_do(numbatch, simulator, orders):
    done = numbatch("plan", orders, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert {name: told[name] for name in ("rows", "numbers", "to_buy", "already_owned", "verdict", "reasons")} == {
        "rows": 1, "numbers": 20, "to_buy": 20, "already_owned": 0, "verdict": "GO", "reasons": [],
    }  # fmt: skip
    assert told.keys() >= {"cost", "balance", "duration"}
    numbatch("run", orders, "--limit", "5")
    told = json.loads(numbatch("plan", orders, "--json", "--price", "5").stdout)
    assert (told["to_buy"], told["purchased"], told["cost"]) == (15, 5, "75.00")
    done = numbatch("plan", orders, "--max-numbers", "3")
    assert done.returncode == 4
    assert "NO-GO" in done.stdout
    assert len(simulator.charged) == 5
    done = numbatch("plan", sheet(numbatch, "1.20E+10", name="bad.csv"))
    assert done.returncode == 3


def test_plan_of_a_live_account_without_a_ledger_is_no_go(numbatch, orders):
    done = numbatch("plan", orders, env={"NUMBATCH_USERNAME": "u"})
    assert done.returncode == 4
    assert "there is no ledger" in done.stdout


def test_a_number_in_doubt_is_exit_6_and_resolved_later(numbatch, simulator):
    orders = sheet(numbatch, "12025550101", "12025550150")
    simulator.simulator.inquiry = "fails"
    done = numbatch("run", orders, "--outage-give-up-after", "1s", "--no-prices")
    assert done.returncode == 6, done.stderr
    assert "numbatch resolve" in done.stdout
    simulator.simulator.inquiry = "true"
    done = numbatch("resolve", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["purchased"] == 2
    assert sorted(simulator.charged) == ["12025550101", "12025550150"]


def test_a_person_may_say_what_the_account_shows(numbatch, simulator):
    orders = sheet(numbatch, "12025550101", "12025550150")
    simulator.simulator.inquiry = "fails"
    numbatch("run", orders, "--outage-give-up-after", "1s", "--no-prices")
    assert numbatch("resolve", "--accept", "12025550150=perhaps").returncode == 2
    assert numbatch("resolve", "--accept", "12025550101=ours").returncode == 2
    done = numbatch("resolve", "--accept", "+1 202 555 0150=ours", "--json", "--no-prices")
    assert done.returncode == 2  # resolve reads no prices, and takes no such flag
    done = numbatch("resolve", "--accept", "+1 202 555 0150=ours", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["in doubt"] == 0


# Streams and terminals ----------------------------------------------------------------------------------------------------


def test_logs_as_json_lines(numbatch, simulator, orders):
    done = numbatch("run", orders, "--log-format", "json", "-v")
    lines = [line for line in done.stderr.splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in lines]
    assert {"run begins", "buying", "number"} <= {event["event"] for event in events}
    assert all({"level", "timestamp"} <= event.keys() for event in events)


def test_a_reader_that_left_does_not_end_a_run(numbatch, simulator, orders):
    reader, writer = os.pipe()
    os.close(reader)
    done = numbatch("run", orders, stdout=writer, stderr=writer)
    os.close(writer)
    assert done.returncode == 0
    assert len(simulator.charged) == 20


def close_all():
    os.closerange(0, 3)


def test_closed_streams_do_not_end_a_run(numbatch, simulator, orders):
    done = numbatch("run", orders, stdout=None, stderr=None, preexec_fn=close_all)
    assert done.returncode == 0
    assert len(simulator.charged) == 20
    assert json.loads(numbatch("runs", "--json").stdout)[0]["counts"]["purchased"] == 20


def at_a_terminal(numbatch: Command, answer: str, *arguments: object, env=None) -> tuple[int, str]:
    """Run with stdin, stdout and stderr at a terminal; the exit code, and all that it showed."""
    with pseudo_terminal() as (ours, theirs):
        process = subprocess.Popen(
            numbatch.words(*arguments),
            env=numbatch.env({"TERM": "xterm", **(env or {})}),
            cwd=numbatch.cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, answer.encode())
        shown = b""
        while True:
            ready, _, _ = select.select([ours], [], [], 60)
            assert ready
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        return process.wait(60), shown.decode()


def test_a_person_is_asked_at_a_terminal(numbatch, simulator, orders):
    code, shown = at_a_terminal(numbatch, "n\n", "run", orders)
    assert code == 2
    assert "Buy up to 20 numbers" in shown
    assert simulator.charged == []
    code, shown = at_a_terminal(numbatch, "n\n", "run", orders, "--canary")
    assert code == 2
    assert "Buy a canary first, halt where it does not match, else buy up to 20 numbers" in shown
    code, shown = at_a_terminal(numbatch, "y\n", "run", orders, "--rate", "20")
    assert code == 0, shown
    assert len(simulator.charged) == 20
    assert "✓" in shown
    assert "ETA" in shown
    assert "\x1b[" in shown


def test_no_color_means_no_bar_and_no_colour(numbatch, simulator, orders):
    code, shown = at_a_terminal(numbatch, "", "run", orders, "--yes", env={"NO_COLOR": "1"})
    assert code == 0, shown
    assert "ETA" not in shown
    assert "\x1b[" not in shown


# Secrets ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", ["none", "storm"])
def test_the_password_is_nowhere(tmp_path, faults):
    canary = "c4n4ry&Password=x y"
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    numbatch = Command(tmp_path / "home", tmp_path / "work", dict(FAST), measured=True)
    orders = sheet(numbatch, "33123450000-33123450030", "12025550131")
    options = SimulatorOptions(password=canary, faults=faults, seed=5, speed=50, latency=(0, 0.01))
    with ServedSimulator(options) as served:
        environ = served.environ
        done = [
            numbatch("run", orders, "-v", env=environ),
            numbatch("run", orders, "-v", "--log-format", "json", "--json", env=environ),
            numbatch("status", env=environ),
            numbatch("run", orders, "-v", "--rate", "x", env=environ),
        ]
    assert done[0].returncode in {4, 5}
    for one in done:
        assert "c4n4ry" not in one.stdout + one.stderr
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"c4n4ry" not in path.read_bytes(), path


def test_simulate_serves_until_it_is_interrupted(numbatch, orders):
    process = numbatch.start("simulate", "--json", "--state", "sold.state")
    told = json.loads(process.stdout.readline())
    environ = {f"NUMBATCH_{name.upper()}": value for name, value in told.items()}
    assert numbatch("run", orders, env=environ, stdin="").returncode == 0
    port = told["base_url"].rpartition(":")[2].partition("/")[0]
    taken = numbatch("simulate", "--port", port)
    assert taken.returncode == 2
    assert "can't start" in taken.stderr
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert numbatch("simulate", "--speed", "0").returncode == 2
    process = numbatch.start("simulate")
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.slow
def test_the_demo_tells_its_story(numbatch):
    began = time.monotonic()
    done = numbatch("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 30
    assert "Killed. The provider had charged" in done.stdout
    assert "0 of them twice" in done.stdout
    assert (numbatch.cwd / "numbatch-demo" / "orders-rehearsal.xlsx").is_file()
    assert not (numbatch.home / ".config").exists()
    assert sys.executable not in done.stdout
