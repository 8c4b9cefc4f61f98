"""The forms that destinations have, each with the sign by which a spreadsheet tells it."""

from __future__ import annotations

from batch.fields.conditions import All, Begins, Condition, Contains, Either, Not, Only, Shape
from batch.provider.multitel.checks import holds_password, is_email, is_phone, is_prefixed, is_sip, is_url


def _like_sip(name: str) -> Condition:
    return Either((Contains(name, "@"), Begins(name, "sip:"), Begins(name, "sips:")))


def _like_a_number(name: str) -> Condition:
    return Only(name, "+0123456789")


def _like_a_url(name: str) -> Condition:
    return Either((Begins(name, "http://"), Begins(name, "https://")))


def _like_an_address(name: str) -> Condition:
    return All((Contains(name, "@"), Not(_like_a_url(name))))


SIP_URI = Shape(is_sip, _like_sip)
DIALLED = Shape(lambda value: is_phone(value) or is_prefixed(value), _like_a_number)
"""A phone number, also with a prefix that the provider does not take."""
EMAIL = Shape(is_email, _like_an_address)
URL = Shape(is_url, _like_a_url)
PASSWORD = Shape(holds_password)
