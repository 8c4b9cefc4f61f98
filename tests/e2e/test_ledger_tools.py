"""The ledger's tools through the real command: verify, backup, audit; and a person who is asked before a rebuild."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from support.command import Command, ServedSimulator, pseudo_terminal

from batch.provider.simulator import server as simulator_server

_FAST = {"NUMBATCH_RATE": "500", "NUMBATCH_RESOLVE_DELAY": "100ms", "NUMBATCH_RESOLVE_HORIZON": "200ms"}
_ORDERS = """Number,Type,URI,Channels,RingType
33123450000-33123450004,SIP,{last4}@PBX.example.com,3,random
"""


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", dict(_FAST), measured=True)


@pytest.fixture
def simulator(numbatch: Command) -> Iterator[ServedSimulator]:
    with ServedSimulator() as served:
        numbatch.environ.update(served.environ)
        yield served


@pytest.fixture
def orders(numbatch: Command) -> Path:
    path = numbatch.cwd / "orders.csv"
    path.write_text(_ORDERS)
    return path


def ledger_of(numbatch: Command) -> Path:
    [path] = (numbatch.home / ".local" / "state" / "numbatch").glob("*.ledger")
    return path


@pytest.mark.parametrize("command", [("ledger", "verify"), ("ledger", "backup"), ("audit",), ("resolve",)])
def test_every_tool_has_help_with_an_example(numbatch, command):
    done = numbatch(*command, "--help")
    assert done.returncode == 0
    assert "For example:" in done.stdout
    assert f"numbatch {' '.join(command)}" in done.stdout
    assert "--quiet, -q" in done.stdout
    assert command[0] in numbatch("--help").stdout


def test_the_ledger_command_lists_its_own(numbatch):
    for flags in ((), ("--help",)):
        done = numbatch("ledger", *flags)
        assert done.returncode == 0
        assert "numbatch ledger verify" in done.stdout
        assert "backup: Write a consistent copy" in done.stdout
    done = numbatch("ledger", "verfy")
    assert (done.returncode, 'Did you mean "verify"?' in done.stderr) == (2, True)


def test_verify_says_how_long_which_and_whether_it_agrees_and_what_is_wrong_where(numbatch, simulator, orders):
    none = numbatch("ledger", "verify")
    assert (none.returncode, "there is no ledger" in none.stderr) == (2, True)
    assert numbatch("run", orders, "-q").returncode == 0
    done = numbatch("ledger", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("whole", "entries, last written", "KiB", "id ", "head ", "agrees with its head file"):
        assert word in done.stdout
    assert numbatch("ledger", "verify", "-q").stdout == ""
    [told] = json.loads(numbatch("ledger", "verify", "--json").stdout)
    path = ledger_of(numbatch)
    assert (told["ledger"], told["ok"], told["account"], told["environment"]) == (
        str(path),
        True,
        simulator.environ["NUMBATCH_USERNAME"],
        "rehearsal",
    )
    assert told["entries"] > 10
    assert told["size"] == path.stat().st_size
    assert Path(told["head_file"]).is_file()

    # Another file among them, of which nobody can tell whose it is, is told too.
    (path.parent / "other.ledger").write_text("x" * 5000)
    for flags in ((), ("--all",)):
        both = json.loads(numbatch("ledger", "verify", "--json", *flags).stdout)
        assert sorted(one["ok"] for one in both) == [False, True]
    (path.parent / "other.ledger").unlink()

    content = bytearray(path.read_bytes())
    content[content.index(b"bought,1,1,")] ^= 1
    path.write_bytes(content)
    done = numbatch("ledger", "verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"The ledger {path} is damaged: entry " in done.stderr
    assert "numbatch resolve --rebuild ORDERS" in done.stderr
    [told] = json.loads(numbatch("ledger", "verify", "--json").stdout)
    assert (told["ok"], "damaged" in told["problem"], "--rebuild" in told["remedy"]) == (False, True, True)

    path.unlink()
    done = numbatch("ledger", "verify")
    assert (done.returncode, "says that there was one" in done.stderr) == (2, True)


def test_verify_and_backup_work_while_a_run_is_under_way(numbatch, simulator, orders):
    assert numbatch("run", orders, "--limit", "1", "-q").returncode == 8
    process = numbatch.start("run", orders, env={"NUMBATCH_RATE": "1"})
    try:
        assert numbatch("ledger", "verify").returncode == 0
        assert numbatch("ledger", "backup", "copy").returncode == 0
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate(timeout=30)
    assert (numbatch.cwd / "copy").stat().st_size > 0


def test_a_backup_is_whole_private_named_and_never_over_a_file(numbatch, simulator, orders):
    assert numbatch("run", orders, "-q").returncode == 0
    path = ledger_of(numbatch)
    place = numbatch.cwd / "backups"
    place.mkdir()
    done = numbatch("ledger", "backup", place)
    assert done.returncode == 0, done.stderr
    [copy] = place.iterdir()
    assert copy.name.startswith(f"{path.stem}-20")
    assert copy.suffix == ".ledger-backup"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert done.stdout.splitlines()[0] == str(copy)
    assert "nothing is bought with it until numbatch resolve --rebuild" in done.stdout
    told = json.loads(numbatch("ledger", "backup", "second", "--json").stdout)
    [verified] = json.loads(numbatch("ledger", "verify", "--json").stdout)
    assert (told["head"], told["entries"], told["source"]) == (verified["head"], verified["entries"], str(path))
    assert numbatch("ledger", "backup", "third", "-q").stdout == ""
    again = numbatch("ledger", "backup", "second")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    among = numbatch("ledger", "backup", path.with_name("second.ledger"))
    assert (among.returncode, "among the ledgers" in among.stderr) == (2, True)
    # Put back where nothing was bought since, it is the ledger.
    shutil.copy(copy, path)
    assert numbatch("run", orders, "-q").returncode == 0
    assert len(simulator.charged) == 5


def test_an_audit_tells_what_the_account_holds_otherwise_than_asked_for(numbatch, simulator, orders):
    assert numbatch("run", orders, "-q").returncode == 0
    done = numbatch("audit")
    assert done.returncode == 0, done.stderr
    assert "5 numbers asked about, 5 without a difference" in done.stdout
    assert "5 questions to the account at 500 a second" in done.stderr
    assert "does not report it: RingType" in done.stdout
    quiet = numbatch("audit", "-q")
    assert (quiet.stdout, quiet.stderr) == ("", "")
    before = ledger_of(numbatch).read_bytes()

    world = simulator.simulator.world
    world.release_by_hand("33123450000")
    holding = world._held["33123450001"]
    order = {**holding.order, "URI": "me:secret@elsewhere", "Channels": "4"}
    world._held["33123450001"] = dataclasses.replace(holding, order=order)
    done = numbatch("audit")
    assert done.returncode == 4
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["33123450000", "purchased", "not", "in", "the", "account"] in lines
    assert ["33123450001", "purchased", "URI", "0001@PBX.example.com", "me:***@elsewhere"] in lines
    assert ["33123450001", "purchased", "Channels", "3", "4"] in lines
    told = json.loads(numbatch("audit", "--json").stdout)
    assert (told["asked"], told["agree"], told["exit_code"], told["not_compared"]) == (5, 3, 4, ["RingType"])
    assert [(one["number"][-1], one["what"], one["field"]) for one in told["differences"]] == [
        ("0", "gone", None),
        ("1", "differs", "URI"),
        ("1", "differs", "Channels"),
    ]
    assert ledger_of(numbatch).read_bytes() == before, "an audit records nothing"
    assert len(simulator.charged) == 5

    blocked = numbatch("audit", env={"NUMBATCH_PASSWORD": "wrong-password"})
    assert blocked.returncode == 5
    assert "could not be told: the account was refused (100)" in blocked.stdout


def test_an_audit_is_a_workbook_too_and_replaces_nothing_but_its_own(numbatch, simulator, orders):
    orders.write_text(_ORDERS.replace("RingType", "RingType,Vm").replace("random", "random,yes"))
    assert numbatch("run", orders, "-q").returncode == 0
    world = simulator.simulator.world
    world.release_by_hand("33123450000")
    done = numbatch("audit", "-o", "audit.xlsx", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["exit_code"], told["workbook"]) == (4, 4, "audit.xlsx")
    assert (told["retired"], told["not_compared"]) == (["Vm"], ["RingType"])
    book = openpyxl.load_workbook(numbatch.cwd / "audit.xlsx")
    assert book.sheetnames == ["Summary", "Differences", "Numbers"]
    assert [row[3].value for row in book["Differences"].iter_rows(min_row=2)] == ["gone"]
    assert [row[1].value for row in book["Numbers"].iter_rows(min_row=2)] == ["gone", *["agrees"] * 4]
    assert "Rehearsal: nothing was bought" in book["Numbers"].oddHeader.center.text

    results = numbatch.cwd / "orders-rehearsal.xlsx"
    before = results.read_bytes()
    for name, words in (
        (results, "no audit's workbook"),
        (orders, "no name for a workbook"),
        ("no/a.xlsx", "not there"),
    ):
        refused = numbatch("audit", "-o", name)
        assert (refused.returncode, words in " ".join(refused.stderr.split())) == (2, True), refused.stderr
    assert results.read_bytes() == before
    again = numbatch("audit", "-o", "audit.xlsx", "--language", "de")
    assert (again.returncode, "workbook: audit.xlsx" in again.stdout) == (4, True)
    assert openpyxl.load_workbook(numbatch.cwd / "audit.xlsx")["Summary"]["B2"].value == "Rufnummernabgleich"


@pytest.mark.parametrize(("says", "code"), [("y\n", 0), ("n\n", 2)])
def test_a_person_is_asked_before_a_live_ledger_is_made_from_the_account(numbatch, monkeypatch, orders, says, code):
    monkeypatch.setattr(simulator_server, "HANDSHAKE", "something-else")
    with ServedSimulator() as served, pseudo_terminal() as (ours, theirs):
        numbatch.environ.update(served.environ, NUMBATCH_ENVIRONMENT="live")
        assert numbatch("init").returncode == 0
        assert numbatch("run", orders, "--yes", "--max-numbers", "9", "-q").returncode == 0
        path = ledger_of(numbatch)
        path.unlink()
        os.write(ours, says.encode())
        process = subprocess.Popen(
            numbatch.words("resolve", "--rebuild", orders),
            env=numbatch.env(),
            cwd=numbatch.cwd,
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
        )
        shown, _ = process.communicate(timeout=60)
        asked = os.read(ours, 65536).decode()
    assert process.returncode == code
    assert "Make the ledger from what the account shows? [y/N]" in asked
    assert path.exists() == (code == 0)
    assert ("found ours" in shown.decode()) == (code == 0)
