"""A workbook that appears whole or not at all: written beside its name, made durable, renamed into place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from batch.errors import UsageError


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A new file, readable by its owner alone, that stands at `path` when the block ends well; else nothing changes.

    A link at `path` is replaced, not followed. Raises UsageError where it can't be written there.
    """
    from xlsxwriter.exceptions import XlsxFileError  # noqa: PLC0415 - of the writer, which is imported when it is needed

    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None
    except XlsxFileError as error:
        raise _unwritable(path, str(error)) from None
    _sync_directory(path.parent)


def require_free(path: Path, *, force: bool) -> None:
    """Raises UsageError where something stands at `path` already, unless `force` allows to replace it."""
    if os.path.lexists(path) and not force:
        raise UsageError(f"{path} is there already", remedy="Name another file, or replace it with --force.")


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: can't be written ({why})", remedy="Name another path, in a folder that is yours.")


def _sync_directory(folder: Path) -> None:
    # The rename itself is durable only then. Not every file system can: the file is whole either way.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
