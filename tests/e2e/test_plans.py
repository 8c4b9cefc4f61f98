"""Plans by the real command: what they look up, what they freeze, and that a plan file is carried out once and as it was agreed to."""

from __future__ import annotations

import json
import select
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support.command import Command, ServedSimulator

from batch.plan.frozen import read_plan, write_plan
from batch.provider.simulator import SimulatorOptions
from batch.provider.simulator.catalogue import Price

FAST = {"NUMBATCH_RATE": "500", "NUMBATCH_RESOLVE_DELAY": "200ms"}
SHEET = "Number,Type,URI,Cost centre\n33123450000-33123450019,SIP,{last4}@pbx.example.com,Nice\n"
PRICE = Price(Decimal(1), Decimal(2))


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", dict(FAST), measured=True)


@pytest.fixture
def simulator(numbatch: Command) -> Iterator[ServedSimulator]:
    stock = {str(33123450000 + one): PRICE for one in range(30)}
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.002), stock=stock, balance=Decimal(150))) as served:
        numbatch.environ.update(served.environ)
        yield served


@pytest.fixture
def orders(numbatch: Command) -> Path:
    path = numbatch.cwd / "orders.csv"
    path.write_text(SHEET)
    return path


@pytest.fixture
def plan(numbatch: Command, simulator: ServedSimulator, orders: Path) -> Path:
    done = numbatch("plan", orders, "-o", "plan.json", "-q")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return numbatch.cwd / "plan.json"


def requests(simulator: ServedSimulator) -> dict[str, int]:
    return dict(simulator.record().requests)


def test_a_plan_tells_cost_and_balance_in_two_requests_and_the_run_after_it_looks_prices_up_no_more(
    numbatch, simulator, orders
):
    done = numbatch("plan", orders, "--json", "-o", "PLAN.xlsx", "--group-by", "cost centre")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["cost"], told["monthly"], told["balance"]) == (
        0, "GO", "60.00", "40.00", "150.00",
    )  # fmt: skip
    assert told["by_group"] == [{"name": "Nice", "numbers": 20, "first_charge": "60.00", "monthly": "40.00"}]
    assert requests(simulator) == {"getdids": 1, "getbalance": 1}
    assert load_workbook(numbatch.cwd / "PLAN.xlsx").sheetnames[0]
    assert simulator.charged == []
    done = numbatch("run", orders, "--no-prices", "--max-spend", "60")
    assert done.returncode == 0, done.stderr
    assert "60.00 USD" in done.stderr
    rows = list(load_workbook(numbatch.cwd / "orders-rehearsal.xlsx")["Results"].iter_rows(values_only=True))
    assert "catalogue" in {row[rows[0].index("Price from")] for row in rows[1:]}
    before = requests(simulator)
    assert numbatch("run", orders, "-q").returncode == 0
    assert requests(simulator)["getdids"] == before["getdids"]


def test_what_is_not_in_stock_and_a_balance_that_is_too_small_are_no_go_and_write_no_plan(numbatch, simulator, orders):
    orders.write_text(SHEET.replace("33123450019", "33123450039"))
    done = numbatch("plan", orders, "-o", "plan.json")
    assert done.returncode == 4
    assert "10 numbers not in stock: 33123450030" in done.stdout
    assert "no plan is written" in done.stderr
    assert not (numbatch.cwd / "plan.json").exists()
    orders.write_text(SHEET.replace("33123450019", "33123450029"))
    simulator.simulator.spend(Decimal(70))
    done = numbatch("plan", orders)
    assert done.returncode == 4
    assert "balance of 80.00 is less" in done.stdout


def test_a_plan_needs_no_login_and_says_what_it_does_not_know(numbatch, simulator, orders):
    done = numbatch("plan", orders, "--json", env={"NUMBATCH_PASSWORD": "", "NUMBATCH_USERNAME": ""})
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["balance"], told["cost"]) == (0, "GO", None, None)
    assert any("there is no password" in one for one in told["remarks"])
    done = numbatch("plan", orders, "--no-look-up")
    assert done.returncode == 0
    assert "--no-look-up" in done.stdout
    assert requests(simulator) == {}


def test_a_plan_file_is_carried_out_once(numbatch, simulator, plan):
    done = numbatch("run", "--plan", plan, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["purchased"] == 20
    again = numbatch("run", "--plan", plan)
    assert again.returncode == 2
    assert "is not carried out: run" in again.stderr
    assert len(simulator.charged) == 20


def test_a_plan_that_was_killed_goes_on_with_the_same_command(numbatch, simulator, plan):
    process = numbatch.start("run", "--plan", plan, "--rate", "10")
    deadline = time.monotonic() + 60
    while len(simulator.charged) < 3:
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)
    process.kill()
    process.communicate(timeout=60)
    assert len(simulator.charged) < 20
    done = numbatch("run", "--plan", plan)
    assert done.returncode == 0, done.stderr
    assert sorted(simulator.charged) == [str(33123450000 + one) for one in range(20)]


def test_a_plan_of_other_orders_prices_accounts_or_times_is_refused_and_nothing_is_sent(
    numbatch, simulator, orders, plan
):
    def refused(words, *arguments, **options):
        done = numbatch("run", "--plan", plan, *arguments, **options)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr

    refused("don't go together", orders)
    refused("made for account rehearsal", env={"NUMBATCH_USERNAME": "other"})
    orders.write_text(SHEET.replace("Nice", "Lyon"))
    refused("orders.csv changed")
    orders.write_text(SHEET)
    simulator.simulator.reprice("33123450001", Price(Decimal(1), Decimal("1.50")))
    refused("33123450001 1.00 + 2.00, now 1.00 + 1.50")
    simulator.simulator.reprice("33123450001", PRICE)
    write_plan(plan, replace(read_plan(plan), expires=datetime.now(UTC) - timedelta(minutes=1)))
    refused("it expired")
    assert simulator.charged == []


def test_a_plan_that_expires_while_another_run_is_waited_for_is_not_carried_out(numbatch, simulator, plan):
    other = numbatch.cwd / "other.csv"
    other.write_text("Number\n33123450020-33123450029\n")
    process = numbatch.start("run", other, "--rate", "2")
    while not simulator.charged:
        select.select([], [], [], 0.02)
    write_plan(plan, replace(read_plan(plan), expires=datetime.now(UTC) + timedelta(seconds=2)))
    done = numbatch("run", "--plan", plan, "--lock-wait", "60s")
    process.communicate(timeout=60)
    assert done.returncode == 2, done.stderr
    assert "it expired" in done.stderr
    assert sorted(simulator.charged) == [str(33123450020 + one) for one in range(10)]


def test_flags_only_tighten_what_a_plan_allows(numbatch, simulator, orders, plan):
    write_plan(plan, replace(read_plan(plan), max_numbers=5))
    done = numbatch("run", "--plan", plan, "--max-numbers", "100", "--max-spend", "1000")
    assert done.returncode == 8, done.stderr
    assert len(simulator.charged) == 5
    assert "this plan is used up" in done.stdout
    assert numbatch("run", "--plan", plan).returncode == 2


def test_in_an_outage_a_run_looks_up_in_vain_and_sends_one_purchase_at_most(numbatch, simulator, orders):
    done = numbatch("run", orders, env={"NUMBATCH_PASSWORD": "wrong"})
    assert done.returncode == 5
    assert requests(simulator)["buynumbers"] == 1
    assert "could be looked up: the login was refused" in done.stderr


def test_what_is_gone_since_the_plan_is_a_remark_and_alternatives_are_planned_and_reserved_at_their_own_prices(
    numbatch, simulator, orders
):
    dear = Price(Decimal(1), Decimal(20))
    simulator.simulator.reprice("3312345002", dear)
    gone, spare = [f"3312345000{n}" for n in range(2)], [f"3312345002{n}" for n in range(2)]
    rows = "".join(f"{one},SIP,a@b.example.com,{other}\n" for one, other in zip(gone, spare, strict=True))
    orders.write_text(f"Number,Type,URI,Alternative\n{rows}")
    done = numbatch("plan", orders, "-o", "plan.json", "--json")
    told = json.loads(done.stdout)
    assert (told["verdict"], told["cost"], told["known_cost"]) == ("GO", "42.00", "6.00")
    for one in gone:
        simulator.simulator.world.withdraw(one)
    done = numbatch("run", "--plan", "plan.json")
    assert done.returncode == 0, done.stderr
    assert "GO" not in done.stderr.split()
    assert "note: 2 numbers not in stock, and an alternative is taken" in done.stderr
    assert sorted(simulator.charged) == spare


def test_an_alternative_beyond_the_bound_is_not_taken_and_its_row_says_why(numbatch, simulator, orders):
    simulator.simulator.reprice("33123450020", Price(Decimal(1), Decimal(20)))
    orders.write_text("Number,Type,URI,Alternative\n33123450000,SIP,a@b.example.com,33123450020\n")
    simulator.simulator.script("33123450000", "withdrawn")
    done = numbatch("run", orders, "--max-spend", "20", "--json")
    assert (done.returncode, json.loads(done.stdout)["counts"]["not sent"]) == (8, 1), done.stderr
    rows = list(load_workbook(numbatch.cwd / "orders-rehearsal.xlsx")["Results"].iter_rows(values_only=True))
    reason = rows[1][rows[0].index("Reason")]
    assert reason == "The spending limit was reached (--max-spend); in place of 33123450000, which was gone (-275)"
    assert simulator.charged == []


def test_numbers_that_are_left_open_are_chosen_by_a_plan_and_bought_by_it(numbatch, simulator, orders):
    orders.write_text("Prefix,AnyOf,Type,URI\n3312345,5,SIP,{last4}@pbx.example.com\n")
    done = numbatch("run", orders)
    assert done.returncode == 3
    assert "numbatch plan" in done.stderr
    done = numbatch("plan", orders, "-o", "plan.json")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "chosen under 3312345" in done.stdout
    done = numbatch("run", "--plan", "plan.json")
    assert done.returncode == 0, done.stderr
    assert sorted(simulator.charged) == [str(33123450000 + one) for one in range(5)]
