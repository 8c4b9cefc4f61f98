"""A file that appears whole or not at all: written beside its name, made durable, renamed into place. A directory for one's own eyes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from batch.clock import random_id

_OWNER_ONLY = 0o700


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


def make_private(directory: Path) -> None:
    """Make a directory, and those above it that are missing, for their owner alone (0700), whatever the umask.

    What is there already is left as it is. Raises OSError.
    """
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        if one.stat().st_mode & 0o777 != _OWNER_ONLY:  # the umask took something of it away
            one.chmod(_OWNER_ONLY)
    if not directory.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory))


def _sync_directory(folder: Path) -> None:
    # The rename itself is durable only then. Not every file system can: the file is whole either way.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
