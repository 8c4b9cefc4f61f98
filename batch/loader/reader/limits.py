"""How much the child may take: memory by what an honest file of that many cells needs, and processor time."""

from __future__ import annotations

from batch.loader.reader.archive import Package

MEMORY = 448 << 20
"""Bytes of address space, of which the interpreter and the reader take 60 MB, that the child has for any file."""
_OVERHEAD = 100 << 20
_LARGE = 16 << 20
"""Bytes unpacked of a part that is worth counting in: less fits into `MEMORY` whatever it holds."""
_A_STRING = 160
_A_MARK = 80
"""Bytes for each tag that begins or ends a cell's value: a text in its cell takes 123."""
_A_SHEET_BYTE = 4
"""Bytes for each byte of a sheet's XML, which is enough for the ordinary sheet; what it is not enough for is counted."""
_A_BINARY_BYTE = 8
"""The same for the binary formats, whose cells are shorter."""
_SHARED = "xl/sharedstrings.xml"


def limit(memory: int, seconds: int, *, most: int | None = None) -> None:
    """No more memory (bytes of address space), processor time or files than an honest file needs, where the system can.

    `most`: up to which `allow` may raise the memory later; None: it may not.
    """
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    for what, soft, wanted in (
        (resource.RLIMIT_AS, memory, memory if most is None else most),
        # A second more, so that it dies of its time, and not as by anybody's kill.
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
    ):
        _, hard = resource.getrlimit(what)
        last = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(what, (min(soft, last), last))
        except (ValueError, OSError):  # not every system knows every limit
            continue


def allow(memory: int) -> None:
    """Raise the limit on memory to so many bytes, or to the most that there may be."""
    try:
        import resource  # noqa: PLC0415 - as above
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and memory > soft:
        resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))


def room(size: int, package: Package | None, sheet: str | None = None) -> int:
    """Bytes of memory that a workbook of `size` bytes may take beside `MEMORY`, by what it holds.

    `sheet`: the part that will be read, where it is known; only cells that are there give room, not a sheet's corners.
    """
    if package is None:
        return _A_BINARY_BYTE * size
    # The file itself may be there twice.
    needed = 2 * size
    for name, mark in ((_SHARED, b"<si"), ("content.xml", b"table-cell")):
        if package.size(name) > _LARGE:
            needed += _A_STRING * package.count(name, mark)
    if "xl/workbook.bin" in package:
        needed += _A_BINARY_BYTE * package.size_of_all(".bin")
    if sheet is not None and _OVERHEAD + needed + _A_SHEET_BYTE * package.size(sheet) > MEMORY:
        needed += _A_MARK * (package.count(sheet, b"v>") + package.count(sheet, b"is>"))
    return needed
