"""The boxes that comments are shown in: a drawing in VML, as spreadsheet programs still want it.

It is changed by its text: old programs write VML that is no XML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_URIS: Final = {
    "v": b"urn:schemas-microsoft-com:vml",
    "o": b"urn:schemas-microsoft-com:office:office",
    "x": b"urn:schemas-microsoft-com:office:excel",
}
_ROOT = re.compile(rb"<(?:\w+:)?xml\b[^>]*>")
_END = re.compile(rb"</(?:\w+:)?xml\s*>\s*\Z")
_IDMAP = re.compile(rb"""(<\w+:idmap\b[^>]*?\bdata\s*=\s*["'])([0-9,]*)(["'])""")
_IDENTITY = re.compile(rb"_x0000_s([0-9]{1,9})")
_A_BLOCK = 1023
"""Shapes that a block of identities has room for, beside the drawing itself."""
_WIDTH = 300
_ROW_PIXELS = 20
_LINE_PIXELS = 15
_CHARACTERS = 46
"""In a line of a box so wide."""
_MOST_LINES, _MOST_COLUMNS = 24, 40

_NONE = b"<xml></xml>"
_SHAPE_TYPE = (
    '<{v}shapetype id="_x0000_t202" coordsize="21600,21600" {o}spt="202" path="m,l,21600r21600,l21600,xe">'
    '<{v}stroke joinstyle="miter"/><{v}path gradientshapeok="t" {o}connecttype="rect"/></{v}shapetype>'
)
_NOTE = (
    '<{v}shape id="_x0000_s{identity}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
    'width:{width}pt;height:{height}pt;z-index:{order};visibility:hidden" fillcolor="#ffffe1" {o}insetmode="auto">'
    '<{v}fill color2="#ffffe1"/><{v}shadow on="t" color="black" obscured="t"/><{v}path {o}connecttype="none"/>'
    '<{v}textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></{v}textbox>'
    '<{x}ClientData ObjectType="Note"><{x}MoveWithCells/><{x}SizeWithCells/><{x}Anchor>{anchor}</{x}Anchor>'
    "<{x}AutoFill>False</{x}AutoFill><{x}Row>{row}</{x}Row><{x}Column>{column}</{x}Column></{x}ClientData></{v}shape>"
)

Pixels = Callable[[int], int]
"""How wide a column (from 0) is."""


@dataclass(frozen=True, slots=True)
class Note:
    """A box to be drawn: its cell (row and column from 0), and the text that it has room for."""

    row: int
    column: int
    text: str


def blocks(xml: bytes) -> set[int]:
    """The blocks of identities that a drawing has taken: no two drawings of a workbook have the same."""
    return {int(one) for found in _IDMAP.finditer(xml) for one in found[2].split(b",") if one.isdigit()}


class Drawing:
    """A drawing of notes. `xml`: as it is, if there is one. `pixels`: how wide a column is."""

    def __init__(self, xml: bytes | None, pixels: Pixels) -> None:
        self._xml = xml if xml and _ROOT.search(xml) and _END.search(xml) else _NONE
        self._pixels = pixels
        self._prefixes: dict[str, str] = {}
        for usual, uri in _URIS.items():
            self._prefixes[usual] = self._prefix(usual, uri)
        v, x = (self._prefixes[name].encode("ascii") for name in ("v", "x"))
        self._shape = re.compile(rb"<%bshape\s.*?</%bshape>\s*" % (v, v), re.DOTALL)
        self._row = re.compile(rb"<%bRow>\s*([0-9]{1,7})\s*</" % x)
        self._column = re.compile(rb"<%bColumn>\s*([0-9]{1,5})\s*</" % x)
        self._anchor = re.compile(rb"(<%bAnchor>)([0-9,\s]*)(</)" % x)

    def _prefix(self, usual: str, uri: bytes) -> str:
        """The prefix of a namespace, with its colon; it gets one where it has none."""
        root = _ROOT.search(self._xml)
        assert root is not None  # noqa: S101 - what has none was replaced
        declared = re.search(rb"""\sxmlns:(\w+)\s*=\s*["']""" + re.escape(uri) + rb"""["']""", root[0])
        if declared:
            return declared[1].decode("ascii", "replace") + ":"
        name = usual if f" xmlns:{usual}".encode("ascii") not in root[0] else f"numbatch{usual}"
        at = root.end() - 1
        self._xml = self._xml[:at] + b' xmlns:%b="%b"' % (name.encode("ascii"), uri) + self._xml[at:]
        return f"{name}:"

    def change(self, gone: set[tuple[int, int]], longer: Mapping[tuple[int, int], str]) -> None:
        """Take the boxes of the cells `gone` away, and make those larger whose text grew."""

        def changed(found: re.Match[bytes]) -> bytes:
            shape = found[0]
            row, column = self._row.search(shape), self._column.search(shape)
            place = (int(row[1]), int(column[1])) if row and column else (-1, -1)
            if place in gone:
                return b""
            return self._grown(shape, Note(*place, longer[place])) if place in longer else shape

        self._xml = self._shape.sub(changed, self._xml)
        if gone and (found := _IDMAP.search(self._xml)):
            # Blocks that nothing is left of are free again.
            used = {int(number) // 1024 for number in _IDENTITY.findall(self._xml)}
            kept = [one for one in found[2].split(b",") if one.isdigit() and int(one) in used]
            self._xml = self._xml[: found.start(2)] + b",".join(kept) + self._xml[found.end(2) :]

    def _grown(self, shape: bytes, note: Note) -> bytes:
        anchor = self._anchor.search(shape)
        if anchor is None:
            tag = self._prefixes["x"]
            new = f"<{tag}Anchor>{self._place(note)}</{tag}Anchor>"
            return self._row.sub(lambda found: new.encode("ascii") + found[0], shape, count=1)
        numbers = [int(one) for one in anchor[2].split(b",") if one.strip().isdigit()]
        if len(numbers) != 8:
            return shape
        numbers[6] += -(-_lines(note.text) * _LINE_PIXELS // _ROW_PIXELS)
        new = ", ".join(map(str, numbers))
        return shape[: anchor.start(2)] + new.encode("ascii") + shape[anchor.end(2) :]

    def add(self, notes: Sequence[Note], taken: set[int]) -> None:
        """Draw boxes. `taken`: blocks of identities in all drawings of the workbook."""
        if not notes:
            return
        free = max(taken, default=0) + 1
        shapes = [] if b'id="_x0000_t202"' in self._xml else [_SHAPE_TYPE.format(**self._prefixes)]
        for order, note in enumerate(notes):
            block, place = divmod(order, _A_BLOCK)
            shapes.append(self._note(note, (free + block) * 1024 + place + 1, order + 1))
        end = _END.search(self._xml)
        at = end.start() if end else len(self._xml)
        self._xml = self._xml[:at] + "".join(shapes).encode("ascii") + self._xml[at:]
        self._claim([str(free + number) for number in range(-(-len(notes) // _A_BLOCK))])

    def _claim(self, mine: list[str]) -> None:
        """Say which blocks of identities are ours."""
        if found := _IDMAP.search(self._xml):
            listed = ",".join([*filter(None, found[2].decode("ascii").split(",")), *mine])
            self._xml = self._xml[: found.start(2)] + listed.encode("ascii") + self._xml[found.end(2) :]
            return
        layout = '<{o}shapelayout {v}ext="edit"><{o}idmap {v}ext="edit" data="{data}"/></{o}shapelayout>'
        root = _ROOT.search(self._xml)
        at = root.end() if root else 0
        new = layout.format(**self._prefixes, data=",".join(mine)).encode("ascii")
        self._xml = self._xml[:at] + new + self._xml[at:]

    def result(self) -> bytes:
        """The part as it is now."""
        return self._xml

    def _place(self, note: Note) -> str:
        """From where to where a box reaches: column, pixels, row, pixels, twice."""
        column, left = note.column + 1, _WIDTH
        while (width := self._pixels(column)) <= left and column - note.column < _MOST_COLUMNS:
            left -= width
            column += 1
        rows, rest = divmod(_height(note), _ROW_PIXELS)
        top = max(0, note.row - 1)
        return f"{note.column + 1}, 12, {top}, 4, {column}, {left}, {top + rows}, {rest}"

    def _note(self, note: Note, identity: int, order: int) -> str:
        return _NOTE.format(
            **self._prefixes,
            identity=identity,
            order=order,
            anchor=self._place(note),
            row=note.row,
            column=note.column,
            width=round(_WIDTH * 0.75),
            height=round(_height(note) * 0.75),
        )


def _height(note: Note) -> int:
    return _lines(note.text) * _LINE_PIXELS + 12


def _lines(text: str) -> int:
    return min(_MOST_LINES, sum(1 + len(line) // _CHARACTERS for line in text.split("\n")))
