"""The whole ledger against its own chain: every state, attempt, verdict and price must be what the chain's entries led to.

The chain shows that its entries are as they were written; this shows that the tables beside it are. Run on each opening while
the ledger is small, and on demand (`verify_ledger`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import apsw

from batch.ledger.sqlite import chain
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import Values, canonical, damaged, number_row, seal

_CLAIMS: Final = frozenset({"P1", "R1"})
_GIVEN_BACK: Final = frozenset({"O2", "R1'", "R3"})
_NOT_STATES: Final = frozenset({"run", "end", "price", "O1"})
_BOUGHT: Final = frozenset({"bought", "releasing", "release doubt"})


@dataclass(slots=True)
class _Told:
    """What the chain says."""

    states: dict[str, str] = field(default_factory=dict)
    intents: dict[tuple[str, int], Values] = field(default_factory=dict)
    ends: set[Values] = field(default_factory=set)
    purchases: dict[tuple[str, str], str] = field(default_factory=dict)
    bought_with: dict[tuple[str, str], int | None] = field(default_factory=dict)
    refusals: dict[tuple[str, str], int | None] = field(default_factory=dict)
    prices: dict[tuple[str, str], str] = field(default_factory=dict)
    runs: dict[str, Values] = field(default_factory=dict)
    invocations: dict[int, str] = field(default_factory=dict)


def check_all(connection: apsw.Connection) -> int:
    """Check the chain and everything beside it, in one snapshot; how many entries there are.

    Raises LedgerUnusable that names the first thing that does not agree.
    """
    with connection:
        count = chain.verify(connection)
        told = _Told()
        for entry in connection.execute(sql.ENTRIES_FROM, (1,)):
            _hear(told, entry)
        for check in (_states, _attempts, _purchases, _runs):
            for wrong in check(connection, told):
                raise damaged(f"{wrong} does not agree with its chain")
    return count


def _hear(told: _Told, entry: Values) -> None:
    _, at, number, run, rule, before, after, attempt, code, reason, _ = entry
    match rule:
        case "run":
            told.runs[run] = (after, reason)
        case "end":
            told.invocations[int(after)] = reason
        case "price":
            told.prices[number, run] = after
        case _ if rule not in _NOT_STATES:
            _hear_state(told, rule, number, run, before, after, told.states.get(number, ""))
            if rule == "P4":
                told.bought_with[number, run] = code
            told.states[number] = after
            if rule in _CLAIMS:
                told.intents[number, attempt] = (run, at, reason)
            else:
                told.ends.add((number, attempt, at, code, reason))
        case _:
            pass


def _hear_state(told: _Told, rule: str, number: str, run: str, before: str, after: str, known: str) -> None:
    state, *_, code, _, _, buyer = after.split(",")
    if state == "bought" and buyer == run and before not in _BOUGHT:
        told.purchases[number, run] = "purchased"
    elif rule in _GIVEN_BACK or (rule == "R6" and state == "free"):
        told.purchases[number, known.rsplit(",", 1)[-1]] = "released"
    elif state == "refused":
        told.refusals[number, run] = None if code == "None" else int(code)


def _states(connection: apsw.Connection, told: _Told) -> Iterator[str]:
    count = 0
    for number, *values in connection.execute(sql.STATES, (-1,)):
        count += 1
        if told.states.get(number) != canonical(number_row(number, values)):
            yield f"the state of {number}"
    if count != len(told.states):
        yield "the count of its numbers"


def _attempts(connection: apsw.Connection, told: _Told) -> Iterator[str]:
    count = 0
    for number, attempt, run, intent, worst, ended, code, reason in connection.execute(sql.ATTEMPTS_TO_CHECK):
        count += 1
        if told.intents.get((number, attempt)) != (run, intent, at_worst(worst)):
            yield f"attempt {attempt} on {number}"
        if ended is not None and (number, attempt, ended, code, reason) not in told.ends:
            yield f"the answer to attempt {attempt} on {number}"
    if count != len(told.intents):
        yield "the count of its attempts"


def at_worst(worst: str | None) -> str:
    """What the chain says of an intent: what it could cost."""
    return "" if worst is None else f"at worst {worst}"


def _purchases(connection: apsw.Connection, told: _Told) -> Iterator[str]:
    count = 0
    for number, run, verdict, code, setup, monthly in connection.execute(sql.VERDICTS_TO_CHECK):
        if verdict in {"purchased", "released"}:
            count += 1
            price = None if setup is None else f"{setup} + {monthly}"
            there = told.purchases.get((number, run)), told.prices.get((number, run))
            if there != (verdict, price) or code not in {None, told.bought_with.get((number, run))}:
                yield f"what run {run} bought ({number})"
        elif told.refusals.get((number, run), code) != code:
            yield f"what refused {number} to run {run}"
    if count != len(told.purchases):
        yield "the count of its purchases"


def _runs(connection: apsw.Connection, told: _Told) -> Iterator[str]:
    known = dict[str, Values]()
    for name, key, rows, there in connection.execute(sql.RUNS_TO_CHECK):
        known[name] = (key, f"{rows} rows")
        if rows != there:
            yield f"the count of run {name}'s rows"
    if known != told.runs:
        yield "the list of its runs"
    for number, exit_code, stop in connection.execute(sql.ENDS_TO_CHECK):
        if told.invocations.pop(number, None) != f"exit {exit_code}, {stop}":
            yield f"the end of invocation {number}"
    if told.invocations:
        yield "the count of its invocations"
    for run, position, number, kind, fields, cells, price, kept in connection.execute(sql.ORDERS_TO_CHECK):
        if seal(number, kind, fields, cells, price or "") != kept:
            yield f"row {position} of run {run}"
