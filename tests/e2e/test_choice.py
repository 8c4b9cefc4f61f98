"""Numbers by choice and alternatives, end to end: checked, planned, bought as planned, and told."""

from __future__ import annotations

import json
import socket

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
        wanted = ("--stock", "-o", "exact.xlsx", "--annotate", "marked.xlsx")
        found = numbatch("check", "orders.csv", *wanted, "--json")
        assert found.returncode == 0, found.stderr
        assert json.loads(found.stdout)["annotated"] == "marked.xlsx"
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


def test_a_provider_that_can_not_be_reached_is_no_go_and_nothing_is_said_to_be_lacking(numbatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    silent = {
        "NUMBATCH_ENVIRONMENT": "rehearsal",
        "NUMBATCH_BASE_URL": f"http://127.0.0.1:{port}/json",
        "NUMBATCH_USERNAME": "a",
        "NUMBATCH_PASSWORD": "no-secret",
    }
    (numbatch.cwd / "plain.csv").write_text("Number,Type,URI\n33123450000,SIP,a@pbx.example.com\n")
    plain = numbatch("plan", "plain.csv", "-o", "plan.json", env=silent)
    assert plain.returncode == 4
    assert "no plan is written to plan.json: nothing tells what it may cost" in plain.stderr
    assert "NO-GO" in plain.stdout
    assert "tells nothing" in plain.stdout
    chosen = numbatch("plan", "orders.csv", env=silent)
    assert chosen.returncode == 4
    assert "nothing tells what is in stock" in chosen.stdout
    assert "lacking" not in chosen.stdout
    for sheet in ("plain.csv", "orders.csv"):
        checked = numbatch("check", sheet, "--stock", env=silent)
        assert checked.returncode == 5, checked.stderr
        assert "stock could not be looked up" in checked.stderr
