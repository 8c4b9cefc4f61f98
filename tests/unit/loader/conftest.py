"""Order workbooks written by real writers and by hand, and a small table of fields."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from batch.fields import Case, Complaint, CrossRule, Field, FieldTable, Group
from batch.fields.conditions import All, Given, Is, Not
from batch.loader import LoadOptions, load
from batch.order import Orders


def _count(value: str) -> Complaint | None:
    return None if value.isdecimal() else Complaint("channels-malformed", "not a count", "Write digits.")


RULES = (
    CrossRule(
        "URI2 needs URI",
        (
            Case(
                "URI2",
                Complaint("uri-gap", "URI2 needs URI", "Fill in URI."),
                All((Given("URI2"), Not(Given("URI")))),
                marks="URI",
            ),
            Case(
                "URI",
                Complaint("uri-missing", "no destination", "Fill in URI.", warning=True),
                All((Not(Given("URI2")), Not(Given("URI")))),
            ),
        ),
    ),
    CrossRule(
        "Vms2t 1 needs Vmemail",
        (
            Case(
                "Vms2t",
                Complaint("voicemail-email-missing", "Vms2t needs Vmemail", "Fill it in."),
                All((Is("Vms2t", "1"), Not(Given("Vmemail")))),
                marks="Vmemail",
            ),
        ),
    ),
)

TABLE = FieldTable(
    (
        Field("Description", "Short text", Group.ROUTING, example="Support"),
        Field("Type", "Destination", Group.ROUTING, example="SIP", words={"sip": "1", "dial": "2", "phone": "2"}),
        Field("RingType", "Order", Group.ROUTING, words={"sequential": "1", "random": "2"}, if_absent="sequential"),
        Field("URI", "First", Group.ROUTING, example="sip:100@pbx.example.com", secret=True),
        Field("URI2", "Second", Group.ROUTING, secret=True),
        Field("Vms2t", "Voicemail to text", Group.VOICEMAIL, words={"yes": "1", "no": "0"}, retired=True),
        Field("Vmemail", "Mail", Group.VOICEMAIL, retired=True),
        Field("Record", "Record calls", Group.FEATURES, words={"yes": "1", "no": "0"}),
        Field("Channels", "Channels", Group.FEATURES, check=_count),
        Field("SID", "Sub-account", Group.ACCOUNT, check=_count),
    ),
    RULES,
)


@pytest.fixture
def table() -> FieldTable:
    return TABLE


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as an .xlsx with openpyxl."""

    def write(rows: Sequence[Sequence[object]], name: str = "orders.xlsx", sheet: str = "Sheet1") -> Path:
        workbook = openpyxl.Workbook()
        workbook.active.title = sheet
        for row in rows:
            workbook.active.append(list(row))
        workbook.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def text(tmp_path: Path) -> Callable[..., Path]:
    """Writes bytes or text as they are."""

    def write(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def read(table) -> Callable[..., Orders]:
    """Loads files with the small table."""

    def loaded(*paths: Path, **options: object) -> Orders:
        return load(paths, table, LoadOptions(**options))

    return loaded


@pytest.fixture
def raw_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Writes an .xlsx by hand around the XML of a sheet's data, for what no program would write."""

    def write(
        data: str, *, name: str = "raw.xlsx", sheet: str | None = None, before: str = "", state: str = ""
    ) -> Path:
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        parts = {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            f'<sheet name="Sheet1" sheetId="1" {state} r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1"'
            f' Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": sheet
            or f'{before}<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>',
        }
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return path

    return write


@pytest.fixture
def ods(tmp_path: Path) -> Callable[..., Path]:
    """Writes the XML of table rows as an .ods by hand."""

    def write(rows: str, *, manifest: str = "", before: str = "") -> Path:
        office, urn = "urn:oasis:names:tc:opendocument:xmlns", "1.0"
        content = (
            f'{before}<office:document-content xmlns:office="{office}:office:{urn}" xmlns:table="{office}:table:{urn}"'
            f' xmlns:text="{office}:text:{urn}"><office:body><office:spreadsheet><table:table table:name="Order">'
            f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
        )
        path = tmp_path / "orders.ods"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
            archive.writestr("content.xml", content)
            archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
        return path

    return write


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = len(content), b""
    while True:
        length, low = length >> 7, length & 0x7F
        size += bytes([low | (0x80 if length else 0)])
        if not length:
            return head + size + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


@pytest.fixture
def xlsb(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows of texts and floats as an .xlsb by hand."""

    def write(rows: Sequence[Sequence[str | float]]) -> Path:
        data = io.BytesIO()
        for number, row in enumerate(rows):
            data.write(_record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0)))
            for column, cell in enumerate(row):
                place = struct.pack("<II", column, 0)
                text = isinstance(cell, str)
                data.write(_record(6 if text else 5, place + (_wide(cell) if text else struct.pack("<d", cell))))
        size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
        sheet = _record(129) + _record(148, size) + _record(145) + data.getvalue() + _record(146) + _record(130)
        bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Sheet1")
        workbook = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        path = tmp_path / "orders.xlsb"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.bin", workbook)
            archive.writestr(
                "xl/_rels/workbook.bin.rels",
                f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{kind}/worksheet"'
                ' Target="worksheets/sheet1.bin"/></Relationships>',
            )
            archive.writestr("xl/worksheets/sheet1.bin", sheet)
        return path

    return write
