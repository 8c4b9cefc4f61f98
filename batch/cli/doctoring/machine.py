"""This machine: settings files, directories and who may read them, room on the disk, the time zone."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from batch.cli.doctoring.findings import Finding, ok, problem, warning
from batch.cli.options_of import time_zone
from batch.errors import UsageError
from batch.settings.model import Settings

_MIB = 1024 * 1024
_LITTLE_ROOM = 500 * _MIB
"""A ledger of 100,000 numbers has some 200 MiB with its journal, and its workbook 30."""
_NO_ROOM = 20 * _MIB
_OTHERS_READ = 0o077
_OTHERS_WRITE = 0o022


def settings_files(settings: Settings) -> Iterator[Finding]:
    """The files that settings came from; what is wrong in them was an error when they were read."""
    if not settings.files:
        yield warning(
            "settings", "there is no settings file: flags, variables and defaults hold", "`numbatch init` writes one."
        )
    for path in settings.files:
        mode = _mode(path)
        if mode is not None and mode & _OTHERS_WRITE:
            yield problem(
                "settings",
                f"others can write {path} (mode {mode:04o}), and so send your password elsewhere",
                f"chmod go-w {path}",
            )
        else:
            yield ok("settings", f"{path} is read, and only you can write it")


def directories(ledger: Path | None, heads: Path | None) -> Iterator[Finding]:
    """The ledger's directory and the configuration's: who may read and write them; where nothing is yet, nothing is wrong."""
    for topic, path in (("state directory", ledger), ("config directory", heads)):
        if path is None:
            continue
        mode = _mode(path)
        if mode is None:
            yield ok(topic, f"{path} is not there yet; it will be made for you alone")
        elif not os.access(path, os.W_OK | os.X_OK):
            yield problem(
                topic, f"{path} can't be written", "Make it yours (chown, chmod u+rwx), or name another with --ledger."
            )
        elif mode & _OTHERS_WRITE and not mode & stat.S_ISVTX:
            yield problem(topic, f"others can write {path} (mode {mode:04o})", f"chmod go-w {path}")
        elif mode & _OTHERS_READ and path is ledger:
            yield warning(
                topic, f"others can list {path} (mode {mode:04o})", f"chmod 700 {path}, unless a group shares it."
            )
        else:
            yield ok(topic, f"only you can write {path}")


def room(directory: Path) -> Finding:
    """Whether the ledger's disk has room for it."""
    there = _existing(directory)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return warning("disk", f"how much is free at {there} can't be told: {error.strerror or error}")
    text = f"{free // _MIB:,} MiB are free at {there}"
    if free < _NO_ROOM:
        return problem("disk", text, "Make room, or name another directory with --ledger: a full disk halts a run.")
    if free < _LITTLE_ROOM:
        return warning("disk", text, "That may do for some ten thousand numbers; make room for more.")
    return ok("disk", text)


def reader() -> Finding:
    """How the process that reads order files is locked in."""
    from batch.loader.reader.lock import LIMITS, SECCOMP  # noqa: PLC0415 - with what starts it
    from batch.loader.source import reader_lock  # noqa: PLC0415

    match reader_lock():
        case how if how == SECCOMP:
            return ok("order files", "they are read by a process that can open no file, no connection and no program")
        case how if how == LIMITS:
            return warning(
                "order files",
                "they are read by a process with limits, which can open no file and no connection; this system filters no calls",
                "Look at files from strangers twice before you open them here.",
            )
        case _:
            return problem(
                "order files",
                "the process that reads them does not start",
                "Install the program again (python-calamine).",
            )


def zone(settings: Settings) -> Finding:
    """The zone of --until, months and local dates."""
    try:
        name = str(time_zone(settings))
    except UsageError as error:
        return problem("time zone", error.problem, error.remedy)
    whose = "set" if settings.timezone else "the system's"
    if name in {"local", ""}:
        return warning("time zone", "the system's time zone has no name", "Set `timezone` in the settings.")
    return ok("time zone", f"{name} ({whose}); everything is stored in UTC")


def elsewhere(places: Sequence[Path], used: Path) -> list[Path]:
    """Those of `places` that are other directories than the one in use."""
    found: list[Path] = []
    for path in places:
        if path.is_dir() and path.resolve() not in {used.resolve(), *(one.resolve() for one in found)}:
            found.append(path)
    return found


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def _existing(path: Path) -> Path:
    """`path`, or the nearest directory above it that is there."""
    absolute = path.absolute()
    return next((one for one in (absolute, *absolute.parents) if one.is_dir()), Path("/"))
