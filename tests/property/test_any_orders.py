"""Any orders, written by any writer in any format, load to the same orders."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.anyorders import Sheet, sheets
from support.sheets import WRITERS, adapted, carried

from batch.loader import load
from batch.order import Orders, RowKind, Source, content_key
from batch.problem import Level
from batch.provider.multitel.fields import FIELDS

PATIENT = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
kinds = st.sampled_from(sorted(WRITERS))


def loaded(sheet: Sheet, kind: str) -> Orders:
    """The orders in what the writer called `kind` makes of `sheet`, which are those that the sheet is a model of."""
    adapt = partial(adapted, kind)
    headers = [
        header if field else str(adapt(header)) for header, field in zip(sheet.headers, sheet.fields, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        orders = load([WRITERS[kind](Path(folder), headers, sheet.rows(adapt))], FIELDS)
    assert [problem for problem in orders.problems if problem.level is Level.ERROR] == []
    assert {row.kind for row in orders.rows} == {RowKind.ORDER}
    assert [(row.source.row, row.number, dict(row.fields), row.price) for row in orders.rows] == sheet.orders(adapt)
    places = {column.header: place for place, column in enumerate(orders.columns) if column.field is None}
    for header, cells in sheet.own(adapt).items():
        if header not in places:  # a header that can't be said is none
            continue
        held = [row.cells[places[header]] for row in orders.rows]
        expected = [carried(kind, cell) for cell in cells]
        assert [(type(one), one) for one in held] == [(type(one), one) for one in expected]
    return orders


@PATIENT
@given(sheets(), kinds, kinds)
def test_any_orders_by_any_writer_are_the_orders_of_their_model(sheet, one, other):
    first, second = loaded(sheet, one), loaded(sheet, other)
    assert first.columns
    if key_of(first) == key_of(second):
        assert [(row.number, row.fields) for row in first.rows] == [(row.number, row.fields) for row in second.rows]


def key_of(orders: Orders) -> str:
    """The orders' key, whatever their sheet is called: a text file has no name for it."""
    rows = [replace(row, source=Source(0, "S", row.source.row)) for row in orders.rows]
    return content_key(orders.columns, rows)
