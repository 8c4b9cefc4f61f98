"""The real command gives back what it bought from a simulator on this machine: killed amid it, with faults, and as it should not."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from openpyxl import load_workbook
from support.agreement import disagreements, rows_of
from support.command import Command, ServedSimulator, pseudo_terminal

from batch.provider.simulator import FaultPlan, SimulatorOptions

FAST = {"NUMBATCH_RATE": "500", "NUMBATCH_RESOLVE_DELAY": "200ms", "NUMBATCH_PRICES": "false"}
NUMBERS = [str(33123450000 + one) for one in range(20)]
FAULTS = FaultPlan({"executed, dropped": 0.1, "executed, 500": 0.1, "502": 0.1, "executed, reset": 0.05, "429": 0.05})


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    command = Command(tmp_path / "home", tmp_path / "work", dict(FAST), measured=True)
    sheet = "Number,Type,URI\n33123450000-33123450019,SIP,{last4}@pbx.example.com\n"
    (command.cwd / "orders.csv").write_text(sheet)
    return command


def served(numbatch: Command, options: SimulatorOptions) -> Iterator[ServedSimulator]:
    with ServedSimulator(options) as simulator:
        numbatch.environ.update(simulator.environ)
        yield simulator


@pytest.fixture
def simulator(numbatch: Command) -> Iterator[ServedSimulator]:
    yield from served(numbatch, SimulatorOptions(latency=(0.0, 0.002)))


@pytest.fixture
def rough(numbatch: Command) -> Iterator[ServedSimulator]:
    yield from served(numbatch, SimulatorOptions(latency=(0.0, 0.002), release_faults=FAULTS, seed=3))


def bought(numbatch: Command) -> str:
    done = numbatch("run", "orders.csv", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["run"]


def held(simulator: ServedSimulator) -> list[str]:
    return sorted(one.number for one in simulator.record().holdings if one.number in NUMBERS)


def test_killed_amid_it_and_repeated_it_gives_everything_back_and_the_results_say_what_the_provider_knows(
    numbatch, rough
):
    (numbatch.cwd / "control.csv").write_text("Number\n33123450100\n")  # a number that vouches for the last one
    assert numbatch("run", "control.csv", "-q").returncode == 0
    run = bought(numbatch)
    command = ("release", run, "--confirm", run, "--rate", "40")
    for _ in range(3):
        before = len(held(rough))
        process = numbatch.start(*command)
        deadline = time.monotonic() + 60
        while process.poll() is None and len(held(rough)) > before - 4:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
        process.communicate(timeout=60)
    done = numbatch(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert held(rough) == []
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    assert done.stdout.splitlines()[-1] == results.name
    assert set(rows_of(results).values()) == {"released"}
    charged = [one for one in rough.charged if one in NUMBERS]
    assert not list(disagreements(results, charged))
    assert sorted(charged) == NUMBERS


def test_some_are_given_back_and_the_others_stay_and_nothing_is_bought_again(numbatch, simulator):
    run = bought(numbatch)
    (numbatch.cwd / "some.csv").write_text("Number\n33123450003\n33123450004\n")
    done = numbatch("release", run, "--confirm", run, "--only", "some.csv", "33123450005,+33 1 23 45 00 06", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["released"], told["kept"], told["in_doubt"], told["left"]) == (4, {}, [], 0)
    assert held(simulator) == [one for one in NUMBERS if one not in NUMBERS[3:7]]
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    header, *rows = load_workbook(results)["Results"].iter_rows(values_only=True)
    told = {row[header.index("Number")]: row for row in rows}
    assert told[NUMBERS[3]][header.index("Charged")] == "yes"
    assert "given back on" in told[NUMBERS[3]][header.index("Reason")]
    assert not list(disagreements(results, simulator.charged))
    assert numbatch("release", run, "--confirm", run, "--limit", "2").returncode == 8
    listed = numbatch("runs").stdout.splitlines()
    assert [line.split()[-1] for line in listed[1:]] == ["Files", "orders.csv"]
    assert "released" in listed[1]
    assert listed[2].split()[-2:] == ["6", "orders.csv"], "beside those still purchased, those given back"
    assert numbatch("run", "orders.csv", "-q").returncode == 0
    assert len(simulator.charged) == 20
    again = numbatch("release", run, "--confirm", run, "--only", NUMBERS[3], "--json")
    assert (again.returncode, json.loads(again.stdout)["released"]) == (0, 0)


def test_an_order_workbook_means_the_alternative_that_was_bought_in_place_of_its_number(numbatch, simulator):
    orders = numbatch.cwd / "orders.csv"
    header, spare = "Number,Type,URI,Alternative\n", ("33123450020", "33123450021")
    rows = [f"{one},SIP,a@b.example.com,{other}\n" for one, other in zip(NUMBERS, spare, strict=False)]
    orders.write_text(header + "".join(rows))
    simulator.simulator.script(NUMBERS[0], "withdrawn")
    run = bought(numbatch)
    assert sorted(simulator.charged) == [NUMBERS[1], spare[0]]
    (numbatch.cwd / "first.csv").write_text(header + rows[0])
    done = numbatch("release", run, "--confirm", run, "--only", "first.csv", "--json")
    assert (done.returncode, json.loads(done.stdout)["released"]) == (0, 1), done.stderr
    assert held(simulator) == [NUMBERS[1]]
    (numbatch.cwd / "strange.csv").write_text(header + "33123450015,SIP,a@b.example.com,33123450016\n")
    done = numbatch("release", run, "--confirm", run, "--only", "strange.csv", spare[1])
    assert (done.returncode, "does not order 33123450015 and 1 other number" in done.stderr) == (2, True), done.stderr


def test_what_is_not_meant_is_not_done(numbatch, simulator):
    """Nothing to give back, nobody to ask, a wrong name, numbers of no concern, another world: exit 2, and nothing is sent."""
    before = sorted(numbatch.home.rglob("*"))
    for more in (("--confirm", "7f3a"), ("--dry-run",)):
        nothing = numbatch("release", "7f3a", *more)
        assert (nothing.returncode, "here is no ledger" in nothing.stderr) == (2, True), nothing.stderr
    assert [one for one in sorted(numbatch.home.rglob("*")) if one not in before and one.suffix == ".ledger"] == []
    run = bought(numbatch)
    for arguments, words in [
        (("release", run), "needs --confirm RUN"),
        (("release", run, "--confirm", run[:2]), "the run is"),
        (("release", run, "--confirm", run, "--only", "33123459999"), "does not order 33123459999"),
        (("release", run, "--confirm", run, "--environment", "live"), "is live, and"),
        (("release", run, "--confirm", run, "-o", "orders.csv"), "orders.csv"),
    ]:
        done = numbatch(*arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert words in done.stderr
    shown = numbatch("release", run[:3], "--dry-run", "--json", env={"NUMBATCH_PASSWORD": ""})
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["numbers"] == 20
    assert held(simulator) == NUMBERS
    other = numbatch("release", run, "--confirm", run, env={"NUMBATCH_PASSWORD": "wrong-canary"})
    assert other.returncode == 5
    assert held(simulator) == NUMBERS


def at_terminal(numbatch: Command, answer: str, *arguments: object) -> tuple[int, str]:
    with pseudo_terminal() as (ours, theirs):
        process = subprocess.Popen(
            numbatch.words(*arguments),
            env=numbatch.env({"TERM": "xterm"}),
            cwd=numbatch.cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, answer.encode())
        shown = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        return process.wait(60), shown.decode()


def test_at_a_terminal_the_runs_name_must_be_typed(numbatch, simulator):
    run = bought(numbatch)
    code, shown = at_terminal(numbatch, "yes\n", "release", run)
    assert (code, held(simulator)) == (2, NUMBERS)
    assert "20 numbers to give back" in shown
    assert "not refunded" in shown
    assert "not confirmed" in shown
    code, shown = at_terminal(numbatch, f"{run}\n", "release", run)
    assert (code, held(simulator)) == (0, [])


def test_what_a_person_gave_back_is_bought_again_by_a_run_or_a_plan_that_says_so(numbatch):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002), reserved_for=0.1)) as simulator:
        numbatch.environ.update(simulator.environ)
        bought(numbatch)
        form = f"UserName={numbatch.environ['NUMBATCH_USERNAME']}&Password={numbatch.environ['NUMBATCH_PASSWORD']}"
        for number in NUMBERS[:2]:
            with urlopen(f"{simulator.base_url}/releasenumbers/", data=f"{form}&Number={number}".encode()) as answer:  # noqa: S310 - on this machine
                assert number in answer.read().decode()
        for name, numbers in (("again", NUMBERS[:3:2]), ("more", NUMBERS[1:2])):
            rows = [f"{number},SIP,{number[-4:]}@pbx.example.com\n" for number in numbers]
            (numbatch.cwd / f"{name}.csv").write_text("Number,Type,URI\n" + "".join(rows))
        gone = numbatch("run", "again.csv", "--json")
        assert (gone.returncode, json.loads(gone.stdout)["counts"]["not sent"]) == (4, 1)
        assert "--rebuy does" in numbatch("run", "again.csv").stdout

        kept = json.loads(numbatch("plan", "again.csv", "--json").stdout)
        assert (kept["to_buy"], kept["already_owned"], kept["no_longer_held"]) == (0, 2, 1)
        plan = json.loads(numbatch("plan", "again.csv", "--rebuy", "--json", "-o", "plan.json").stdout)
        assert (plan["to_buy"], plan["already_owned"], plan["verdict"]) == (1, 1, "GO")
        assert [one for one in plan["remarks"] if "bought again" in one and NUMBERS[0] in one]
        done = numbatch("run", "--plan", "plan.json", "--json")
        counts = json.loads(done.stdout)["counts"]
        assert (done.returncode, counts["purchased"], counts["already owned"]) == (0, 1, 1)
        assert numbatch("run", "more.csv", "--rebuy").returncode == 0
        assert [simulator.charged.count(number) for number in NUMBERS[:3]] == [2, 2, 1]
        assert held(simulator) == NUMBERS
