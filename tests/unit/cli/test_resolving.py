"""`resolve` where there is nothing to resolve: in this process, against a simulator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.command import ServedSimulator

from batch.cli import main
from batch.provider.simulator import SimulatorOptions


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home of the test's own."""
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_rehearsal_without_a_ledger_has_nothing_to_resolve_and_gets_none(home, monkeypatch, capsys):
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.0))) as simulator:
        for name, value in simulator.environ.items():
            monkeypatch.setenv(name, value)
        code = main.run(["resolve", "--ledger", str(home / "ledgers")])
        place = simulator.base_url.split("/")[2]
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert f"nothing is to be resolved: the rehearsal at {place} has no ledger in {home / 'ledgers'}" in said.err
    assert [path for path in Path(home).rglob("*") if path.is_file()] == []
    assert not (home / "ledgers").exists()
