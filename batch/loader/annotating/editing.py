"""A workbook's package with its problems marked: colours, comments, and a sheet that lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from batch.loader.annotating.book import Book
from batch.loader.annotating.comments import Said, comment, said
from batch.loader.annotating.frame import Columns, Tail
from batch.loader.annotating.grid import Grid
from batch.loader.annotating.listing import Listed, Listing, sheet_xml
from batch.loader.annotating.notes import Drawing, Note, blocks
from batch.loader.annotating.parts import Parts, Relations
from batch.loader.annotating.styles import ERROR, Styles
from batch.loader.annotating.survey import Frame, survey
from batch.loader.cells import column_letters
from batch.loader.reader.sheetxml import column_index

MOST_COMMENTS: Final = 5000
"""Comments that are written at most: a spreadsheet program draws each of them."""
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_COMMENTS_TYPE = f"{_OFFICE}.spreadsheetml.comments+xml"
_NOTES_TYPE = f"{_OFFICE}.vmlDrawing"
_STYLES_TYPE = f"{_OFFICE}.spreadsheetml.styles+xml"

Place = tuple[int, int]
"""Row from 1, column from 0."""

_NO_STYLES = (
    '<styleSheet xmlns="{}"><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
"""The styles of a workbook that had none."""


@dataclass
class Edited:
    """A workbook that is marked: its bytes, the name of its sheet of problems, and how many cells have a colour and a comment."""

    content: bytes
    sheet: str
    marked: int
    commented: int
    remarks: list[str] = field(default_factory=list)
    """What could not be kept."""


def edit(content: bytes, sheet: str, file: str, problems: Sequence[Listed], remarks: Sequence[str] = ()) -> Edited:
    """The .xlsx or .xlsm `content` with the problems of its orders' sheet marked and listed; all else as it was.

    Raises Refusal where the package is damaged, or is not what it says.
    """
    parts = Parts(content)
    said_of_it = list(remarks)
    if parts.drop_signatures():
        said_of_it.append("The digital signature is removed: what was signed is the file as it came.")
    book = Book(parts)
    part = parts.sheet_part(sheet)
    styles, styles_part = _styles(parts, book)
    frame = survey(parts.pieces(part), {one.row for one in problems if one.row})
    tail = Tail(frame)
    located = [_located(one, frame) for one in problems]
    marks = _marks(located, tail)
    if elsewhere := {row for row, _ in marks} - set(frame.rows):
        # Merged cells show in rows that nobody had asked for.
        frame = survey(parts.pieces(part), set(frame.rows) | elsewhere)
    commented = 0
    if marks or book.marked_before:
        cleaned = styles.cleaned(forgotten=book.resaved) if book.marked_before else {}
        commented = _Discussion(parts, part, frame, tail).add(_comments(marks), book.main)
        levels: dict[int, dict[int, str]] = {}
        for (row, column), found in marks.items():
            levels.setdefault(row, {})[column] = _worst(found)
        opened = frame.empty and bool(levels)
        head = frame.head[:-2].rstrip() + b">" if opened else frame.head
        grid = Grid(frame, levels, styles.marked, cleaned, Columns(frame).style)
        parts.write(part, lambda: _whole(head, grid.pieces(parts.pieces(part)), tail.result(opened=opened)))
        if commented < len(marks):
            said_of_it.append(f"Every listed cell is coloured, and the first {commented:,} have a comment.")
    listing = Listing(file, sheet, located, said_of_it)
    listed, name = book.enter(listing.last_row)
    parts.write(listed, lambda: sheet_xml(listing, styles, book.main))
    parts.write(styles_part, lambda: iter((styles.result(),)))
    return Edited(parts.package(), name, len(marks), commented, said_of_it)


def _whole(head: bytes, rows: Iterator[bytes], tail: bytes) -> Iterator[bytes]:
    yield head
    yield from rows
    yield tail


def _styles(parts: Parts, book: Book) -> tuple[Styles, str]:
    """The workbook's styles, or new ones where it has none."""
    relation = book.relations.of_kind("styles")
    if relation is not None and (name := book.relations.target(relation)) in parts:
        return Styles(parts.read(name)), name
    name = "xl/styles.xml" if "xl/styles.xml" not in parts else parts.free_name("xl/styles{}.xml")
    parts.declare(name, _STYLES_TYPE)
    book.relations.add("styles", name)
    return Styles(_NO_STYLES.format(book.main).encode("ascii")), name


def _located(one: Listed, frame: Frame) -> Listed:
    """A problem of a whole row is shown at the row's first cell."""
    if not one.row or one.cell:
        return one
    return one._replace(cell=f"{column_letters(frame.rows.get(one.row, 0))}{one.row}")


def _marks(problems: Sequence[Listed], tail: Tail) -> dict[Place, list[Listed]]:
    """The problems of each cell that is shown; those of a cell that a merged one hides say where they belong."""
    by_place: dict[Place, list[Listed]] = {}
    for one in problems:
        if found := _CELL.fullmatch(one.cell):
            by_place.setdefault((int(found[2]), column_index(found[1])), []).append(one)
    shown = tail.merged(by_place)
    marks: dict[Place, list[Listed]] = {}
    for place, found_there in by_place.items():
        there = found_there
        if place in shown:
            there = [one._replace(problem=f"{one.cell}: {one.problem}") for one in found_there]
        marks.setdefault(shown.get(place, place), []).extend(there)
    return marks


def _worst(problems: Sequence[Listed]) -> str:
    return ERROR if any(one.level == ERROR for one in problems) else problems[0].level


def _comments(marks: Mapping[Place, Sequence[Listed]]) -> dict[Place, Said]:
    """Our comments, those on errors first where there are too many."""
    chosen = sorted(marks, key=lambda place: (_worst(marks[place]) != ERROR, place))[:MOST_COMMENTS]
    return {
        place: said([(one.level, one.problem, one.remedy, one.code) for one in marks[place]])
        for place in sorted(chosen)
    }


class _Discussion:
    """The comments of the orders' sheet and the boxes in which they are shown."""

    def __init__(self, parts: Parts, part: str, frame: Frame, tail: Tail) -> None:
        self._parts = parts
        self._relations = Relations(parts, part)
        self._frame = frame
        self._tail = tail

    def add(self, wanted: Mapping[Place, Said], main: str) -> int:
        """Take our comments of an earlier time away, and write those that are wanted; how many there are."""
        relation = self._relations.of_kind("comments")
        part = self._relations.target(relation) if relation is not None else ""
        if part not in self._parts:
            part = ""
        if not wanted and not part:
            return 0
        by_cell = {f"{column_letters(column)}{row}": text for (row, column), text in wanted.items()}
        done = comment(self._parts.read(part) if part else None, by_cell, main)
        if not part:
            part = self._parts.free_name("xl/comments{}.xml")
            self._parts.declare(part, _COMMENTS_TYPE)
            self._relations.add("comments", part)
        self._parts.write(part, done.part)
        boxes = [cell for cell in done.new if _CELL.fullmatch(cell)]
        self._draw(boxes, done.all, done.gone, {cell: by_cell[cell].text for cell in done.longer}, by_cell)
        return len(done.new) + len(done.longer)

    def _draw(
        self, new: list[str], every: list[str], gone: set[str], longer: Mapping[str, str], texts: Mapping[str, Said]
    ) -> None:
        relation = self._relations.by_id(self._tail.notes) if self._tail.notes else None
        name = self._relations.target(relation) if relation is not None else ""
        old = self._parts.read(name) if name in self._parts else None
        if old is None:
            name, new = self._parts.free_name("xl/drawings/vmlDrawing{}.vml"), every
            self._parts.declare_suffix("vml", _NOTES_TYPE)
            self._tail.lead_to(self._relations.add("vmlDrawing", name), self._parts.office)
        drawing = Drawing(old, Columns(self._frame).pixels)
        drawing.change(set(_places(gone)), {place: text for cell, text in longer.items() for place in _places([cell])})
        notes = [Note(*place, texts[cell].text if cell in texts else "") for cell in new for place in _places([cell])]
        self._parts.write(name, drawing.result())
        drawings = [one for one in self._parts.names() if one.lower().endswith(".vml")]
        drawing.add(notes, {block for one in {*drawings, name} for block in blocks(self._parts.read(one))})
        self._parts.write(name, drawing.result())


def _places(cells: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Rows and columns, both from 0."""
    for cell in cells:
        if found := _CELL.fullmatch(cell):
            yield int(found[2]) - 1, column_index(found[1])
