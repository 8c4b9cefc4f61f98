"""One setting's entry in the table that `model` is: how it is converted, what it means, where it may stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import get_type_hints


class Scope(StrEnum):
    """Where in files a setting may stand. Flags and variables can set anything but credentials and tables."""

    ANYWHERE = "anywhere"
    """Also in a `numbatch.toml` of the working directory: it can't send money or secrets elsewhere."""
    FILE = "file"
    """In the settings file, at the top or in an account's table."""
    ACCOUNT = "account"
    """In an account's table alone, and in no variable."""


@dataclass(frozen=True, slots=True)
class Key:
    """How one setting is converted, and what it is to people; it annotates a dataclass field.

    `sample` is how a settings file would have it. `table`: a table of the file, and so in no flag and no variable.
    """

    convert: Callable[[object], object]
    meaning: str
    sample: str
    scope: Scope = Scope.FILE
    group: str = ""
    table: bool = False


def keys_of(model: type) -> dict[str, Key]:
    """The settings of a dataclass, by name, in its order."""
    hints = get_type_hints(model, include_extras=True)
    annotated = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    return {name: extra[0] for name, extra in annotated.items() if extra and isinstance(extra[0], Key)}
