"""Workbooks that somebody made to do harm, given as results: read or refused in words, within bounds, by a child that is shut in."""

from __future__ import annotations

import resource

import pytest
from support.hostile_kinds import KINDS, make

from batch.errors import OrdersError
from batch.loader.book import SUFFIXES, read_book
from batch.reconciler.verifying.origin import origin_of

MEGABYTES = 512
SECONDS = 10.0


def _spent() -> tuple[float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime, children.ru_maxrss / 1024


@pytest.mark.slow
def test_no_hostile_file_is_taken_for_results(tmp_path):
    read = 0
    for seed in range(KINDS):
        hostile = make(seed)
        path = tmp_path / f"{hostile.name.rpartition('.')[0]}{SUFFIXES[0]}"
        path.write_bytes(hostile.content)
        before, _ = _spent()
        try:
            book = read_book(path)
        except OrdersError as error:
            assert error.problem
            assert error.remedy
        else:
            read += 1
            assert origin_of(book) is None
        after, megabytes = _spent()
        assert after - before < SECONDS, hostile.kind
        assert megabytes < MEGABYTES, hostile.kind
    assert read, "some are harmless as results"
