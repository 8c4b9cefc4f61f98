"""A value as a cell's XML: nothing changed, nothing cut in silence."""

# ruff: noqa: DTZ001  # a spreadsheet's moments have no zone

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from openpyxl.utils.datetime import to_excel

from batch.reconciler.workbook import cells


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain", "plain"),
        ("a<b> & c", "a&lt;b&gt; &amp; c"),
        ("a\x00b", "a_x0000_b"),
        ("line\r\nfeed", "line_x000D_\nfeed"),
        ("_x0041_", "_x005F_x0041_"),
        ("_x0041_x0042_", "_x005F_x0041_x005F_x0042_"),
        ("_x0041\x01", "_x005F_x0041_x0001_"),
        ("_x004_", "_x004_"),
        ("\ud800", "_xD800_"),
        ("\ufffe\uffff", "_xFFFE__xFFFF_"),
        ("=1+1", "=1+1"),
    ],
)
def test_text_is_escaped_so_that_it_reads_as_it_stands(text, escaped):
    assert cells.escape_text(text) == escaped


def test_space_at_the_edges_and_line_breaks_are_kept():
    assert cells.text_element(" a") == '<t xml:space="preserve"> a</t>'
    assert cells.text_element("a\nb") == '<t xml:space="preserve">a\nb</t>'
    assert cells.text_element("a b") == "<t>a b</t>"


def test_text_that_a_cell_cannot_hold_says_how_long_it_was():
    kept = "x" * cells.MAX_TEXT
    assert cells.fit_text(kept) == kept
    cut = cells.fit_text("x" * 40_000)
    assert len(cut) == cells.MAX_TEXT
    assert cut.endswith(" … [cut: 40,000 characters]")
    wide = "😀" * 20_000  # two code units each
    assert cells.fit_text(wide).endswith("[cut: 40,000 characters]")
    assert cells.text_element("x" * 40_000) == f"<t>{cut}</t>"
    assert cells.fit_text("😀" * 16_383) == "😀" * 16_383


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 21, 22, 47, 13, 250_000),
        datetime(1900, 3, 1),
        datetime(9999, 12, 31, 23, 59, 59),
        date(2026, 11, 21),
        date(1900, 3, 1),
        time(13, 37, 59),
    ],
)
def test_moments_are_the_numbers_that_spreadsheets_use(moment):
    assert float(cells.serial(moment)) == pytest.approx(to_excel(moment), abs=1e-9)


def test_aware_times_are_told_in_utc():
    berlin = datetime(2026, 11, 21, 23, 0, tzinfo=timezone(timedelta(hours=1)))
    assert cells.serial(berlin) == cells.serial(datetime(2026, 11, 21, 22, 0, tzinfo=UTC))
    assert cells.serial(berlin) == cells.serial(datetime(2026, 11, 21, 22, 0))


def test_what_excel_has_no_number_for_is_none():
    assert cells.serial(datetime(1899, 1, 1)) is None
    assert cells.serial(date(1900, 2, 28)) is None


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal(123456789012345), "123456789012345"),
        (Decimal(1234567890123456), None),
        (Decimal("1E+300"), None),
        (Decimal("NaN"), None),
        (12025550123, "12025550123"),
        (-(10**15), None),
        (0.1, "0.1"),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_numbers_are_written_digit_for_digit_or_not_as_numbers(value, digits):
    assert cells.number_text(value) == digits


def test_everything_else_has_a_plain_text():
    assert cells.plain_text(Decimal("1E+3")) == "1000"
    assert cells.plain_text(Decimal("Infinity")) == "Infinity"
    assert cells.plain_text(date(1815, 6, 18)) == "1815-06-18"
    assert cells.plain_text(10**20) == "1" + "0" * 20
