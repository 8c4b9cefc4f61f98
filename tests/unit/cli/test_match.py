"""`match` in this process, over a real ledger: what it says, to people and to programs, its workbook and its exit codes."""

from __future__ import annotations

import csv
import json
import os

import openpyxl
import pytest

from batch.cli import main
from batch.cli.matching import columns_of, find_period, parse_rate
from batch.errors import UsageError

ORDERS = """Number,Type,URI,Price
12025550123,SIP,bob@pbx.example.com,5
33123450000-33123450003,SIP,{number}@sbc.example.net,5
"""


@pytest.fixture(scope="module")
def bought(tmp_path_factory):
    """A ledger with a rehearsal's run of five numbers, and its result workbook."""
    home = tmp_path_factory.mktemp("bought")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("TZ", "UTC")
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
def match(bought, tmp_path, monkeypatch, capsys):
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)

    def run(*arguments, ledger=bought / "ledger"):
        code = main.run(["match", *map(str, arguments), "--ledger", str(ledger)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def charges(bought, tmp_path):
    """The charges of the run, as its workbook has them, as a file that may be changed."""
    header, *rows = openpyxl.load_workbook(bought / "results.xlsx")["Charges"].iter_rows(values_only=True)

    def write(change=lambda rows: rows, name="invoice.csv"):
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *change([list(row) for row in rows])])
        return path

    return write


def test_the_charges_of_our_own_workbook_agree_and_nothing_is_said_when_quiet(match, charges, bought):
    assert match(charges(), "-q") == (0, "", "")
    assert match(bought / "results.xlsx", "--sheet", "Charges", "-q") == (0, "", "")
    code, out, err = match(charges())
    assert (code, err) == (0, "")
    assert "Rehearsal: nothing of this was really bought" in out
    assert "difference 0.00: 0.00 explained, 0.00 not" in out
    assert "Amount = Amount" in out


def test_what_differs_is_told_with_its_row_and_exit_code_4(match, charges):
    def change(rows):
        rows[0][4] = 9.5  # another price
        return [*rows[:-1], ["", None, "12025550199", "setup", 1, "USD"], ["", None, "Total", "", 1, "USD"]]

    code, out, _ = match(charges(change), "-q")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 4
    assert any(line.startswith("12025550123 price differs 9.50") and "row 2" in line for line in lines)
    assert any(line.startswith("12025550199 number never seen 1.00 0.00 1.00 row") for line in lines)
    assert any("bought, not billed 0.00" in line and "its month alone" in line for line in lines)
    assert "row 12 (Total) says 1.00, its lines come to" in out


def test_for_programs_everything_is_told_and_money_is_text(match, charges, tmp_path):
    path = charges(lambda rows: [*rows, ["", None, "12025550199", "setup", 1, "USD"]])
    code, out, _ = match(path, "--json", "-o", "MATCH.xlsx", "--from", "2020-01-01", "--to", "2099-12-31")
    told = json.loads(out)
    assert code == told["exit_code"] == 4
    assert told["workbook"] == "MATCH.xlsx"
    assert (told["environment"], told["difference"], told["explained"], told["unexplained"]) == (
        "rehearsal",
        "1.00",
        "1.00",
        "0.00",
    )
    assert told["period"] == {"from": "2020-01-01", "to": "2099-12-31", "by": "--from 2020-01-01 --to 2099-12-31"}
    assert (told["purchases"], told["purchases_outside"], told["lines"]) == (5, 0, 11)
    [one] = told["differences"]
    assert {name: one[name] for name in ("number", "outcome", "reason", "billed", "bought", "file", "row", "run")} == {
        "number": "12025550199",
        "outcome": "billed, not bought",
        "reason": "number never seen",
        "billed": "1.00",
        "bought": "0.00",
        "file": str(path),
        "row": 12,
        "run": None,
    }
    assert [one["reason"] for one in told["reasons"]] == ["agrees", "number never seen"]
    assert openpyxl.load_workbook(tmp_path / "MATCH.xlsx").sheetnames == ["Summary", "Differences", "Lines"]


def test_another_month_than_the_purchases_makes_their_charges_those_of_another_period(match, charges):
    code, out, _ = match(charges(), "--month", "2020-01", "--json")
    told = json.loads(out)
    assert (code, told["bought"], told["purchases_outside"]) == (4, "0.00", 5)
    assert {one["reason"] for one in told["differences"]} == {"bought in another period"}


def test_columns_are_mapped_by_option_and_by_settings_and_tax_by_its_rate(match, charges, tmp_path, bought):
    text = charges().read_text().splitlines()
    (tmp_path / "other.csv").write_text(
        "\n".join([text[0].replace("Number", "Line").replace("Amount", "Billed"), *text[1:]])
    )
    assert match("other.csv", "-q")[0] == 3
    assert match("other.csv", "-q", "--column", "Line=Number", "--column", "Billed=Amount")[0] == 0
    (tmp_path / "numbatch.toml").write_text('[invoice]\nLine = "Number"\nBilled = "Amount"\n')
    assert match("other.csv", "-q")[0] == 0

    def taxed(rows):
        return [[*row[:4], round(row[4] * 1.5, 2), *row[5:]] for row in rows]

    path = charges(taxed, "taxed.csv")
    assert match(path, "-q", "--tax", "50%")[0] == 0
    assert match(path, "-q")[0] == 4


def test_the_same_workbook_is_written_again_and_nothing_else_is_ever_replaced(match, charges, tmp_path):
    path = charges()
    assert match(path, "-q", "-o", "MATCH.xlsx")[0] == 0
    assert match(path, "-q", "-o", "MATCH.xlsx")[0] == 0
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    code, _, err = match(path, "-o", "mine.xlsx")
    assert (code, (tmp_path / "mine.xlsx").read_bytes()) == (2, b"mine")
    assert "no match's workbook: it is not replaced" in err
    assert match(path, "-q", "-o", "mine.xlsx", "--force")[0] == 0
    assert match("x.xlsx", "-o", "x.xlsx")[0] == 2


def test_a_workbook_that_can_be_written_nowhere_is_exit_code_1(match, charges, monkeypatch):
    monkeypatch.setattr("batch.cli.pages.temporary_directory", list)
    monkeypatch.setattr("batch.cli.matching.ledger_directory", lambda *_: charges().parent / "gone")
    monkeypatch.setattr("batch.reconciler.matching.sheet.replacing", _no_space)
    code, out, err = match(charges(), "-o", "MATCH.xlsx", "--json")
    assert (code, json.loads(out)["workbook"], json.loads(out)["exit_code"]) == (1, None, 1)
    assert "the match's workbook could not be written" in err


def _no_space(path):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "INVOICE"),
        (["none.csv"], 3, "there is no such file"),
        (["x.csv", "--month", "November"], 2, "is no month"),
        (["x.csv", "--month", "2026-13"], 2, "is no month"),
        (["x.csv", "--month", "2026-11", "--from", "2026-11-01"], 2, "both name a period"),
        (["x.csv", "--from", "1.11.2026"], 2, "is no day"),
        (["x.csv", "--from", "2026-11-02", "--to", "2026-11-01"], 2, "is before"),
        (["x.csv", "--tax", "much"], 2, "is no rate"),
        (["x.csv", "--column", "Billed"], 2, "names no column"),
        (["x.csv", "--column", "Billed=Sum"], 2, "nothing on an invoice called so"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(match, arguments, code, words, tmp_path):
    (tmp_path / "x.csv").write_text("Number,Amount\n12025550123,1\n")
    found, out, err = match(*arguments)
    assert (found, out) == (code, "")
    assert words in err


def test_without_a_ledger_it_says_where_it_looked(match, tmp_path):
    (tmp_path / "x.csv").write_text("Number,Amount\n12025550123,1\n")
    code, _, err = match("x.csv", ledger=tmp_path / "none")
    assert code == 2
    assert "there is no ledger in" in err


def test_what_an_invoice_was_read_as_is_told_with_its_rate_of_tax_and_where_the_workbook_is(match, charges):
    def taxed(rows):
        return [[*row[:4], round(row[4] * 1.5, 2), *row[5:]] for row in rows]

    path = charges(taxed)
    path.write_text(path.read_text().replace("Confirmed", "Total", 1))
    code, out, _ = match(path, "--tax", "50%", "-o", "MATCH.xlsx")
    assert code == 0
    assert "tax of 50%, as given" in out
    assert "left alone, for another column is the amount: Total" in out
    assert "workbook: MATCH.xlsx" in out
    path = charges(lambda rows: [[*row[:4], round(row[4] * 1.2, 2), *row[5:]] for row in rows])
    code, out, _ = match(path)
    assert code == 4
    assert "tax of 20%, told by the amounts: check it" in out


def test_a_period_without_a_purchase_is_said_to_have_none(match, charges):
    out = match(charges(), "--month", "2020-01")[1]
    assert "no purchase is in this period: name the one that the invoice is for" in out


def test_at_a_terminal_the_first_of_many_differences_are_listed(match, tmp_path, monkeypatch):
    monkeypatch.setattr("batch.cli.commands.match.is_terminal", lambda _: True)
    rows = "".join(f"120255501{n:02},1\n" for n in range(30))
    (tmp_path / "many.csv").write_text(f"Number,Amount\n{rows}")
    out = match("many.csv", "many.csv")[1]
    assert "  and 40 more: -o MATCH.xlsx or --json list all" in out
    assert "many.csv, row 2" in out
    assert "All charges: the invoice has no dates" in out


def test_options_are_read_as_people_write_them():
    assert parse_rate("20%") == parse_rate("20 %") == parse_rate("20")
    assert str(parse_rate("7,7%")) == "0.077"
    assert columns_of({"a": "Number", "b": False, "c": True}, ["d = Amount", "a=false", "x=y=Date"]) == {
        "a": False,
        "b": False,
        "d": "Amount",
        "x=y": "Date",
    }
    period = find_period("2024-2", None, None)
    assert (str(period.first), str(period.last)) == ("2024-02-01", "2024-02-29")
    assert find_period(None, None, "2026-11-30").first is None
    with pytest.raises(UsageError):
        parse_rate("0%")
