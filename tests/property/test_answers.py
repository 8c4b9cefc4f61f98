"""Documented answers, mutated in every way that JSON and HTTP bodies allow, against predicates that say what is a verdict.

The answers are built as text, not by a JSON writer: what is interesting is what no writer would write. The predicates read
the text so that nothing is lost (numbers as they are written, keys as often as they stand there) and know nothing of the
parser that they judge: each says for one function which answers mean what, and every other answer must mean nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from batch.number import Number
from batch.provider.lookups import Country, RingTo
from batch.provider.multitel import answers, listings
from batch.provider.multitel.reply import Reply
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
    Unclear,
    UnknownCode,
)

NUMBER, OTHER = "12025550123", "12025550124"
REFUSALS = frozenset(
    {99, 100, -165, -220, -275, -1210, -1265, -55, -110, -330, -1100, -1320, -1650, -1705}
)  # as the provider documents them, and its client
LOGIN = frozenset({100, -55, -110})
SHOWS_A_HOLDING = frozenset(
    {
        *("SetupCost", "MonthlyCharges", "PerMinuteCharges", "Uri", "Uri2", "Uri3", "RingType", "RingStyle"),
        *("ForwardDestination", "Cnam", "Description", "Channels", "FreeMinutes", "RemainingMinutes", "ServiceActive"),
        *("Voice_Enabled", "SMS_Enabled", "MMS_Enabled", "DateCreated", "Subaccount_Id"),
    }
)


# Reading without losing anything --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A JSON number, or NaN and its like, as it is written."""

    text: str


class Unread(Exception):
    """The body is not one JSON document in UTF-8 whose objects have each key once and whose numbers are numbers."""


def _object(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise Unread
    return dict(pairs)


def _constant(_text):
    raise Unread


def _integer(text):
    if len(text.lstrip("-")) > 4300:  # more than Python takes by itself, and no provider's number
        raise Unread
    return Written(text)


def _real(text):
    try:
        Decimal(text)
    except ArithmeticError:  # an exponent of nineteen digits
        raise Unread from None
    return Written(text)


def read(body: bytes):
    """The document; numbers are `Written`."""
    try:
        text = body.decode("utf-8", "strict")
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
        )
    except (ValueError, RecursionError):
        raise Unread from None


def code_of(value) -> int:
    """The integer that is written out in full, as number or as string. 1.2e10 is none, nor is "+1", " 1", "01" or "١"."""
    text = value.text if isinstance(value, Written) else value
    if not isinstance(text, str) or not re.fullmatch("0|-?[1-9][0-9]{0,14}", text, re.ASCII):
        if value == Written("-0"):
            return 0
        raise Unread
    return int(text)


def envelope(body: bytes):
    """DATA's rows (None where there is no DATA), return_code (None where there is none), and whether anything else is there."""
    top = read(body)
    if not isinstance(top, dict):
        raise Unread
    rows = top.get("DATA")
    if "DATA" in top:
        rows = [] if rows is None else rows
        if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
            raise Unread
    code = code_of(top["return_code"]) if "return_code" in top else None
    return rows, code, bool(top.keys() - {"DATA", "return_code"})


# What means what ------------------------------------------------------------------------------------------------------


def bought(body: bytes):
    """A purchase: one row with RETURN and nothing else, beside no other return_code than 0. Success is the number itself."""
    rows, code, more = envelope(body)
    if rows is None or len(rows) != 1 or rows[0].keys() != {"RETURN"} or code not in {None, 0} or more:
        raise Unread
    returned = code_of(rows[0]["RETURN"])
    if returned in REFUSALS:
        return Refused(returned)
    if returned < 10**6:
        return UnknownCode(returned)
    return Bought(returned) if returned == int(NUMBER) else OtherNumber(Number(str(returned)))


def held(body: bytes):
    """An account query: `Owned`, `NotOwned` or `Blocked` as a kind alone."""
    rows, code, _ = envelope(body)
    if rows is not None and len(rows) > 1:
        raise Unread
    row = rows[0] if rows else None
    if row and "RETURN" not in row and row.keys() != {"Number"}:
        return _shows_holding(row, code)
    codes = [] if code is None else [code]
    if row and "RETURN" in row:
        if row.keys() & (SHOWS_A_HOLDING | {"Number"}):
            raise Unread
        codes.append(code_of(row["RETURN"]))
    elif (row and row["Number"] not in ("-100", Written("-100"))) or (rows is None and not code):
        raise Unread
    if any(abs(one) >= 10**6 for one in codes):
        raise Unread
    return Blocked if LOGIN & set(codes) else NotOwned


def _shows_holding(row, code):
    scalars = all(value is None or isinstance(value, str | Written) for value in row.values())
    number = row.get("Number")
    text = number.text if isinstance(number, Written) else number
    shown = any(row.get(key) not in (None, "") for key in SHOWS_A_HOLDING)
    if not (scalars and shown and text in {NUMBER, f"+{NUMBER}"} and code in {None, 0}):
        raise Unread
    return Owned


def amount(body: bytes) -> Decimal:
    """A balance: RETURN of the only row, an amount in plain digits that can't be one of the codes."""
    rows, code, _ = envelope(body)
    if rows is None or len(rows) != 1 or code not in {None, 0}:
        raise Unread
    value = rows[0].get("RETURN")
    text = value.text if isinstance(value, Written) else value
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text, re.ASCII):
        raise Unread
    if re.fullmatch("-?[0-9]+", text) and int(text) in REFUSALS:
        raise Unread
    return Decimal(text)


# Answers that nobody should send ---------------------------------------------------------------------------------------

RETURNS = st.sampled_from(
    [
        *(NUMBER, f'"{NUMBER}"', OTHER, f'"{OTHER}"', "99", '"99"', "100", "-165", '"-165"', "-220", "-55", "-110", "-440"),
        *(f"{NUMBER}.0", f"{NUMBER}.5", "1.2025550123e10", "12025550123E0", "12025550123e-0", "120255501230e-1"),
        *("0", "-0", "1", "-1", "true", "false", "null", "NaN", "Infinity", "-Infinity", "-NaN", "nan"),
        *(f"+{NUMBER}", f"0{NUMBER}", f"{NUMBER}.", "0x2ccaa4c4b", f"{NUMBER}L", "1_2025550123", f"- {NUMBER}"),
        *("1" + "0" * 15, "1" + "0" * 400, "9" * 4300, "9" * 5000, "-" + "9" * 5000, "1e400", "1e999999999999999999999"),
        *(f'" {NUMBER}"', f'"{NUMBER} "', f'"{NUMBER}\\n"', f'"+{NUMBER}"', f'"0{NUMBER}"', f'"{NUMBER}.0"', '"1.2025550123e10"'),
        *('"１２０２５５５０１２３"', '"١٢٠٢٥٥٥٠١٢٣"', f'"{NUMBER}\u200b"', '"1\u20602025550123"', '"\\u00312025550123"'),
        *('"\\ud800"', f'"{NUMBER}\\ud800"', '"\\udcff"', f'"\\u0000{NUMBER}"', '""', '"NaN"', '"true"', f"'{NUMBER}'"),
        *(f"[{NUMBER}]", "[]", "{}", f'{{"RETURN":{NUMBER}}}', f'"{NUMBER}" ', f"[[{NUMBER}]]", '"-0"', '"00"', '"--99"'),
        *("12.50", '"12.50"', '"-3.10"', "15e-1", '"1,234.50"', '"$5"', '"1e3"', '"99.00"', "98"),
    ]
)  # fmt: skip
CODES = st.sampled_from([written for code in sorted(REFUSALS) for written in (str(code), f'"{code}"')])
VALUES = RETURNS | st.sampled_from(
    ['"2.000"', '"100@pbx.example.com"', '"2013-09-10 14:24:11"', '"-100"', "-100", '"0"', "5"]
)
KEYS = st.sampled_from(
    [
        *('"RETURN"', '"return"', '"RETURN "', '"R\\u0045TURN"', '"\\u0052ETURN"', '"Return"', '"RETURN\\u0000"', '""'),
        *(
            '"Number"',
            '"number"',
            '"SetupCost"',
            '"Uri"',
            '"Description"',
            '"MESSAGE"',
            '"ERROR"',
            '"\\ud800"',
            "RETURN",
        ),
    ]
)
SPACES = st.sampled_from(["", "", "", " ", "\n", "\r\n\t", "\u00a0", "\ufeff", "\x00", "\u2028", "/**/"])
TAILS = st.sampled_from(
    [
        "",
        "}",
        "]",
        ",",
        "0",
        "x",
        "<!-- -->",
        "\x00",
        '{"DATA":[{"RETURN":99}]}',
        "\n\n",
        "// ok",
        "\u00a0",
        "null",
        "\ufeff",
    ]
)
HEADS = st.sampled_from(["\ufeff", "\x00", "callback(", ")]}',\n", "{}", "[", '{"x":', "\n", "while(1);", "\u00a0"])
REFUSAL = "refusal"
ROWS = {
    "purchase": [('"RETURN"', NUMBER)],
    "inquiry": [('"Number"', f'"{NUMBER}"'), ('"SetupCost"', '"2.000"'), ('"Uri"', '"100@pbx.example.com"')],
    "absence": [('"RETURN"', "-440")],
    "balance": [('"RETURN"', '"12.50"')],
    "stock": [('"Number"', f'"{NUMBER}"'), ('"SetupCost"', '"2.000"'), ('"SS7"', "1")],
    "countries": [
        ('"COUNTRYCODE"', '"1"'),
        ('"DESCRIPTION"', '"USA"'),
        ('"COUNTRYID"', '"211"'),
        ('"ISOCODE"', '"USA"'),
    ],
    "areas": [('"AREACODE"', '"1201"'), ('"DESCRIPTION"', '"New Jersey"')],
    "ring_to": [('"Number"', f'"{NUMBER}"'), ('"URI"', '"100@pbx.example.com"')],
}


def members(pairs, space=""):
    return "{" + ",".join(f"{space}{key}{space}:{space}{value}{space}" for key, value in pairs) + "}"


@st.composite
def rows(draw, kind, *, touched):
    """The row of a documented answer; where it is `touched`, a member or two changed, left out, doubled or added."""
    pairs = [('"RETURN"', draw(CODES))] if kind == REFUSAL else list(ROWS[kind])
    for _ in range(draw(st.integers(1, 2)) if touched else 0):
        place = draw(st.integers(0, len(pairs)))
        match draw(st.sampled_from(["value", "value", "key", "gone", "again", "more"])):
            case "value" if place < len(pairs):
                pairs[place] = (pairs[place][0], draw(VALUES | CODES))
            case "key" if place < len(pairs):
                pairs[place] = (draw(KEYS), pairs[place][1])
            case "gone" if place < len(pairs):
                del pairs[place]
            case "again" if place < len(pairs):
                pairs.append((pairs[place][0], draw(VALUES)))
            case _:
                pairs.insert(place, (draw(KEYS), draw(VALUES)))
    return members(pairs)


@st.composite
def documents(draw, *kinds):
    """A documented answer, and what befell it at up to two places on its way, as bytes."""
    touched = draw(
        st.sets(st.sampled_from(["row", "rows", "listed", "name", "beside", "spaces", "text", "bytes"]), max_size=2)
    )
    row = draw(rows(draw(st.sampled_from(kinds)), touched="row" in touched))
    top = [('"DATA"', f"[{row}]")]
    if "rows" in touched:
        several = [f"{row},{row}", f"{row},{{}}", f"{{}},{row}", "", "null", f"[{row}]", NUMBER, f"{row},"]
        top = [('"DATA"', f"[{draw(st.sampled_from(several))}]")]
    if "listed" in touched:
        top = [('"DATA"', draw(st.sampled_from([row, "null", f'"{NUMBER}"', NUMBER, "{}", "true", "[]"])))]
    if "name" in touched:
        top = [(draw(st.sampled_from(['"data"', '"D\\u0041TA"', '"DATA "', '"Data"', '""', "DATA"])), top[0][1])]
    if "beside" in touched:
        name = draw(
            st.sampled_from(['"return_code"'] * 6 + ['"DATA"', '"error"', '"RETURN"', '"message"', '"\\ud83d"'])
        )
        value = draw(st.sampled_from(["0", '"0"', "0", '"0"', "5", '"5"', "100", "-55", "false", "0.0"]) | VALUES)
        top.insert(draw(st.integers(0, 1)), (name, value))
    text = members(top, draw(SPACES) if "spaces" in touched else "")
    if "text" in touched:
        whole = [f"[{row}]", row, f"[{text}]", f'"{text}"', "[" * 2000 + text, '{"DATA":' * 500 + text, text + text]
        around = st.builds(lambda head, tail: head + text + tail, HEADS | st.just(""), TAILS)
        text = draw(st.sampled_from(whole) | around)
    body = text.encode(draw(ENCODINGS) if "bytes" in touched else "utf-8")
    if "bytes" in touched:
        place = draw(st.integers(0, len(body)))
        put = draw(
            st.just(b"") | st.binary(min_size=1, max_size=1) | st.sampled_from([b"\xff", b"\xc0\x80", b"\xed\xa0\x80"])
        )
        body = body[:place] + put + (b"" if draw(st.booleans()) else body[place + draw(st.integers(0, 1)) :])
    return body


ENCODINGS = st.sampled_from(["utf-8"] * 6 + ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
GOOD = b'{"DATA":[{"RETURN":12025550123}]}'
MANY = settings(max_examples=600, deadline=None)


@MANY
@given(documents("purchase", REFUSAL) | documents(*ROWS))
@example(GOOD)
@example(b'{"return_code":"0","DATA":[{"R\\u0045TURN":"12025550123"}]}')
@example(b'{"DATA":[{"RETURN":1.2025550123e10}]}')
@example(b'{"DATA":[{"RETURN":12025550123}],"return_code":"-0"}')
def test_a_purchase_is_judged_as_documented_and_whatever_else_it_may_be_is_no_verdict(body):
    found = answers.purchase(Reply(200, body), Number(NUMBER))
    try:
        expected = bought(body)
    except Unread:
        assert type(found) is NoAnswer
        assert (found.busy, found.halt) == (False, False)
        assert NUMBER[1:] not in found.reason
    else:
        assert found == expected
    event(type(found).__name__)


@MANY
@given(documents("inquiry", "absence", REFUSAL) | documents(*ROWS))
@example(b'{"DATA":[{"Number":"12025550123","SetupCost":"2.000"}],"return_code":0}')
@example(b'{"DATA":[{"Number":12025550123,"Uri":"a@h"}]}')
@example(b'{"DATA":[{"Number":1.2025550123e10,"Uri":"a@h"}]}')
@example(b'{"DATA":[{"Number":"-100"}]}')
@example(b'{"DATA":[{"Number":"12025550123","Uri":"a@h"}],"message":NaN}')
@example(b'{"DATA":[{"Number":"12025550123","SetupCost":1e999999999999999999999,"Uri":"a@h"}]}')
def test_an_account_query_is_judged_as_documented_and_whatever_else_it_may_be_is_unclear(body):
    found = answers.inquiry(Reply(200, body), Number(NUMBER))
    try:
        expected = held(body)
    except Unread:
        expected = Unclear
    assert type(found) is expected
    event(type(found).__name__)


@MANY
@given(documents("balance") | documents(*ROWS))
@example(b'{"DATA":[{"RETURN":"12.50"}]}')
@example(b'{"DATA":[{"RETURN":0.00000001}]}')
def test_a_balance_is_the_amount_that_is_written_or_unknown(body):
    found = answers.balance(Reply(200, body))
    if not isinstance(found, Unclear):
        assert found == amount(body)
    event(type(found).__name__)


def written(value):
    """A number (exactly, an exponent in one form) or a text (half a character is a question mark); None for what is neither."""
    if isinstance(value, Written):
        return value.text if value.text.lstrip("-").isdigit() else str(Decimal(value.text))
    return value.encode("utf-8", "replace").decode().strip() if isinstance(value, str) else None


def has_row(rows, found):
    """Whether a row says each of these columns, word for word; an empty one says nothing and agrees with all."""
    return any(all(text in {"", written(row.get(key))} for key, text in found.items()) for row in rows)


@MANY
@given(documents("stock") | documents(*ROWS))
@example(b'{"DATA":[{"Number":"12025550123","SetupCost":"2.000"}],"return_code":0}')
@example(b'{"DATA":[{"Number":"-100"}],"return_code":0}')
@example(b'{"DATA":[{"Number":"12025550123","SetupCost":[]}]}')
@example(b'{"DATA":[{"RETURN":[]},{"Number":{}}]}')
@example(b'{"DATA":[{"Number":"12025550123","SetupCost":1},{"Number":"12025550123","SetupCost":2}]}')
def test_a_stock_lists_the_numbers_and_prices_that_are_written_or_is_unclear(body):
    found = answers_of_stock(body)
    if isinstance(found, list):
        rows, code, _ = envelope(body)
        assert code in {None, 0, -100}
        assert len({offer.number for offer in found}) == len(found)
        for offer in found:
            assert re.fullmatch("1202[0-9]{3,11}", offer.number, re.ASCII)
            plus = [{**row, "Number": (written(row.get("Number")) or "").removeprefix("+")} for row in rows or ()]
            prices = {"SetupCost": str(offer.setup or ""), "MonthlyCharges": str(offer.monthly or "")}
            assert has_row(plus, {"Number": offer.number, **prices})
    event(type(found).__name__)


def answers_of_stock(body):
    found = listings.stock(Reply(200, body), "1202")
    assert isinstance(found, list | Unclear | Blocked)
    return found


USA = Country("1", "USA", "USA", "211")


@MANY
@given(documents("countries") | documents(*ROWS))
@example(b'{"DATA":[{"COUNTRYCODE":[],"DESCRIPTION":{}}]}')
def test_countries_are_those_that_are_written_or_unclear(body):
    found = listings.countries(Reply(200, body))
    assert isinstance(found, list | Unclear | Blocked)
    if isinstance(found, list):
        rows = envelope(body)[0] or ()
        assert all(re.fullmatch("[1-9][0-9]{0,6}", one.dial, re.ASCII) for one in found)
        plus = [{**row, "COUNTRYCODE": re.sub("[-+ ]", "", written(row.get("COUNTRYCODE")) or "")} for row in rows]
        assert all(has_row(plus, {"COUNTRYCODE": one.dial, "ISOCODE": one.iso, "COUNTRYID": one.id}) for one in found)
    event(type(found).__name__)


@MANY
@given(documents("areas") | documents(*ROWS))
def test_areas_are_those_that_are_written_or_no_list(body):
    found = listings.areas(Reply(200, body), USA)
    assert isinstance(found, list | listings.Declined | Unclear | Blocked)
    if isinstance(found, list):
        rows = envelope(body)[0] or ()
        plus = [{**row, "AREACODE": re.sub("[-+ ]", "", written(row.get("AREACODE")) or "")} for row in rows]
        assert all(one.prefix.startswith("1") and has_row(plus, {"AREACODE": one.prefix}) for one in found)
    event(type(found).__name__)


@MANY
@given(documents("ring_to", "absence") | documents(*ROWS))
@example(b'{"DATA":[{"URI":[]}]}')
def test_where_calls_go_is_what_is_written_of_this_number_or_nothing(body):
    found = answers.ring_to(Reply(200, body), Number(NUMBER))
    assert isinstance(found, RingTo | NotOwned | Unclear | Blocked)
    if isinstance(found, RingTo):
        rows, code, _ = envelope(body)
        assert code in {None, 0}
        assert all(written(row.get("Number", NUMBER)).removeprefix("+") == NUMBER for row in rows)
        texts = {written(value) for row in rows for value in row.values()}
        texts |= {"0"} if "-0" in texts else set()  # JSON's minus zero is read as zero
        assert {text.strip() for text in found.destinations} <= texts
    event(type(found).__name__)


@MANY
@given(documents("purchase", REFUSAL) | documents(*ROWS))
def test_a_release_is_done_where_the_number_itself_comes_back_and_never_else(body):
    found = answers.release(Reply(200, body), Number(NUMBER))
    assert isinstance(found, GivenBack | NotReleased | NoAnswer)
    try:
        done = isinstance(bought(body), Bought)
    except Unread:
        done = False
    assert isinstance(found, GivenBack) == done
    if isinstance(found, NotReleased):
        assert found.halt == (found.code in LOGIN)
    event(type(found).__name__)


@given(st.integers(100, 599).filter(lambda status: status != 200), documents("purchase"))
def test_under_another_status_no_body_is_a_verdict(status, body):
    found = answers.purchase(Reply(status, body), Number(NUMBER))
    assert not isinstance(found, Bought | Refused | UnknownCode | OtherNumber)
    asked = answers.inquiry(Reply(status, body), Number(NUMBER))
    assert isinstance(asked, Unclear)
    assert isinstance(answers.balance(Reply(status, body)), Unclear)
    assert isinstance(listings.stock(Reply(status, body), "1"), Unclear)
