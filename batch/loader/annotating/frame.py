"""What stands around a sheet's rows: columns, merged cells, and where its notes are drawn."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from batch.loader.annotating.markup import Element, Markup, elements_of
from batch.loader.annotating.survey import Frame
from batch.loader.reader.sheetxml import column_index

_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_BEFORE_NOTES = ("sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations",
    "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
    "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing")  # fmt: skip
"""The elements between a sheet's rows and the one that leads to its notes, which has to stand behind all of them."""
_USUAL_PIXELS = 64
_PIXELS_A_CHARACTER, _PADDING = 7, 5


class Columns:
    """The columns of a sheet: the style of cells that are not there, and widths in pixels; columns count from 0."""

    def __init__(self, frame: Frame) -> None:
        p = frame.tokens.prefix
        opening = frame.head.rindex(b"<" + p + b"sheetData")
        root = elements_of(frame.head[:opening] + b"</" + p + b"worksheet>")
        self._usual = _USUAL_PIXELS
        if (usual := root.child("sheetFormatPr")) and (width := _width(usual, "defaultColWidth")) is not None:
            self._usual = width
        self._columns: list[tuple[int, int, Element]] = []
        for columns in root.all("cols"):
            for one in columns.all("col"):
                first, last = one.attributes.get("min", ""), one.attributes.get("max", "")
                if first.isdecimal() and last.isdecimal():
                    self._columns.append((int(first) - 1, int(last) - 1, one))

    def style(self, column: int) -> int:
        """The style of a column's cells that are not there."""
        one = self._at(column)
        style = one.attributes.get("style", "0") if one else "0"
        return int(style) if style.isdecimal() else 0

    def pixels(self, column: int) -> int:
        """How wide a column is on the screen, about."""
        one = self._at(column)
        if one is None:
            return self._usual
        if one.attributes.get("hidden") in {"1", "true"}:
            return 0
        width = _width(one, "width")
        return self._usual if width is None else width

    def _at(self, column: int) -> Element | None:
        return next((one for first, last, one in self._columns if first <= column <= last), None)


def _width(element: Element, name: str) -> int | None:
    try:
        return min(2000, int(float(element.attributes[name]) * _PIXELS_A_CHARACTER + _PADDING))
    except (KeyError, ValueError, OverflowError):
        return None


class Tail:
    """What stands behind a sheet's rows."""

    def __init__(self, frame: Frame) -> None:
        start = 0 if frame.empty else frame.tail.index(b">") + 1
        end = frame.tail.rindex(b"</" + frame.tokens.prefix + b"worksheet")
        self._closing = frame.tail[:start]
        self._after = frame.tail[end:]
        self._prefix = frame.tokens.prefix
        self._markup = Markup(b"<t>" + frame.tail[start:end] + b"</t>", encoding="iso-8859-1")

    @property
    def notes(self) -> str:
        """The identity of the relation to the drawing of the sheet's notes; empty where there is none."""
        found = self._markup.root.child("legacyDrawing")
        if found is None:
            return ""
        return next((value for key, value in found.attributes.items() if key.rpartition(":")[2] == "id"), "")

    def merged(self, cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
        """Those of `cells` (row from 1, column from 0) that a merged one hides, and which one shows instead."""
        wanted = sorted(set(cells))
        found = {}
        for merged in self._markup.root.all("mergeCells"):
            for one in merged.all("mergeCell"):
                if (area := _RANGE.fullmatch(one.attributes.get("ref", ""))) is None:
                    continue
                top, left = int(area[2]), column_index(area[1])
                bottom, right = int(area[4]), column_index(area[3])
                for row, column in wanted[bisect_left(wanted, (top, 0)) : bisect_left(wanted, (bottom + 1, 0))]:
                    if left <= column <= right and (row, column) != (top, left):
                        found[row, column] = (top, left)
        return found

    def lead_to(self, identity: str, office: str) -> None:
        """Let the sheet have its notes' drawing behind the relation `identity`. `office`: how relations' types begin."""
        for astray in self._markup.root.all("legacyDrawing"):
            self._markup.replace(astray, b"")
        before = [one for one in self._markup.root.children if one.name in _BEFORE_NOTES]
        at = before[-1].end if before else self._markup.root.inner
        tag = b"<" + self._prefix + b'legacyDrawing xmlns:r="%b" r:id="%b"/>'
        self._markup.insert(at, tag % (office.encode("ascii"), identity.encode("ascii")))

    def result(self, *, opened: bool) -> bytes:
        """The bytes behind the rows. `opened`: rows were put where there were none."""
        closing = b"</" + self._prefix + b"sheetData>" if opened else self._closing
        return closing + self._markup.result()[len(b"<t>") : -len(b"</t>")] + self._after
