"""What no reader tells of an .ods sheet: tabs and line breaks in its texts, hidden and filtered rows and columns, merged cells.

As with .xlsx, the bytes are searched for signs, and parsed element by element only where there is one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from batch.loader.reader.archive import Package, parse, safe_parser
from batch.loader.reader.sheetxml import Flaws

_SIGN = re.compile(rb"visibility=[\"'](?:collapse|filter)|rows-spanned=[\"'](?!1[\"'])")
_BREAK = re.compile(rb"<text:(tab|line-break)(?:\s[^<>]*)?/>")
_CONTENT = "content.xml"
_KEPT = ("mimetype", "META-INF/manifest.xml")
_ROWS = 1 << 20
_COLUMNS = 16_384
MOST_MERGED = 100_000
"""Hidden rows, or merged cells, that are told at most: of more nobody reads the list."""


def with_breaks(package: Package, content: bytes) -> bytes:
    """The bytes of the document `package`, which are `content`, with tabs and line breaks that the reader does not drop.

    Raises Refusal where it is damaged.
    """
    left = b""
    for piece in package.pieces(_CONTENT):
        if _BREAK.search(left + piece):
            break
        left = piece[-80:]
    else:
        return content
    out = io.BytesIO()
    parts = {name: package.read(name) for name in _KEPT if name in package}
    parts[_CONTENT] = _BREAK.sub(_character, package.read(_CONTENT))
    with zipfile.ZipFile(out, "w") as made:
        for name, part in parts.items():
            # Of no time: to tell it asks the system for its zone, and behind the lock nothing is asked.
            made.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def _character(found: re.Match[bytes]) -> bytes:
    return b"&#9;" if found[1] == b"tab" else b"&#10;"


def ods_flaws(pieces: Callable[[], Iterator[bytes]], sheet: str) -> Flaws:
    """The flaws of the sheet called `sheet`; `pieces` answers the bytes of content.xml, from the beginning, at each call.

    Raises Refusal where its XML is damaged or unsafe.
    """
    left = b""
    for piece in pieces():
        if _SIGN.search(left + piece):
            return _Walk(sheet).flaws(pieces())
        left = piece[-40:]
    return Flaws()


class _Walk:
    """One walk over the content of a document, which has all its sheets."""

    def __init__(self, sheet: str) -> None:
        self.found = Flaws()
        self._sheet = sheet
        self._in_sheet = False
        self._depth = 0
        self._row = 0
        self._place = 0
        self._column = 0
        self._times = 1

    def flaws(self, pieces: Iterator[bytes]) -> Flaws:
        parser = safe_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parse(parser, pieces)
        return self.found

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        told = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        kind = name.rpartition(":")[2]
        if kind == "table":
            # A table within a table (a chart's, a cell's) is none of the sheet's.
            self._depth += 1
            if self._depth == 1:
                self._in_sheet = told.get("name") == self._sheet
                self._row = self._column = 0
        elif self._in_sheet and self._depth == 1:
            self._within(kind, told)

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "table":
            self._depth -= 1
            self._in_sheet = self._in_sheet and self._depth > 0
        elif self._in_sheet and self._depth == 1 and name.endswith(":table-row"):
            self._row += self._times

    def _within(self, kind: str, told: dict[str, str]) -> None:
        match kind:
            case "table-column":
                times = _count(told.get("number-columns-repeated"))
                if told.get("visibility") in {"collapse", "filter"}:
                    last = min(self._column + times, _COLUMNS)
                    self.found.hidden_columns.extend(range(self._column, last))
                self._column += times
            case "table-row":
                self._times, self._place = _count(told.get("number-rows-repeated")), 0
                self._hide(told.get("visibility", ""))
            case "table-cell" | "covered-table-cell":
                down = _count(told.get("number-rows-spanned"))
                right = _count(told.get("number-columns-spanned"))
                if down > 1 and len(self.found.merged) < MOST_MERGED:
                    row = self._row + 1
                    bottom, furthest = min(row + down - 1, _ROWS), _COLUMNS - 1
                    left = min(self._place, furthest)
                    self.found.merged.append((row, left, bottom, min(left + right - 1, furthest)))
                self._place += _count(told.get("number-columns-repeated"))
            case _:
                pass

    def _hide(self, visibility: str) -> None:
        if visibility in {"collapse", "filter"}:
            room = max(0, MOST_MERGED - len(self.found.hidden))
            rows = range(self._row + 1, min(self._row + self._times, _ROWS, self._row + room) + 1)
            self.found.hidden.extend(rows)
            if visibility == "filter":
                self.found.filtered.extend(rows)


def _count(text: str | None) -> int:
    """How often something is repeated: once where nothing, or nonsense, is said."""
    return int(text) if text is not None and text.isdecimal() and 0 < len(text) < 9 and int(text) > 0 else 1
