"""Any orders written in any format load to the same orders, and no cell, whatever it holds, ends in an exception."""

from __future__ import annotations

import csv
import io
import json
import string
import tempfile
from pathlib import Path

import pandas as pd
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.errors import OrdersError
from batch.loader import LoadOptions, load, with_chosen
from batch.loader.fillins import FillInError, compile_fill
from batch.loader.header import Layout
from batch.loader.reader import packing
from batch.loader.spans import read_span
from batch.number import NumberError, parse_number
from batch.order import Choice, Chosen, RowKind
from batch.provider.multitel.fields import FIELDS

PATIENT = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

numbers = st.builds(lambda more: str(33123450000 + more), st.integers(0, 9999))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and not text.startswith("=")
)
plain = texts.filter(lambda text: "{" not in text)
rows = st.lists(
    st.tuples(numbers, st.sampled_from(["SIP", "1", ""]), st.just("a@b.c") | st.just("{number}@b.c"), plain, texts),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)
HEAD = ["Number", "Type", "URI", "Description", "My notes"]


def written(rows, kind, path):
    """`rows` below the header, in one of the formats; answers the path."""
    frame = pd.DataFrame(rows, columns=HEAD)
    if kind == "pandas":
        with pd.ExcelWriter(path / "a.xlsx", engine="xlsxwriter", engine_kwargs={"options": OPTIONS}) as writer:
            frame.to_excel(writer, index=False)
        return path / "a.xlsx"
    if kind == "xlsxwriter":
        with xlsxwriter.Workbook(path / "a.xlsx", {"constant_memory": True, **OPTIONS}) as workbook:
            sheet = workbook.add_worksheet()
            for place, row in enumerate([HEAD, *rows], start=3):
                for column, cell in enumerate(row, start=2):
                    sheet.write_string(place, column, cell)
        return path / "a.xlsx"
    delimiter, encoding = {"csv": (",", "utf-8"), "tsv": ("\t", "utf-16"), "semicolon": (";", "utf-8-sig")}[kind]
    content = io.StringIO()
    writer = csv.writer(content, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([HEAD, *rows])
    target = path / ("a.tsv" if kind == "tsv" else "a.csv")
    target.write_bytes(content.getvalue().encode(encoding))
    return target


OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@PATIENT
@given(rows, st.sampled_from(["pandas", "xlsxwriter", "csv", "tsv", "semicolon"]))
def test_any_orders_in_any_format_are_the_same_orders(rows, kind):
    with tempfile.TemporaryDirectory() as folder:
        orders = load([written(rows, kind, Path(folder))], FIELDS)
    assert [row.number for row in orders.rows] == [row[0] for row in rows]
    for made, (number, how, uri, description, notes) in zip(orders.rows, rows, strict=True):
        assert made.kind is RowKind.ORDER
        expected = {"Description": description, "Type": "1" if how else "", "URI": uri.replace("{number}", number)}
        assert made.fields == {name: value for name, value in expected.items() if value}
        assert made.cells[4] == notes


@PATIENT
@given(
    st.lists(st.lists(st.text(max_size=12) | st.sampled_from(["Number", "Type", "{row}", "33123450000"]), max_size=5))
)
def test_any_text_in_any_cell_is_loaded_or_refused_by_name(cells):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        content = io.StringIO()
        csv.writer(content).writerows([["Number", "Type", "URI", "Notes"], *cells])
        path.write_bytes(content.getvalue().encode("utf-8", "surrogatepass"))
        try:
            orders = load([path], FIELDS, LoadOptions(allow_empty=True))
        except OrdersError as error:
            assert error.problem
            return
    errors = {problem.row for problem in orders.problems if problem.level == "error"}
    invalid = {row.source.row for row in orders.rows if row.kind is RowKind.INVALID}
    if any(problem.code == "header-again" and problem.level == "error" for problem in orders.problems):
        # A second table spoils the whole sheet.
        assert errors <= invalid == {row.source.row for row in orders.rows}
    else:
        assert invalid == errors
    assert [row.position for row in orders.rows] == list(range(len(orders.rows)))


@PATIENT
@given(
    st.binary(max_size=300),
    st.sampled_from([".xlsx", ".xls", ".ods", ".csv", ".xlsb"]),
    st.sampled_from([b"", b"PK\x03\x04"]),
)
def test_any_bytes_are_loaded_or_refused_by_name(content, suffix, start):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(start + content)
        try:
            orders = load([path], FIELDS)
        except OrdersError as error:
            assert error.problem
            return
    assert suffix == ".csv"
    assert {row.kind for row in orders.rows} == {RowKind.INVALID}


cells = st.text(max_size=30) | st.integers() | st.floats(allow_nan=False) | st.booleans()


@settings(max_examples=400, deadline=None)
@given(cells, cells | st.just(""), cells | st.just(""), st.sampled_from([None, "FR", "US", "DE"]))
def test_whatever_stands_there_is_a_span_or_an_error_by_name(number, until, size, country):
    try:
        span = read_span(number, until, size, country, 10_000)
    except NumberError as error:
        assert error.code
        assert error.problem
        return
    found = span.numbers()
    assert len(found) == span.size
    assert all(one.isdecimal() and 5 <= len(one) <= 17 for one in found)


@settings(max_examples=400, deadline=None)
@given(st.text(string.digits + " +-.()[]/,eExX０٣", max_size=24), st.sampled_from([None, "FR", "US", "GB"]))
def test_a_number_that_was_read_is_read_again_as_itself(text, country):
    try:
        number = parse_number(text, country=country)
    except NumberError:
        return
    assert parse_number(number) == number
    assert parse_number("+" + number, country=country) == number


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_doubled_braces_are_the_text_itself(text):
    assert compile_fill(text.replace("{", "{{"), Layout(1, ()), frozenset()) == text


@settings(max_examples=200, deadline=None)
@given(st.text(string.ascii_letters + "{} ", max_size=20))
def test_any_braces_resolve_or_are_refused(text):
    try:
        compile_fill(text, Layout(1, ()), frozenset())
    except FillInError as error:
        assert str(error)


scalars = (
    st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.dates() | st.datetimes()
    | st.times()
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(scalars, min_size=3, max_size=3), max_size=30))
def test_cells_survive_the_way_to_the_parent(rows):
    out = io.BytesIO()
    packing.send_rows(out, rows)

    read = []
    for line in out.getvalue().splitlines():
        message = json.loads(line)
        columns = [packing.unpack(column, message["rows"]) for column in message["columns"]]
        read += list(zip(*columns, strict=True))
    assert [list(row) for row in read] == rows
    assert all(
        type(got) is type(sent) or (type(sent), type(got)) == (float, int)
        for made, row in zip(read, rows, strict=True)
        for got, sent in zip(made, row, strict=True)
    )


@PATIENT
@given(
    st.lists(st.integers(1, 4) | st.none(), min_size=1, max_size=6),
    st.sampled_from(["{number}@b.c", "{last4}@b.c", "a@b.c", ""]),
    st.lists(st.integers(0, 999), min_size=24, max_size=24, unique=True),
)
def test_wishes_with_a_choice_are_the_orders_of_the_sheet_that_names_the_numbers(counts, uri, lasts):
    pool = iter(f"1203555{last:04}" for last in lasts)
    wished, exact, choices = ["Number;Prefix;AnyOf;Type;URI"], ["Number;Type;URI"], []
    for place, count in enumerate(counts):
        fixed = f"1202555{place:04}"
        mine = [fixed] if count is None else [next(pool) for _ in range(count)]
        wished.append(f"{fixed};;;1;{uri}" if count is None else f";1203;{count};1;{uri}")
        exact.extend(f"{number};1;{uri}" for number in mine)
        if count is not None:
            choices.append(mine)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "wished.csv").write_text("\n".join(wished))
        (path / "exact.csv").write_text("\n".join(exact))
        open_orders = load([path / "wished.csv"], FIELDS)
        named = load([path / "exact.csv"], FIELDS)
    chosen = Chosen(
        tuple(
            Choice(wish.source, wish.prefix, tuple(mine))
            for wish, mine in zip(open_orders.wishes, choices, strict=True)
        )
    )
    made = with_chosen(open_orders, chosen)
    ordered = [(row.position, row.kind, row.number, dict(row.fields), row.price, row.country) for row in made.rows]
    assert ordered == [
        (row.position, row.kind, row.number, dict(row.fields), row.price, row.country) for row in named.rows
    ]
    assert not made.wishes
    assert with_chosen(open_orders, chosen).key == made.key
