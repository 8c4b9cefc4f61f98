"""Results as a CSV, parsed again by another reader: the workbook's columns and rows, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import stat
from decimal import Decimal

import openpyxl
import pytest

from batch.ledger.records import Status
from batch.provider.multitel.codes import CODES
from batch.reconciler.report import write_report
from batch.reconciler.shapes.table import DIALECTS, write_csv

HOSTILE = ("=cmd|' /C calc'!A0", "@SUM(1)", "+1;2", '-"x"', "\t=1", "two\r\nlines", "a\x00b\ud800")


def parsed(path, delimiter=",", encoding="utf-8"):
    with path.open(newline="", encoding=encoding) as file:
        return list(csv.reader(file, delimiter=delimiter, strict=True))


@pytest.fixture
def reader(make):
    cells = [make.row(place, cells=(text, *make.row(place).cells[1:])) for place, text in enumerate(HOSTILE)]
    return make.reader([*cells, make.row(20, Status.REFUSED, code=-1265), make.row(21, setup=Decimal("-0.50"))])


@pytest.mark.parametrize("made_for", DIALECTS)
def test_columns_and_rows_are_those_of_the_workbook(reader, make, tmp_path, made_for):
    write_report(tmp_path / "r.xlsx", reader, reader.run, CODES, make.options())
    path = tmp_path / "r.csv"
    write_csv(path, reader, reader.run, CODES, make.options(), made_for)
    header, *rows = openpyxl.load_workbook(tmp_path / "r.xlsx")["Results"].iter_rows(values_only=True)
    dialect = DIALECTS[made_for]
    got = parsed(path, dialect.delimiter, "utf-8-sig" if dialect.excel else "utf-8")
    assert got[0] == list(header)
    assert [row[1:4] for row in got[1:]] == [["" if v is None else str(v) for v in row[1:4]] for row in rows]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_text_is_a_formula_and_figures_stay_figures(reader, make, tmp_path):
    path = tmp_path / "r.csv"
    write_csv(path, reader, reader.run, CODES, make.options())
    header, *rows = parsed(path)
    for text, row in zip(HOSTILE, rows, strict=False):
        cell = row[header.index("DID")]
        assert not cell.startswith(("@", "+", "-", "\t")), text
        assert cell[:1] != "=" or cell.startswith('="')
    assert rows[-1][header.index("Setup fee")] == "-0.50"
    assert rows[0][header.index("Requested at (UTC)")] == "2026-11-21T21:00:00Z"
    assert path.read_bytes().startswith(b"Source row,")


def test_german_excel_gets_its_marks(reader, make, tmp_path):
    path = tmp_path / "r.csv"
    write_csv(path, reader, reader.run, CODES, make.options(), "excel-de")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfSource row;")
    header, *rows = parsed(path, ";", "utf-8-sig")
    assert rows[-1][header.index("Setup fee")] == "-0,50"
    assert rows[0][header.index("Requested at (UTC)")] == "2026-11-21 21:00:00"
