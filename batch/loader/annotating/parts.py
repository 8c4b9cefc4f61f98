"""The parts of a workbook's package, to be changed: what is not changed is copied byte for byte."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator

from batch.loader.annotating.markup import Element, Markup, escaped
from batch.loader.reader.archive import Package
from batch.loader.reader.refusal import Refusal

TYPES = "[Content_Types].xml"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_RELATIONS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LARGE = 1 << 30

Pieces = Callable[[], Iterator[bytes]]


class Relations:
    """The relations of a part to others; those that are added get free identities."""

    def __init__(self, parts: Parts, source: str) -> None:
        self._parts = parts
        self._folder = posixpath.dirname(source)
        self.part = posixpath.join(self._folder, "_rels", f"{posixpath.basename(source)}.rels")
        self._markup = Markup(parts.read(self.part) if self.part in parts else _DECLARATION + _RELATIONS)
        self.all = self._markup.root.all("Relationship")
        self._taken = {one.attributes.get("Id", "").casefold() for one in self.all}

    def target(self, relation: Element) -> str:
        """The name of the part that a relation leads to."""
        target = relation.attributes.get("Target", "")
        if target.startswith("/"):
            return target[1:]
        return posixpath.normpath(posixpath.join(self._folder, target))

    def of_kind(self, kind: str) -> Element | None:
        """The first relation of a kind ("comments")."""
        return next((one for one in self.all if one.attributes.get("Type", "").rpartition("/")[2] == kind), None)

    def by_id(self, identity: str) -> Element | None:
        """The relation of that identity."""
        return next((one for one in self.all if one.attributes.get("Id") == identity), None)

    def add(self, kind: str, target: str) -> str:
        """A new relation to the part `target`; its identity."""
        number = len(self._taken) + 1
        while f"rid{number}" in self._taken:
            number += 1
        self._taken.add(f"rid{number}")
        tag = f"<{self._markup.prefix}Relationship".encode("ascii")
        path = escaped(posixpath.relpath(f"/{target}", f"/{self._folder}"))
        what = f' Id="rId{number}" Type="{self._parts.office}/{kind}" Target="'.encode("ascii")
        self._markup.append(self._markup.root, tag + what + path + b'"/>')
        self._parts.write(self.part, self._markup.result())
        return f"rId{number}"


class Parts:
    """A package under way to another one. Raises Refusal where it is damaged, encrypted or no honest one."""

    def __init__(self, content: bytes) -> None:
        self._package = Package(content)
        self._package.refuse_entities()
        self._stored = zipfile.ZipFile(io.BytesIO(content)).infolist()
        self._changed: dict[str, tuple[str, bytes | Pieces | None]] = {}
        """By the folded name: the name, and what the part is now; None: nothing."""
        root = Markup(self.read("_rels/.rels")).root
        book = next((one for one in root.children if one.attributes.get("Type", "").endswith("/officeDocument")), None)
        self.book = "xl/workbook.xml" if book is None else book.attributes.get("Target", "").lstrip("/")
        """The name of the part that is the workbook."""
        self.office = _STRICT if b"http://purl.oclc.org/ooxml/spreadsheetml" in self.read(self.book) else _TRANSITIONAL
        """How the types of relations begin."""

    def __contains__(self, name: str) -> bool:
        if (changed := self._changed.get(name.casefold())) is not None:
            return changed[1] is not None
        return name in self._package

    def sheet_part(self, sheet: str) -> str:
        """The part that holds the sheet called `sheet`."""
        return self._package.sheet_part(sheet)

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part as it was, in pieces."""
        return self._package.pieces(name)

    def read(self, name: str) -> bytes:
        """A small part as it is now."""
        changed = self._changed.get(name.casefold())
        if changed is None:
            return self._package.read(name)
        if not isinstance(changed[1], bytes):
            raise Refusal("its package lacks a part", "Save it again with a spreadsheet program.")
        return changed[1]

    def write(self, name: str, content: bytes | Pieces) -> None:
        """Give a part new content; pieces are made when the package is written, after all other parts."""
        self._changed[name.casefold()] = (name, content)

    def drop(self, name: str) -> None:
        """Leave a part out, and what is said of its type."""
        types = Markup(self.read(TYPES))
        for one in types.root.all("Override"):
            if _named(one) == name.casefold():
                types.replace(one, b"")
                self.write(TYPES, types.result())
        self._changed[name.casefold()] = (name, None)

    def names(self) -> list[str]:
        """All parts that were there, as they are named."""
        return [one.filename.replace("\\", "/") for one in self._stored]

    def free_name(self, pattern: str) -> str:
        """A name that no part has: `pattern` with a number for its braces."""
        number = 1
        while pattern.format(number) in self:
            number += 1
        return pattern.format(number)

    def declare(self, name: str, content_type: str) -> None:
        """Say of which type a new part is."""
        markup = Markup(self.read(TYPES))
        known = next((one for one in markup.root.all("Override") if _named(one) == name.casefold()), None)
        if known is not None:
            markup.set(known, "ContentType", content_type)
        else:
            tag = f'<{markup.prefix}Override PartName="/'.encode("ascii") + escaped(name)
            markup.append(markup.root, tag + f'" ContentType="{content_type}"/>'.encode("ascii"))
        self.write(TYPES, markup.result())

    def declare_suffix(self, suffix: str, content_type: str) -> None:
        """Say of which type parts with that suffix are, where nobody says it."""
        markup = Markup(self.read(TYPES))
        defaults = markup.root.all("Default")
        if all(one.attributes.get("Extension", "").lower() != suffix for one in defaults):
            tag = f'<{markup.prefix}Default Extension="{suffix}" ContentType="{content_type}"/>'.encode("ascii")
            markup.insert(defaults[-1].end if defaults else markup.root.inner, tag)
            self.write(TYPES, markup.result())

    def drop_signatures(self) -> bool:
        """Remove the package's signatures, which would be wrong from now on; whether there were any."""
        root = Markup(self.read("_rels/.rels"))
        found = [one for one in root.root.children if "/digital-signature/" in one.attributes.get("Type", "")]
        if not found:
            return False
        for one in found:
            root.replace(one, b"")
        self.write("_rels/.rels", root.result())
        for name in self.names():
            if name.casefold().startswith("_xmlsignatures/"):
                self.drop(name)
        return True

    def package(self) -> bytes:
        """The whole package: what stood there in its order, but what is made in pieces last, in the order of its writing."""
        out = io.BytesIO()
        stored = {one.filename.replace("\\", "/").casefold(): one for one in self._stored}
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name, old in stored.items():
                if name not in self._changed:
                    _copy(new, _entry(old), self._package.pieces(old.filename))
                elif isinstance(content := self._changed[name][1], bytes):
                    _copy(new, _entry(old), iter((content,)))
            for made in (False, True):
                for name, (written, content) in self._changed.items():
                    entry = _entry(stored[name]) if name in stored else zipfile.ZipInfo(written)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    if made and callable(content):
                        _copy(new, entry, content())
                    elif not made and name not in stored and isinstance(content, bytes):
                        _copy(new, entry, iter((content,)))
        return out.getvalue()


def _entry(old: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """What the package says of a part, but for its sizes and places."""
    entry = zipfile.ZipInfo(old.filename, old.date_time)
    entry.compress_type = old.compress_type if old.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
    entry.external_attr = old.external_attr
    # How large it will be, about: from 2 GB on the entry is written another way.
    entry.file_size = old.file_size
    return entry


def _copy(package: zipfile.ZipFile, entry: zipfile.ZipInfo, pieces: Iterator[bytes]) -> None:
    with package.open(entry, "w", force_zip64=entry.file_size > _LARGE) as part:
        for piece in pieces:
            part.write(piece)


def _named(override: Element) -> str:
    return override.attributes.get("PartName", "").lstrip("/").casefold()
