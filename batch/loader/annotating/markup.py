"""Small XML parts, changed where they are changed and else left byte for byte: elements know their places in the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from batch.loader.reader.archive import parse, safe_parser

_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_WRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML can't hold, not even as a reference."""
_ESCAPE = re.compile("_x[0-9A-Fa-f]{4}_")


@dataclass(slots=True, eq=False)
class Element:
    """An element: its tag lies at `start:inner`, what it holds at `inner:inner_end`, and it ends at `end`.

    `name` is without its prefix ("x:", kept in `prefix`).
    """

    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """What stands right in it, without what its children hold."""

    def child(self, name: str) -> Element | None:
        """Its first child of that name."""
        return next((one for one in self.children if one.name == name), None)

    def all(self, name: str) -> list[Element]:
        """Its children of that name."""
        return [one for one in self.children if one.name == name]

    def words(self) -> str:
        """Its text and that of all in it."""
        return self.text + "".join(one.words() for one in self.children)


class Markup:
    """A part that is changed: what is asked for is collected, and `result` is the part with all of it.

    Raises Refusal where it is no XML. New bytes are ASCII, and so right in whatever encoding the part is written.
    """

    def __init__(self, xml: bytes, *, encoding: str | None = None) -> None:
        self.xml = xml
        self.root = elements_of(xml, encoding=encoding)
        self._pieces: list[tuple[int, int, bytes]] = []
        self._attributes: dict[Element, dict[str, str | None]] = {}
        self._appended: dict[Element, list[bytes]] = {}

    @property
    def prefix(self) -> str:
        """The prefix of the root's name, with its colon."""
        return self.root.prefix

    def bytes_of(self, element: Element) -> bytes:
        """The element as it stands."""
        return self.xml[element.start : element.end]

    def replace(self, element: Element, new: bytes) -> None:
        """Put `new` in an element's place."""
        self._pieces.append((element.start, element.end, new))

    def insert(self, at: int, new: bytes) -> None:
        """Put `new` before the byte at `at`; behind what was put there before."""
        self._pieces.append((at, at, new))

    def append(self, parent: Element, new: bytes) -> None:
        """Put `new` at the end of what `parent` holds."""
        self._appended.setdefault(parent, []).append(new)

    def set(self, element: Element, name: str, value: str | None) -> None:
        """Give an element an attribute, or take it away (None)."""
        self._attributes.setdefault(element, {})[name] = value

    def put_in_order(self, new: bytes, order: tuple[str, ...], name: str) -> None:
        """Put `new`, an element called `name`, among the root's children, which stand in `order`."""
        before = order[: order.index(name) + 1]
        last = next((one for one in reversed(self.root.children) if one.name in before), None)
        if last is not None:
            self.insert(last.end, new)
        elif self.root.inner == self.root.end:
            self.append(self.root, new)
        else:
            self.insert(self.root.inner, new)

    def result(self) -> bytes:
        """The part with its changes."""
        pieces = list(self._pieces)
        for element in {**self._attributes, **self._appended}:
            tag = self.xml[element.start : element.inner]
            for name, value in self._attributes.get(element, {}).items():
                tag = with_attribute(tag, name, value)
            appended = b"".join(self._appended.get(element, ()))
            if appended and tag.endswith(b"/>"):
                closing = f"</{element.prefix}{element.name}>".encode("ascii")
                tag = tag[:-2].rstrip() + b">" + appended + closing
            elif appended:
                pieces.append((element.inner_end, element.inner_end, appended))
            pieces.append((element.start, element.inner, tag))
        out, at = [], 0
        for start, end, new in sorted(pieces, key=lambda piece: piece[:2]):
            out += [self.xml[at:start], new]
            at = end
        return b"".join([*out, self.xml[at:]])


def elements_of(xml: bytes, *, encoding: str | None = None) -> Element:
    """The root element of `xml`, with all that it holds. `encoding`: read it so, whatever it says itself.

    Raises Refusal where it is no XML, or declares a document type.
    """
    found: list[Element] = []
    open_: list[Element] = []
    parser = safe_parser(encoding)

    def start(name: str, attributes: dict[str, Any]) -> None:
        prefix, colon, local = name.rpartition(":")
        at = parser.CurrentByteIndex
        tag = _TAG.match(xml, at)
        inner = tag.end() if tag else at
        element = Element(local, prefix + colon, attributes, at, inner)
        (open_[-1].children if open_ else found).append(element)
        open_.append(element)

    def end(_name: str) -> None:
        element = open_.pop()
        if xml[element.inner - 2 : element.inner] == b"/>":
            element.inner_end = element.end = element.inner
        else:
            element.inner_end = parser.CurrentByteIndex
            element.end = xml.index(b">", element.inner_end) + 1

    def text(characters: str) -> None:
        open_[-1].text += characters

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parse(parser, [xml])
    return found[0]


def with_attribute(tag: bytes, name: str, value: str | None) -> bytes:
    """A start tag with an attribute set, or without it (None)."""
    written = re.compile(rb"""\s+""" + re.escape(name.encode("ascii")) + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""")
    new = b"" if value is None else f' {name}="'.encode("ascii") + escaped(value) + b'"'
    if written.search(tag):
        return written.sub(lambda _: new, tag, count=1)
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + new + tag[end:]


def escaped(text: str) -> bytes:
    """`text` as it stands in XML, in an element as in an attribute: in ASCII; what XML can't hold is a question mark."""
    clean = _WRITABLE.sub("\ufffd", text)
    clean = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    # As references, or a parser would make plain spaces and line feeds of them.
    clean = clean.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")
    return clean.encode("ascii", "xmlcharrefreplace")


def text_of_cell(text: str) -> bytes:
    """`text` as it stands in a cell: what looks like a spreadsheet's own escapes (_x000D_) stays what it is."""
    return escaped(_ESCAPE.sub(lambda found: f"_x005F{found[0]}", text))
