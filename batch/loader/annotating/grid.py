"""A sheet's rows, in a stream: marked cells get their style, those that are not there are put where they belong."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

from batch.loader.annotating.markup import Element, elements_of, with_attribute
from batch.loader.annotating.survey import NUMBER, Frame, every, is_odd, rows_of
from batch.loader.cells import column_letters
from batch.loader.reader.refusal import Refusal
from batch.loader.reader.sheetxml import column_index

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]{1,9})["']""")
_BYTES = "iso-8859-1"
"""How a piece of the sheet is read: by its bytes, whatever the whole is written in."""

_NO_ROW = 1 << 30
"""More than any row's number."""

Marks = Mapping[int, Mapping[int, str]]
"""By row (from 1) and column (from 0) the level."""


class Grid:
    """The rows, marked. `restyle` gives the style of a marked cell; `cleaned`: styles to be replaced wherever they stand.

    `base` gives the style of a cell that is not there, by its column.
    """

    def __init__(
        self,
        frame: Frame,
        marks: Marks,
        restyle: Callable[[int, str], int],
        cleaned: Mapping[int, int],
        base: Callable[[int], int],
    ) -> None:
        self._tokens = frame.tokens
        self._frame = frame
        self._marks = marks
        self._restyle = restyle
        self._cleaned = cleaned
        self._base = base
        self._missing = sorted(set(marks) - set(frame.rows))
        self._done: set[int] = set()
        self._row = 0
        self._p = frame.tokens.prefix.decode("ascii")
        self._cell = b"<" + frame.tokens.prefix + b"c "
        styles = b"|".join(str(style).encode("ascii") for style in cleaned) or b"-"
        self._unclean = re.compile(
            rb"(<"
            + re.escape(frame.tokens.prefix)
            + rb"(?:c|row)\s(?:[^<>]*?\s)?s\s*=\s*[\"'])("
            + styles
            + rb")(?=[\"'])"
        )

    def pieces(self, source: Iterator[bytes]) -> Iterator[bytes]:
        """The rows as they are now, from the bytes of the whole sheet; without head and tail."""
        if self._frame.empty:
            yield from self._rows_before(_NO_ROW)
            return
        for rows, _ in rows_of(self._tokens, _behind(source, len(self._frame.head))):
            yield from self._marked(self._clean(rows))
        yield from self._rows_before(_NO_ROW)

    def _clean(self, text: bytes) -> bytes:
        if not self._cleaned:
            return text
        return self._unclean.sub(lambda found: found[1] + str(self._cleaned[int(found[2])]).encode("ascii"), text)

    def _marked(self, text: bytes) -> Iterator[bytes]:
        """Whole rows, with their marks."""
        at, odd = 0, is_odd(text)
        for found in every(self._tokens.row, text, odd=odd):
            named = NUMBER.search(found[0])
            self._row = int(named[1]) if named else self._row + 1
            if self._missing and self._missing[0] < self._row:
                yield text[at : found.start()]
                at = found.start()
                yield from self._rows_before(self._row)
            if self._row in self._marks:
                yield text[at : found.start()]
                at = self._end_of(text, found, odd=odd)
                yield self._marked_row(text[found.start() : at], self._marks[self._row])
        yield text[at:]

    def _end_of(self, text: bytes, row: re.Match[bytes], *, odd: bool) -> int:
        if row[0].endswith(b"/>"):
            return row.end()
        end = next(every(self._tokens.row_end, text, row.end(), odd=odd), None)
        if end is None:
            raise Refusal("a row of its sheet does not end", "Save it again with a spreadsheet program.")
        return end.end()

    def _rows_before(self, row: int) -> Iterator[bytes]:
        """The marked rows that the sheet does not have, up to a row."""
        while self._missing and self._missing[0] < row:
            number = self._missing.pop(0)
            marks = self._marks[number]
            new = b"".join(self._new_cell(number, column, level, None) for column, level in sorted(marks.items()))
            yield f'<{self._p}row r="{number}">'.encode("ascii") + new + f"</{self._p}row>".encode("ascii")

    def _new_cell(self, row: int, column: int, level: str, base: int | None) -> bytes:
        style = self._restyle(self._base(column) if base is None else base, level)
        return f'<{self._p}c r="{column_letters(column)}{row}" s="{style}"/>'.encode("ascii")

    def _marked_row(self, text: bytes, marks: Mapping[int, str]) -> bytes:
        return self._marked_quickly(text, marks) or self._marked_well(text, marks)

    def _marked_quickly(self, text: bytes, marks: Mapping[int, str]) -> bytes:
        """A row whose marked cells are all there and say where they stand, as programs write them; else nothing."""
        for column, level in marks.items():
            found = text.find(f' r="{column_letters(column)}{self._row}"'.encode("ascii"))
            start, end = text.rfind(b"<", 0, max(found, 0)), text.find(b">", found) + 1
            if found < 0 or text[start : start + len(self._cell)] != self._cell:
                return b""
            tag = text[start:end]
            style = _STYLE.search(tag)
            new = str(self._restyle(int(style[1]) if style else 0, level))
            text = text[:start] + with_attribute(tag, "s", new) + text[end:]
        self._done.add(self._row)
        return text

    def _marked_well(self, text: bytes, marks: Mapping[int, str]) -> bytes:
        root = elements_of(text, encoding=_BYTES)
        cells = _cells(root)
        pieces: list[tuple[int, int, bytes]] = []
        # A row's own style is that of its cells that are not there.
        own = root.attributes.get("s", "") if root.attributes.get("customFormat") in {"1", "true"} else ""
        places = sorted(cells)
        opening = text[root.start : root.inner]
        again = self._row in self._done
        self._done.add(self._row)
        for column, level in sorted(marks.items()):
            if (cell := cells.get(column)) is not None:
                style = self._restyle(_style(cell), level)
                pieces.append((cell.start, cell.inner, with_attribute(text[cell.start : cell.inner], "s", str(style))))
                continue
            if again:
                # A row that comes twice: what it lacks stands where it came first.
                continue
            new = self._new_cell(self._row, column, level, int(own) if own.isdecimal() else None)
            behind = bisect_left(places, column)
            at = cells[places[behind]].start if behind < len(places) else root.inner_end
            pieces.append((at, at, new))
            opening = with_attribute(opening, "spans", None)
        return _spliced(text, root, opening, pieces)


def _behind(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """What comes behind the first `size` bytes."""
    for piece in pieces:
        yield piece[size:]
        size = max(0, size - len(piece))


def _cells(row: Element) -> dict[int, Element]:
    """A row's cells by their columns; of two in one place the first."""
    found: dict[int, Element] = {}
    column = -1
    for cell in row.all("c"):
        named = _REFERENCE.fullmatch(cell.attributes.get("r", ""))
        column = column_index(named[1]) if named else column + 1
        found.setdefault(column, cell)
    return found


def _style(cell: Element) -> int:
    style = cell.attributes.get("s", "0")
    return int(style) if style.isdecimal() else 0


def _spliced(text: bytes, row: Element, opening: bytes, pieces: list[tuple[int, int, bytes]]) -> bytes:
    """A row with pieces of it replaced; one without cells is opened for them."""
    if row.inner == row.end:
        closing = f"</{row.prefix}{row.name}>".encode("ascii")
        return opening[:-2].rstrip() + b">" + b"".join(new for _, _, new in pieces) + closing
    out, at = [opening], row.inner
    for start, end, new in sorted(pieces, key=lambda piece: piece[:2]):
        out += [text[at:start], new]
        at = end
    return b"".join([*out, text[at:]])
