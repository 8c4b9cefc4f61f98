"""Rows in = ledger = workbook = the provider's record, at the size of a real migration and with a death amid it.

`ROWS=100000` makes it that many; each of them is a purchase over the network.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from support.command import Command, ServedSimulator

from batch.provider.simulator import FaultPlan, SimulatorOptions

ROWS = int(os.environ.get("ROWS", "10000"))
_BLOCK = 1000
_FIRST = 33_123_000_000
_SETTINGS = {
    "NUMBATCH_RATE": "5000",
    "NUMBATCH_WORKERS": "50",
    "NUMBATCH_TIMEOUT": "5s",
    "NUMBATCH_RESOLVE_DELAY": "500ms",
    "NUMBATCH_PRICE": "12.50",
    "NUMBATCH_MAX_FAILURES": "off",
}
_FAULTS = FaultPlan({"executed, dropped": 0.002, "dropped": 0.001, "withdrawn": 0.01})


def _orders(path: Path) -> None:
    blocks = [range(first, min(first + _BLOCK, ROWS)) for first in range(0, ROWS, _BLOCK)]
    lines = [f"{_FIRST + block[0]}-{_FIRST + block[-1]},SIP,{{last4}}@pbx.example.com" for block in blocks]
    path.write_text("\n".join(["Number,Type,URI", *lines, ""]))


def _sheet(workbook: CalamineWorkbook, name: str) -> list[dict[str, object]]:
    header, *rows = workbook.get_sheet_by_name(name).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.slow
def test_rows_in_are_rows_in_the_ledger_and_in_the_workbook_and_their_charges_are_the_providers(tmp_path):
    _orders(tmp_path / "orders.csv")
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.0), faults=_FAULTS, seed=4)) as served:
        numbatch = Command(tmp_path, tmp_path, {**_SETTINGS, **served.environ})
        first = numbatch.start("run", "orders.csv", "-q", "--no-prices")
        while len(served.charged) < ROWS // 3:
            with suppress(subprocess.TimeoutExpired):
                first.wait(0.05)
            assert first.poll() is None, "it ended before it could be killed"
        first.send_signal(signal.SIGKILL)
        first.communicate()
        done = numbatch("run", "orders.csv", "--json", "--no-prices", timeout=600)
        assert done.returncode in {0, 4}, done.stderr
        charged = Counter(served.charged)
        told = json.loads(done.stdout.splitlines()[-1])
    workbook = CalamineWorkbook.from_path(str(tmp_path / "orders-rehearsal.xlsx"))
    rows = _sheet(workbook, "Results")
    bought = {row["Number"] for row in rows if row["Status"] == "purchased"}
    assert [row["Number"] for row in rows] == [str(_FIRST + one) for one in range(ROWS)]
    assert max(charged.values()) == 1
    assert bought == charged.keys()
    assert told["counts"] == {**dict.fromkeys(told["counts"], 0), **Counter(row["Status"] for row in rows)}
    assert sum(told["counts"].values()) == ROWS
    charges = _sheet(workbook, "Charges")
    assert {row["Number"] for row in charges} == bought
    assert sum(Decimal(str(row["Amount"])) for row in charges) == Decimal(told["charged"])
