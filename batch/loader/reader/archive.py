"""Zip packages (.xlsx, .xlsm, .xlsb, .ods): looked at before any library unpacks them."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from batch.loader.reader.refusal import Refusal

MAX_PARTS = 10_000
MAX_RATIO = 250
"""How much a part may grow when it is unpacked; an order of identical rows grows about a hundredfold."""
SMALL = 64 << 20
"""Bytes unpacked that are never a bomb, whatever the ratio."""

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
            raise _damaged() from None
        parts = self._zip.infolist()
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

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._names

    def read(self, name: str) -> bytes:
        """The whole of a small part."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces."""
        try:
            with self._zip.open(self._names[name.casefold()]) as part:
                while piece := part.read(1 << 20):
                    yield piece
        except KeyError:
            raise Refusal("its package lacks a part", "Save it again with a spreadsheet program.") from None
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError):
            raise _damaged() from None
        except Exception as error:  # zlib.error has no name that is sure to be there
            if type(error).__name__ == "error":
                raise _damaged() from None
            raise

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
        raise _damaged() from None


def encrypted() -> Refusal:
    """The file is protected by a password."""
    return Refusal("it is encrypted with a password", "Open it with its password and save it without one.")


def _damaged() -> Refusal:
    return Refusal("it is damaged or cut short", "Get it again from where it came from, or save it again.")
