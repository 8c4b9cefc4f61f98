"""The styles of a workbook, with ours added: what a cell looks like stays as it was, but for its fill."""

from __future__ import annotations

from typing import Final

from batch.loader.annotating.markup import Markup, elements_of, with_attribute

ERROR: Final = "error"
WARNING: Final = "warning"

FILLS: Final = {
    (ERROR, False): "FFF9CDB4",
    (WARNING, False): "FFCFE8F8",
    (ERROR, True): "FFD55E01",
    (WARNING, True): "FF0072B3",
}
"""What is wrong, and whether the cell's text is light → its colour: pale vermilion and pale blue, which the colour-blind tell
apart, or the strong ones under light text. No other program's palette has exactly these, so that ours are known again."""

_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
          "colors", "extLst")  # fmt: skip
_EMPTY = {
    "fonts": '<{0}font><{0}sz val="11"/><{0}name val="Calibri"/></{0}font>',
    "fills": '<{0}fill><{0}patternFill patternType="none"/></{0}fill><{0}fill><{0}patternFill patternType="gray125"/></{0}fill>',
    "borders": "<{0}border/>",
    "cellXfs": '<{0}xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',
}
_PLAIN = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
_SOLID = b'<%bfill><%bpatternFill patternType="solid">%b</%bpatternFill></%bfill>'
_BYTES = "iso-8859-1"
"""How a piece of the part is read: by its bytes, whatever the whole is written in."""
_LIGHT = 150
"""Of 255: a text at least so light is not to be read on a pale colour."""


class Styles:
    """The styles part `xml`. What is added is found again instead of added twice."""

    def __init__(self, xml: bytes) -> None:
        markup = Markup(xml)
        missing = [name for name in _EMPTY if markup.root.child(name) is None]
        for name in missing:
            items = _EMPTY[name].format(markup.prefix)
            tag = f"{markup.prefix}{name}"
            markup.put_in_order(f"<{tag}>{items}</{tag}>".encode("ascii"), _ORDER, name)
            markup = Markup(markup.result())
        self._markup = markup
        self._p = markup.prefix
        self._lists: dict[str, list[bytes]] = {}
        self._added: dict[str, list[bytes]] = {}
        self._index: dict[tuple[str, bytes], int] = {}
        for name in _EMPTY:
            found = markup.root.child(name)
            self._lists[name] = [markup.bytes_of(one) for one in found.children] if found else []
            self._added[name] = []
            for number, item in enumerate(self._lists[name]):
                self._index.setdefault((name, item), number)
        self._marked: dict[tuple[int, str], int] = {}

    def add(self, name: str, item: str | bytes) -> int:
        """The place of an item (of "fonts", "fills", "borders" or "cellXfs"), which is added where there is none like it.

        Text has `{0}` where the prefix of its elements belongs.
        """
        content = item.format(self._p).encode("ascii") if isinstance(item, str) else item
        if (name, content) not in self._index:
            self._index[name, content] = len(self._lists[name])
            self._lists[name].append(content)
            self._added[name].append(content)
        return self._index[name, content]

    def marked(self, style: int, level: str) -> int:
        """The style of a cell that had `style`, in the colour of `level`."""
        if (style, level) not in self._marked:
            xf = self._format(style)
            colour = FILLS[level, self._is_light(_number(xf, "fontId"))]
            fill = self.add("fills", self._fill(colour, self._item("fills", _number(xf, "fillId"))))
            tag_end = xf.index(b">") + 1
            tag = with_attribute(with_attribute(xf[:tag_end], "fillId", str(fill)), "applyFill", "1")
            self._marked[style, level] = self.add("cellXfs", tag + xf[tag_end:])
        return self._marked[style, level]

    def cleaned(self, *, forgotten: bool) -> dict[int, int]:
        """Styles in one of our colours → the styles that they were before, for who marks a workbook again.

        `forgotten`: what a fill remembers is not to be believed, so that the cells get none.
        """
        fills = {number: fill for number, item in enumerate(self._lists["fills"]) if (fill := self._before(item))}
        if forgotten:
            fills = dict.fromkeys(fills, b"none")
        found = {}
        for number, xf in enumerate(list(self._lists["cellXfs"])):
            if (was := fills.get(_number(xf, "fillId"))) is not None:
                tag_end = xf.index(b">") + 1
                old = with_attribute(xf[:tag_end], "fillId", str(self.add("fills", was) if was != b"none" else 0))
                found[number] = self.add("cellXfs", old + xf[tag_end:])
        return found

    def result(self) -> bytes:
        """The part with what was added."""
        for name, items in self._added.items():
            parent = self._markup.root.child(name)
            if items and parent is not None:
                self._markup.append(parent, b"".join(items))
                self._markup.set(parent, "count", str(len(self._lists[name])))
        return self._markup.result()

    def _format(self, style: int) -> bytes:
        formats = self._lists["cellXfs"]
        return formats[style] if style < len(formats) else _PLAIN.replace(b"<", b"<" + self._p.encode("ascii"), 1)

    def _item(self, name: str, number: int) -> Markup | None:
        """An item by its place, None where there is none."""
        items = self._lists[name]
        return Markup(items[number], encoding=_BYTES) if number < len(items) else None

    def _fill(self, colour: str, was: Markup | None) -> bytes:
        """Our fill. Its second colour, which no program shows in a solid fill, remembers the one that was there."""
        p = self._p.encode("ascii")
        pattern = was.root.child("patternFill") if was else None
        back = b'<%bbgColor indexed="64"/>' % p
        if was is not None and pattern is not None and pattern.attributes.get("patternType") == "solid":
            old = pattern.child("fgColor")
            back = was.bytes_of(old).replace(b"fgColor", b"bgColor") if old else back
        front = b'<%bfgColor rgb="%b"/>' % (p, colour.encode("ascii"))
        return _SOLID % (p, p, front + back, p, p)

    def _before(self, item: bytes) -> bytes:
        """What a fill of ours remembers: the fill before it, or b"none"; empty where it is not ours."""
        markup = Markup(item, encoding=_BYTES)
        pattern = markup.root.child("patternFill")
        colour = pattern.child("fgColor") if pattern else None
        if pattern is None or colour is None or colour.attributes.get("rgb", "").upper() not in FILLS.values():
            return b""
        back = pattern.child("bgColor")
        if back is None or back.attributes.get("indexed") == "64":
            return b"none"
        p = self._p.encode("ascii")
        front = markup.bytes_of(back).replace(b"bgColor", b"fgColor")
        return _SOLID % (p, p, front + b'<%bbgColor indexed="64"/>' % p, p, p)

    def _is_light(self, font: int) -> bool:
        """Whether a font's text is light, as it is on a dark header."""
        item = self._item("fonts", font)
        colour = item.root.child("color") if item else None
        if colour is None:
            return False
        if "theme" in colour.attributes:
            return colour.attributes["theme"] in {"0", "2"}
        if "indexed" in colour.attributes:
            return colour.attributes["indexed"] in {"1", "9"}
        try:
            red, green, blue = bytes.fromhex(colour.attributes.get("rgb", "FF000000")[-6:])
        except ValueError:
            return False
        return red * 0.3 + green * 0.59 + blue * 0.11 > _LIGHT


def _number(item: bytes, name: str) -> int:
    """A whole number among an item's attributes, 0 where there is none."""
    value = elements_of(item, encoding=_BYTES).attributes.get(name, "0")
    return int(value) if value.isdecimal() else 0
