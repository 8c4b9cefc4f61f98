"""One walk over a sheet's bytes, in a stream: what stands around its rows, and which of them are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from batch.loader.reader.refusal import Refusal
from batch.loader.reader.sheetxml import column_index

_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_REST_OF_TAG = rb"""[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>"""
_ASIDE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
"""What holds no elements: comments and the like."""
_FIRST_CELL = re.compile(rb"""\s*<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Z]{1,3})[0-9]""")
NUMBER = re.compile(rb"""\sr\s*=\s*["']([0-9]{1,9})["']""")
"""A row's number, in its tag."""


class Tokens:
    """What is looked for in the bytes of a sheet whose elements have a prefix."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self.prefix = prefix
        self.opens = b"<" + prefix + b"row"
        self.row = _patterns(rb"<" + p + rb"row(?=[\s/>])" + _REST_OF_TAG)
        self.row_end = _patterns(rb"</" + p + rb"row\s*>")
        self.data = _patterns(rb"<" + p + rb"sheetData(?=[\s/>])" + _REST_OF_TAG)
        self.data_end = _patterns(rb"</" + p + rb"sheetData\s*>")


Patterns = tuple[re.Pattern[bytes], re.Pattern[bytes]]
"""A plain one, and one that passes over comments and the like, in which nothing counts: ten times as slow."""


def _patterns(token: bytes) -> Patterns:
    return re.compile(token), re.compile(_ASIDE.pattern + rb"|" + token, re.DOTALL)


def is_odd(text: bytes) -> bool:
    """Whether there are comments or the like in `text`: no spreadsheet program writes any."""
    return b"<!" in text or b"<?" in text


def every(token: Patterns, text: bytes, start: int = 0, *, odd: bool) -> Iterator[re.Match[bytes]]:
    """Every such token from `start` on. `odd`: there are comments and the like."""
    if not odd:
        return token[0].finditer(text, start)
    return (found for found in token[1].finditer(text, start) if not found[0].startswith((b"<!", b"<?")))


@dataclass
class Frame:
    """A sheet without its rows."""

    tokens: Tokens
    head: bytes
    """Up to and with the tag that opens the rows."""
    tail: bytes
    """From what closes them on; where there are none, from behind the tag."""
    empty: bool
    rows: dict[int, int] = field(default_factory=dict)
    """Of the rows that were asked for, those that are there, and the column of the first cell of each."""


def survey(pieces: Iterator[bytes], wanted: set[int]) -> Frame:
    """One walk over a sheet's bytes: its frame, and which of the rows `wanted` it has.

    Raises Refusal where it has no rows, or they do not end.
    """
    text = b""
    frame: Frame | None = None
    for piece in pieces:
        text += piece
        if (frame := _frame(text)) is not None:
            break
    if frame is None:
        raise _endless()
    rest = chain((text[len(frame.head) :],), pieces)
    if frame.empty:
        frame.tail = b"".join(rest)
        return frame
    row = 0
    for rows, tail in rows_of(frame.tokens, rest):
        row = _note_rows(frame, rows, row, wanted)
        frame.tail = tail
    return frame


def rows_of(tokens: Tokens, pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Whole rows, some at a time, of the bytes behind the tag that opens them; the last with all that stands behind the rows.

    Where there are comments or the like, all rows come at once: what begins like one may not have ended yet.
    """
    text = b""
    for piece in pieces:
        text += piece
        if odd := is_odd(text):
            text += b"".join(pieces)
        closed = next(every(tokens.data_end, text, odd=odd), None) if b"sheetData" in text else None
        if closed:
            yield text[: closed.start()], text[closed.start() :] + b"".join(pieces)
            return
        cut = max(0, text.rfind(tokens.opens))
        yield text[:cut], b""
        text = text[cut:]
    raise _endless()


def _endless() -> Refusal:
    return Refusal("its sheet has no rows, or does not end", "Save it again with a spreadsheet program.")


def _frame(text: bytes) -> Frame | None:
    """The frame of the sheet that begins with `text`, None as long as it does not show."""
    root = _ROOT.search(text)
    if root is None:
        return None
    tokens = Tokens(root[1] or b"")
    opening = next(every(tokens.data, text, odd=True), None)
    if opening is None or is_odd(_ASIDE.sub(b"", text[: opening.start()])):
        return None
    return Frame(tokens, text[: opening.end()], b"", empty=opening[0].endswith(b"/>"))


def _note_rows(frame: Frame, text: bytes, row: int, wanted: set[int]) -> int:
    for found in every(frame.tokens.row, text, odd=is_odd(text)):
        named = NUMBER.search(found[0])
        row = int(named[1]) if named else row + 1
        if row in wanted and row not in frame.rows:
            cell = _FIRST_CELL.match(text, found.end())
            frame.rows[row] = column_index(cell[1].decode("ascii")) if cell else 0
    return row
