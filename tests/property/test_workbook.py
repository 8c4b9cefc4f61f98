"""Whatever text, number or date a row holds, the result workbook holds too, and it adds up."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET  # what is parsed is ours

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import from_excel

from batch.ledger.records import (
    Environment,
    Head,
    LedgerKey,
    Run,
    RunReport,
    RunRow,
    Status,
    Why,
)
from batch.order import Column, OrderFile, RowKind, Source
from batch.provider.multitel.codes import CODES
from batch.reconciler.report import ReportOptions, write_report
from batch.reconciler.totals import run_totals
from batch.reconciler.workbook.archive import combine_crc
from batch.reconciler.workbook.cells import MAX_TEXT, fit_text, serial, text_element

COLUMNS = (Column("Number", "Number"), Column("URI", "URI"), Column("Cost centre"), Column("Note"))
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")

everything = st.characters(exclude_categories=())
hostile = st.text(everything) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "_x0041_",
        "_x0041_x0042_",
        "_x0041\x01",
        "\r\n",
        " \t",
        "<r><t>x</t></r>",
        "]]>",
        "\ud83d",
        "&amp;",
        "\x00",
        "{=1}",
        "007",
        "1E5",
        "TRUE",
        "#N/A",
    ]
)
money = st.decimals(0, 10_000, places=3) | st.none()
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)) | st.none()  # noqa: DTZ001
cells = (
    hostile
    | st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=True)
    | st.decimals(allow_nan=False)
    | st.just(Decimal("NaN"))
    | st.dates()
    | st.datetimes()
    | st.times()
)


@st.composite
def run_rows(draw: st.DrawFn) -> list[RunRow]:
    rows = []
    for position in range(draw(st.integers(0, 6))):
        status = draw(st.sampled_from(Status))
        rows.append(
            RunRow(
                position=position,
                source=Source(0, "S", position + 2),
                number=draw(hostile) if status is Status.INVALID else f"1202555{position:04}",
                status=status,
                why=draw(st.sampled_from(Why)) if status is Status.NOT_SENT else None,
                code=draw(st.integers(-2000, 10**16) | st.none()),
                reason=draw(hostile),
                fields={"URI": draw(hostile)},
                cells=(f"1202555{position:04}", *draw(st.tuples(hostile, cells, cells))),
                country="US",
                price=draw(money),
                setup=draw(money),
                monthly=draw(money),
                bought_in=draw(hostile),
                differs=("URI",) if status is Status.OWNED and draw(st.booleans()) else (),
                attempts=1,
                requested_at=draw(moments),
                confirmed_at=draw(moments),
                confirmed_by=draw(st.sampled_from(["answer", "inquiry, presumed"]) | hostile),
                released_at=draw(moments),
                kind=RowKind.ORDER,
            )
        )
    return rows


def written(rows: list[RunRow], folder: Path, account: str = "acme", **options: Any) -> tuple[Any, Any]:
    """The workbook of these rows, and the reader that it was written from."""
    files = (OrderFile(Path("o.xlsx"), "ab", "S", len(rows)),)
    run = Run("7f3a", "7f3a", files, COLUMNS, len(rows), datetime(2026, 1, 1, tzinfo=UTC))
    key = LedgerKey("multitel", Environment.LIVE, account)

    def iterate(_run: Run) -> Iterator[RunRow]:
        return iter(rows)

    report = RunReport(key, run, (), Head("id", 1, "ab"), Decimal(1))
    reader: Any = SimpleNamespace(report=lambda _run: report, rows=iterate)
    path = folder / "r.xlsx"
    write_report(path, reader, run, CODES, ReportOptions(currency="USD", timezone=UTC, **options))
    return openpyxl.load_workbook(path), reader


def unescaped(text: str) -> str:
    """What a spreadsheet program shows for `text`: openpyxl leaves this to its callers."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def told(value: object) -> str:
    return "" if value is None else unescaped(str(value))


@given(hostile)
def test_a_text_reads_as_it_was(text):
    element = ET.fromstring(text_element(text))  # noqa: S314  # ours
    assert unescaped(element.text or "") == text


@given(st.text(everything, min_size=1, max_size=30), st.integers(0, 4000))
def test_a_text_is_whole_or_says_how_long_it_was(piece, times):
    text = piece * times
    fitted = fit_text(text)
    assert len(fitted.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_TEXT
    assert fitted == text or fitted.endswith(" characters]")


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_checksums_of_pieces_are_those_of_the_whole(first, second):
    assert combine_crc(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@given(st.dates(date(1900, 3, 1)))
def test_days_are_counted_as_spreadsheets_do(day):
    assert from_excel(int(serial(day) or "0")).date() == day


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=run_rows(), account=hostile)
def test_the_workbook_holds_what_the_ledger_says(rows, account, tmp_path_factory):
    book, reader = written(rows, tmp_path_factory.mktemp("w"), account)
    for sheet in book:
        assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    header, *found = book["Results"].iter_rows(values_only=True)
    assert len(found) == len(rows)
    for row, values in zip(rows, found, strict=True):
        cell = dict(zip(header, values, strict=True))
        assert told(cell["Number"]) == row.number
        assert told(cell["URI"]) == row.cells[1]
        assert told(cell["Confirmed by"]) == row.confirmed_by
        assert told(cell["Account"]) == account
        for name, value in (("Cost centre", row.cells[2]), ("Note", row.cells[3])):
            if isinstance(value, str):
                assert told(cell[name]) == value
            elif value is None or isinstance(value, bool):
                assert cell[name] is value
    assert_ties(book, run_totals(reader, reader.report(None).run, CODES), rows)


def assert_ties(book: Any, totals: Any, rows: list[RunRow]) -> None:
    def total(sheet: str, column: str) -> Decimal:
        header, *lines = book[sheet].iter_rows(values_only=True)
        return sum((Decimal(str(line[header.index(column)] or 0)) for line in lines), Decimal(0))

    assert totals.rows == len(rows) == sum(totals.counts.values())
    assert total("Results", "Charged now") == total("Charges", "Amount") == totals.charged
    assert total("Results", "At risk") == totals.at_risk
    failed = sum(totals.counts[s] for s in (Status.REFUSED, Status.DEFERRED, Status.DOUBT, Status.NOT_SENT))
    assert book["Failures"].max_row == failed + 1
