"""`numbatch show`: what the account holds about one number, and what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.commands.history import history_json, say_history
from batch.cli.figures import amount, money_text
from batch.cli.holding import held_fields, other_facts
from batch.cli.looking import NOTHING_FOUND, Asking, look
from batch.cli.masking import mask
from batch.cli.numbers import NumberWords, read_number
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.options_of import time_zone
from batch.cli.output import Column, say, say_json, say_table
from batch.cli.place import open_reader
from batch.errors import LedgerError, UsageError
from batch.provider.protocol import NotOwned

if TYPE_CHECKING:
    from batch.ledger.records import HistoryEntry
    from batch.number import Number
    from batch.provider.protocol import Owned

_ZONE = "the provider does not say in which time zone"


def show(*number: NumberWords, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Show what the account holds about one number, field by field, and what the ledger knows of it; passwords are left out.

    Exit code 4 where the account does not show it, 5 where it can't be asked. --json: {"number", "owned", "fields",
    "not_reported", "other", "setup", "monthly", "currency", "created", "history"}; fields by their names in an order, other by
    the provider's own, history null where there is no ledger.

    For example:
        numbatch show +1 203 555 0100
    """
    begun = begin_with_settings(common, where)
    wanted = read_number(" ".join(number), begun.settings)
    found = look(begun, lambda asking: _ask(asking, wanted))
    entries, no_ledger = _history(begun, wanted)
    if json:
        owned = {"number": wanted, "owned": False} if isinstance(found, NotOwned) else _owned_json(begun, found)
        say_json({**owned, "history": None if entries is None else history_json(entries)})
    else:
        if isinstance(found, NotOwned):
            say(f"{wanted}: the account shows no such number")
        else:
            _say_owned(begun, found)
        say()
        _say_history(begun, entries, no_ledger)
    return NOTHING_FOUND if isinstance(found, NotOwned) else 0


async def _ask(asking: Asking, number: Number) -> Owned | NotOwned:
    return await asking.get(lambda: asking.provider.inquire(number))


def _history(begun: Begun, number: Number) -> tuple[Sequence[HistoryEntry] | None, str]:
    """The number's life in the ledger; None, and why, where there is none that can be read."""
    try:
        with open_reader(begun.settings, begun.environ) as reader:
            return reader.history(number), ""
    except (UsageError, LedgerError) as error:
        return None, error.problem


def _owned_json(begun: Begun, found: Owned) -> dict[str, object]:
    fields, missing = held_fields(found.holding)
    return {
        "number": found.number,
        "owned": True,
        "fields": {one.name: {"value": one.value, "word": one.word, "retired": one.retired} for one in fields},
        "not_reported": missing,
        "other": other_facts(found.holding),
        "setup": money_text(found.setup),
        "monthly": money_text(found.monthly),
        "currency": begun.settings.currency,
        "created": found.created.isoformat(sep=" ") if found.created else None,
    }


def _say_owned(begun: Begun, found: Owned) -> None:
    currency = begun.settings.currency
    fields, missing = held_fields(found.holding)
    say(found.number)
    created = f"{found.created} ({_ZONE})" if found.created else "not told"
    facts = (
        ("Created", created),
        ("Set-up paid", amount(found.setup, currency)),
        ("Monthly", amount(found.monthly, currency)),
        *other_facts(found.holding).items(),
    )
    say_table([Column("Of the number"), Column("")], facts)
    rows = [(one.name, one.shown, "retired: it may have no effect" if one.retired else "") for one in fields]
    say_table([Column("Field"), Column("The account has"), Column("")], rows)
    if missing:
        say(f"The account does not report: {', '.join(missing)}")


def _say_history(begun: Begun, entries: Sequence[HistoryEntry] | None, no_ledger: str) -> None:
    if entries is None:
        say(f"No ledger was looked into: {mask(no_ledger)}")
    elif not entries:
        say("The ledger has never met it")
    else:
        say("In the ledger:")
        say_history(entries, time_zone(begun.settings))
