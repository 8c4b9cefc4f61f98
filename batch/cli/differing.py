"""The difference of two order sheets, as people read it and as programs do; nothing secret in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from batch.cli.figures import plural
from batch.cli.masking import mask
from batch.cli.output import Column, printable, say, say_table
from batch.number import Number
from batch.plan.blocks import find_blocks
from batch.plan.difference import Change, Changed, Difference, Ordered

_COLUMNS = (Column("Number"), Column("What"), Column("Old"), Column("New"))
_BLANK = "(blank)"
_HIDDEN = "(differs in what is not shown)"

_KINDS: tuple[tuple[str, Callable[[Changed], Sequence[Change]]], ...] = (
    ("Ordered otherwise", lambda one: one.order),
    ("Routing changed", lambda one: one.routing),
    ("Price changed", lambda one: (one.price,) if one.price else ()),
    ("Your columns changed", lambda one: one.own),
)


def difference_json(found: Difference) -> dict[str, object]:
    """What `diff --json` says."""
    return {
        "same": found.same,
        "added": [_order_json(one) for one in found.added],
        "gone": [_order_json(one) for one in found.gone],
        "changed": [
            {
                **_order_json(one.now),
                "order": [_change_json(change) for change in one.order],
                "routing": [_change_json(change) for change in one.routing],
                "price": _change_json(one.price) if one.price else None,
                "columns": [_change_json(change) for change in one.own],
            }
            for one in found.changed
        ],
        "columns_added": list(found.columns_added),
        "columns_gone": list(found.columns_gone),
    }


def say_difference(found: Difference, *, most: int | None) -> None:
    """The difference for people. At most `most` lines of a kind are listed, None: all."""
    for words, orders in (("Added", found.added), ("Gone", found.gone)):
        if orders:
            say(f"{words}: {_counted(orders)}")
            _say_lines([f"  {line}" for line in _labels(orders)], most)
    for words, of_kind in _KINDS:
        changed = [(one.now, of_kind(one)) for one in found.changed if of_kind(one)]
        if changed:
            say(f"{words}: {_counted([now for now, _ in changed])}")
            rows = list(_rows(changed))
            say_table(_COLUMNS, rows[:most])
            _say_rest(len(rows), most)
    for words, columns in (("Column added", found.columns_added), ("Column gone", found.columns_gone)):
        for name in columns:
            say(printable(f"{words}: {mask(name)}"))
    say(f"The same: {plural(found.same, 'order')}")


def _rows(changed: Sequence[tuple[Ordered, Sequence[Change]]]) -> Iterator[tuple[str, ...]]:
    """A line for each change, and one for all consecutive numbers that it is the same for, but for the number itself in it."""
    alike: dict[Change, list[Ordered]] = {}
    for now, changes in changed:
        for change in changes:
            alike.setdefault(_general(change, now.number), []).append(now)
    for change, orders in alike.items():
        old, new = _shown(change)
        for label in _labels(orders):
            yield label, change.name, old or _BLANK, new or _BLANK


def _general(change: Change, number: Number | None) -> Change:
    """The change as a fill-in would say it: {number} for the number."""
    if not number:
        return change
    return Change(change.name, *(value.replace(number, "{number}") for value in (change.old, change.new)))


def _labels(orders: Iterable[Ordered]) -> Iterator[str]:
    """Blocks of numbers, then the wishes."""
    orders = list(orders)
    for block in find_blocks(one.number for one in orders if one.number is not None):
        yield block.first if block.size == 1 else f"{block.first}-{block.last} ({block.size:,})"
    for one in orders:
        if one.number is None:
            yield f"any {one.count:,} under {one.prefix}"


def _counted(orders: Sequence[Ordered]) -> str:
    return plural(sum(one.count for one in orders), "number")


def _shown(change: Change) -> tuple[str, str]:
    """What was and what is, masked; told to differ where that does not show."""
    old, new = mask(change.old), mask(change.new)
    return old, f"{new} {_HIDDEN}" if old == new else new


def _say_lines(lines: Sequence[str], most: int | None) -> None:
    for line in lines[:most]:
        say(line)
    _say_rest(len(lines), most)


def _say_rest(count: int, most: int | None) -> None:
    if most is not None and count > most:
        say(f"  and {count - most:,} more lines: --json lists all")


def _order_json(one: Ordered) -> dict[str, object]:
    if one.number is None:
        return {"number": None, "prefix": one.prefix, "any_of": one.count}
    return {"number": Number(one.number)}


def _change_json(change: Change) -> dict[str, str | None]:
    old, new = _shown(change)
    return {"name": change.name, "old": old or None, "new": new or None}
