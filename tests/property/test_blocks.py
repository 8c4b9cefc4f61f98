"""Blocks among numbers in stock: none is lost, none is invented, and none that could be longer."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.number import Number
from batch.plan.blocks import Block, blocks_for, find_blocks, longest_first

# Close together, so that there are runs; some of another length.
numbers = st.lists(st.integers(980, 1060) | st.integers(12035550100, 12035550140), max_size=60).map(
    lambda found: [Number(str(one)) for one in found]
)
sizes = st.lists(st.integers(1, 12), max_size=7)


def _apart(sizes):
    """Blocks of these sizes that don't touch."""
    return [Block(Number(str(12035550000 + 100 * place)), size) for place, size in enumerate(sizes)]


@settings(max_examples=300, deadline=None)
@given(numbers)
def test_blocks_hold_each_number_once_and_can_not_be_longer(numbers):
    blocks = find_blocks(numbers)
    held = [number for block in blocks for number in block.numbers()]
    assert sorted(held) == sorted(set(numbers))
    for block in blocks:
        assert block.numbers()[0] == block.first
        assert block.numbers()[-1] == block.last
        assert len({len(number) for number in block.numbers()}) == 1
        before, behind = str(int(block.first) - 1), str(int(block.last) + 1)
        assert before not in numbers or len(before) != len(block.first)
        assert behind not in numbers or len(behind) != len(block.last)


@settings(max_examples=300, deadline=None)
@given(sizes, st.integers(0, 50))
def test_what_is_wanted_is_made_up_exactly_of_as_few_blocks_as_can_be(sizes, wanted):
    blocks = _apart(sizes)
    chosen = blocks_for(wanted, blocks)
    assert sum(block.size for block in chosen) == min(wanted, sum(sizes))
    by_first = {block.first: block.size for block in blocks}
    assert all(block.size <= by_first[block.first] for block in chosen)
    assert len({block.first for block in chosen}) == len(chosen)
    if sum(sizes) >= wanted:
        fewest = next(
            count for count in range(len(sizes) + 1) if any(sum(some) >= wanted for some in combinations(sizes, count))
        )
        assert len(chosen) == fewest


@settings(max_examples=200, deadline=None)
@given(sizes)
def test_the_longest_comes_first(sizes):
    found = longest_first(_apart(sizes))
    assert [block.size for block in found] == sorted(sizes, reverse=True)
    assert all(one.first < other.first for one, other in pairwise(found) if one.size == other.size)


def test_a_block_that_fits_is_taken_before_a_longer_one_is_broken():
    chosen = blocks_for(10, _apart([50, 10, 12]))
    assert chosen == [Block(Number("12035550100"), 10)]
    assert blocks_for(55, _apart([50, 10, 6])) == [
        Block(Number("12035550000"), 50),
        Block(Number("12035550200"), 5),
    ]
