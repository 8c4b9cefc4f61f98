"""Runs of consecutive numbers among those that are in stock: found, and chosen where so many are wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from batch.number import Number


class Block(NamedTuple):
    """Consecutive numbers of one length: the first, and how many."""

    first: Number
    size: int

    @property
    def last(self) -> Number:
        """The last of them."""
        return Number(str(int(self.first) + self.size - 1))

    def numbers(self) -> list[Number]:
        """All of them, in order."""
        start = int(self.first)
        return [Number(str(number)) for number in range(start, start + self.size)]

    def cut(self, size: int) -> Block:
        """Its first `size` numbers; all of them where it has no more."""
        return Block(self.first, min(size, self.size))


def find_blocks(numbers: Iterable[Number]) -> list[Block]:
    """The longest runs of consecutive numbers, by their first number; each number is in one, however often it is given."""
    ordered = sorted(set(numbers), key=lambda number: (len(number), number))
    if not ordered:
        return []
    starts = [0, *(place for place, (one, other) in enumerate(pairwise(ordered), 1) if not _follows(one, other))]
    return [Block(ordered[start], end - start) for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True)]


def longest_first(blocks: Iterable[Block]) -> list[Block]:
    """The longest first; of equal ones, the one that begins first."""
    return sorted(blocks, key=lambda block: (-block.size, len(block.first), block.first))


def blocks_for(wanted: int, blocks: Sequence[Block]) -> list[Block]:
    """Blocks that make up `wanted` numbers, as few as there can be, the longest first; all of them where they don't suffice.

    The last is the shortest that is long enough, cut to what is wanted, so that no longer one is broken.
    """
    chosen: list[Block] = []
    ordered = longest_first(blocks)
    for place, block in enumerate(ordered):
        if wanted <= 0:
            break
        if block.size >= wanted:
            fitting = min((one for one in ordered[place:] if one.size >= wanted), key=lambda one: one.size)
            return [*chosen, fitting.cut(wanted)]
        chosen.append(block)
        wanted -= block.size
    return chosen


def _follows(one: Number, other: Number) -> bool:
    return len(one) == len(other) and int(other) == int(one) + 1
