"""Who may begin a live run."""

from __future__ import annotations

import io
import sys
from decimal import Decimal

import pytest

from batch.cli.confirm import agrees, is_attended, require_bound
from batch.errors import UsageError
from batch.settings.model import Settings


@pytest.mark.parametrize("settings", [Settings(max_spend=Decimal(0)), Settings(max_numbers=1)])
def test_yes_and_a_bound_are_enough(settings):
    require_bound(settings, yes=True)
    with pytest.raises(UsageError, match=r"needs --yes\n"):
        require_bound(settings, yes=False)


def test_what_is_missing_is_named():
    with pytest.raises(UsageError, match=r"--yes and a bound \(--max-spend or --max-numbers"):
        require_bound(Settings(limit=3), yes=False)


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y\n", True), (" YES \n", True), ("\n", False), ("", False), ("yep\n", False)]
)
def test_only_a_clear_yes_is_one(monkeypatch, answer, agreed):
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert agrees("Buy?") is agreed


def test_a_stdin_that_can_not_be_read_is_no_yes(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdin", closed)
    assert not agrees("Buy?")
    assert not is_attended()
