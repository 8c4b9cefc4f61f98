"""An audit's workbook, opened again by another reader: what it says, in which order, and that nothing secret is in it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from batch.ledger.records import Environment, InvocationFacts, LedgerKey, Status
from batch.number import Number
from batch.order import OrderFile, Source
from batch.reconciler.audit import REMEDIES, Audit, Audited, Compared, Difference, Finding, Shown, What
from batch.reconciler.audit_sheet import AuditRecord, audit_owner, write_audit
from batch.reconciler.place import AUDIT, owner_of, source_of

from .conftest import START

_FIELDS = (
    Compared("Type", "ForwardDestination", 6, 4, 0, retired=False),
    Compared("RingType", "", 6, 0, 4, retired=False),
    Compared("Ringstyle", "RingType", 6, 4, 0, retired=False),
    Compared("URI", "Uri", 6, 3, 1, retired=False),
    Compared("Vm", "Vm", 6, 0, 0, retired=True),
    Compared("Channels", "Channels", 1, 0, 0, retired=False),
)


def audited(index: int, status: Status = Status.PURCHASED, file: int = 0) -> Audited:
    return Audited(Number(f"1202555{index:04}"), status, {}, Source(file, "Orders", index + 2))


@pytest.fixture
def record(make):
    """An audit of eight numbers in which everything was found that can be."""
    rows = [audited(index) for index in range(7)] + [audited(7, Status.REFUSED)]
    found = Audit(len(rows), agree=3, fields=_FIELDS, reason="HTTP 502 from me:word@host")
    differ, gone, held = rows[1], rows[2], rows[7]
    found.differences = [
        Difference(differ.number, differ.status, What.DIFFERS, "URI", "a:secret@b", "c:geheim@d"),
        Difference(differ.number, differ.status, What.DIFFERS, "Ringstyle", "2", ""),
        Difference(gone.number, gone.status, What.GONE),
        Difference(held.number, held.status, What.HELD),
    ]
    found.unclear = [rows[3], rows[4]]
    shown = Shown(datetime(2026, 11, 21, 22, 5, 9), Decimal("0.25"), Decimal("2.25"))  # noqa: DTZ001  # of no known zone
    found.shown = {row.number: shown for row in rows if row not in (gone, *found.unclear)}

    def made(**changes: Any) -> AuditRecord:
        reader = make.reader([], rows_told=changes.pop("rows_told", 12), **changes)
        facts = InvocationFacts(START, "ops", "host-01", 4711, "0.9.0", {})
        return AuditRecord(found, rows, reader.report(reader.run), facts, START + timedelta(minutes=3))

    return made


@pytest.fixture
def written(make, record, tmp_path):
    """Writes the audit and opens it again."""

    def write(told: AuditRecord | None = None, **options: Any) -> openpyxl.Workbook:
        path = tmp_path / "audit.xlsx"
        write_audit(path, told or record(), make.options(**options), lambda text: re.sub(r":\w+@", ":***@", text))
        return openpyxl.load_workbook(path)

    return write


def table(sheet: Any) -> Sequence[Mapping[str, object]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def words(sheet: Any) -> str:
    return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)


def test_the_sheets_stand_in_order_and_it_opens_on_summary(written):
    book = written()
    assert book.sheetnames == ["Summary", "Differences", "Numbers"]
    assert book.active.title == "Summary"
    assert [book[name].freeze_panes for name in book.sheetnames] == [None, "C2", "C2"]
    assert (book["Differences"].auto_filter.ref, book["Numbers"].auto_filter.ref) == ("A1:H5", "A1:J9")
    assert not book["Summary"].sheet_view.showGridLines


def test_each_difference_is_a_row_with_both_values_masked_and_what_to_do(written):
    rows = table(written()["Differences"])
    assert rows[0] == {
        "Number": "12025550001",
        "Status": "purchased",
        "Source row": 3,
        "What": "differs",
        "Field": "URI",
        "Asked for": "a:***@b",
        "The account has": "c:***@d",
        "What to do": REMEDIES[What.DIFFERS],
    }
    assert rows[1]["The account has"] == "(blank)"
    assert [(row["Number"], row["What"], row["Field"]) for row in rows[2:]] == [
        ("12025550002", "gone", None),
        ("12025550007", "held", None),
    ]


def test_every_number_that_was_asked_about_has_a_row_with_what_was_found(written):
    rows = table(written()["Numbers"])
    assert [row["Found"] for row in rows] == [
        *("agrees", "differs", "gone", "not told", "not told", "agrees", "agrees", "held")
    ]
    assert rows[1]["Fields that differ"] == "URI, Ringstyle"
    assert rows[0]["Created (account's clock)"] == datetime(2026, 11, 21, 22, 5, 9)  # noqa: DTZ001  # as it stands
    assert (rows[0]["Setup fee"], rows[0]["Monthly fee"], rows[0]["Currency"]) == (0.25, 2.25, "USD")
    assert (rows[3]["Setup fee"], rows[3]["Currency"]) == (None, None)
    assert rows[3]["Reason"] == "HTTP 502 from me:***@host"
    assert rows[0]["Reason"] is None


def test_summary_counts_what_was_found_and_says_of_each_field_how_it_was_compared(written):
    sheet = written()["Summary"]
    said = {
        row[1]: [cell for cell in row[2:] if cell is not None] for row in sheet.iter_rows(values_only=True) if row[1]
    }
    assert "migration-wave-3.xlsx  ·  run 7f3a  ·  account acme  ·  live" in said
    assert "21 Nov 2026 22:00 – 22:03 (Europe/Berlin)  ·  by ops on host-01" in said
    assert said["As the run says"][:2] == [3, 0.375]
    assert said["Said to be ours, and not in the account"][0] == 1
    assert said["In the account, and not said to be ours"][0] == 1
    assert said["In the account, routed otherwise than asked for"][0] == 1
    assert said["No usable answer"] == [2, 0.25, "HTTP 502 from me:***@host"]
    assert said["Numbers asked about"][-2:] == [8, "4 rows never sent: not asked about"]
    assert said["Type"] == ["ForwardDestination", 6, 4, "compared"]
    assert said["Ringstyle"] == ["RingType", 6, 4, "compared"]
    assert said["RingType"] == ["–", 6, 0, "not reported: never compared"]
    assert said["URI"] == ["Uri", 6, 3, "not reported for 1"]
    assert said["Vm"] == ["Vm", 6, 0, "retired: never compared"]
    assert said["Channels"] == ["Channels", 1, 0, "no number to compare"]


def test_nothing_secret_is_in_the_file(written, tmp_path):
    written()
    with zipfile.ZipFile(tmp_path / "audit.xlsx") as archive:
        inside = b"".join(archive.read(name) for name in archive.namelist())
    assert not [word for word in (b"secret", b"geheim", b"word@") if word in inside]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_rehearsal_says_so_on_every_page(written, record, language):
    rehearsal = record(key=LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:80"))
    book = written(rehearsal, language=language)
    said = {"en": "Rehearsal: nothing was bought", "de": "Probelauf: Es wurde nichts gekauft"}[language]
    assert said in words(book["Summary"])
    assert all(said in (sheet.oddHeader.center.text or "") for sheet in book.worksheets)
    assert all("numbatch 0.9.0" in (sheet.oddFooter.right.text or "") for sheet in book.worksheets)


def test_a_refused_account_is_said_before_any_figure(written, record):
    told = record()
    told.audit.blocked = True
    assert "Halted: HTTP 502 from me:***@host" in words(written(told)["Summary"])


def test_an_order_without_routing_has_no_field_to_compare(written, record):
    told = record()
    told.audit.fields = ()
    assert "None: the numbers have the account's defaults." in words(written(told)["Summary"])


def test_of_several_files_each_row_names_its_own(written, record, make):
    files = tuple(OrderFile(Path(name), "0" * 64, "Orders", 3) for name in ("in/a.xlsx", "in/b.xlsx"))
    told = record(run=make.run(files=files))
    told = replace(told, rows=[*told.rows[:-1], audited(7, Status.REFUSED, file=1)])
    book = written(told)
    assert [row["Source file"] for row in table(book["Numbers"])] == ["a.xlsx"] * 7 + ["b.xlsx"]
    assert table(book["Differences"])[-1]["Source file"] == "b.xlsx"
    assert book["Numbers"].freeze_panes == "E2"
    assert "a.xlsx and 1 more" in words(book["Summary"])


def test_an_audit_of_nothing_is_a_workbook_all_the_same(written, record):
    told = record(rows_told=0)
    book = written(replace(told, audit=Audit(0), rows=[]))
    assert table(book["Numbers"]) == table(book["Differences"]) == []


def test_it_says_whose_it_is_and_is_nobodys_results(written, record, tmp_path):
    written()
    path = tmp_path / "audit.xlsx"
    assert owner_of(path, AUDIT) == audit_owner(record().report)
    assert (owner_of(path), source_of(path)) == (None, None)


def test_every_finding_has_its_colour_and_its_word():
    assert {one.value for one in Finding} == {"agrees", "differs", "gone", "held", "not told"}
    assert set(REMEDIES) == set(What)
