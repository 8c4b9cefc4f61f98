"""Whatever the provider does, the result workbook says what the provider's own record says; one healthy run ends all doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.agreement import disagreements, rows_of
from support.command import Command, ServedSimulator

from batch.provider.simulator import Absence, FaultPlan, Inquiry, SimulatorOptions

_SETTINGS = {
    "NUMBATCH_RATE": "200",
    "NUMBATCH_TIMEOUT": "500ms",
    "NUMBATCH_RESOLVE_DELAY": "200ms",
    "NUMBATCH_RESOLVE_HORIZON": "2s",
    "NUMBATCH_RESERVED_RETRY_EVERY": "200ms",
    "NUMBATCH_RESERVED_GIVE_UP_AFTER": "10s",
    "NUMBATCH_OUTAGE_GIVE_UP_AFTER": "1s",
    "NUMBATCH_MAX_FAILURES": "off",
}
_ORDERS = "Number,Type,URI\n33123450000-33123450023,SIP,{last4}@pbx.example.com\n"
_OURS_BEFORE = {"33123450004", "33123450011"}

pytestmark = pytest.mark.slow


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "work" / "orders.csv").write_text(_ORDERS)
    return Command(tmp_path / "home", tmp_path / "work", dict(_SETTINGS))


def serve(numbatch: Command, **options: object) -> ServedSimulator:
    """A provider that is fast, late by half a second, and worse than documented: it checks and charges in two steps."""
    chosen = {"latency": (0.0, 0.01), "late_by": 20.0, "slow_for": 20.0, "reserved_for": 20.0, "speed": 40.0}
    return ServedSimulator(SimulatorOptions(**{**chosen, "two_step": True, "two_step_gap": 4.0, **options}))


def buy_before(numbatch: Command, served: ServedSimulator) -> None:
    """Two of the numbers are bought on another machine, as it were: another ledger knows of it, ours does not."""
    other = numbatch.cwd / "other.csv"
    other.write_text("Number,Type,URI\n" + "".join(f"{one},SIP,1@pbx.example.com\n" for one in sorted(_OURS_BEFORE)))
    elsewhere = {"HOME": str(numbatch.cwd / "elsewhere"), "NUMBATCH_LEDGER": str(numbatch.cwd / "elsewhere")}
    done = numbatch("run", other, "--no-prices", "-q", env=elsewhere)
    assert done.returncode == 0, done.stderr
    # A minute ago: a date within seconds of an attempt of ours can't be told from that attempt's.
    for one in sorted(_OURS_BEFORE):
        served.simulator.world.hold(one, datetime.now(UTC) - timedelta(minutes=1))


def finish(numbatch: Command, served: ServedSimulator, times: int = 1) -> None:
    """Run until nothing is in doubt, `times` at most, and compare; the same command once more buys nothing."""
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    done = numbatch("run", "orders.csv", "--json")
    while done.returncode == 6 and (times := times - 1) > 0:
        done = numbatch("run", "orders.csv", "--json")
    assert done.returncode in {0, 4}, done.stderr
    mine = [one for one in served.charged if one not in _OURS_BEFORE]
    assert list(disagreements(results, mine, ours_before=_OURS_BEFORE)) == []
    assert served.charged.count("33123450004") == served.charged.count("33123450011") == 1
    statuses = rows_of(results)
    assert {one for one, status in statuses.items() if status == "already owned"} == _OURS_BEFORE


@pytest.mark.parametrize(
    "faults",
    [
        {"executed, dropped": 0.2, "executed, reset": 0.1, "cut": 0.1, "dropped": 0.1},
        {"late": 0.3, "late, 504": 0.2},
        {"slow": 0.2, "drip": 0.1, "reserved": 0.1, "withdrawn": 0.1},
        {"executed, 500": 0.2, "502": 0.1, "503, retry after": 0.05, "429": 0.1, "executed, html": 0.1},
        {"nan": 0.1, "boolean": 0.1, "float": 0.1, "nested": 0.1, "two rows": 0.1, "no DATA": 0.1, "null": 0.1},
    ],
    ids=["lost answers", "late", "slow and gone", "servers' errors", "nonsense"],
)
def test_every_row_is_true_under(numbatch, faults):
    with serve(numbatch, faults=FaultPlan(faults), seed=5) as served:
        numbatch.environ.update(served.environ)
        buy_before(numbatch, served)
        finish(numbatch, served, times=3)


@pytest.mark.parametrize(
    "options",
    [
        {"absent_as": Absence.NO_ROW, "return_as_string": True},
        {"absent_as": Absence.RETURN_CODE, "zone": timezone(timedelta(hours=-9, minutes=-30))},
        {"lag": 4.0, "zone": timezone(timedelta(hours=5, minutes=45))},
        {"rate_cap": 40, "retry_after": 0},
    ],
    ids=["no row", "return code, far west", "lagging, far east", "capped"],
)
def test_every_row_is_true_for_a_provider_that_is(numbatch, options):
    with serve(numbatch, faults=FaultPlan({"executed, dropped": 0.15, "late": 0.15}), seed=6, **options) as served:
        numbatch.environ.update(served.environ)
        buy_before(numbatch, served)
        finish(numbatch, served, times=3)


@pytest.mark.parametrize("inquiry", [Inquiry.FAILS, Inquiry.ALL_OURS, Inquiry.NONE_OURS])
def test_an_inquiry_that_lies_or_fails_leaves_doubt_and_a_healthy_run_ends_it(numbatch, inquiry):
    results = numbatch.cwd / "orders-rehearsal.xlsx"
    lost = FaultPlan({"executed, dropped": 0.15, "dropped": 0.15})
    with serve(numbatch, faults=lost, seed=3) as served:
        numbatch.environ.update(served.environ)
        buy_before(numbatch, served)
        served.simulator.inquiry = inquiry
        done = numbatch("run", "orders.csv", "--json", "--timeout", "300ms")
        assert done.returncode == 6, done.stderr
        mine = [one for one in served.charged if one not in _OURS_BEFORE]
        assert list(disagreements(results, mine, ours_before=_OURS_BEFORE, doubt=True)) == []
        served.simulator.inquiry, served.simulator.faults = Inquiry.TRUE, FaultPlan()
        finish(numbatch, served)


def test_numbers_that_were_answered_429_are_bought_before_a_bound_ends_the_run(numbatch):
    lost = FaultPlan({"429": 0.5})
    with serve(numbatch, faults=lost, seed=3) as served:
        numbatch.environ.update(served.environ)
        done = numbatch("run", "orders.csv", "--json", "--max-numbers", "12", "--no-prices")
        assert done.returncode == 8, done.stderr
        assert sorted(served.charged) == [str(33123450000 + one) for one in range(12)]
