"""Tables and texts into files that appear whole or not at all, readable by their owner alone: routing may hold a password."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import IO

from batch.files import replacing
from batch.reconciler.exporting.formats import Table


def part_of(path: Path, number: int) -> Path:
    """Where the `number`th (from 1) of several files goes: beside the first, with its number."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def write_table(path: Path, table: Table) -> list[Path]:
    """Write the table to `path`, what one file can't hold to further ones beside it; all of them, with a header each.

    All are written before the first is renamed into its place. Raises OSError where one can't be.
    """
    written: list[Path] = []
    with ExitStack() as files:
        for rows in _pages(table):
            place = part_of(path, len(written) + 1)
            _write(files.enter_context(replacing(place)), table, rows)
            written.append(place)
    return written


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write a text to `path`, as it comes in pieces. Raises OSError where it can't be written, and whatever `pieces` raises."""
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
        text.writelines(pieces)
        text.flush()
        text.detach()  # or it would close the file when it goes


def _pages(table: Table) -> Iterator[Iterable[tuple[str, ...]]]:
    rows = iter(table.rows)
    if table.most is None:
        yield rows
        return
    yield list(islice(rows, table.most))
    while following := list(islice(rows, table.most)):
        yield following


def _write(file: IO[bytes], table: Table, rows: Iterable[tuple[str, ...]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig" if table.marked else "utf-8", newline="")
    csv.writer(text).writerows(chain((table.header,), rows))
    text.flush()
    text.detach()  # as above
