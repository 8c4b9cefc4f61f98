"""Signals ask a run to end, each in its way."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from batch.cli.loop import new_runner, signals_to
from batch.errors import UsageError
from batch.session import Stop

DRAINED, AT_ONCE = "drained", "at once"


async def asked(*numbers):
    """What a run is asked for by signals to this process, one after the other."""
    heard = []
    stop = Stop()
    stop.bind(lambda: heard.append(DRAINED), lambda: heard.append(AT_ONCE))
    with signals_to(stop):
        for number in numbers:
            os.kill(os.getpid(), number)
            for _ in range(3):
                await asyncio.sleep(0)
    return stop.signal, heard


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_first_drains(number):
    assert await asked(number) == (number, [DRAINED])


async def test_the_second_stops_at_once():
    assert await asked(signal.SIGTERM, signal.SIGINT) == (signal.SIGTERM, [DRAINED, AT_ONCE])
    assert await asked(signal.SIGHUP, signal.SIGTERM) == (signal.SIGHUP, [DRAINED, AT_ONCE])


async def test_the_end_of_the_terminal_is_never_the_second():
    assert await asked(signal.SIGHUP, signal.SIGHUP) == (signal.SIGHUP, [DRAINED])
    assert await asked(signal.SIGINT, signal.SIGHUP) == (signal.SIGINT, [DRAINED])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
async def test_what_is_ignored_stays_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        assert await asked(number) == (0, [])
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_no_runner_is_made_where_its_connections_may_not_be_open(monkeypatch):
    def refuse(connections):
        raise UsageError(f"{connections} are too many")

    monkeypatch.setattr("batch.cli.loop.require_files", refuse)
    with pytest.raises(UsageError, match="50 are too many"):
        new_runner(50)
