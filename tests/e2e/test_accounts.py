"""A sheet for several accounts: check and plan take the chosen one's rows, and say how many others there are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support.command import Command

SETTINGS = """
environment = "rehearsal"
base_url = "http://127.0.0.1:9/json"
allow_http = true
[accounts.london]
id = "acme-uk"
[accounts.paris]
id = "acme-fr"
"""
SHEET = "Number,Type,URI,Account\n" + "".join(
    f"1202555013{last},SIP,{last}@pbx.example.com,{account}\n"
    for last, account in enumerate(("london", "Paris", "acme-fr", "paris"))
)


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "work" / "settings.toml").write_text(SETTINGS)
    (tmp_path / "work" / "orders.csv").write_text(SHEET)
    environ = {"NUMBATCH_CONFIG": str(tmp_path / "work" / "settings.toml"), "NUMBATCH_ACCOUNT": "paris"}
    return Command(tmp_path / "home", tmp_path / "work", environ)


def test_check_and_plan_take_the_chosen_accounts_rows(numbatch):
    checked = json.loads(numbatch("check", "orders.csv", "--json").stdout)
    assert (checked["valid"], checked["rows"], checked["numbers"]) == (True, 3, 3)
    [problem] = checked["problems"]
    assert (problem["code"], problem["level"]) == ("rows-of-others", "warning")
    planned = numbatch("plan", "orders.csv", "--no-look-up", "--price", "1", "--json", "-o", "PLAN.xlsx")
    told = json.loads(planned.stdout)
    assert (told["rows"], told["to_buy"]) == (3, 3)
    said = "1 row is of another account than 'paris', and not bought here: 1 of 'london'"
    assert said in told["remarks"]
    page = load_workbook(numbatch.cwd / "PLAN.xlsx")
    assert any(said in str(cell.value) for sheet in page for row in sheet.iter_rows() for cell in row)
