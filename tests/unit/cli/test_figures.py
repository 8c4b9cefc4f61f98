"""Money, durations and counts, for people and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal

from batch.cli.figures import amount, money_text, plural, rate_text, span
from batch.cli.options_of import pool_options, request_timeout, time_zone, until_moment
from batch.errors import UsageError
from batch.settings.model import Settings


@pytest.mark.parametrize(
    ("money", "text"),
    [
        ("503.500", "503.50"),
        ("0", "0.00"),
        ("12", "12.00"),
        ("1E+3", "1000.00"),
        ("0.0190", "0.019"),
        ("2.505", "2.505"),
    ],
)
def test_money_for_programs_is_text_with_two_decimals_or_more(money, text):
    assert money_text(Decimal(money)) == text


def test_unknown_money():
    assert money_text(None) is None
    assert amount(None, "USD") == "not known"
    assert amount(Decimal(1234), "EUR") == "1,234.00 EUR"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (2800, "46 min 40 s"), (7200, "2 h"), (90061, "1 d 1 h")]
)
def test_spans(seconds, text):
    assert span(timedelta(seconds=seconds)) == text


def test_counts_and_rates():
    assert plural(1, "row") == "1 row"
    assert plural(1200, "row") == "1,200 rows"
    assert rate_text(Decimal("25.0")) == "25"
    assert rate_text(Decimal(100)) == "100"
    assert rate_text(Decimal("0.50")) == "0.5"


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("until", "now", "moment"),
    [
        (None, "2026-11-24T10:00", None),
        (timedelta(hours=2), "2026-11-24T10:00", "2026-11-24T12:00"),
        (time(18, 30), "2026-11-24T10:00", "2026-11-24T17:30"),
        (time(6, 0), "2026-11-24T10:00", "2026-11-25T05:00"),
        (time(11, 0), "2026-11-24T10:00", "2026-11-25T10:00"),
        # The clock goes back in the night to 25 October: six in the morning is seven hours after midnight.
        (time(6, 0), "2026-10-24T22:00", "2026-10-25T05:00"),
    ],
)
def test_until_is_the_next_time_of_day_in_the_zone(until, now, moment):
    found = until_moment(until, datetime.fromisoformat(now).replace(tzinfo=UTC), BERLIN)
    assert (found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if found else None) == moment


def test_the_zone_is_the_setting_or_the_systems():
    assert time_zone(Settings(timezone="Europe/Berlin")) == BERLIN
    assert datetime.now(time_zone(Settings())).utcoffset() is not None


@pytest.mark.parametrize(
    "error", [ZoneInfoNotFoundError("no such zone:\n  Nowhere"), ValueError(), PermissionError(13, "Permission denied")]
)
def test_a_time_zone_of_the_system_that_is_none_is_said(error, monkeypatch):
    def refuse():
        raise error

    monkeypatch.setattr(tzlocal, "get_localzone", refuse)
    with pytest.raises(UsageError, match="the system's time zone is not known") as refused:
        time_zone(Settings())
    assert "\n" not in refused.value.problem
    assert "`timezone`" in refused.value.remedy


def test_a_rehearsal_is_faster_in_pace_and_patience_alike():
    settings = Settings(resolve_delay=10)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    real, fast, fastest = (pool_options(settings, now, speed=speed) for speed in (1, 20, 1000))
    assert (real.rate, real.resolve_delay, real.resolve_horizon) == (5, 10, 60)
    assert (fast.rate, fast.resolve_delay, fast.resolve_horizon) == (100, 0.5, 3)
    assert (fastest.resolve_delay, fastest.resolve_horizon) == (0.2, 1.2)
    assert request_timeout(settings) == 30
    assert request_timeout(settings, 20) == 1.5
    assert request_timeout(settings, 1000) == 1
