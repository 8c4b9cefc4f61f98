"""Exports: what makes each, where it goes, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from typing_extensions import override

from batch.cli.figures import plural
from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey, Run
from batch.provider.multitel.fields import FIELDS
from batch.reconciler.exporting.formats import FORMATS, Table
from batch.reconciler.exporting.held import Holding
from batch.reconciler.exporting.template import Filling, made_suffix, read_template
from batch.reconciler.exporting.writing import part_of, write_table, write_text


class Maker(Protocol):
    """Makes an export. `name` is what it is called, `suffix` what its files end in, `sources` what it must never replace."""

    name: str
    suffix: str
    sources: tuple[Path, ...]

    def files(self, holding: Holding) -> int:
        """How many files it writes."""
        ...

    def write(self, path: Path, holding: Holding, key: LedgerKey) -> tuple[Sequence[Path], tuple[str, ...]]:
        """Write it to `path`; the files, and what a person must know. Raises OSError where it can't be written."""
        ...


@dataclass(frozen=True)
class _Tables(Maker):
    """One of the formats."""

    name: str
    suffix: str = ".csv"
    sources: tuple[Path, ...] = ()

    @override
    def files(self, holding: Holding) -> int:
        most = FORMATS[self.name](holding, FIELDS.names).most
        return 1 if most is None else max(-(-len(holding.numbers) // most), 1)

    @override
    def write(self, path: Path, holding: Holding, key: LedgerKey) -> tuple[Sequence[Path], tuple[str, ...]]:
        table = FORMATS[self.name](holding, FIELDS.names)
        written = write_table(path, table)
        return written, tuple(_counted(table))


@dataclass(frozen=True)
class _Texts(Maker):
    """A template of the user's."""

    name: str
    suffix: str
    sources: tuple[Path, ...]
    filling: Filling

    @override
    def files(self, holding: Holding) -> int:
        return 1

    @override
    def write(self, path: Path, holding: Holding, key: LedgerKey) -> tuple[Sequence[Path], tuple[str, ...]]:
        write_text(path, self.filling.pieces(holding, key, FIELDS.names))
        return (path,), ()


def table_maker(name: str) -> Maker:
    """What makes the format called `name`."""
    return _Tables(name)


def text_maker(template: Path) -> Maker:
    """What fills a template. Raises UsageError, with the line, where it is none."""
    return _Texts("template", made_suffix(template), (template,), read_template(template))


def place_of(given: Path | None, run: Run, maker: Maker) -> Path:
    """Where it goes: `given`, else beside the orders by their name."""
    if given is not None:
        return given
    orders = run.files[0].path
    return orders.with_name(f"{orders.stem}-{maker.name if maker.name != 'csv' else 'export'}{maker.suffix}")


def require_free(path: Path, holding: Holding, maker: Maker, run: Run, *, force: bool) -> None:
    """Raises UsageError, before anything is written, where something stands there that must not, or may not be replaced."""
    if not path.parent.is_dir():
        raise UsageError(f"the directory {path.parent} is not there", remedy="Make it, or name another with -o.")
    kept = (*maker.sources, *(one.path for one in run.files))
    for number in range(1, maker.files(holding) + 1):
        place = part_of(path, number)
        if any(_same(place, one) for one in kept):
            raise UsageError(
                f"{place} is what it is made of: it is never replaced", remedy="Name another file with -o."
            )
        if place.is_dir() and not place.is_symlink():
            raise UsageError(f"{place} is a directory", remedy="Name a file in it with -o.")
        if os.path.lexists(place) and not force:
            raise UsageError(
                f"{place} is there already", remedy="Name another file with -o, or replace it with --force."
            )


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return os.path.normcase(path.absolute()) == os.path.normcase(other.absolute())


def remarks_of(holding: Holding, key: LedgerKey, *, with_owned: bool) -> Iterator[str]:
    """What a person must know of the numbers themselves."""
    if key.environment is Environment.REHEARSAL:
        yield "a rehearsal: nothing of this was really bought"
    if not holding.numbers:
        more = "" if with_owned else "; --with-owned adds what was owned already"
        yield f"run {holding.run.name} holds no number that it bought{more}"
    if holding.leaving:
        yield f"{plural(holding.leaving, 'number')} left out: being given back"


def _counted(table: Table) -> Iterator[str]:
    for words, count in table.remarks.items():
        yield f"{plural(count, 'number')} {words}" if words.startswith("with") else words
