"""The header is found and matched, and a header that nearly is a field is no silent loss."""

from __future__ import annotations

import pytest

from batch.errors import OrdersError, UsageError
from batch.order import Column, RowKind


def codes(orders):
    return [problem.code for problem in orders.problems if problem.code != "uri-missing"]


def fields(orders):
    return [column.field for column in orders.columns]


@pytest.mark.parametrize(
    "header",
    ["Number", "NUMBER", "DID", "phone", "Phone number", "phone-number", "Telephone", "TN", "E.164", "e164", "MSISDN"],
)
def test_number_and_its_aliases(book, read, header):
    orders = read(book([[header], ["33123450000"]]))
    assert orders.rows[0].number == "33123450000"
    assert orders.columns == (Column(header, "Number"),)


@pytest.mark.parametrize("header", ["RingType", "ringtype", "RING TYPE", "ring_type", "Ring-Type", " Ring\nType "])
def test_case_spaces_hyphens_and_underscores_make_no_difference(book, read, header):
    orders = read(book([["Number", header], ["33123450000", "random"]]))
    assert orders.rows[0].fields == {"RingType": "2"}


def test_what_stands_above_the_header_is_left_alone(book, read):
    rows = [["Order of 2026", None], [], ["URI", "is not the header"], ["Number", "Type"], ["33123450000", "SIP"]]
    orders = read(book(rows))
    assert orders.rows[0].source.row == 5
    assert orders.rows[0].fields == {"Type": "1"}


def test_the_first_twenty_rows_that_are_not_blank(book, read):
    notes = [["note"], []] * 19
    assert read(book([*notes, ["Number"], ["33123450000"]])).rows[0].source.row == 40
    orders = read(book([*notes, ["note"], ["Number"], ["33123450000"]]))
    assert codes(orders) == ["header-missing"]
    assert {row.kind for row in orders.rows} == {RowKind.INVALID}


def test_a_header_row_that_is_given(book, read):
    rows = [["Number", "Type"], ["Number", "RingType"], ["33123450000", "1"]]
    assert read(book(rows), header_row=2).rows[0].fields == {"RingType": "1"}
    assert codes(read(book(rows), header_row=3)) == ["header-missing"]
    assert codes(read(book(rows), header_row=99)) == ["header-missing"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("RingTyp", "RingType"),
        ("Ring Tpye", "RingType"),
        ("URI1", "URI"),
        ("Discription", "Description"),
        ("Chanels", "Channels"),
        ("Typ", "Type"),
        ("Tyep", "Type"),
        ("VM mail", "Vmemail"),
        ("Numbers", "Number"),
        ("Block Sizes", "BlockSize"),
        ("Countrey", "Country"),
        ("Recrod", "Record"),
    ],
)
def test_a_header_that_nearly_is_a_field_is_an_error_that_proposes_it(book, read, header, field):
    orders = read(book([["Number", header], ["33123450000", None]]))
    [problem] = [problem for problem in orders.problems if problem.code == "header-near"]
    assert (problem.row, problem.column, problem.cell, problem.level) == (1, header, "B1", "error")
    assert f"Write {field}" in problem.remedy
    assert [row.kind for row in orders.rows] == [RowKind.INVALID]


@pytest.mark.parametrize(
    "header",
    [
        "Site", "Name", "Notes", "Cost centre", "SIM", "County", "Email", "E-mail", "Date", "Town", "Tape", "Ringtone",
        "Style", "Order number", "Phone model", "iPhone", "URL", "State", "Ref", "ID", "SMS", "Fax", "Recorder", "Prime",
        "Time", "Types of use", "Owner", "Room", "Floor", "Serial number", "Customer", "Counter", "SIP", "VLAN", "IP",
    ],
)  # fmt: skip
def test_a_column_of_the_users_is_no_near_miss(book, read, header):
    orders = read(book([["Number", header], ["33123450000", "x"]]))
    assert codes(orders) == []
    assert orders.rows[0].cells == ("33123450000", "x")
    assert orders.rows[0].fields == {}


def test_a_near_miss_of_the_number_column_itself(book, read):
    orders = read(book([["Numbr", "Type"], ["33123450000", "1"]]))
    assert codes(orders) == ["header-near"]
    assert {row.kind for row in orders.rows} == {RowKind.INVALID}
    assert "Write Number" in orders.problems[0].remedy


def test_no_number_column_at_all(book, read):
    orders = read(book([["Site", "Town"], ["A", "B"]]))
    assert codes(orders) == ["header-missing"]
    assert orders.problems[0].value == "Site | Town"


def test_the_same_field_twice(book, read):
    orders = read(book([["Number", "Phone"], ["33123450000", "33123450001"]]))
    assert codes(orders) == ["field-twice"]
    assert orders.problems[0].cell == "B1"
    assert orders.rows[0].kind is RowKind.INVALID
    assert codes(read(book([["Number", "Phone"], ["33123450000", "x"]]), columns={"phone": False})) == []


def test_headers_can_be_mapped(book, read):
    rows = [["Rufnummer", "Ziel", "Type"], ["33123450000", "a@b.c", "Festnetz"]]
    orders = read(book(rows), columns={"Rufnummer": "number", "ZIEL": "URI", "Type": False, "Elsewhere": "Record"})
    assert fields(orders) == ["Number", "URI", None]
    assert orders.rows[0].fields == {"URI": "a@b.c"}
    with pytest.raises(UsageError, match="no such field"):
        read(book(rows), columns={"Ziel": "Destination"})


def test_two_columns_of_one_name_are_both_carried(book, read):
    orders = read(book([["Number", "Notes", "notes"], ["33123450000", "a", "b"]]))
    assert orders.rows[0].cells == ("33123450000", "a", "b")


def test_values_without_a_header_are_carried_and_warned_of(book, read):
    orders = read(book([["Number", None, None, "Type"], ["33123450000", "x", None, "1"]]))
    assert [column.header for column in orders.columns] == ["Number", "Column B", "Type"]
    assert codes(orders) == ["header-blank"]
    assert orders.rows[0].kind is RowKind.ORDER


def test_columns_of_results_are_left_alone(book, read):
    orders = read(book([["Number", "numbatch: Status", "NUMBATCH:Number"], ["33123450000", "refused", "1"]]))
    assert [column.header for column in orders.columns] == ["Number"]
    assert orders.rows[0].cells == ("33123450000",)


def test_a_quantity_is_the_users_and_warned_of(book, read):
    orders = read(book([["Number", "Quantity"], ["33123450000", 5]]))
    assert codes(orders) == ["quantity-ignored"]
    assert len(orders.rows) == 1


def test_several_files_have_their_columns_united(book, read):
    one = book([["Number", "Site", "Type"], ["33123450000", "A", "1"]], name="a.xlsx")
    two = book([["SITE", "Phone", "Room"], ["B", "33123450001", 7]], name="b.xlsx")
    orders = read(one, two)
    assert [column.header for column in orders.columns] == ["Number", "Site", "Type", "Room"]
    assert orders.rows[0].cells == ("33123450000", "A", "1", None)
    assert orders.rows[1].cells == ("33123450001", "B", None, 7)
    assert [row.position for row in orders.rows] == [0, 1]
    assert [row.source.file for row in orders.rows] == [0, 1]


def test_a_wrong_header_of_one_file_leaves_the_other_valid(book, read):
    one = book([["Number", "RingTyp"], ["33123450000", "1"]], name="a.xlsx")
    two = book([["Number"], ["33123450001"]], name="b.xlsx")
    assert [row.kind for row in read(one, two).rows] == [RowKind.INVALID, RowKind.ORDER]
    with pytest.raises(OrdersError, match="there are no orders"):
        read(one, book([["Number"]], name="b.xlsx"))
