"""The rows that a canary buys: they show every combination and every price, and no fewer rows could."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from batch.session.cover import cover

_NODES = range(5)
_EDGES = st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=9)
_SOME = st.sets(st.sampled_from(_NODES))


def _touches_all(edges, chosen, lefts, rights):
    seen = {edges[one][0] for one in chosen}, {edges[one][1] for one in chosen}
    return {left for left, _ in edges} & lefts <= seen[0] and {right for _, right in edges} & rights <= seen[1]


def _fewest(edges, lefts, rights):
    """By trying every set of rows, from the smallest on."""
    sizes = range(len(edges) + 1)
    every = (chosen for size in sizes for chosen in itertools.combinations(range(len(edges)), size))
    return len(next(chosen for chosen in every if _touches_all(edges, chosen, lefts, rights)))


@given(_EDGES, _SOME, _SOME)
def test_a_cover_touches_every_wanted_node_with_the_fewest_rows(edges, lefts, rights):
    chosen = cover(edges, lefts, rights)
    assert _touches_all(edges, chosen, lefts, rights)
    assert len(chosen) == _fewest(edges, lefts, rights)


@given(_EDGES, _SOME, _SOME)
def test_of_equal_rows_the_first_is_taken_in_the_order_of_the_sheet_and_always_the_same(edges, lefts, rights):
    chosen = cover(edges, lefts, rights)
    assert chosen == sorted(chosen) == cover(edges, lefts, rights)
    assert all(edges.index(edges[one]) == one for one in chosen)


def test_ten_thousand_kinds_of_rows_are_covered():
    edges = [(n, n % 100) for n in range(10_000)] + [(n, n * 7919 % 5_000) for n in range(10_000)]
    chosen = cover(edges, range(10_000), range(5_000))
    assert len(chosen) == 10_000
