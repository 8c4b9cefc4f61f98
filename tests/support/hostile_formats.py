"""Hostile files of the other formats: .ods, .xlsb and .xls."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from random import Random

from support.hostile import EITHER, HONEST, REFUSED, RIGHT, SAME, _kind

_URN = "urn:oasis:names:tc:opendocument:xmlns"
_XLS = (Path(__file__).parents[1] / "unit" / "loader" / "samples" / "orders.xls").read_bytes()


def _text(value: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{value}</text:p></table:table-cell>'


def _ods(
    rows: str = "", *, before: str = "", manifest: str = "", encoding: str = "utf-8", name: str = "content.xml"
) -> bytes:
    honest = "".join(
        f"<table:table-row>{_text(number)}{_text(uri)}</table:table-row>"
        for number, uri in [("Number", "URI"), *[(number, "a@b.example") for number in HONEST]]
    )
    content = (
        f'{before}<office:document-content xmlns:office="{_URN}:office:1.0" xmlns:table="{_URN}:table:1.0"'
        f' xmlns:text="{_URN}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Order">'
        f"{honest}{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr(name, content.encode(encoding))
        package.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return out.getvalue()


@_kind
def repeated_cells(chance: Random) -> tuple[str, bytes, str]:
    """A row or a cell that says it stands there a million times."""
    rows, columns = chance.choice(
        [(1, 16_384), (1_048_572, 1), (1_048_572, 16_384), (2**31, 1), (2**63, 2**63), (-1, 0), (1000, 1000)]
    )
    times = f' table:number-rows-repeated="{rows}"', f' table:number-columns-repeated="{columns}"'
    if chance.random() < 0.5:
        row = f"<table:table-row{times[0]}><table:table-cell{times[1]}/></table:table-row>"
        return "repeated.ods", _ods(row), RIGHT
    return "repeated.ods", _ods(f"<table:table-row{times[0]}>{_text('x', times[1])}</table:table-row>"), EITHER


@_kind
def corner_of_ods(chance: Random) -> tuple[str, bytes, str]:
    """A cell in a far corner, behind empty ones that are told once."""
    rows, columns = chance.choice([(1_048_571, 16_383), (1_048_571, 500), (500_000, 16_383), (1_000_000, 100)])
    row = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/></table:table-row><table:table-row>'
        f'<table:table-cell table:number-columns-repeated="{columns}"/>{_text("x")}</table:table-row>'
    )
    return "corner.ods", _ods(row), REFUSED


@_kind
def entities_of_ods(chance: Random) -> tuple[str, bytes, str]:
    """A document type in an .ods, with an entity that hides a number or names a file; in UTF-16 too."""
    entity = chance.choice([
        "<!ENTITY a '12025550199'>", "<!ENTITY a SYSTEM 'file:///etc/passwd'>", "<!ENTITY % a SYSTEM 'http://127.0.0.1:9/x.dtd'>%a;", "",
    ])  # fmt: skip
    encoding = chance.choice(["utf-8", "utf-8", "utf-16", "utf-16-be", "utf-8-sig"])
    return "entities.ods", _ods(before=f"<!DOCTYPE x [{entity}]>", encoding=encoding), REFUSED


@_kind
def damaged_ods(chance: Random) -> tuple[str, bytes, str]:
    """An .ods that is encrypted, cut short, lacks its content, or is nested deeply."""
    match chance.randrange(4):
        case 0:
            manifest = '<file-entry full-path="content.xml"><encryption-data checksum="x"/></file-entry>'
            return "odd.ods", _ods(manifest=manifest), REFUSED
        case 1:
            content = _ods()
            return "odd.ods", content[: chance.randrange(1, len(content) - 1)], REFUSED
        case 2:
            return "odd.ods", _ods(name=chance.choice(["styles.xml", "Content/content.xml"])), REFUSED
        case _:
            depth = chance.choice([5_000, 300_000])
            row = f"<table:table-row>{_text('<text:span>' * depth + '</text:span>' * depth)}</table:table-row>"
            return "odd.ods", _ods(row), EITHER


def _record(kind: int, content: bytes = b"", length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    told = b""
    for _ in range(4):
        size, low = size >> 7, size & 0x7F
        told += bytes([low | (0x80 if size else 0)])
        if not size:
            break
    return head + told + content


def _wide(text: str, length: int | None = None) -> bytes:
    return struct.pack("<I", len(text) if length is None else length) + text.encode("utf-16-le")


def _xlsb(cells: bytes = b"", *, size: tuple[int, int] = (3, 1), bundle: bytes = b"", strings: bytes = b"") -> bytes:
    data = b""
    for number, row in enumerate([("Number", "URI"), *[(one, "a@b.example") for one in HONEST]]):
        data += _record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        data += b"".join(_record(6, struct.pack("<II", at, 0) + _wide(cell)) for at, cell in enumerate(row))
    dimension = _record(148, struct.pack("<IIII", 0, size[0], 0, size[1]))
    sheet = _record(129) + dimension + _record(145) + data + cells + _record(146) + _record(130)
    sheets = _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Sheet1"))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.bin", _record(131) + _record(143) + sheets + bundle + _record(144) + _record(132))
        package.writestr(
            "xl/_rels/workbook.bin.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.bin"/>'
            f'<Relationship Id="rId2" Type="{relation}/sharedStrings" Target="sharedStrings.bin"/></Relationships>',
        )
        package.writestr("xl/worksheets/sheet1.bin", sheet)
        if strings:
            package.writestr("xl/sharedStrings.bin", strings)
    return out.getvalue()


@_kind
def lying_xlsb(chance: Random) -> tuple[str, bytes, str]:
    """Records and texts of an .xlsb that say they are longer or shorter than they are, or name what is not there."""
    row = _record(0, struct.pack("<IIHHBI", 8, 0, 300, 0, 0, 0))
    place = struct.pack("<II", 0, 0)
    length = chance.choice([0, 1, 3, 255, 2**20, 2**28 - 1])
    match chance.randrange(6):
        case 0:
            return "lying.xlsb", _xlsb(row + _record(6, place + _wide("12025550199", length * 16 % 2**32))), EITHER
        case 1:
            return "lying.xlsb", _xlsb(row + _record(6, place + _wide("x"), length)), EITHER
        case 2:
            return (
                "lying.xlsb",
                _xlsb(size=chance.choice([(0, 0), (2**20 - 1, 2**14 - 1), (2**32 - 1, 2**32 - 1)])),
                EITHER,
            )
        case 3:
            return (
                "lying.xlsb",
                _xlsb(row + _record(7, place + struct.pack("<I", chance.choice([0, 9, 2**32 - 1])))),
                EITHER,
            )
        case 4:
            head = _record(159, struct.pack("<II", 1, chance.choice([1, 2**31, 2**32 - 1])))
            return "lying.xlsb", _xlsb(strings=head + _record(19, b"\0" + _wide("x", length))), EITHER
        case _:
            return "lying.xlsb", _xlsb(bundle=_record(156, struct.pack("<II", 0, 2) + _wide("rId9", length))), EITHER


@_kind
def corner_of_xlsb(chance: Random) -> tuple[str, bytes, str]:
    """A cell far away in an .xlsb, or beyond the sheet."""
    row, column = chance.choice(
        [(1_048_575, 16_383), (1_048_575, 300), (2**32 - 1, 0), (9, 2**32 - 1), (500_000, 16_383)]
    )
    cells = _record(0, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0)) + _record(
        6, struct.pack("<II", column, 0) + _wide("x")
    )
    return "corner.xlsb", _xlsb(cells), EITHER if 2**32 - 1 in (row, column) else REFUSED


@_kind
def garbled_xlsb(chance: Random) -> tuple[str, bytes, str]:
    """An .xlsb with bytes exchanged within its parts."""
    source = zipfile.ZipFile(io.BytesIO(_xlsb()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            part = bytearray(source.read(name))
            if name.endswith(".bin"):
                for _ in range(chance.randrange(1, 5)):
                    part[chance.randrange(len(part))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
            package.writestr(name, bytes(part))
    return "garbled.xlsb", out.getvalue(), EITHER


@_kind
def garbled_xls(chance: Random) -> tuple[str, bytes, str]:
    """An .xls with numbers in it that lie: lengths of records, places of cells, sectors that lead in circles."""
    content = bytearray(_XLS)
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(0, len(content) - 4, 2)
        value = chance.choice([0, 1, 0xFFFF, 0x7FFF, 0x8000, 0xFFFE, chance.randrange(65536)])
        struct.pack_into("<H", content, at, value)
    return "garbled.xls", bytes(content), EITHER


@_kind
def garbled_container(chance: Random) -> tuple[str, bytes, str]:
    """An .xls whose container lies: its header and its table of sectors."""
    content = bytearray(_XLS)
    for _ in range(chance.randrange(1, 4)):
        at = chance.choice(
            [0x1A, 0x1C, 0x1E, 0x20, 0x2C, 0x30, 0x38, 0x3C, 0x40, 0x44, 0x48, 0x4C, *range(0x200, 0x240, 4)]
        )
        struct.pack_into("<I", content, at, chance.choice([0, 1, 2, 0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFF, 0x10000]))
    return "container.xls", bytes(content), EITHER


@_kind
def cut_xls(chance: Random) -> tuple[str, bytes, str]:
    """An .xls whose download broke off, within its header too."""
    return "cut.xls", _XLS[: chance.choice([chance.randrange(1, 600), chance.randrange(1, len(_XLS) - 600)])], EITHER


@_kind
def old_or_protected_xls(chance: Random) -> tuple[str, bytes, str]:
    """The formats before .xls had a container, and one with a password."""
    match chance.randrange(3):
        case 0:
            begin = struct.pack("<HHHH", 0x0009, 4, 0x0002, 0x0010)
            cell = struct.pack("<HHHH3sB", 0x0004, 14, 0, 0, b"\0\0\0", 6) + b"Number"
            return "old.xls", begin + cell + struct.pack("<HH", 0x000A, 0), REFUSED
        case 1:
            begin = struct.pack("<HHHHI", 0x0409, 8, 0x0000, 0x0010, 0)
            return "old.xls", begin + struct.pack("<HH", 0x000A, 0) + bytes(100), REFUSED
        case _:
            content = bytearray(_XLS)
            at = content.find(struct.pack("<HH", 0x0809, 16))
            following = at + 20
            # The record behind the first becomes the one that says: a password.
            struct.pack_into("<H", content, following, 0x002F)
            return "protected.xls", bytes(content), EITHER


@_kind
def honest_in_each_format(chance: Random) -> tuple[str, bytes, str]:
    """Nothing is wrong with these: the walls keep nobody out who is welcome."""
    name, content = chance.choice([("honest.ods", _ods()), ("honest.xlsb", _xlsb()), ("honest.xlsx", _ods())])
    return name, content, SAME
