"""A run's results as a CSV, by the real command."""

from __future__ import annotations

import csv
from pathlib import Path

from support.command import Command


def test_a_run_is_reported_as_csv_and_nothing_is_replaced_unasked(tmp_path: Path):
    (tmp_path / "home").mkdir()
    numbatch = Command(tmp_path / "home", tmp_path)
    (tmp_path / "orders.csv").write_text("Number,Type,URI\n12025550123,1,sip:a@pbx.example.com\n")
    ledger = ("--ledger", str(tmp_path / "ledger"))
    assert numbatch("run", "orders.csv", "--simulate", *ledger).returncode in {0, 4}
    where = (*ledger, "--environment", "rehearsal")

    done = numbatch("report", "--format", "csv", *where)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "orders-rehearsal.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["Number"] == "12025550123"
    assert row["Environment"] == "rehearsal"

    again = numbatch("report", "--format", "csv", *where)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert numbatch("report", "-o", "orders-rehearsal.csv", "--force", "-q", *where).stdout == ""
    orders = (tmp_path / "orders.csv").read_bytes()
    assert numbatch("report", "-o", "orders.csv", "--force", *where).returncode == 2
    assert (tmp_path / "orders.csv").read_bytes() == orders
    for wrong in (("--csv-for", "excel-de"), ("--format", "csv", "--attempts"), ("--format", "csv", "-o", "x.xlsx")):
        assert numbatch("report", *wrong, *where).returncode == 2, wrong
