"""A form tells names, kinds and codes, and no value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.provider.multitel.reply import Reply
from batch.provider.multitel.shapes import shape_of


def words(body, status=200):
    return shape_of(Reply(status, (body if isinstance(body, str) else json.dumps(body)).encode())).words()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"DATA": [{"Number": "12025550123", "SS7": 1, "Area": "", "X": None}], "return_code": 0},
            "1 row of Number (text), SS7 (number), Area (empty text), X (null), return_code 0",
        ),
        ({"DATA": [{"RETURN": -440}]}, "1 row of RETURN (number), RETURN -440, return_code absent"),
        ({"DATA": [{"RETURN": "99"}]}, "1 row of RETURN (text), RETURN 99 (text), return_code absent"),
        ({"DATA": [{"RETURN": 12025550123}]}, "1 row of RETURN (number), RETURN a number, return_code absent"),
        ({"DATA": [{"RETURN": "812.50"}]}, "1 row of RETURN (text), RETURN a text, return_code absent"),
        ({"DATA": [], "return_code": "-5"}, "0 rows, return_code -5 (text)"),
        ({"DATA": {"a": 1}}, "DATA is no list of rows, return_code absent"),
        (
            {"status": True, "result": {"items": [1]}, "none": []},
            "DATA is no list of rows, return_code absent, beside it status (boolean), result (object of items), none (list)",
        ),
        ({"DATA": [{"A": "x"}, {"A": 1, "B": [1]}, {"B": {}}]}, "3 rows of A (text or number), B (list or object), return_code absent"),
        ({"DATA": 1, "list": [{"did": "x"}]}, "DATA is no list of rows, return_code absent, beside it list (list of did)"),
        ([1], "no JSON object, 3 bytes"),
        ("<html>", "no JSON object, 6 bytes"),
        ("", "no JSON object, 0 bytes"),
    ],
)  # fmt: skip
def test_the_form_of_an_answer_is_told_in_one_line(body, expected):
    assert words(body) == expected


def test_under_another_status_there_is_no_form():
    assert words({"DATA": []}, status=503) == "HTTP 503"


def test_a_name_that_is_a_number_is_not_told():
    assert (
        words({"DATA": [{"12025550123": "x", "Uri2": "x"}]})
        == "1 row of ########### (text), Uri2 (text), return_code absent"
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("secret-7f3a"),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["DATA", "return_code", "RETURN", "Number", "x"]), inner)
    ),
)


@given(VALUES)
def test_whatever_is_answered_has_a_form_that_shows_no_text_of_it(value):
    told = words({"DATA": [value], "return_code": value, "more": value})
    assert "secret" not in told
    assert told.isprintable()
    assert words(value)
