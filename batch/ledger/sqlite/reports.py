"""Invocations as they are read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from batch.ledger.records import Invocation, InvocationEnd, InvocationFacts, Why
from batch.ledger.sqlite.codec import Values, from_micros, maybe_money


def invocation_record(values: Values) -> Invocation:
    """The invocation of `INVOCATIONS`."""
    number, started, who, host, pid, version, settings, ended, code, stop, halt_reason, opening, closing, _ = values
    return Invocation(
        id=number,
        facts=InvocationFacts(from_micros(started), who, host, pid, version, json.loads(settings)),
        end=None
        if ended is None
        else InvocationEnd(
            ended=from_micros(ended),
            exit_code=code,
            stop=Why(stop),
            halt_reason=halt_reason,
            opening_balance=maybe_money(opening),
            closing_balance=maybe_money(closing),
        ),
    )


def assumed_price(invocations: Sequence[Values]) -> Decimal | None:
    """The price setting that the last invocation claimed with; of one that claimed nothing, the one before it."""
    for values in reversed(invocations):
        if values[-1] is not None:
            return maybe_money(values[-1])
    return None
