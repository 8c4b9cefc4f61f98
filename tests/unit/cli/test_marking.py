"""`check --annotate` in this process: what it writes and says, and its exit codes."""

from __future__ import annotations

import json
import os
import re

import openpyxl
import pytest

from batch.cli import main
from batch.loader.order_workbook import write_order_workbook

HEADERS = ["Number", "Type", "URI"]
BAD = [["1.20E+10", "SIP", "bob:hunter22@pbx.example.com"], ["12025550123", "SIPP", "a@pbx.example.com"]]
GOOD = [["12025550123", "SIP", "a@pbx.example.com"]]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_order_workbook(tmp_path / "bad.xlsx", HEADERS, BAD)
    write_order_workbook(tmp_path / "good.xlsx", HEADERS, GOOD)


@pytest.fixture
def check(capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(["check", *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    return run


def test_the_marked_workbook_is_written_and_named_last(check, tmp_path):
    before = (tmp_path / "bad.xlsx").read_bytes()
    code, out, _ = check("bad.xlsx", "--annotate", "mend.xlsx")
    assert code == 3
    assert out.splitlines()[-1] == "mend.xlsx: 3 cells marked, see its sheet Problems"
    assert (tmp_path / "bad.xlsx").read_bytes() == before
    assert openpyxl.load_workbook("mend.xlsx")["Orders"]["B3"].comment is not None
    assert check("mend.xlsx")[0] == 3


def test_a_password_of_a_cell_is_in_no_comment_and_on_no_list(check):
    check("bad.xlsx", "--annotate", "mend.xlsx")
    book = openpyxl.load_workbook("mend.xlsx")
    assert "hunter22" in book["Orders"]["C2"].value
    comments = [cell.comment.text for row in book["Orders"].iter_rows() for cell in row if cell.comment]
    listed = [str(cell.value) for row in book["Problems"].iter_rows() for cell in row]
    assert not re.search("hunter", " ".join([*comments, *listed]))


def test_a_valid_workbook_is_written_all_the_same_and_quietly_where_asked_to(check):
    assert check("good.xlsx", "--annotate", "same.xlsx", "-q") == (0, "", "")
    assert openpyxl.load_workbook("same.xlsx").sheetnames == ["Orders", "Problems"]


def test_json_names_the_marked_workbook(check):
    code, out, _ = check("bad.xlsx", "--annotate", "mend.xlsx", "--json")
    assert (code, json.loads(out)["annotated"]) == (3, "mend.xlsx")
    assert "annotated" not in json.loads(check("bad.xlsx", "--json")[1])
    code, out, _ = check("bad.xlsx", "good.xlsx", "--annotate", ".", "--json")
    assert (code, json.loads(out)["annotated"]) == (3, ["bad-problems.xlsx", "good-problems.xlsx"])


def test_several_workbooks_are_marked_into_a_folder_each_with_its_own_problems(check, tmp_path):
    (tmp_path / "out").mkdir()
    code, out, _ = check("bad.xlsx", "good.xlsx", "--annotate", "out")
    assert code == 3
    for name, words in (("bad", "3 cells marked, see its sheet Problems"), ("good", "nothing to mark")):
        assert f"out/{name}-problems.xlsx: {words}" in out.splitlines()
        listed = openpyxl.load_workbook(f"out/{name}-problems.xlsx")["Problems"]
        assert f"of {name}.xlsx." in listed["A2"].value


def test_what_may_not_be_written_is_refused_before_anything_is_read(check, tmp_path):
    (tmp_path / "there.xlsx").write_text("mine")
    for asked, words in (("there.xlsx", "is there already"), ("bad.xlsx", "itself"), ("bad.csv", "is marked as .xlsx")):
        code, out, err = check("bad.xlsx", "--annotate", asked)
        assert (code, out) == (2, "")
        assert words in err
    assert (tmp_path / "there.xlsx").read_text() == "mine"
    assert check("bad.xlsx", "--annotate", "there.xlsx", "--force")[0] == 3
    assert (tmp_path / "there.xlsx").read_bytes().startswith(b"PK")
    code, _, err = check("bad.xlsx", "--stock", "-o", "x.xlsx", "--annotate", "x.xlsx")
    assert (code, "the same file" in err) == (2, True)


def test_where_marking_fails_the_result_of_the_check_is_said_all_the_same(check, monkeypatch):
    from batch.loader.annotating import asking  # noqa: PLC0415

    monkeypatch.setattr(asking, "_MEMORY", 1 << 20)
    code, out, err = check("bad.xlsx", "--annotate", "mend.xlsx")
    assert code == 3
    assert "2 rows → 0 numbers: invalid" in out
    assert "bad.xlsx can't be annotated" in err
    code, out, err = check("good.xlsx", "--annotate", "mend.xlsx", "--json")
    assert (code, json.loads(out)["annotated"], json.loads(out)["valid"]) == (3, None, True)
    assert "can't be annotated" in err
