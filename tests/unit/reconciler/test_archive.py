"""The file put together from a frame and deflated rows is a sound one."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from batch.reconciler.workbook.archive import assemble, combine_crc
from batch.reconciler.workbook.deflate import Deflater


@pytest.mark.parametrize("size", [0, 1, 7, 255, 65_537])
def test_checksums_combine(size):
    first, second = b"before", bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert combine_crc(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_rows_stand_where_the_frame_was_empty():
    frame = io.BytesIO()
    with zipfile.ZipFile(frame, "w") as archive:
        archive.writestr("a.xml", b"<a/>")
        archive.writestr("sheet.xml", b'<w><dimension ref="A1"/><sheetData/><after/></w>')
        archive.writestr("z.xml", b"<z/>")
    frame.seek(0)
    out = io.BytesIO()
    with Deflater() as deflater:
        part = deflater.part()
        for number in range(1000):
            deflater.write(part, f'<row r="{number}"/>')
        deflater.finish()
        assemble(out, frame, {"sheet.xml": ("A1:B1000", "<head/>", part)})
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.xml", "sheet.xml", "z.xml"]
        rows = "".join(f'<row r="{number}"/>' for number in range(1000))
        assert archive.read("sheet.xml").decode() == (
            f'<w><dimension ref="A1:B1000"/><sheetData><head/>{rows}</sheetData><after/></w>'
        )
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_closed_archive_is_an_error():
    class Closed(zipfile.ZipFile):
        pass

    from batch.reconciler.workbook import archive  # noqa: PLC0415

    closed = Closed(io.BytesIO(), "w")
    closed.close()
    with Deflater() as deflater, pytest.raises(ValueError, match="closed"):
        archive._append(closed, zipfile.ZipInfo("x"), b"", deflater.part(), b"")
