"""Order files that somebody made to do harm, or that a broken program left: each from one seed.

A file says what must become of it: `REFUSED`, `SAME` (it is read, and gives the honest orders), `RIGHT` (one of the two), or `EITHER`:
refused, or read without a fault, where a program may well see it one way or the other.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

HONEST = ("12025550101", "12025550102", "12025550103")
"""The numbers that an honest file orders."""
REFUSED, SAME, RIGHT, EITHER = "refused", "same", "right", "either"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Hostile:
    """A file: its name, its bytes, and what must become of it."""

    kind: str
    name: str
    content: bytes
    becomes: str


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _rows(*more: str, first: str = "Number", extra: str = "") -> str:
    rows = [f'<row r="1">{_cell("A1", first)}{_cell("B1", "URI")}{extra}</row>']
    rows += [
        f'<row r="{row}">{_cell(f"A{row}", number)}{_cell(f"B{row}", "a@b.example")}</row>'
        for row, number in enumerate(HONEST, 2)
    ]
    return "".join([*rows, *more])


def _sheet(data: str, *, before: str = "", dimension: str = "") -> str:
    size = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'{before}<worksheet xmlns="{_MAIN}">{size}<sheetData>{data}</sheetData></worksheet>'


def _parts(sheet: str, **more: str) -> dict[str, bytes]:
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Orders" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        _SHEET: sheet,
        **more,
    }
    return {name: text.encode() for name, text in parts.items()}


def _zip(parts: Mapping[str, bytes], *, padded: str = "", megabytes: int = 0) -> bytes:
    """A package; the part `padded` ends in so many megabytes of nothing, which are never in memory at once."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            with package.open(name, "w") as part:
                part.write(content)
                for _ in range(megabytes if name == padded else 0):
                    part.write(b" " * (1 << 20))
    return out.getvalue()


def honest() -> bytes:
    """A plain workbook of the honest orders."""
    return _zip(_parts(_sheet(_rows())))


# The kinds -----------------------------------------------------------------------------------------------------------

_KINDS: list[Callable[[Random], tuple[str, bytes, str]]] = []


def _kind(make: Callable[[Random], tuple[str, bytes, str]]) -> Callable[[Random], tuple[str, bytes, str]]:
    _KINDS.append(make)
    return make


@_kind
def zip_bomb(chance: Random) -> tuple[str, bytes, str]:
    """A part of hundreds of megabytes of nothing."""
    parts = _parts(_sheet(_rows()), **{"xl/sharedStrings.xml": "", "xl/media/image1.png": ""})
    where = chance.choice([_SHEET, "xl/sharedStrings.xml", "xl/media/image1.png"])
    return "bomb.xlsx", _zip(parts, padded=where, megabytes=chance.choice([80, 150, 300])), REFUSED


@_kind
def bomb_of_rows(chance: Random) -> tuple[str, bytes, str]:
    """Millions of empty rows with a format, as a careless program writes them, or cells."""
    row = chance.choice(
        ['<row r="{0}"/>', '<row r="{0}"><c r="A{0}"/></row>', '<row r="{0}"><c r="XFD{0}"><v>1</v></c></row>']
    )
    count = chance.choice([50_000, 200_000])
    data = _rows(*(row.format(number) for number in range(5, count)))
    return "rows.xlsx", _zip(_parts(_sheet(data))), EITHER


@_kind
def entity_bomb(chance: Random) -> tuple[str, bytes, str]:
    """Entities of entities, or a small one that hides a number, or one that names a file."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, chance.randrange(3, 10)))
    declared, used = chance.choice([
        (f'<!ENTITY l0 "ha">{laughs}', "&l2;"),
        ('<!ENTITY hidden "12025550199">', "&hidden;"),
        ('<!ENTITY file SYSTEM "file:///etc/passwd">', "&file;"),
        ('<!ENTITY % remote SYSTEM "http://127.0.0.1:9/x.dtd"> %remote;', "12025550199"),
    ])  # fmt: skip
    before = f"<?xml version='1.0'?><!DOCTYPE worksheet [{declared}]>"
    data = _rows(f'<row r="9">{_cell("A9", used)}</row>')
    return "entities.xlsx", _zip(_parts(_sheet(data, before=before))), REFUSED


@_kind
def entities_elsewhere(chance: Random) -> tuple[str, bytes, str]:
    """The same in another part."""
    parts = _parts(_sheet(_rows()))
    where = chance.choice(["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", "[Content_Types].xml"])
    parts[where] = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + parts[where]
    return "entities.xlsx", _zip(parts), REFUSED


@_kind
def odd_encoding(chance: Random) -> tuple[str, bytes, str]:
    """XML in another encoding, where a search for entities in UTF-8 would see nothing."""
    parts = _parts(_sheet(_rows(), before="<!DOCTYPE x [<!ENTITY a 'b'>]>"))
    parts[_SHEET] = parts[_SHEET].decode().encode(chance.choice(["utf-16", "utf-16-le", "utf-16-be"]))
    return "utf16.xlsx", _zip(parts), REFUSED


@_kind
def sparse_corner(chance: Random) -> tuple[str, bytes, str]:
    """A cell far away makes a sheet of billions of cells."""
    place = chance.choice([("XFD", 1_048_576), ("AAA", 1_048_576), ("XFD", 500_000), ("B", 1_048_576), ("XFD", 2)])
    data = _rows(f'<row r="{place[1]}">{_cell(f"{place[0]}{place[1]}", "x")}</row>') if place[1] > 4 else _rows(
        extra=_cell("XFD1", "x")
    )  # fmt: skip
    return "sparse.xlsx", _zip(_parts(_sheet(data))), EITHER


@_kind
def beyond_the_sheet(chance: Random) -> tuple[str, bytes, str]:
    """Places that no sheet has."""
    row = chance.choice([1_048_577, 2**31, 2**32, 2**63, 0, -1])
    column = chance.choice(["A", "XFE", "ZZZZZZ", ""])
    return "beyond.xlsx", _zip(_parts(_sheet(_rows(f'<row r="{row}">{_cell(f"{column}{row}", "x")}</row>')))), EITHER


@_kind
def lying_dimension(chance: Random) -> tuple[str, bytes, str]:
    """The sheet says that it is of another size than it is."""
    said = chance.choice(["A1", "A1:B2", "A1:XFD1048576", "B2:C3", "nonsense", "A0:A0"])
    becomes = SAME if said in {"A1", "A1:B2", "B2:C3"} else EITHER
    return "lying.xlsx", _zip(_parts(_sheet(_rows(), dimension=said))), becomes


@_kind
def same_place_twice(chance: Random) -> tuple[str, bytes, str]:
    """Two cells claim a place: which one counts is anybody's guess."""
    twice = chance.choice([
        f'<row r="2">{_cell("A2", "12025550199")}</row>',
        f'<row r="9">{_cell("A9", "12025550198")}{_cell("A9", "12025550199")}</row>',
    ])  # fmt: skip
    return "twice.xlsx", _zip(_parts(_sheet(_rows(twice)))), REFUSED


@_kind
def cut_short(chance: Random) -> tuple[str, bytes, str]:
    """A download that broke off."""
    content = honest()
    return "cut.xlsx", content[: chance.randrange(1, len(content) - 1)], REFUSED


@_kind
def flipped(chance: Random) -> tuple[str, bytes, str]:
    """A bit of the package is another."""
    content = bytearray(honest())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return "flipped.xlsx", bytes(content), EITHER


@_kind
def garbled_xml(chance: Random) -> tuple[str, bytes, str]:
    """The package is sound, and a part in it is not."""
    parts = _parts(_sheet(_rows()))
    where = chance.choice(sorted(parts))
    part = bytearray(parts[where])
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(part))
        part[at : at + chance.choice([0, 1, 5])] = chance.choice(
            [b"", b"<", b">", b"\0", b"&", b'"', b"<row>", b"\xff"]
        )
    parts[where] = bytes(part)
    return "garbled.xlsx", _zip(parts), EITHER


@_kind
def missing_part(chance: Random) -> tuple[str, bytes, str]:
    """A part is not there, or not where it is said to be."""
    parts = _parts(_sheet(_rows()))
    del parts[chance.choice(["xl/workbook.xml", "xl/_rels/workbook.xml.rels", _SHEET])]
    return "lacking.xlsx", _zip(parts), REFUSED


@_kind
def leading_elsewhere(chance: Random) -> tuple[str, bytes, str]:
    """Relations that lead out of the package."""
    parts = _parts(_sheet(_rows()))
    target = chance.choice(
        ["../../../../etc/passwd", "/etc/passwd", "http://127.0.0.1:9/", "\\\\host\\share", "workbook.xml"]
    )
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"worksheets/sheet1.xml", target.encode()
    )
    return "elsewhere.xlsx", _zip(parts), REFUSED


@_kind
def deep(chance: Random) -> tuple[str, bytes, str]:
    """Elements within elements within elements."""
    depth = chance.choice([10_000, 200_000, 1_000_000])
    where = chance.choice([_SHEET, "xl/workbook.xml"])
    parts = _parts(_sheet(_rows()))
    parts[where] = parts[where].replace(b">", b">" + b"<a>" * depth + b"</a>" * depth, 1)
    return "deep.xlsx", _zip(parts), EITHER


@_kind
def lying_package(chance: Random) -> tuple[str, bytes, str]:
    """The package's directory contradicts its parts: sizes, checksums, flags, methods, offsets."""
    content = bytearray(honest())
    entry = content.find(b"PK\x01\x02")
    for _ in range(chance.randrange(1, 4)):
        at = entry + chance.choice([8, 10, 16, 20, 24, 42])
        content[at : at + 2] = struct.pack("<H", chance.choice([0, 1, 99, 0x7FFF, 0xFFFF]))
    return "package.xlsx", bytes(content), EITHER


@_kind
def parts_twice(chance: Random) -> tuple[str, bytes, str]:
    """Two parts of one name: one program reads the first, another the last."""
    out = io.BytesIO(honest())
    other = _sheet(_rows().replace(HONEST[0], "12025550199"))
    names = [_SHEET, "xl/Worksheets/Sheet1.XML", "xl\\worksheets\\sheet1.xml"]
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        name = chance.choice(names)
        package.fp.seek(0, 2)
        package.NameToInfo.pop(name, None)  # it would warn, and warnings are errors here
        package.writestr(name, other)
    return "doubled.xlsx", out.getvalue(), REFUSED


@_kind
def protected(chance: Random) -> tuple[str, bytes, str]:
    """Encrypted, by the format's own means or by the package's."""
    if chance.random() < 0.5:
        compound = (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)
        )
        return "protected.xlsx", compound, REFUSED
    content = bytearray(honest())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return "protected.xlsx", bytes(content), REFUSED


@_kind
def something_else(chance: Random) -> tuple[str, bytes, str]:
    """No spreadsheet at all, whatever its name."""
    content = chance.choice([
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"<html><table><tr><td>Number</td></tr></table></html>", b"\x1f\x8b\x08\x00" + bytes(90),
        b"{\\rtf1 Number}", b"\x89PNG\r\n\x1a\n" + bytes(90), b"SQLite format 3\0" + bytes(90), b"\x7fELF" + bytes(200),
        bytes(1000), chance.randbytes(3000), zlib.compress(bytes(10_000)),
    ])  # fmt: skip
    return f"other{chance.choice(['.xlsx', '.xls', '.ods', '.xlsb', '.xlsm'])}", content, REFUSED


@_kind
def odd_text(chance: Random) -> tuple[str, bytes, str]:
    """CSV with bytes that no text holds, or without end."""
    lines = "Number,URI\r\n" + "".join(f"{number},a@b.example\r\n" for number in HONEST)
    content = chance.choice([
        lines.encode("utf-16"), lines.encode("utf-16-le"), lines.encode("utf-32"), lines.encode() + b"\0\0\0", lines.encode() + b"\xff\xfe",
        b"Number," + b"x" * 3_000_000, b"Number,URI\n" + b"," * 500_000, lines.encode() + b'"' + b"\n12025550199" * 1000,
        lines.replace("\r\n", "\r").encode(), lines.encode() + b"\x1a",
    ])  # fmt: skip
    return "text.csv", content, EITHER


@_kind
def wide_or_long(chance: Random) -> tuple[str, bytes, str]:
    """16,384 columns, a text of millions of letters, headers of one name."""
    choice = chance.randrange(3)
    if choice == 0:
        heads = "".join(f'<c t="inlineStr"><is><t>h{n}</t></is></c>' for n in range(16_382))
        return "wide.xlsx", _zip(_parts(_sheet(_rows(extra=heads)))), EITHER
    if choice == 1:
        long = f'<row r="9">{_cell("A9", "1" * chance.choice([32_768, 1_000_000]))}</row>'
        return "long.xlsx", _zip(_parts(_sheet(_rows(long)))), REFUSED
    return (
        "named.xlsx",
        _zip(_parts(_sheet(_rows(extra=_cell("C1", chance.choice(["Number", "NUMBER", "d_i d", "uri"])))))),
        REFUSED,
    )


@_kind
def odd_values(chance: Random) -> tuple[str, bytes, str]:
    """Values that a number's cell may hold and no number is."""
    value = chance.choice(
        [
            "1E+308",
            "-12025550199",
            "NaN",
            "INF",
            "1.7976931348623157E+309",
            "0x1F",
            "1202555019.5",
            "99999999999999999999",
        ]
    )
    kind = chance.choice(["", ' t="n"', ' t="e"', ' t="b"', ' t="d"', ' t="s"', ' t="zz"'])
    return "values.xlsx", _zip(_parts(_sheet(_rows(f'<row r="9"><c r="A9"{kind}><v>{value}</v></c></row>')))), EITHER


@_kind
def formula(chance: Random) -> tuple[str, bytes, str]:
    """A formula without a value in a number's place, or text that a spreadsheet would run."""
    if chance.random() < 0.5:
        return "formula.xlsx", _zip(_parts(_sheet(_rows('<row r="9"><c r="A9"><f>A2+1</f></c></row>')))), REFUSED
    text = chance.choice(["=cmd|'/c calc'!A0", "+1+cmd", "@SUM(1)", "=HYPERLINK(1)"])
    return "formula.xlsx", _zip(_parts(_sheet(_rows(f'<row r="9">{_cell("A9", text)}</row>')))), REFUSED


@_kind
def strings_that_are_not_there(chance: Random) -> tuple[str, bytes, str]:
    """Cells that name shared texts, and a list that has none or lies about how many."""
    table = f'<sst xmlns="{_MAIN}" count="{chance.choice([1, 2**31, 2**63])}" uniqueCount="4000000000"><si><t>x</t></si></sst>'
    data = _rows(f'<row r="9"><c r="A9" t="s"><v>{chance.choice([0, 7, -1, 2**32, 2**64])}</v></c></row>')
    parts = _parts(_sheet(data), **{"xl/sharedStrings.xml": table})
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'.encode(),
    )
    return "strings.xlsx", _zip(parts), EITHER
