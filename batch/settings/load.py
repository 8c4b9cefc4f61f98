"""All settings of an invocation, from every place that may set one, in the order in which they win."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from batch.errors import UsageError
from batch.settings import places
from batch.settings.convert import home_expanded
from batch.settings.files import NAME, SettingsFile, own_file, read, read_harmless
from batch.settings.key import Key
from batch.settings.model import ACCOUNT, DEFAULT_BASE_URL, SETTINGS, Account, Settings
from batch.settings.source import Found, SettingsError, did_you_mean

_CHOICE = "account"
_PATHS = frozenset({"ledger", "password_file"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an invocation finds around it. `standard` are the places of a settings file that nobody named."""

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    working_directory: Path = Path()
    standard: tuple[Path, ...] = ()

    @classmethod
    def here(cls) -> Surroundings:
        """Those of this process."""
        return cls(dict(os.environ), Path(), standard_files())


def standard_files() -> tuple[Path, ...]:
    """The user's settings file, then the system's; only those whose place is known without a home directory."""
    import platformdirs  # noqa: PLC0415 - measured: kept out of --help

    try:
        user = [platformdirs.user_config_path("numbatch")]
    except RuntimeError:  # no HOME, and a user id that nobody has
        user = []
    system = platformdirs.site_config_dir("numbatch", multipath=True).split(os.pathsep)
    places_ = [*user, *(Path(one) for one in system)]
    return tuple(one / NAME for one in places_ if one.is_absolute())


def load(
    flags: Mapping[str, object],
    around: Surroundings,
    *,
    config: str | None = None,
    needs_account: bool = True,
) -> Settings:
    """The settings by flags (`None`: not given), variables, the settings file, the working directory's file.

    Raises SettingsError, which names key and place, and UsageError where a file can't be used. With `needs_account` it
    also does where several accounts are there and none is chosen.
    """
    own_path = own_file(config, around.environ, around.standard)
    own = read(own_path) if own_path is not None else None
    harmless = _working_directory_file(around, own_path)
    flags_ = places.from_flags(flags)
    variables = places.from_environment(around.environ)
    chosen = flags_.pop(_CHOICE, None) or variables.pop(_CHOICE, None)
    name = _account_name(chosen, own, needed=needs_account)
    account = dict(own.accounts.get(name, {})) if own is not None else {}
    top = own.top if own is not None else {}
    added = harmless.top if harmless is not None else {}

    merged = _merge(flags_, variables, account, top, added)
    values: dict[str, Any] = {key: _convert(SETTINGS[key], found) for key, found in merged.items()}
    of_account: dict[str, Any] = {
        key: _convert(ACCOUNT[key], found) for key, found in account.items() if key in ACCOUNT
    }
    _anchor(values, merged, around)
    _anchor(of_account, account, around)
    bound = account.get("base_url") or top.get("base_url")
    settings = Settings(
        account=Account(name=name, **of_account),
        where={key: found.where for key, found in {**merged, **account}.items()},
        explicit=frozenset(key for key, found in merged.items() if found.explicit) | ({_CHOICE} if chosen else set()),
        bound_url=DEFAULT_BASE_URL if bound is None else str(_convert(SETTINGS["base_url"], bound)),
        is_bound=bound is not None,
        files=tuple(one.path for one in (own, harmless) if one is not None),
        accounts=_named(own) or ({name: ()} if name else {}),
        **values,
    )
    _check(settings)
    return replace(settings, account=_identified(settings.account, around))


def _working_directory_file(around: Surroundings, own: Path | None) -> SettingsFile | None:
    path = around.working_directory / NAME
    if not path.is_file() or (own is not None and path.samefile(own)):
        return None
    if any(one.is_file() and path.samefile(one) for one in around.standard):
        return None
    return read_harmless(path)


def _account_name(chosen: Found | None, own: SettingsFile | None, *, needed: bool) -> str:
    """The account's name: chosen, else the only one. Without any account's table, a chosen name stands for itself."""
    accounts = own.accounts if own is not None else {}
    chosen = chosen or (own.choice if own is not None else None)
    if chosen is not None:
        name = str(chosen.raw).strip()
        if accounts and name not in accounts:
            raise SettingsError(
                _CHOICE,
                chosen.where,
                f"names {name!r}, and there is no [accounts.{name}]",
                remedy=did_you_mean(name, accounts, otherwise=f"There are: {', '.join(accounts)}."),
            )
        return name
    if len(accounts) > 1 and needed:
        raise UsageError(
            f"there are several accounts in the settings: {', '.join(accounts)}",
            remedy="Choose one with --account, NUMBATCH_ACCOUNT or `account` in the settings file.",
        )
    return next(iter(accounts)) if len(accounts) == 1 else ""


def _named(own: SettingsFile | None) -> dict[str, tuple[str, ...]]:
    """The accounts of a settings file, each with its id and its login: orders may name it so."""
    tables = own.accounts if own is not None else {}
    return {
        name: tuple(str(table[key].raw) for key in ("id", "username") if key in table) for name, table in tables.items()
    }


def _merge(*sources: Mapping[str, Found]) -> dict[str, Found]:
    """The first that has a setting wins; of tables, the first that has an entry."""
    merged: dict[str, Found] = {}
    for source in sources:
        for key, found in source.items():
            if key not in SETTINGS:
                continue
            first = merged.setdefault(key, found)
            if SETTINGS[key].table and isinstance(found.raw, dict) and isinstance(first.raw, dict):
                merged[key] = replace(first, raw={**found.raw, **first.raw})
    return merged


def _convert(key: Key, found: Found) -> object:
    try:
        return key.convert(found.raw)
    except ValueError as error:
        raise SettingsError(found.key, found.where, str(error)) from None


def _anchor(values: dict[str, Any], found: Mapping[str, Found], around: Surroundings) -> None:
    """A relative path counts from where it was said: a settings file's directory, or the working directory."""
    for key in _PATHS & values.keys():
        file = found[key].file
        base = around.working_directory if file is None else file.parent
        path = _convert_path(found[key], str(values[key]))
        values[key] = type(values[key])(base / path)


def _convert_path(found: Found, path: str) -> Path:
    try:
        return home_expanded(path)
    except ValueError as error:
        raise SettingsError(found.key, found.where, str(error)) from None


def _check(settings: Settings) -> None:
    """What no single setting can tell."""
    if settings.horizon < settings.resolve_delay:
        where = settings.where.get("resolve_horizon", "settings")
        raise SettingsError(
            "resolve_horizon",
            where,
            f"is {settings.horizon:g} seconds, less than resolve_delay ({settings.resolve_delay:g})",
            remedy="An absence would be believed before the first question: make it several times resolve_delay.",
        )


def _identified(account: Account, around: Surroundings) -> Account:
    """The account with its identity: `id`, else the user name, else the name that was chosen.

    Raises UsageError where the environment names another user than the settings file, and no `id` says that both are the
    same account: the purchases of one would stand in the ledger of the other.
    """
    other = around.environ.get(places.USERNAME, "").strip()
    if other and account.username and other != account.username and not account.id:
        raise UsageError(
            f"{places.USERNAME} is {other!r}, and [accounts.{account.name}] in the settings has username {account.username!r}: "
            "nothing says whether that is the same account",
            remedy=f"Where both are users of one account, set `id` in [accounts.{account.name}]; else give {other!r} a table of "
            "its own, and choose it with --account.",
        )
    username = account.username or other
    return replace(account, username=username, id=account.id or username or account.name)
