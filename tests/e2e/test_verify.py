"""`verify` and `bundle` as finance and auditors use them: a run, its workbook, and what became of the file since."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile

import openpyxl
import pytest
from support.command import Command

ORDERS = """Number,Description,Type,URI,Cost centre,Note
+12025550110,Line 0,1,sip:alice:hidden-word@pbx.example.com,Paris,x
+12025550136,Gone,1,sip:b@pbx.example.com,Paris,01
12025550103-12025550106,Block,1,sip:{number}@pbx.example.com,Lyon,=1+1
"""


@pytest.fixture(scope="module")
def numbatch(tmp_path_factory) -> Command:
    """A desk where a run was bought from the simulator."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("home", "work"):
        (folder / name).mkdir()
    command = Command(folder / "home", folder / "work", measured=True)
    (command.cwd / "orders.csv").write_text(ORDERS)
    done = command("run", "orders.csv", "--simulate", "--ledger", "ledger", "--speed", "1000", "-q")
    assert done.returncode == 4, done.stderr
    return command


def values(path):
    """Every sheet's cells, as another reader finds them."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_report_writes_the_workbook_of_the_run_again_cell_for_cell(numbatch):
    done = numbatch("report", "--ledger", "ledger", "-o", "again.xlsx")
    assert done.returncode == 0
    assert values(numbatch.cwd / "again.xlsx") == values(numbatch.cwd / "orders-rehearsal.xlsx")


def test_the_runs_workbook_agrees(numbatch):
    done = numbatch("verify", "orders-rehearsal.xlsx", "--ledger", "ledger")
    assert (done.returncode, done.stderr) == (0, "")
    assert "agrees with the ledger in every cell of Summary, Results, Failures, By code, Charges" in done.stdout
    assert numbatch("verify", "orders-rehearsal.xlsx", "--ledger", "ledger", "-q").stdout == ""
    told = json.loads(numbatch("verify", "orders-rehearsal.xlsx", "--ledger", "ledger", "--json").stdout)
    assert (told["agrees"], told["differences"], told["exit_code"]) == (True, [], 0)
    assert told["entry"] == told["ledger"]["entry"]


def test_each_difference_is_told_on_its_cell_and_nothing_secret_with_it(numbatch):
    path = numbatch.cwd / "changed.xlsx"
    book = openpyxl.load_workbook(numbatch.cwd / "orders-rehearsal.xlsx")
    sheet = book["Results"]
    titles = [cell.value for cell in sheet[1]]
    sheet.cell(2, titles.index("Charged now") + 1).value = 1.5
    sheet.cell(2, titles.index("URI") + 1).value = "sip:mallory:other-word@pbx.example.com"
    sheet.delete_rows(4)
    book.save(path)
    done = numbatch("verify", path, "--ledger", "ledger")
    assert done.returncode == 4
    lines = done.stdout.splitlines()
    assert lines[1].split() == ["Results!H2", "12025550110", "Charged", "now", "1.5", "3.5"]
    assert "sip:mallory:***@pbx.example.com" in lines[2]
    assert lines[3].split()[:4] == ["Results", "12025550103", "row", "missing"]
    assert lines[4].endswith("3 differences that nothing in the ledger explains")
    assert "-word" not in done.stdout
    told = json.loads(numbatch("verify", path, "--ledger", "ledger", "--json").stdout)
    assert (told["unexplained"], told["later"], told["exit_code"]) == (3, 0, 4)
    assert told["differences"][0] == {
        "kind": "value", "sheet": "Results", "cell": "H2", "column": "Charged now", "number": "12025550110", "file": "1.5",
        "ledger": "3.5", "later": False,
    }  # fmt: skip


def test_what_can_not_be_told_has_an_exit_code_of_its_own(numbatch):
    no_results = numbatch("verify", "orders.csv", "--ledger", "ledger")
    assert (no_results.returncode, no_results.stdout) == (3, "")
    assert "no .xlsx workbook" in no_results.stderr
    openpyxl.Workbook().save(numbatch.cwd / "other.xlsx")
    other = numbatch("verify", "other.xlsx", "--ledger", "ledger")
    assert other.returncode == 3
    assert "other.xlsx is no result workbook" in other.stderr
    numbatch("run", "orders.csv", "--simulate", "--speed", "1000", "--ledger", "elsewhere", "--seed", "3", "-q")
    book = openpyxl.load_workbook(numbatch.cwd / "orders-rehearsal.xlsx")
    book.custom_doc_props["numbatch run key"].value = "ab" * 32
    book.save(numbatch.cwd / "unknown.xlsx")
    unknown = numbatch("verify", "unknown.xlsx", "--ledger", "ledger")
    assert unknown.returncode == 2
    assert "this ledger has no such run" in unknown.stderr
    assert numbatch("verify", "unknown.xlsx", "--ledger", "nowhere").returncode == 2


def test_a_bundle_has_all_that_an_auditor_needs_and_the_same_bytes_again(numbatch):
    done = numbatch("bundle", "--ledger", "ledger", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    path = numbatch.cwd / told["bundle"]
    assert path.name == f"orders-rehearsal-{told['run']}.zip"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
    workbook = f"results-{told['run']}.xlsx"
    assert list(parts) == ["README.txt", workbook, "attempts.csv", "run.json", "SHA256SUMS"]
    sums = dict(reversed(line.split("  ")) for line in parts["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(content).hexdigest() for name, content in parts.items() if name != "SHA256SUMS"
    }
    assert all("hidden-word" not in content.decode() for name, content in parts.items() if name != workbook)
    refused = numbatch("bundle", "--ledger", "ledger")
    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    again = numbatch("bundle", told["run"], "--ledger", "ledger", "-o", "again.zip", "-q")
    assert (again.returncode, again.stdout) == (0, "")
    assert (numbatch.cwd / "again.zip").read_bytes() == path.read_bytes()
    assert numbatch("bundle", "--ledger", "ledger", "--force").stdout.splitlines()[0] == path.name
    (numbatch.cwd / workbook).write_bytes(parts[workbook])
    assert numbatch("verify", workbook, "--ledger", "ledger").returncode == 0


def test_a_plan_that_the_run_did_not_carry_out_is_not_bundled(numbatch):
    planned = numbatch("plan", "orders.csv", "--simulate", "-o", "plan.json", "-q")
    if planned.returncode == 2:  # a plan of a rehearsal in process can't be carried out: there is none to put in
        (numbatch.cwd / "plan.json").write_text("{}")
    done = numbatch("bundle", "--ledger", "ledger", "-o", "planned.zip", "--plan", "plan.json")
    assert done.returncode == 2
    assert not (numbatch.cwd / "planned.zip").exists()


def test_a_workbook_with_every_request_agrees(numbatch):
    done = numbatch("report", "--ledger", "ledger", "--attempts", "-o", "attempts.xlsx")
    assert done.returncode == 0
    book = openpyxl.load_workbook(numbatch.cwd / "attempts.xlsx")
    assert book.sheetnames == ["Summary", "Results", "Failures", "By code", "Charges", "Attempts"]
    assert book["Attempts"].max_row == 7
    assert numbatch("verify", "attempts.xlsx", "--ledger", "ledger").returncode == 0
