"""The sample migration as a new user carries it out: plan, canary, run until a time, audit, and the way back."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support.agreement import disagreements, rows_of
from support.command import Command, ServedSimulator

_SAMPLE = Path(__file__).parents[2] / "samples" / "migration.xlsx"
_PACE = {
    "NUMBATCH_RATE": "200",
    "NUMBATCH_WORKERS": "20",
    "NUMBATCH_RESOLVE_DELAY": "200ms",
    "NUMBATCH_RESOLVE_HORIZON": "2s",
}


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    orders = tmp_path / "work" / "migration.xlsx"
    orders.write_bytes(_SAMPLE.read_bytes())
    return Command(tmp_path / "home", tmp_path / "work", _PACE)


def test_the_sample_migration_is_planned_begun_checked_and_given_back(numbatch: Command):
    work = numbatch.cwd
    with ServedSimulator() as simulator:
        numbatch.environ.update(simulator.environ)

        doctor = numbatch("doctor")
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr

        planned = numbatch("plan", "migration.xlsx", "-o", "PLAN.xlsx", "-o", "plan.json")
        assert planned.returncode == 0, planned.stdout + planned.stderr
        assert "43 rows → 14,000 numbers" in planned.stdout
        assert load_workbook(work / "PLAN.xlsx").sheetnames[0] == "Plan"
        spend = Decimal(json.loads((work / "plan.json").read_text())["max_spend"])

        run = numbatch("run", "--plan", "plan.json", "--canary", "--limit", "400", "--until", "1m", "--json")
        assert run.returncode == 8, run.stderr
        told = json.loads(run.stdout)
        assert "canary: " in run.stderr
        bought = told["counts"]["purchased"]
        assert 0 < bought <= 400
        assert bought == len(simulator.charged) == len(set(simulator.charged))
        assert 0 < Decimal(told["charged"]) < spend
        results = work / "migration-rehearsal.xlsx"
        assert not list(disagreements(results, simulator.charged))

        audit = numbatch("audit", "-o", "AUDIT.xlsx")
        assert audit.returncode == 0, audit.stdout + audit.stderr
        assert re.search(r"(\d+) numbers asked about, \1 without a difference", audit.stdout)
        assert "Differences" in load_workbook(work / "AUDIT.xlsx").sheetnames

        assert numbatch("release", told["run"]).returncode == 2  # nobody there to type its name
        assert simulator.record().requests.get("releasenumbers", 0) == 0
        release = numbatch("release", told["run"], "--confirm", told["run"])
        assert release.returncode == 0, release.stdout + release.stderr
        assert not {one.number for one in simulator.record().holdings} & set(simulator.charged)
        assert not list(disagreements(results, simulator.charged))
        assert list(rows_of(results).values()).count("released") == bought
