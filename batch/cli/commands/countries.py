"""`numbatch countries`: the countries that the provider has numbers of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batch.cli.begin import begin_with_settings
from batch.cli.looking import NOTHING_FOUND, look
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import Column, say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batch.provider.lookups import Country


def countries(*, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """List the countries that the provider has numbers of, by name: dial code, name, ISO code, the provider's own id.

    Exit code 4 where it lists none, 5 where it can't be asked. --json: a list of {"dial", "name", "iso", "id"}.

    For example:
        numbatch countries
    """
    begun = begin_with_settings(common, where)
    found = look(begun, lambda asking: asking.get(asking.provider.countries))
    found = sorted(found, key=lambda one: (one.name.casefold(), one.dial))
    if json:
        say_json([country_json(one) for one in found])
    elif found:
        say_countries(found)
    else:
        say("the provider lists no countries")
    return 0 if found else NOTHING_FOUND


def country_json(country: Country) -> dict[str, str]:
    """A country for programs."""
    return {"dial": country.dial, "name": country.name, "iso": country.iso, "id": country.id}


def say_countries(found: Sequence[Country]) -> None:
    """Countries as a table."""
    columns = [Column("Dial", figures=True), Column("Country"), Column("ISO"), Column("Id", figures=True)]
    say_table(columns, [(f"+{one.dial}", one.name, one.iso, one.id) for one in found])
