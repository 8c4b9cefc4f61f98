"""`numbatch ringto`: where a number's calls go."""

from __future__ import annotations

from batch.cli.begin import begin_with_settings
from batch.cli.looking import NOTHING_FOUND, Asking, look
from batch.cli.masking import mask
from batch.cli.numbers import NumberWords, read_number
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import Column, say, say_json, say_table
from batch.number import Number
from batch.provider.lookups import RingTo
from batch.provider.protocol import NotOwned


def ringto(*number: NumberWords, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Tell where the calls of one of the account's numbers go, as the provider has it; passwords are left out.

    Exit code 4 where the account does not show the number, 5 where it can't be asked. --json: {"number", "owned",
    "destinations", "told"}, told by the provider's own names.

    For example:
        numbatch ringto +1 203 555 0100
    """
    begun = begin_with_settings(common, where)
    wanted = read_number(" ".join(number), begun.settings)
    found = look(begun, lambda asking: _ask(asking, wanted))
    if isinstance(found, NotOwned):
        if json:
            say_json({"number": wanted, "owned": False, "destinations": [], "told": {}})
        else:
            say(f"{wanted}: the account shows no such number")
        return NOTHING_FOUND
    destinations = [mask(one) for one in found.destinations]
    told = {name: mask(value) for name, value in found.told.items()}
    if json:
        say_json({"number": wanted, "owned": True, "destinations": destinations, "told": told})
        return 0
    say(wanted)
    if destinations:
        say_table(
            [Column("Rings", figures=True), Column("Destination")],
            [(str(place), one) for place, one in enumerate(destinations, start=1)],
        )
    else:
        say("no destination is told: the account's default may hold")
        say_table([Column("Told"), Column("Value")], list(told.items()))
    return 0


async def _ask(asking: Asking, number: Number) -> RingTo | NotOwned:
    return await asking.get(lambda: asking.provider.ring_to(number))
