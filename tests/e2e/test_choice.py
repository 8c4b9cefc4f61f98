"""Numbers by choice and alternatives, end to end: checked, planned, bought as planned, and told."""

from __future__ import annotations

import json

import pytest
from openpyxl import load_workbook
from support.agreement import rows_of
from support.command import Command, ServedSimulator

from batch.provider.simulator import SimulatorOptions

GONE, INSTEAD = "12025550136", "12025550200"
ORDERS = f"""Prefix,AnyOf,Number,Type,URI,Alternative
1203,3,,SIP,{{number}}@pbx.example.com,
,,{GONE},SIP,{{last4}}@pbx.example.com,{INSTEAD}
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def numbatch(tmp_path):
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "work" / "orders.csv").write_text(ORDERS)
    return Command(tmp_path / "home", tmp_path / "work", {"NUMBATCH_RATE": "200"})


def test_what_a_sheet_leaves_open_is_chosen_by_the_plan_and_bought_as_it_was_chosen(numbatch):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002))) as served:
        numbatch.environ.update(served.environ)
        refused = numbatch("run", "orders.csv", "--yes")
        assert (refused.returncode, served.charged) == (3, [])
        assert "plan.json" in refused.stderr
        planned = numbatch("plan", "orders.csv", "-o", "plan.json", "--json")
        assert planned.returncode == 0, planned.stderr
        done = numbatch("run", "--plan", "plan.json", "--json")
        assert done.returncode == 0, done.stderr
        charged = served.charged
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    statuses = rows_of(results)
    assert set(statuses.values()) == {"purchased"}
    assert sorted(charged) == sorted(statuses)
    assert INSTEAD in statuses
    assert sum(number.startswith("1203") for number in statuses) == 3
    sheet = list(load_workbook(results)["Results"].iter_rows(values_only=True))
    reasons = {row[1]: row[4] for row in sheet[1:]}
    assert reasons[INSTEAD] == f"taken in place of {GONE}, which was gone (-275)"


def test_check_says_what_is_in_stock_and_writes_the_exact_orders(numbatch):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002))) as served:
        numbatch.environ.update(served.environ)
        plain = numbatch("check", "orders.csv")
        assert "2 rows → 1 number and 3 numbers by choice: valid" in plain.stdout
        found = numbatch("check", "orders.csv", "--stock", "-o", "exact.xlsx", "--json")
        assert found.returncode == 0, found.stderr
        [chosen] = json.loads(found.stdout)["chosen"]
        assert (chosen["row"], len(chosen["numbers"]), chosen["lacking"]) == (2, 3, 0)
        again = numbatch("check", "orders.csv", "--stock", "-o", "exact.xlsx")
        assert again.returncode == 2  # it is there already
        assert served.charged == []
    exact = numbatch("check", "exact.xlsx", "--json")
    assert json.loads(exact.stdout)["numbers"] == 4
    numbers = [
        row[0] for row in load_workbook(numbatch.cwd / "exact.xlsx").active.iter_rows(min_row=2, values_only=True)
    ]
    assert numbers[:3] == [f"+{number}" for number in chosen["numbers"]]


def test_check_stock_without_a_login_says_what_is_missing(numbatch):
    done = numbatch("check", "orders.csv", "--stock")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    written = numbatch("check", "orders.csv", "-o", "exact.xlsx")
    assert (written.returncode, "--stock" in written.stderr) == (2, True)
