"""Prices as people write them: a comma is a decimal sign where it can't be one of thousands; what may be two is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from batch.money import parse_money, parse_price


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8", "8"),
        ("8.50", "8.50"),
        ("8,50", "8.50"),
        ("8,5", "8.5"),
        ("2.000", "2"),
        ("0,019", "0.019"),
        ("12345,678", "12345.678"),
        (".5", "0.5"),
        ("1.250,50", "1250.50"),
        ("1,250.50", "1250.50"),
        ("1 250,50", "1250.50"),
        ("1\u202f250,50", "1250.50"),
        ("1'250.50", "1250.50"),
        (" 9 ", "9"),
    ],
)
def test_a_price_is_read_with_either_decimal_sign(text, amount):
    assert parse_price(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["1,250", "1,250,000", "1.250.000", "8,", ",5", "1.2.3", "-1", "+1", "1e3", "1_000", "$8", "8 USD", "", "1 2"],
)
def test_what_is_no_price_or_may_be_two_is_none(text):
    assert parse_price(text) is None


def test_no_number_costs_a_thousand_million():
    assert parse_price("999999999") == 999_999_999
    assert parse_price("1000000000") is None


def test_no_amount_is_so_large_that_its_cents_are_lost():
    assert parse_money("999999999999999.99") == Decimal("999999999999999.99")
    assert [parse_money(one) for one in ("1e15", "1e28", "1e400")] == [None] * 3


def test_a_providers_amount_has_a_point():
    assert parse_money("8,50") is None
