"""The result workbook as others read it: sheets, columns, values, ties, and a file that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey, Status, Why
from batch.order import Column, OrderFile, RowKind, Source
from batch.provider.multitel.codes import CODES
from batch.reconciler.brand import Brand
from batch.reconciler.report import deliver_report, write_report
from batch.reconciler.workbook import stream

SHEETS = ["Summary", "Results", "Failures", "By code", "Charges"]
OURS = [
    "Source row", "Number", "Status", "Return code", "Reason", "What to do", "Charged", "Charged now", "At risk", "Currency",
    "Setup fee", "Monthly fee", "Price from", "Routing", "Bought in", "Attempts", "Requested at (UTC)", "Confirmed at (UTC)",
    "Confirmed by", "Environment", "Account", "Country",
]  # fmt: skip


def one_of_each(make):
    """A row of every status, and of every kind of price."""
    none = {"setup": None, "monthly": None}
    return [
        make.row(0),
        make.row(1, **none),
        make.row(2, price=None, **none),
        make.row(3, confirmed_by="inquiry, presumed"),
        make.row(4, Status.OWNED, bought_in="3c9e", confirmed_by="ledger"),
        make.row(5, Status.OWNED, differs=("URI",)),
        make.row(6, Status.REFUSED, code=-1265),
        make.row(7, Status.DEFERRED, code=-220),
        make.row(8, Status.DOUBT, reason="time-out"),
        make.row(9, Status.NOT_SENT, why=Why.ACCOUNT, code=99, requested_at=None, confirmed_at=None),
        make.row(10, Status.INVALID, number="12O2", reason="no number", kind=RowKind.INVALID, fields={}),
        make.row(11, Status.DUPLICATE, reason="the same number as row 2", kind=RowKind.DUPLICATE),
        make.row(12, Status.RELEASED, released_at=datetime(2026, 11, 22, tzinfo=UTC)),
    ]


@pytest.fixture
def written(make, tmp_path):
    """Writes a workbook and opens it."""

    def write(rows, options=None, **changes):
        reader = make.reader(rows, **changes)
        path = tmp_path / "results.xlsx"
        write_report(path, reader, reader.run, CODES, make.options(**(options or {})))
        return openpyxl.load_workbook(path)

    return write


def table(sheet):
    """A long sheet's rows as dicts."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def texts(sheet):
    """Everything that Summary says."""
    return [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]


def test_sheets_and_columns_are_the_contracts(written, make):
    book = written(one_of_each(make))
    assert book.sheetnames == SHEETS
    header = [cell.value for cell in book["Results"][1]]
    assert header[: len(OURS)] == OURS
    assert header[len(OURS) :] == ["DID", "Name", "Type", "Dest", "Price", "Cost centre", "Currency (order)"]
    assert [cell.value for cell in book["Charges"][1]] == [
        "Charge no", "Posting date (local)", "Number", "Charge", "Amount", "Currency", "Confirmed", "Account",
        "Cost centre", "Run", "Source row",
    ]  # fmt: skip


def test_a_row_holds_what_the_ledger_says(written, make):
    row = make.row(0, requested_at=datetime(2026, 11, 21, 21, 0, 0, 250_000, tzinfo=UTC))
    [found] = table(written([row], {"account": "prod"})["Results"])
    assert found["Source row"] == 2
    assert found["Number"] == "12025550000"
    assert found["Return code"] == 12025550000
    assert (found["Charged"], found["Charged now"], found["At risk"]) == ("yes", 2.5, 0)
    assert (found["Setup fee"], found["Monthly fee"], found["Price from"]) == (0.25, 2.25, "account")
    assert found["Requested at (UTC)"] == datetime(2026, 11, 21, 21, 0, 0, 250_000)  # noqa: DTZ001
    assert (found["Environment"], found["Account"], found["Country"]) == ("live", "prod", "US")
    assert (found["DID"], found["Price"], found["Cost centre"]) == ("+12025550000", 3, "Paris")
    assert (found["Currency"], found["Currency (order)"]) == ("USD", "EUR")


def test_no_two_columns_of_results_have_one_name(written, make):
    columns = (Column("Number", "Number"), Column("Number (order)"), Column("Status"))
    row = make.row(0, cells=("1", "2", "3"))
    header = [cell.value for cell in written([row], run=make.run(columns=columns))["Results"][1]]
    assert header[len(OURS) :] == ["Number (order 2)", "Number (order)", "Status (order)"]


def test_what_nobody_confirmed_has_no_time_of_it(written, make):
    rows = [make.row(0, Status.NOT_SENT, why=Why.ATTEMPTS, code=None, confirmed_by="")]
    [found] = table(written(rows)["Results"])
    assert (found["Confirmed at (UTC)"], found["Confirmed by"]) == (None, None)


def test_users_cells_keep_their_types(written, make):
    cells = (date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), time(5, 6), 7, 7.25, True, "007")  # noqa: DTZ001
    columns = tuple(Column(f"C{index}") for index in range(len(cells)))
    [found] = table(written([make.row(cells=cells)], run=make.run(columns=columns))["Results"])
    midnight = datetime(2026, 1, 2)  # noqa: DTZ001
    assert [found[f"C{index}"] for index in range(len(cells))] == [midnight, *cells[1:]]
    assert isinstance(found["C5"], bool)


def test_everything_ties(written, make):
    rows = one_of_each(make)
    book = written(rows, balances=(Decimal(100), Decimal("89.50")))
    results = table(book["Results"])
    charges = table(book["Charges"])
    assert len(results) == len(rows)
    assert sum(row["Charged now"] or 0 for row in results) == 10.5
    assert sum(charge["Amount"] or 0 for charge in charges) == 10.5
    assert sum(row["At risk"] or 0 for row in results) == 3
    summary = book["Summary"]
    assert [cell.value for cell in summary[7]][1:11:3] == [10.5, 3, 4.5, 4]
    said = texts(summary)
    assert said.count("✓ ties") == 2
    assert "✓ Reconciled" in said
    assert "✓ equals the order: 13" in said
    assert sum(row["Count"] for row in table(book["By code"])) == 8


def test_what_does_not_tie_is_said(written, make):
    said = texts(written([make.row()], rows_told=2)["Summary"])
    assert "✗ the order has 2" in said
    assert "✗ does not tie" in said


def test_a_charge_is_a_line_of_the_invoice(written, make):
    rows = [*one_of_each(make)[:3], make.row(3, setup=Decimal(0))]
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    rows[0] = replace(rows[0], requested_at=late)
    rows[3] = replace(rows[3], requested_at=None, confirmed_at=None)
    found = table(written(rows, {"timezone": ZoneInfo("Europe/Berlin")})["Charges"])
    assert [(c["Charge no"], c["Charge"], c["Amount"], c["Confirmed"]) for c in found] == [
        ("7f3a-1-1", "setup", 0.25, "confirmed"),
        ("7f3a-1-2", "monthly", 2.25, "confirmed"),
        ("7f3a-2-1", "setup", 3, "estimated"),
        ("7f3a-3-1", "setup", None, "estimated"),
        ("7f3a-4-2", "monthly", 2.25, "confirmed"),
    ]
    assert found[0]["Posting date (local)"] == datetime(2026, 12, 1)  # noqa: DTZ001
    assert found[4]["Posting date (local)"] is None
    assert {c["Cost centre"] for c in found} == {"Paris"}


def test_charges_are_summed_by_the_column_that_was_asked_for(written, make):
    book = written([make.row()], {"group_by": " name "})
    assert table(book["Charges"])[0]["Name"] == "Line 0"
    with pytest.raises(UsageError, match="no column 'Site'"):
        written([make.row()], {"group_by": "Site"})
    plain = make.run(columns=(Column("Number", "Number"),))
    [charge, _] = table(written([make.row(cells=("1",))], run=plain)["Charges"])
    assert charge["Cost centre"] is None


@pytest.mark.parametrize(
    "header", ["Cost Center", "cost-centre", "Kostenstelle", "KST", "Centre de coûts", "Cost code"]
)
def test_a_cost_centre_is_known_by_its_name(written, make, header):
    run = make.run(columns=(Column("Number", "Number"), Column("Coast"), Column(header)))
    assert table(written([make.row(cells=("1", "a", "b"))], run=run)["Charges"])[0][header] == "b"


def test_several_files_are_named_before_the_row(written, make):
    files = (OrderFile(Path("a/o.xlsx"), "aa", "S", 1), OrderFile(Path("b/o.xlsx"), "bb", "S", 1))
    rows = [make.row(0), make.row(1, Status.REFUSED, code=-275, source=Source(1, "S", 2))]
    book = written(rows, run=make.run(files=files))
    found = table(book["Results"])
    assert list(found[0])[:3] == ["Source file", "Source sheet", "Source row"]
    assert [row["Source file"] for row in found] == ["a/o.xlsx", "b/o.xlsx"]
    assert table(book["Failures"])[0]["numbatch: Source row"] == "b/o.xlsx, S: 2"
    said = texts(book["Summary"])
    assert any(text.startswith("a/o.xlsx and 1 more") for text in said)
    assert "b/o.xlsx: SHA-256 bb" in said
    many = tuple(OrderFile(Path(f"{n}.xlsx"), "aa", "S", 1) for n in range(5))
    assert "2 more" in texts(written(rows, run=make.run(files=many))["Summary"])


def test_nothing_from_outside_is_a_formula_or_markup(written, make):
    evil = '=HYPERLINK("http://x.example","y")'
    rich = "<r><t>x</t></r>"
    run = make.run(
        columns=(Column("Number", "Number"), Column(evil), Column("Cost centre")),
        files=(OrderFile(Path(f"{evil[:9]}.xlsx"), "aa", "S", 1),),
    )
    rows = [
        make.row(0, cells=("1", evil, rich)),
        make.row(1, Status.INVALID, number=evil, reason=rich, cells=("2", rich, "_x0041_"), fields={}),
        make.row(2, Status.DOUBT, reason="+1\x01", fields={"URI": evil}, cells=(None, None, None)),
        make.row(3, cells=("1", evil, evil)),
    ]
    book = written(rows, {"account": rich, "brand": Brand(company=evil)}, run=run, halt="\x02=1+1 <r> & _x0041_")
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    results = table(book["Results"])
    assert results[0][evil] == evil
    assert results[0]["Cost centre"] == rich
    assert results[0]["Account"] == rich
    assert results[1]["Reason"] == rich
    assert evil in texts(book["Summary"])
    assert "Halted: \ufffd=1+1 <r> & _\u2060x0041_" in texts(book["Summary"])


def test_a_rehearsal_says_so_everywhere(written, make):
    book = written([make.row()], key=LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:8080"))
    said = texts(book["Summary"])
    assert "Rehearsal: nothing was bought" in said
    assert "Would have been paid" in said
    for sheet in book:
        assert "Rehearsal: nothing was bought" in sheet.oddHeader.center.text
    assert table(book["Results"])[0]["Environment"] == "rehearsal"


def test_german_labels_and_english_data(written, make):
    book = written(one_of_each(make), {"language": "de"}, balances=(Decimal(1000), Decimal("-1234.50")))
    assert book.sheetnames == SHEETS
    said = texts(book["Summary"])
    assert "Bericht zum Rufnummernkauf" in said
    assert "abgelehnt (refused)" in said
    assert any("Anfang 1.000,00" in text for text in said)
    assert {row["Status"] for row in table(book["Results"])} == set(Status)
    assert "Seite" in book["Results"].oddFooter.center.text


def test_no_rows_and_no_invocation_are_no_trouble(written):
    book = written([], invocations=())
    assert book.sheetnames == SHEETS
    assert [book[name].max_row for name in ("Results", "Failures", "By code", "Charges")] == [1, 1, 1, 1]
    said = texts(book["Summary"])
    assert "Nothing: the order had no rows." in said
    assert "not measured" in said
    assert "Under way, or ended without a word" in said


def test_all_bought_needs_nobody_and_has_no_picture_of_reasons(written, make):
    book = written([make.row(0), make.row(1)])
    assert "Nothing: every number is bought." in texts(book["Summary"])
    assert not book["Summary"]._charts


def test_pictures_are_there_where_there_is_something_to_show(written, make):
    rows = one_of_each(make) + [make.row(20 + n, cells=(*["x"] * 5, f"Site {n}\x07" * 9, "")) for n in range(9)]
    book = written(rows)
    assert len(book["Summary"]._charts) == 2
    said = texts(book["Summary"])
    assert "5 others" in said


def test_what_nothing_prices_is_said_in_words(written, make):
    rows = [make.row(0, setup=None, monthly=None, price=None), make.row(1, Status.DOUBT, price=None)]
    said = texts(written(rows)["Summary"])
    assert said.count("not known") == 3
    assert "not known at risk" in said
    assert "1 bought, 1 in doubt: in no sum here" in said
    assert "USD, 1 of unknown price not counted" in said


@pytest.mark.parametrize(
    ("reported", "note"),
    [
        ([{}, {}], "USD, confirmed by the account"),
        ([{"setup": None}, {}], "USD, of it 3.00 estimated"),
        ([{"setup": None}, {"setup": None}], "USD, estimated"),
    ],
)
def test_what_was_paid_says_how_sure_it_is(written, make, reported, note):
    rows = [make.row(position, **changes) for position, changes in enumerate(reported)]
    assert note in texts(written(rows)["Summary"])


def test_long_lists_are_cut_with_a_word(written, make):
    reasons = [make.row(n, Status.NOT_SENT, why=why, code=None) for n, why in enumerate(Why)]
    assert "4 more, on the sheet By code" in texts(written(reasons)["Summary"])


def test_a_run_of_several_invocations_says_from_when_to_when(written, make):
    base = make.reader([]).invocations[0]
    later = replace(base, id=2, end=replace(base.end, ended=datetime(2026, 11, 23, 8, 5, tzinfo=UTC)))
    said = texts(written([make.row()], invocations=(base, later), run=make.run())["Summary"])
    line = next(text for text in said if "2 invocations" in text)
    assert line == "21 Nov 2026 22:00 – 23 Nov 2026 09:05 (Europe/Berlin)  ·  2 invocations  ·  by ops on host-01"


def test_the_screen_opens_on_summary_with_panes_filters_and_no_green_triangles(written, make, tmp_path):
    book = written(one_of_each(make))
    assert book.active.title == "Summary"
    results = book["Results"]
    assert results.freeze_panes == "D2"
    assert results.auto_filter.ref == "A1:AC14"
    assert results.print_title_rows == "$1:$1"
    assert results.page_setup.orientation == "landscape"
    assert (book["Summary"].page_setup.fitToHeight, results.page_setup.fitToHeight) in {(None, 0), (1, 0)}
    with zipfile.ZipFile(tmp_path / "results.xlsx") as archive:
        assert archive.testzip() is None
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    assert 'numberStoredAsText="1"' in sheet
    assert '<dimension ref="A1:AC14"/>' in sheet


def test_letter_paper(written, make):
    assert str(written([make.row()], {"paper": "Letter"})["Summary"].page_setup.paperSize) == "1"


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(written, make, monkeypatch):
    monkeypatch.setattr(stream.LongSheet.__init__, "__kwdefaults__", {"max_rows": 4})
    book = written([make.row(n) for n in range(8)])
    assert book.sheetnames == [
        "Summary", "Results", "Results 2", "Results 3", "Failures", "By code", *("Charges", *(f"Charges {n}" for n in range(2, 7))),
    ]  # fmt: skip
    numbers = [row["Number"] for name in ("Results", "Results 2", "Results 3") for row in table(book[name])]
    assert numbers == [f"1202555{n:04d}" for n in range(8)]


def test_the_same_ledger_gives_the_same_bytes(written, make, tmp_path):
    written(one_of_each(make))
    first = (tmp_path / "results.xlsx").read_bytes()
    written(one_of_each(make))
    assert (tmp_path / "results.xlsx").read_bytes() == first


def test_the_file_is_its_owners_alone_and_a_link_is_replaced(written, make, tmp_path):
    other = tmp_path / "precious.txt"
    other.write_text("kept")
    (tmp_path / "results.xlsx").symlink_to(other)
    written([make.row()])
    path = tmp_path / "results.xlsx"
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert other.read_text() == "kept"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["precious.txt", "results.xlsx"]


def test_a_write_that_fails_leaves_the_old_file(written, make, tmp_path, monkeypatch):
    written([make.row()])
    path = tmp_path / "results.xlsx"
    before = path.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        written([make.row(), make.row(1)])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["results.xlsx"]


def test_a_directory_that_cannot_be_synced_is_no_failure(written, make, monkeypatch):
    real = os.open

    def refuse(path, flags, *rest):
        if flags & os.O_DIRECTORY:
            raise OSError(22, "Invalid argument")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", refuse)
    assert written([make.row()]).sheetnames == SHEETS


class TestDelivery:
    def deliver(self, make, path, *fallbacks):
        reader = make.reader([make.row()])
        return deliver_report(path, reader, reader.run, CODES, make.options(), fallbacks=fallbacks)

    def test_results_stand_where_they_were_asked_for(self, make, tmp_path):
        delivered = self.deliver(make, tmp_path / "r.xlsx", tmp_path / "state")
        assert (delivered.path, delivered.trouble) == (tmp_path / "r.xlsx", "")

    def test_or_elsewhere_and_it_says_where_and_why(self, make, tmp_path):
        (tmp_path / "file").write_text("no directory")
        delivered = self.deliver(make, tmp_path / "gone" / "r.xlsx", tmp_path / "file", tmp_path / "state")
        assert delivered.path == tmp_path / "state" / "r-7f3a-elsewhere.xlsx"
        assert delivered.path.is_file()
        assert "No such file" in delivered.trouble
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700

    def test_or_nowhere(self, make, tmp_path):
        (tmp_path / "file").write_text("no directory")
        with pytest.raises(FileNotFoundError):
            self.deliver(make, tmp_path / "gone" / "r.xlsx", tmp_path / "file")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_the_same_values(written, make, tmp_path):
    written(one_of_each(make))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    filter_ = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        filter_,
        "--outdir",
        str(tmp_path),
        str(tmp_path / "results.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    [converted] = tmp_path.glob("results*.csv")
    header, first, *rest = converted.read_text().splitlines()
    assert header.startswith("Source row,Number,Status,Return code")
    assert first.startswith("2,12025550000,purchased,12025550000,,,yes,2.5,0,USD,0.25,2.25,account")
    assert len(rest) == 12
