"""How far a run gets, also where no phase ever began."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from batch.cli.forecast import Forecast


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC)

    def elapsed(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None: ...


def test_a_step_that_is_told_of_before_any_phase_began_is_no_fault():
    forecast = Forecast(Noon(), Decimal(5), until=None, zone=UTC)
    forecast.at(3)
    assert forecast.words() == "0 of 0 by 12:00"
