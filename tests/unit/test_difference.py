"""What changed between two lists of orders is told by number, each kind of change apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from batch.number import Number
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source, StandIn, Wish
from batch.plan.difference import Change, find_difference

COLUMNS = (Column("Number", "Number"), Column("URI", "URI"), Column("Cost centre"))


def row(number, cost_centre="4100", *, kind=RowKind.ORDER, price=None, stand_ins=(), **fields):
    cells = (number, fields.get("URI"), cost_centre)
    return Row(0, kind, Source(0, "Orders", 2), Number(number), fields, cells, price, stand_ins=stand_ins)


def orders(*rows, columns=COLUMNS, wishes=()):
    return Orders((OrderFile(Path("o.xlsx"), "0" * 64, "Orders", len(rows)),), columns, rows, wishes=tuple(wishes))


def wish(count, prefix="1203", **fields):
    return Wish(Source(0, "Orders", 9), 0, prefix, count, fields, ("", None, "4100"), None, False, lambda _: ())


def test_the_same_orders_in_another_order_are_the_same():
    one, other = row("12035550100", URI="a@example.com"), row("12035550101", URI="b@example.com")
    found = find_difference(orders(one, other), orders(other, replace(one, kind=RowKind.ORDER), columns=COLUMNS))
    assert found.is_none
    assert found.same == 2


def test_added_and_gone_are_told_by_number():
    found = find_difference(orders(row("1001"), row("1002")), orders(row("1002"), row("1004"), row("1003")))
    assert [one.number for one in found.added] == ["1004", "1003"]
    assert [one.number for one in found.gone] == ["1001"]
    assert found.same == 1
    assert not found.is_none


def test_routing_price_and_the_users_columns_are_told_apart():
    before = row("1001", "4100", price=Decimal(5), Type="1", URI="a@example.com")
    after = row("1001", "4200", price=Decimal("5.50"), URI="b@example.com", Channels="4")
    [changed] = find_difference(orders(before), orders(after)).changed
    assert set(changed.routing) == {
        Change("Type", "1", ""),
        Change("URI", "a@example.com", "b@example.com"),
        Change("Channels", "", "4"),
    }
    assert changed.price == Change("Price", "5", "5.5")
    assert changed.own == (Change("Cost centre", "4100", "4200"),)
    assert changed.order == ()
    assert changed.now.number == "1001"


def test_a_row_that_repeats_another_or_is_invalid_orders_nothing():
    extra = (row("1001", "9999", kind=RowKind.DUPLICATE), row("10x", kind=RowKind.INVALID))
    assert find_difference(orders(row("1001")), orders(row("1001"), *extra)).is_none


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (4100, "4100"),
        (4100.0, "4100"),
        (True, "TRUE"),
        (None, ""),
        (" 4100 ", "4100"),
        (Decimal("1.50"), "1.5"),
        (1.5, "1.5"),
        (dt.date(2026, 11, 24), "2026-11-24"),
        (dt.time(8, 30), "08:30:00"),
        (dt.datetime(2026, 11, 24, 8), "2026-11-24 08:00:00"),  # noqa: DTZ001 - as a workbook has it
    ],
)
def test_what_a_csv_and_a_workbook_hold_alike_is_alike(one, other):
    assert find_difference(orders(row("1001", one)), orders(row("1001", other))).is_none


def test_leading_zeros_are_a_difference():
    assert not find_difference(orders(row("1001", "0042")), orders(row("1001", "42"))).is_none


def test_a_column_that_one_sheet_lacks_is_named_once_and_not_compared():
    without = orders(replace(row("1001"), cells=("1001", None)), columns=COLUMNS[:2])
    found = find_difference(without, orders(row("1001")))
    assert (found.columns_added, found.columns_gone, found.changed) == (("Cost centre",), (), ())
    assert not found.is_none
    assert find_difference(orders(row("1001")), without).columns_gone == ("Cost centre",)


def test_columns_are_found_by_header_whatever_its_case_and_place():
    columns = (Column("COST CENTRE"), Column("Number", "Number"), Column("cost centre"))
    old = orders(replace(row("1001"), cells=("4100", "1001", "x")), columns=columns)
    new = orders(
        replace(row("1001"), cells=("1001", "4100", "y")), columns=(COLUMNS[0], COLUMNS[2], Column("Cost Centre"))
    )
    [changed] = find_difference(old, new).changed
    assert changed.own == (Change("Cost Centre (2)", "x", "y"),)


def test_alternatives_count_in_their_order():
    first, second = (StandIn({}, (), Number(number)) for number in ("1008", "1009"))
    old, new = row("1001", stand_ins=(first, second)), row("1001", stand_ins=(second, first))
    [changed] = find_difference(orders(old), orders(new)).changed
    assert changed.order == (Change("Alternative", "1008, 1009", "1009, 1008"),)
    [changed] = find_difference(orders(old), orders(row("1001"))).changed
    assert changed.order == (Change("Alternative", "1008, 1009", ""),)


def test_wishes_under_a_prefix_are_compared_in_their_order():
    old = orders(wishes=[wish(50, URI="a@example.com"), wish(5), wish(7, "1212")])
    new = orders(wishes=[wish(60, URI="b@example.com"), wish(5), wish(1, "1313")])
    found = find_difference(old, new)
    [changed] = found.changed
    assert changed.order == (Change("AnyOf", "50", "60"),)
    assert changed.routing == (Change("URI", "a@example.com", "b@example.com"),)
    assert [(one.prefix, one.count) for one in found.added] == [("1313", 1)]
    assert [(one.prefix, one.count) for one in found.gone] == [("1212", 7)]
    assert found.same == 1
