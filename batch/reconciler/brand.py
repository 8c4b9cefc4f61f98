"""What a company may change about the look of its workbook: `templates/brand.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from batch.errors import UsageError
from batch.templates import template_path

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Brand:
    """Company name, font and colours ("#RRGGBB")."""

    company: str = ""
    font: str = "Calibri"
    ink: str = "#1B2433"
    accent: str = "#0072B2"
    header: str = "#1B2433"


def load_brand(path: Path | None = None) -> Brand:
    """The brand in `path`, by default the template's. Keys left out keep their defaults.

    Raises UsageError where the file can't be read, or holds what is no brand.
    """
    source = template_path("brand.toml") if path is None else path
    try:
        with source.open("rb") as file:
            read = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the brand file {source} can't be read: {error}") from error
    known = {one.name for one in fields(Brand)}
    for key, value in read.items():
        if key not in known:
            raise UsageError(f"{source} has an unknown key {key!r}", remedy=f"It takes {', '.join(sorted(known))}.")
        if not isinstance(value, str):
            raise UsageError(f"{source}: {key} must be a text")
        if key not in {"company", "font"} and not _COLOUR.fullmatch(value):
            raise UsageError(f"{source}: {key} is no colour: {value!r}", remedy='Write it as "#RRGGBB".')
    return Brand(**read)
