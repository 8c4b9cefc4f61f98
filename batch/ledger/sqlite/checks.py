"""The whole ledger: every row against its seal, and against what the chain's entries led to.

The chain shows that its entries are as they were written; the seals show that the rows beside it are; and a row that was put
back to an older state of its own, seal and all, is not what the chain led to. Run on each opening while the ledger is not too
long for it, and on demand (`inspect_ledger`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import apsw

from batch.errors import LedgerUnusable
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.chain import verified
from batch.ledger.sqlite.codec import Values, damaged, seal, unseal

_CLAIMS: Final = frozenset({"P1", "R1"})
_GIVEN_BACK: Final = frozenset({"O2", "R1'", "R3"})
_BOUGHT: Final = frozenset({"bought", "releasing", "release doubt"})


@dataclass(slots=True)
class Told:
    """What the chain says."""

    states: dict[str, str] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    gone: dict[str, bool] = field(default_factory=dict)
    intents: dict[tuple[str, int], Values] = field(default_factory=dict)
    ends: set[Values] = field(default_factory=set)
    purchases: dict[tuple[str, str], str] = field(default_factory=dict)
    bought_with: dict[tuple[str, str], int | None] = field(default_factory=dict)
    refusals: dict[tuple[str, str], int | None] = field(default_factory=dict)
    prices: dict[tuple[str, str], str] = field(default_factory=dict)
    runs: dict[str, Values] = field(default_factory=dict)
    invocations: dict[int, str] = field(default_factory=dict)


def check_all(connection: apsw.Connection) -> int:
    """Check the chain, every seal, and that both agree, in one snapshot; how many entries there are.

    Raises LedgerUnusable that names the first thing that does not agree.
    """
    with connection:
        check_meta(connection)
        check_tables(connection)
        told = Told()
        count = 0
        for entry in verified(connection):
            hear(told, entry)
            count += 1
        names = _runs(connection, told)
        for check in (_numbers, _attempts, _invocations):
            check(connection, told)
        _orders(connection, names)
        _outcomes(connection, told, names)
    return count


def hear(told: Told, entry: Values) -> None:
    """Take in what an entry (without its hash) says; entries come in their order."""
    sequence, at, number, run, rule, before, after, attempt, code, reason = entry
    match rule:
        case "run":
            told.runs[run] = (after, at, reason)
        case "end":
            told.invocations[int(after)] = reason
        case "price":
            told.prices[number, run] = after
        case "O1":
            told.gone[number] = reason == "gone"
        case _:
            _hear_state(told, rule, number, run, before, after, told.states.get(number, ""))
            if rule == "P4":
                told.bought_with[number, run] = code
            told.states[number] = after
            told.since[number] = at
            if rule in _CLAIMS:
                told.intents[number, attempt] = (run, at, reason, sequence)
            else:
                told.ends.add((number, attempt, at, code, reason))


def _hear_state(told: Told, rule: str, number: str, run: str, before: str, after: str, known: str) -> None:
    state, generation, _, _, _, _, code, _, _, buyer = after.split(",")
    if state == "bought" and buyer == run and before not in _BOUGHT:
        told.purchases[number, run] = "purchased"
    elif rule in _GIVEN_BACK or (rule == "R6" and state == "free"):
        buyer_before = known.rsplit(",", 1)[-1]
        if buyer_before:  # else the account held it by nobody's purchase
            told.purchases[number, buyer_before] = "released"
    elif state == "refused":
        told.refusals[number, run] = None if code == "None" else int(code)
    if number in told.gone and generation != known.split(",")[1]:
        del told.gone[number]


def _disagrees(what: str) -> LedgerUnusable:
    return damaged(f"{what} does not agree with its chain")


def _numbers(connection: apsw.Connection, told: Told) -> None:
    count = 0
    for (
        number,
        gone,
        state,
        generation,
        attempt,
        version,
        open_,
        lost,
        code,
        kind,
        run,
        buyer,
        since,
        kept,
    ) in connection.execute(sql.ALL_NUMBERS):
        count += 1
        lost_ones = lost.replace(",", "+")
        text = f"{state},{generation},{attempt},{version},{open_},{lost_ones},{code},{kind},{run},{buyer}"  # as `canonical`
        if (text, since, gone) != (told.states.get(number), told.since.get(number), told.gone.get(number, False)):
            raise _disagrees(f"the state of {number}")
        if seal((number, text, since)) != kept:
            raise damaged(f"the state of {number} does not agree with its seal")
    if count != len(told.states):
        raise _disagrees("the count of its numbers")


def _attempts(connection: apsw.Connection, told: Told) -> None:
    count = 0
    for values in connection.execute(sql.ALL_ATTEMPTS):
        number, attempt, _, _, run, _, _, intent, entry, worst, mark, _, ended, _, code, reason, _ = unseal(
            values, f"attempt {values[1]} on {values[0]}"
        )
        count += 1
        if told.intents.get((number, attempt)) != (run, intent, intent_words(worst, mark), entry):
            raise _disagrees(f"attempt {attempt} on {number}")
        if ended is not None and (number, attempt, ended, code, reason) not in told.ends:
            raise _disagrees(f"the answer to attempt {attempt} on {number}")
    if count != len(told.intents):
        raise _disagrees("the count of its attempts")


def intent_words(worst: str | None, mark: str) -> str:
    """What the chain says of an intent: what it could cost, and the mark that it was sent with."""
    words = "" if worst is None else f"at worst {worst}"
    return words if not mark else f"{words}, marked {mark}" if words else f"marked {mark}"


def rows_words(rows: int, alternatives: int) -> str:
    """What the chain says of a run's rows."""
    return f"{rows} rows" + (f", {alternatives} alternatives" if alternatives else "")


def _runs(connection: apsw.Connection, told: Told) -> dict[int, str]:
    """The runs' names."""
    names = dict[int, str]()
    known = dict[str, Values]()
    for values in connection.execute(sql.ALL_RUNS):
        number, name, key, _, _, rows, created = unseal(values, f"run {values[1]}")
        names[number] = name
        whole, others = next(connection.execute(sql.ROWS_OF_RUN, (number,)))
        if whole != rows + others:
            raise _disagrees(f"the count of run {name}'s rows")
        known[name] = (key, created, rows_words(rows, others))
    if known != told.runs:
        raise _disagrees("the list of its runs")
    return names


def _invocations(connection: apsw.Connection, told: Told) -> None:
    for values in connection.execute(sql.ALL_INVOCATIONS):
        number, *_, ended, exit_code, stop, _, _, _ = unseal(values, f"invocation {values[0]}")
        if ended is not None and told.invocations.pop(number, None) != f"exit {exit_code}, {stop}":
            raise _disagrees(f"the end of invocation {number}")
    if told.invocations:
        raise _disagrees("the count of its invocations")


def _orders(connection: apsw.Connection, names: dict[int, str]) -> None:
    for values in connection.execute(sql.ALL_ORDERS):
        unseal(values, f"row {values[1]} of run {names.get(values[0])}")


def _outcomes(connection: apsw.Connection, told: Told, names: dict[int, str]) -> None:
    count = 0
    for *values, number in connection.execute(sql.ALL_OUTCOMES):
        run_id, position, verdict, _, code, _, _, _, _, _, _, _, setup, monthly, _, _ = unseal(
            tuple(values), f"what was found out about row {values[1]}"
        )
        run = names.get(run_id, "")
        if number is None:
            raise damaged(f"row {position} of run {run} is missing")
        if verdict in {"purchased", "released"}:
            count += 1
            price = None if setup is None else f"{setup} + {monthly}"
            there = told.purchases.get((number, run)), told.prices.get((number, run))
            if there != (verdict, price) or code not in {None, told.bought_with.get((number, run))}:
                raise _disagrees(f"what run {run} bought ({number})")
        elif verdict in {"refused", "deferred"} and told.refusals.get((number, run), code) != code:
            raise _disagrees(f"what refused {number} to run {run}")
    if count != len(told.purchases):
        raise _disagrees("the count of its purchases")


def check_meta(connection: apsw.Connection) -> None:
    """Refuse a ledger whose account of itself was changed."""
    meta = {str(name): str(value) for name, value in connection.execute(sql.META)}
    if meta.pop("seal", None) != meta_seal(meta):
        raise damaged("what it says of itself does not agree with its seal")


def meta_seal(meta: Mapping[str, str]) -> str:
    """The seal of what a ledger says of itself."""
    return seal(tuple(f"{name}={value}" for name, value in sorted(meta.items()))).hex()


def check_tables(connection: apsw.Connection) -> None:
    """Refuse a ledger whose tables are not as `schema.sql` makes them: what is written into others can't be relied on."""
    if connection.execute(sql.TABLES).fetchall() != _tables_of_schema():
        raise damaged("its tables are not those of a ledger")


@cache
def _tables_of_schema() -> list[Values]:
    fresh = apsw.Connection(":memory:")
    try:
        fresh.execute(sql.SCHEMA)
        return fresh.execute(sql.TABLES).fetchall()
    finally:
        fresh.close()
