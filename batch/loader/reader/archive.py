"""Zip packages (.xlsx, .xlsm, .xlsb, .ods): looked at before any library unpacks them."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from batch.loader.reader.refusal import Refusal

MAX_PARTS = 10_000
MAX_RATIO = 250
"""How much a part may grow when it is unpacked; an order of identical rows grows about a hundredfold."""
SMALL = 64 << 20
"""Bytes unpacked that are never a bomb, whatever the ratio."""

_PIECE = 1 << 18
_LOCAL = struct.Struct("<26sHH")
_END, _END_RECORD = b"PK\x05\x06", struct.Struct("<2xHIIH")
_END_SIZE = 22
_LONGEST_END = _END_SIZE + 0xFFFF
_WIDER = 0xFFFFFFFF
"""What a directory says where the number is elsewhere, since it is too large (zip64)."""
_UNSAFE = (b"<!DOCTYPE", b"<!ENTITY")
_UNREAD = re.compile(r"(?i)/(?:worksheets|pivot\w*|drawings|theme|printersettings|media)/|^docprops/")


class Package:
    """A zip package, within limits.

    Raises Refusal where it is damaged, encrypted, or unpacks to more than an honest file would.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            raise damaged() from None
        parts = self._zip.infolist()
        self._content = content
        _check_directory(content, self._zip)
        self._names = {part.filename.replace("\\", "/").casefold(): part for part in parts}
        if len(parts) > MAX_PARTS or len(self._names) < len(parts):
            raise Refusal("its package has too many parts, or one twice", "Save it again with a spreadsheet program.")
        size = sum(part.file_size for part in parts)
        if size > SMALL and size > MAX_RATIO * len(content):
            raise Refusal(
                f"it would unpack to {size >> 20:,} MB, {size // len(content):,} times its size: that is no order",
                "Save it again with a spreadsheet program, without empty formatted rows.",
            )
        if any(part.flag_bits & 1 for part in parts):
            raise encrypted()
        self._check_overlaps(parts)

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._names

    def read(self, name: str) -> bytes:
        """The whole of a small part."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces.

        Whoever else reads it sees the same: its stream ends where the directory says, and is as long as it says.
        """
        if (part := self._names.get(name.casefold())) is None:
            raise Refusal("its package lacks a part", "Save it again with a spreadsheet program.")
        size = checksum = 0
        for piece in self._unpacked(part):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if size > part.file_size:
                raise damaged()
            yield piece
        if size != part.file_size or checksum != part.CRC:
            raise damaged()

    def _unpacked(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        start, end = self._place(part)
        if part.compress_type == zipfile.ZIP_STORED:
            for at in range(start, end, _PIECE):
                yield self._content[at : min(at + _PIECE, end)]
            return
        if part.compress_type != zipfile.ZIP_DEFLATED:
            raise Refusal("its package is packed in an unusual way", "Save it again with a spreadsheet program.")
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for at in range(start, end, _PIECE):
                packed = self._content[at : min(at + _PIECE, end)]
                while packed:
                    yield stream.decompress(packed, _PIECE)
                    packed = stream.unconsumed_tail
                    if stream.eof and (stream.unused_data or at + _PIECE < end):
                        raise damaged()
            while not stream.eof:
                piece = stream.decompress(b"", _PIECE)
                if not piece and not stream.eof:
                    raise damaged()
                yield piece
        except zlib.error:
            raise damaged() from None

    def _place(self, part: zipfile.ZipInfo) -> tuple[int, int]:
        """Where a part's bytes begin, and end."""
        at = part.header_offset
        head = self._content[at : at + _LOCAL.size]
        if at < 0 or len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise damaged()
        _, name, more = _LOCAL.unpack(head)
        start = at + _LOCAL.size + name + more
        if start + part.compress_size > len(self._content):
            raise damaged()
        return start, start + part.compress_size

    def _check_overlaps(self, parts: list[zipfile.ZipInfo]) -> None:
        """Refuse parts that share bytes: a few kilobytes can be told as many gigabytes so."""
        last = 0
        for part in sorted(parts, key=lambda one: one.header_offset):
            _, end = self._place(part)
            if part.header_offset < last:
                raise damaged()
            last = end

    def size(self, name: str) -> int:
        """How many bytes a part unpacks to; 0 where there is none."""
        part = self._names.get(name.casefold())
        return part.file_size if part else 0

    def size_of_all(self, ending: str) -> int:
        """How many bytes the parts unpack to whose names end so."""
        return sum(part.file_size for name, part in self._names.items() if name.endswith(ending))

    def count(self, name: str, mark: bytes) -> int:
        """How often `mark` stands in a part, but for those that a piece's end cuts in two."""
        return sum(piece.count(mark) for piece in self.pieces(name))

    def verify(self, ending: str) -> None:
        """Read the parts whose names end so, that they hold what the directory says."""
        for name in self._names:
            if name.endswith(ending):
                for _ in self.pieces(name):
                    pass

    def refuse_entities(self) -> None:
        """Refuse a package whose XML declares entities: they can hide what a cell says, and grow without bound."""
        for name in self._names:
            if name.endswith((".xml", ".rels")) and not _UNREAD.search(name):
                left = b""
                for piece in self.pieces(name):
                    refuse_entities(left + piece)
                    left = piece[-16:]

    def sheet_part(self, sheet: str) -> str:
        """The name of the part that holds the sheet called `sheet` (.xlsx and .xlsm)."""
        root = self._relations("_rels/.rels", "")
        book = next((target for kind, target in root.values() if kind == "officeDocument"), "xl/workbook.xml")
        folder, name = posixpath.split(book)
        relations = self._relations(f"{folder}/_rels/{name}.rels", folder)
        for tag, attributes in elements(self.read(book)):
            if tag == "sheet" and attributes.get("name") == sheet:
                identity = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                if identity in relations and relations[identity][1] in self:
                    return relations[identity][1]
        raise Refusal(f"its sheet {sheet!r} is not where it says", "Save it again with a spreadsheet program.")

    def _relations(self, part: str, folder: str) -> dict[str, tuple[str, str]]:
        """The relations of a part: their id → (kind, the part that they lead to)."""
        found = {}
        for tag, attributes in elements(self.read(part)):
            if tag == "Relationship":
                target = attributes.get("Target", "")
                path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)
        return found


def _ends(content: bytes) -> int:
    """How many records say that the package ends with them, of those that a reader may look for.

    A package within this one, as it stands, has one too, and what follows it is longer than it says.
    """
    count, at = 0, content.find(_END, max(0, len(content) - _LONGEST_END))
    while at != -1:
        if at + _END_SIZE <= len(content):
            *_, comment = _END_RECORD.unpack_from(content, at + 8)
            count += at + _END_SIZE + comment == len(content)
        at = content.find(_END, at + 1)
    return count


def _check_directory(content: bytes, package: zipfile.ZipFile) -> None:
    """Refuse a package with two directories, or one that is not where its end says: one reader takes this, one that."""
    end = content.rfind(_END)
    if end + _END_SIZE > len(content):
        raise damaged()
    parts, size, at, comment = _END_RECORD.unpack_from(content, end + 8)
    told = (
        _ends(content) == 1
        and end + _END_SIZE + comment == len(content)
        and at in {package.start_dir, _WIDER}
        and parts in {len(package.infolist()), _WIDER & 0xFFFF}
        and (_WIDER in {at, size} or at + size <= end)
    )
    if not told:
        raise damaged()


def refuse_entities(piece: bytes) -> None:
    """Raise Refusal where a piece of XML declares a document type or an entity, or is no UTF-8."""
    if any(mark in piece for mark in _UNSAFE) or piece.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        raise Refusal(
            "its XML declares entities or has an unusual encoding, as no spreadsheet program writes it",
            "Open it with a spreadsheet program and save it again.",
        )


def elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small XML part: local name and attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = safe_parser()
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    parse(parser, [xml])
    return found


def safe_parser(encoding: str | None = None) -> expat.XMLParserType:
    """An XML parser that stops at a DOCTYPE. `encoding`: instead of the one that the XML names."""

    def refuse(*_: object) -> None:
        refuse_entities(_UNSAFE[0])

    parser = expat.ParserCreate(encoding)
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    return parser


def parse(parser: expat.XMLParserType, pieces: Iterator[bytes] | list[bytes]) -> None:
    """Parse XML that comes in pieces; Refusal where it is damaged."""
    try:
        for piece in pieces:
            parser.Parse(piece, False)  # noqa: FBT003 - its signature
        parser.Parse(b"", True)  # noqa: FBT003 - as above
    except expat.ExpatError:
        raise damaged() from None


def encrypted() -> Refusal:
    """The file is protected by a password."""
    return Refusal("it is encrypted with a password", "Open it with its password and save it without one.")


def damaged() -> Refusal:
    """The file is not whole."""
    return Refusal("it is damaged or cut short", "Get it again from where it came from, or save it again.")
