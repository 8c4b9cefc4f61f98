from __future__ import annotations

from collections import Counter

import pytest

from batch.provider.simulator import (
    Answer,
    Execution,
    Fault,
    FaultPlan,
    SimulatorOptions,
    magic_numbers,
)
from batch.provider.simulator.faults import FAULTS

NUMBERS = [f"1212{n:07}" for n in range(4000)]


@pytest.mark.parametrize(("profile", "share"), [("none", 0.0), ("typical", 0.075), ("storm", 0.2)])
def test_a_profile_meets_the_share_of_first_tries_that_it_says(profile: str, share: float):
    plan = FaultPlan.profile(profile)
    assert sum(plan.rates.values()) == pytest.approx(share)
    met = sum(plan.pick(1, number, 1) is not None for number in NUMBERS) / len(NUMBERS)
    assert met == pytest.approx(share, abs=0.02)


def test_what_a_request_meets_depends_on_seed_number_and_try_and_on_nothing_else():
    plan = FaultPlan.profile("storm")
    forwards = {number: plan.pick(3, number, 1) for number in NUMBERS}
    backwards = {number: plan.pick(3, number, 1) for number in reversed(NUMBERS)}
    assert forwards == backwards
    assert forwards != {number: plan.pick(4, number, 1) for number in NUMBERS}
    assert forwards != {number: plan.pick(3, number, 2) for number in NUMBERS}


def test_every_fault_of_a_profile_occurs():
    plan = FaultPlan.profile("storm")
    met = Counter(fault.does for number in NUMBERS if (fault := plan.pick(0, number, 1)))
    assert met.keys() == {FAULTS[name].does for name in plan.rates}


def test_faults_fade_and_the_fourth_try_goes_well():
    plan = FaultPlan.profile("storm")
    met = [sum(plan.pick(5, number, nth) is not None for number in NUMBERS) for nth in (1, 2, 3, 4)]
    assert met[0] > 3 * met[1] > 6 * met[2]
    assert met[3] == 0


def test_a_plan_without_retry_faults_has_them_on_the_first_try_alone():
    plan = FaultPlan({"dropped": 1.0}, fade=0)
    assert plan.pick(0, "12125550123", 1) is FAULTS["dropped"]
    assert plan.pick(0, "12125550123", 2) is None


@pytest.mark.parametrize("rates", [{"dropt": 0.1}, {"dropped": -0.1}, {"dropped": 0.6, "500": 0.6}])
def test_a_plan_of_unknown_faults_or_impossible_rates_is_refused(rates: dict[str, float]):
    with pytest.raises(ValueError):
        FaultPlan(rates)


def test_an_unknown_profile_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="none, typical, storm"):
        SimulatorOptions(faults="hurricane")


def test_a_fault_cannot_tell_a_result_that_there_is_not():
    with pytest.raises(ValueError, match="no result"):
        Fault(does="x", execution=Execution.NEVER, answer=Answer.TRUTH)


def test_magic_numbers_are_distinct_explained_and_of_the_range_for_fiction():
    numbers = [magic.number for magic in magic_numbers()]
    assert numbers == sorted(set(numbers))
    assert all(number.startswith("120255501") and number[-2:] >= "30" for number in numbers)
    assert all(magic.does for magic in magic_numbers())


def test_there_is_a_magic_number_for_every_code_of_the_code_table():
    codes = {magic.does.split(":")[0] for magic in magic_numbers() if int(magic.number[-2:]) < 50}
    documented = "99 100 -55 -110 -165 -220 -275 -330 -1100 -1210 -1265 -1320 -1650 -1705 -9999"
    assert set(documented.split()) <= codes


def test_there_is_a_magic_number_for_every_fault_but_those_of_the_stock_and_of_releases():
    used = {magic.fault.does for magic in magic_numbers() if magic.fault}
    assert {fault.does for name, fault in FAULTS.items() if name not in {"withdrawn", "own code"}} <= used


@pytest.mark.parametrize(
    "options",
    [
        {"speed": 0},
        {"latency": (0.2, 0.1)},
        {"lag": -1},
        {"port": 70000},
        {"rate_cap": 0},
        {"more_accounts": {"rehearsal": ("x", 1)}},
    ],
)
def test_options_without_sense_are_refused(options: dict[str, object]):
    with pytest.raises(ValueError):
        SimulatorOptions(**options)


def test_options_never_show_a_password():
    assert "s3cret" not in repr(SimulatorOptions(password="s3cret", more_accounts={"x": ("s3cret", 1)}))
