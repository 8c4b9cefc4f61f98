"""Orders: cells survive storing with their types, and the same content has the same key."""

import json
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from batch.number import Number
from batch.order import Column, Row, RowKind, Source, content_key, decode_cell, encode_cell

CELLS = (
    None, "text", 7, 1.5, True, Decimal("8.50"), date(2026, 11, 21), datetime(2026, 11, 21, 22, 0, 1), time(4, 0),  # noqa: DTZ001 - a spreadsheet knows no zones
)  # fmt: skip
COLUMNS = (Column("Number", "Number"), Column("Cost centre"))
ROW = Row(0, RowKind.ORDER, Source(0, "Orders", 5), Number("12025550100"), {"Type": "1"}, CELLS, price=Decimal("8.50"))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: type(cell).__name__)
def test_a_cell_comes_back_from_storing_as_what_it_was(cell):
    back = decode_cell(json.loads(json.dumps(encode_cell(cell))))
    assert back == cell
    assert type(back) is type(cell)


@pytest.mark.parametrize("value", [{"money": "1"}, {"date": "2026-11-21", "time": "04:00"}, [], {}])
def test_what_storing_never_makes_is_refused(value):
    with pytest.raises(ValueError, match="not a stored cell"):
        decode_cell(value)


def test_the_same_content_has_the_same_key_wherever_it_lies():
    assert content_key(COLUMNS, [ROW] * 501) == content_key(list(COLUMNS), tuple([ROW] * 501))


@pytest.mark.parametrize(
    "changed",
    [
        {"number": Number("12025550101")},
        {"fields": {"Type": "2"}},
        {"fields": {"Type": "1", "Cnam": "1"}},
        {"cells": CELLS[1:]},
        {"source": Source(0, "Orders", 6)},
        {"price": None},
        {"kind": RowKind.DUPLICATE},
    ],
)
def test_whatever_changes_in_a_row_changes_the_key(changed):
    assert content_key(COLUMNS, [replace(ROW, **changed)]) != content_key(COLUMNS, [ROW])


def test_columns_are_part_of_the_key():
    assert content_key(COLUMNS[:1], [ROW]) != content_key(COLUMNS, [ROW])
