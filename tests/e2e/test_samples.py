"""The samples, as `make run` and the README use them."""

import json
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support.command import Command

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def numbatch(tmp_path):
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work")


@pytest.mark.slow
def test_the_sample_migration_runs_to_its_end(numbatch, tmp_path):
    orders = shutil.copy(SAMPLES / "migration.xlsx", tmp_path)
    pace = ("--speed", "50", "--rate", "80", "--workers", "50", "--faults", "typical", "--seed", "7")
    done = numbatch("run", orders, "--simulate", *pace, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["halt_reason"]) == (4, None), done.stderr
    assert told["counts"]["purchased"] + told["counts"]["refused"] == 14_000
    assert told["counts"]["in doubt"] == 0


def test_a_rehearsal_never_costs_more_than_its_order_expects(numbatch, tmp_path):
    orders = tmp_path / "orders.csv"
    rows = [f"1{area}5550{n:03},{price}" for area in (202, 303, 404) for n, price in ((101, "0.70"), (102, "2.25"))]
    orders.write_text("Number,Price\n" + "\n".join(rows) + "\n13035550199,\n")
    done = numbatch("run", orders, "--simulate", "--speed", "500", "--max-spend", "10", "--price", "1.10", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["counts"]["purchased"]) == (0, 7), done.stderr
    assert float(told["charged"]) <= 9.95


def test_the_sample_of_mistakes_is_refused_with_all_ten_explained(numbatch):
    done = numbatch("check", SAMPLES / "mistakes.xlsx", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 3
    errors = [one for one in told["problems"] if one["level"] == "error"]
    assert len(errors) == 10
    assert all(one["cell"] and one["value"] and one["problem"] and one["remedy"] for one in errors if one["value"])


@pytest.mark.parametrize("name", ["orders.csv", "migration.xlsx"])
def test_the_samples_that_are_right_are_valid(numbatch, name):
    assert numbatch("check", SAMPLES / name).returncode == 0


def test_the_sample_result_can_be_run_again_from_its_failures(numbatch):
    result = SAMPLES / "results.xlsx"
    assert load_workbook(result, read_only=True).sheetnames == ["Summary", "Results", "Failures", "By code", "Charges"]
    assert numbatch("check", result, "--sheet", "Failures").returncode == 0
