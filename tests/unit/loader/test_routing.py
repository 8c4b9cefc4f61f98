"""Routing: words, defaults, fill-ins, rules; the user's own columns; prices; what is told of each problem."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from batch.errors import UsageError
from batch.loader.findings import masked
from batch.order import Column, RowKind, content_key
from batch.problem import Level, Problem

NUMBER = "33123450000"


def codes(orders, *, warnings=False):
    return [p.code for p in orders.problems if warnings or p.level is Level.ERROR]


@pytest.fixture
def one(book, read):
    """Loads a single row from {header: cell}."""

    def load(cells, **options):
        return read(book([["Number", *cells], [NUMBER, *cells.values()]]), **options)

    return load


@pytest.mark.parametrize("cell", [1, 1.0, "1", "SIP", "sip", " Sip ", "1.0", True, "TRUE", "true"])
def test_a_coded_field_takes_code_or_word(one, cell):
    orders = one({"Type": cell})
    assert orders.rows[0].fields == {"Type": "1"}
    assert isinstance(orders.rows[0].cells[1], str)


@pytest.mark.parametrize(
    ("cell", "code"), [(False, "0"), (0, "0"), ("no", "0"), ("FALSE", "0"), (True, "1"), ("Yes", "1")]
)
def test_truth_in_a_coded_field(one, cell, code):
    assert one({"Record": cell}).rows[0].fields == {"Record": code}


@pytest.mark.parametrize("cell", ["3", "sips", 2.5, dt.date(2026, 1, 1), "01"])
def test_a_coded_field_takes_nothing_else(one, cell):
    orders = one({"Type": cell})
    assert codes(orders) == ["field-word"]
    assert orders.rows[0].kind is RowKind.INVALID
    assert "1 (sip)" in orders.problems[0].remedy


def test_a_word_that_is_nearly_one_is_proposed(one):
    assert "Did you mean sequential?" in one({"RingType": "sequentiel"}).problems[0].remedy


@pytest.mark.parametrize(("cell", "sent"), [(2, "2"), (2.0, "2"), ("2", "2"), ("2.0", "2")])
def test_a_count_is_what_people_mean(one, cell, sent):
    assert one({"Channels": cell}).rows[0].fields == {"Channels": sent}


def test_texts_are_what_people_mean(one):
    assert one({"Description": 2.5}).rows[0].fields == {"Description": "2.5"}
    assert one({"Description": True}).rows[0].fields == {"Description": "TRUE"}
    assert one({"Description": dt.date(2026, 11, 24)}).rows[0].fields == {"Description": "2026-11-24"}
    assert one({"Description": "2.0"}).rows[0].fields == {"Description": "2.0"}
    assert one({"URI": 12025550123}).rows[0].fields == {"URI": "12025550123"}
    assert one({"Description": "  a & b=c&Password=x\nsecond "}).rows[0].fields == {
        "Description": "a & b=c&Password=x\nsecond"
    }


@pytest.mark.parametrize("cell", ["NA", "nan", "None", "#N/A", "null", "-", "0", "=1+1"])
def test_texts_that_other_readers_lose(text, read, cell):
    orders = read(text(f"Number,Description,Notes\n{NUMBER},{cell},{cell}\n"))
    assert orders.rows[0].fields == {"Description": cell}
    assert orders.rows[0].cells[2] == cell


def test_a_rounded_id_is_refused(one):
    assert codes(one({"SID": 123456789012345678})) == ["value-lossy"]
    assert codes(one({"SID": "123456789012345678"})) == []


def test_fields_are_in_the_tables_order_and_blanks_left_out(one):
    orders = one({"SID": 7, "URI": "a@b.c", "Record": " ", "Description": "x", "Type": None})
    assert list(orders.rows[0].fields.items()) == [("Description", "x"), ("URI", "a@b.c"), ("SID", "7")]


def test_defaults_fill_blanks(book, read):
    rows = [["Number", "Type", "Notes"], [NUMBER, None, "x"], ["33123450001", "dial", None]]
    orders = read(book(rows), defaults={"type": "SIP", "URI": "{number}@b.c", "Price": "2.50", "country": "FR"})
    assert [dict(row.fields) for row in orders.rows] == [
        {"Type": "1", "URI": "33123450000@b.c"},
        {"Type": "2", "URI": "33123450001@b.c"},
    ]
    assert [row.cells[1] for row in orders.rows] == ["SIP", "dial"]
    assert {row.price for row in orders.rows} == {Decimal("2.50")}


@pytest.mark.parametrize(
    "defaults", [{"Nope": "1"}, {"Number": "1"}, {"Type": "Sipp"}, {"Price": "$2"}, {"Channels": "x"}]
)
def test_a_default_that_is_wrong_is_a_setting_that_is_wrong(one, defaults):
    with pytest.raises(UsageError):
        one({"Notes": "x"}, defaults=defaults)


def test_an_encoding_that_is_none_is_a_setting_that_is_wrong(one):
    with pytest.raises(UsageError):
        one({}, encoding="klingon")
    with pytest.raises(UsageError):
        one({}, encoding="base64")


@pytest.mark.parametrize("options", [{"delimiter": ";;"}, {"delimiter": '"'}, {"header_row": 0}, {"header_row": -1}])
def test_how_to_read_is_checked_before_anything_is_read(one, options):
    with pytest.raises(UsageError):
        one({}, **options)


def test_a_complaint_of_a_default_names_it(one):
    orders = one({"Notes": "x"}, defaults={"URI2": "a@b.c"})
    [problem] = orders.problems
    assert problem.code == "uri-gap"
    assert problem.problem.startswith("[defaults] URI2")
    assert (problem.column, problem.cell) == ("", "")


def test_fill_ins(book, read):
    rows = [
        ["Number", "Description", "URI", "Cost centre", "Room"],
        ["33123450000-33123450001", "{Cost Centre}/{room}: {last4}", "sip:{number}@b.c;row={row}", "A {x}", 12],
    ]
    orders = read(book(rows))
    assert [dict(row.fields) for row in orders.rows] == [
        {"Description": "A {x}/12: 0000", "URI": "sip:33123450000@b.c;row=2"},
        {"Description": "A {x}/12: 0001", "URI": "sip:33123450001@b.c;row=2"},
    ]
    assert orders.rows[1].cells == (rows[1][0], "A {x}/12: 0001", "sip:33123450001@b.c;row=2", "A {x}", 12)
    assert orders.problems == ()


@pytest.mark.parametrize(
    ("text", "sent"),
    [("{{", "{"), ("{{number}", "{number}"), ("a}b", "a}b"), ("{{{row}}", "{2}"), ('{{"a":{{"b":1}}', '{"a":{"b":1}}')],
)
def test_a_doubled_brace_is_a_brace(one, text, sent):
    orders = one({"Description": text})
    assert orders.rows[0].fields == {"Description": sent}
    assert orders.rows[0].cells[1] == sent


@pytest.mark.parametrize("text", ["{nope}", "{", "{number", "{}", "{Blank}", "{URI}", "{Twice}", "{num{ber}"])
def test_a_brace_that_does_not_resolve(book, read, text):
    head = ["Number", "Description", "URI", "Blank", "Twice", "twice"]
    orders = read(book([head, ["33123450000-33123450005", text, "{number}@b.c", None, "a", "b"]]))
    [problem] = orders.problems
    assert (problem.code, problem.cell, problem.value) == ("fill-in-unresolved", "B2", text)
    assert [row.kind for row in orders.rows] == [RowKind.INVALID]


def test_what_is_filled_in_is_judged(book, read):
    orders = read(book([["Number", "Channels", "Type", "How"], [NUMBER, "{How}", "{how}", "x"]]))
    assert sorted(codes(orders)) == ["channels-malformed", "field-word"]
    orders = read(book([["Number", "Channels", "Type", "How"], [NUMBER, "{How}", "{how}", 2]]))
    assert orders.rows[0].fields == {"Type": "2", "Channels": "2"}


def test_rules_across_fields_see_what_is_filled_in(book, read):
    rows = [["Number", "URI", "URI2"], ["33123450000-33123450009", None, "{number}@b.c"]]
    orders = read(book(rows))
    assert codes(orders) == ["uri-gap"]
    assert orders.problems[0].value == "33123450000@b.c"


def test_duplicates_with_fill_ins(book, read):
    rows = [["Number", "URI"], [NUMBER, "{number}@b.c"], [NUMBER, "{number}@b.c"], [NUMBER, "{row}@b.c"]]
    orders = read(book(rows))
    assert [row.kind.value for row in orders.rows] == ["order", "duplicate", "invalid"]
    assert codes(orders) == ["duplicate-differs"]


def test_rules_across_fields(one):
    assert codes(one({"URI2": "a@b.c"})) == ["uri-gap"]
    assert codes(one({"URI": "a@b.c", "URI2": "a@b.c"})) == []
    assert codes(one({"Vms2t": "yes"})) == ["voicemail-email-missing"]
    assert codes(one({"Notes": "x"}), warnings=True) == ["uri-missing"]


def test_rules_are_asked_for_each_combination_and_told_for_each_row(book, read):
    rows = [[33123450000 + n, f"line {n}", None if n % 2 else "a@b.c", "x@b.c"] for n in range(50)]
    orders = read(book([["Number", "Description", "URI", "URI2"], *rows]))
    assert [p.row for p in orders.problems] == list(range(3, 53, 2))


def test_every_problem_of_every_row_at_once(book, read):
    rows = [
        ["Number", "Type", "Channels", "Country", "Price", "URI"],
        ["1.20E+10", "Sipp", "many", "France", "$2", "{x}"],
        [NUMBER, "sip", 2, None, 2.5, "a@b.c"],
        ["zero", 9, 2, None, -1, None],
    ]
    orders = read(book(rows))
    assert [(p.code, p.cell) for p in orders.problems if p.level is Level.ERROR] == [
        ("number-lossy", "A2"),
        ("field-word", "B2"),
        ("channels-malformed", "C2"),
        ("country-unknown", "D2"),
        ("price-malformed", "E2"),
        ("fill-in-unresolved", "F2"),
        ("number-malformed", "A4"),
        ("field-word", "B4"),
        ("price-malformed", "E4"),
    ]
    assert [row.kind.value for row in orders.rows] == ["invalid", "order", "invalid"]
    assert orders.rows[0].number == "1.20E+10"
    assert orders.rows[0].note.startswith("digits are lost")


def test_a_problem_says_all_that_a_program_needs(book, read):
    path = book([[None], ["Number", "Ring Type"], [NUMBER, "sometimes"]])
    assert read(path, defaults={"URI": "a@b.c"}).problems == (
        Problem(
            code="field-word",
            level=Level.ERROR,
            file=str(path),
            sheet="Sheet1",
            row=3,
            column="Ring Type",
            cell="B3",
            value="sometimes",
            problem="RingType takes certain values, and this is none of them",
            remedy="Write one of: 1 (sequential), 2 (random).",
        ),
    )


@pytest.mark.parametrize(
    ("cell", "price"),
    [(2.1, "2.1"), ("2.50", "2.50"), ("2,50", "2.50"), (3, "3"), (None, None), (0, "0"), (0.1 + 0.2, "0.3")],
)
def test_prices_are_decimal(one, cell, price):
    assert one({"Price": cell}).rows[0].price == (None if price is None else Decimal(price))


@pytest.mark.parametrize("cell", ["1,250", "EUR 2", -1, 1e300, "nan", True, dt.date(2026, 1, 2)])
def test_prices_that_are_none(one, cell):
    assert codes(one({"Price": cell})) == ["price-malformed"]


def test_the_users_columns_are_carried_as_they_are(one):
    cells = {
        "Text": " as it is ",
        "Whole": 7,
        "Part": 7.25,
        "True": True,
        "One": 1,
        "Day": dt.date(2026, 11, 24),
        "Time": dt.datetime(2026, 11, 24, 10, 30),  # noqa: DTZ001 - a cell has no zone
        "Clock": dt.time(10, 30),
        "Span": dt.timedelta(hours=30),
        "Blank": None,
        "Brace": "{number}",
    }
    row = one(cells).rows[0]
    assert row.cells[1:] == (*list(cells.values())[:8], "30:00:00", None, "{number}")
    assert [type(cell) for cell in row.cells[2:6]] == [int, float, bool, int]
    assert row.fields == {}


def test_true_and_one_are_told_apart_in_one_column(book, read):
    rows = [["Number", "Mixed"], *([33123450000 + n, cell] for n, cell in enumerate([True, 1, False, 0, "1"]))]
    assert [repr(row.cells[1]) for row in read(book(rows)).rows] == ["True", "1", "False", "0", "'1'"]


def test_text_that_no_workbook_holds(text, read):
    long = "x" * 32_768
    orders = read(text(f"Number,Notes,Description\n{NUMBER},{long},\n33123450001,,{long}\n33123450002,{long[1:]},\n"))
    assert [(p.code, p.cell) for p in orders.problems if p.level is Level.ERROR] == [
        ("text-too-long", "B2"),
        ("text-too-long", "C3"),
    ]
    assert len(orders.problems[0].value) < 300
    assert orders.rows[2].kind is RowKind.ORDER


def test_retired_fields_are_warned_of_once_a_run(book, read):
    rows = [["Number", "Vms2t", "Vmemail"], [NUMBER, "no", "a@b.c"], ["33123450001", "no", "a@b.c"]]
    orders = read(book(rows))
    [problem] = [p for p in orders.problems if p.code == "field-retired"]
    assert (problem.level, problem.row, problem.value) == (Level.WARNING, 0, "Vms2t, Vmemail")


def test_secrets_are_not_shown(one):
    orders = one({"URI2": "sip:user:secret@b.c?token=hidden&x=1"})
    assert orders.problems[0].value == "sip:user:***@b.c?token=***&x=***"
    assert masked("https://u:p@h/path?key=abc") == "https://u:***@h/path?key=***"
    assert masked("sip:a@b.c:5060;transport=tcp") == "sip:a@b.c:5060;transport=***"
    assert masked("a@b.c") == "a@b.c"


def test_the_key_is_of_the_content_and_not_of_the_name(book, read):
    rows = [["Number", "Notes"], [NUMBER, "x"]]
    one, same, other = (
        read(book(content, name=name))
        for content, name in ((rows, "a.xlsx"), (rows, "b.xlsx"), ([rows[0], [NUMBER, "y"]], "a.xlsx"))
    )
    assert one.key == same.key == content_key(one.columns, one.rows)
    assert one.key != other.key


def test_the_templates_example_is_never_bought(book, read):
    rows = [["Number", "Type"], ["Example: 12025550123", "SIP"], [NUMBER, "SIP"]]
    orders = read(book(rows), defaults={"URI": "a@b.c"})
    assert [row.number for row in orders.rows] == [NUMBER]
    assert [(p.code, p.level, p.cell) for p in orders.problems] == [("example-skipped", Level.WARNING, "A2")]
    assert orders.files[0].source_rows == 1


def test_rows_of_an_unusable_sheet_have_as_many_cells_as_there_are_columns(book, read):
    orders = read(book([["Site"], ["A"]], name="a.xlsx"), book([["Number", "Site"], [NUMBER, "A"]], name="b.xlsx"))
    assert orders.columns == (Column("Number", "Number"), Column("Site"))
    assert [len(row.cells) for row in orders.rows] == [2, 2, 2]
    assert [row.kind.value for row in orders.rows] == ["invalid", "invalid", "order"]


@pytest.mark.parametrize(("cell", "count"), [("2.0", "2"), ("2.00", "2"), ("2.000", None)])
def test_a_count_with_thousands_is_not_taken_for_a_small_one(one, cell, count):
    orders = one({"Channels": cell})
    assert orders.rows[0].fields.get("Channels") == count
    assert ("channels-malformed" in codes(orders)) == (count is None)


def test_an_apostrophe_that_keeps_a_text_from_being_a_number_is_no_part_of_it(text, read):
    """Excel hides it; a text file keeps it."""
    head = "Number,Type,URI,Channels,Description,Cost centre\n"
    orders = read(text(f"{head}'12025550123,'SIP,'sip:100@pbx.example.com,'2,'s-Gravenhage,'007\n"))
    assert orders.problems == ()
    [row] = orders.rows
    assert row.number == "12025550123"
    assert row.fields == {
        "Description": "'s-Gravenhage",
        "Type": "1",
        "URI": "sip:100@pbx.example.com",
        "Channels": "2",
    }
    assert row.cells[-1] == "'007"
