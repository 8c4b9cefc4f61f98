"""`report --month` in this process, over a real ledger: the workbook's sums tie, and it says what it is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest

from batch.cli import main
from batch.reconciler.monthly.model import BookRate

ORDERS = """Number,URI,Price,Cost centre
12025550123,bob@pbx.example.com,5,Sales
33123450000-33123450003,{number}@sbc.example.net,5,Support
"""


@pytest.fixture(scope="module")
def bought(tmp_path_factory):
    """A ledger with two rehearsal runs of five numbers and one."""
    home = tmp_path_factory.mktemp("bought")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("TZ", "UTC")
        patch.chdir(home)
        (home / "orders.csv").write_text(ORDERS)
        (home / "more.csv").write_text("Number,URI,Cost centre\n12025550177,bob@pbx.example.com,Sales\n")
        for one in ("orders", "more"):
            command = ["run", f"{one}.csv", "--simulate", "--speed", "1000", "--ledger", "ledger", "-q"]
            assert main.run([*command, "-o", f"{one}-results.xlsx"]) == 0
    return home


@pytest.fixture
def report(bought, tmp_path, monkeypatch, capsys):
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main.run(["report", *map(str, arguments), "--ledger", str(bought / "ledger")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def month():
    return f"{datetime.now(UTC):%Y-%m}"


def rows(path, sheet):
    header, *found = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in found]


def test_the_sums_of_charges_runs_and_groups_are_those_of_the_runs_own_workbooks(report, bought, tmp_path):
    code, out, err = report("--month", month(), "-o", "month.xlsx")
    assert (code, err) == (0, "")
    assert f"{month()}: 6 purchases in 2 runs" in out
    path = tmp_path / "month.xlsx"
    assert openpyxl.load_workbook(path).sheetnames == ["Summary", "Charges", "By run", "By group"]
    charges = rows(path, "Charges")
    own = [row for one in ("orders", "more") for row in rows(bought / f"{one}-results.xlsx", "Charges")]
    assert [{name: row[name] for name in own[0]} for row in charges] == own
    total = round(sum(row["Amount"] for row in charges), 2)
    assert total > 0
    assert round(sum(row["Charged"] for row in rows(path, "By run")), 2) == total
    groups = {row["Cost centre"]: row["Charged"] for row in rows(path, "By group")}
    assert set(groups) == {"Sales", "Support"}
    assert round(sum(groups.values()), 2) == total
    words = [
        cell for row in openpyxl.load_workbook(path)["Summary"].iter_rows(values_only=True) for cell in row if cell
    ]
    assert words.count("✓ ties") == 3
    assert total in words
    assert "Rehearsal: nothing was bought" in words


def test_a_month_without_purchases_is_a_workbook_that_says_so(report, tmp_path):
    code, out, _ = report("--month", "2019-02")
    assert code == 0
    assert "2019-02: nothing was bought in this period" in out
    path = tmp_path / "numbatch-2019-02-rehearsal.xlsx"
    assert rows(path, "Charges") == []
    words = [
        cell for row in openpyxl.load_workbook(path)["Summary"].iter_rows(values_only=True) for cell in row if cell
    ]
    assert "Nothing was bought in this period" in words


def test_days_are_those_of_the_time_zone(report, bought, tmp_path, monkeypatch):
    own = rows(bought / "orders-results.xlsx", "Results")[0]["Requested at (UTC)"]
    for zone, hours in (("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12)):
        monkeypatch.setenv("NUMBATCH_TIMEZONE", zone)
        assert report("--from", "2019-01-01", "-o", f"at{hours}.xlsx")[0] == 0
        local = (own + timedelta(hours=hours)).date()
        assert rows(tmp_path / f"at{hours}.xlsx", "Charges")[0]["Posting date (local)"].date() == local
        assert report("--from", local, "--to", local, "-o", f"on{hours}.xlsx")[0] == 0
        assert len(rows(tmp_path / f"on{hours}.xlsx", "Charges")) > 0
        assert report("--to", local - timedelta(days=1), "-o", f"before{hours}.xlsx")[0] == 0
        assert rows(tmp_path / f"before{hours}.xlsx", "Charges") == []


def test_a_file_that_is_no_month_of_ours_is_not_replaced(report, bought, tmp_path):
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"mine")
    code, _, err = report("--month", month(), "-o", "mine.xlsx")
    assert code == 2
    assert "it is not replaced" in err
    assert path.read_bytes() == b"mine"
    assert report("--month", month(), "-o", "mine.xlsx", "--force", "-q") == (0, "", "")
    assert report("--month", month(), "-o", "mine.xlsx", "-q")[0] == 0  # its own is


@pytest.mark.parametrize(
    "wrong", [("7f3a", "--month", "2026-11"), ("--month", "2026-13"), ("--month", "2026-11", "--attempts")]
)
def test_what_makes_no_sense_together_is_refused(report, wrong):
    assert report(*wrong)[0] == 2


def test_totals_are_shown_in_the_currency_of_the_books_at_the_rate_that_was_set(report, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBATCH_BOOK_CURRENCY", "eur")
    assert report("--month", month())[0] == 2  # without a rate
    monkeypatch.setenv("NUMBATCH_BOOK_RATE", "0.9215")
    monkeypatch.setenv("NUMBATCH_BOOK_RATE_DATE", "2026-11-30")
    assert report("--month", month(), "-o", "m.xlsx")[0] == 0
    words = [
        cell for row in openpyxl.load_workbook("m.xlsx")["Summary"].iter_rows(values_only=True) for cell in row if cell
    ]
    total = sum(Decimal(str(row["Amount"])) for row in rows(tmp_path / "m.xlsx", "Charges"))
    assert float((total * Decimal("0.9215")).quantize(Decimal("0.01"))) in words
    assert any("1 USD = 0.9215 EUR, as of 2026-11-30" in str(one) for one in words)


@pytest.mark.parametrize(("name", "wrong"), [("RATE", "0"), ("RATE", "much"), ("RATE_DATE", "30.11.2026")])
def test_a_rate_that_is_none_is_refused(report, monkeypatch, name, wrong):
    monkeypatch.setenv(f"NUMBATCH_BOOK_{name}", wrong)
    code, _, err = report("--month", month())
    assert code == 2
    assert f"NUMBATCH_BOOK_{name}" in err


def test_a_half_cent_goes_to_the_even_one():
    rate = BookRate("EUR", Decimal("0.5"), None)
    assert (rate.converted(Decimal("0.01")), rate.converted(Decimal("0.03"))) == (Decimal("0.00"), Decimal("0.02"))
