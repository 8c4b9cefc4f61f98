"""Marks, end to end: where the account's dates can't tell who bought a number, its description does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook
from support.agreement import rows_of
from support.command import Command, ServedSimulator

from batch.provider.simulator import SimulatorOptions

LOST_NEVER_EXECUTED, LOST_EXECUTED = "12025550153", "12025550150"
ORDERS = f"""Number,Type,URI,Description
12025550100-12025550103,SIP,{{last4}}@pbx.example.com,Desk {{last4}}
{LOST_NEVER_EXECUTED},SIP,1@pbx.example.com,
{LOST_EXECUTED},SIP,1@pbx.example.com,
"""
SETTINGS = {
    "NUMBATCH_RATE": "200",
    "NUMBATCH_TIMEOUT": "2s",
    "NUMBATCH_RESOLVE_DELAY": "200ms",
    "NUMBATCH_RESOLVE_HORIZON": "1s",
}

pytestmark = pytest.mark.slow


@pytest.fixture
def numbatch(tmp_path):
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "work" / "orders.csv").write_text(ORDERS)
    return Command(tmp_path / "home", tmp_path / "work", dict(SETTINGS))


def bought_by_hand_meanwhile(served):
    """A person buys the number while our own request for it is lost: its date is after our intent, its routing another."""
    routing = {"URI": "reception@pbx.example.com"}
    served.simulator.world.hold(LOST_NEVER_EXECUTED, datetime.now(UTC) + timedelta(seconds=30), routing)


@pytest.mark.parametrize("way", [{"args": ["--mark"]}, {"env": {"NUMBATCH_MARK": "true"}}], ids=["flag", "variable"])
def test_a_number_that_a_person_bought_meanwhile_with_another_routing_is_not_taken_for_ours(numbatch, way):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002))) as served:
        numbatch.environ.update(served.environ)
        bought_by_hand_meanwhile(served)
        done = numbatch("run", "orders.csv", "--json", *way.get("args", []), env=way.get("env", {}))
        assert done.returncode == 0, done.stderr
        record = served.record()
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    statuses = rows_of(results)
    assert statuses.pop(LOST_NEVER_EXECUTED) == "already owned"
    assert set(statuses.values()) == {"purchased"}
    assert sorted(charge.number for charge in record.charges) == sorted(statuses)
    descriptions = {one.number: one.order["Description"] for one in record.holdings if one.number in statuses}
    assert all(re.fullmatch(r"(Desk 010[0-3]|\d{11}) #[0-9a-f]{10}", text) for text in descriptions.values())
    assert descriptions["12025550102"].startswith("Desk 0102 #")
    header, *rows = load_workbook(results)["Results"].iter_rows(values_only=True)
    told = {row[header.index("Number")]: row[header.index("Description")] for row in rows}
    assert told["12025550102"] == "Desk 0102"
    assert not told[LOST_EXECUTED]
    confirmed = {row[header.index("Number")]: row[header.index("Confirmed by")] for row in rows}
    assert confirmed[LOST_EXECUTED] == confirmed[LOST_NEVER_EXECUTED] == "inquiry"


def test_a_description_that_loses_its_mark_before_the_account_is_asked_hides_no_purchase(numbatch):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002))) as served:
        numbatch.environ.update(served.environ)
        world = served.simulator.world
        charge = world.charge

        def edited(account, number, order):
            """A person takes the mark off as soon as the number is there."""
            text = "Paris HQ" if number == LOST_EXECUTED else order["Description"]
            return charge(account, number, {**order, "Description": text})

        world.charge = edited
        done = numbatch("run", "orders.csv", "--json", "--mark")
        assert done.returncode == 0, done.stderr
    header, *rows = load_workbook(numbatch.cwd / "orders-rehearsal.xlsx")["Results"].iter_rows(values_only=True)
    told = {row[header.index("Number")]: row for row in rows}
    assert told[LOST_EXECUTED][header.index("Status")] == "purchased"
    assert told[LOST_EXECUTED][header.index("Confirmed by")] == "inquiry, presumed"


def test_without_marks_the_date_alone_says_that_it_is_ours(numbatch):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002))) as served:
        numbatch.environ.update(served.environ)
        bought_by_hand_meanwhile(served)
        done = numbatch("run", "orders.csv", "--json")
        assert done.returncode == 0, done.stderr
        assert not any("#" in one.order.get("Description", "") for one in served.record().holdings)
    assert rows_of(numbatch.cwd / "orders-rehearsal.xlsx")[LOST_NEVER_EXECUTED] == "purchased"
