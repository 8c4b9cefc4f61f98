"""What the chain holds after one of its entries, and where the numbers stood there that it met again since."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import takewhile
from typing import Final

import apsw

from batch.ledger.evidence import Since, Standing
from batch.ledger.records import Status
from batch.ledger.sqlite.chain import verified
from batch.ledger.sqlite.checks import Told, hear
from batch.ledger.statuses import DOUBT_STATES

_IN_DOUBT: Final = frozenset(state.value for state in DOUBT_STATES)


def entries_since(connection: apsw.Connection, run: str, sequence: int) -> Since:
    """See `EvidenceReader.since`. The chain is checked on the way; two passes, so that memory grows only with what was met again."""
    met: set[str] = set()
    of_run, count = False, 0
    for entry in verified(connection, sequence + 1):
        count += 1
        of_run = of_run or entry[3] == run
        if entry[2]:
            met.add(entry[2])
    told, attempts = Told(), Counter[str]()
    if met:
        for entry in takewhile(lambda entry: entry[0] <= sequence, verified(connection)):
            if entry[2] in met:
                hear(told, entry)
                attempts[entry[2]] += entry[4] == "P1" and entry[3] == run
    return Since(count, {number: _standing(told, attempts, number, run) for number in met}, of_run)


def _standing(told: Told, attempts: Counter[str], number: str, run: str) -> Standing:
    state, _, _, _, _, _, code, _, current, _ = told.states.get(number, ",,,,,,None,,,").split(",")
    bought = told.purchases.get((number, run))
    setup, monthly = (Decimal(part) for part in told.prices.get((number, run), "0 + 0").split(" + "))
    priced = (number, run) in told.prices
    status, why = None, None
    if state in _IN_DOUBT and current == run:
        status, why = Status.DOUBT, None if code == "None" else int(code)
    elif bought is not None:
        status = Status.PURCHASED if bought == "purchased" else Status.RELEASED
    elif (number, run) in told.refusals:
        status, why = Status.REFUSED, told.refusals[number, run]
    return Standing(status, why, setup if priced else None, monthly if priced else None, attempts[number])
