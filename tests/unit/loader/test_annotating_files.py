"""Which files are marked and where: other formats, names, damage, changes meanwhile, and how much is written."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from support.packages import check_package

from batch.errors import OrdersError, UsageError
from batch.loader import LoadOptions
from batch.loader.annotating import asking, editing, listing, plain
from batch.loader.annotating.asking import annotate, problems_path, targets
from batch.loader.annotating.child import answer
from batch.loader.annotating.editing import edit
from batch.loader.annotating.listing import Listed
from batch.order import OrderFile

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def marked(read, table, tmp_path):
    """Checks a file and marks it."""

    def mark(path: Path, target: str = "marked.xlsx", **options: object):
        orders = read(path, **options)
        done = annotate(orders.files[0], orders.problems, tmp_path / target, table, LoadOptions(**options))
        check_package(done.path)
        return done

    return mark


def listed(cell: str, level: str = "error") -> Listed:
    return Listed(level, int(cell[1:]), cell, "Number", "value", "what is wrong", "how to mend it", "code")


def many(book, rows: int) -> bytes:
    return book([["Number"], *([f"1202555{row:04}"] for row in range(rows))]).read_bytes()


def test_a_text_file_becomes_a_workbook_in_which_every_cell_is_text_in_its_place(text, marked, read):
    path = text("\n\nNumber;URI;Note\n12025550123;a@b.example;=1+1\n1.20E+10;;007\n")
    done = marked(path)
    sheet = openpyxl.load_workbook(done.path)["Orders"]
    assert [cell.value for cell in sheet[4]] == ["12025550123", "a@b.example", "=1+1"]
    assert [cell.data_type for cell in sheet[4]] == ["s", "s", "s"]
    assert sheet["C5"].value == "007"
    assert (sheet["A5"].comment.text.split("\n")[0], sheet.freeze_panes) == ("numbatch check: error", "A4")
    assert "new workbook" in done.remarks[0]
    before, after = read(path), read(done.path)
    assert [(one.cell, one.code) for one in after.problems] == [(one.cell, one.code) for one in before.problems]
    assert [row.number for row in after.rows] == [row.number for row in before.rows]


def test_other_formats_become_a_new_workbook_and_are_told_what_is_lost(ods, xlsb, marked, read):
    row = "<table:table-row>{}</table:table-row>".format
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
    number = '<table:table-cell office:value-type="float" office:value="7.5"><text:p>7.5</text:p></table:table-cell>'
    paths = [
        ods(row(cell("Number") + cell("Sum")) + row(cell("1.20E+10") + number)),
        xlsb([["Number", "Sum"], ["1.20E+10", 7.5]]),
    ]
    for path in paths:
        done = marked(path, f"{path.suffix[1:]}.xlsx")
        assert "formatting, formulas and other sheets are not kept" in done.remarks[0]
        sheet = openpyxl.load_workbook(done.path).worksheets[0]
        assert (sheet.title, sheet["A2"].value, sheet["B2"].value) == (read(path).files[0].sheet, "1.20E+10", 7.5)
        assert sheet["A2"].comment is not None


def test_a_workbook_by_another_name_is_marked_as_what_it_is(book, text, marked):
    path = book([["Number"], ["1.20E+10"]], name="orders.csv")
    assert openpyxl.load_workbook(marked(path).path)["Sheet1"]["A2"].comment is not None
    path = text("Number\n1.20E+10\n", name="orders.xlsx")
    assert openpyxl.load_workbook(marked(path, "two.xlsx").path)["Orders"]["A2"].comment is not None


def test_a_text_longer_than_a_cell_is_cut_and_that_is_said(text, marked):
    done = marked(text(f"Number,Note\n12025550123,{'x' * 40_000}\n"))
    assert len(openpyxl.load_workbook(done.path)["Orders"]["B2"].value) == 32_767
    assert "1 texts are cut" in done.remarks[1]


def test_a_problem_of_the_whole_file_is_listed_without_a_link(text, marked):
    done = marked(text("Wer,URI\n12025550123,a@b.example\n"))
    sheet = openpyxl.load_workbook(done.path)["Problems"]
    row = next(row for row in sheet.iter_rows(min_row=5) if row[6].value == "header-missing")
    assert (row[1].value, row[1].hyperlink, done.marked) == (None, None, 0)


def test_there_are_no_more_comments_than_a_program_can_draw_and_those_on_errors_come_first(book, monkeypatch):
    monkeypatch.setattr(editing, "MOST_COMMENTS", 3)
    content = many(book, 9)
    found = [listed(f"A{row}", "warning" if row < 5 else "error") for row in range(2, 10)]
    done = edit(content, "Sheet1", "orders.xlsx", found)
    sheet = openpyxl.load_workbook(io.BytesIO(done.content))["Sheet1"]
    assert [row for row in range(2, 11) if sheet.cell(row, 1).comment] == [5, 6, 7]
    assert [row for row in range(2, 11) if sheet.cell(row, 1).fill.patternType == "solid"] == list(range(2, 10))
    assert done.remarks == ["Every listed cell is coloured, and the first 3 have a comment."]


def test_a_list_longer_than_a_sheet_says_so_and_links_end_where_excel_ends_them(book, monkeypatch):
    monkeypatch.setattr(listing, "MOST", 5)
    monkeypatch.setattr(listing, "MOST_LINKS", 4)
    done = edit(many(book, 9), "Sheet1", "orders.xlsx", [listed(f"A{row}") for row in range(2, 10)])
    sheet = openpyxl.load_workbook(io.BytesIO(done.content))["Problems"]
    assert "Listed are the first 5." in sheet["A2"].value
    assert sheet.max_row == 9
    assert [row for row in range(5, 10) if sheet.cell(row, 2).hyperlink] == [5, 6, 7, 8]


def test_more_comments_than_a_block_of_shapes_claim_more_blocks(book, tmp_path):
    done = edit(many(book, 1500), "Sheet1", "orders.xlsx", [listed(f"A{row}") for row in range(2, 1502)])
    (tmp_path / "many.xlsx").write_bytes(done.content)
    check_package(tmp_path / "many.xlsx")
    assert done.commented == 1500


def test_a_very_long_comment_is_cut_and_names_the_sheet_that_has_the_rest(book):
    found = [listed("A2")._replace(problem="wrong " * 500), listed("A2")]
    done = edit(many(book, 2), "Sheet1", "orders.xlsx", found)
    text = openpyxl.load_workbook(io.BytesIO(done.content))["Sheet1"]["A2"].comment.text
    assert len(text) < 2000
    assert text.endswith("The sheet of problems says the rest.")


def test_odd_characters_are_shown_as_what_they_are(book):
    found = [listed("A2")._replace(value="a\x01\ud800<&\"'>_x0041_\t\r\nü😀", problem="=1+1")]
    done = edit(many(book, 2), "Sheet1", "o&<>.xlsx", found)
    sheet = openpyxl.load_workbook(io.BytesIO(done.content))["Problems"]
    assert (sheet["E5"].value, sheet["E5"].data_type) == ("=1+1", "s")
    [row] = CalamineWorkbook.from_filelike(io.BytesIO(done.content)).get_sheet_by_name("Problems").to_python()[4:]
    assert row[3] == "a\ufffd\ufffd<&\"'>_x0041_\t\r\nü😀"


def test_a_file_that_changed_meanwhile_is_not_marked(book, read, table, tmp_path):
    for name, other in (("orders.xlsx", b""), ("orders.csv", b"\n")):
        path = book([["Number"], ["1"]]) if name.endswith("x") else tmp_path / name
        if not path.exists():
            path.write_text("Number\n1\n")
        orders = read(path)
        path.write_bytes(path.read_bytes() + other if other else book([["Number"], ["2"]]).read_bytes())
        with pytest.raises(OrdersError, match="changed since"):
            annotate(orders.files[0], orders.problems, tmp_path / "marked.xlsx", table, LoadOptions())
    assert not (tmp_path / "marked.xlsx").exists()


def test_a_file_that_went_away_is_an_error_in_words(table, tmp_path):
    file = OrderFile(tmp_path / "gone.xlsx", "", "Sheet1", 1)
    with pytest.raises(OrdersError, match="can't be opened"):
        annotate(file, [], tmp_path / "marked.xlsx", table, LoadOptions())


@pytest.mark.parametrize("wrong", ["damaged", "no styles", "relation to nothing", "no end"])
def test_a_package_that_does_not_fit_together_is_an_error_in_words_and_writes_nothing(
    by_hand_broken, table, tmp_path, wrong
):
    file = by_hand_broken(wrong)
    with pytest.raises(OrdersError, match="can't be annotated") as raised:
        annotate(file, [], tmp_path / "marked.xlsx", table, LoadOptions())
    assert raised.value.remedy
    assert not (tmp_path / "marked.xlsx").exists()


@pytest.fixture
def by_hand_broken(book, tmp_path):
    """An order file whose package is broken in a way that the readers may pass over."""
    import hashlib  # noqa: PLC0415

    def broken(wrong: str) -> OrderFile:
        source = book([["Number"], ["12025550123"]])
        with zipfile.ZipFile(source) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        match wrong:
            case "damaged":
                content["xl/styles.xml"] = b"<styleSheet><fonts>"
            case "no styles":
                content["xl/workbook.xml"] = b"<workbook/>"
            case "relation to nothing":
                content["xl/_rels/workbook.xml.rels"] = content["xl/_rels/workbook.xml.rels"].replace(
                    b"sheet1", b"sheet9"
                )
            case _:
                content["xl/worksheets/sheet1.xml"] = content["xl/worksheets/sheet1.xml"].split(b"</sheetData>")[0]
        path = tmp_path / "broken.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in content.items():
                archive.writestr(name, part)
        return OrderFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), "Sheet1", 1)

    return broken


def test_a_child_that_breaks_off_is_an_error_in_words(book, read, table, tmp_path, monkeypatch):
    orders = read(book([["Number"], ["12025550123"]]))
    for memory, begun in (
        (1 << 20, b""),
        (None, b'{"size": 9, "sheet": "", "marked": 0, "commented": 0, "remarks": []}\nPK'),
    ):
        if memory is not None:
            monkeypatch.setattr(asking, "_MEMORY", memory)
        else:
            monkeypatch.setattr(asking, "child_command", lambda *_, begun=begun: ["printf", "%s", begun.decode()])
        with pytest.raises(OrdersError, match="can't be annotated"):
            annotate(orders.files[0], orders.problems, tmp_path / "marked.xlsx", table, LoadOptions())
    assert not (tmp_path / "marked.xlsx").exists()


def test_the_child_answers_what_it_does_not_take(monkeypatch):
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("batch.loader.annotating.child.Package", refuse)
    out = io.BytesIO()
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    answer(io.BytesIO(f'{{"sha256": "{digest}"}}\n'.encode()), out)
    assert b"takes more memory" in out.getvalue()


def test_a_marked_workbook_goes_where_it_was_asked_to_and_never_over_an_order(tmp_path):
    one, two, macros = tmp_path / "one.csv", tmp_path / "two.xlsx", tmp_path / "three.xlsm"
    for path in (one, two, macros):
        path.write_text("")
    assert targets([one], tmp_path / "new.xlsx", force=False) == [tmp_path / "new.xlsx"]
    assert targets([one, two, macros], tmp_path, force=False) == [
        tmp_path / "one-problems.xlsx",
        tmp_path / "two-problems.xlsx",
        tmp_path / "three-problems.xlsm",
    ]
    assert problems_path(macros, tmp_path / "out") == tmp_path / "out" / "three-problems.xlsm"
    (tmp_path / "there.xlsx").write_text("")
    (tmp_path / "link.xlsx").symlink_to(two)
    for orders, asked, words in (
        ([two], tmp_path / "new.xlsm", "is marked as .xlsx"),
        ([macros], tmp_path / "new.xlsx", "is marked as .xlsm"),
        ([one, two], tmp_path / "new", "no folder"),
        ([two], two, "the order workbook itself"),
        ([two], tmp_path / "link.xlsx", "the order workbook itself"),
        ([one], tmp_path / "no" / "new.xlsx", "no such folder"),
        ([one], tmp_path / "there.xlsx", "there already"),
        ([one, tmp_path / "a" / "one.csv"], tmp_path, "same name"),
    ):
        with pytest.raises(UsageError, match=words) as raised:
            targets(orders, asked, force=words != "there already" and "itself" in words)
        assert raised.value.remedy
    assert targets([one], tmp_path / "there.xlsx", force=True) == [tmp_path / "there.xlsx"]


def test_a_sheet_with_more_rows_than_excel_has_is_refused(text, read, table, tmp_path, monkeypatch):
    monkeypatch.setattr("batch.loader.annotating.plain._MOST_ROWS", 2)
    orders = read(text("Number\n12025550123\n12025550124\n"))
    with pytest.raises(OrdersError, match="it has 3 rows"):
        annotate(orders.files[0], orders.problems, tmp_path / "marked.xlsx", table, LoadOptions())


@pytest.mark.slow
def test_libreoffice_opens_what_was_marked_and_saves_it_with_its_marks(book, marked, read, tmp_path):
    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice here")
    done = marked(
        book([["Number", "URI", "Channels"], ["1.20E+10", "a@b.example", "2"], ["12025550123", "a@b.example", "x"]])
    )
    out = tmp_path / "out"
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(done.path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheet = openpyxl.load_workbook(out / "marked.xlsx")["Sheet1"]
    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment} == {"A2", "C3"}
    again = marked(out / "marked.xlsx", "again.xlsx")
    assert (again.marked, again.sheet) == (2, "Problems")
    sheet = openpyxl.load_workbook(again.path)["Sheet1"]
    assert sheet["A2"].comment.text.count("numbatch check") == 1
    assert [one.cell for one in read(again.path).problems] == ["A2", "C3"]


def test_every_kind_of_cell_of_another_format_stays_what_it_is(ods, marked):
    cell = "<table:table-cell office:value-type={}><text:p>{}</text:p></table:table-cell>".format
    kinds = (
        cell('"boolean" office:boolean-value="true"', "TRUE"),
        cell('"date" office:date-value="2026-11-24"', "24/11/2026"),
        cell('"date" office:date-value="1850-01-01"', "1/1/1850"),
        cell('"float" office:value="7"', "7"),
        cell('"float" office:value="1234567890123456789"', "1.23E+18"),
        cell('"string"', "&lt;r&gt;plain&lt;/r&gt;"),
    )
    heads = "".join(cell('"string"', name) for name in ("Number", "a", "b", "c", "d", "e", "f"))
    row = "<table:table-row>{}</table:table-row>".format
    done = marked(ods(row(heads) + row(cell('"string"', "12025550123") + "".join(kinds))))
    values = [one.value for one in openpyxl.load_workbook(done.path).worksheets[0][2]]
    assert values[0] == "12025550123"
    assert values[1] == 1
    assert [str(values[2])[:10], str(values[3])[:10]] == ["2026-11-24", "1850-01-01"]
    assert values[4:] == [7, pytest.approx(1234567890123456789.0), "<r>plain</r>"]


@pytest.mark.parametrize(
    ("name", "called"),
    [("May/June", "May-June"), ("x" * 40, "x" * 31), ("'a'", "a"), ("", "Orders"), ("Plain", "Plain")],
)
def test_a_sheet_is_called_what_a_workbook_may_call_it(name, called):
    assert plain.sheet_name(name) == called
