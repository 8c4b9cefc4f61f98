"""The fewest rows that show every combination of routing features, and every price, at least once. Pure.

A row is an edge between its combination and its price. The fewest edges that touch every node are a largest matching, and one more
for each node that it leaves out: so it is exact. Of equal rows the first one of the sheet is taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Sequence
from typing import TypeVar

Left = TypeVar("Left", bound=Hashable)
Right = TypeVar("Right", bound=Hashable)


def cover(edges: Sequence[tuple[Left, Right]], lefts: Collection[Left], rights: Collection[Right]) -> list[int]:
    """Which of `edges`, by index and in order, touch each of `lefts` and `rights` that any edge touches; never more than needed."""
    first: dict[tuple[Left, Right], int] = {}
    for index, edge in enumerate(edges):
        first.setdefault(edge, index)
    beside: dict[Left, list[Right]] = {}
    for left, right in first:
        if left in lefts and right in rights:
            beside.setdefault(left, []).append(right)
    matched = _matching(beside)
    chosen = {first[left, right] for right, left in matched.items()}
    open_lefts = set(lefts) - set(matched.values())
    open_rights = set(rights) - set(matched)
    for (left, right), index in first.items():
        # No edge touches two open nodes: the matching would have it.
        if left in open_lefts or right in open_rights:
            chosen.add(index)
            open_lefts.discard(left)
            open_rights.discard(right)
    return sorted(chosen)


def _matching(beside: dict[Left, list[Right]]) -> dict[Right, Left]:
    """A largest matching of the graph that says which rights are `beside` each left."""
    matched: dict[Right, Left] = {}
    partners: dict[Left, Right] = {}
    for root in beside:
        came_from: dict[Right, Left] = {}
        end = _free_right(root, beside, matched, came_from)
        while (
            end is not None
        ):  # along the way back each left takes the right that it reached, and leaves the one it had
            left = came_from[end]
            had = partners.get(left)
            matched[end], partners[left] = left, end
            end = had
    return matched


def _free_right(
    root: Left, beside: dict[Left, list[Right]], matched: dict[Right, Left], came_from: dict[Right, Left]
) -> Right | None:
    """The nearest right that is free if others make room, None where there is none; `came_from` then tells the way."""
    waiting = deque([root])
    while waiting:
        left = waiting.popleft()
        for right in beside[left]:
            if right in came_from:
                continue
            came_from[right] = left
            if right not in matched:
                return right
            waiting.append(matched[right])
    return None
