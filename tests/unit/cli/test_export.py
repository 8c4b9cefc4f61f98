"""`export` in this process, over a real ledger: its files read back, its words and its exit codes."""

from __future__ import annotations

import csv
import json
import os
from types import SimpleNamespace

import pytest

from batch.cli import main
from batch.cli.exports import remarks_of
from batch.ledger.records import Environment, LedgerKey
from batch.reconciler.exporting.held import Holding

ORDERS = """Number,Type,URI,Description,Destination,Cost centre
12025550123,SIP,bob:hunter22@pbx.example.com,Desk,"from-did-direct,200,1",=1+1
33123450000-33123450001,SIP,{number}@sbc.example.net,Line {last4},,4100
"""


@pytest.fixture(scope="module")
def bought(tmp_path_factory):
    """A ledger with a rehearsal's run of three numbers."""
    home = tmp_path_factory.mktemp("bought")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.chdir(home)
        (home / "orders.csv").write_text(ORDERS)
        command = [
            "run",
            "orders.csv",
            "--simulate",
            "--speed",
            "1000",
            "--ledger",
            "ledger",
            "-o",
            "results.xlsx",
            "-q",
        ]
        assert main.run(command) == 0
    return home


@pytest.fixture
def export(bought, tmp_path, monkeypatch, capsys):
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main.run(["export", *map(str, arguments), "--ledger", str(bought / "ledger")])
        said = capsys.readouterr()
        assert "hunter" not in said.out + said.err
        return code, said.out, said.err

    return run


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_without_a_path_it_goes_beside_the_orders_and_nothing_there_is_replaced(export, tmp_path):
    code, out, err = export()
    assert (code, err) == (0, "  a rehearsal: nothing of this was really bought\n")
    assert out.startswith("3 numbers of run ")
    assert out.endswith(": orders-export.csv\n")
    [header, first, *_] = rows_of(tmp_path / "orders-export.csv")
    assert header == [
        "Number",
        "Status",
        "Country",
        "Source row",
        "Run",
        "Description",
        "Type",
        "URI",
        "Destination",
        "Cost centre",
    ]
    assert first[0] == "+12025550123"
    assert first[7:] == ["bob:hunter22@pbx.example.com", "from-did-direct,200,1", '="=1+1"']
    code, _, err = export()
    assert code == 2
    assert "orders-export.csv is there already" in err
    assert export("--force", "-q") == (0, "", "")


def test_each_format_is_written_as_its_importer_takes_it(export, tmp_path):
    assert export("--format", "teams", "-o", "t.csv", "-q") == (0, "", "")
    assert (tmp_path / "t.csv").read_bytes() == b"TelephoneNumber\r\n+12025550123\r\n+33123450000\r\n+33123450001\r\n"
    code, _, err = export("--format", "freepbx", "-o", "f.csv")
    assert code == 0
    assert "2 numbers without a destination" in err
    assert rows_of(tmp_path / "f.csv") == [
        ["description", "extension", "cidnum", "destination"],
        ["Desk", "12025550123", "", "from-did-direct,200,1"],
        ["Line 0000", "33123450000", "", ""],
        ["Line 0001", "33123450001", "", ""],
    ]


def test_a_template_of_the_users_own_is_filled_or_refused_by_its_line(export, tmp_path):
    (tmp_path / "n.txt.j2").write_text(
        "{% for one in numbers %}\n{{ one.e164 }} {{ one.fields.Description }}\n{% endfor %}\n"
    )
    assert export("--template", "n.txt.j2", "-q") == (0, "", "")
    assert (
        tmp_path / "orders-template.txt"
    ).read_text() == "+12025550123 Desk\n+33123450000 Line 0000\n+33123450001 Line 0001\n"
    (tmp_path / "bad.j2").write_text("\n{{ numbers[0].fields.URI|int + nope }}")
    code, _, err = export("--template", "bad.j2", "-o", "bad.txt")
    assert code == 2
    assert "bad.j2, line 2: 'nope' is undefined" in err
    assert not (tmp_path / "bad.txt").exists()


def test_for_programs_the_files_and_remarks_are_told(export, bought):
    code, out, err = export("--json", "-o", "a.csv", "--format", "freepbx")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["format"], told["numbers"], told["files"]) == ("freepbx", 3, ["a.csv"])
    assert len(told["remarks"]) == 2


def test_a_run_that_bought_nothing_makes_a_file_with_its_header_and_says_so(export, tmp_path, capsys):
    (tmp_path / "none.csv").write_text("Number\n")
    ledger = ["--ledger", str(tmp_path / "ledger")]
    assert main.run(["run", "none.csv", "--simulate", *ledger, "--allow-empty", "-q", "-o", "r.xlsx"]) == 0
    capsys.readouterr()
    assert main.run(["export", *ledger, "-o", "bought.csv"]) == 0
    assert "holds no number that it bought; --with-owned adds what was owned already" in capsys.readouterr().err
    assert rows_of(tmp_path / "bought.csv") == [["Number", "Status", "Country", "Source row", "Run"]]


def test_what_is_being_given_back_is_said_to_be_left_out():
    run = SimpleNamespace(name="7f3a")
    live = LedgerKey("multitel", Environment.LIVE, "acme")
    told = list(remarks_of(Holding(run, (), [], leaving=2), live, with_owned=True))
    assert told == ["run 7f3a holds no number that it bought", "2 numbers left out: being given back"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["zzzz"], "zzzz"),
        (["--format", "teams", "--template", "x.j2"], "both say how it is written"),
        (["--format", "avaya"], "avaya"),
        (["--template", "none.j2"], "can't be read"),
        (["-o", "no/where.csv"], "is not there"),
        (["-o", "."], "is a directory"),
        (["--template", "x.j2", "-o", "x.j2", "--force"], "is what it is made of"),
        (["-o", "orders.csv", "--force"], "is what it is made of"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(export, arguments, words, tmp_path):
    (tmp_path / "x.j2").write_text("x")
    (tmp_path / "orders.csv").write_text("x")
    code, out, err = export(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert [(tmp_path / name).read_text() for name in ("x.j2", "orders.csv")] == ["x", "x"]


def test_a_file_that_can_not_be_written_is_exit_code_1(export, monkeypatch):
    def no_space(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("batch.reconciler.exporting.writing.replacing", no_space)
    code, _, err = export("-o", "a.csv")
    assert code == 1
    assert "a.csv can't be written: No space left on device" in err
