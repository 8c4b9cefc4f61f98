"""The account's ledger: whether it is there, whole, alone, on a disk that can be relied on, and free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from batch.cli.doctoring.findings import Finding, ok, problem, warning
from batch.cli.doctoring.machine import elsewhere
from batch.cli.place import PACKAGE, LedgerPlace
from batch.errors import LedgerError
from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import inspect_ledger, ledger_path, list_ledgers, refuse_lost
from batch.ledger.sqlite.filesystem import refuse_network
from batch.ledger.sqlite.lock import holder
from batch.ledger.sqlite.place import lock_path

_STATE = "STATE_DIRECTORY"


def ledger_findings(where: LedgerPlace, environ: Mapping[str, str]) -> Iterator[Finding]:
    """All of it; nothing is made, and no lock is taken."""
    yield _disk(where.directory)
    yield from _file(where)
    if where.key.environment is Environment.LIVE:
        yield from _others(where, environ)


def _disk(directory: Path) -> Finding:
    try:
        refuse_network(directory)
    except LedgerError as error:
        return problem("ledger's disk", error.problem, error.remedy)
    return ok("ledger's disk", f"{directory} is on no network file system")


def _file(where: LedgerPlace) -> Iterator[Finding]:
    path = ledger_path(where.directory, where.key)
    try:
        if not path.exists():
            refuse_lost(where.directory, where.key, where.heads)
            yield _missing(where)
            return
        found = inspect_ledger(path, lambda _key: where.heads)
    except LedgerError as error:
        yield problem("ledger", error.problem, error.remedy)
        return
    agrees = "no head file was written yet" if found.head_file is None else "its head file agrees"
    yield ok("ledger", f"{path} is whole ({found.entries:,} entries), and {agrees}")
    pid = holder(lock_path(path))
    if pid is not None:
        yield warning(
            "lock", f"process {pid} holds the ledger's lock: a run is under way", "Let it end before another begins."
        )
    else:
        yield ok("lock", "no other run holds it")


def _missing(where: LedgerPlace) -> Finding:
    account = f"account {where.key.account}"
    if where.key.environment is Environment.LIVE:
        return problem("ledger", f"there is none of {account} in {where.directory}", "`numbatch init` makes it.")
    return ok("ledger", f"there is none of {account} for rehearsals at {where.key.place} yet: the first one makes it")


def _others(where: LedgerPlace, environ: Mapping[str, str]) -> Iterator[Finding]:
    for directory in elsewhere(_places(environ), where.directory):
        if where.key in _keys(directory):
            yield warning(
                "ledger",
                f"there is a second ledger of account {where.key.account} in {directory}: neither knows what the other bought",
                "Use one of them only (the setting `ledger`), and put the other away.",
            )


def _places(environ: Mapping[str, str]) -> list[Path]:
    """Where a ledger may have been made with other settings: the standard places, and here."""
    import platformdirs  # noqa: PLC0415 - as in `place`

    found = [Path(one) for one in environ.get(_STATE, "").split(":") if one]
    with suppress(RuntimeError):  # no home: nothing stands there
        found.append(platformdirs.user_state_path(PACKAGE))
    with suppress(OSError):  # the working directory is gone
        found += [Path.cwd(), Path.cwd() / "ledger"]
    return found


def _keys(directory: Path) -> list[LedgerKey]:
    try:
        return list(list_ledgers(directory))
    except (LedgerError, OSError):
        return []
