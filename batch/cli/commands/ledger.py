"""`numbatch ledger`: looks at the ledger's file itself: whether it is whole, and a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.masking import mask
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.options_of import time_zone
from batch.cli.output import say, say_json, tell
from batch.cli.place import choose_ledger, expected_ledger, ledger_directory, ledger_place, meant_ledgers
from batch.errors import LedgerError, UsageError
from batch.ledger.records import LedgerKey

if TYPE_CHECKING:
    from batch.ledger.sqlite import Inspected

_ALL = Annotated[bool, Parameter(name="--all", show_default=False, help="Every ledger in the directory.")]
_PATH = Annotated[Path, Parameter(name="PATH", help="A file that is not there yet, or a directory.")]
_WRONG = 2
_KIB = 1024


@dataclass(frozen=True, slots=True)
class _Finding:
    """A ledger that was looked at: what it is, or what is wrong with it."""

    path: Path
    found: Inspected | None = None
    error: LedgerError | None = None


def verify(*, all_: _ALL = False, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Check the account's ledger from its first entry to its last, every table, and against its head file.

    Takes no lock: it may be asked while a run is under way. Exit code 2 where anything does not agree, with what to do.

    For example:
        numbatch ledger verify
        numbatch ledger verify --all --json
    """
    begun = begin_with_settings(common, where, needs_account=False)
    findings = [_look(path, key, begun) for path, key in _ledgers(begun, every=all_)]
    if json:
        say_json([_json(one) for one in findings])
    else:
        for one in findings:
            _say(one, begun)
    return _WRONG if any(one.error is not None for one in findings) else 0


def backup(path: _PATH, /, *, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Write a consistent copy of the account's ledger, checked from end to end. Takes no lock, and never replaces a file.

    A copy that is put back is older than its head file, so nothing is bought with it until `numbatch resolve --rebuild ORDERS`
    has asked the account what came since. It is evidence, and for a lost disk.

    For example:
        numbatch ledger backup /mnt/backups
        numbatch ledger backup ledger-2026-11.backup
    """
    from batch.clock import SystemClock  # noqa: PLC0415 - when flags and settings are right
    from batch.ledger.sqlite import back_up, ledger_path, list_ledgers  # noqa: PLC0415

    begun = begin_with_settings(common, where, needs_account=False)
    directory = ledger_directory(begun.settings, begun.environ)
    key = choose_ledger(list_ledgers(directory), begun.settings, directory)
    source = ledger_path(directory, key)
    if path.suffix == source.suffix and path.resolve().parent == directory.resolve():
        raise UsageError(
            f"{path} would look like a ledger among the ledgers", remedy="Name another directory, or another ending."
        )
    copy = back_up(source, key, path, SystemClock())
    if json:
        say_json({"backup": str(copy.path), "source": str(source), **_facts(copy)})
    elif not begun.quiet:
        say(f"{copy.path}")
        for line in _lines(copy, begun):
            say(f"  {line}")
        say(f"  copied from {source}, and checked from end to end")
        say(
            "  Put back, it is older than its head file: nothing is bought with it until numbatch resolve --rebuild ORDERS."
        )
    return 0


def _ledgers(begun: Begun, *, every: bool) -> Iterator[tuple[Path, LedgerKey | None]]:
    """The files to look at, with whose they are; None: it can't be read who. The account's own also where it is missing."""
    from batch.ledger.sqlite import key_of, ledger_files, ledger_path  # noqa: PLC0415 - when flags and settings are right

    directory = ledger_directory(begun.settings, begun.environ)
    readable: dict[Path, LedgerKey | None] = {}
    for path in ledger_files(directory):
        try:
            readable[path] = key_of(path)
        except LedgerError:
            readable[path] = None
    known = [key for key in readable.values() if key is not None]
    meant = known if every else meant_ledgers(known, begun.settings)
    expected = expected_ledger(begun.settings)
    chosen = {path: key for path, key in readable.items() if key is None or key in meant}
    if expected is not None and not ledger_path(directory, expected).exists() and _was_there(directory, expected):
        chosen[ledger_path(directory, expected)] = expected
    if not chosen:
        choose_ledger(known, begun.settings, directory)  # says why there is none
    yield from chosen.items()


def _was_there(directory: Path, key: LedgerKey) -> bool:
    from batch.ledger.sqlite import refuse_lost  # noqa: PLC0415 - as above

    try:
        refuse_lost(directory, key, ledger_place(directory, key).heads)
    except LedgerError:
        return True
    return False


def _look(path: Path, key: LedgerKey | None, begun: Begun) -> _Finding:
    from batch.ledger.sqlite import inspect_ledger, refuse_lost  # noqa: PLC0415 - as above

    directory = ledger_directory(begun.settings, begun.environ)
    try:
        if key is not None and not path.exists():
            refuse_lost(directory, key, ledger_place(directory, key).heads)
        return _Finding(path, found=inspect_ledger(path, lambda key: ledger_place(directory, key).heads))
    except LedgerError as error:
        return _Finding(path, error=error)


def _json(finding: _Finding) -> dict[str, object]:
    about: dict[str, object] = {"ledger": str(finding.path), "ok": finding.found is not None}
    if finding.found is not None:
        head_file = finding.found.head_file
        return {**about, **_facts(finding.found), "head_file": None if head_file is None else str(head_file)}
    assert finding.error is not None  # noqa: S101 - one of the two is there
    return {**about, "problem": mask(finding.error.problem), "remedy": finding.error.remedy}


def _facts(found: Inspected) -> dict[str, object]:
    key = found.key
    return {
        "environment": key.environment.value,
        "account": key.account,
        "place": key.place or None,
        "id": found.head.ledger_id,
        "entries": found.entries,
        "head": found.head.hash,
        "written": None if found.written is None else found.written.isoformat(),
        "size": found.size,
    }


def _lines(found: Inspected, begun: Begun) -> list[str]:
    key = found.key
    zone = time_zone(begun.settings)
    written = "" if found.written is None else f", last written {found.written.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    entries = f"{found.entries:,} {'entry' if found.entries == 1 else 'entries'}"
    return [
        f"account {key.account}, {key.environment}{f' at {key.place}' if key.place else ''}",
        f"{entries}{written}, {found.size / _KIB:,.0f} KiB",
        f"id {found.head.ledger_id}",
        f"head {found.head.hash}",
    ]


def _say(finding: _Finding, begun: Begun) -> None:
    if finding.error is not None:
        tell(f"numbatch: {mask(str(finding.error))}")
    elif finding.found is not None and not begun.quiet:
        say(f"{finding.path}: whole")
        for line in _lines(finding.found, begun):
            say(f"  {line}")
        agrees = finding.found.head_file
        say("  no head file was written yet" if agrees is None else f"  agrees with its head file {agrees}")
