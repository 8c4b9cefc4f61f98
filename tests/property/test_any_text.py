"""Any text and any kind of cell, anywhere in a file of any format, is loaded or refused by name: nothing ends in an exception."""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.anyorders import cells
from support.naughty import LONGEST, LONGEST_WIDE, NAUGHTY, UNSAYABLE
from support.sheets import WRITERS, adapted

from batch.errors import OrdersError, UsageError
from batch.loader import SUFFIXES, LoadOptions, load
from batch.loader.header import ALIASES, OURS
from batch.loader.problems import CODES
from batch.order import Orders, RowKind
from batch.problem import Level
from batch.provider.multitel.complaints import COMPLAINTS
from batch.provider.multitel.fields import FIELDS

PATIENT = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
known = {*CODES, *COMPLAINTS}
naughty = st.sampled_from([*NAUGHTY, *UNSAYABLE, LONGEST, LONGEST_WIDE])
numbers = st.sampled_from(
    [
        "33123450000",
        "33123450000-33123450009",
        "(+33) 1 23 45 00 01",
        33123450002,
        3.312345e10,
        "0123450000",
        -1,
        "1.2E+10",
    ]
)
words = st.sampled_from([word for field in FIELDS.fields for word in (*field.words, field.example) if word])
anything = naughty | st.text(max_size=12) | cells | numbers | words
headers = (
    st.sampled_from([*OURS, *ALIASES, *FIELDS.names, "Numbre", "RingTyp", "Quantity", "numbatch: x", "Account"])
    | naughty
)


def judged(orders: Orders) -> None:
    """Whatever is wrong has a known code and words, and stands where it says; what is wrong is no order."""
    errors = set()
    for problem in orders.problems:
        assert problem.code in known, problem
        assert problem.problem, problem
        assert problem.file == str(orders.files[0].path)
        assert problem.cell == "" or re.fullmatch(f"[A-Z]{{1,3}}{problem.row}", problem.cell), problem
        assert len(problem.value) <= 201
        if problem.level is Level.ERROR:
            assert problem.remedy, problem
            errors.add(problem.row)
    invalid = {row.source.row for row in orders.rows if row.kind is RowKind.INVALID}
    # What is wrong with the header is wrong with every row.
    assert invalid == errors or (errors and {row.kind for row in orders.rows} <= {RowKind.INVALID})
    assert all(row.note for row in orders.rows if row.kind is not RowKind.ORDER)
    assert [row.position for row in orders.rows] == list(range(len(orders.rows)))
    assert len(orders.key) == 64


def loaded(path: Path, **options: object) -> None:
    """Load what stands at `path`: an error has words and a remedy."""
    try:
        orders = load([path], FIELDS, LoadOptions(allow_empty=True, **options))
    except OrdersError as error:
        assert error.problem
        assert error.remedy
        assert "broke off" not in error.problem  # it was refused, and not stumbled over
        return
    judged(orders)


@PATIENT
@given(
    st.lists(headers, max_size=4).flatmap(lambda more: st.permutations(["Number", *more])),
    st.lists(st.lists(anything, min_size=5, max_size=5), max_size=6),
    st.sampled_from(sorted(WRITERS)),
)
def test_any_cells_below_any_headers(head, rows, kind):
    adapt = partial(adapted, kind)
    head = [str(adapt(header) or "") for header in head]
    said = [[adapt(cell) for cell in row[: len(head)]] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        loaded(WRITERS[kind](Path(folder), head, said))


# Names ---------------------------------------------------------------------------------------------------------------


def package(sheets: str, name: str = "S") -> bytes:
    """An .xlsx by hand, with one sheet of that name and data, and a style for each kind of date."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    styles = "".join(f'<xf numFmtId="{kind}" applyNumberFormat="1"/>' for kind in (0, 14, 22, 21, 46, 9, 49, 44))
    content = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name={name} sheetId="1"'
        ' r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/worksheet"'
        f' Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="8">{styles}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheets}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part, text in content.items():
            made.writestr(part, text)
    return out.getvalue()


_HONEST = "".join(
    f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c></row>'
    for row, text in enumerate(["Number", "33123450000"], 1)
)
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
file_names = st.binary(max_size=40) | naughty.map(lambda text: text[:40].encode("utf-8", "surrogatepass"))


@PATIENT
@given(
    naughty.map(lambda text: _NO_XML.sub("", text)) | st.text(st.characters(codec="utf-8"), max_size=31),
    file_names.map(lambda name: os.fsdecode(name.replace(b"/", b"").replace(b"\0", b""))),
    st.sampled_from(SUFFIXES),
    st.booleans(),
)
@example("Orders", "\udcff", ".xlsx", True)
def test_any_name_of_a_file_or_a_sheet(sheet, name, suffix, named):
    content = package(_HONEST, quoteattr(sheet))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}{suffix}"
        path.write_bytes(content if suffix not in {".csv", ".tsv"} else b"Number\n33123450000\n")
        loaded(path, sheet=sheet if named else None)


# Kinds of cells ------------------------------------------------------------------------------------------------------

_VALUES = (
    "", " ", "0", "-0", "1", "-1", "0.5", "1.9999999", "59", "60", "61", "2958465", "2958466", "-693594", "1e9", "1e300", "1e308", "1e309",
    "-1e400", "5e-324", "NaN", "nan", "INF", "-inf", "Infinity", "33123450000", "33123450000.5", "999999999999999", "1000000000000000",
    "9007199254740993", "123456789012345678901234567890", "0x1F", "1,5", "TRUE", "true", "2026-11-24", "2026-11-24T12:30:00", "2026-11-24T12:30:00Z",
    "0000-00-00", "12:30:00", "#N/A", "#SPILL!", "zz", "\u0663", "_x0000_", "&#0;", "1 2", "4294967296", "-2147483649",
)  # fmt: skip
values = st.sampled_from(_VALUES) | st.floats().map(repr) | st.integers().map(str)
kinds = st.sampled_from(["", "n", "s", "str", "inlineStr", "b", "d", "e", "zz"])


@PATIENT
@given(st.lists(st.tuples(kinds, st.integers(0, 9), values, st.integers(0, 3)), min_size=1, max_size=8))
def test_any_kind_of_cell_of_an_xlsx(made):
    head = "".join(
        f'<c r="{place}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for place, name in zip("ABCD", ["Number", "Type", "Price", "Mine"], strict=True)
    )
    rows = [f'<row r="1">{head}</row>']
    for row, (kind, style, value, place) in enumerate(made, 2):
        said = f"<is><t>{escape(value)}</t></is>" if kind == "inlineStr" else f"<v>{escape(value)}</v>"
        cell = f'<c r="{"ABCD"[place]}{row}" s="{style}"{f" t={quoteattr(kind)}" if kind else ""}>{said}</c>'
        rows.append(f'<row r="{row}">{cell}</row>')
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(package("".join(rows), '"S"'))
        loaded(path)


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
ods_kinds = st.sampled_from(["", "float", "percentage", "currency", "date", "time", "boolean", "string", "zz"])


@PATIENT
@given(st.lists(st.tuples(ods_kinds, values, values, st.integers(0, 3)), min_size=1, max_size=8))
def test_any_kind_of_cell_of_an_ods(made):
    rows = [["", "", name, 0] for name in ["Number", "Type", "Price", "Mine"]]
    lines = ["".join(map(ods_cell, rows))]
    lines += ["<table:table-cell/>" * one[3] + ods_cell(one) for one in made]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ods"
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            out.writestr("META-INF/manifest.xml", "<manifest/>")
            out.writestr(
                "content.xml",
                f'<office:document-content xmlns:office="{_OFFICE}:office:1.0" xmlns:table="{_OFFICE}:table:1.0"'
                f' xmlns:text="{_OFFICE}:text:1.0"><office:body><office:spreadsheet><table:table table:name="S">'
                + "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
                + "</table:table></office:spreadsheet></office:body></office:document-content>",
            )
        loaded(path)


def ods_cell(one) -> str:
    kind, value, text, _ = one
    told = {"date": "date-value", "time": "time-value", "boolean": "boolean-value", "string": "string-value"}.get(
        kind, "value"
    )
    attributes = (
        f" office:value-type={quoteattr(kind)} office:{told}={quoteattr(value)}"
        if kind
        else ' office:value-type="string"'
    )
    return f"<table:table-cell{attributes}><text:p>{escape(text)}</text:p></table:table-cell>"


# Text files ----------------------------------------------------------------------------------------------------------


@PATIENT
@given(
    st.lists(st.lists(naughty | st.text(max_size=8), max_size=3), max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-32", "utf-7", "shift_jis", "gb18030", "cp037",
                     "unicode_escape", "raw_unicode_escape", "idna", "punycode", "rot13", "undefined", "mbcs"]),
    st.sampled_from([None, ",", ";", "\t", "|", "=", " ", "\0", "\ud800"]),
    st.sampled_from(["\n", "\r\n", "\r", "\0", "\x1c"]),
    st.booleans(),
)  # fmt: skip
def test_any_text_file_of_any_encoding(rows, encoding, delimiter, end, named):
    lines = [["Number", "Description", "Mine"], *rows]
    text = end.join((delimiter or ",").join(row) for row in lines)
    try:
        content = text.encode(
            encoding, "surrogatepass" if encoding.startswith("utf") and encoding != "utf-7" else "replace"
        )
    except (UnicodeError, LookupError):
        content = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(content)
        try:
            loaded(path, encoding=encoding if named else None, delimiter=delimiter)
        except UsageError as error:
            assert error.problem
            assert error.remedy
