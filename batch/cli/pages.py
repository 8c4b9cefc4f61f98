"""Workbooks besides a run's results (an audit's, a plan's): written where they were asked for, else elsewhere, and that said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.masking import mask
from batch.cli.output import tell
from batch.cli.results import temporary_directory

if TYPE_CHECKING:
    from batch.reconciler.place import Kind, Owner


def deliver_page(
    path: Path, write: Callable[[Path], None], *, kind: Kind, owner: Owner, name: str, fallbacks: Sequence[Path]
) -> Path | None:
    """`write` it to `path`, else into the first of `fallbacks` or the temporary directory; None where no directory takes it.

    A file elsewhere has `name` in its name; one of this `kind` and `owner` is replaced there, nothing else is.
    """
    from batch.reconciler.delivery import deliver_workbook  # noqa: PLC0415 - only where it is written
    from batch.reconciler.place import elsewhere  # noqa: PLC0415

    try:
        delivered = deliver_workbook(
            path,
            write,
            lambda folder: elsewhere(path, folder, name, owner, kind),
            [*fallbacks, *temporary_directory()],
        )
    except OSError as error:
        tell(mask(f"numbatch: the {kind.noun} could not be written: {path}: {error.strerror or error}"))
        return None
    if delivered.trouble:
        tell(mask(f"numbatch: {delivered.trouble}; the {kind.noun} went elsewhere: {delivered.path}"))
    return delivered.path
