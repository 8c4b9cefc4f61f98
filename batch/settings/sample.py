"""A commented settings file, made from the table of settings: what `numbatch init` writes, and the sample beside the docs."""

from __future__ import annotations

from collections.abc import Mapping

from batch.settings.model import ACCOUNT, SETTINGS

_HEAD = """\
# Settings of numbatch. Every line that begins with "# " and a setting shows it as an example: remove the # to set it.
# Flags win over NUMBATCH_... variables (rate: NUMBATCH_RATE), and these over this file.
"""

_ACCOUNT_HEAD = """\
# An account: choose one with --account NAME where there are several. Any setting above may stand here too.
# The password is never a flag. First found: password_command, $CREDENTIALS_DIRECTORY/numbatch-password, password_file,
# NUMBATCH_USERNAME and NUMBATCH_PASSWORD, password below, the system's keyring. It is only sent to the base_url of this file.
"""


def sample(
    values: Mapping[str, str] | None = None, account: Mapping[str, str] | None = None, name: str = "main"
) -> str:
    """The text of a settings file. `values` and `account` are settings to set, as TOML has them; the rest is commented."""
    values = values or {}
    account = account or {}
    lines = [_HEAD]
    group = None
    for key, about in SETTINGS.items():
        if about.table:
            continue
        if about.group != group:
            group = about.group
            lines.append(f"\n# {group}\n")
            if len(lines) == _FIRST_GROUP:
                lines.append(_line("account", toml_text(name), "the account to use, where there are several", None))
        lines.append(_line(key, about.sample, about.meaning, values.get(key)))
    for key, about in SETTINGS.items():
        if about.table:
            lines.append(f"\n# {about.meaning[0].upper()}{about.meaning[1:]}\n[{key}]\n# {about.sample}\n")
    commented = "" if account else "# "
    lines.append(f"\n{_ACCOUNT_HEAD}{commented}[accounts.{name}]\n")
    lines += [_line(key, about.sample, about.meaning, account.get(key)) for key, about in ACCOUNT.items()]
    return "".join(lines)


def toml_text(text: str) -> str:
    """`text` as a TOML string."""
    escaped = "".join(_ESCAPES.get(char, char) if char.isprintable() else f"\\U{ord(char):08x}" for char in text)
    return f'"{escaped}"'


_FIRST_GROUP = 2
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def _line(key: str, example: str, meaning: str, value: str | None) -> str:
    setting = f"# {key} = {example}" if value is None else f"{key} = {value}"
    return f"{setting:<44}  # {meaning}\n"
