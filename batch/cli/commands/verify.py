"""`numbatch verify`: a result workbook, whoever saved it since, against the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.figures import plural
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import Column, say, say_json, say_table
from batch.cli.place import choose_ledger, ledger_directory, meant_ledgers
from batch.errors import LedgerError, OrdersError

if TYPE_CHECKING:
    from batch.ledger.sqlite import SqliteReader
    from batch.loader.book import Book
    from batch.reconciler.verifying.findings import Difference
    from batch.reconciler.verifying.origin import Origin
    from batch.reconciler.verifying.verifying import Verified

_RESULTS = Annotated[Path, Parameter(name="RESULTS", help="The result workbook, an .xlsx file.")]
_LONGEST = 120


def verify(results: _RESULTS, /, *, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Compare a result workbook, whoever saved it since, with the ledger, cell by cell, and list every difference.

    By value: another format, another order of rows, a column of comments at the right are no differences; a formula in place of a
    value, a hidden, deleted or added row is one. Takes no lock. Exit code 0 where all agrees, 4 for differences, also where the
    ledger has only learnt more since; 2 where the ledger does not know the run, 3 where the file is no result workbook.

    For example:
        numbatch verify orders-results.xlsx
        numbatch verify orders-results.xlsx --json
    """
    from batch.loader.book import read_book  # noqa: PLC0415 - when flags are right
    from batch.reconciler.verifying.origin import origin_of  # noqa: PLC0415

    begun = begin_with_settings(common, where, needs_account=False)
    book = read_book(results)
    origin = origin_of(book)
    if origin is None:
        raise OrdersError(
            f"{results} is no result workbook: neither its properties nor a sheet Summary say of which run it is",
            remedy="`numbatch report` writes a run's result workbook from the ledger.",
        )
    with _ledger_of(origin, begun) as reader:
        verified = _verify(book, origin, reader, begun)
        key = reader.key
    if json:
        say_json({"results": str(results), "environment": key.environment.value, **_told(verified)})
    elif verified.exit_code or verified.remarks or not begun.quiet:
        _say(results, verified, quiet=begun.quiet)
    return verified.exit_code


def _verify(book: Book, origin: Origin, reader: SqliteReader, begun: Begun) -> Verified:
    from batch.cli.results import report_options  # noqa: PLC0415 - with the writer
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415
    from batch.reconciler.verifying.verifying import run_of  # noqa: PLC0415
    from batch.reconciler.verifying.verifying import verify as compare  # noqa: PLC0415

    run = run_of(reader, origin)
    return compare(book, origin, reader, run, CODES, report_options(begun.settings), mask)


@contextmanager
def _ledger_of(origin: Origin, begun: Begun) -> Iterator[SqliteReader]:
    """The ledger that the workbook says it is from, of those that the settings allow; else the one that they mean."""
    from batch.ledger.sqlite import SqliteReader, list_ledgers  # noqa: PLC0415 - when flags and settings are right

    directory = ledger_directory(begun.settings, begun.environ)
    keys = list_ledgers(directory)
    possible = [key for key in meant_ledgers(keys, begun.settings) or keys if key.environment == origin.environment]
    for key in [*possible, *(one for one in keys if one not in possible)] if origin.head is not None else []:
        try:
            reader = SqliteReader.open(directory, key)
        except LedgerError:
            continue
        try:
            if origin.head is not None and reader.head().ledger_id == origin.head.ledger_id:
                yield reader
                return
        finally:
            reader.close()
    reader = SqliteReader.open(directory, choose_ledger(keys, begun.settings, directory))
    try:
        yield reader
    finally:
        reader.close()


# What is said --------------------------------------------------------------------------------------------------------


def _say(path: Path, verified: Verified, *, quiet: bool) -> None:
    told, later = verified.unexplained, [one for one in verified.differences if one.later]
    if told:
        _say_differences(told)
    if later:
        since = verified.since
        entries = "" if since is None else f" ({_entries(since.entries)} more)"
        say(f"The ledger says more since the workbook was written{entries}:")
        _say_differences(later)
    for words in verified.remarks if not quiet or verified.differences else []:
        say(f"  {mask(words)}")
    head = verified.origin.head
    entry = "" if head is None else f", entry {head.sequence:,} of {verified.head.sequence:,}"
    say(f"{path}: run {verified.run.name}{entry}: {_verdict(verified)}")


def _verdict(verified: Verified) -> str:
    told, all_of_them = len(verified.unexplained), len(verified.differences)
    if not all_of_them:
        return f"agrees with the ledger in every cell of {', '.join(verified.compared)}"
    later = all_of_them - told
    if not told:
        run = verified.run.name
        return (
            f"older than the ledger, {plural(later, 'difference')}, each explained by what came since; "
            f"`numbatch report {run}` writes it anew"
        )
    more = f"; {plural(later, 'more')} explained by what came since" if later else ""
    return f"{plural(told, 'difference')} that nothing in the ledger explains{more}"


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _say_differences(differences: Sequence[Difference]) -> None:
    columns = [Column(name) for name in ("Where", "Number", "What", "The file says", "The ledger says")]
    say_table(columns, [_row(one) for one in differences])


def _row(one: Difference) -> tuple[str, ...]:
    where = one.where or one.sheet
    place = f"{where}!{one.cell}" if where and one.cell else where
    what = one.column if one.kind == "value" else f"{one.column}: {one.kind}" if one.column else one.kind.value
    return (place, one.number, what, _short(one.says), _short(one.ledger))


def _short(words: str) -> str:
    shown = mask(words)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _told(verified: Verified) -> dict[str, object]:
    origin, head, since = verified.origin, verified.head, verified.since
    return {
        "run": verified.run.name,
        "agrees": not verified.differences,
        "sheets": verified.compared,
        "unexplained": len(verified.unexplained),
        "later": len(verified.differences) - len(verified.unexplained),
        "differences": [
            {
                "kind": one.kind.value,
                "sheet": one.sheet or None,
                "cell": one.cell or None,
                "column": one.column or None,
                "number": one.number or None,
                "file": mask(one.says),
                "ledger": mask(one.ledger),
                "later": one.later,
            }
            for one in verified.differences
        ],
        "remarks": [mask(words) for words in verified.remarks],
        "entry": None if origin.head is None else origin.head.sequence,
        "ledger": {"id": head.ledger_id, "entry": head.sequence, "head": head.hash},
        "entries_since": None if since is None else since.entries,
        "exit_code": verified.exit_code,
    }
