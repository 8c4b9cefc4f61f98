"""Lines on stderr: text or JSON, without secrets, no line below the level asked for."""

from __future__ import annotations

import json

import pytest

from batch.cli import logs
from batch.cli.logs import Level, configure, log, log_traceback


@pytest.fixture(autouse=True)
def restored():
    yield
    configure(as_json=False, least=Level.WARNING)


def test_text(capsys):
    configure(as_json=False, least=Level.INFO)
    log(Level.INFO, "run begins", run="7f3a", reason="two words", nothing=None)
    log(Level.DEBUG, "unseen")
    [line] = capsys.readouterr().err.splitlines()
    assert line[8:] == " info    run begins  run=7f3a  reason='two words'"


def test_json(capsys):
    configure(as_json=True, least=Level.DEBUG)
    log(Level.ERROR, "halted", seconds=1.5, uri="sip:bob:hunter2@h")
    told = json.loads(capsys.readouterr().err)
    assert told.pop("timestamp").endswith("Z")
    assert told == {"event": "halted", "level": "error", "seconds": 1.5, "uri": "sip:bob:***@h"}


def test_a_line_stays_one_line(capsys):
    configure(as_json=False, least=Level.INFO)
    log(Level.INFO, "a", b="x\ny\x1b[0m")
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_on_request_only(capsys, as_json):
    error = RuntimeError("Password=hunter2")
    configure(as_json=as_json, least=Level.INFO)
    log_traceback(error)
    assert capsys.readouterr().err == ""
    configure(as_json=as_json, least=Level.DEBUG)
    log_traceback(error)
    shown = capsys.readouterr().err
    assert "RuntimeError" in shown
    assert "hunter2" not in shown


def test_nothing_heavy_is_imported_for_silence():
    configure(as_json=False, least=Level.ERROR)
    log(Level.INFO, "unseen")
    assert logs._chosen.logger is None
