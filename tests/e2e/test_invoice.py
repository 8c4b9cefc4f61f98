"""An invoice matched and numbers exported by the real command, after a real run against a served simulator."""

from __future__ import annotations

import json

import openpyxl
import pytest
from support.command import Command, ServedSimulator


@pytest.fixture
def bought(tmp_path):
    """A command whose ledger holds a run of two numbers and a refusal."""
    with ServedSimulator() as served:
        command = Command(tmp_path / "home", tmp_path, {**served.environ, "NUMBATCH_LEDGER": str(tmp_path / "ledger")})
        command.home.mkdir()
        numbers = ("12025550201", "12025550202", "12025550136")
        (tmp_path / "orders.csv").write_text(
            "Number,URI\n" + "".join(f"{number},bob@pbx.example.com\n" for number in numbers)
        )
        assert command("run", "orders.csv", "-q", "--price", "10").returncode == 4
        yield command


def test_an_invoice_is_matched_and_what_was_bought_is_exported(bought, tmp_path):
    lines = "12025550201,Setup,0.50\n12025550201,Monthly,3.00\n12025550202,Monthly,3.00\n12025550136,Setup,0.50\n"
    (tmp_path / "invoice.csv").write_text(f"DID,Item,Charge\n{lines}Total,,7.00\n")
    done = bought("match", "invoice.csv", "--json", "-o", "MATCH.xlsx")
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr, told["exit_code"]) == (4, "", 4)
    assert [(one["number"], one["reason"], one["difference"]) for one in told["differences"]] == [
        ("12025550136", "number was refused", "0.50"),
        ("12025550202", "bought, not billed", "-0.50"),
    ]
    assert openpyxl.load_workbook(tmp_path / "MATCH.xlsx")["Summary"]["B2"].value == "Invoice reconciliation"
    done = bought("export", "--format", "teams", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "orders-teams.csv").read_text().split() == ["TelephoneNumber", "+12025550201", "+12025550202"]
