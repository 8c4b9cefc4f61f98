"""One set of orders, whoever wrote it and in whatever format, loads to the same orders, with Excel's row numbers."""

from __future__ import annotations

import csv
import shutil

import pytest
from support.corpus import DAY, OFFICE_FILTERS, WORKBOOKS, office, text

from batch.order import RowKind
from batch.problem import Level

OFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")

EXPECTED = [
    (5, "12025550131", "order", {"Type": "1", "URI": "sip:0131@pbx.example.com", "Record": "1", "Channels": "2"}),
    (6, "12025550132", "order", {"Type": "1", "URI": "a@pbx.example.com"}),
    *(
        (9, f"3312345000{last}", "order", {"Type": "1", "URI": f"sip:3312345000{last}@pbx.example.com"})
        for last in range(5)
    ),
    (11, "12025550139", "invalid", {}),
]


def told(orders):
    return [(row.source.row, row.number, row.kind.value, dict(row.fields)) for row in orders.rows]


def require_same(orders):
    """The orders, their prices and their problems are those of the sheet."""
    assert told(orders) == EXPECTED
    assert [str(row.price) for row in orders.rows if row.price is not None] == ["2.5"]
    assert [(one.code, one.cell) for one in orders.problems if one.level is Level.ERROR] == [
        ("channels-malformed", "E11")
    ]
    assert [one.code for one in orders.problems if one.level is Level.WARNING] == []
    assert [column.header for column in orders.columns][-2:] == ["Cost centre", "Ordered"]
    assert [row.cells[-2] for row in orders.rows][:2] == ["Zürich, Büro", "two\nlines"]


@pytest.fixture(scope="module")
def typed_key():
    """The content key of every file whose cells have types, by what was seen first."""
    return {}


@pytest.mark.parametrize("writer", WORKBOOKS)
def test_workbooks_of_every_writer_are_the_same_orders(tmp_path, read, writer, typed_key):
    path = tmp_path / "orders.xlsx"
    WORKBOOKS[writer](path)
    orders = read(path)
    require_same(orders)
    assert orders.rows[0].cells[-1] == DAY
    assert orders.rows[2].cells[-2] == 7
    assert orders.key == typed_key.setdefault("key", orders.key)


@OFFICE
@pytest.mark.parametrize("kind", [kind for kind in OFFICE_FILTERS if kind not in {"csv", "tsv"}])
def test_workbooks_of_libreoffice_are_the_same_orders(tmp_path, read, kind, typed_key):
    WORKBOOKS["openpyxl"](tmp_path / "source.xlsx")
    (tmp_path / "saved").mkdir()
    orders = read(office(tmp_path / "source.xlsx", kind, tmp_path / "saved"))
    require_same(orders)
    assert orders.rows[0].cells[-1] == DAY
    if kind != "ods":  # its TRUE is read as 1: the same order, and another cell
        assert orders.key == typed_key.setdefault("key", orders.key)


@pytest.mark.parametrize(
    ("delimiter", "encoding", "options"),
    [
        (",", "utf-8", {}),
        (",", "utf-8-sig", {"quoting": csv.QUOTE_ALL}),
        (";", "cp1252", {"comma": True}),
        ("\t", "utf-16", {"end": "\n"}),
        ("\t", "utf-16-le", {}),
        ("|", "utf-16-be", {}),
        (";", "utf-32", {"end": "\r", "quoting": csv.QUOTE_ALL}),
    ],
)
def test_texts_in_every_encoding_are_the_same_orders(text_file, read, delimiter, encoding, options):
    orders = read(text_file(text(delimiter, **options).encode(encoding)))
    require_same(orders)
    assert orders.rows[0].cells[-1] == "2026-11-24"
    plain = read(text_file(text(",").encode(), "plain.csv"))
    assert (orders.key == plain.key) is not options.get("comma", False)


def test_excels_separator_line_is_no_row_of_the_texts(text_file, read):
    require_same(read(text_file(f"sep=;\r\n{text(';')}".encode("utf-8-sig"))))


@OFFICE
@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_texts_of_libreoffice_are_the_same_orders(tmp_path, read, kind):
    WORKBOOKS["shared strings"](tmp_path / "source.xlsx")
    (tmp_path / "saved").mkdir()
    require_same(read(office(tmp_path / "source.xlsx", kind, tmp_path / "saved")))


@pytest.fixture
def text_file(text):
    """Writes bytes."""
    return text


def test_the_invalid_row_alone_is_left_out_of_what_is_bought(tmp_path, read):
    WORKBOOKS["openpyxl"](tmp_path / "orders.xlsx")
    assert sum(row.kind is RowKind.ORDER for row in read(tmp_path / "orders.xlsx").rows) == 7
