"""Numbers as cells hold them, blocks in all three forms, countries, duplicates."""

from __future__ import annotations

import datetime as dt

import pytest

from batch.errors import UsageError
from batch.order import RowKind

QUIET = {"URI": "a@b.c"}


@pytest.fixture
def ordered(book, read):
    """Loads rows below a header; answers the orders' numbers and the problems' codes and cells."""

    def load(head, *rows, **options):
        orders = read(book([head, *rows]), defaults=QUIET, **options)
        numbers = [row.number for row in orders.rows if row.kind is RowKind.ORDER]
        return numbers, [(problem.code, problem.cell) for problem in orders.problems]

    return load


@pytest.mark.parametrize("cell", [12025550123, 12025550123.0, "12025550123", " +1 (202) 555-0123 ", "12025550123.0"])
def test_however_excel_holds_it(ordered, cell):
    assert ordered(["Number"], [cell]) == (["12025550123"], [])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1234567890123456, "number-lossy"),
        (1.2025550123e20, "number-lossy"),
        ("1.20E+10", "number-lossy"),
        (dt.date(2026, 11, 24), "number-lossy"),
        (dt.datetime(2026, 11, 24, 3, 4), "number-lossy"),  # noqa: DTZ001 - a cell has no zone
        (dt.time(3, 4), "number-lossy"),
        (12025550123.5, "number-malformed"),
        (-12025550123, "number-malformed"),
        (True, "number-malformed"),
        ("twelve", "number-malformed"),
        ("12025550", "number-impossible"),
        (1, "number-impossible"),
    ],
)
def test_what_is_no_number(ordered, cell, code):
    assert ordered(["Number"], [cell]) == ([], [(code, "A2")])


def test_a_row_without_number_is_wrong_and_a_blank_row_is_none(ordered):
    numbers, problems = ordered(["Number", "Notes"], [None, None], [None, "forgotten"], [" ", ""], ["33123450000"])
    assert numbers == ["33123450000"]
    assert problems == [("number-missing", "A3")]


def test_possible_and_not_valid_is_a_warning(ordered):
    assert ordered(["Number"], ["10005550123"]) == (["10005550123"], [("number-invalid", "A2")])


def block(first, count):
    return [str(first + place) for place in range(count)]


@pytest.mark.parametrize(
    "cell",
    [
        "33123450000-33123450003",
        "33123450000 - 33123450003",
        "+33123450000-+33123450003",
        "+33 1 23 45 00 00 - +33 1 23 45 00 03",
        "+33-1-23-45-00-00 – +33-1-23-45-00-03",
        "0033123450000—0033123450003",
        "33-1-23-45-00-00-33-1-23-45-00-03",
        "33 1 23 45 00 00-33 1 23 45 00 03",
    ],
)
def test_blocks_in_one_cell(ordered, cell):
    assert ordered(["Number"], [cell]) == (block(33123450000, 4), [])


@pytest.mark.parametrize("cell", ["1-202-555-0125", "1 - 202 - 555 - 0125", "+1-202-555-0125", "001-202-555-0125"])
def test_dashes_within_a_number_make_no_block(ordered, cell):
    assert ordered(["Number"], [cell]) == (["12025550125"], [])


def test_national_blocks(ordered):
    head = ["Number", "Country"]
    assert ordered(head, ["01 23 45 00 00 - 01 23 45 00 02", "FR"]) == (block(33123450000, 3), [])
    assert ordered(head, ["1-202-555-0100-1-202-555-0102", "US"]) == (block(12025550100, 3), [])
    assert ordered(head, ["202-555-0100 - 202-555-0102", "US"]) == (block(12025550100, 3), [])
    assert ordered(head, ["5351000-5351002", "IS"]) == (block(3545351000, 3), [])
    numbers, problems = ordered(head, ["+33123450000-33123450002", "DE"])
    assert numbers == block(33123450000, 3)
    assert problems == [("country-differs", "B2")]


def test_blocks_by_last_number_and_by_size(ordered):
    head = ["Number", "NumberTo", "BlockSize"]
    rows = [
        ["33123450000", "33123450001", None],
        ["33123450010", None, 2],
        [33123450020, 33123450021, "2"],
        ["33123450030-33123450031", "33123450031", 2],
        ["33123450040", "33123450040", 1],
        ["33123450050", " ", " "],
    ]
    numbers, problems = ordered(head, *rows)
    assert problems == []
    ends = [str(33123450000 + place + more) for place in (0, 10, 20, 30) for more in (0, 1)]
    assert numbers == [*ends, "33123450040", "33123450050"]


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        (["33123450009-33123450000", None, None], "block-reversed", "A2"),
        (["33123450000", "12025550123", None], "block-reversed", "A2"),
        (["12025550123", "33123450000", None], "block-ends-differ", "A2"),
        (["33123450000-331234500", None, None], "number-impossible", "A2"),
        (["496123450000-4961234500001", None, None], "block-ends-differ", "A2"),
        (["33123450000-33123460000", None, None], "block-too-large", "A2"),
        (["33123450000", None, 10_001], "block-too-large", "A2"),
        (["33123450000", None, 0], "block-malformed", "C2"),
        (["33123450000", None, "some"], "block-malformed", "C2"),
        (["33123450000", None, 1.5], "block-malformed", "C2"),
        (["33123450000", None, True], "block-malformed", "C2"),
        (["33123450000", None, 99_999_999_999], "block-ends-differ", "C2"),
        (["33123450000", None, "1.000"], "block-malformed", "C2"),
        (["496999999999", None, 2], None, None),
        (["499999999999", None, 2], "block-ends-differ", "A2"),
        (["99899999999999", None, 2], "number-impossible", "A2"),
        (["33123450000", "99", None], "number-impossible", "B2"),
        (["33123450000", "x", None], "number-malformed", "B2"),
        (["33123450000-33123450001", "33123450002", None], "block-twice", "B2"),
        (["33123450000", "33123450002", 2], "block-twice", "C2"),
        (["33123450000--33123450001", None, None], "number-impossible", "A2"),
        (["33123450000-33123450001-33123450002", None, None], "number-impossible", "A2"),
        (["+33123450000-+33123450001-+33123450002", None, None], "number-malformed", "A2"),
    ],
)
def test_blocks_that_are_wrong(ordered, row, code, cell):
    numbers, problems = ordered(["Number", "NumberTo", "BlockSize"], row)
    found = [problem for problem in problems if problem[0] != "number-invalid"]
    if code is None:
        assert found == []
        assert len(numbers) == 2
    else:
        assert numbers == []
        assert found == [(code, cell)]


def test_a_larger_block_where_the_user_allows_it(ordered):
    numbers, problems = ordered(["Number", "BlockSize"], ["33123450000", 10_001], max_block=20_000)
    assert len(numbers) == 10_001
    assert problems == []


def test_each_number_of_a_block_remembers_its_row(book, read):
    orders = read(book([["Number", "Notes"], ["33123450000-33123450002", "x"]]), defaults=QUIET)
    assert {row.source.row for row in orders.rows} == {2}
    assert [row.position for row in orders.rows] == [0, 1, 2]
    assert {row.cells for row in orders.rows} == {("33123450000-33123450002", "x")}
    assert {row.country for row in orders.rows} == {"FR"}
    assert orders.files[0].source_rows == 1


def test_countries_of_rows_and_by_default(ordered):
    head = ["Number", "Country"]
    rows = [["01 23 45 00 00", "fr"], ["0123450001", None], ["(202) 555-0123", " US "]]
    assert ordered(head, *rows, default_country="FR") == (["33123450000", "33123450001", "12025550123"], [])
    assert ordered(head, ["0123450000", None]) == ([], [("number-national", "A2")])
    assert ordered(["Number"], ["0123450000"], default_country="fr") == (["33123450000"], [])


def test_a_country_that_is_none(ordered, read, book):
    assert ordered(["Number", "Country"], ["33123450000", "France"])[1] == [("country-unknown", "B2")]
    with pytest.raises(UsageError, match="default_country"):
        read(book([["Number"], ["1"]]), default_country="Atlantis")


def test_namibia_is_a_country_and_not_missing(ordered):
    assert ordered(["Number", "Country"], ["061 201 6262", "NA"]) == (["264612016262"], [])


def test_a_country_that_is_not_the_numbers_is_warned_of(ordered):
    assert ordered(["Number", "Country"], ["+12025550123", "FR"]) == (["12025550123"], [("country-differs", "B2")])
    assert ordered(["Number", "Country"], ["+1 613 555 0123", "US"]) == (["16135550123"], [])


def test_the_same_number_however_written_is_one_purchase(book, read):
    rows = [["Number", "Notes"], ["12025550123", "a"], [12025550123, "b"], ["+1 202-555-0123", "c"]]
    orders = read(book(rows), defaults=QUIET)
    assert [row.kind for row in orders.rows] == [RowKind.ORDER, RowKind.DUPLICATE, RowKind.DUPLICATE]
    assert [row.note for row in orders.rows] == ["", "row 2", "row 2"]
    assert orders.problems == ()


def test_the_same_number_with_other_routing_is_an_error(book, read):
    rows = [["Number", "URI", "Type"], ["12025550123", "a@b.c", "1"], [12025550123, "x@b.c", "1"]]
    orders = read(book(rows))
    assert [row.kind for row in orders.rows] == [RowKind.ORDER, RowKind.INVALID]
    [problem] = orders.problems
    assert (problem.code, problem.cell, problem.value) == ("duplicate-differs", "A3", "12025550123")
    assert "row 2" in problem.problem
    assert "URI" in problem.problem


def test_routing_that_is_the_same_in_other_words_does_not_differ(book, read):
    rows = [["Number", "Type", "Record"], ["12025550123", "SIP", True], ["12025550123", 1, "yes"]]
    assert [row.kind for row in read(book(rows)).rows] == [RowKind.ORDER, RowKind.DUPLICATE]


def test_blocks_that_overlap(book, read):
    rows = [["Number"], ["33123450000-33123450002"], ["33123450001-33123450003"]]
    orders = read(book(rows), defaults=QUIET)
    kinds = [(row.number, row.kind.value) for row in orders.rows]
    assert kinds[3:] == [("33123450001", "duplicate"), ("33123450002", "duplicate"), ("33123450003", "order")]
    rows = [["Number", "URI"], ["33123450000-33123450002", "a@b.c"], ["33123450001-33123450003", "x@b.c"]]
    orders = read(book(rows))
    assert [row.kind.value for row in orders.rows] == ["order", "order", "order", "invalid"]


def test_a_duplicate_in_another_file_is_named_with_it(book, read):
    one, two = (book([["Number"], ["33123450000"]], name=name) for name in ("a.xlsx", "b.xlsx"))
    assert read(one, two, defaults=QUIET).rows[1].note == "a.xlsx, Sheet1, row 2"


def test_an_invalid_row_claims_no_number(book, read):
    rows = [["Number", "Type"], ["33123450000", "wrong"], ["33123450000", "1"]]
    assert [row.kind for row in read(book(rows)).rows] == [RowKind.INVALID, RowKind.ORDER]
