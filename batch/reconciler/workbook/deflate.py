"""Rows deflated as they come, on a thread of their own: the compressor runs outside the interpreter's lock.

What comes before the rows in a sheet (column widths, the header) is known only after them. A deflate stream may be put
together from parts, so that is written last.
"""

from __future__ import annotations

import tempfile
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import IO, Self

_BACKLOG = 3
_LEVEL = 2
"""A third of the time of level 6 for a file a sixth larger."""
_KEEP_IN_MEMORY = 1 << 22


class Deflater:
    """The thread that compresses. Leaving the context waits for it, and closes every part that it was given."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="deflate")
        self._pending: deque[Future[None]] = deque()
        self._parts: list[Part] = []

    def part(self) -> Part:
        """A new stream of its own."""
        made = Part()
        self._parts.append(made)
        return made

    def write(self, part: Part, text: str) -> None:
        """Compress `text` after what `part` has. Raises OSError where an earlier piece could not be kept."""
        while len(self._pending) >= _BACKLOG:
            self._pending.popleft().result()
        self._pending.append(self._executor.submit(part.take, text))

    def finish(self) -> None:
        """Wait until everything is compressed. Raises OSError where it could not be kept."""
        while self._pending:
            self._pending.popleft().result()
        for part in self._parts:
            part.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        for part in self._parts:
            part.file.close()


class Part:
    """A piece of a deflate stream: its bytes in `file`, the size and CRC of what they hold."""

    def __init__(self) -> None:
        # Not on disk while small; else a file without a name, which nobody else can open.
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(_KEEP_IN_MEMORY)  # noqa: SIM115  # Deflater closes it
        self.size = 0
        self.crc = 0
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)

    def take(self, text: str) -> None:
        """Compress `text` after what is there."""
        raw = text.encode()
        self.size += len(raw)
        self.crc = zlib.crc32(raw, self.crc)
        self.file.write(self._compressor.compress(raw))

    def end(self) -> None:
        """Come to a byte's edge, so that another piece can follow."""
        self.file.write(self._compressor.flush(zlib.Z_FULL_FLUSH))
