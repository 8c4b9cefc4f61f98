"""`diff` in this process: what it says, to people and to programs, and its exit codes."""

from __future__ import annotations

import json
import os

import pytest

from batch.cli import main
from batch.loader.order_workbook import write_order_workbook

HEAD = "Number,Type,URI,Cost centre,Price\n"
OLD = f"""{HEAD}33123450000-33123450009,SIP,{{number}}@sbc1.example.net,4100,5
12025550123,SIP,bob:hunter22@pbx.example.com,4200,5
12025550124,SIP,bob@pbx.example.com,4200,5
12025550125,SIP,bob@pbx.example.com,4200,5
"""
NEW = """Number,Type,URI,Cost centre,Price,Order no
12025550123,SIP,bob:hunter23@pbx.example.com,4200,5,
+1 202 555 0124,1,bob@pbx.example.com,4300,6.50,
33123450000-33123450010,SIP,{number}@sbc2.example.net,4100,5,
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.csv").write_text(OLD)
    (tmp_path / "new.csv").write_text(NEW)


@pytest.fixture
def diff(capsys):
    def run(*arguments):
        code = main.run(["diff", *arguments])
        said = capsys.readouterr()
        assert "hunter" not in said.out + said.err
        return code, said.out, said.err

    return run


def test_each_kind_of_change_is_told_apart_and_passwords_are_not_told(diff):
    code, out, err = diff("old.csv", "new.csv")
    assert (code, err) == (4, "")
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "Added: 1 number",
        "33123450010",
        "Gone: 1 number",
        "12025550125",
        "Routing changed: 11 numbers",
        "Number What Old New",
        "12025550123 URI bob:***@pbx.example.com bob:***@pbx.example.com (differs in what is not shown)",
        "33123450000-33123450009 (10) URI {number}@sbc1.example.net {number}@sbc2.example.net",
        "Price changed: 1 number",
        "Number What Old New",
        "12025550124 Price 5 6.5",
        "Your columns changed: 1 number",
        "Number What Old New",
        "12025550124 Cost centre 4200 4300",
        "Column added: Order no",
        "The same: 0 orders",
    ]


def test_for_programs_every_number_is_told(diff):
    code, out, _ = diff("old.csv", "new.csv", "--json")
    found = json.loads(out)
    assert code == 4
    assert found["added"] == [{"number": "33123450010"}]
    assert found["gone"] == [{"number": "12025550125"}]
    assert len(found["changed"]) == 12
    assert found["changed"][1] == {
        "number": "12025550124",
        "order": [],
        "routing": [],
        "price": {"name": "Price", "old": "5", "new": "6.5"},
        "columns": [{"name": "Cost centre", "old": "4200", "new": "4300"}],
    }
    assert (found["columns_added"], found["columns_gone"], found["same"]) == (["Order no"], [], 0)


def test_no_difference_is_exit_0_and_nothing_is_said_when_quiet(diff):
    assert diff("old.csv", "old.csv") == (0, "The same: 13 orders\n", "")
    assert diff("old.csv", "old.csv", "-q") == (0, "", "")
    assert diff("new.csv", "old.csv", "-q")[0] == 4
    assert json.loads(diff("old.csv", "old.csv", "--json")[1])["same"] == 13


def test_at_a_terminal_the_first_of_many_are_listed(diff, tmp_path, monkeypatch):
    monkeypatch.setattr("batch.cli.commands.diff.is_terminal", lambda _: True)
    (tmp_path / "none.csv").write_text("Number,\x1b[31mNotes\n12025550123,x\n")
    numbers = "\n".join(str(12025550200 + 2 * n) for n in range(60))
    (tmp_path / "many.csv").write_text(f"Number\n{numbers}\n")
    out = diff("none.csv", "many.csv")[1]
    assert "  and 10 more lines: --json lists all\nGone: 1 number" in out
    assert "\x1b" not in out


def test_a_workbook_and_a_csv_of_the_same_orders_are_the_same(diff, tmp_path):
    rows = [line.split(",") for line in OLD.splitlines()[1:]]
    write_order_workbook(tmp_path / "old.xlsx", HEAD.strip().split(","), rows)
    assert diff("old.csv", "old.xlsx")[0] == 0


def test_sheets_of_both_can_be_named(diff, tmp_path):
    write_order_workbook(tmp_path / "one.xlsx", ["Number"], [["12025550123"]])
    write_order_workbook(tmp_path / "two.xlsx", ["Number"], [["12025550124"]])
    assert diff("one.xlsx", "two.xlsx", "--sheet", "Orders")[0] == 4
    code, out, err = diff("one.xlsx", "two.xlsx", "--sheet", "Orders", "--old-sheet", "Failures")
    assert (code, out) == (3, "")
    assert "one.xlsx" in err
    assert "two.xlsx" not in err


@pytest.mark.parametrize("place", [0, 1])
def test_a_sheet_that_is_wrong_or_missing_is_named_and_exit_3(diff, tmp_path, place):
    (tmp_path / "bad.csv").write_text("Number,Type\n12025550123,Tel\n")
    for name, words in (("bad.csv", "field-word"), ("missing.csv", "no such file")):
        paths = ["old.csv", "new.csv"]
        paths[place] = name
        code, out, err = diff(*paths)
        assert (code, out) == (3, "")
        assert name in err
        assert words in err
        code, out, _ = diff(*paths, "--json")
        found = json.loads(out)
        assert (code, found["file"], found["valid"]) == (3, name, False)
        assert found["problems"]


def test_wishes_are_told_by_their_prefix(diff, tmp_path):
    (tmp_path / "a.csv").write_text("Number,Prefix,AnyOf,URI\n,1203,50,a@pbx.example.com\n,1212,5,\n")
    (tmp_path / "b.csv").write_text("Number,Prefix,AnyOf,URI\n,1203,60,a@pbx.example.com\n,1415,1,\n")
    code, out, _ = diff("a.csv", "b.csv")
    assert code == 4
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:4] == ["Added: 1 number", "any 1 under 1415", "Gone: 5 numbers", "any 5 under 1212"]
    assert "any 60 under 1203 AnyOf 50 60" in lines
    assert json.loads(diff("a.csv", "b.csv", "--json")[1])["changed"][0]["any_of"] == 60
