"""Whatever a program hands on as orders, the loader reads the same orders from what is written."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.loader import LoadOptions, load
from batch.loader.order_workbook import write_order_workbook
from batch.order import RowKind
from batch.provider.multitel.fields import FIELDS

numbers = st.integers(0, 9999).map(lambda more: str(33123450000 + more))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and "\ufffe" not in text and "\uffff" not in text
)
odd = st.sampled_from(
    ['="1"', "=1+1", "+1-1", "-", "@", '="a""b"', "<r>x</r>", "<r></r>", "_x0041_", '"', '=""', "1;2", "a\tb"]
)
prices = st.none() | st.decimals(0, 999, places=3)
rows = st.lists(
    st.tuples(numbers, prices, texts.filter(lambda text: "{" not in text) | st.none(), texts | odd),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
)


@settings(max_examples=25, deadline=None)
@given(rows, st.sampled_from([".xlsx", ".csv", ".tsv"]), st.booleans())
def test_any_orders_that_are_written_load_to_the_same_orders(rows, suffix, plus):
    headers = ["Number", "Price", "Description", "Notes"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"orders{suffix}"
        mark = "+" if plus else ""
        write_order_workbook(path, headers, [(f"{mark}{row[0]}", *row[1:]) for row in rows], table=FIELDS)
        orders = load([path], FIELDS, LoadOptions(default_country="US" if plus else None))
    for made, (number, price, description, notes) in zip(orders.rows, rows, strict=True):
        assert made.kind is RowKind.ORDER
        assert (made.number, made.price, made.fields.get("Description")) == (number, price, description)
        assert made.cells[3] == notes
        assert made.price is None or isinstance(made.price, Decimal)
