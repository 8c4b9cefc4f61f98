"""How far a run gets by when: by the rate at first, then as measured, and anew when a person changes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from batch.cli.forecast import Forecast
from batch.cli.progress import Progress
from batch.ledger.records import Run, Status
from batch.pool.notices import Began, Learnt, Moved, Phase, Steered

BEGIN = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
ZONE = timezone(timedelta(hours=1))
RUN = Run("7f3a", "key", (), (), 200, BEGIN)


class Clock:
    """Stands until it is set."""

    seconds = 0.0

    def now(self):
        return BEGIN + timedelta(seconds=self.seconds)

    def elapsed(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def _forecast(clock, *, hours=None):
    until = None if hours is None else BEGIN + timedelta(hours=hours)
    forecast = Forecast(clock, Decimal(1), until=until, zone=ZONE)
    forecast.begin(14_000)
    return forecast


def test_by_the_rate_at_first_with_the_day_where_it_is_another(clock):
    assert _forecast(clock, hours=3.5).words() == "12,600 of 14,000 by 2026-11-25 02:30"
    assert _forecast(clock).words() == "14,000 of 14,000 by 2026-11-25 02:53"
    assert _forecast(clock, hours=0.5).words() == "1,800 of 14,000 by 23:30"


def test_then_by_what_was_measured_lately(clock):
    forecast = _forecast(clock, hours=1)
    for second in range(1, 1201):
        clock.seconds = second
        forecast.at(second // 2 if second < 600 else 300 + (second - 600) * 2)
    assert forecast.words() == "6,300 of 14,000 by 2026-11-25 00:00"
    forecast.steer(Decimal(4))
    assert forecast.words().startswith("11,100 of 14,000")


def test_after_its_time_nothing_more_is_promised(clock):
    forecast = _forecast(clock, hours=0.5)
    clock.seconds = 3600
    assert forecast.words().startswith("0 of 14,000")


def test_progress_tells_it_with_each_tenth_and_says_pauses_and_what_was_learnt(clock, capsys):
    from batch.cli import logs  # noqa: PLC0415 - configured for this test

    logs.configure(as_json=False, least=logs.Level.INFO)
    try:
        forecast = Forecast(clock, Decimal(1), until=None, zone=ZONE)
        with Progress(bar=False, total=200, forecast=forecast) as told:
            told(Began(RUN, continued=False))
            told(Phase("buying the canary", 2))
            told(Moved("0", Status.PURCHASED))
            told(Learnt("canary: 1 number bought"))
            told(Phase("buying", 200))
            told(Steered(paused=True, rate=Decimal(1)))
            for number in range(1, 21):
                told(Moved(str(number), Status.PURCHASED))
            told(Steered(paused=False, rate=Decimal(2)))
            for number in range(21, 200):
                told(Moved(str(number), Status.PURCHASED))
    finally:
        logs.configure(as_json=False, least=logs.Level.WARNING)
    said = capsys.readouterr().err
    assert "forecast='200 of 200 by 23:03'" in said
    assert "canary: 1 number bought" in said
    assert "paused by hand  next='numbatch continue 7f3a'" in said
    assert "forecast=paused" in said
    assert "done=200  of=200" in said
