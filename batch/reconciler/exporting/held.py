"""The numbers of a run that are ours, with their routing and the user's columns: what every export is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from batch.ledger.reading import LedgerReader
from batch.ledger.records import Run, Status
from batch.order import Cell
from batch.reconciler.results import own_columns
from batch.reconciler.workbook.cells import plain_text


@dataclass(frozen=True, slots=True)
class Held:
    """A number that is held: digits without +, `fields` as they were sent (the provider's names), `own` by the user's headers."""

    number: str
    status: str
    row: int
    country: str
    fields: Mapping[str, str]
    own: Mapping[str, str]

    @property
    def e164(self) -> str:
        """The number with its plus."""
        return f"+{self.number}"

    def named(self, name: str) -> str:
        """The user's own value in the column called `name`, whatever its case; empty where there is none."""
        wanted = name.casefold()
        return next((value for header, value in self.own.items() if header.strip().casefold() == wanted), "").strip()


@dataclass
class Holding:
    """The numbers of a run that are held. `with_owned`: also those that were owned already. `leaving` are being given back."""

    run: Run
    headers: tuple[str, ...]
    numbers: list[Held] = field(default_factory=list)
    leaving: int = 0

    def has(self, name: str) -> bool:
        """Whether the user has a column called `name`, whatever its case."""
        return any(header.strip().casefold() == name.casefold() for header in self.headers)


def read_holding(reader: LedgerReader, run: Run, *, with_owned: bool) -> Holding:
    """The numbers of `run` that are held, in the order of its sheets. Raises `LedgerError` where the ledger can't be read."""
    own = own_columns(run.columns)
    headers = _told_apart([column.header for _, column in own])
    places = [place for place, _ in own]
    found = Holding(run, headers)
    wanted = {Status.PURCHASED, Status.OWNED} if with_owned else {Status.PURCHASED}
    for row in reader.rows(run):
        if row.status not in wanted:
            continue
        if row.giving_back:
            found.leaving += 1
            continue
        values = (_text(row.cells[place]) for place in places)
        own_values = dict(zip(headers, values, strict=True))
        found.numbers.append(Held(row.number, row.status.value, row.source.row, row.country, row.fields, own_values))
    return found


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return plain_text(cell)


def _told_apart(headers: list[str]) -> tuple[str, ...]:
    """Headers, those that are there before with a number behind them."""
    return tuple(_numbered(headers))


def _numbered(headers: list[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        yield header if seen[header] == 1 else f"{header} ({seen[header]})"
