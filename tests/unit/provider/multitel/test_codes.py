"""The return-code table says what the provider's documents say, and names what is only assumed."""

import pytest

from batch.codes import Actor, CodeKind
from batch.provider.multitel.codes import CODES, LOGIN_REFUSED

KINDS = {
    99: CodeKind.ACCOUNT,
    100: CodeKind.ACCOUNT,
    -55: CodeKind.ACCOUNT,
    -110: CodeKind.ACCOUNT,
    -165: CodeKind.SOLD,
    -220: CodeKind.RESERVED,
    -275: CodeKind.FINAL,
    -330: CodeKind.FINAL,
    -1100: CodeKind.ACCOUNT,
    -1210: CodeKind.FINAL,
    -1265: CodeKind.FINAL,
    -1320: CodeKind.FINAL,
    -1650: CodeKind.ACCOUNT,
    -1705: CodeKind.FINAL,
}


def test_the_table_holds_these_codes_with_these_kinds_and_no_other():
    assert {one.code: one.kind for one in CODES.codes} == KINDS
    assert len(CODES.codes) == len(KINDS)


def test_only_the_sister_apis_codes_are_unconfirmed_and_their_meaning_says_so():
    unconfirmed = {one.code for one in CODES.codes if not one.confirmed}
    assert unconfirmed == {-1100, -1320, -1650, -1705}
    assert {one.code for one in CODES.codes if "unconfirmed" in one.meaning} == unconfirmed
    assert all("assumed" in one.source for one in CODES.codes if not one.confirmed)


def test_every_negative_code_is_55_times_the_sister_apis():
    assert [one.code for one in CODES.codes if one.code < 0 and one.code % 55] == []


def test_99_names_both_of_its_meanings():
    found = CODES.get(99)
    assert found is not None
    assert "balance" in found.meaning
    assert "may not buy" in found.meaning


@pytest.mark.parametrize("one", CODES.codes, ids=lambda one: str(one.code))
def test_every_code_tells_people_something(one):
    assert one.meaning
    assert len(one.meaning) < 80
    assert one.todo.endswith(".")
    assert one.source
    assert one.actor is not Actor.NOBODY


def test_a_code_outside_the_table_is_unknown():
    assert CODES.get(0) is None
    assert CODES.get(-1) is None
    assert CODES.get(12025550123) is None


def test_a_refused_login_is_an_account_code_of_the_table():
    found = [CODES.get(code) for code in LOGIN_REFUSED]
    assert [one.kind for one in found if one is not None] == [CodeKind.ACCOUNT] * 3
