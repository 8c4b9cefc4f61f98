"""A file that appears whole or not at all: written beside its name, made durable, renamed into place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from batch.clock import random_id


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file, readable by its owner alone, that replaces `path` when the block ends well; else nothing changes.

    A link at `path` is replaced, not followed. Raises OSError where the directory or the old file does not allow it.
    """
    beside = path.with_name(f".{path.name[:40]}.{random_id(8)}.tmp")
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(beside, flags, 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_directory(path.parent)


def _sync_directory(folder: Path) -> None:
    # The rename itself is durable only then. Not every file system can: the file is whole either way.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
