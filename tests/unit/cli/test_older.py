"""Whether a ledger is a later state of what a result workbook was written from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batch.cli.older import contradiction
from batch.ledger.records import Environment, Head
from batch.reconciler.place import Source

WRITTEN = datetime(2026, 3, 1, tzinfo=UTC)
SOURCE = Source(Head("mine", 5, "five"), WRITTEN)
NOW = Head("mine", 9, "nine")


def why(now=NOW, hashes=((5, "five"),), environment=Environment.LIVE, rebuilt=None):
    return contradiction(SOURCE, now, dict(hashes).get, environment, rebuilt)


def test_a_later_state_of_the_same_ledger_contradicts_nothing():
    assert why() == ""


@pytest.mark.parametrize("environment", Environment)
def test_an_older_one_and_one_of_another_history_do(environment):
    assert "is older (it has 4 entries)" in why(Head("mine", 4, "four"), (), environment)
    assert "another history" in why(hashes=((5, "other"),), environment=environment)


def test_another_ledger_counts_where_money_is_spent():
    other = Head("other", 9, "nine")
    assert "is another (other)" in why(other)
    assert why(other, environment=Environment.REHEARSAL) == ""


@pytest.mark.parametrize("now", [Head("mine", 4, "four"), Head("other", 9, "nine")])
def test_a_ledger_that_was_rebuilt_since_is_right(now):
    assert why(now, (), rebuilt=WRITTEN + timedelta(seconds=1)) == ""
    assert why(now, (), rebuilt=WRITTEN - timedelta(seconds=1)) != ""
