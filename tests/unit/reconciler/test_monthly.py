"""A period over a ledger's runs: what was given back keeps its charge, and what nothing prices is counted and in no sum."""

from __future__ import annotations

from datetime import UTC, timedelta

import openpyxl
import pytest
from support.desk import at_desk, orders

from batch.ledger.records import InvocationFacts
from batch.number import Number
from batch.provider.multitel.codes import CODES
from batch.reconciler.matching.model import Period
from batch.reconciler.monthly.sheet import MonthOf, write_month
from batch.reconciler.workbook.context import ReportOptions

NUMBERS = [Number(f"1202555010{at}") for at in range(3)]


@pytest.fixture
def month(tmp_path):
    """Writes the workbook, over a ledger of one run of three numbers, one of them given back; `before`: of a period before it."""

    def write(*, before=False):
        async def scenario(desk):
            outcome = await desk.buy(orders("a", NUMBERS, price=None))
            await desk.release(outcome.run, only=set(NUMBERS[:1]))
            now = desk.clock.now()
            period = Period(None, now.date() - timedelta(days=40) if before else None, "all")
            facts = InvocationFacts(now, "ann", "desk", 1, "0.1")
            options = ReportOptions("USD", UTC)
            with desk.reading() as reader:
                return write_month(
                    tmp_path / "m.xlsx", reader, MonthOf(period, "then", "then"), CODES, facts, options, str
                )

        return at_desk(scenario)

    return write


def test_a_number_that_was_given_back_keeps_its_charge_and_its_day_is_said(month, tmp_path):
    found = month()
    assert (found.whole.bought, found.whole.returned, found.whole.unpriced) == (3, 1, 3)
    _, *rows = openpyxl.load_workbook(tmp_path / "m.xlsx")["Charges"].iter_rows(values_only=True)
    assert len(rows) == found.charges == 3
    assert [row[-1] is not None for row in rows] == [True, False, False]
    assert found.whole.unknown_recurring == 2  # what is still held


def test_nothing_of_a_run_counts_in_a_period_before_it(month):
    found = month(before=True)
    assert (found.runs, found.groups, found.charges, found.all_runs) == ([], {}, 0, 1)
