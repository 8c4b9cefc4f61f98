"""A whole workbook that is not ours: every sheet, what no reader tells of it, and what it is refused for."""

from __future__ import annotations

import io
import json
import os
import zipfile

import openpyxl
import pytest
from support.hostile import honest

from batch.errors import OrdersError
from batch.loader import book
from batch.loader.book import read_book
from batch.loader.reader import book as child
from batch.loader.reader.refusal import Refusal


@pytest.fixture
def saved(tmp_path):
    def save(change=lambda book: None, name="book.xlsx"):
        made = openpyxl.Workbook()
        made.active.title = "One"
        made.active.append(["a", 1, 2.5])
        made.create_sheet("Two")["C3"] = "x"
        made.create_sheet("Blank")
        change(made)
        path = tmp_path / name
        made.save(path)
        return path

    return save


def test_every_sheet_is_read_with_what_no_reader_tells(saved):
    def change(made):
        made["One"]["D1"] = "=1+1"
        made["One"]["E1"] = True
        made["Two"].row_dimensions[3].hidden = True
        made["Two"].column_dimensions["B"].hidden = True
        made["Two"].sheet_state = "hidden"
        made.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="mine", value="a & b"))

    found = read_book(saved(change))
    assert [(sheet.name, sheet.visible, sheet.height) for sheet in found.sheets] == [
        ("One", True, 1), ("Two", False, 3), ("Blank", True, 0),
    ]  # fmt: skip
    assert found.properties == {"mine": "a & b"}
    one, two = found.sheet("One"), found.sheet("Two")
    assert [column[0] for column in one.columns] == ["a", 1, 2.5, "", True]
    assert one.formulas == {(1, 3)}
    assert (two.hidden_rows, two.hidden_columns) == ([3], [1])
    assert (two.cell(3, 2), two.cell(9, 9), two.cell(1, 0)) == ("x", "", "")
    assert found.sheet("Three") is None


def test_a_truth_value_written_as_a_formula_is_none():
    xml = b'<worksheet><c r="A1" t="b"><f aca="false">TRUE()</f><v>1</v></c><c r="B1"><f>TRUE()+1</f></c><c r="C2"><f t="shared" si="0"/></c></worksheet>'
    assert child.marks_of(iter([xml])).formulas == [(1, 1), (2, 2)]


def test_a_mark_is_found_whatever_its_elements_are_called_and_however_it_is_spaced():
    xml = (
        b'<worksheet xmlns:y="m"><y:col min = "1" max = "1" hidden = "1"/><y:row r = "2" hidden = "true"><y:c r = "A2"><y:f>1</y:f></y:c>'
        b'<c t = "e" r="B2"><v>#N/A</v></c></y:row></worksheet>'
    )
    marks = child.marks_of(iter([xml]))
    assert (marks.formulas, marks.errors, marks.hidden_rows, marks.hidden_columns) == ([(2, 0)], [(2, 1)], [2], [0])


def test_marks_are_found_wherever_the_bytes_are_cut():
    """Pieces come from the unpacker as they come."""
    xml = (
        b'<x:worksheet><x:cols><x:col min="2" max="3" hidden="1"/><x:col hidden="true"/></x:cols><x:sheetData>'
        b'<x:row r="7" hidden="true"><x:c r="A7" t="e"><x:v>#REF!</x:v></x:c><x:c r="AB7">\n<x:f>A1</x:f><x:v>2</x:v></x:c></x:row>'
        b'<x:row hidden="1"><x:c><x:f>A1</x:f></x:c></x:row><x:row r="9" hidden="0"><x:c r="A9" t="inlineStr"><x:is><x:t>t</x:t></x:is>'
        b"</x:c></x:row></x:sheetData></x:worksheet>"
    )
    whole = child.marks_of(iter([xml]))
    assert whole.formulas == [(7, 27), (0, 0)]
    assert whole.errors == [(7, 0)]
    assert (whole.hidden_rows, whole.hidden_columns, whole.values) == ([7, 0], [1, 2], 3)
    for size in (1, 2, 5, *range(60, 200, 7)):
        assert child.marks_of(iter([xml[at : at + size] for at in range(0, len(xml), size)])) == whole, size


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"a,b", "no .xlsx workbook"),
        ("a.xlsx", b"", "it is no .xlsx workbook"),
        ("a.xlsx", b"a,b", "it is no .xlsx workbook"),
        ("a.xlsx", b"PK\x03\x04 and no more", "it is damaged or cut short"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_remedy(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OrdersError, match=words) as refused:
        read_book(path)
    assert refused.value.remedy


def test_a_file_that_is_not_there_or_is_no_file_is_said(tmp_path, monkeypatch):
    with pytest.raises(OrdersError, match="no such file"):
        read_book(tmp_path / "none.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(OrdersError, match="not a file"):
        read_book(tmp_path / "folder.xlsx")
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(OrdersError, match="not a file"):
        read_book(tmp_path / "pipe.xlsx")
    (tmp_path / "mine.xlsx").write_bytes(honest())

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(OrdersError, match="can't be opened"):
        read_book(tmp_path / "mine.xlsx")


def test_a_child_that_breaks_off_or_talks_nonsense_is_a_refusal(tmp_path, monkeypatch):
    path = tmp_path / "mine.xlsx"
    path.write_bytes(honest())
    for said in ("print('no json')", "print('{\"sheet\": 1}')", "pass"):
        monkeypatch.setattr(book, "child_command", lambda *_, said=said: [os.sys.executable, "-c", said])
        with pytest.raises(OrdersError, match="more memory or time"):
            read_book(path)


def test_the_child_tells_properties_sheets_and_places_claimed_twice(saved):
    def change(made):
        made.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="mine", value="a & b"))
        made.create_chartsheet("Chart")

    content = with_part(saved(change).read_bytes(), "xl/worksheets/sheet1.xml", b'<c r="B1"', b'<c r="A1"')
    lines = told(content)
    assert lines[0]["properties"] == {"mine": "a & b"}
    assert [line["sheet"] for line in lines if "sheet" in line] == ["One", "Two", "Blank"]
    assert next(line["marks"]["twice"] for line in lines if "marks" in line) == [[1, 0]]


def with_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The package with a part in which `old` has become `new`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(out, "w") as changed:
        for part in package.namelist():
            whole = package.read(part)
            assert part != name or old in whole
            changed.writestr(part, whole.replace(old, new) if part == name else whole)
    return out.getvalue()


def told(content: bytes) -> list[dict]:
    out = io.BytesIO()
    child.answer(io.BytesIO(content), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_workbook_of_another_kind_is_refused(saved):
    package = b"PK\x05\x06" + bytes(18)
    assert "it is no .xlsx workbook, whatever its name" in told(package)[-1]["refused"]
    assert told(honest())[-1] == {"end": True}


@pytest.mark.parametrize(
    "error", [MemoryError(), ValueError("odd"), OSError("odd"), type("PanicException", (BaseException,), {})()]
)
def test_a_reader_that_fails_is_a_refusal(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(child, "Marking", fail)
    assert set(told(honest())[-1]) == {"refused", "remedy"}


def test_another_fault_is_not_hidden(monkeypatch):
    def fail(*_):
        raise KeyError("ours")

    monkeypatch.setattr(child, "Marking", fail)
    with pytest.raises(KeyError):
        told(honest())


def test_what_the_search_for_marks_meets_is_raised_where_they_are_asked_for():
    def pieces():
        yield b"<worksheet>"
        yield b"<!DOCTYPE x>"

    with pytest.raises(Refusal):
        child.Marking(pieces()).marks()
