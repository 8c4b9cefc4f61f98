"""A run's notices, as a bar at a terminal and as lines elsewhere; every number counts once."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

import pytest

from batch.cli import logs, progress
from batch.cli.progress import Progress, shows_bar
from batch.ledger.records import Run, Status
from batch.pool.notices import Alarm, Began, Halted, Moved, Paused, Phase, Resumed, Stepped

RUN = Run("7f3a", "key", (), (), 200, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def shown(capsys):
    logs.configure(as_json=False, least=logs.Level.INFO)
    yield lambda: capsys.readouterr().err
    logs.configure(as_json=False, least=logs.Level.WARNING)


def test_lines_at_each_tenth(shown):
    with Progress(bar=False) as told:
        told(Began(RUN, continued=False))
        told(Phase("buying", 200))
        for number in range(200):
            told(Moved(str(number), Status.PURCHASED))
    lines = shown().splitlines()
    assert "run begins" in lines[0]
    assert "run=7f3a" in lines[0]
    assert len([line for line in lines if "done=" in line]) == 10
    assert "done=200  of=200" in lines[-1]


def test_a_number_counts_once_whatever_becomes_of_it():
    with Progress(bar=False, total=4) as told:
        told(Phase("buying", 9))
        told(Moved("1", Status.DOUBT))
        told(Moved("1", Status.DOUBT))
        told(Moved("2", Status.PURCHASED))
        told(Moved("3", Status.REFUSED, -275))
        told(Moved("4", Status.DEFERRED))
        told(Moved("4", Status.PURCHASED))
        assert told.counts.replace("ok", "✓").replace("x", "✗") == "✓ 2  ✗ 1  ? 1"
        told(Phase("asking about numbers in doubt", 1))
        told(Moved("1", Status.OWNED))
        assert told.counts.endswith("? 0")


def test_everything_else_is_said(shown):
    with Progress(bar=False) as told:
        told(Began(RUN, continued=True))
        told(Paused(2.5, "the provider asks for fewer requests"))
        told(Resumed())
        told(Halted("not enough balance"))
        told(Alarm("charged twice"))
        told(Phase("reading prices back", 0))
        told(Stepped())
    text = shown()
    for words in ("run continues", "pause  seconds=2.5", "goes on", "not enough balance", "charged twice"):
        assert words in text


def test_a_bar_with_rate_eta_and_counts(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(progress, "_size", lambda: {"ncols": 100, "nrows": 24, "mininterval": 0, "miniters": 1})
    assert shows_bar(quiet=False)
    assert not shows_bar(quiet=True)
    with Progress(bar=True) as told:
        told(Phase("buying", 3))
        told(Moved("1", Status.PURCHASED))
        told(Moved("2", Status.REFUSED))
    text = stream.getvalue()
    assert "buying:  67%" in text
    assert "2/3" in text
    assert "/s  ETA " in text
    assert "1" in text.rpartition("ETA")[2]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not shows_bar(quiet=False)


def test_a_terminal_that_is_gone_ends_nothing(monkeypatch):
    class Gone(io.StringIO):
        left = 0

        def isatty(self):
            return True

        def write(self, text):
            Gone.left -= 1
            if Gone.left < 0:
                raise OSError(28, "No space left on device")
            return super().write(text)

        def flush(self):
            self.write("")

    monkeypatch.setattr(sys, "stderr", Gone())
    monkeypatch.setattr(progress, "_size", lambda: {"ncols": 100, "nrows": 24, "mininterval": 0, "miniters": 1})
    for writes in range(8):
        Gone.left = writes
        with Progress(bar=True) as told:
            told(Phase("buying", 3))
            told(Moved("1", Status.PURCHASED))
            told(Phase("reading prices back", 3))
            told(Stepped())
        assert told.counts.startswith(("✓ 1", "ok 1"))


def test_the_bars_size_where_a_terminal_has_none(monkeypatch):
    assert progress._size() == {"ncols": 100, "nrows": 24}
