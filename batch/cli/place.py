"""Which environment, and which ledger: live and rehearsal never meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey
from batch.settings.model import Settings
from batch.settings.source import SettingsError

if TYPE_CHECKING:
    from batch.ledger.sqlite import SqliteReader

PROVIDER = "multitel"
_LIVE = Environment.LIVE
_REHEARSAL = Environment.REHEARSAL


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """A ledger: where it lies, whose it is, and where its head file is kept."""

    directory: Path
    key: LedgerKey
    heads: Path


async def find_environment(settings: Settings) -> tuple[Environment, str]:
    """The environment that the host makes, and the place of a rehearsal.

    A host that is not loopback is live, whatever is set; our simulator is a rehearsal; of another loopback host, which may
    be a tunnel to the provider, the setting must say it. Raises SettingsError where that is missing or contradicts.
    """
    from batch.provider.multitel.address import is_loopback  # noqa: PLC0415 - only for what sends
    from batch.provider.multitel.transport import is_simulator  # noqa: PLC0415

    require_base_url(settings)
    wanted = settings.environment
    if not is_loopback(settings.base_url):
        if wanted is _REHEARSAL:
            raise _contradiction(settings, "is rehearsal, and the host is not on this machine: that is live")
        return _LIVE, ""
    place = host_and_port(settings.base_url)
    if await is_simulator(settings.base_url):
        if wanted is _LIVE:
            raise _contradiction(settings, f"is live, and {place} is the simulator: that is a rehearsal")
        return _REHEARSAL, place
    if wanted is None:
        raise SettingsError(
            "environment",
            settings.where.get("base_url", "base_url"),
            f"must be set: {place} does not show itself to be the simulator, and may be a tunnel to the provider",
            remedy="Set NUMBATCH_ENVIRONMENT (or `environment`) to live or rehearsal; or start `numbatch simulate`.",
        )
    return wanted, "" if wanted is _LIVE else place


def require_base_url(settings: Settings) -> None:
    """Raises UsageError, and says where it stands, where the base URL can't be used or would not be safe."""
    from batch.provider.multitel.address import parse_base_url  # noqa: PLC0415 - only for what sends

    try:
        parse_base_url(settings.base_url, allow_http=settings.allow_http)
    except UsageError as error:
        where = settings.where.get("base_url", "base_url")
        raise UsageError(f"{where}: {error.problem}", remedy=error.remedy) from None


def host_and_port(url: str) -> str:
    """The host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def ledger_directory(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Where ledgers lie: the setting, $STATE_DIRECTORY, or the user's state directory."""
    if settings.ledger is not None:
        return _standing(settings.ledger)
    by_systemd = environ.get("STATE_DIRECTORY", "").split(":")[0]
    if by_systemd:
        return Path(by_systemd)
    import platformdirs  # noqa: PLC0415 - measured: kept out of --help

    directory = _of_user(platformdirs.user_state_path)
    if directory is None:
        raise UsageError(
            "there is no home directory, so nothing says where ledgers lie",
            remedy="Name their directory with --ledger, NUMBATCH_LEDGER or STATE_DIRECTORY; or set HOME.",
        )
    return directory


def _standing(directory: Path) -> Path:
    """As it is, if it can be found: a relative one can't where the working directory was deleted."""
    try:
        directory.absolute()
    except OSError as error:
        raise UsageError(
            f"the working directory is gone, so nothing says where {directory} is",
            remedy="Start in another, or name whole paths.",
        ) from error
    return directory


def _of_user(find: Callable[[str], Path]) -> Path | None:
    """A directory of the user's; None where there is no home: no HOME, and a user id that nobody has."""
    try:
        found = find(PACKAGE)
    except RuntimeError:
        return None
    return found if found.is_absolute() else None


PACKAGE = "numbatch"


def ledger_place(directory: Path, key: LedgerKey) -> LedgerPlace:
    """The ledger of `key` in `directory`; its head file stands in the configuration directory, apart from it.

    A rehearsal's is kept by directory too, so that every rehearsal may begin in a directory of its own.
    """
    import platformdirs  # noqa: PLC0415 - measured: kept out of --help

    # Without a home there is no better place; a copy of the whole directory then goes unnoticed.
    heads = (_of_user(platformdirs.user_config_path) or directory) / "heads"
    if key.environment is _REHEARSAL:
        heads /= sha256(os.fsencode(directory.resolve())).hexdigest()[:12]
    return LedgerPlace(directory, key, heads)


@contextmanager
def open_reader(settings: Settings, environ: Mapping[str, str]) -> Iterator[SqliteReader]:
    """A reader of the ledger that the settings mean, else of the only one there is. Raises UsageError where that is open."""
    from batch.ledger.sqlite import SqliteReader, list_ledgers  # noqa: PLC0415 - only for what reads

    directory = ledger_directory(settings, environ)
    reader = SqliteReader.open(directory, choose_ledger(list_ledgers(directory), settings, directory))
    try:
        yield reader
    finally:
        reader.close()


def choose_ledger(keys: Sequence[LedgerKey], settings: Settings, directory: Path) -> LedgerKey:
    """The one of `keys` that the settings mean, else the only one that does not contradict what was said explicitly."""
    exact = [key for key in keys if _fits(key, settings, exactly=True)]
    if len(exact) == 1:
        return exact[0]
    possible = [key for key in keys if _fits(key, settings, exactly=False)]
    if len(possible) == 1:
        return possible[0]
    if not keys:
        raise UsageError(
            f"there is no ledger in {directory}",
            remedy="Name its directory with --ledger; `numbatch init` makes the ledger of an account.",
        )
    listed = "\n".join(f"    {_described(key)}" for key in possible or keys)
    what = "several ledgers" if possible else "no ledger of these settings"
    raise UsageError(
        f"there are {what} in {directory}" if possible else f"there is {what} in {directory}",
        remedy=f"Choose with --account, --environment live or rehearsal, NUMBATCH_BASE_URL, or --ledger. There are:\n{listed}",
    )


def meant_ledgers(keys: Sequence[LedgerKey], settings: Settings) -> Sequence[LedgerKey]:
    """Those of `keys` that the settings mean, else all that don't contradict what was said explicitly."""
    exact = [key for key in keys if _fits(key, settings, exactly=True)]
    return exact or [key for key in keys if _fits(key, settings, exactly=False)]


def expected_ledger(settings: Settings) -> LedgerKey | None:
    """The ledger that a run with these settings would use, as far as they say it without asking anybody; None: they don't."""
    if not settings.account.id:
        return None
    if not _is_loopback(settings.base_url) or settings.environment is _LIVE:
        return LedgerKey(PROVIDER, _LIVE, settings.account.id)
    return LedgerKey(PROVIDER, _REHEARSAL, settings.account.id, host_and_port(settings.base_url))


def _fits(key: LedgerKey, settings: Settings, *, exactly: bool) -> bool:
    names = {settings.account.id, settings.account.name} - {""}
    loopback = _is_loopback(settings.base_url)
    environment = settings.environment or (None if loopback else _LIVE)
    says_account = bool(names) and (exactly or "account" in settings.explicit)
    says_environment = environment is not None and (exactly or settings.environment is not None)
    says_place = loopback and (exactly or "base_url" in settings.explicit) and settings.environment is not _LIVE
    return (
        (not says_account or key.account in names)
        and (not says_environment or key.environment is environment)
        and (not says_place or key.place == host_and_port(settings.base_url))
    )


def _is_loopback(url: str) -> bool:
    from batch.provider.multitel.address import is_loopback  # noqa: PLC0415 - not for --help

    return is_loopback(url)


def _described(key: LedgerKey) -> str:
    place = f" at {key.place}" if key.place else ""
    return f"--environment {key.environment} --account {key.account}{place}"


def _contradiction(settings: Settings, what: str) -> SettingsError:
    return SettingsError("environment", settings.where.get("environment", "environment"), what)
