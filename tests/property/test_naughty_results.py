"""Naughty texts, wherever they came from, stand in the results as they were: for other readers and for our own; none can run."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.naughty import LONGEST, LONGEST_WIDE, NAUGHTY, UNSAYABLE

from batch.ledger.records import (
    Environment,
    Head,
    Invocation,
    InvocationEnd,
    InvocationFacts,
    LedgerKey,
    Run,
    RunReport,
    RunRow,
    Status,
)
from batch.loader import LoadOptions, load
from batch.order import Column, OrderFile, RowKind, Source
from batch.problem import Level
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.reconciler.report import ReportOptions, write_report

PATIENT = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
START = datetime(2026, 11, 24, tzinfo=UTC)
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_RUNS = re.compile(rb"(?i)vba|macro|externalLink|oleObject|ddeLink|hyperlink|connection")

texts = st.sampled_from([*NAUGHTY, *UNSAYABLE]) | st.text(st.characters(exclude_categories=()), max_size=12)
said = st.sampled_from(NAUGHTY) | st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=12)
"""What XML can say, so that our own reader finds it again."""


def shown(value: object) -> str:
    """What a spreadsheet program shows for what openpyxl read, which leaves the escapes to its callers."""
    return "" if value is None else _ESCAPE.sub(lambda found: chr(int(found[1], 16)), str(value))


def results(path: Path, headers: Sequence[str], cells: Sequence[Sequence[str]], names: Sequence[str]) -> None:
    """The results of failed orders with these cells; `names` are a file's, a sheet's, an account's, a person's, and a reason."""
    file, sheet, account, person, reason = names
    columns = (Column("Number", "Number"), *map(Column, headers))
    rows = [
        RunRow(
            position=place,
            source=Source(0, sheet, place + 2),
            number=f"1202555{place:04}",
            status=(Status.REFUSED, Status.DOUBT, Status.PURCHASED)[place % 3],
            why=None,
            code=-275 if place % 3 == 0 else None,
            reason=reason,
            fields={"Description": text} if (text := row[0].strip()) else {},
            cells=(f"1202555{place:04}", *row),
            country="US",
            price=None,
            setup=None,
            monthly=None,
            bought_in=reason,
            differs=(),
            attempts=1,
            requested_at=START,
            confirmed_at=START,
            confirmed_by=person,
            released_at=None,
            kind=RowKind.ORDER,
        )
        for place, row in enumerate(cells)
    ]
    run = Run("7f3a", "7f3a", (OrderFile(Path(f"{file}.xlsx"), "ab", sheet, len(rows)),), columns, len(rows), START)
    facts = InvocationFacts(START, person, reason, 1, "0.1.0", {})
    ended = Invocation(1, facts, InvocationEnd(START, 5, halt_reason=reason))
    report = RunReport(LedgerKey("multitel", Environment.LIVE, account), run, (ended,), Head("id", 1, "ab"), None)

    def iterate(_: Run) -> Iterator[RunRow]:
        return iter(rows)

    reader: Any = SimpleNamespace(report=lambda _: report, rows=iterate)
    options = ReportOptions(currency="USD", timezone=UTC, group_by=None)
    write_report(path, reader, run, CODES, options)


def assert_nothing_can_run(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            assert not _RUNS.search(name.encode()), name
            if name.startswith("xl/worksheets/"):
                assert not _FORMULA.search(package.read(name)), name
        assert not _RUNS.search(package.read("[Content_Types].xml"))


@PATIENT
@given(
    st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=20),
    st.lists(texts.map(lambda text: text[:60]), min_size=5, max_size=5),
)
def test_any_text_stands_in_the_results_and_cannot_run(cells, names):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.xlsx"
        results(path, ["Cost centre", "=1+1", "b"], cells, names)
        assert_nothing_can_run(path)
        book = openpyxl.load_workbook(path)
    assert {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line} <= {
        "n",
        "s",
        "d",
        "b",
        "inlineStr",
    }
    _, *lines = book["Results"].iter_rows(values_only=True)
    assert [[shown(one) for one in line[-3:]] for line in lines] == cells
    _, _, account, person, _ = names
    assert {(shown(line[18]), shown(line[20])) for line in lines} == {(person, account)}


@PATIENT
@given(st.lists(st.lists(said, min_size=3, max_size=3), min_size=1, max_size=20), said, said)
def test_our_own_reader_finds_every_text_again(cells, one, other):
    headers = ["Mine", f"x{one}x", f"y{other}y"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.xlsx"
        results(path, headers, cells, ["f", "s", "a", "p", "r"])
        again = load([path], FIELDS, LoadOptions(sheet="Failures"))
    assert [problem for problem in again.problems if problem.level is Level.ERROR] == []
    failed = [row for place, row in enumerate(cells) if place % 3 != 2]
    assert [row.fields.get("Description", "") for row in again.rows] == [row[0].strip() for row in failed]
    own = [place for place, column in enumerate(again.columns) if column.field is None]
    assert [again.columns[place].header for place in own] == headers
    assert [[row.cells[place] or "" for place in own] for row in again.rows] == failed


def test_names_that_no_workbook_can_say_are_written_all_the_same():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.xlsx"
        results(
            path, ["Mine", "b", "c"], [["a", "b", "c"]], ["f\udcff", "s\x01", "a\ud800", "p\ud83d\x01\uffff", "r\ufffe"]
        )
        assert openpyxl.load_workbook(path).properties.creator.startswith("p")


def test_the_longest_texts_are_whole():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.xlsx"
        results(path, ["Mine", "b", "c"], [["", LONGEST, LONGEST_WIDE]], ["f", "s", "a", "p", "r"])
        [row] = load([path], FIELDS, LoadOptions(sheet="Failures")).rows
    assert row.cells[-2:] == (LONGEST, LONGEST_WIDE)
