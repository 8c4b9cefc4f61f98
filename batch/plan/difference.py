"""What changed between two lists of orders, by number: added, gone, routed otherwise. Pure: what is secret is still in it.

The place of a row in its sheet is no difference, nor is how a number is written, nor a row that repeats an earlier one. A wish
has no number: the wishes under one prefix are compared in their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from batch.number import Number
from batch.order import Cell, Column, Orders, RowKind


class Change(NamedTuple):
    """A field or column, by `name`, that was `old` and is `new`, as text; empty: it was or is blank."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a sheet orders as one: a number, or where `number` is None `count` numbers by choice under `prefix`.

    `own` are the values of the user's columns that are not blank, as text, by their headers in lower case.
    """

    number: Number | None
    fields: Mapping[str, str]
    own: Mapping[str, str]
    price: Decimal | None
    alternatives: tuple[Number, ...] = ()
    prefix: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Changed:
    """An order that stands in both lists, as it is now. `order`: how many are wished for, and the alternatives."""

    now: Ordered
    order: tuple[Change, ...]
    routing: tuple[Change, ...]
    price: Change | None
    own: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed. `same` counts orders without a change; columns are the user's own, by their headers.

    A column that only one of the two lists has is named, and not compared row by row.
    """

    added: tuple[Ordered, ...]
    gone: tuple[Ordered, ...]
    changed: tuple[Changed, ...]
    same: int
    columns_added: tuple[str, ...]
    columns_gone: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether both order the same."""
        return not (self.added or self.gone or self.changed or self.columns_added or self.columns_gone)


def find_difference(old: Orders, new: Orders) -> Difference:
    """What changed from `old` to `new`. Rows that are invalid order nothing."""
    columns_before, columns_now = _own_columns(old.columns), _own_columns(new.columns)
    before, now = _by_key(old, columns_before), _by_key(new, columns_now)
    shared = {folded: name for folded, (name, _) in columns_now.items() if folded in columns_before}
    both = [(before[key], order) for key, order in now.items() if key in before]
    changed = [one for one in (_changed(was, order, shared) for was, order in both) if one is not None]
    return Difference(
        added=tuple(order for key, order in now.items() if key not in before),
        gone=tuple(order for key, order in before.items() if key not in now),
        changed=tuple(changed),
        same=len(both) - len(changed),
        columns_added=tuple(name for folded, (name, _) in columns_now.items() if folded not in columns_before),
        columns_gone=tuple(name for folded, (name, _) in columns_before.items() if folded not in columns_now),
    )


def _own_columns(columns: Sequence[Column]) -> dict[str, tuple[str, int]]:
    """The user's own columns by their headers in lower case: each as it is written, and its place.

    The second column of one header is told by its count: "Notes (2)".
    """
    found: dict[str, tuple[str, int]] = {}
    times: Counter[str] = Counter()
    for place, column in enumerate(columns):
        if column.field is None:
            times[column.header.casefold()] += 1
            count = times[column.header.casefold()]
            name = column.header if count == 1 else f"{column.header} ({count})"
            found[name.casefold()] = (name, place)
    return found


def _by_key(orders: Orders, columns: Mapping[str, tuple[str, int]]) -> dict[tuple[str, int], Ordered]:
    """Every order by its number, every wish by its prefix and its count under it."""

    def own(cells: Sequence[Cell]) -> dict[str, str]:
        texts = {folded: _text(cells[place]) for folded, (_, place) in columns.items()}
        return {folded: text for folded, text in texts.items() if text}

    found: dict[tuple[str, int], Ordered] = {}
    for row in orders.rows:
        if row.kind is RowKind.ORDER:
            number = Number(row.number)
            found[number, 0] = Ordered(number, row.fields, own(row.cells), row.price, row.alternatives)
    times: Counter[str] = Counter()
    for wish in orders.wishes:
        times[wish.prefix] += 1
        found[wish.prefix, times[wish.prefix]] = Ordered(
            None, wish.fields, own(wish.cells), wish.price, prefix=wish.prefix, count=wish.count
        )
    return found


def _changed(old: Ordered, new: Ordered, columns: Mapping[str, str]) -> Changed | None:
    """What changed of one order, None for nothing. `columns`: the shared ones, and how NEW's header writes each."""
    order = _changes(_wanted(old), _wanted(new), {name: name for name in (*_wanted(old), *_wanted(new))})
    routing = _changes(old.fields, new.fields, {name: name for name in (*new.fields, *old.fields)})
    own = _changes(old.own, new.own, columns)
    price = None if old.price == new.price else Change("Price", _text(old.price), _text(new.price))
    return Changed(new, order, routing, price, own) if order or routing or own or price else None


def _wanted(one: Ordered) -> dict[str, str]:
    if one.number is None:
        return {"AnyOf": str(one.count)}
    return {"Alternative": ", ".join(one.alternatives)} if one.alternatives else {}


def _changes(old: Mapping[str, str], new: Mapping[str, str], names: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(name, old.get(key, ""), new.get(key, ""))
        for key, name in names.items()
        if old.get(key, "") != new.get(key, "")
    )


def _text(cell: Cell) -> str:
    """A cell as its text: what a CSV and a workbook hold alike is alike."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer():
            return f"{cell:.0f}"
        case Decimal():
            return f"{cell.normalize():f}"
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell).strip()
