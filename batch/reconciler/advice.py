"""What a row means to people: the reason in words, who acts, and what to do, with the command to use.

What a return code means is the provider's table's business; here is the rest, by status and by why a row was not sent.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from batch.codes import Actor
from batch.ledger.records import Status, Why


class Advice(NamedTuple):
    """The words for a row. `todo` may name the run as `{run}`; empty where there is nothing to do."""

    reason: str
    actor: Actor
    todo: str


_AGAIN = "Run the same command again: it goes on with what was not sent, and buys nothing twice."

STATUS_ADVICE = MappingProxyType(
    {
        Status.PURCHASED: Advice("", Actor.NOBODY, ""),
        Status.OWNED: Advice("Held by the account before", Actor.NOBODY, ""),
        Status.REFUSED: Advice(
            "Refused by the provider",
            Actor.PROVIDER,
            "Ask the provider what its answer means; then order another number, or run again with --retry-refused.",
        ),
        Status.DEFERRED: Advice(
            "Reserved, and not free within the time given",
            Actor.ITSELF,
            "Run the same command again later: it is tried anew.",
        ),
        Status.DOUBT: Advice(
            "Sent, and no verdict yet: it may have been bought and charged",
            Actor.OPERATOR,
            "Ask the provider about it: `numbatch resolve {run}`. Do not buy it by hand before.",
        ),
        Status.NOT_SENT: Advice("Not sent", Actor.OPERATOR, _AGAIN),
        Status.INVALID: Advice(
            "The row is wrong",
            Actor.OPERATOR,
            "Correct the row in the order sheet (`numbatch check` explains it), then run the sheet again.",
        ),
        Status.DUPLICATE: Advice("The same number stands in an earlier row", Actor.NOBODY, ""),
        Status.RELEASED: Advice("Bought by this run, then given back", Actor.NOBODY, ""),
    }
)
"""By status, where nothing more precise is known."""

WHY_ADVICE = MappingProxyType(
    {
        Why.PENDING: Advice("Not reached yet", Actor.OPERATOR, _AGAIN),
        Why.INTERRUPTED: Advice("The run was interrupted", Actor.OPERATOR, _AGAIN),
        Why.HALTED: Advice(
            "The run was halted",
            Actor.OPERATOR,
            "See on Summary why it was halted and mend that; then run the same command again.",
        ),
        Why.LIMIT: Advice("The limit of this invocation was reached (--limit)", Actor.OPERATOR, _AGAIN),
        Why.MAX_SPEND: Advice(
            "The spending limit was reached (--max-spend)",
            Actor.FINANCE,
            "Approve more money; then run the same command again with a higher --max-spend.",
        ),
        Why.MAX_NUMBERS: Advice(
            "The limit of numbers was reached (--max-numbers)",
            Actor.OPERATOR,
            "Run the same command again with a higher --max-numbers.",
        ),
        Why.UNTIL: Advice(
            "The time was over (--until)",
            Actor.OPERATOR,
            "Run the same command again when numbers may be bought again.",
        ),
        Why.PRICE_UNKNOWN: Advice(
            "Its price is not known, and a spending limit is set",
            Actor.OPERATOR,
            "Give a price, in a Price column or with --price; then run again.",
        ),
        Why.ATTEMPTS: Advice(
            "Its attempts were used up without a definite answer",
            Actor.OPERATOR,
            "Run the same command again; if that happens again, ask the provider.",
        ),
        Why.ACCOUNT: Advice(
            "The provider refused the whole account",
            Actor.OPERATOR,
            "Have the account put right; then run the same command again.",
        ),
        Why.ELSEWHERE: Advice(
            "Another run has it in doubt",
            Actor.OPERATOR,
            "Let that run find out: `numbatch history {number}` names it, `numbatch resolve RUN` asks. Then run again.",
        ),
        Why.GONE: Advice(
            "An earlier run bought it, and the account no longer holds it",
            Actor.OPERATOR,
            "Find out who gave it back (`numbatch history {number}`). It is never bought again by itself: --rebuy does.",
        ),
        Why.RELEASED: Advice(
            "This run has given it back",
            Actor.OPERATOR,
            "Nothing, if it was meant to go. It is never bought again by itself.",
        ),
    }
)
"""By why a row was not sent."""

PRESUMED = "Presumed to be this run's purchase: the account holds it, and nothing shows who bought it"
"""The reason of a purchase that was attributed by an inquiry and not by an answer."""

GIVING_BACK = Advice(
    "Being given back: nobody knows yet whether it was",
    Actor.OPERATOR,
    "Find out: `numbatch release {run}` goes on, `numbatch resolve {run}` only asks.",
)
"""A purchase whose release had no answer yet."""

DIFFERS = Advice(
    "Held by the account, with other routing than ordered",
    Actor.OPERATOR,
    "Change the routing in the provider's panel, or the order sheet: the program leaves an owned number's routing alone.",
)
"""An owned number whose order differs from what it was bought with."""
