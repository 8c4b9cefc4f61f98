"""A workbook against its ledger: every change of a fact is found, and what only looks different is none."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batch.errors import UsageError
from batch.ledger.attempts import Attempt
from batch.ledger.evidence import Since
from batch.ledger.records import Environment, LedgerKey, Status, Why
from batch.loader.book import read_book
from batch.number import Number
from batch.order import OrderFile, RowKind, Source
from batch.provider.multitel.codes import CODES
from batch.reconciler.report import write_report
from batch.reconciler.verifying.expected import found
from batch.reconciler.verifying.findings import Kind
from batch.reconciler.verifying.origin import origin_of
from batch.reconciler.verifying.verifying import Verified, run_of, verify
from batch.reconciler.workbook import stream


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


@dataclass
class Evidence:
    """A list reader that tells of its chain too."""

    reader: object
    came_since: Since = field(default_factory=lambda: Since(0, {}, of_run=False))
    hashes: Mapping[int, str] | None = None
    sent: tuple[Attempt, ...] = ()

    def __getattr__(self, name: str) -> object:
        return getattr(self.reader, name)

    def hash_of(self, sequence: int) -> str | None:
        head = self.reader.head_now
        known = {head.sequence: head.hash} if self.hashes is None else self.hashes
        return known.get(sequence)

    def since(self, run: object, sequence: int) -> Since:
        return self.came_since

    def attempts(self, run: object) -> tuple[Attempt, ...]:
        return self.sent


@dataclass
class Desk:
    """A workbook, written by the program, and whoever changes it."""

    make: object
    folder: Path
    path: Path = Path()
    evidence: Evidence = None  # type: ignore[assignment]
    options: object = None

    def write(self, rows=None, *, sent=(), **changes):
        options = changes.pop("options", self.make.options())
        reader = self.make.reader(one_of_each(self.make) if rows is None else rows, **changes)
        self.evidence = Evidence(reader, sent=sent)
        self.options = options
        self.path = self.folder / "results.xlsx"
        write_report(self.path, self.evidence, reader.run, CODES, options)
        return self

    def change(self, change: Callable[[openpyxl.Workbook], None]) -> Desk:
        book = openpyxl.load_workbook(self.path)
        change(book)
        book.save(self.path)
        return self

    def change_part(self, name: str, change: Callable[[str], str]) -> Desk:
        """Change a part of the package as text."""
        with zipfile.ZipFile(self.path) as archive:
            parts = {one: archive.read(one) for one in archive.namelist()}
        parts[name] = change(parts[name].decode()).encode()
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one, content in parts.items():
                archive.writestr(one, content)
        return self

    def verify(self, path: Path | None = None, options: object = None) -> Verified:
        book = read_book(path or self.path)
        origin = origin_of(book)
        assert origin is not None
        run = run_of(self.evidence, origin)
        return verify(book, origin, self.evidence, run, CODES, options or self.make.options(), str)


@pytest.fixture
def desk(make, tmp_path) -> Desk:
    return Desk(make, tmp_path)


def told(verified: Verified) -> list[tuple[str, str, str, str, str]]:
    """The differences, without what need not be looked at."""
    return [(one.kind.value, one.sheet, one.cell, one.says, one.ledger) for one in verified.differences]


def header(sheet: Worksheet) -> dict[str, int]:
    """The column of each header, from 1."""
    return {cell.value: cell.column for cell in sheet[1]}


# What is no difference -----------------------------------------------------------------------------------------------


def test_a_fresh_workbook_agrees(desk):
    verified = desk.write().verify()
    assert (told(verified), verified.remarks, verified.exit_code) == ([], [], 0)
    assert verified.compared == ["Summary", "Results", "Failures", "By code", "Charges"]


def test_a_workbook_that_openpyxl_saved_agrees(desk):
    verified = desk.write().change(lambda book: None).verify()
    assert (told(verified), verified.remarks) == ([], [])


NAUGHTY = [
    "a\x01b", "a_x0001_b", " lead", "trail ", "a\nb", "a\r\nb", "=1+1", "\ttab", "<r>x</r>", "_x000D_", "TRUE", "0012", "1.50",
    "é", True, False, 3, 3.5, Decimal("3.10"), Decimal("0.1234567890123456789"), 10**16, date(2026, 1, 2),
    datetime(2026, 1, 2, 3, 4, 5, 678901), time(1, 2, 3), date(1899, 1, 1), None, 0.1 + 0.2,  # noqa: DTZ001 - as cells are
]  # fmt: skip


def naughty(make, *more):
    values = [*NAUGHTY, *more]
    return [make.row(i, cells=(*make.row(i).cells[:5], value, None)) for i, value in enumerate(values)]


def test_any_cell_of_the_users_reads_as_it_was_written(desk, make):
    verified = desk.write(naughty(make, "\ud800x", "\ufffe", "long " * 8000, 1e300)).verify()
    assert told(verified) == []


def test_a_blank_cell_is_read_as_no_text():
    assert (found(None), found(True), found("=1")) == ("", True, "=1")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_libreoffice_saves_anew_agrees(desk, make, tmp_path, language):
    rows = [*one_of_each(make), *(replace(row, position=row.position + 13) for row in naughty(make))]
    rows = [replace(row, source=Source(0, "Orders", n + 2), position=n) for n, row in enumerate(rows)]
    desk.write(rows, options=make.options(language=language))
    saved = by_libreoffice(desk.path, tmp_path)
    assert saved.read_bytes() != desk.path.read_bytes()
    verified = desk.verify(saved)
    assert (told(verified), verified.remarks) == ([], [])


def by_libreoffice(path: Path, folder: Path) -> Path:
    """The workbook, opened and saved by LibreOffice."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "saved" / path.name


def test_a_german_workbook_is_compared_in_german_whatever_is_set(desk, make):
    desk.write(options=make.options(language="de", timezone=ZoneInfo("America/New_York"), group_by="Name"))
    assert told(desk.verify()) == []


def test_a_rehearsals_workbook_is_compared(desk):
    desk.write(key=LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:1"))
    assert told(desk.verify()) == []


def test_several_files_several_sheets_and_no_rows_are_compared(desk, make):
    files = tuple(OrderFile(Path(name), "0" * 64, "Orders", 2) for name in ("a.xlsx", "b.xlsx"))
    run = make.run(files=files)
    rows = [replace(row, source=Source(row.position % 2, "Orders", row.position // 2 + 2)) for row in one_of_each(make)]
    assert told(desk.write(rows, run=run).verify()) == []
    assert told(desk.write([]).verify()) == []
    assert told(desk.write([], invocations=()).verify()) == []


def test_sorted_rows_and_moved_columns_are_said_once(desk):
    def sort(book):
        sheet = book["Results"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        rows.sort(key=lambda row: str(row[2]))
        for at, row in enumerate(rows, 2):
            for column, value in enumerate(row, 1):
                sheet.cell(at, column).value = value
        charges = book["Charges"]
        charges.move_range("B1:B100", cols=20)

    verified = desk.write().change(sort).verify()
    assert told(verified) == []
    assert verified.remarks == [
        "Results: the rows stand in another order than in the ledger",
        "Charges: the columns stand in another order",
    ]


def test_a_readers_own_column_and_sheet_are_said_and_no_difference(desk):
    def comment(book):
        sheet = book["Results"]
        column = sheet.max_column + 1
        sheet.cell(1, column).value = "Checked by"
        sheet.cell(3, column).value = "Ada"
        sheet.cell(4, column + 1).value = "no header"
        book.create_sheet("Notes")["A1"] = "=1+1"

    verified = desk.write().change(comment).verify()
    assert told(verified) == []
    assert verified.remarks == [
        "Results: columns that are not the ledger's: Checked by (AD), (no header) (AE)",
        "sheets that are not the program's: Notes",
    ]


def test_another_kind_of_cell_with_the_same_value_is_no_difference(desk):
    """Numbers as text and text as numbers, dates as serial numbers, truth values as words, another format."""

    def restate(book):
        sheet = book["Results"]
        places = header(sheet)
        sheet.cell(2, places["Number"]).value = int(sheet.cell(2, places["Number"]).value)
        sheet.cell(2, places["Source row"]).value = "2"
        sheet.cell(2, places["Charged now"]).value = "2.50"
        sheet.cell(2, places["Charged now"]).number_format = "0"
        moment = sheet.cell(2, places["Requested at (UTC)"])
        moment.value = 46347.875
        moment.number_format = "General"

    assert told(desk.write().change(restate).verify()) == []


def test_a_file_that_lost_its_properties_is_known_by_its_summary(desk):
    """As Google Sheets writes it."""

    def drop(book):
        book.custom_doc_props.props.clear()

    verified = desk.write().change(drop).verify()
    assert told(verified) == []
    assert verified.remarks == ["the file has lost its properties: which run it is of is told by its sheet Summary"]


def test_what_goes_on_in_a_second_sheet_is_one_table(desk, make, monkeypatch):
    monkeypatch.setattr(stream.LongSheet.__init__, "__kwdefaults__", {"max_rows": 5})
    desk.write()
    assert openpyxl.load_workbook(desk.path).sheetnames[1:4] == ["Results", "Results 2", "Results 3"]
    assert told(desk.verify()) == []

    def change(book):
        book["Results 2"]["C3"] = "purchased!"

    [one] = desk.change(change).verify().differences
    assert (one.where, one.cell, one.says) == ("Results 2", "C3", "purchased!")


# What is one ---------------------------------------------------------------------------------------------------------


def changed(value: object) -> object:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case datetime():
            return value.replace(second=(value.second + 1) % 60)
        case str():
            return value + "!"
        case _:
            return "!"


LONG = ("Results", "Failures", "By code", "Charges", "Attempts")


def attempts(count: int) -> tuple[Attempt, ...]:
    at = datetime(2026, 11, 21, 21, tzinfo=UTC)
    values = ("buy", "7f3a", 1, at, at, "success", 12025550000, "words", 1.5, "mark")
    return tuple(Attempt(Number(f"1202555{n:04d}"), 1, 1, *values) for n in range(count))


def test_a_change_in_any_column_of_any_long_sheet_is_found(desk, make):
    """Each column is changed once, in a row of its own as far as there are: no column is one that nobody looks at."""
    options = make.options(attempts=str)
    desk.write(
        [*one_of_each(make), *(make.row(n, Status.REFUSED) for n in range(13, 60))], sent=attempts(20), options=options
    )
    wanted = set()

    def change(book):
        for name in LONG:
            sheet = book[name]
            for title, column in header(sheet).items():
                cell = f"{get_column_letter(column)}{2 + column % (sheet.max_row - 1)}"
                sheet[cell] = changed(sheet[cell].value)
                wanted.add((Kind.VALUE, name, cell, title))

    found = desk.change(change).verify(options=options).differences
    assert {(one.kind, one.sheet, one.cell, one.column) for one in found} == wanted
    assert len(found) == len(wanted) > 70


def test_a_change_of_any_figure_or_fact_on_summary_is_found(desk):
    cells = {}

    def change(book):
        for row in book["Summary"].iter_rows(max_col=12):
            for cell in row:
                if cell.value is not None and cell.row > 2:
                    cells[cell.coordinate] = cell.value
                    cell.value = changed(cell.value)

    found = {one.cell for one in desk.write().change(change).verify().differences if one.sheet == "Summary"}
    passed_by = [str(value)[:12] for cell, value in cells.items() if cell not in found]
    assert passed_by == ["21 Nov 2026 ", "Program", "numbatch 0.1"]
    assert found <= set(cells)


def test_an_amount_differs_by_a_cent_and_a_number_by_its_last_digit(desk):
    def change(book):
        sheet = book["Results"]
        places = header(sheet)
        sheet.cell(2, places["Charged now"]).value = 2.51
        sheet.cell(3, places["Number"]).value = "12025550009999"

    assert [one[:5] for one in told(desk.write().change(change).verify())] == [
        ("value", "Results", "H2", "2.51", "2.5"),
        ("value", "Results", "B3", "12025550009999", "12025550001"),
    ]


def test_a_deleted_row_and_one_that_is_there_twice(desk):
    def change(book):
        sheet = book["Results"]
        sheet.append([cell.value for cell in sheet[4]])
        sheet.delete_rows(2)

    verified = desk.write().change(change).verify()
    kinds = [(one.kind, one.cell, one.number) for one in verified.differences]
    assert kinds == [(Kind.ROW_ADDED, "row 14", "12025550002"), (Kind.ROW_MISSING, "", "12025550000")]


def test_a_formula_in_place_of_a_value_is_one_even_with_the_same_value(desk):
    desk.write()
    part = results_part(desk.path)
    verified = desk.change_part(part, lambda xml: re.sub(r'(<c r="H2"[^>]*>)(<v>)', r"\1<f>1+1.5</f>\2", xml)).verify()
    assert told(verified) == [("formula", "Results", "H2", "2.5", "2.5")]


def results_part(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return next(
            one
            for one in archive.namelist()
            if one.startswith("xl/worksheets/sheet") and b"Setup fee" in archive.read(one)
        )


def test_an_error_value_says_so(desk):
    desk.write()

    def spoil(xml: str) -> str:
        return re.sub(r'<c r="C2"[^>]*>.*?</c>', '<c r="C2" t="e"><v>#REF!</v></c>', xml)

    verified = desk.change_part(results_part(desk.path), spoil).verify()
    assert told(verified) == [("value", "Results", "C2", "(an error value)", "purchased")]


def test_two_cells_that_claim_one_place_are_said(desk):
    """What one program shows need not be what another does."""
    desk.write()

    def twice(xml: str) -> str:
        return re.sub(r'(<c r="C3"[^>]*>.*?</c>)', r'<c r="C3" t="inlineStr"><is><t>refused</t></is></c>\1', xml)

    verified = desk.change_part(results_part(desk.path), twice).verify()
    assert ("claimed twice", "Results", "C3") in [one[:3] for one in told(verified)]


def test_hidden_rows_columns_and_sheets_are_said(desk):
    def hide(book):
        book["Results"].row_dimensions[3].hidden = True
        book["Results"].row_dimensions[4].hidden = True
        book["Results"].row_dimensions[7].hidden = True
        book["Results"].column_dimensions["H"].hidden = True
        book["Failures"].sheet_state = "hidden"
        book["Summary"].row_dimensions[9].hidden = True
        book["Summary"].column_dimensions["L"].hidden = True

    assert told(desk.write().change(hide).verify()) == [
        ("hidden", "Summary", "rows 9", "hidden rows", ""),
        ("hidden", "Summary", "columns L", "hidden columns", ""),
        ("hidden", "Results", "rows 3-4, 7", "3 hidden rows", ""),
        ("hidden", "Results", "columns H", "hidden: Charged now", ""),
        ("hidden", "Failures", "", "the whole sheet is hidden", ""),
    ]


def test_deleted_columns_and_sheets_and_other_names_are_said(desk):
    def change(book):
        book["Results"].delete_cols(5)
        book["Charges"].title = "Postings"
        book["Summary"].title = "First page"
        del book["By code"]

    verified = desk.write().change(change).verify()
    assert [(one.kind, one.sheet, one.where, one.column) for one in verified.differences] == [
        (Kind.SHEET_RENAMED, "Summary", "First page", ""),
        (Kind.COLUMN_MISSING, "Results", "", "Reason"),
        (Kind.SHEET_MISSING, "By code", "", ""),
        (Kind.SHEET_RENAMED, "Charges", "Postings", ""),
    ]
    assert verified.exit_code == 4


def test_rows_are_known_by_what_is_left_where_their_key_is_deleted(desk):
    def change(book):
        book["Charges"].delete_cols(1)
        book["Charges"]["D3"] = 99

    found = [(one.kind, one.column, one.cell) for one in desk.write().change(change).verify().differences]
    assert found == [(Kind.COLUMN_MISSING, "Charge no", ""), (Kind.VALUE, "Amount", "D3")]


def test_fields_that_only_some_rows_have_are_compared(desk, make):
    """They stand in columns of their own at the right of Failures."""
    rows = [make.row(n, Status.REFUSED, code=-275) for n in range(3)]
    rows[1] = replace(rows[1], fields={**rows[1].fields, "FaxEmail": "a@b.example"})
    desk.write(rows)
    assert told(desk.verify()) == []

    def change(book):
        sheet = book["Failures"]
        sheet.cell(3, header(sheet)["FaxEmail"]).value = "c@d.example"

    [one] = desk.change(change).verify().differences
    assert (one.column, one.says, one.ledger) == ("FaxEmail", "c@d.example", "a@b.example")


def test_a_time_zone_that_nobody_knows_is_no_trouble_and_a_missing_sheet_of_charges(desk):
    def change(book):
        del book["Charges"]
        for row in book["Summary"].iter_rows(max_row=6):
            for cell in row:
                if isinstance(cell.value, str) and "(Europe/Berlin)" in cell.value:
                    cell.value = cell.value.replace("Europe/Berlin", "Nowhere/At all")

    verified = desk.write().change(change).verify()
    assert [(one.kind, one.sheet) for one in verified.differences] == [(Kind.SHEET_MISSING, "Charges")]


def test_a_deleted_summary_is_said(desk):
    def change(book):
        del book["Summary"]

    assert told(desk.write().change(change).verify()) == [("sheet missing", "Summary", "", "", "")]


def test_a_row_above_the_header_moves_nothing(desk):
    def change(book):
        book["Results"].insert_rows(1)
        book["Results"]["A1"] = "Checked in December"
        book["Results"]["H4"] = 99

    assert [one[:3] for one in told(desk.write().change(change).verify())] == [("value", "Results", "H4")]


def test_rows_added_to_summary_and_taken_from_it_are_said(desk):
    def change(book):
        sheet = book["Summary"]
        place = next(row for row in range(1, 60) if sheet.cell(row, 2).value == "refused")
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.delete_rows(place)
        sheet.append([None, "Agreed with the bank"])
        sheet.append([None, "and signed"])

    kinds = [(one.kind, one.says or one.ledger) for one in desk.write().change(change).verify().differences]
    assert kinds[0][0] is Kind.ROW_MISSING
    assert kinds[0][1].startswith("refused | 1 | ")
    assert kinds[1:] == [(Kind.ROW_ADDED, "Agreed with the bank"), (Kind.ROW_ADDED, "and signed")]


# Of which ledger -----------------------------------------------------------------------------------------------------


def test_a_head_that_is_no_entrys_of_this_ledger_is_said(desk):
    def forge(book):
        props = book.custom_doc_props
        props["numbatch ledger head"].value = "ab" * 32

    verified = desk.write().change(forge).verify()
    head = verified.differences[0]
    assert (head.kind, head.says) == (Kind.HEAD, f"entry 55812 is {'ab' * 32}")
    assert head.ledger.startswith("entry 55812 is 51b0")
    # And the page says another one than the properties.
    assert [one.kind for one in verified.differences[1:]] == [Kind.VALUE]
    assert verified.since is None


def test_a_ledger_that_is_older_than_the_workbook_is_said(desk):
    desk.write()
    desk.evidence.hashes = {}
    [head] = desk.verify().differences
    assert head.ledger == "it has 55812 entries only"


def test_another_ledger_is_said(desk):
    desk.write()
    desk.evidence.reader.head_now = replace(desk.evidence.reader.head_now, ledger_id="other")
    [head] = desk.verify().differences
    assert (head.says, head.ledger) == ("ledger 1d0c4e", "ledger other")


def test_a_forged_run_and_environment_are_said(desk):
    def forge(book):
        props = book.custom_doc_props
        props["numbatch run"].value = "aaaa"
        props["numbatch environment"].value = "rehearsal"
        props["numbatch ledger entry"].value = "many"

    verified = desk.write().change(forge).verify()
    assert [(one.kind, one.says) for one in verified.differences][:3] == [
        (Kind.HEAD, "no entry of any ledger"),
        (Kind.PROPERTY, "aaaa"),
        (Kind.PROPERTY, "rehearsal"),
    ]


def test_a_run_that_is_not_in_the_ledger_can_not_be_told(desk):
    desk.write()
    desk.evidence.reader.run = replace(desk.evidence.reader.run, key="other", name="bbbb")
    with pytest.raises(UsageError, match="of run '7f3a', and this ledger has no such run"):
        desk.verify()


def test_what_is_no_result_workbook_is_none(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Summary"
    book.active["B2"] = "Number audit"
    book.save(tmp_path / "other.xlsx")
    assert origin_of(read_book(tmp_path / "other.xlsx")) is None
    openpyxl.Workbook().save(tmp_path / "blank.xlsx")
    assert origin_of(read_book(tmp_path / "blank.xlsx")) is None
