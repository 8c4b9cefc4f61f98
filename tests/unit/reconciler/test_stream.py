"""The rows of long sheets: every type as it is, no row lost where a sheet is full, errors of the disk not swallowed."""

# ruff: noqa: DTZ001  # a spreadsheet's moments have no zone

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.stream import CellStyles, Kind, LongColumn, LongSheet, column_letters, widths

STYLES = CellStyles(text=1, wrapped=2, number=3, money=4, moment=5, day=6, time=7, header=8, header_right=9)


def written(rows, *columns, max_rows=1_048_576):
    """The XML of each page's rows."""
    with Deflater() as deflater:
        sheet = LongSheet("S", columns, STYLES, deflater, max_rows=max_rows)
        for row in rows:
            sheet.add(row)
        sheet.finish()
        deflater.finish()
        pages = []
        for page in sheet.pages:
            page.part.file.seek(0)
            raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(page.part.file.read())
            assert len(raw) == page.part.size
            assert zlib.crc32(raw) == page.part.crc
            pages.append(raw.decode())
        return pages, sheet


def test_letters_count_like_a_spreadsheet():
    assert [column_letters(index) for index in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_each_type_stands_as_what_it_is():
    values = ("t", 7, 7.5, Decimal("7.50"), True, datetime(2026, 1, 1, 12), date(2026, 1, 1), time(6), None, "")
    [xml], _ = written([values], *(LongColumn(str(index), Kind.ANY) for index in range(len(values))))
    assert xml == (
        '<row r="2"><c r="A2" s="1" t="inlineStr"><is><t>t</t></is></c><c r="B2" s="3"><v>7</v></c>'
        '<c r="C2" s="3"><v>7.5</v></c><c r="D2" s="3"><v>7.50</v></c><c r="E2" s="1" t="b"><v>1</v></c>'
        '<c r="F2" s="5"><v>46023.5000000000</v></c><c r="G2" s="6"><v>46023</v></c><c r="H2" s="7"><v>0.250000000000</v></c>'
        "</row>"
    )


def test_equal_values_of_different_types_are_not_taken_for_each_other():
    [xml], _ = written([(one,) for one in (1, True, 1.0, Decimal("1.00"), True, "1")], LongColumn("A", Kind.ANY))
    assert [cell.split("</v>")[0] for cell in xml.split("<v>")[1:]] == ["1", "1", "1.0", "1.00", "1"]
    assert xml.count('t="b"') == 2


def test_what_a_number_cannot_hold_is_text():
    [xml], _ = written([(10**18,), (float("nan"),), (date(1815, 6, 18),)], LongColumn("A", Kind.ANY))
    assert [part.split("</t>")[0] for part in xml.split("<t>")[1:]] == ["1" + "0" * 18, "nan", "1815-06-18"]


def test_columns_made_for_one_kind_take_others_too():
    kinds = (Kind.INTEGER, Kind.MOMENT, Kind.UNIQUE, Kind.MONEY, Kind.DAY)
    rows = [
        (None, None, None, None, None),
        ("x", "y", "", "n/a", datetime(2026, 1, 1, tzinfo=UTC)),
        (10**16, 3, "&", 2, 1),
    ]
    [xml], _ = written(rows, *(LongColumn(kind.name, kind) for kind in kinds))
    assert xml.startswith('<row r="2"></row><row r="3"><c r="A3" s="1" t="inlineStr"><is><t>x</t>')
    assert "<t>10000000000000000</t>" in xml
    assert "<t>&amp;</t>" in xml


def test_a_full_sheet_goes_on_in_another():
    pages, sheet = written([(number,) for number in range(10)], LongColumn("A", Kind.INTEGER), max_rows=5)
    assert [page.rows for page in sheet.pages] == [4, 4, 2]
    assert sheet.rows == 10
    assert pages[1].startswith('<row r="2"><c r="A2" s="3"><v>4</v>')
    assert pages[2].endswith('<row r="3"><c r="A3" s="3"><v>9</v></c></row>')


def test_many_rows_repeating_or_not_are_all_there():
    rows = [(f"n{number}", f"g{number % 7}", Decimal(number)) for number in range(25_000)]
    [xml], _ = written(rows, LongColumn("A", Kind.ANY), LongColumn("B", Kind.ANY), LongColumn("C", Kind.MONEY))
    assert xml.count("<row ") == 25_000
    assert "<t>n24999</t>" in xml
    assert xml.count("<t>g3</t>") == 3571
    assert '<c r="C25001" s="4"><v>24999</v></c>' in xml


def test_what_repeats_is_kept_within_limits():
    [xml], _ = written(
        [(f"n{number // 3}", Decimal(number // 3)) for number in range(45_000)],
        LongColumn("A", Kind.ANY),
        LongColumn("B", Kind.MONEY),
    )
    assert xml.count("<t>n14999</t>") == 3
    assert xml.count("<v>14999</v>") == 3


def test_a_column_that_comes_late_is_blank_before():
    with Deflater() as deflater:
        sheet = LongSheet("S", [LongColumn("A")], STYLES, deflater)
        sheet.add(("a",))
        sheet.add_column(LongColumn("B", Kind.MONEY))
        sheet.add(("a", Decimal(2)), 30.5)
        sheet.finish()
        deflater.finish()
        page = sheet.pages[0]
        page.part.file.seek(0)
        xml = zlib.decompressobj(-zlib.MAX_WBITS).decompress(page.part.file.read()).decode()
    assert xml.count("<c ") == 3
    assert '<row r="3" ht="30.5" customHeight="1">' in xml
    assert '<c r="B1" s="9"' in sheet.header()
    assert widths(sheet)[1] == 8


def test_widths_follow_the_content_up_to_a_limit():
    _, sheet = written(
        [("x" * 90, "short", datetime(2026, 1, 1), 12)],
        LongColumn("A"),
        LongColumn("A rather long header"),
        LongColumn("C", Kind.ANY),
        LongColumn("D", Kind.INTEGER, 5),
    )
    assert list(widths(sheet).values()) == [48, 24, 20, 5]


def test_a_full_disk_is_told(monkeypatch):
    with Deflater() as deflater:
        part = deflater.part()

        def full(_text):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(part, "take", full)
        deflater.write(part, "x")
        with pytest.raises(OSError, match="No space"):
            deflater.finish()


def test_the_backlog_is_bounded_and_keeps_the_order():
    with Deflater() as deflater:
        part = deflater.part()
        for number in range(50):
            deflater.write(part, f"{number};")
        deflater.finish()
        part.file.seek(0)
        assert zlib.decompressobj(-15).decompress(part.file.read()).decode() == "".join(f"{n};" for n in range(50))
