"""The child process: limits and the lock first, then the file on standard input, then lines of JSON on standard output.

Lines: `{"lock"}` (how it is locked in), then `{"sheet", "kind", "left", "sha256"}`, then `{"rows", "columns"}` for each chunk, then `{"end": flaws}`; or, at any
time, `{"refused": problem, "remedy"}` and no more.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import sys
import threading
from dataclasses import asdict
from typing import Any, BinaryIO

from batch.loader.reader import csvtext
from batch.loader.reader.archive import Package, encrypted
from batch.loader.reader.heads import headed, sheets_beside
from batch.loader.reader.limits import MEMORY, allow, limit, room
from batch.loader.reader.lock import lock
from batch.loader.reader.packing import send, send_rows
from batch.loader.reader.refusal import Refusal
from batch.loader.reader.sheetods import MOST_MERGED, ods_flaws, with_breaks
from batch.loader.reader.sheetxml import Flaws, Search

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMES = ("cp437", "ascii")
"""The encodings of a package's names."""
_SMALL = 2 << 20
"""Bytes of a file whose other sheets are looked into although the one that is read has orders."""
_REPEATED = 100_000
"""Cells that an .ods may have beyond the bytes that it takes to name one each."""
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<workbook", b"<ss:workbook")


def main() -> None:
    """Answer the request in the last argument."""
    request = json.loads(sys.argv[-1])
    out = sys.stdout.buffer
    send(out, {"lock": shut_in(request["memory"], request["seconds"], request["encoding"], most=request["most"])})
    answer(sys.stdin.buffer, out, request)
    out.flush()


def shut_in(memory: int, seconds: int, encoding: str | None = None, *, most: int | None = None) -> str:
    """Import what reading may need, limit this process, lock it in, and answer how: `lock.SECCOMP` or `lock.LIMITS`.

    `memory` and `seconds` as `limit` takes them. `encoding`: one that a text is said to be in.
    """
    import heapq  # noqa: F401, PLC0415 - which Counter imports late

    import python_calamine  # noqa: F401, PLC0415 - not where this module is only looked at

    # A thread's stack counts as memory, all of it, and some systems are generous with it.
    threading.stack_size(1 << 20)
    # Behind the lock nothing can be imported, and an encoding is a module.
    for name in (*csvtext.ENCODINGS, *_NAMES, *([encoding] if encoding else [])):
        codecs.lookup(name)
    limit(memory, seconds, most=most)
    return lock()


def answer(file: BinaryIO, out: BinaryIO, request: dict[str, Any]) -> None:
    """Read `file` as `request` says (sheet, encoding, delimiter, heads), and write its cells, or why it is refused."""
    try:
        _read(file, out, request)
    except Refusal as refusal:
        send(out, {"refused": refusal.problem, "remedy": refusal.remedy})
    except MemoryError:
        send(out, {"refused": "reading it takes more memory than an order may", "remedy": "Delete what is no order."})


def _read(file: BinaryIO, out: BinaryIO, request: dict[str, Any]) -> None:
    head = file.read(512)
    file.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", _COMPOUND)):
        _read_workbook(file.read(), out, request["sheet"], frozenset(request["heads"]))
        return
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_MARKUP):
        raise Refusal(
            "it is a web page or XML, whatever its name", "Open it with a spreadsheet program, save it as .xlsx."
        )
    if start.startswith((b"%pdf", b"{\\rtf", b"\x1f\x8b")):
        raise Refusal("it is no spreadsheet, whatever its name", "Save the order as .xlsx or .csv.")
    dialect = csvtext.dialect_of(
        file, encoding=request["encoding"], delimiter=request["delimiter"], heads=frozenset(request["heads"])
    )
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    send(out, {"sheet": "", "kind": "csv", "left": 0, "sha256": digest.hexdigest()})
    send_rows(out, csvtext.records(file, dialect))
    send(out, {"end": asdict(Flaws())})


def _read_workbook(content: bytes, out: BinaryIO, wanted: str | None, heads: frozenset[str]) -> None:
    import python_calamine as calamine  # noqa: PLC0415 - not for CSV

    search: tuple[Search, threading.Thread] | None = None
    package = _looked_at(content)
    allow(MEMORY + room(len(content), package))
    try:
        readable = content if package is None or _kind(package) != "ods" else with_breaks(package, content)
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(readable))
        name = _choose(book, wanted)
        kind = _kind(package)
        if package is not None and kind == "xlsx":
            part = package.sheet_part(name)
            allow(MEMORY + room(len(content), package, part))
            search = _begin_search(package, part)
        sheet = book.get_sheet_by_name(name)
        start = sheet.start
        # Only in an .ods a few letters can say that a cell stands there a million times; whoever buys lists each number.
        most = _REPEATED + package.size("content.xml") if package is not None and kind == "ods" else None
        digest = hashlib.sha256(content).hexdigest()
        send(out, {"sheet": name, "kind": kind, "left": start[1] if start else 0, "sha256": digest})
        filled = send_rows(out, sheet.iter_rows(), most) if start else 0
        merged = [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
        is_headed = bool(start) and headed(sheet.iter_rows(), heads)
        del sheet
        looks = not is_headed or (wanted is None and len(content) < _SMALL)
        others = sheets_beside(book, name, heads, hidden=not is_headed) if looks else []
    except calamine.PasswordError:
        raise encrypted() from None
    except OverflowError:
        raise Refusal(
            "a cell in it is formatted as a date or a duration, and holds a number that is far too large for one",
            "Format its columns of numbers as text, enter those numbers again, and save it.",
        ) from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Refusal(
            f"it can't be read as a spreadsheet ({' '.join(str(error).split())[:200]})",
            "Open it with a spreadsheet program and save it again as .xlsx.",
        ) from None
    except MemoryError:
        raise
    except BaseException as error:  # the reader's own panics are no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise Refusal("the reader fails on it", "Open it with a spreadsheet program, save it again as .xlsx.") from None
    flaws = Flaws()
    if search is not None:
        search[1].join()
        flaws = search[0].flaws(filled)
    elif package is not None and kind == "ods":
        flaws = ods_flaws(lambda: package.pieces("content.xml"), name)
    flaws.others = others
    flaws.merged = flaws.merged or merged[:MOST_MERGED]
    send(out, {"end": asdict(flaws)})


def _looked_at(content: bytes) -> Package | None:
    """The package that a workbook is, once it is known to be safe; None: it is none, but one of the old format."""
    if not content.startswith(b"PK"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise encrypted()
        return None
    package = Package(content)
    package.refuse_entities()
    package.verify(".bin")
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise encrypted()
    return package


def _begin_search(package: Package, part: str) -> tuple[Search, threading.Thread]:
    """Search the sheet's bytes for flaws, while the reader (which leaves Python's lock alone) is at work."""
    search = Search(lambda: package.pieces(part))
    thread = threading.Thread(target=search.run)
    thread.start()
    return search, thread


def _kind(package: Package | None) -> str:
    if package is None:
        return "xls"
    if "content.xml" in package:
        return "ods"
    return "xlsb" if "xl/workbook.bin" in package else "xlsx"


def _choose(book: Any, wanted: str | None) -> str:  # noqa: ANN401 - CalamineWorkbook, imported late
    """The name of the sheet to read: the one that is wanted, or the first visible one."""
    import python_calamine as calamine  # noqa: PLC0415 - as above

    sheets = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [str(one.name) for one in sheets]
    if wanted is not None:
        if wanted in names:
            return wanted
        close = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
        if len(close) == 1:
            return close[0]
        raise Refusal(f"it has no sheet called {wanted!r}", f"Its sheets: {', '.join(names) or 'none'}.")
    visible = next((str(one.name) for one in sheets if one.visible == calamine.SheetVisibleEnum.Visible), None)
    if visible is None:
        if not names:
            raise Refusal("it has no sheet of cells", "Open it with a spreadsheet program and save it again as .xlsx.")
        raise Refusal("it has no visible sheet", f"Show one, or name it: --sheet {names[0]}.")
    return visible


if __name__ == "__main__":
    main()
