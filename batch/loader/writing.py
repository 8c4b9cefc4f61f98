"""A workbook that appears whole or not at all, and says in our words where it can't be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from batch.errors import UsageError
from batch.files import replacing


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A new file, readable by its owner alone, that stands at `path` when the block ends well; else nothing changes.

    A link at `path` is replaced, not followed. Raises UsageError where it can't be written there.
    """
    from xlsxwriter.exceptions import XlsxFileError  # noqa: PLC0415 - of the writer, which is imported when it is needed

    try:
        with replacing(path) as file:
            yield file
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None
    except XlsxFileError as error:
        raise _unwritable(path, str(error)) from None


def require_free(path: Path, *, force: bool) -> None:
    """Raises UsageError where something stands at `path` already, unless `force` allows to replace it."""
    if os.path.lexists(path) and not force:
        raise UsageError(f"{path} is there already", remedy="Name another file, or replace it with --force.")


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: can't be written ({why})", remedy="Name another path, in a folder that is yours.")
