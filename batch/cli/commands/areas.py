"""`numbatch areas`: the areas of a country, and the prefixes of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import begin_with_settings
from batch.cli.commands.countries import country_json
from batch.cli.looking import NOTHING_FOUND, Asking, look
from batch.cli.nations import choose_country
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import Column, printable, say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batch.provider.lookups import Area, Country

_COUNTRY = Annotated[
    str,
    Parameter(name="COUNTRY", required=True, help="Its dial code (33, +33), its ISO code (FR, FRA), or its name."),
]


def areas(*country: _COUNTRY, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """List the areas of a country, by the prefix that `numbatch search` takes.

    A dial code that several countries share (1) is no answer: the choices are listed, exit code 2. Exit code 4 where the
    provider lists no areas, 5 where it can't be asked, or answers with no list. --json: {"country": {…}, "areas": [{"prefix", "name"}]}.

    For example:
        numbatch areas US
        numbatch areas United Kingdom
    """
    begun = begin_with_settings(common, where)
    text = " ".join(country)
    chosen, found = look(begun, lambda asking: _ask(asking, text))
    found = sorted(found, key=lambda one: (one.prefix, one.name.casefold()))
    if json:
        say_json({"country": country_json(chosen), "areas": [{"prefix": a.prefix, "name": a.name} for a in found]})
    elif found:
        say(printable(f"{chosen.name} (+{chosen.dial})"))
        say_table([Column("Prefix"), Column("Area")], [(one.prefix, one.name) for one in found])
    else:
        say(
            printable(
                f"the provider lists no areas of {chosen.name}, however it is asked: try `numbatch search {chosen.dial}`"
            )
        )
    return 0 if found else NOTHING_FOUND


async def _ask(asking: Asking, text: str) -> tuple[Country, Sequence[Area]]:
    chosen = choose_country(text, await asking.get(asking.provider.countries))
    return chosen, await asking.get(lambda: asking.provider.areas(chosen))
