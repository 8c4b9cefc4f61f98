"""Failures is an order sheet: read again, it orders exactly what failed, as it was to be bought."""

from __future__ import annotations

from decimal import Decimal

import pytest

from batch.ledger.records import Status, Why
from batch.loader import LoadOptions, load
from batch.order import Column
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.reconciler.report import write_report


@pytest.fixture
def reload(make, tmp_path):
    """Writes rows' results and reads their Failures as orders."""

    def again(rows, run=None, options=None):
        reader = make.reader(rows, run=run or make.run())
        path = tmp_path / "results.xlsx"
        write_report(path, reader, reader.run, CODES, make.options())
        return load([path], FIELDS, options or LoadOptions(sheet="Failures", allow_empty=True))

    return again


def test_exactly_what_failed_is_ordered_again(make, reload):
    statuses = [
        (Status.PURCHASED, {}),
        (Status.REFUSED, {"code": -275}),
        (Status.OWNED, {}),
        (Status.DEFERRED, {"code": -220, "price": None}),
        (Status.DOUBT, {}),
        (Status.NOT_SENT, {"why": Why.LIMIT}),
        (Status.INVALID, {"number": "x"}),
        (Status.DUPLICATE, {}),
        (Status.RELEASED, {}),
    ]
    rows = [make.row(position, status, **changes) for position, (status, changes) in enumerate(statuses)]
    orders = reload(rows)
    assert [row.number for row in orders.rows] == [rows[n].number for n in (1, 3, 4, 5)]
    assert [dict(row.fields) for row in orders.rows] == [dict(rows[n].fields) for n in (1, 3, 4, 5)]
    assert [row.price for row in orders.rows] == [Decimal(3), None, Decimal(3), Decimal(3)]
    assert {row.kind for row in orders.rows} == {"order"}


def test_what_was_filled_in_is_not_filled_in_again(make, reload):
    fields = {"Description": "braces {number} }} {{x}", "URI": "sip:a@pbx.example.com", "Type": "1"}
    [row] = reload([make.row(0, Status.REFUSED, code=-275, fields=fields)]).rows
    assert dict(row.fields) == fields


def test_a_number_is_not_taken_for_a_national_one(make, reload):
    options = LoadOptions(sheet="Failures", default_country="DE")
    [row] = reload([make.row(0, Status.REFUSED, code=-275, number="33123456789")], options=options).rows
    assert row.number == "33123456789"


def test_fields_that_only_defaults_or_later_rows_fill_are_kept(make, reload):
    run = make.run(columns=(Column("Number", "Number"),))
    first = {"Type": "1", "URI": "sip:a@b.example"}
    second = {"Description": "late", **first}
    rows = [
        make.row(0, Status.REFUSED, code=-275, fields=first, cells=("1",)),
        make.row(1, Status.REFUSED, code=-275, fields=second, cells=("2",)),
    ]
    assert [dict(row.fields) for row in reload(rows, run).rows] == [first, second]


def test_a_users_column_named_like_a_field_stays_the_users(make, reload):
    columns = (Column("Number", "Number"), Column("Dest", "URI"), Column("uri"), Column("Cost centre"))
    rows = [make.row(0, Status.REFUSED, code=-275, fields={"URI": "sip:a@b.example"}, cells=("1", "x", "mine", "cc"))]
    orders = reload(rows, make.run(columns=columns))
    assert dict(orders.rows[0].fields) == {"URI": "sip:a@b.example"}
    headers = [column.header for column in orders.columns]
    assert "uri (order)" in headers
    assert orders.rows[0].cells[headers.index("Cost centre")] == "cc"


def test_nothing_failed_is_no_order(make, reload):
    assert list(reload([make.row()]).rows) == []


def test_settings_that_disown_a_columns_name_lose_no_field(make, reload):
    columns = (
        Column("DID", "Number"),
        Column("Kind", "Type"),
        Column("type"),
        Column("Number"),
        Column("Cost", "Price"),
    )
    settings = {"Kind": "Type", "Type": False, "Number": False, "Cost": "Price"}
    row = make.row(0, Status.REFUSED, code=-275, fields={"Type": "1"}, cells=("1", "SIP", "mine", "n", Decimal(3)))
    for options in (
        LoadOptions(sheet="Failures", columns=settings),
        LoadOptions(sheet="Failures", columns={"DID": False}),
        LoadOptions(sheet="Failures", columns={**settings, "Price": False, "URI": False}),
        LoadOptions(sheet="Failures"),
    ):
        [again] = reload([row], make.run(columns=columns), options).rows
        assert (again.number, dict(again.fields), again.kind) == (row.number, {"Type": "1"}, "order")


def test_a_column_that_settings_disown_stays_the_users_without_them(make, reload):
    columns = (Column("Number", "Number"), Column("Country"))
    row = make.row(0, Status.REFUSED, code=-275, fields={}, cells=("1", "by the sea"))
    orders = reload([row], make.run(columns=columns))
    assert [column.field for column in orders.columns if column.header == "Country (order)"] == [None]
    assert [one.kind for one in orders.rows] == ["order"]


def test_columns_that_settings_disown_do_not_pile_up(make, reload):
    settings = {
        "Kind": "Type",
        "Type": False,
        "Number": False,
        "DID": "Number",
        "Alternative": False,
        "Else": "Alternative",
    }
    columns = (
        Column("DID", "Number"),
        Column("Kind", "Type"),
        Column("type"),
        Column("Else", "Alternative"),
        Column("Number"),
    )
    row = make.row(0, Status.REFUSED, code=-275, fields={"Type": "1"}, cells=("1", "SIP", "mine", "+12025559999", "n"))
    options = LoadOptions(sheet="Failures", columns=settings)
    first = reload([row], make.run(columns=columns), options)
    again = make.row(0, Status.REFUSED, code=-275, fields={"Type": "1"}, cells=first.rows[0].cells)
    second = reload([again], make.run(columns=first.columns), options)
    for orders in (first, second):
        assert [(one.number, dict(one.fields), one.alternatives) for one in orders.rows] == [
            (row.number, {"Type": "1"}, ("12025559999",))
        ]
    assert [column.header for column in first.columns] == [
        "Number", "Type", "Price", "Alternative", "type (order)", "Number (order)",
    ]  # fmt: skip
    assert second.columns == first.columns


def test_a_users_column_that_settings_disown_becomes_no_field(make, reload):
    columns = (Column("Number", "Number"), Column("uri"))
    row = make.row(0, Status.REFUSED, code=-275, fields={}, cells=("1", "sip:mine@b.example"))
    options = LoadOptions(sheet="Failures", columns={"URI": False})
    [again] = reload([row], make.run(columns=columns), options).rows
    assert dict(again.fields) == {}
    assert "sip:mine@b.example" in again.cells


@pytest.mark.parametrize("sheet", [None, "Summary", "Results", "Charges"])
def test_results_that_are_taken_for_an_order_are_refused_with_their_remedy(make, reload, sheet):
    rows = [make.row(), make.row(1, Status.REFUSED, code=-275)]
    columns = tuple(Column("Number" if one.field == "Number" else one.header, one.field) for one in make.run().columns)
    orders = reload(rows, make.run(columns=columns), LoadOptions(sheet=sheet))
    errors = [problem for problem in orders.problems if problem.level == "error"]
    assert [problem.code for problem in errors] == ["results-sheet"]
    assert "--sheet Failures" in errors[0].remedy
    assert {row.kind for row in orders.rows} == {"invalid"}
