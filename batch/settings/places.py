"""Where settings are found besides files: the flags of this invocation, and the environment."""

from __future__ import annotations

from collections.abc import Mapping

from batch.settings.model import SETTINGS
from batch.settings.source import Found, SettingsError, did_you_mean

PREFIX = "NUMBATCH_"
CONFIG = "NUMBATCH_CONFIG"
USERNAME = "NUMBATCH_USERNAME"
BASE_URL = "NUMBATCH_BASE_URL"
PASSWORD = "NUMBATCH_PASSWORD"  # noqa: S105 - a variable's name
_ACCOUNT = "account"
_OTHERS = frozenset({CONFIG, USERNAME, PASSWORD})


def variable(key: str) -> str:
    """The variable that sets `key`: rate → NUMBATCH_RATE."""
    return PREFIX + key.upper()


def from_flags(flags: Mapping[str, object]) -> dict[str, Found]:
    """The flags that were given, by setting; None stands for a flag that was not."""
    return {key: Found(key, raw, _flag(key, raw), explicit=True) for key, raw in flags.items() if raw is not None}


def from_environment(environ: Mapping[str, str]) -> dict[str, Found]:
    """The NUMBATCH_… variables, by setting. An empty one counts as not set.

    Raises SettingsError for a variable with our prefix that sets nothing: a bound with a typo must not vanish.
    """
    keys = {variable(key): key for key in (_ACCOUNT, *SETTINGS) if key == _ACCOUNT or not SETTINGS[key].table}
    found = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in _OTHERS:
            continue
        if name not in keys:
            hint = did_you_mean(
                name, [*keys, *_OTHERS], otherwise="`numbatch init --help` shows where all settings stand."
            )
            raise SettingsError(name, "environment", "is no setting", remedy=hint)
        if environ[name].strip():
            key = keys[name]
            found[key] = Found(key, environ[name], name, explicit=True)
    return found


def _flag(key: str, raw: object) -> str:
    dashed = key.replace("_", "-")
    return f"--no-{dashed}" if raw is False else f"--{dashed}"
