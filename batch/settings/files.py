"""Settings files: which there are, what stands in them, on which line, and who may read them."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from batch.errors import UsageError
from batch.settings.convert import home_expanded
from batch.settings.key import Scope
from batch.settings.model import ACCOUNT, SETTINGS
from batch.settings.places import CONFIG
from batch.settings.source import Found, SettingsError, did_you_mean

NAME = "numbatch.toml"
_ACCOUNTS = "accounts"
_CHOICE = "account"
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file that was read: its settings, and those of each account. `choice` is the account that it picks."""

    path: Path
    top: Mapping[str, Found]
    accounts: Mapping[str, Mapping[str, Found]]
    choice: Found | None = None


def own_file(flag: str | None, environ: Mapping[str, str], standard: tuple[Path, ...]) -> Path | None:
    """The settings file: the flag's, else the variable's (both must be there), else the first of `standard`."""
    for named, where in ((flag, "--config"), (environ.get(CONFIG), CONFIG)):
        if named:
            try:
                path = home_expanded(named)
            except ValueError as error:
                raise UsageError(f"{where}: {error}") from None
            if not path.is_file():
                raise UsageError(f"{where}: there is no settings file {named}", remedy="`numbatch init` writes one.")
            return path
    return next((path for path in standard if path.is_file()), None)


def read(path: Path) -> SettingsFile:
    """Read a settings file of the user's or the system's.

    Raises SettingsError where a key is unknown or misplaced, UsageError where the file can't be read, is no TOML, or holds
    a password that others could read.
    """
    text = _text(path)
    tables = _parse(path, text)
    lines = _Lines(path, text)
    accounts = tables.pop(_ACCOUNTS, {})
    if not isinstance(accounts, dict) or not all(isinstance(one, dict) for one in accounts.values()):
        raise SettingsError(_ACCOUNTS, str(path), "must hold one table an account: [accounts.NAME]")
    top = _founds(tables, lines, "", {_CHOICE, *_names(Scope.ANYWHERE, Scope.FILE)})
    choice = top.pop(_CHOICE, None)
    if choice is not None and not isinstance(choice.raw, str):
        raise SettingsError(_CHOICE, choice.where, "must be an account's name; its table is [accounts.NAME]")
    own = {*ACCOUNT, *_names(Scope.ANYWHERE, Scope.FILE)}
    found = {name: _founds(table, lines, f"{_ACCOUNTS}.{name}", own) for name, table in accounts.items()}
    if any("password" in one for one in found.values()):
        refuse_if_shared(path, "holds a password")
    return SettingsFile(path, top, found, choice)


def read_harmless(path: Path) -> SettingsFile:
    """Read a `numbatch.toml` of the working directory, which may hold harmless keys only.

    Raises as `read`, and SettingsError for a key that could send money or secrets elsewhere.
    """
    text = _text(path)
    lines = _Lines(path, text)
    tables = _parse(path, text)
    harmless = set(_names(Scope.ANYWHERE))
    for key in tables:
        if key not in harmless and (key in SETTINGS or key in {_ACCOUNTS, _CHOICE} or key in ACCOUNT):
            raise SettingsError(
                key,
                lines.where(key, ""),
                "may not stand in a settings file of the working directory",
                remedy=f"It could send money or secrets elsewhere: move it to your own settings file, or name this one "
                f"with --config. Allowed here: {', '.join(sorted(harmless))}.",
            )
    return SettingsFile(path, _founds(tables, lines, "", harmless), {})


def refuse_if_shared(path: Path, why: str) -> None:
    """Raise UsageError where group or others may read (or write) `path`."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UsageError(
            f"{path} {why}, and others can read it (mode {mode:04o})", remedy=f"Make it yours alone: chmod 600 {path}"
        )


def _names(*scopes: Scope) -> list[str]:
    return [name for name, key in SETTINGS.items() if key.scope in scopes]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"the settings file {path} can't be read: {error.strerror or error}") from None
    if len(raw) > _LARGEST:
        raise UsageError(f"{path} is too large for a settings file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"the settings file {path} is not UTF-8", remedy="Save it as UTF-8.") from None


def _parse(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The parser names line and column; it quotes a character at most.
        raise UsageError(f"the settings file {path} is no TOML: {error}") from None


def _founds(table: Mapping[str, object], lines: _Lines, section: str, known: set[str]) -> dict[str, Found]:
    found = {}
    for key, raw in table.items():
        if key not in known:
            raise SettingsError(
                f"[{key}]" if isinstance(raw, dict) else key,
                lines.where(key, section),
                "is no setting" + (" of an account" if section else ""),
                remedy=_hint(key, known),
            )
        found[key] = Found(key, raw, lines.where(key, section), file=lines.path)
    return found


def _hint(key: str, known: set[str]) -> str:
    if key in ACCOUNT:
        return "It belongs to an account: write it below [accounts.NAME]."
    return did_you_mean(key, [*known, _ACCOUNTS], otherwise="Settings there are: " + ", ".join(sorted(known)) + ".")


class _Lines:
    """Finds the line of a key: `tomllib` forgets them. A key that is written in an unusual way is named without its line."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines = text.splitlines()

    def where(self, key: str, section: str) -> str:
        """The file, and the line of `key` in `[section]` (or of the table `[key]`) where it can be told."""
        at = ""
        for number, line in enumerate(self._lines, start=1):
            header = re.match(r"\s*\[\[?\s*([^\]]*?)\s*\]", line)
            if header is not None:
                at = ".".join(part.strip().strip("\"'") for part in header[1].split("."))
                if f"{at}.".startswith(f"{section}.{key}." if section else f"{key}."):
                    return f"{self.path}, line {number}"
            elif at == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
                return f"{self.path}, line {number}"
        return str(self.path)
