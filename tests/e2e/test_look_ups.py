"""From a search to a purchase and back to what the account holds, by the real command."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from support.canned import CannedProvider, Said
from support.command import Command, ServedSimulator, pseudo_terminal


@pytest.fixture
def numbatch(tmp_path):
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", measured=True)


def test_what_is_found_is_ordered_bought_and_shown(numbatch):
    with ServedSimulator() as simulator:
        numbatch.environ.update(simulator.environ)
        assert numbatch("search", "1203", "--limit", "5", "--contiguous", "-o", "orders.csv").returncode == 0
        sheet = numbatch.cwd / "orders.csv"
        filled = sheet.read_text(encoding="utf-8-sig").replace(",,,,", ",Front desk,SIP,bob:hunter22@pbx.example.com,4")
        (numbatch.cwd / "filled.csv").write_text(filled)
        changed = numbatch("diff", sheet, "filled.csv")
        assert changed.returncode == 4
        assert "12035550100-12035550104 (5)  URI" in changed.stdout
        done = numbatch("run", "filled.csv", "--rate", "50", "--no-prices")
        assert done.returncode == 0, done.stderr
        shown = numbatch("show", "1 203 555 0102", "--json")
        found = json.loads(shown.stdout)
        assert shown.returncode == 0
        assert found["fields"]["Description"]["value"] == "Front desk"
        assert found["fields"]["URI"]["value"] == "bob:***@pbx.example.com"
        assert [entry["after"] for entry in found["history"]][-1] == "bought"
        shown = numbatch("show", "12035550102")
        assert "In the ledger:" in shown.stdout
        assert "hunter22" not in shown.stdout + shown.stderr
        told = numbatch("ringto", "12035550102")
        assert (told.returncode, "bob:***@pbx.example.com" in told.stdout) == (0, True)


def test_at_a_terminal_there_are_tables_and_ctrl_c_ends_it(numbatch):
    with ServedSimulator() as simulator, pseudo_terminal() as (ours, theirs):
        numbatch.environ.update(simulator.environ, TERM="xterm", COLUMNS="100")
        done = numbatch("countries", stdout=theirs)
        assert done.returncode == 0
        shown = os.read(ours, 65536).decode()
        assert "─" in shown
        assert "FRANCE" in shown
    never = Said(before=lambda: os.kill(process.pid, signal.SIGINT), closes=True)
    with CannedProvider(getbalance=[never]) as provider:
        process = subprocess.Popen(
            numbatch.words("balance"),
            env=numbatch.env(provider.environ),
            cwd=numbatch.cwd,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "numbatch: interrupted; nothing was sent"
