"""Making a settings file: what is asked at a terminal, and how it is written."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from batch.cli.confirm import is_attended
from batch.cli.output import tell
from batch.errors import UsageError
from batch.files import make_private
from batch.settings.convert import home_expanded
from batch.settings.load import standard_files
from batch.settings.places import CONFIG, PASSWORD, USERNAME
from batch.settings.sample import sample, toml_text

_MAIN = "main"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the account: its name, login, host and ledger as flags gave them, and its password file."""

    account: str
    username: str
    base_url: str
    ledger: str
    password_file: str = ""


def settings_path(config: str | None) -> Path:
    """Where the settings file is, or goes. Raises UsageError where nothing tells."""
    named = config or os.environ.get(CONFIG)
    if named:
        try:
            return home_expanded(named)
        except ValueError as error:
            raise UsageError(f"--config: {error}") from None
    standard = standard_files()
    if not standard:
        raise UsageError(
            "there is no home directory, so nothing says where settings go",
            remedy="Name a file with --config, or set HOME.",
        )
    return standard[0]


def ask_account(known: Asked, path: Path) -> Asked:
    """Ask at a terminal for what is not known; elsewhere take it from the environment."""
    username = known.username or os.environ.get(USERNAME, "").strip()
    if not is_attended():
        return replace(known, username=username)
    account = known.account or _ask("Name of the account, as you call it", _MAIN)
    username = username or _ask("User name (the login, or the API user)", "")
    password_file = ""
    if username and not os.environ.get(PASSWORD):
        tell("Password: it goes into a file that only you can read. Empty: set password_command or a variable later.")
        password = getpass.getpass("Password: ", stream=sys.stderr)
        if password:
            _require_text(password)
            password_file = f"password-{account}"
            _write_private(path.parent / password_file, f"{password}\n")
    return replace(known, account=account, username=username, password_file=password_file)


def _require_text(password: str) -> None:
    try:
        password.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the password that was typed is not UTF-8", remedy="Type it at a terminal that is set to UTF-8."
        ) from None


def write_settings(path: Path, asked: Asked) -> None:
    """Write the commented settings file, readable by its owner alone; never over one that is there."""
    values = {"base_url": asked.base_url, "ledger": str(Path(asked.ledger).absolute()) if asked.ledger else ""}
    account = {
        "username": asked.username,
        "password_file": asked.password_file,
    }
    text = sample(
        {key: toml_text(value) for key, value in values.items() if value},
        {key: toml_text(value) for key, value in account.items() if value},
        name=_key(asked.account or _MAIN),
    )
    _write_private(path, text)


def _ask(question: str, otherwise: str) -> str:
    tell(f"{question}{f' [{otherwise}]' if otherwise else ''}:")
    return sys.stdin.readline().strip() or otherwise


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else toml_text(name)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read: there whole or, whatever happens meanwhile, not at all."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already: it is not replaced", remedy="Move it away, or use it.")
    beside = path.with_name(f"{path.name}.new")
    try:
        make_private(path.parent)
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from None
