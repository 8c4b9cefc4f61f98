"""The parser gives a verdict to an answer that fits exactly, and to nothing else."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch.number import Number
from batch.provider.lookups import RingTo
from batch.provider.multitel import answers
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.reply import LONGEST_PAUSE, Reply, parse_retry_after
from batch.provider.protocol import (
    Blocked,
    Bought,
    GivenBack,
    NoAnswer,
    NotOwned,
    NotReleased,
    OtherNumber,
    Owned,
    Refused,
    Throttled,
    Unclear,
    UnknownCode,
)

NUMBER = Number("12025550123")
OTHER = Number("12025550124")


def ok(body):
    return Reply(200, body if isinstance(body, bytes) else body.encode())


def bought(body):
    return answers.purchase(ok(body), NUMBER)


def asked(body):
    return answers.inquiry(ok(body), NUMBER)


def returned(value):
    return json.dumps({"DATA": [{"RETURN": value}]})


# Purchases


@pytest.mark.parametrize(
    "body",
    [
        '{"DATA":[{"RETURN":12025550123}]}',
        '{"DATA":[{"RETURN":"12025550123"}]}',
        ' \r\n{ "DATA" : [ { "RETURN" : 12025550123 } ] }\n',
        '{"DATA":[{"RETURN":"12025550123"}],"return_code":0}',
        '{"return_code":"0","DATA":[{"RETURN":"12025550123"}]}',
        '{"DATA":[{"RETURN":"\\u00312025550123"}]}',
    ],
)
def test_return_equal_to_the_number_is_bought(body):
    assert bought(body) == Bought(12025550123)


@pytest.mark.parametrize("code", [one.code for one in CODES.codes])
@pytest.mark.parametrize("kind", [int, str])
def test_every_code_of_the_table_is_a_refusal(code, kind):
    assert bought(returned(kind(code))) == Refused(code)


@pytest.mark.parametrize("code", [99, 100])
def test_a_positive_code_is_a_refusal_even_where_it_equals_what_was_asked_for(code):
    assert answers.purchase(ok(returned(code)), Number(str(code))) == Refused(code)


@pytest.mark.parametrize("code", [0, 1, -1, 101, -164, 999_999, -12025550123])
@pytest.mark.parametrize("kind", [int, str])
def test_another_integer_is_an_unknown_code(code, kind):
    assert bought(returned(kind(code))) == UnknownCode(code)


@pytest.mark.parametrize("other", ["12025550124", "1202555012", "120255501230", "1000000", "999999999999999"])
@pytest.mark.parametrize("kind", [int, str])
def test_another_number_is_said_to_be_one(other, kind):
    assert bought(returned(kind(other))) == OtherNumber(Number(other))


@pytest.mark.parametrize(
    "value",
    [
        *("+12025550123", " 12025550123", "12025550123 ", "12025550123\n", "1 202 555 0123", "012025550123", ""),
        *("12025550123.0", "1.2025550123E10", "0x2ccaa4c4b", "12_025_550_123", "-0", "+99", "099", "--99", "null"),
        *("\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0662\u0663", "\uff11\uff12025550123", "1" * 19),
        *(True, False, None, 12025550123.0, 12025550123.5, [12025550123], [], {}, {"RETURN": 12025550123}),
        *(10**15, -(10**15), 10**40),
    ],
)
def test_a_return_that_is_no_plain_integer_is_no_verdict(value):
    assert isinstance(bought(returned(value)), NoAnswer)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n",
        b"null",
        b"12025550123",
        b'"12025550123"',
        b"[]",
        b"{}",
        b'[{"RETURN":12025550123}]',
        b'{"RETURN":12025550123}',
        b'{"DATA":{"RETURN":12025550123}}',
        b'{"data":[{"RETURN":12025550123}]}',
        b'{"DATA":[]}',
        b'{"DATA":null}',
        b'{"DATA":[null]}',
        b'{"DATA":[12025550123]}',
        b'{"DATA":[[{"RETURN":12025550123}]]}',
        b'{"DATA":[{}]}',
        b'{"DATA":[{"return":12025550123}]}',
        b'{"DATA":[{"RETURN":12025550123},{"RETURN":12025550123}]}',
        b'{"DATA":[{"RETURN":12025550123},{}]}',
        b'{"DATA":[{"RETURN":12025550123,"RETURN":99}]}',
        b'{"DATA":[{"RETURN":99,"RETURN":12025550123}]}',
        b'{"DATA":[{"RETURN":12025550123}],"DATA":[{"RETURN":12025550123}]}',
        b'{"DATA":[{"RETURN":12025550123,"ERROR":"no"}]}',
        b'{"DATA":[{"RETURN":12025550123}],"error":"no"}',
        b'{"DATA":[{"RETURN":12025550123}],"return_code":5}',
        b'{"DATA":[{"RETURN":12025550123}],"return_code":null}',
        b'{"DATA":[{"RETURN":12025550123}],"return_code":false}',
        b'{"DATA":[{"RETURN":NaN}]}',
        b'{"DATA":[{"RETURN":Infinity}]}',
        b'{"DATA":[{"RETURN":-Infinity}]}',
        b'{"DATA":[{"RETURN":12025550123}],"x":NaN}',
        b'{"DATA":[{"RETURN":1e99999999999999999999}]}',
        b'{"DATA":[{"RETURN":12025550123e0}]}',
        b'{"DATA":[{"RETURN":' + b"1" * 5000 + b"}]}",
        b'{"DATA":[{"RETURN":12025550123}]',
        b'{"DATA":[{"RETURN":12025550123}]}}',
        b'{"DATA":[{"RETURN":12025550123}]}{"DATA":[{"RETURN":99}]}',
        b'{"DATA":[{"RETURN":12025550123}]}<!-- -->',
        b"{'DATA':[{'RETURN':12025550123}]}",
        b'callback({"DATA":[{"RETURN":12025550123}]})',
        b'\xef\xbb\xbf{"DATA":[{"RETURN":12025550123}]}',
        b'{"DATA":[{"RETURN":12025550123}],"x":"\xff"}',
        '{"DATA":[{"RETURN":12025550123}]}'.encode("utf-16"),
        '{"DATA":[{"RETURN":12025550123}]}'.encode("utf-16-le"),
        b'{"DATA":[{"RETURN":12025550123}]}\x00',
        b"\x1f\x8b\x08\x00",
        b"<html>12025550123</html>",
        b"[" * 60_000,
        b'{"DATA":' * 9_000,
    ],
)
def test_any_other_body_is_no_verdict(body):
    outcome = bought(body)
    assert isinstance(outcome, NoAnswer)
    assert not outcome.halt
    assert not outcome.busy
    assert "2025550" not in outcome.reason


GOOD = returned(int(NUMBER)).encode()


@pytest.mark.parametrize(
    "status", [100, 101, 201, 202, 204, 206, 400, 401, 402, 403, 404, 408, 500, 502, 504, 520, 999]
)
def test_a_good_body_under_another_status_is_no_verdict(status):
    assert answers.purchase(Reply(status, GOOD), NUMBER) == NoAnswer(f"HTTP {status}")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
def test_a_redirect_halts(status):
    outcome = answers.purchase(Reply(status, GOOD), NUMBER)
    assert isinstance(outcome, NoAnswer)
    assert outcome.halt
    assert answers.inquiry(Reply(status, GOOD), NUMBER) == Unclear(outcome.reason, fatal=True)


def test_429_is_throttled_and_503_is_busy_without_a_verdict():
    assert answers.purchase(Reply(429, GOOD, 7.0), NUMBER) == Throttled(7.0)
    assert answers.purchase(Reply(429, GOOD), NUMBER) == Throttled(None)
    outcome = answers.purchase(Reply(503, GOOD, 7.0), NUMBER)
    assert isinstance(outcome, NoAnswer)
    assert (outcome.busy, outcome.retry_after, outcome.halt) == (True, 7.0, False)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([NUMBER, int(NUMBER), float(NUMBER), OTHER, f"+{NUMBER}", 99, -165, "99"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["DATA", "RETURN", "return_code", "Number", "SetupCost"]) | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
shaped = st.builds(lambda value: {"DATA": [{"RETURN": value}]}, anything)


def says_bought(value):
    """Written independently of the parser: the one shape, and RETURN exactly the number."""
    if not isinstance(value, dict) or not {"DATA"} <= value.keys() <= {"DATA", "return_code"}:
        return False
    code = value.get("return_code", 0)
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) != "0":
        return False
    match value["DATA"]:
        case [{"RETURN": str() | int() as found, **rest}] if not rest and not isinstance(found, bool):
            return str(found) == NUMBER
    return False


@given(anything | shaped)
@example({"DATA": [{"RETURN": NUMBER}]})
@example({"DATA": [{"RETURN": int(NUMBER)}], "return_code": 0})
def test_any_json_is_bought_exactly_when_return_is_the_number(value):
    assert isinstance(bought(json.dumps(value)), Bought) == says_bought(value)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_judged_without_failing_and_never_bought(body):
    assert isinstance(bought(body), NoAnswer)
    assert isinstance(asked(body), Unclear)
    assert isinstance(answers.balance(ok(body)), Unclear)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_byte_or_a_cut_is_never_bought_unless_it_still_says_so(position, byte):
    assert isinstance(bought(GOOD[:position]), NoAnswer)
    changed = GOOD[:position] + bytes([byte]) + GOOD[position + 1 :]
    try:
        expected = says_bought(json.loads(changed))
    except ValueError:
        expected = False
    assert isinstance(bought(changed), Bought) == expected


# Account queries

ROW = {
    "Number": NUMBER,
    "SetupCost": "2.000",
    "MonthlyCharges": "3.00",
    "Uri": "100@pbx.example.com",
    "Description": "Support line",
    "RemainingMinutes": "-3",
    "ServiceActive": "0",
    "DateCreated": "2013-09-10 14:24:11",
}


def row(**changes):
    found = {**ROW, **changes}
    return json.dumps({"DATA": [{key: value for key, value in found.items() if value is not ...}]})


def test_a_row_with_the_numbers_configuration_is_ours():
    assert asked(row()) == Owned(
        number=NUMBER,
        setup=Decimal("2.000"),
        monthly=Decimal("3.00"),
        created=datetime(2013, 9, 10, 14, 24, 11),  # noqa: DTZ001
        description="Support line",
        holding=ROW,
    )


@pytest.mark.parametrize("written", [NUMBER, int(NUMBER), f"+{NUMBER}"])
@pytest.mark.parametrize("code", [{}, {"return_code": 0}, {"return_code": "0"}])
def test_the_number_is_compared_as_digits(written, code):
    assert isinstance(asked(json.dumps({**json.loads(row(Number=written)), **code})), Owned)


@pytest.mark.parametrize("price", ["", "free", "-1", "NaN", "1e3", "1,50", "1_0", " 2", "\u0662", "$2", None, "1" * 40])
def test_a_price_that_is_no_plain_amount_is_unknown_and_the_number_still_ours(price):
    found = asked(row(SetupCost=price, MonthlyCharges=price))
    assert isinstance(found, Owned)
    assert (found.setup, found.monthly) == (None, None)


def test_a_price_as_json_number_is_exact():
    found = asked('{"DATA":[{"Number":"12025550123","SetupCost":0.1,"MonthlyCharges":3}]}')
    assert isinstance(found, Owned)
    assert (found.setup, found.monthly) == (Decimal("0.1"), Decimal(3))


@pytest.mark.parametrize("date", ["", "0000-00-00 00:00:00", "2013-09-10", "10/09/2013", "2013-09-10T14:24:11", None])
def test_a_date_that_is_none_is_unknown(date):
    found = asked(row(DateCreated=date))
    assert isinstance(found, Owned)
    assert found.created is None


def test_half_a_character_in_a_description_can_still_be_stored():
    found = asked(row(Description="half \ud83d", **{"\udfff": "x"}))
    assert isinstance(found, Owned)
    assert found.description == "half ?"
    assert all(text.encode() for pair in found.holding.items() for text in pair if text)


@pytest.mark.parametrize(
    "body",
    [
        row(Number=OTHER),
        row(Number=...),
        row(Number=None),
        row(Number=float(NUMBER)),
        row(Number="1 202 555 0123"),
        row(RETURN=0),
        row(RETURN=-55),
        row(Uri=["a@host"]),
        row(ServiceActive=True),
        json.dumps({"DATA": [{"Number": NUMBER}]}),
        json.dumps({"DATA": [{"Number": NUMBER, "Echo": "yes"}]}),
        json.dumps({"DATA": [{"Number": NUMBER, "Uri": "", "SetupCost": None}]}),
        json.dumps({"DATA": [ROW, ROW]}),
        json.dumps({"DATA": [ROW], "return_code": 5}),
        json.dumps({"DATA": [ROW], "return_code": "x"}),
        row(SetupCost=float("nan")),
        json.dumps({"DATA": [ROW], "elsewhere": float("nan")}),
        json.dumps({"DATA": ROW}),
        json.dumps(ROW),
    ],
)
def test_a_row_that_does_not_show_this_numbers_holding_is_unclear(body):
    assert isinstance(asked(body), Unclear)


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ('{"DATA":[{"RETURN":-165}]}', "return:-165"),
        ('{"DATA":[{"RETURN":"-165"}]}', "return:-165"),
        ('{"DATA":[{"RETURN":0}]}', "return:0"),
        ('{"DATA":[{"RETURN":-275}],"return_code":0}', "return:-275 return_code:0"),
        ('{"DATA":[]}', "no rows"),
        ('{"DATA":[],"return_code":0}', "no rows return_code:0"),
        ('{"DATA":[],"return_code":5}', "no rows return_code:5"),
        ('{"return_code":5}', "return_code:5"),
        ('{"return_code":"5","message":"no such number"}', "return_code:5"),
        ('{"DATA":null}', "no rows"),
        ('{"DATA":null,"return_code":0}', "no rows return_code:0"),
        ('{"DATA":[{}]}', "empty row"),
        ('{"DATA":[{}],"return_code":0}', "empty row return_code:0"),
        ('{"DATA":[{"Number":"-100"}]}', "number:-100"),
        ('{"DATA":[{"Number":-100}],"return_code":0}', "number:-100 return_code:0"),
        ('{"DATA":[{"RETURN":-385,"MESSAGE":"not found"}]}', "return:-385 and words"),
    ],
)
def test_a_code_or_no_row_is_an_absence_with_a_shape_of_its_own(body, shape):
    assert asked(body) == NotOwned(shape)


@pytest.mark.parametrize("code", [100, -55, -110])
def test_a_refused_login_blocks(code):
    assert asked(returned(code)) == Blocked(code)
    assert asked(returned(str(code))) == Blocked(code)
    assert asked(json.dumps({"return_code": code})) == Blocked(code)
    assert asked(json.dumps({"DATA": [], "return_code": code})) == Blocked(code)


@pytest.mark.parametrize(
    "body",
    [
        returned(int(NUMBER)),
        returned(-(10**9)),
        returned(10**15),
        returned("x"),
        json.dumps({"return_code": 10**9}),
        json.dumps({"DATA": [{"RETURN": 5}, {"RETURN": 5}]}),
        json.dumps({"DATA": [{"RETURN": 5, "Number": NUMBER}]}),
        json.dumps({"DATA": [{"RETURN": 5, "Uri": "a@host"}]}),
        json.dumps({"DATA": [{"RETURN": int(NUMBER), "MESSAGE": "yours"}]}),
        json.dumps({"DATA": [{"MESSAGE": "not found"}]}),
        json.dumps({"DATA": [{"Number": "-100", "Uri": "a@host"}]}),
        json.dumps({"DATA": [{}, {}]}),
        '{"return_code":0}',
        "{}",
    ],
)
def test_an_answer_that_says_neither_yes_nor_no_is_unclear(body):
    assert isinstance(asked(body), Unclear)


def test_a_busy_provider_is_unclear_and_asks_for_a_pause():
    for status in (429, 503):
        found = answers.inquiry(Reply(status, b"", 3.0), NUMBER)
        assert isinstance(found, Unclear)
        assert (found.busy, found.retry_after, found.fatal) == (True, 3.0, False)


@given(anything)
def test_any_json_is_owned_only_with_the_number_itself_in_it(value):
    body = json.dumps(value)
    if isinstance(asked(body), Owned):
        assert NUMBER in body


# Balance


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ('"12.50"', "12.50"),
        ("12.50", "12.50"),
        ('"-3.10"', "-3.10"),
        ("0", "0"),
        ('"99.00"', "99.00"),
        ("100.0", "100.0"),
        ("98", "98"),
        ('"1234567.12345678"', "1234567.12345678"),
    ],
)
def test_a_balance_is_decimal(value, amount):
    found = answers.balance(ok('{"DATA":[{"RETURN":' + value + "}]}"))
    assert found == Decimal(amount)
    assert str(found) == amount


@pytest.mark.parametrize("value", [99, "99", 100, "100", -55, -110, "-110", -165, -605, "-1"])
def test_a_balance_that_could_be_a_code_is_unknown(value):
    assert isinstance(answers.balance(ok(returned(value))), Unclear)


@pytest.mark.parametrize("value", ["", "1,234.50", "1e3", "NaN", " 1", "+1", ".5", True, None, [], "9" * 20])
def test_a_balance_that_is_no_amount_is_unknown(value):
    assert isinstance(answers.balance(ok(returned(value))), Unclear)


@pytest.mark.parametrize(
    "body", ["{}", '{"DATA":[]}', '{"DATA":[{}]}', '{"DATA":[{"RETURN":"1.5"}],"return_code":5}', "1.5"]
)
def test_a_balance_in_another_shape_is_unknown(body):
    assert isinstance(answers.balance(ok(body)), Unclear)


def test_a_balance_under_another_status_is_unknown():
    assert isinstance(answers.balance(Reply(500, returned("1.50").encode())), Unclear)


# Releases


@pytest.mark.parametrize("value", [12025550123, "12025550123"])
def test_a_release_is_done_when_the_number_itself_comes_back(value):
    assert answers.release(ok(returned(value)), NUMBER) == GivenBack(12025550123)


@pytest.mark.parametrize("code", [0, 1, -275, -440, 99, 12025550124])
def test_any_other_integer_is_no_proof_of_a_release(code):
    assert answers.release(ok(returned(code)), NUMBER) == NotReleased(code)


@pytest.mark.parametrize("code", [100, -55, -110])
@pytest.mark.parametrize(
    "body",
    ['{"DATA":[{"RETURN":"%d"}]}', '{"DATA":[],"return_code":%d}', '{"return_code":"%d"}', '{"DATA":[{"RETURN":%d}]}'],
)
def test_a_release_with_a_refused_login_halts(body, code):
    assert answers.release(ok(body % code), NUMBER) == NotReleased(code, halt=True)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "<html>",
        '{"DATA":[]}',
        '{"DATA":[],"return_code":0}',
        '{"DATA":[{"RETURN":12025550123.0}]}',
        '{"DATA":[{"RETURN":12025550123},{"RETURN":12025550123}]}',
        '{"DATA":[{"RETURN":12025550123}],"return_code":5}',
        '{"DATA":[{"RETURN":12025550123,"MESSAGE":"not really"}]}',
    ],
)
def test_whatever_else_is_answered_to_a_release_is_no_answer(body):
    assert isinstance(answers.release(ok(body), NUMBER), NoAnswer)


def test_the_status_of_an_answer_to_a_release_counts_as_that_of_a_purchase():
    good = returned(12025550123).encode()
    assert answers.release(Reply(429, good, 7.0), NUMBER) == Throttled(7.0)
    for status in (500, 503, 302, 404):
        assert answers.release(Reply(status, good, 7.0), NUMBER) == answers.purchase(Reply(status, good, 7.0), NUMBER)


# Where calls go


@pytest.mark.parametrize(
    ("body", "destinations", "told"),
    [
        ('{"DATA":[{"Number":"12025550123","URI":"a@h","URI2":"b@h","URI3":""}],"return_code":0}', ("a@h", "b@h"), 4),
        ('{"DATA":[{"Number":12025550123,"Uri":"a@h","Type":1}]}', ("a@h",), 3),
        ('{"DATA":[{"RingTo":"a@h"},{"RingTo":"33123450000"}]}', ("a@h", "33123450000"), 2),
        ('{"DATA":[{"Number":"12025550123","URI":null}]}', (), 2),
    ],
)
def test_destinations_come_in_their_order_whatever_their_name(body, destinations, told):
    found = answers.ring_to(ok(body), NUMBER)
    assert isinstance(found, RingTo)
    assert (found.number, found.destinations, len(found.told)) == (NUMBER, destinations, told)


def test_a_second_row_keeps_what_it_tells_under_a_name_of_its_own():
    found = answers.ring_to(ok('{"DATA":[{"URI":"a@h","Delay":1},{"URI":"b@h","Delay":2}]}'), NUMBER)
    assert found.told == {"URI": "a@h", "Delay": "1", "URI (2)": "b@h", "Delay (2)": "2"}


@pytest.mark.parametrize(
    "body",
    [
        '{"DATA":[{"RETURN":-440}]}',
        '{"DATA":[],"return_code":0}',
        '{"DATA":[],"return_code":-440}',
        '{"DATA":[{"Number":-100}]}',
    ],
)
def test_where_the_calls_of_another_account_go_is_answered_as_its_number_is(body):
    found = answers.ring_to(ok(body), NUMBER)
    assert isinstance(found, NotOwned)
    assert found == answers.inquiry(ok(body), NUMBER)


def test_a_refused_login_blocks_the_question_where_calls_go():
    assert answers.ring_to(ok(returned(-110)), NUMBER) == Blocked(-110)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"DATA":[{"Number":"12025550124","URI":"a@h"}]}',
        '{"DATA":[{"URI":"a@h"},{"Number":"12025550124","URI":"a@h"}]}',
        '{"DATA":[{"Number":"12025550123","Area":"x"}]}',
        '{"DATA":[{"Number":"12025550123","URI":["a@h"]}]}',
        '{"DATA":[{"URI":"a@h"}],"return_code":5}',
    ],
)
def test_an_answer_about_something_else_does_not_tell_where_calls_go(body):
    assert isinstance(answers.ring_to(ok(body), NUMBER), Unclear)


def test_under_another_status_nobody_knows_where_calls_go():
    assert isinstance(answers.ring_to(Reply(500, b'{"DATA":[{"URI":"a@h"}]}'), NUMBER), Unclear)


# Retry-After

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("007", 7.0),
        ("3600", LONGEST_PAUSE),
        ("3601", LONGEST_PAUSE),
        ("9" * 5000, LONGEST_PAUSE),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 13:00:30 +0100", 30.0),
        ("Tue, 24 Nov 2026 12:00:30 -0000", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2099 12:00:00 GMT", LONGEST_PAUSE),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\u0667", None),
        ("Tue, 99 Nov 2026 12:00:00 GMT", None),
        ("Tue, 24 Nov 9999999999999999999 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_capped(header, seconds):
    assert parse_retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_no_retry_after_fails(header):
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_PAUSE


def test_an_answer_that_is_logged_does_not_show_its_body():
    assert "2025550123" not in repr(Reply(200, GOOD))
