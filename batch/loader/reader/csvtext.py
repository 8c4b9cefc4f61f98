"""CSV and TSV: the encoding and the delimiter found, every cell left as the text that it is."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, NamedTuple

from batch.loader.reader.heads import squeezed
from batch.loader.reader.refusal import Refusal

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
"""What a text may be found to be in."""
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 200
"""Records that a delimiter is judged by."""
_KEPT_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_NAMED_DELIMITER = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
# The csv module's own limit would refuse a long text without a name; what is too long is refused by cell later.
csv.field_size_limit(4 << 20)
_BROKEN = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, as they are decoded to be counted."""
_BEYOND_ASCII = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]+")
_LONGEST = 16
"""Megabytes without a line break that are no line of an order any more."""


class Dialect(NamedTuple):
    """How a text file is written; `skip` lines at its top are no records (Excel's `sep=;`)."""

    encoding: str
    delimiter: str
    skip: int = 0


def dialect_of(file: BinaryIO, *, encoding: str | None, delimiter: str | None, heads: frozenset[str]) -> Dialect:
    """How `file` is written. `heads` are the headers that a number column may have, in lower case without spaces.

    Raises Refusal where it is no text, or not in `encoding`.
    """
    found = encoding or _encoding_of(file)
    if codecs.lookup(found).name == "utf-8":
        found = "utf-8-sig"  # a mark at its beginning is no part of the first header
    _check(file, found)
    skip = 0
    with _text(file, found) as text:
        named = _NAMED_DELIMITER.fullmatch(text.readline(16))
    if named:
        delimiter, skip = delimiter or named[1], 1
    return Dialect(found, delimiter or _delimiter_of(file, found, heads), skip)


def records(file: BinaryIO, dialect: Dialect, *, strict: bool = True) -> Iterator[list[str]]:
    """The records of `file`, one a row of a spreadsheet (a quoted line break does not end one; a blank line is one).

    Raises Refusal where `strict` and a quotation mark is not closed: it would swallow the rows behind it.
    """
    count = 0
    with _text(file, dialect.encoding) as text:
        for _ in range(dialect.skip):
            text.readline()
        try:
            for record in csv.reader(text, delimiter=dialect.delimiter, strict=strict):
                count += 1
                yield [_unquoted(cell) if cell[:2] == '="' else cell for cell in record]
        except csv.Error as error:
            what = f'a quotation mark (") that is not closed, or text behind a closed one ({error})'
            if "limit" in str(error):
                what = 'a value of millions of characters: a quotation mark (") before it may not be closed'
            raise Refusal(
                f"row {count + 1} has {what}",
                "Double every quotation mark inside a value, or save the file as .xlsx.",
            ) from None


def _unquoted(cell: str) -> str:
    """The text of ="0123", which is how a CSV keeps Excel from making a number of it."""
    found = _KEPT_AS_TEXT.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()  # or it would close the file when it goes


def _encoding_of(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(4096)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        # Windows' "Unicode text" without its mark: nearly every other byte is zero, and which one tells the order.
        odd, even = head[1::2].count(0), head[0::2].count(0)
        if max(odd, even) * 3 > len(head):
            return "utf-16-le" if odd > even else "utf-16-be"
        raise Refusal("this is no text file", "Save the order as .xlsx or .csv.")
    try:
        _check(file, "utf-8")
    except Refusal:
        _refuse_mixed(file)
        return "cp1252"
    return "utf-8"


def _refuse_mixed(file: BinaryIO) -> None:
    """Refuse what is mostly UTF-8: read as cp1252 for the sake of a broken character, all its others would be garbled.

    Text in cp1252 has next to no two letters in a row that happen to be a character of UTF-8.
    """
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    right = wrong = line = first = 0
    end = False
    while not end:
        piece = file.read(1 << 20)
        end = not piece
        text = decoder.decode(piece, final=end)
        broken = _BROKEN.findall(text)
        if broken and not first:
            first = line + 1 + text.count("\n", 0, text.index(broken[0]))
        wrong += len(broken)
        right += sum(map(len, _BEYOND_ASCII.findall(text)))
        line += text.count("\n")
    if right * 3 >= wrong > 0:
        raise Refusal(
            f"its text is UTF-8, but for {'a byte' if wrong == 1 else f'{wrong:,} bytes'} (the first in line {first:,})",
            "Correct that line and save it as UTF-8; or name the encoding that it is in: --encoding cp1252.",
        )


def _check(file: BinaryIO, encoding: str) -> None:
    """Read all of `file` once: a text that changes its encoding half-way must not be half right."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    place = unbroken = 0
    try:
        while piece := file.read(1 << 20):
            text = decoder.decode(piece)
            if "\0" in text:
                raise Refusal(
                    "this is no text file, or not in one encoding", "Save the order as .xlsx or .csv (UTF-8)."
                )
            if encoding not in ENCODINGS:
                text.encode()  # some encodings know halves of characters, which nobody can send
            unbroken = 0 if "\n" in text or "\r" in text else unbroken + 1
            if unbroken > _LONGEST:
                raise Refusal(
                    f"it has a line of more than {_LONGEST} MB (at byte {place:,})",
                    "Look at it in a text editor: the line breaks may be missing. Or save the order as .xlsx.",
                )
            place += len(piece)
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        at = f" (byte {place + error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise Refusal(
            f"its text is not {encoding}{at}", "Save it as CSV UTF-8, or name its encoding: --encoding latin-1."
        ) from None


def _delimiter_of(file: BinaryIO, encoding: str, heads: frozenset[str]) -> str:
    """The delimiter with a number column among its headers, and the most consistent columns."""
    return max(_DELIMITERS, key=lambda delimiter: _score(file, Dialect(encoding, delimiter), heads))


def _score(file: BinaryIO, dialect: Dialect, heads: frozenset[str]) -> tuple[bool, float, int]:
    try:
        sample = [record for record in islice(records(file, dialect, strict=False), _SAMPLE) if any(record)]
    except Refusal:  # with another delimiter its values may be short
        sample = []
    if not sample:
        return False, 0.0, 0
    [(width, rows)] = Counter(map(len, sample)).most_common(1)
    headed = any(squeezed(cell) in heads for record in sample[:20] for cell in record)
    return headed, rows / len(sample) if width > 1 else 0.0, width
