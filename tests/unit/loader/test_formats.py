"""Every format is read, and a file that can't be is refused by name."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from batch.errors import OrdersError
from batch.loader import LoadOptions, load
from batch.order import RowKind

HEAD = ["Number", "Type", "URI", "Cost centre"]
ROW = ["12025550123", "SIP", "a@pbx.example.com", "A1"]


def numbers(orders):
    return [row.number for row in orders.rows if row.kind is RowKind.ORDER]


def codes(orders):
    return [problem.code for problem in orders.problems]


def refused(read, path, *words, **options):
    with pytest.raises(OrdersError) as caught:
        read(path, **options)
    for word in words:
        assert word in str(caught.value)


def test_xlsx_of_openpyxl(book, read):
    orders = read(book([HEAD, ROW]))
    assert numbers(orders) == ["12025550123"]
    assert orders.rows[0].fields == {"Type": "1", "URI": "a@pbx.example.com"}
    assert orders.rows[0].cells == ("12025550123", "SIP", "a@pbx.example.com", "A1")
    assert orders.files[0].source_rows == 1
    assert len(orders.files[0].sha256) == 64


def test_xlsm_is_read_like_xlsx(book, read):
    assert numbers(read(book([HEAD, ROW], name="orders.XLSM"))) == ["12025550123"]


def test_xlsx_of_xlsxwriter_and_of_pandas(tmp_path, read):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet("Order")
        sheet.write_row(3, 2, HEAD)
        sheet.write_row(4, 2, [12025550123, 1, "a@pbx.example.com", 7])
    pd.DataFrame([[12025550123, 1, "a@pbx.example.com", 7]], columns=HEAD).to_excel(tmp_path / "b.xlsx", index=False)
    one, other = read(tmp_path / "a.xlsx"), read(tmp_path / "b.xlsx")
    assert one.rows[0].source.row == 5
    assert one.rows[0].cells == other.rows[0].cells == ("12025550123", "1", "a@pbx.example.com", 7)
    assert one.rows[0].fields == other.rows[0].fields


def test_xlsb(xlsb, read):
    orders = read(xlsb([HEAD, [12025550123.0, 1.0, "a@pbx.example.com", "A1"]]))
    assert numbers(orders) == ["12025550123"]
    assert orders.rows[0].fields["Type"] == "1"


def test_xls(read):
    orders = read(Path(__file__).parent / "samples" / "orders.xls")
    assert numbers(orders) == ["12025550123", "33123450000", "33123450001"]
    assert orders.rows[0].source.row == 3
    assert orders.rows[0].fields == {"Type": "1", "URI": "a@pbx.example.com", "Record": "1"}


def test_ods(ods, read):
    def cell(value):
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        kind = "boolean" if isinstance(value, bool) else "float"
        name = "boolean-value" if isinstance(value, bool) else "value"
        return f'<table:table-cell office:value-type="{kind}" office:{name}="{str(value).lower()}"/>'

    rows = [["Number", "Type", "Record"], [12025550123, 1, True]]
    xml = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    orders = read(ods(f'<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>{xml}'))
    assert numbers(orders) == ["12025550123"]
    assert orders.rows[0].source.row == 4
    assert orders.rows[0].fields == {"Type": "1", "Record": "1"}


def test_leading_zeros_of_csv_survive(text, read):
    orders = read(text("Number,Cost centre\n0033123450000,007\n"))
    assert numbers(orders) == ["33123450000"]
    assert orders.rows[0].cells == ("0033123450000", "007")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_detected(text, read, encoding):
    orders = read(text("Number;Büro\n+33 1 23 45 00 00;Zürich – Café\n".encode(encoding)))
    assert numbers(orders) == ["33123450000"]
    assert [column.header for column in orders.columns] == ["Number", "Büro"]
    assert orders.rows[0].cells[1] == "Zürich – Café"


def test_an_encoding_that_is_named_counts(text, read):
    path = text("Number;Büro\n33123450000;Łódź\n".encode("cp1250"))
    assert read(path, encoding="cp1250").rows[0].cells[1] == "Łódź"
    refused(read, path, "is not utf-8", encoding="utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_detected(text, read, delimiter):
    lines = [["Number", "Cost centre", "Amount"], ["33123450000", "A, B; C", "2.50"], ["33123450001", "", "2.50"]]
    content = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    orders = read(text(content))
    assert numbers(orders) == ["33123450000", "33123450001"]
    assert orders.rows[0].cells == ("33123450000", "A, B; C", "2.50")


def test_semicolons_with_decimal_commas_below_a_title(text, read):
    orders = read(text("Order, of today\n\nNumber;Amount\n33123450000;2,50\n33123450001;3,50\n"))
    assert numbers(orders) == ["33123450000", "33123450001"]
    assert orders.rows[0].source.row == 4


def test_excels_own_separator_line_is_no_row(text, read):
    orders = read(text("sep=;\nNumber;Type\n33123450000;1\n"))
    assert numbers(orders) == ["33123450000"]
    assert orders.rows[0].source.row == 2


def test_one_column_is_enough(text, read):
    assert numbers(read(text("Number\n33123450000\n\n33123450001"))) == ["33123450000", "33123450001"]


def test_tsv(text, read):
    assert numbers(read(text("Number\tCost centre\n33123450000\ta,b\n", "orders.tsv"))) == ["33123450000"]


def test_rows_of_csv_are_records(text, read):
    orders = read(text('Number,Notes\n33123450000,"two\nlines"\nwrong,x\n'))
    assert orders.rows[0].cells[1] == "two\nlines"
    assert [problem.row for problem in orders.problems if problem.code == "number-malformed"] == [3]


def test_text_kept_from_excel_by_a_formula(text, read):
    assert numbers(read(text('Number,Type\n="0033123450000",1\n'))) == ["33123450000"]


def test_an_open_quote_does_not_swallow_rows(text, read):
    refused(read, text('Number,Notes\n33123450000,"open\n33123450001,x\n'), "row 2", "not closed")


def test_a_csv_named_xlsx_is_read_as_what_it_is(text, read):
    orders = read(text("Number,Type\n33123450000,1\n", "orders.xlsx"))
    assert numbers(orders) == ["33123450000"]
    assert "file-type" in codes(orders)


def test_an_xlsx_named_csv_is_read_as_what_it_is(book, read):
    orders = read(book([HEAD, ROW], name="x.xlsx").rename(book([HEAD, ROW]).with_name("y.csv")))
    assert numbers(orders) == ["12025550123"]
    assert "file-type" in codes(orders)


def test_files_that_are_none(text, read, tmp_path):
    refused(read, tmp_path / "none.xlsx", "no such file")
    refused(read, tmp_path, "can't hold orders")
    (tmp_path / "folder.xlsx").mkdir()
    refused(read, tmp_path / "folder.xlsx", "not a file")
    refused(read, text("", "empty.xlsx"), "empty")
    refused(read, text("Number\n1", "orders.docx"), "can't hold orders")
    refused(read, text(b"\0\1\2" * 50, "a.csv"), "no text file")
    refused(read, text("<html><table><tr><td>Number</td></tr></table></html>", "orders.xls"), "web page")
    refused(read, text(b"%PDF-1.7 ...", "orders.xls"), "no spreadsheet")


@pytest.mark.skipif(os.name != "posix", reason="a named pipe")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.csv")
    refused(read, tmp_path / "pipe.csv", "not a file")


def test_truncated_anywhere(book, read, text):
    whole = book([HEAD, ROW]).read_bytes()
    for end in (4, 30, 300, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        refused(read, text(whole[:end], "cut.xlsx"))


def test_encrypted(text, read, ods):
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)
    refused(read, text(compound, "locked.xlsx"), "password")
    refused(read, ods("", manifest="<encryption-data/>"), "password")


def test_damaged_old_workbook(text, read):
    refused(read, text(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old.xls"))


def test_the_first_visible_sheet_or_the_one_named(tmp_path, read):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        for name, number in (("Hidden", 33123450000), ("Seen", 33123450001), ("Other", 33123450002)):
            sheet = workbook.add_worksheet(name)
            sheet.write_column(0, 0, ["Number", number])
            if name == "Hidden":
                sheet.hide()
            if name == "Seen":
                sheet.activate()
                sheet.set_first_sheet()
    path = tmp_path / "a.xlsx"
    assert numbers(read(path)) == ["33123450001"]
    assert numbers(read(path, sheet="Other")) == ["33123450002"]
    assert numbers(read(path, sheet="hidden ")) == ["33123450000"]
    refused(read, path, "no sheet called 'Nope'", "Hidden, Seen, Other", sheet="Nope")


def test_no_visible_sheet(raw_xlsx, read):
    refused(read, raw_xlsx("", state='state="hidden"'), "no visible sheet")


def test_empty_sheets(book, read):
    refused(read, book([]), "no orders")
    refused(read, book([HEAD]), "no orders")
    assert read(book([HEAD]), allow_empty=True).rows == []
    refused(read, book([HEAD, [None, " ", None]]), "no orders")


def test_no_paths(table):
    with pytest.raises(OrdersError):
        load([], table)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, read):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (100 << 20))
    refused(read, path, "would unpack")


def test_a_stray_cell_far_away_ends_the_child_and_not_the_program(raw_xlsx, read):
    cell = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    data = f'<row r="1">{cell.format("A1", "Number")}</row><row r="1048576">{cell.format("XFD1048576", "x")}</row>'
    refused(read, raw_xlsx(data), "more memory")


def test_options_default(book, table):
    path = book([HEAD, ROW])
    assert load([path], table) == load([path], table, LoadOptions())


def test_a_byte_order_mark_is_no_part_of_the_first_header(text, read, book):
    path = text(b"\xef\xbb\xbfNumber\n12025550123\n")
    assert numbers(read(path, encoding="utf-8")) == ["12025550123"]
    assert numbers(read(book([["\ufeffNumber"], ["12025550123"]]))) == ["12025550123"]


@pytest.mark.parametrize("content", ["", "\n\n", "  \n"])
def test_a_text_without_anything_in_it_may_be_allowed(text, read, content):
    path = text(content)
    orders = read(path, allow_empty=True)
    assert (orders.rows, orders.problems) == ([], ())
    refused(read, path)


def test_tabs_and_line_breaks_of_ods_stay(ods, read):
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    row = "<table:table-row>{}</table:table-row>"
    texts = ["Sales<text:tab/>Paris", 'a<text:line-break text:x="1"/>b', "a &lt;text:tab/&gt; b"]
    head = "".join(map(cell.format, ["Number", "Description", "b", "c"]))
    [made] = read(ods(row.format(head) + row.format("".join(map(cell.format, ["12025550123", *texts]))))).rows
    assert made.fields["Description"] == "Sales\tParis"
    assert made.cells[2:] == ("a\nb", "a <text:tab/> b")


def test_a_duration_beyond_all_measure_is_said(raw_xlsx, read):
    styles = '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="46"/></cellXfs></styleSheet>'
    path = raw_xlsx('<row r="1"><c r="A1" s="0"><v>4294967296</v></c></row>')
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/styles.xml", styles)
    with pytest.raises(OrdersError, match="far too large for one"):
        read(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "Number;Site\n33123450000;Zoë\n33123450001;bad ".encode() + b"\xff\n",
            "UTF-8, but for a byte (the first in line 3)",
        ),
        (
            "Number;Site\n33123450000;Zoë Köln\n33123450001;".encode() + b"\xe9t\xe9\n",
            "UTF-8, but for 2 bytes (the first in line 3)",
        ),
        (
            "Number;Site\n33123450000;Zoë Café\n33123450001;Zo".encode() + "ë".encode()[:1],
            "a byte (the first in line 3)",
        ),
    ],
)
def test_a_broken_character_does_not_garble_all_the_others(text, read, content, words):
    with pytest.raises(OrdersError, match=re.escape(words)) as caught:
        read(text(content))
    assert "--encoding cp1252" in caught.value.remedy


def test_text_of_windows_may_hold_what_looks_like_a_character_of_utf_8(text, read):
    orders = read(text("Number;Site;Note\n33123450000;Orléans;Ã©té à Évry\n".encode("cp1252")))
    assert orders.rows[0].cells[1:] == ("Orléans", "Ã©té à Évry")
