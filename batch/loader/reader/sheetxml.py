"""What no reader tells of an .xlsx sheet: formulas without a stored value, error values, places claimed twice, hidden rows.

The sheet's bytes are searched for signs of them, which costs little; only a sheet with a sign is parsed element by element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from batch.loader.reader.archive import damaged, parse, refuse_entities, safe_parser

_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_TRUE = {"1", "true"}
_COLUMNS = 16_384


@dataclass
class Flaws:
    """Places are (row, column), from 1 and from 0."""

    formulas: list[tuple[int, int]] = field(default_factory=list)
    """Formulas without a stored value."""
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    """Excel's error values, with their text."""
    twice: list[tuple[int, int]] = field(default_factory=list)
    """Places that two cells with a value claim."""
    hidden: list[int] = field(default_factory=list)
    """Hidden rows, those behind a filter too."""
    filtered: list[int] = field(default_factory=list)
    """Of those, the rows that a filter is known to hide."""
    hidden_columns: list[int] = field(default_factory=list)
    """Hidden columns, from 0."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Cells that were made one: the first's row and column, the last's."""
    others: list[str] = field(default_factory=list)
    """Other sheets that have a number column."""


@dataclass
class Search:
    """A search of a sheet's bytes, which can run beside the reader: both take their time outside of Python."""

    pieces: Callable[[], Iterator[bytes]]
    """Answers the sheet's bytes, from the beginning, at each call."""
    sign: bool = False
    """A sign of a flaw was found, and the search ended there."""
    values: int = 0
    """Cells with a value."""
    failure: Exception | None = None

    def run(self) -> None:
        """Search; whatever goes wrong is kept for `flaws`."""
        try:
            self._search()
        except Exception as error:  # noqa: BLE001 - raised where the search is asked for its outcome
            self.failure = error

    def flaws(self, filled: int) -> Flaws:
        """The flaws of the sheet. `filled` is how many cells with something in them the reader has found there.

        Raises Refusal where the sheet's XML is damaged or unsafe.
        """
        if self.failure is not None:
            raise self.failure
        return _Walk().flaws(self.pieces) if self.sign or self.values != filled else Flaws()

    def _search(self) -> None:
        left, prefix = b"", None
        signs: tuple[bytes, ...] = ()
        for piece in self.pieces():
            whole = left + piece
            # Cut behind a tag, so that no sign is cut in two.
            cut = whole.rfind(b">") + 1
            whole, left = whole[:cut], whole[cut:]
            refuse_entities(whole)
            if prefix is None:
                found = _ROOT.search(whole)
                prefix = (found[1] or b"") if found else b""
                formula = b"<" + prefix + b"f"
                signs = (formula + b">", formula + b" ", formula + b"/", b't="e"', b"t='e'", b"hidden=")
            if any(sign in whole for sign in signs):
                self.sign = True
                return
            self.values += whole.count(b"<" + prefix + b"v>") + whole.count(b"<" + prefix + b"is>")


class _Walk:
    """One walk over a sheet, element by element."""

    def __init__(self) -> None:
        self.found = Flaws()
        self._row = 0
        self._column = -1
        self._last = (0, -1)
        self._seen: set[tuple[int, int]] | None = None
        self._ordered = True
        self._type = ""
        self._formula = False
        self._value: str | None = None
        self._in_value = False
        self._area: tuple[int, int] | None = None
        self._filter: tuple[int, int] | None = None
        self._rows_end: str | None = None
        """The name of the element that holds the rows, once it has ended: readers end there, whatever follows."""

    def flaws(self, pieces: Callable[[], Iterator[bytes]]) -> Flaws:
        self._parse(pieces())
        if not self._ordered:
            # Every program writes cells in order, and then none can come twice; else each place is remembered.
            self.__init__()  # type: ignore[misc]
            self._seen = set()
            self._parse(pieces())
        if self._filter is not None:
            first, last = self._filter
            self.found.filtered = [row for row in self.found.hidden if first <= row <= last]
        return self.found

    def _parse(self, pieces: Iterator[bytes]) -> None:
        parser = safe_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parse(parser, pieces)

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        prefix, _, local = name.rpartition(":")
        if self._rows_end is not None and local in {"row", "sheetData"} and self._rows_end.rpartition(":")[0] == prefix:
            raise damaged()
        match local:
            case "c":
                self._column += 1
                if found := _REFERENCE.fullmatch(attributes.get("r", "")):
                    self._row, self._column = int(found[2]), column_index(found[1])
                self._type, self._formula, self._value = attributes.get("t", ""), False, None
            case "v" | "is":
                self._in_value, self._value = True, self._value or ""
            case "f":
                self._formula = True
            case "row":
                number = attributes.get("r", "")
                self._row = int(number) if number.isdecimal() else self._row + 1
                self._column = -1
                if attributes.get("hidden") in _TRUE:
                    self.found.hidden.append(self._row)
            case "col" if attributes.get("hidden") in _TRUE:
                self._hide_columns(attributes.get("min", ""), attributes.get("max", ""))
            case "autoFilter":
                self._area = _rows_of(attributes.get("ref", ""))
            case "filterColumn":
                # A filter that is only set up hides nothing: it does once a column of it is chosen from.
                self._filter = self._area
            case _:
                pass

    def _hide_columns(self, first: str, last: str) -> None:
        if first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) <= _COLUMNS:
            self.found.hidden_columns.extend(range(int(first) - 1, int(last)))

    def _text(self, text: str) -> None:
        if self._in_value:
            self._value = (self._value or "") + text

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v" | "is":
                self._in_value = False
            case "c":
                self._cell()
            case "sheetData":
                self._rows_end = name
            case _:
                pass

    def _cell(self) -> None:
        place = (self._row, self._column)
        if self._type == "e":
            self.found.errors.append((*place, self._value or ""))
        elif self._formula and not self._value and self._type != "str":
            self.found.formulas.append(place)
        elif not self._value:
            return
        if place <= self._last:
            self._ordered = False
        self._last = place
        if self._seen is not None:
            if place in self._seen:
                self.found.twice.append(place)
            self._seen.add(place)


def _rows_of(area: str) -> tuple[int, int] | None:
    """The rows below the first of an area such as A1:D20, which is the header of a filter."""
    ends = [_REFERENCE.fullmatch(end) for end in area.split(":")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return None
    return int(ends[0][2]) + 1, int(ends[1][2])


def column_index(letters: str) -> int:
    """The column called `letters`, from 0: "A" → 0, "AA" → 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
