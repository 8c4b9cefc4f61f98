"""Signals before anything is sent: one line, the signal's exit code, nothing left behind. Real signals to this process."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from support.canned import CannedProvider, Said, rows
from support.command import ServedSimulator

from batch.cli import buying, main
from batch.cli.interrupt import interruptible, nothing_sent
from batch.provider.simulator import SimulatorOptions

BOTH = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture(autouse=True)
def unheard():
    """Nothing hears SIGTERM, as in a command's process: what measures the tests may."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def numbatch(capsys, monkeypatch, tmp_path):
    """Runs a command against a provider; its exit code, what it said on stdout and on stderr."""
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o.csv").write_text("Number,URI,Type\n12035550100,sip:a@b.example,1\n")

    def run(provider, *arguments):
        for name, value in provider.environ.items():
            monkeypatch.setenv(name, value)
        before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        code = main.run(list(arguments))
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(("number", "code"), BOTH)
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("getdids", ["plan", "o.csv"]),
        ("getdids", ["run", "o.csv"]),
        ("getbalance", ["run", "o.csv"]),
        ("getcountries", ["countries"]),
    ],
)
def test_during_look_ups_it_ends_in_one_line(numbatch, monkeypatch, function, arguments, number, code):
    monkeypatch.setenv("NUMBATCH_ENVIRONMENT", "rehearsal")
    stocked = rows({"Number": "12035550100", "SetupCost": "2.000", "MonthlyCharges": "3.00"})
    never = Said(before=lambda: os.kill(os.getpid(), number), closes=True)
    with CannedProvider(**{"getdids": [stocked], function: [never]}) as provider:
        ended, out, err = numbatch(provider, *arguments)
    assert (ended, out) == (code, "")
    assert err.splitlines()[-1] == "numbatch: interrupted; nothing was sent"
    assert "buynumbers" not in [name for name, _ in provider.asked]


def test_in_a_scripts_background_where_ctrl_c_is_ignored_it_ends_so_too(numbatch, monkeypatch):
    monkeypatch.setenv("NUMBATCH_ENVIRONMENT", "rehearsal")
    never = Said(before=lambda: os.kill(os.getpid(), signal.SIGTERM), closes=True)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with CannedProvider(getdids=[never]) as provider:
            ended, _, err = numbatch(provider, "run", "o.csv")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (ended, err.splitlines()[-1]) == (143, "numbatch: interrupted; nothing was sent")


@pytest.mark.parametrize(("number", "code"), BOTH)
def test_at_the_question_it_ends_in_one_line(numbatch, monkeypatch, number, code):
    class Person:
        def readline(self):
            os.kill(os.getpid(), number)
            return "yes\n"

    monkeypatch.setattr(buying, "is_attended", lambda: True)
    monkeypatch.setattr(sys, "stdin", Person())
    with ServedSimulator(SimulatorOptions(latency=(0.0, 0.0))) as simulator:
        ended, out, err = numbatch(simulator, "run", "o.csv", "--no-look-up")
        assert simulator.charged == []
        assert (ended, out) == (code, "")
        assert err.splitlines()[-1] == "numbatch: interrupted; nothing was sent"
        monkeypatch.setattr(buying, "is_attended", lambda: False)
        assert numbatch(simulator, "run", "o.csv", "-q")[0] == 0  # the lock was let go of, and the ledger is whole


def test_where_ctrl_c_is_ignored_another_signal_interrupts_all_the_same():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible() as interruption:
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGHUP)
            assert interruption.exit_code == 129
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_that_is_ignored_or_heard_already_is_left_alone():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_only_an_interruption_says_that_nothing_was_sent():
    with pytest.raises(ValueError, match="other"), nothing_sent():
        raise ValueError("other")
    with pytest.raises(KeyboardInterrupt, match="nothing was sent"), nothing_sent():
        raise KeyboardInterrupt
