"""What people write, and the number that they mean."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from batch.number import (
    NumberError,
    belongs,
    calling_code,
    check_country,
    country_of,
    is_valid,
    of_one_plan,
    parse_number,
    plain_text,
    standing,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12025550123", "12025550123"),
        ("+12025550123", "12025550123"),
        ("0012025550123", "12025550123"),
        ("011 33 1 23 45 00 00", "33123450000"),
        ("+1 (202) 555-0123", "12025550123"),
        ("1.202.555.0123", "12025550123"),
        ("[1] 202 555 0123", "12025550123"),
        ("12025550123.0", "12025550123"),
        ("12025550123,00", "12025550123"),
        ("1.2025550123E+10", "12025550123"),
        ("1,2025550123e10", "12025550123"),
        ("12,025,550,123", "12025550123"),
        ("'+12025550123", "12025550123"),
        ("+44 (0)20 7946 0018", "442079460018"),
        ("+33 (0)1 23 45 00 00", "33123450000"),
        ("(+33) 1 23 45 00 00", "33123450000"),
        ("[+33](0)1.23.45.00.00", "33123450000"),
        ("+39 06 1234 5678", "390612345678"),
        ("٣٣١٢٣٤٥٠٠٠٠", "33123450000"),
        ("३३१२३४५००००", "33123450000"),
        ("\uff0b\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13", "12025550123"),
        ("\u202a+1\u00a0202\u2011555\u20130123\u202c", "12025550123"),
        ("+33\u200b1 23 45\t00 00", "33123450000"),
        ("+800 1234 5678", "80012345678"),
    ],
)
def test_international_numbers(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("01 23 45 00 00", "FR", "33123450000"),
        ("1 23 45 00 00", "FR", "33123450000"),
        ("33123450000", "FR", "33123450000"),
        ("12025550123", "FR", "12025550123"),
        ("(202) 555-0123", "US", "12025550123"),
        ("1 202 555 0123", "US", "12025550123"),
        ("0114 496 0123", "gb", "441144960123"),
        ("01133123450000", "US", "33123450000"),
        ("030/1234567", "DE", "49301234567"),
        ("06 1234 5678", "IT", "390612345678"),
        ("+1 202 555 0123", "FR", "12025550123"),
        ("0033123450000", "US", "33123450000"),
        ("010 1 202 555 0123", "JP", "12025550123"),
        ("264 497 2345", "AI", "12644972345"),
        ("8 (495) 123-45-67", "RU", "74951234567"),
    ],
)
def test_national_numbers_in_their_country(text, country, number):
    assert parse_number(text, country=country) == number


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("", None, "number-missing"),
        (" \u200b ", None, "number-missing"),
        ("+", None, "number-malformed"),
        ("\u202e10105552021\u202c", None, "number-malformed"),
        ("\u2067120 2555 0101\u2069", None, "number-malformed"),
        ("\u202b12025550101", None, "number-malformed"),
        ("1-800-FLOWERS", None, "number-malformed"),
        ("12025550123 ext. 4", None, "number-malformed"),
        ("-12025550123", None, "number-malformed"),
        ("++12025550123", None, "number-malformed"),
        ("12025550123/24", None, "number-malformed"),
        ("12025550123; 12025550124", None, "number-malformed"),
        ("1.20255501234E+10", None, "number-malformed"),
        ("1.20E+10", None, "number-lossy"),
        ("1,2E+10", None, "number-lossy"),
        ("1.2025550123E+100", None, "number-lossy"),
        ("01 23 45 00 00", None, "number-national"),
        ("0114 496 0123", None, "number-national"),
        ("1202555012", None, "number-impossible"),
        ("120255501234", None, "number-impossible"),
        ("+1 555 0123", None, "number-impossible"),
        ("999123456", None, "number-impossible"),
        ("00 0123456789", None, "number-impossible"),
        ("+33 00 1 23 45 00 00", None, "number-impossible"),
        ("1" * 40, None, "number-impossible"),
        ("123", "FR", "number-impossible"),
        ("12025550123", "UK", "country-unknown"),
        ("12025550123", "ZZ", "country-unknown"),
    ],
)
def test_what_is_no_number_says_why(text, country, code):
    with pytest.raises(NumberError) as caught:
        parse_number(text, country=country)
    assert caught.value.code == code
    assert caught.value.problem
    assert caught.value.remedy


def test_possible_is_not_valid():
    number = parse_number("10005550123")
    assert not is_valid(number)
    assert is_valid(parse_number("12025550123"))


def test_countries():
    assert country_of(parse_number("12025550123")) == "US"
    assert country_of(parse_number("16135550123")) == "CA"
    assert country_of(parse_number("33123450000")) == "FR"
    assert country_of(parse_number("+80012345678")) == ""
    assert standing("0") == (False, "")
    assert check_country(" fr ") == "FR"
    assert calling_code("FR") == "33"
    with pytest.raises(NumberError, match="UK") as caught:
        check_country("UK")
    assert "GB" in caught.value.remedy


def test_plain_text_keeps_what_has_no_equal():
    assert plain_text("＋１（２） — é") == "+1(2) - é"


def test_the_fast_ways_agree_with_the_library():
    """Whatever the digits: the same number, validity and country as phonenumbers, or no number at all."""
    chance = random.Random(1)  # noqa: S311 - the same numbers each time
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    for _ in range(3000):
        digits = f"{chance.choice(codes)}{chance.randrange(10 ** chance.randint(4, 12))}"
        try:
            number = parse_number(digits)
        except NumberError:
            continue
        parsed = phonenumbers.parse("+" + digits)
        assert "+" + number == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        country = phonenumbers.region_code_for_number(parsed) or ""
        assert standing(number) == (phonenumbers.is_valid_number(parsed), "" if country == "001" else country)
        assert parse_number(number) == number


def test_national_numbers_agree_with_the_library():
    chance = random.Random(2)  # noqa: S311 - as above
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    for _ in range(3000):
        region, digits = (
            chance.choice(regions),
            f"{chance.choice(['', '0'])}{chance.randint(1, 10 ** chance.randint(5, 11))}",
        )
        try:
            parsed = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        valid = phonenumbers.is_valid_number_for_region(parsed, region)
        if valid and not digits.startswith("00"):
            expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            assert "+" + parse_number(digits, country=region) == expected


TERRITORIES = [
    ("0262 01 00 00", "262262010000"),
    ("0263100000", "262263100000"),
    ("0269000000", "262269000000"),
    ("0639 00 00 00", "262639000000"),
    ("692000000", "262692000000"),
    ("0590200000", "590590200000"),
    ("0691000000", "590691000000"),
    ("0594000000", "594594000000"),
    ("0596000000", "596596000000"),
    ("0697000000", "596697000000"),
    ("0508 40 00 00", "508400000"),
    ("0708 56 00 00", "508708560000"),
    ("0123456789", "33123456789"),
    ("0976370000", "262976370000"),
    ("0976180000", "590976180000"),
    ("0976520000", "594976520000"),
    ("0709100000", "596709100000"),
    ("0976800000", "33976800000"),
    ("0708100000", "33708100000"),
]


@pytest.mark.parametrize(("text", "number"), TERRITORIES)
def test_what_is_dialled_in_france_and_is_a_territorys_gets_its_code(text, number):
    assert parse_number(text, country="FR") == number


def test_only_what_is_dialled_nationally_is_a_territorys():
    assert parse_number("+33 262 01 00 00", country="FR") == "33262010000"
    assert parse_number("0262 01 00 00", country="RE") == "262262010000"
    assert belongs("262262010000", "FR")
    assert belongs("33123456789", "FR")
    assert not belongs("262262010000", "DE")


def test_islands_that_share_ranges_are_one_plan():
    assert of_one_plan("590590200000", "590590299999")
    assert not of_one_plan("262262010000", "590590200000")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12025550123 (main line)", "behind the number"),
        ("12025550123*", "behind the number"),
        ("12025550123 #2", "behind the number"),
        ("12025550123%", "behind the number"),
        ("4930123456 (2)", "behind the number"),
        ("12025550123 ext. 5", "extension"),
        ("12025550123, 12025550124", "several numbers"),
        ("12025550123 / 12025550124", "several numbers"),
        ("4930123\n456", "several lines"),
        ("Total: 43", "a text and no number"),
        ("n/a", "a text and no number"),
    ],
)
def test_what_stands_beside_a_number_is_never_taken_for_digits_of_it(text, words):
    with pytest.raises(NumberError, match=words) as caught:
        parse_number(text)
    assert caught.value.code == "number-malformed"
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["24.11.2026", "24/11/2026", "11-24-2026", "2026-11-24", "2026-11-24 00:00:00"])
def test_a_date_is_no_number_however_it_is_written(text):
    with pytest.raises(NumberError, match="it is a date") as caught:
        parse_number(text, country="DE")
    assert caught.value.code == "number-lossy"


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("01.12.20.26.30", "FR", "33112202630"),
        ("+45 22 12 20 26", None, "4522122026"),
        ("22 12 20 26", "DK", "4522122026"),
        ("12\u202f025\u202f550\u202f123", None, "12025550123"),
        ("+44 (0)20 7946 0000", None, "442079460000"),
    ],
)
def test_grouped_digits_are_a_number(text, country, number):
    assert parse_number(text, country=country) == number
