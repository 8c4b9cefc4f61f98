"""The formats that numbers are exported in, each a table of text. What a format can't hold is left out, and counted.

- `csv` is ours: the number in E.164, every field as it was sent, every column of the user's.
- `teams` is the file that Microsoft Teams takes to add Direct Routing numbers to its inventory, in the admin centre ("Upload CSV")
  or by `New-CsOnlineDirectRoutingTelephoneNumberUploadOrder -FileContent`: one column `TelephoneNumber`, numbers in E.164, at most
  10,000 of them in a file; by the cmdlet also `LocationId`, `Tags`, `AcquiredCapabilities`, `NetworkSiteId`, `ReverseNumberLookup`
  (names are case-sensitive; these are not taken by the admin centre yet). After
  learn.microsoft.com/powershell/module/microsoftteams/new-csonlinedirectroutingtelephonenumberuploadorder (examples 4 and 5) and
  learn.microsoft.com/skypeforbusiness/hybrid/decommission-manage-numbers-in-teams (Upload CSV).
- `freepbx` is what the Bulk Handler of FreePBX 13 and later imports as "DIDs": `description`, `extension` (the number that is
  called), `cidnum`, `destination` (context,extension,priority). After the module `core` of github.com/FreePBX/core: its headers
  and their import in `Core.class.php` (`bulkhandlerGetHeaders`, `bulkhandlerImport`), the lengths in `module.xml` (table `incoming`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from batch.reconciler.exporting.held import Held, Holding

_UNWRITABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NO_FORMULA = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|\+[0-9]+(@[A-Za-z0-9.-]+(:[0-9]+)?)?")
"""What begins like a formula and is none: figures, and numbers at a host."""
_OURS: Final = ("Number", "Status", "Country", "Source row", "Run")
TEAMS_MOST: Final = 10_000
"""Numbers in a file that Teams takes at once."""
_TEAMS: Final = ("LocationId", "Tags", "AcquiredCapabilities", "NetworkSiteId", "ReverseNumberLookup")
_FREEPBX: Final = ("description", "extension", "cidnum", "destination")
_FREEPBX_MORE: Final = (
    "privacyman",
    "pmmaxretries",
    "pmminlength",
    "alertinfo",
    "ringing",
    "fanswer",
    "mohclass",
    "grppre",
    "delay_answer",
    "pricid",
    "reversal",
    "rvolume",
    "indication_zone",
)
"""What else an inbound route has, taken where the user has a column of that name."""
_LENGTHS: Final = {"extension": 50, "cidnum": 50, "destination": 50, "description": 80}
_DESTINATION = re.compile(r"[\w.-]+,[^,\s]+,[\w-]+")


@dataclass
class Table:
    """A table of text being made: its header, its rows, and what a person must know (in words, counted)."""

    header: tuple[str, ...]
    rows: Iterator[tuple[str, ...]]
    most: int | None = None
    """Rows in one file at most; None: any number."""
    marked: bool = False
    """Whether the file begins with the mark by which a spreadsheet knows UTF-8."""
    remarks: Counter[str] = field(default_factory=Counter)


def plain_table(holding: Holding, names: Sequence[str]) -> Table:
    """Every number with every field and column: for spreadsheets, so that no cell is a formula. `names`: the fields, in order."""
    used = {name for one in holding.numbers for name in one.fields}
    fields = [name for name in names if name in used]
    taken = {name.casefold() for name in (*_OURS, *fields)}
    own = [f"{header} (order)" if header.strip().casefold() in taken else header for header in holding.headers]
    run = holding.run.name

    def row(one: Held) -> tuple[str, ...]:
        ours = (one.e164, one.status, one.country, str(one.row), run)
        told = (one.fields.get(name, "") for name in fields)
        return (*ours, *(harmless(value) for value in (*told, *one.own.values())))

    header = (*_OURS, *fields, *(harmless(name) for name in own))
    return Table(header, map(row, holding.numbers), marked=True)


def harmless(text: str) -> str:
    """`text` so that a spreadsheet takes it for text: what could begin a formula is quoted as one that is just this text."""
    kept = _UNWRITABLE.sub("\ufffd", text)
    if kept.startswith(_FORMULA) and not _NO_FORMULA.fullmatch(kept):
        return '="' + kept.replace('"', '""') + '"'
    return kept


def teams_table(holding: Holding, _names: Sequence[str] = ()) -> Table:
    """The numbers for Teams; those of its own columns that the user has by the same name go along."""
    more = [name for name in _TEAMS if holding.has(name)]
    table = Table(("TelephoneNumber", *more), iter(()), TEAMS_MOST)
    if more:
        table.remarks[f"Teams takes {', '.join(more)} from PowerShell, and not yet in its admin centre"] = 1

    def row(one: Held) -> tuple[str, ...]:
        return (one.e164, *(_bare(table, one.named(name), name) for name in more))

    table.rows = map(row, holding.numbers)
    return table


def freepbx_table(holding: Holding, _names: Sequence[str] = ()) -> Table:
    """The numbers as inbound routes; `destination`, `cidnum` and whatever else a route has from the user's columns of that name."""
    more = [name for name in _FREEPBX_MORE if holding.has(name)]
    table = Table((*_FREEPBX, *more), iter(()))

    def row(one: Held) -> tuple[str, ...]:
        described = one.fields.get("Description", "") or one.named("description")
        extension = one.named("extension") or one.number
        values = (
            described,
            extension,
            one.named("cidnum"),
            _destination(table, one),
            *(one.named(name) for name in more),
        )
        return tuple(_bare(table, value, name) for name, value in zip(table.header, values, strict=True))

    table.rows = map(row, holding.numbers)
    return table


def _destination(table: Table, one: Held) -> str:
    told = one.named("destination")
    if not told:
        table.remarks["without a destination: a column Destination may name it (from-did-direct,200,1)"] += 1
        return ""
    if not _DESTINATION.fullmatch(told) or len(told) > _LENGTHS["destination"]:
        table.remarks["with a destination that is none (context,extension,priority): left blank"] += 1
        return ""
    return told


def _bare(table: Table, value: str, name: str) -> str:
    """`value` as another program's import takes it: one line, no longer than its column, and nothing that a spreadsheet would run."""
    bare = _CONTROL.sub(" ", _UNWRITABLE.sub("\ufffd", value)).strip()
    if not _NO_FORMULA.fullmatch(bare):
        bare = bare.lstrip("=+-@ ")
    bare = bare.translate({ord("<"): None, ord(">"): None})[: _LENGTHS.get(name, 255)]
    if bare != value.strip():
        table.remarks[f"with a {name} that was shortened, or began like a formula"] += 1
    return bare


FORMATS: Final[dict[str, Callable[[Holding, Sequence[str]], Table]]] = {
    "csv": plain_table,
    "teams": teams_table,
    "freepbx": freepbx_table,
}
