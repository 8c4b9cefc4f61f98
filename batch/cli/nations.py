"""Which of the provider's countries a person means: by dial code, ISO code of two or three letters, or name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from batch.cli.output import printable
from batch.errors import UsageError
from batch.provider.lookups import Country
from batch.provider.multitel.iso import alpha2

_DIAL = re.compile(r"(?:\+|00)?([1-9][0-9]*)")
_CUSTOMARY = {"UK": "GB", "EL": "GR"}
"""Letters that people write, and the code that they stand for."""
_MOST = 12
"""Choices that are listed."""


def choose_country(text: str, countries: Sequence[Country]) -> Country:
    """The one of `countries` that `text` means. Raises UsageError, with the choices, where that is none or several."""
    wanted = " ".join(text.split())
    found = _meant(wanted, countries)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{wanted!r} may be several countries", remedy=f"Name one:\n{_listed(found)}")
    names = {one.name.casefold(): one for one in countries}
    near = [names[name] for name in difflib.get_close_matches(wanted.casefold(), names, n=3, cutoff=0.7)]
    hint = f"Did you mean:\n{_listed(near)}" if near else "`numbatch countries` lists those that it has."
    raise UsageError(f"the provider lists no country {wanted!r}", remedy=hint)


def _meant(wanted: str, countries: Sequence[Country]) -> list[Country]:
    """Those that are meant, by the surest way that leads to any."""
    if dial := _DIAL.fullmatch(wanted.replace(" ", "").replace("-", "")):
        return [one for one in countries if one.dial == dial[1]]
    folded = wanted.casefold()
    code = _CUSTOMARY.get(wanted.upper(), alpha2(wanted))
    ways = (
        lambda one: one.iso.casefold() == folded,
        lambda one: bool(code) and alpha2(one.iso) == code,
        lambda one: one.name.casefold() == folded,
        lambda one: one.name.casefold().startswith(folded),
        lambda one: set(folded.split()) <= set(re.findall(r"\w+", one.name.casefold())),
    )
    return next((found for way in ways if (found := [one for one in countries if way(one)])), [])


def _listed(countries: Sequence[Country]) -> str:
    lines = [printable(f"    {one.iso or one.dial}: {one.name} (+{one.dial})") for one in countries[:_MOST]]
    more = len(countries) - _MOST
    return "\n".join(lines + ([f"    and {more} more: `numbatch countries`"] if more > 0 else []))
