"""The boxes that comments are shown in: a drawing in VML, as spreadsheet programs still want it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>\s*", re.DOTALL)
_ROW = re.compile(rb"<x:Row>\s*([0-9]{1,7})\s*</x:Row>")
_COLUMN = re.compile(rb"<x:Column>\s*([0-9]{1,5})\s*</x:Column>")
_ANCHOR = re.compile(rb"(<x:Anchor>)([0-9,\s]*)(</x:Anchor>)")
_IDMAP = re.compile(rb"""(<o:idmap\b[^>]*?\bdata\s*=\s*["'])([0-9,]*)(["'])""")
_ROOT = re.compile(rb"<(?:\w+:)?xml\b[^>]*>")
_A_BLOCK = 1023
"""Shapes that a block of identities has room for, beside the drawing itself."""
_WIDTH = 300
_ROW_PIXELS = 20
_LINE_PIXELS = 15
_CHARACTERS = 48
"""In a line of a box so wide."""
_MOST_LINES, _MOST_COLUMNS = 24, 40

_NONE = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    b' xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data=""/>'
    b"</o:shapelayout></xml>"
)
_SHAPE_TYPE = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_NOTE = (
    '<v:shape id="_x0000_s{identity}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
    'width:{width}pt;height:{height}pt;z-index:{order};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


@dataclass(frozen=True, slots=True)
class Note:
    """A box to be drawn: its cell (row and column from 0), and the text that it has room for."""

    row: int
    column: int
    text: str


def blocks(xml: bytes) -> set[int]:
    """The blocks of identities that a drawing has taken: no two drawings of a workbook have the same."""
    return {int(one) for found in _IDMAP.finditer(xml) for one in found[2].split(b",") if one.isdigit()}


def draw(
    xml: bytes | None,
    notes: Iterable[Note],
    *,
    gone: set[tuple[int, int]],
    longer: Mapping[tuple[int, int], str],
    taken: set[int],
    pixels: Callable[[int], int],
) -> bytes:
    """A drawing with boxes for `notes`, without those of the cells `gone`, and with larger ones where text grew.

    `xml`: the drawing as it is, if any. `taken`: blocks of identities in all drawings. `pixels`: how wide a column is.
    """
    drawing = xml if xml and _ROOT.search(xml) and b"</xml>" in xml else _NONE
    drawing = _SHAPE.sub(lambda shape: _changed(shape[0], gone, longer), drawing)
    new = list(notes)
    free = max(taken, default=0) + 1
    mine = [str(free + number) for number in range(-(-len(new) // _A_BLOCK))]
    shapes = []
    for order, note in enumerate(new):
        block, place = divmod(order, _A_BLOCK)
        shapes.append(_note(note, (free + block) * 1024 + place + 1, order + 1, pixels))
    kind = b"" if b'id="_x0000_t202"' in drawing else _SHAPE_TYPE
    end = drawing.rindex(b"</xml>")
    drawing = drawing[:end] + kind + "".join(shapes).encode("ascii") + drawing[end:]
    if _IDMAP.search(drawing):
        return _IDMAP.sub(lambda found: found[1] + _listed(found[2], mine) + found[3], drawing, count=1)
    root = _ROOT.search(drawing)
    at = root.end() if root else 0
    layout = b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="%b"/></o:shapelayout>'
    return drawing[:at] + layout % _listed(b"", mine) + drawing[at:]


def _listed(there: bytes, mine: list[str]) -> bytes:
    return b",".join([*filter(None, there.split(b",")), *(one.encode("ascii") for one in mine)])


def _changed(shape: bytes, gone: set[tuple[int, int]], longer: Mapping[tuple[int, int], str]) -> bytes:
    row, column = _ROW.search(shape), _COLUMN.search(shape)
    if row is None or column is None:
        return shape
    place = (int(row[1]), int(column[1]))
    if place in gone:
        return b""
    return _ANCHOR.sub(lambda found: _grown(found, longer[place]), shape) if place in longer else shape


def _grown(anchor: re.Match[bytes], text: str) -> bytes:
    """An anchor that ends some rows further down."""
    numbers = [int(one) for one in anchor[2].split(b",") if one.strip().isdigit()]
    if len(numbers) != 8:
        return anchor[0]
    numbers[6] += -(-_lines(text) * _LINE_PIXELS // _ROW_PIXELS)
    return anchor[1] + ", ".join(map(str, numbers)).encode("ascii") + anchor[3]


def _lines(text: str) -> int:
    return min(_MOST_LINES, sum(1 + len(line) // _CHARACTERS for line in text.split("\n")))


def _note(note: Note, identity: int, order: int, pixels: Callable[[int], int]) -> str:
    height = _lines(note.text) * _LINE_PIXELS + 12
    column, left = note.column + 1, _WIDTH
    while (width := pixels(column)) <= left and column - note.column < _MOST_COLUMNS:
        left -= width
        column += 1
    rows, rest = divmod(height, _ROW_PIXELS)
    top = max(0, note.row - 1)
    anchor = f"{note.column + 1}, 12, {top}, 4, {column}, {left}, {top + rows}, {rest}"
    return _NOTE.format(
        identity=identity, order=order, anchor=anchor, row=note.row, column=note.column,
        width=round(_WIDTH * 0.75), height=round(height * 0.75),
    )  # fmt: skip
