"""A whole workbook in the child process: every sheet's cells, and what a comparison must know beside them.

Lines: `{"properties", "sha256"}`, then for each sheet `{"sheet", "visible", "left"}`, `{"rows", "columns"}` for each chunk and
`{"marks": marks}`, and at last `{"end": true}`; or, at any time, `{"refused": problem, "remedy"}` and no more.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from batch.loader.reader.archive import Package, parse, refuse_entities, safe_parser
from batch.loader.reader.child import shut_in
from batch.loader.reader.limits import MEMORY, allow, room
from batch.loader.reader.packing import send, send_rows
from batch.loader.reader.refusal import Refusal
from batch.loader.reader.sheetxml import Flaws, Search, column_index

_CUSTOM = "docProps/custom.xml"
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_SAVE_AGAIN = "Open it with a spreadsheet program and save it again as .xlsx."


@dataclass
class Marks:
    """What no reader tells of a sheet. Places are (row, column), from 1 and from 0; a place that is not told is (0, 0)."""

    formulas: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    twice: list[tuple[int, int]] = field(default_factory=list)
    values: int = 0
    """Cells with a value."""


def main() -> None:
    """Answer the request in the last argument."""
    request = json.loads(sys.argv[-1])
    shut_in(request["memory"], request["seconds"], most=request["most"])
    out = sys.stdout.buffer
    answer(sys.stdin.buffer, out)
    out.flush()


def answer(file: BinaryIO, out: BinaryIO) -> None:
    """Read the workbook `file`, and write what it holds, or why it is refused."""
    try:
        _read(file.read(), out)
    except Refusal as refusal:
        send(out, {"refused": refusal.problem, "remedy": refusal.remedy})
    except MemoryError:
        send(out, {"refused": "reading it takes more memory than a workbook of its size may", "remedy": _SAVE_AGAIN})


def _read(content: bytes, out: BinaryIO) -> None:
    import python_calamine as calamine  # noqa: PLC0415 - as in `child`

    package = _package(content)
    send(out, {"properties": _properties(package), "sha256": hashlib.sha256(content).hexdigest()})
    allow(MEMORY + room(len(content), package))
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for one in book.sheets_metadata:
            if one.typ == calamine.SheetTypeEnum.WorkSheet:
                name = str(one.name)
                allow(MEMORY + room(len(content), package, package.sheet_part(name)))
                visible = one.visible == calamine.SheetVisibleEnum.Visible
                _read_sheet(package, name, book.get_sheet_by_name, out, visible=visible)
    except (calamine.CalamineError, OSError, ValueError) as error:
        words = " ".join(str(error).split())[:200]
        raise Refusal(f"it can't be read as a workbook ({words})", _SAVE_AGAIN) from None
    except MemoryError:
        raise
    except BaseException as error:  # the reader's own panics are no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise Refusal("the reader fails on it", _SAVE_AGAIN) from None
    send(out, {"end": True})


def _package(content: bytes) -> Package:
    if not content.startswith(b"PK"):
        raise Refusal("it is no .xlsx workbook, or has a password", "Save it as .xlsx, without a password.")
    package = Package(content)
    package.refuse_entities()
    if "xl/workbook.xml" not in package:
        raise Refusal("it is no .xlsx workbook, whatever its name", "Save it as .xlsx.")
    return package


def _read_sheet(package: Package, name: str, get: Callable[[str], Any], out: BinaryIO, *, visible: bool) -> None:
    part = package.sheet_part(name)
    marking = Marking(package.pieces(part))
    sheet = get(name)  # leaves Python's lock alone, while the sheet's bytes are searched
    start = sheet.start
    send(out, {"sheet": name, "visible": visible, "left": start[1] if start else 0})
    filled = send_rows(out, sheet.iter_rows()) if start else 0
    marks = marking.marks()
    if marks.values != filled:
        # Cells that are empty though they hold a value, or two that claim one place: only a walk tells.
        marks.twice = walked(package, part).twice
    send(out, {"marks": asdict(marks)})


class Marking:
    """A search for marks under way, in a thread."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._found: Marks | BaseException = Marks()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found = marks_of(self._pieces)
        except BaseException as error:  # noqa: BLE001 - raised where the marks are asked for
            self._found = error

    def marks(self) -> Marks:
        """What was found. Raises Refusal where the sheet's XML is damaged or unsafe."""
        self._thread.join()
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found


def walked(package: Package, part: str) -> Flaws:
    """What a walk over the sheet's part finds, cell by cell."""
    search = Search(lambda: package.pieces(part))
    search.sign = True
    return search.flaws(0)


def _properties(package: Package) -> dict[str, str]:
    """The properties that whoever made the workbook has added to it: name → text."""
    found: dict[str, str] = {}
    if _CUSTOM not in package:
        return found
    name = ""
    parser = safe_parser()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal name
        if tag.rpartition(":")[2] == "property":
            name = attributes.get("name", "")

    def text(words: str) -> None:
        found[name] = found.get(name, "") + words

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parse(parser, package.pieces(_CUSTOM))
    return {key: words.strip() for key, words in found.items() if key}


# Whatever prefix an element's name has: a file may have several.
_TRUTH = rb"(?!\s*(?:TRUE|FALSE)\(\)\s*</)"
"""Some programs write a truth value as the formula that is nothing else."""
_FORMULA = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f(?:[\s/][^>]*)?>" + _TRUTH)
_ERROR = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt\s*=\s*[\"']e[\"'][^>]*)>")
_HIDDEN = re.compile(rb"<(?:\w+:)?(row|col)\b([^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*)>")
_TRUE = re.compile(rb"hidden\s*=\s*[\"'](?:1|true)")
_IS_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']\$?([A-Za-z]{1,3})\$?([0-9]{1,7})[\"']")
_ROW_NUMBER = re.compile(rb"\br\s*=\s*[\"']([0-9]{1,7})[\"']")
_SPAN = (re.compile(rb"\bmin\s*=\s*[\"']([0-9]{1,5})[\"']"), re.compile(rb"\bmax\s*=\s*[\"']([0-9]{1,5})[\"']"))
_CELLS = (b"<c ", b":c ", b"<c>", b":c>")
_MOST_COLUMNS = 16_384


def marks_of(pieces: Iterator[bytes]) -> Marks:
    """The marks of a sheet whose bytes come in `pieces`. Raises Refusal where its XML is unsafe."""
    marks = Marks()
    left, prefix = b"", None
    for piece in pieces:
        whole = left + piece
        # Cut before a cell begins, so that a formula stays with it; else before the last tag, which may be cut in two.
        cut = max(whole.rfind(mark) for mark in _CELLS)
        cut = whole.rfind(b"<", 0, cut + 1) if cut > 0 else whole.rfind(b"<")
        whole, left = (whole[:cut], whole[cut:]) if cut > 0 else (b"", whole)
        prefix = _search(whole, prefix, marks)
    _search(left, prefix, marks)
    return marks


def _search(whole: bytes, prefix: bytes | None, marks: Marks) -> bytes | None:
    """Add what is found in `whole`; the prefix of the sheet's own elements, None while it is not known."""
    refuse_entities(whole)
    if b"<f" in whole or b":f" in whole:
        marks.formulas += [_place(found[1]) for found in _FORMULA.finditer(whole)]
    if _IS_ERROR.search(whole):
        marks.errors += [_place(found[1]) for found in _ERROR.finditer(whole)]
    if b"hidden" in whole and _TRUE.search(whole):
        for found in _HIDDEN.finditer(whole):
            if found[1] == b"col":
                marks.hidden_columns += _columns(found[2])
                continue
            number = _ROW_NUMBER.search(found[2])
            marks.hidden_rows.append(int(number[1]) if number else 0)
    if prefix is None and (root := _ROOT.search(whole)):
        prefix = root[1] or b""
    # Of another prefix's none is counted: then a walk counts them.
    marks.values += sum(whole.count(b"<%b%b" % (prefix or b"", value)) for value in (b"v>", b"is>", b"v "))
    return prefix


def _place(attributes: bytes) -> tuple[int, int]:
    found = _REFERENCE.search(attributes)
    return (int(found[2]), column_index(found[1].decode())) if found else (0, 0)


def _columns(attributes: bytes) -> list[int]:
    first, last = (pattern.search(attributes) for pattern in _SPAN)
    if first is None or last is None:
        return []
    return list(range(int(first[1]) - 1, min(int(last[1]), _MOST_COLUMNS)))
