"""The child's work, done in this process: what it writes for each kind of file, and what it refuses."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from batch.loader import source
from batch.loader.reader import child
from batch.loader.reader.archive import Package, elements
from batch.loader.reader.refusal import Refusal
from batch.loader.reader.sheetxml import Search

REQUEST = {"sheet": None, "encoding": None, "delimiter": None, "heads": ["number", "phone"]}


def answers(content, **request):
    out = io.BytesIO()
    child.answer(io.BytesIO(content), out, REQUEST | request)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refusal(content, **request):
    [*_, last] = answers(content, **request)
    return last["refused"]


def test_a_workbook_is_told_in_chunks_and_ends_with_its_flaws():
    first, chunk, end = answers(workbook(["Number", "Notes"], ["33123450000", "=1+1"], ["33123450001", True]))
    assert (first["sheet"], first["kind"], first["left"]) == ("Sheet", "xlsx", 0)
    assert chunk == {"rows": 3, "columns": [["Number", "33123450000", "33123450001"], ["Notes", "", True]]}
    assert end["end"]["formulas"] == [[2, 1]]


def test_a_large_sheet_comes_in_several_chunks():
    messages = answers(workbook(["Number"], *[["same"] for _ in range(9000)]))
    assert [message["rows"] for message in messages[1:-1]] == [4096, 4096, 809]
    assert messages[2]["columns"] == [{"distinct": ["same"]}]
    assert not any(messages[-1]["end"].values())


def test_formats_are_known_by_their_content(xlsb, ods, text):
    cells = '<table:table-row><table:table-cell office:value-type="string"><text:p>Number</text:p></table:table-cell>'
    files = {
        "xls": Path(__file__).parent.joinpath("samples", "orders.xls").read_bytes(),
        "xlsb": xlsb([["Number"]]).read_bytes(),
        "ods": ods(f"{cells}</table:table-row>").read_bytes(),
        "xlsx": workbook(["Number"]),
        "csv": b"Number\n",
    }
    assert {kind: answers(content)[0]["kind"] for kind, content in files.items()} == {kind: kind for kind in files}


def test_an_empty_workbook_has_no_rows():
    assert [list(message) for message in answers(workbook())] == [["sheet", "kind", "left", "sha256"], ["end"]]


@pytest.mark.parametrize(
    ("content", "delimiter", "rows"),
    [
        (b"a,b\n1,2\n", None, [["a", "b"], ["1", "2"]]),
        (b"a;b\n1,5;2\n", None, [["a", "b"], ["1,5", "2"]]),
        (b"a|b\n1|2\n", None, [["a", "b"], ["1", "2"]]),
        (b"a,b;c\n1,2;3\n", ";", [["a,b", "c"], ["1,2", "3"]]),
        (b"sep=|\r\nnumber|x\n1|2\n", None, [["number", "x"], ["1", "2"]]),
        (b"one,two,three\nphone;x\n1;2\n1;2\n", None, [["one,two,three", ""], ["phone", "x"], ["1", "2"], ["1", "2"]]),
        ("é;x\n1;2".encode("cp1252"), None, [["é", "x"], ["1", "2"]]),
        ("a;b\n1;2\n".encode("utf-16-be"), None, [["a", "b"], ["1", "2"]]),
        (b"\n\n", None, []),
    ],
)
def test_texts(content, delimiter, rows):
    messages = answers(content, delimiter=delimiter)
    columns = messages[1]["columns"] if rows else []
    cells = [column["distinct"] * len(rows) if isinstance(column, dict) else column for column in columns if column]
    assert [list(row) for row in zip(*cells, strict=True)] == rows or not rows


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Number\n\0\1\2\3" * 9, "no text file"),
        (b"Number," + b"x" * 5000 + b"\0", "no text file"),
        (b'Number\n"open', "not closed"),
        (b"<?xml version='1.0'?><Workbook/>", "web page"),
        (b"\xef\xbb\xbf <TABLE>", "web page"),
        (b"\x1f\x8b123", "no spreadsheet"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\x81\x8d\x8f", "not cp1252"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "can't be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)
def test_refusals(content, words):
    assert words in refusal(content)


def zipped(parts, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, **more)
    return out.getvalue()


def changed(content, part, old, new):
    """The workbook with a change in one part."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = parts[part].replace(old, new)
    return zipped(parts)


def test_packages_that_are_none():
    assert "can't be read" in refusal(zipped({"a.txt": "x"}))
    assert "too many parts" in refusal(zipped({f"{n}": "" for n in range(10_001)}))
    assert "too many parts" in refusal(zipped({"a.xml": "", "A.XML": ""}))
    content = workbook(["Number"])
    assert "no sheet called" in refusal(content, sheet="x")
    assert refusal(changed(content, "xl/_rels/workbook.xml.rels", b"rId1", b"rId9"))
    broken = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("xl/workbook.xml").header_offset + 60
    broken[start : start + 40] = bytes(40)
    assert refusal(bytes(broken))


def test_an_encrypted_package():
    content = bytearray(zipped({"xl/workbook.xml": "x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(bytes(content))


def test_parts_by_whatever_case_and_place():
    package = Package(
        zipped(
            {
                "_rels/.rels": '<R><Relationship Id="a" Type="x/officeDocument" Target="/XL/book.xml"/></R>',
                "xl/Book.xml": '<w xmlns:r="r"><sheet name="One" r:id="b"/><sheet name="Two" r:id="c"/></w>',
                "xl/_rels/book.xml.rels": '<R><Relationship Id="b" Type="worksheet" Target="../xl/s/One.xml"/></R>',
                "xl\\s\\one.xml": "<worksheet/>",
            }
        )
    )
    assert package.read(package.sheet_part("One")) == b"<worksheet/>"
    with pytest.raises(Refusal, match="not where it says"):
        package.sheet_part("Two")
    with pytest.raises(Refusal, match="lacks"):
        package.read("none.xml")


def test_damaged_xml_is_refused():
    with pytest.raises(Refusal, match="damaged"):
        elements(b"<a><b></a>")
    with pytest.raises(Refusal, match="entities"):
        elements(b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')
    search = Search(lambda: iter([b"\xff\xfe<\0w\0o\0>\0"]))
    search.run()
    with pytest.raises(Refusal, match="entities"):
        search.flaws(0)


def test_the_child_limits_itself_and_sees_no_environment(monkeypatch):
    """The limits hold in the child, and nothing of this process's environment is there."""
    monkeypatch.setenv("NUMBATCH_PASSWORD", "canary")
    command = source.child_command({"memory": 1 << 30, "seconds": 5})
    code = command[-2].replace("main()", "import os, sys; from batch.loader.reader import child")
    code += (
        "; child.shut_in(1 << 30, 5); import resource; print(resource.getrlimit(resource.RLIMIT_AS), dict(os.environ))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code],
        env=source.child_environment(),
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert str((1 << 30, 1 << 30)) in run.stdout
    assert "canary" not in run.stdout


def test_a_workbook_within_a_workbook_is_no_second_end_of_it(book, tmp_path, read):
    inner, outer = book([["Number"], ["33123450001"]], "inner.xlsx"), book([["Number"], ["33123450000"]])
    with zipfile.ZipFile(outer, "a") as package:
        package.writestr("xl/embeddings/inner.xlsx", inner.read_bytes(), zipfile.ZIP_STORED)
    assert [row.number for row in read(outer).rows] == ["33123450000"]


def test_what_is_no_finite_number_comes_as_text(raw_xlsx, read):
    head = "".join(f'<c t="inlineStr"><is><t>{one}</t></is></c>' for one in ("Number", "Note"))
    number = '<c t="inlineStr"><is><t>33123450000</t></is></c>'
    orders = read(raw_xlsx(f"<row>{head}</row><row>{number}<c><v>1E999</v></c></row>"))
    assert orders.rows[0].cells[1] == "inf"
