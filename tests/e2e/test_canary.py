"""The real command with --canary: a few numbers first, what they really cost, then the rest."""

from __future__ import annotations

from pathlib import Path

from support.command import Command, ServedSimulator


def test_a_canary_is_bought_measured_and_followed_by_the_rest(tmp_path: Path):
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    environ = {"NUMBATCH_RATE": "200", "NUMBATCH_RESOLVE_DELAY": "200ms", "NUMBATCH_PRICES": "false"}
    numbatch = Command(tmp_path / "home", tmp_path / "work", environ)
    orders = numbatch.cwd / "orders.csv"
    kinds = ["SIP,100@pbx.example.com", "dial,4930123456"]
    orders.write_text("Number,Type,URI\n" + "".join(f"{33123450000 + n},{kinds[n % 2]}\n" for n in range(20)))
    with ServedSimulator() as simulator:
        done = numbatch("run", orders, "--canary", env=simulator.environ)
        assert done.returncode == 0, done.stderr
        assert "canary: 2 numbers bought" in done.stderr
        assert "the balance fell by" in done.stderr
        assert len(simulator.charged) == len(set(simulator.charged)) == 20
        assert set(simulator.charged[:2]) == {"33123450000", "33123450001"}
