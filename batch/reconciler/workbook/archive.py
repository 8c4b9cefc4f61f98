"""One file from the designed workbook, whose long sheets are empty, and the deflated rows that belong into them.

Every member has the same date, so the same ledger gives the same bytes.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from typing import IO

from batch.reconciler.workbook.deflate import Part

_DATE = (1980, 1, 1, 0, 0, 0)
_EMPTY = b"<sheetData/>"
_POLYNOMIAL = 0xEDB88320
_COPY = 1 << 20


def combine_crc(first: int, second: int, size: int) -> int:
    """The CRC-32 of two pieces put together, from those of each; `size` is the second one's in bytes.

    Appending zero bytes is linear in the bits of a CRC: a matrix that is squared for each bit of `size`.
    """
    matrix = [_POLYNOMIAL, *(1 << bit for bit in range(31))]  # one zero bit
    for _ in range(3):
        matrix = _squared(matrix)
    while size:
        if size & 1:
            first = _times(matrix, first)
        matrix = _squared(matrix)
        size >>= 1
    return first ^ second


def _times(matrix: list[int], vector: int) -> int:
    total = 0
    for column in matrix:
        if vector & 1:
            total ^= column
        vector >>= 1
    return total


def _squared(matrix: list[int]) -> list[int]:
    return [_times(matrix, column) for column in matrix]


def assemble(target: IO[bytes], designed: IO[bytes], bodies: Mapping[str, tuple[str, str, Part]]) -> None:
    """Write the workbook into `target`.

    `designed` is the workbook with empty long sheets; `bodies` maps the name of such a sheet's member to its dimension
    ("A1:Z100"), its header row and the rows below.
    """
    with zipfile.ZipFile(designed) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            raw = source.read(name)
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            if name not in bodies:
                out.writestr(info, raw)
                continue
            dimension, header, part = bodies[name]
            raw = raw.replace(b'<dimension ref="A1"/>', f'<dimension ref="{dimension}"/>'.encode())
            before, _, after = raw.partition(_EMPTY)
            _append(out, info, before + b"<sheetData>" + header.encode(), part, b"</sheetData>" + after)


def _append(out: zipfile.ZipFile, info: zipfile.ZipInfo, before: bytes, part: Part, after: bytes) -> None:
    # Adds a member whose middle is deflated already: a local header and its bytes by hand, the directory by zipfile.
    file = out.fp
    if file is None:
        raise ValueError("the archive is closed")
    opening = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = opening.compress(before) + opening.flush(zlib.Z_FULL_FLUSH)
    closing = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = closing.compress(after) + closing.flush()
    part.file.seek(0, 2)
    info.file_size = len(before) + part.size + len(after)
    info.compress_size = len(head) + part.file.tell() + len(tail)
    info.CRC = zlib.crc32(after, combine_crc(zlib.crc32(before), part.crc, part.size))
    file.seek(out.start_dir)
    info.header_offset = file.tell()
    file.write(info.FileHeader())
    file.write(head)
    part.file.seek(0)
    while piece := part.file.read(_COPY):
        file.write(piece)
    file.write(tail)
    out.filelist.append(info)
    out.NameToInfo[info.filename] = info
    out.start_dir = file.tell()
