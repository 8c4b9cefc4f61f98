"""What rows come to, in one pass."""

from __future__ import annotations

from decimal import Decimal

from batch.ledger.records import Status, Why
from batch.provider.multitel.codes import CODES
from batch.reconciler.results import Judge
from batch.reconciler.totals import Tally, run_totals, tally

JUDGE = Judge(CODES, "7f3a")


def test_a_runs_totals_come_from_the_ledger(make):
    rows = [
        make.row(0),
        make.row(1, setup=None, monthly=None, price=Decimal("3.00")),
        make.row(2, setup=None, monthly=None, price=None),
        make.row(3, Status.DOUBT, price=None),
        make.row(4, Status.DOUBT, price=Decimal("5.00")),
        make.row(5, Status.RELEASED),
        make.row(6, Status.REFUSED, code=-275),
        make.row(7, Status.OWNED, differs=("URI",)),
        make.row(8, confirmed_by="inquiry, presumed"),
    ]
    totals = run_totals(make.reader(rows, assumed=Decimal("4.00")), make.run(), CODES)
    assert totals.rows == 9
    assert totals.counts[Status.PURCHASED] == 4
    assert totals.confirmed == Decimal("7.50")
    assert totals.estimated == Decimal("7.00")
    assert totals.charged == Decimal("14.50")
    assert totals.at_risk == Decimal("9.00")
    assert totals.monthly == Decimal("4.50")
    assert totals.unknown_monthly == 2
    assert totals.released_charged == Decimal("2.50")
    assert (totals.presumed, totals.differs) == (1, 1)
    assert totals.by_code == {-275: 1, None: 4}


def test_what_nothing_prices_is_counted_and_in_no_sum(make):
    rows = [make.row(0, setup=None, monthly=None, price=None), make.row(1, Status.DOUBT, price=None)]
    released = make.row(2, Status.RELEASED, setup=None, monthly=None, price=None)
    totals = tally(JUDGE.results([*rows, released]))
    assert (totals.charged, totals.at_risk) == (0, 0)
    assert (totals.unknown_charged, totals.unknown_at_risk) == (2, 1)
    assert totals.released_charged == 0


def test_equal_causes_count_together_most_frequent_first(make):
    rows = [
        make.row(0, Status.INVALID, reason="row 2 is wrong"),
        make.row(1, Status.NOT_SENT, why=Why.GONE, code=None),
        make.row(2, Status.NOT_SENT, why=Why.GONE, code=None),
        make.row(3, Status.NOT_SENT, why=Why.GONE, code=None),
        make.row(4, Status.INVALID, reason="row 6 is wrong"),
    ]
    causes = tally(JUDGE.results(rows)).causes
    assert list(causes.values()) == [3, 2]
    gone, invalid = causes
    assert "`numbatch history NUMBER`" in gone.todo
    assert invalid.reason == "The row is wrong"


def test_groups_are_summed_largest_first(make):
    counted = Tally(group=lambda result: result.row.country)
    rows = [make.row(0, country="FR"), make.row(1, country="DE", monthly=Decimal(9)), make.row(2, country="FR")]
    for result in JUDGE.results([*rows, make.row(3, Status.REFUSED, country="US")]):
        counted.add(result)
    assert counted.totals().groups == {"DE": Decimal("9.25"), "FR": Decimal("5.00")}
    assert list(counted.totals().groups) == ["DE", "FR"]


def test_no_rows_come_to_nothing():
    totals = tally([])
    assert (totals.rows, totals.charged, dict(totals.causes)) == (0, 0, {})
    assert set(totals.counts) == set(Status)
