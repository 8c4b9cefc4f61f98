"""What no caller can catch is told in the words of logs: masked, on one line, without a raw traceback."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import sys
import threading

import pytest

from batch.cli import logs, masking, process

CANARY = "canary-1ad0"


@pytest.fixture(autouse=True)
def guarded(monkeypatch):
    """As in a process of its own; everything is as it was afterwards."""
    monkeypatch.setattr(masking, "_seen", {})
    for owner, name in ((threading, "excepthook"), (sys, "unraisablehook"), (logging, "lastResort")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    masking.remember(CANARY)
    logs.configure(as_json=False, least=logs.Level.WARNING)
    process.guard_process()
    yield
    logs.configure(as_json=False, least=logs.Level.WARNING)
    resource.setrlimit(resource.RLIMIT_CORE, limits)


def test_no_core_file_is_left():
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def test_an_error_that_ends_a_thread(capsys):
    def fail():
        raise RuntimeError(CANARY)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    [line] = capsys.readouterr().err.splitlines()
    assert "RuntimeError: ***" in line


def test_a_thread_that_exits_says_nothing(capsys):
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    assert capsys.readouterr().err == ""


def test_an_error_in_a_finaliser(capsys):
    class Failing:
        def __del__(self):
            raise RuntimeError(CANARY)

    Failing()
    gc.collect()
    [line] = capsys.readouterr().err.splitlines()
    assert "RuntimeError: ***" in line


@pytest.mark.parametrize("least", [logs.Level.WARNING, logs.Level.DEBUG])
@pytest.mark.parametrize("as_json", [True, False])
def test_what_a_library_logs_of_itself(capsys, monkeypatch, as_json, least):
    """As asyncio says of a task whose error nobody asked for."""
    logs.configure(as_json=as_json, least=least)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    async def fail():
        raise RuntimeError(CANARY)

    async def forget():
        task = asyncio.ensure_future(fail())
        await asyncio.wait([task])

    asyncio.run(forget())
    gc.collect()
    shown = capsys.readouterr().err
    assert "never retrieved" in shown
    assert "asyncio" in shown
    assert CANARY not in shown
    assert ("Traceback" in shown) == (least is logs.Level.DEBUG)


def test_a_record_that_can_not_be_told_ends_nothing(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logging.getLogger("library").error("%d", "no number")
    assert capsys.readouterr().err == ""
