"""Where the password comes from, and for which host it is.

The first that has one wins: `password_command`, `$CREDENTIALS_DIRECTORY/numbatch-password`, `password_file`,
NUMBATCH_USERNAME with NUMBATCH_PASSWORD, `password` in the settings, the system's keyring; never a flag. Each is bound to a
host: what the settings file names belongs to the base URL that the same file has for the account, what the environment
names to NUMBATCH_BASE_URL where that is set. A source that is bound to another host than the one in use is passed over,
and where none is left the complaint says so.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from batch.errors import UsageError
from batch.settings import places
from batch.settings.files import refuse_if_shared
from batch.settings.model import Settings
from batch.settings.secret import Secret

SYSTEMD_NAME = "numbatch-password"
_SYSTEMD = "CREDENTIALS_DIRECTORY"
_COMMAND_WITHIN = 120.0
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login, the host that it may be sent to, and in words where its password was found."""

    username: str
    password: Secret
    host: str
    found_in: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A place that may hold a password: how it is looked for (None: nothing there), and the base URL that it is for."""

    name: str
    look: Callable[[], tuple[str, Secret] | None]
    bound_url: str | None
    """None: whatever the caller names."""


def find_credentials(settings: Settings, environ: Mapping[str, str]) -> Credentials:
    """The login for `settings.base_url`.

    Raises UsageError where there is none, where all that there are belong to another host, or where a place that was named
    can't be used; no message holds a secret.
    """
    host = host_of(settings.base_url)
    passed_over = []
    for place in _places(settings, environ):
        if place.bound_url is not None and host_of(place.bound_url) != host:
            if place.look is not _nothing:
                passed_over.append(f"{place.name} is for {host_of(place.bound_url)}")
            continue
        found = place.look()
        if found is None:
            continue
        username, password = found
        if not username:
            raise UsageError(
                f"there is a password ({place.name}), and no user name",
                remedy="Set `username` in [accounts.NAME], or NUMBATCH_USERNAME.",
            )
        return Credentials(username, password, host, place.name)
    if passed_over:
        raise UsageError(
            f"there is no password for {host}: {'; '.join(passed_over)}, and is not sent elsewhere",
            remedy=f"Give this host an account of its own, or set {places.BASE_URL} beside {places.USERNAME} and "
            f"{places.PASSWORD}.",
        )
    raise UsageError(
        f"there is no password for {host}",
        remedy=f"Set {places.USERNAME} and {places.PASSWORD}, or `password_command` or `password_file` in the settings "
        "file (`numbatch init` writes one).",
    )


def host_of(url: str) -> str:
    """Scheme, host and port of a URL, the port always told."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        port = 0
    name = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{name}:{port}"


def _places(settings: Settings, environ: Mapping[str, str]) -> list[_Place]:
    account = settings.account
    file_url = settings.bound_url
    environment_url = environ.get(places.BASE_URL) or (settings.bound_url if settings.is_bound else None)
    username = account.username
    own_username = environ.get(places.USERNAME, "").strip() or username

    def systemd() -> tuple[str, Secret] | None:
        path = Path(environ[_SYSTEMD]) / SYSTEMD_NAME
        return (username, _read(path)) if path.is_file() else None

    def file() -> tuple[str, Secret]:
        path = Path(account.password_file)
        if not path.is_file():
            raise UsageError(f"password_file: there is no file {path}")
        refuse_if_shared(path, "holds the password")
        return username, _read(path)

    def variables() -> tuple[str, Secret]:
        return own_username, Secret(environ[places.PASSWORD])

    def inline() -> tuple[str, Secret] | None:
        return (username, account.password) if account.password else None

    def keyring() -> tuple[str, Secret] | None:
        password = _from_keyring(host_of(settings.base_url), username)
        return (username, password) if password else None

    def command() -> tuple[str, Secret]:
        return username, _from_command(account.password_command, environ)

    there = environ.get
    return [
        _Place("password_command", command if account.password_command else _nothing, file_url),
        _Place(f"${_SYSTEMD}/{SYSTEMD_NAME}", systemd if there(_SYSTEMD) else _nothing, environment_url),
        _Place("password_file", file if account.password_file else _nothing, file_url),
        _Place(places.PASSWORD, variables if there(places.PASSWORD) else _nothing, environment_url),
        _Place("password in the settings file", inline if account.password else _nothing, file_url),
        # Its entries are kept by host, and so bound by themselves.
        _Place("keyring", keyring if username else _nothing, None),
    ]


def _nothing() -> None:
    return None


def _read(path: Path) -> Secret:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"the password file {path} can't be read: {error.strerror or error}") from None
    return _one_line(raw, f"the password file {path}")


def _one_line(raw: bytes, what: str) -> Secret:
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"{what} gives no UTF-8 text") from None
    if not text or "\n" in text or len(raw) > _LARGEST:
        raise UsageError(f"{what} gives no single line with a password")
    return Secret(text)


def _from_command(command: tuple[str, ...], environ: Mapping[str, str]) -> Secret:
    """What the command prints.

    Only its first word is ever told, and that only where it is a program: else it may be a password in the wrong place.
    """
    name = Path(command[0]).name
    try:
        # The caller's own command, from a settings file that the working directory can't replace; no shell.
        done = subprocess.run(  # noqa: S603
            command, stdout=subprocess.PIPE, timeout=_COMMAND_WITHIN, check=False,
            env={key: value for key, value in environ.items() if key != places.PASSWORD},
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise UsageError(
            f"password_command can't be run: {getattr(error, 'strerror', None) or 'it is no command'}",
            remedy="Name a program that prints the password; the password itself has no place there.",
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"password_command ({name}) did not end within {_COMMAND_WITHIN:.0f} seconds") from None
    if done.returncode:
        raise UsageError(f"password_command ({name}) failed with exit code {done.returncode}")
    return _one_line(done.stdout, f"password_command ({name})")


def _from_keyring(host: str, username: str) -> Secret | None:
    try:
        import keyring  # noqa: PLC0415 - an extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        password = keyring.get_password(f"numbatch {host}", username)
    except KeyringError:
        return None
    return Secret(password) if password else None
