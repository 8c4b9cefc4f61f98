"""What the system must allow, asked before anything is bought."""

from __future__ import annotations

import resource
import sys

import pytest

from batch.cli import limits
from batch.cli.limits import FILES, MEMORY, require_files, require_memory
from batch.errors import UsageError

ENDLESS = resource.RLIM_INFINITY


@pytest.fixture
def allowed(monkeypatch):
    """The limits of the process, as a pair that a test may set, and the program too unless they are `fixed`."""

    class Allowed:
        pair = (ENDLESS, ENDLESS)
        fixed = False

    def set_limit(_what, pair):
        if Allowed.fixed:
            raise ValueError
        Allowed.pair = pair

    monkeypatch.setattr(resource, "getrlimit", lambda _: Allowed.pair)
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    return Allowed


@pytest.mark.parametrize("pair", [(ENDLESS, ENDLESS), (1024, 4096), (FILES + 8, FILES + 8)])
def test_enough_files_are_left_as_they_are(allowed, pair):
    allowed.pair = pair
    require_files(8)
    assert allowed.pair == pair


@pytest.mark.parametrize("hard", [ENDLESS, 4096, FILES + 8])
def test_too_few_files_are_raised_to_what_is_needed_and_no_further(allowed, hard):
    allowed.pair = (20, hard)
    require_files(8)
    assert allowed.pair == (FILES + 8, hard)


def test_a_limit_that_can_not_be_raised_after_all_ends_nothing(allowed):
    allowed.pair, allowed.fixed = (20, ENDLESS), True
    require_files(8)
    assert allowed.pair == (20, ENDLESS)


def test_too_few_files_for_good_are_said_with_both_figures(allowed):
    allowed.pair = (20, FILES + 7)
    with pytest.raises(UsageError, match=f"only {FILES + 7} files .* {FILES + 8} are needed") as refused:
        require_files(8)
    assert "ulimit -n" in refused.value.remedy


@pytest.mark.parametrize("bytes_", [ENDLESS, MEMORY])
def test_enough_memory_is_no_matter(allowed, bytes_):
    allowed.pair = (bytes_, ENDLESS)
    require_memory()


def test_too_little_memory_is_said(allowed):
    allowed.pair = (MEMORY - 1, ENDLESS)
    with pytest.raises(UsageError, match=r"only 511 MB .* 512 are needed"):
        require_memory()


def test_a_system_that_knows_no_limits_has_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    limits.require_files(10_000)
    limits.require_memory()
