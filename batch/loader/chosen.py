"""Wishes into rows: the numbers that were chosen take the place of the row that left them open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from batch.errors import OrdersError
from batch.number import Number, country_of
from batch.order import Choice, Chosen, Orders, Resolved, Row, RowKind, Wish, content_key
from batch.problem import Problem

_AGAIN = "Make the plan again: numbatch plan."


def with_chosen(orders: Orders, chosen: Chosen) -> Orders:
    """Plain orders: those that a sheet with the chosen numbers in the places of the wishes would be bought as.

    Each number keeps the source row of its wish and gets its routing, resolved for it; where that is wrong, the row is invalid,
    and its problems are added. What a choice lacks stays a wish, so that such orders can't be bought.

    Raises OrdersError where the choices are not those of these orders: another row, number, prefix or count.
    """
    if len(chosen.choices) != len(orders.wishes):
        problem = f"numbers were chosen for {len(chosen.choices)} rows, and {len(orders.wishes)} leave them open"
        raise OrdersError(problem, remedy=_AGAIN)
    used = {
        number for row in orders.rows if row.kind is not RowKind.INVALID for number in (row.number, *row.alternatives)
    }
    rows: list[Row] = []
    wishes: list[Wish] = []
    problems = list(orders.problems)
    done = 0
    for wish, choice in zip(orders.wishes, chosen.choices, strict=True):
        rows.extend(_moved(orders.rows[done : wish.position], len(rows)))
        done = wish.position
        _check(wish, choice, used)
        made, found = _rows(wish, choice, len(rows))
        rows.extend(made)
        problems.extend(found)
        if wish.count > len(choice.numbers):
            wishes.append(replace(wish, position=len(rows), count=wish.count - len(choice.numbers)))
    rows.extend(_moved(orders.rows[done:], len(rows)))
    key = content_key(orders.columns, rows, wishes)
    return replace(orders, rows=rows, problems=tuple(problems), key=key, wishes=tuple(wishes))


def _moved(rows: Sequence[Row], position: int) -> Iterator[Row]:
    for count, row in enumerate(rows, start=position):
        yield row if row.position == count else replace(row, position=count)


def _check(wish: Wish, choice: Choice, used: set[Number | str]) -> None:
    """Refuse a choice that is not this wish's; its numbers are used from now on."""
    where = f"row {wish.source.row}"
    if (choice.source, choice.prefix) != (wish.source, wish.prefix) or len(choice.numbers) > wish.count:
        raise OrdersError(f"{where}: the numbers were chosen for another order", remedy=_AGAIN)
    for number in choice.numbers:
        if number in used or not number.startswith(wish.prefix):
            problem = f"{where}: {number} was chosen for it, and is ordered elsewhere or not under {wish.prefix}"
            raise OrdersError(problem, remedy=_AGAIN)
        used.add(number)


def _rows(wish: Wish, choice: Choice, position: int) -> tuple[list[Row], list[Problem]]:
    """The rows of the numbers chosen; one invalid row, with the problems, where the routing of any is wrong."""
    rows: list[Row] = []
    problems: dict[str, Problem] = {}
    for place, number in enumerate(choice.numbers):
        resolved = wish.route(number)
        if isinstance(resolved, Resolved):
            country = country_of(number)
            fields, cells = resolved.fields, resolved.cells
            at = position + place
            rows.append(Row(at, RowKind.ORDER, wish.source, number, fields, cells, wish.price, "", country))
        else:
            problems.update((f"{one.column} {one.code}", one) for one in resolved)
    if not problems:
        return rows, []
    note = next(iter(problems.values())).problem
    return [Row(position, RowKind.INVALID, wish.source, "", {}, wish.cells, None, note)], list(problems.values())
