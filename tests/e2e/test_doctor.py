"""The doctor as a new user meets it: before anything is set, with a rehearsal, and with the provider gone."""

from __future__ import annotations

import json

import pytest
from support.command import Command, ServedSimulator


@pytest.fixture
def numbatch(tmp_path):
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", measured=True)


def test_from_nothing_to_a_report_of_what_the_provider_answers(numbatch):
    done = numbatch("doctor", "--offline")
    assert (done.returncode, done.stderr) == (2, "")
    assert "problem  credentials" in done.stdout
    with ServedSimulator() as simulator:
        numbatch.environ.update(simulator.environ)
        done = numbatch("doctor", "-o", "report.txt", "--number", "12025550133")
        charged = simulator.charged
    assert (done.returncode, charged) == (0, [])
    assert "holds         a number that is ours and one that is not can be told apart" in done.stdout
    report = (numbatch.cwd / "report.txt").read_text()
    assert simulator.environ["NUMBATCH_PASSWORD"] not in report
    assert "12025550133" not in report
    done = numbatch("doctor", "--json", env={"NUMBATCH_ENVIRONMENT": "rehearsal"})
    assert done.returncode == 5
    told = json.loads(done.stdout)
    assert [one["topic"] for one in told["findings"] if one["level"] == "problem"] == ["host"]
