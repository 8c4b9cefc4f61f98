"""Two cells say the same, or they do not, however they say it."""

from __future__ import annotations

import datetime as dt

import pytest

from batch.loader.cells import Flaw
from batch.reconciler.verifying.likeness import same, shown

MOMENT = dt.datetime(2026, 11, 21, 21, 0)  # noqa: DTZ001 - as cells are
FLAW = Flaw("excel-error", "#REF!", "an error")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "a"),
        (1, 1.0),
        (12025550123, "12025550123"),
        ("2.50", 2.5),
        (True, "true"),
        ("a\r\nb", "a\nb"),
        (MOMENT, 46347.875),
        (dt.date(2026, 11, 21), 46347),
        (dt.time(6), 0.25),
        (MOMENT, MOMENT + dt.timedelta(microseconds=900)),
        (1 / 30, 0.0333333333333333),
    ],
)
def test_alike(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "A"),
        ("a", "a "),
        ("007", 7),
        ("1e3", 1000),
        (2.5, 2.51),
        (999999999.99, 999999999.98),
        (123456789012345, 123456789012346),
        (0, ""),
        (True, "yes"),
        (False, ""),
        (MOMENT, "2026-11-21"),
        (MOMENT, MOMENT + dt.timedelta(milliseconds=2)),
        (FLAW, ""),
        (1, FLAW),
        ("text", 1),
    ],
)
def test_not_alike(one, other):
    assert not same(one, other)
    assert not same(other, one)


def test_a_cell_in_words():
    cells = [True, False, FLAW, MOMENT, dt.date(2026, 1, 2), dt.time(1, 2), 0.1, 1e-7, 1e300, 12, "x"]
    assert [shown(cell) for cell in cells] == [
        "TRUE", "FALSE", "#REF!", "2026-11-21 21:00:00", "2026-01-02", "01:02:00", "0.1", "0.0000001", "1e+300", "12", "x",
    ]  # fmt: skip
