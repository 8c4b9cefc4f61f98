"""Differences and what explains them, one by one: what the chain says up to the workbook's entry is held against the file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from batch.ledger.evidence import Since, Standing
from batch.ledger.records import Status
from batch.provider.multitel.codes import CODES
from batch.reconciler.results import Judge
from batch.reconciler.verifying.findings import Difference, Kind
from batch.reconciler.verifying.later import Before, Later, before_of
from batch.reconciler.verifying.tables import Table

N = "12025550001"
PRICED = Standing(Status.PURCHASED, None, Decimal(1), Decimal(2), 1)
ESTIMATED = Standing(Status.PURCHASED, None, None, None, 1)
FREE = Standing()


def results(*rows):
    headers = ["Number", "Status", "Price from", "Charged now", "At risk", "Routing"]
    return Table(headers, [list(column) for column in zip(*rows, strict=True)], [])


ROW = (N, "purchased", "account", 3, 0, "")


def explains(one, standing=None, *, file=ROW, ledger=ROW, of_run=False, before=None, tables=None):
    numbers = {} if standing is None else {N: standing}
    known = {N: Before({Decimal(5)}, {Decimal(6)})} if before is None else before
    tables = {"Results": results(file)} if tables is None else tables
    later = Later(Since(3, numbers, of_run), tables, {"Results": results(ledger)}, known)
    return later.judged([one])[0].later


def value(column, says, ledger="?", sheet="Results", kind=Kind.VALUE):
    return Difference(kind, sheet, "H2", column, says, ledger, N, pair=(0, 0))


@pytest.mark.parametrize(
    ("column", "says", "standing", "explained"),
    [
        ("Status", "purchased", PRICED, True),
        ("Status", "released", PRICED, False),
        ("Status", "in doubt", Standing(Status.DOUBT), True),
        ("Status", "refused", FREE, True),
        ("Status", "purchased", FREE, False),
        ("Charged", "yes", PRICED, True),
        ("Charged", "unknown", Standing(Status.DOUBT), True),
        ("Charged", "no", FREE, True),
        ("Charged", "yes", FREE, False),
        ("Setup fee", "1", PRICED, True),
        ("Monthly fee", "1", PRICED, False),
        ("Monthly fee", "", ESTIMATED, True),
        ("Charged now", "3.00", PRICED, True),
        ("Charged now", "4", PRICED, False),
        ("Charged now", "5", ESTIMATED, True),
        ("Charged now", "4", ESTIMATED, False),
        ("Charged now", "0", FREE, True),
        ("Charged now", "5", FREE, False),
        ("At risk", "6", Standing(Status.DOUBT), True),
        ("At risk", "6", PRICED, False),
        ("Attempts", "1", PRICED, True),
        ("Attempts", "2", PRICED, False),
        ("Reason", "whatever", PRICED, True),
        ("Return code", "-1", FREE, True),
        ("Cost centre", "other", PRICED, False),
        ("Number", "12025559999", PRICED, False),
    ],
)
def test_a_row_that_was_met_again_must_say_of_money_what_the_chain_said(column, says, standing, explained):
    assert explains(value(column, says), standing) is explained


def test_a_refusal_has_the_code_that_the_chain_has():
    refused = (N, "refused", "", 0, 0, "")
    standing = Standing(Status.REFUSED, -1265)
    assert explains(value("Return code", "-1265"), standing, file=refused)
    assert not explains(value("Return code", "-275"), standing, file=refused)


def test_a_row_that_is_never_sent_never_changes():
    duplicate = (N, "duplicate", "", 0, 0, "")
    assert not explains(value("Charged now", "3"), PRICED, ledger=duplicate)
    assert not explains(value("Status", "purchased"), PRICED, ledger=duplicate)


def test_a_row_that_was_not_met_again_differs_in_why_it_was_not_sent_or_in_an_estimate():
    stopped = (N, "not sent", "", 0, 0, "")
    assert explains(value("Reason", "halted"), file=stopped, ledger=stopped, of_run=True)
    assert not explains(value("Reason", "halted"), file=stopped, ledger=stopped)
    assert not explains(value("Reason", "halted"), file=stopped, of_run=True)
    assert not explains(value("Charged now", "9"), of_run=True)
    assumed = (N, "purchased", "assumed", 9, 0, "")
    assert explains(value("Charged now", "9"), ledger=assumed, of_run=True)
    assert not explains(value("Setup fee", "9"), ledger=assumed, of_run=True)
    assert not explains(value("Reason", "x"), tables={}, of_run=True)


def test_an_alternative_that_took_the_rows_place_explains_all_but_where_the_row_is_from():
    before = {N: Before((), (), {"12025550000"})}
    found = [value("Number", "12025550000"), value("URI", "sip:0@b"), value("Source row", "9")]
    later = Later(Since(3, {}, of_run=True), {"Results": results(ROW)}, {"Results": results(ROW)}, before)
    assert [one.later for one in later.judged(found)] == [True, True, False]
    failed = value("Number", "+12025550000", sheet="Failures")
    assert later.judged([failed])[0].later


@pytest.mark.parametrize(
    ("one", "standing", "explained"),
    [
        (value("", "", "a-1-2 | 2026", "Charges", Kind.ROW_MISSING), ESTIMATED, True),
        (value("", "", "a-1-1 | 2026", "Charges", Kind.ROW_MISSING), ESTIMATED, False),
        (value("", "", "a-1-1 | 2026", "Charges", Kind.ROW_MISSING), FREE, True),
        (value("", "", "a-1-2 | 2026", "Charges", Kind.ROW_MISSING), PRICED, False),
        (value("", "a-1-1", "", "Charges", Kind.ROW_ADDED), PRICED, False),
        (value("Amount", "5", sheet="Charges"), FREE, False),
        (value("Amount", "5", sheet="Charges"), ESTIMATED, True),
        (value("Amount", "4", sheet="Charges"), ESTIMATED, False),
        (value("Amount", "2", sheet="Charges"), PRICED, True),
        (value("Confirmed", "estimated", sheet="Charges"), ESTIMATED, True),
        (value("Confirmed", "estimated", sheet="Charges"), PRICED, False),
        (value("Charge", "setup", sheet="Charges"), ESTIMATED, True),
        (value("Charge no", "a-1-1", "a-1-2", "Charges"), ESTIMATED, True),
        (value("Charge no", "a-7-1", "a-1-2", "Charges"), ESTIMATED, False),
        (value("Account", "x", sheet="Charges"), ESTIMATED, False),
        (value("Amount", "5", sheet="Charges"), None, False),
        (value("numbatch: Status", "in doubt", sheet="Failures"), FREE, True),
        (value("URI", "sip:x", sheet="Failures"), FREE, False),
        (value("", "", "", "Failures", Kind.ROW_MISSING), FREE, True),
        (value("", "", "", "Failures", Kind.ROW_MISSING), None, False),
        (value("", "", "", "Attempts", Kind.ROW_MISSING), FREE, True),
        (value("", "", "", "Attempts", Kind.ROW_ADDED), FREE, False),
        (value("Count", "1", sheet="By code"), FREE, True),
        (value("", "entry 3", sheet="", kind=Kind.HEAD), FREE, False),
        (value("x", "y", sheet="Elsewhere"), FREE, False),
        (value("H2", "", kind=Kind.FORMULA), PRICED, False),
        (value("", "", "", "Results", Kind.ROW_MISSING), PRICED, False),
    ],
)
def test_charges_failures_attempts_and_counts(one, standing, explained):
    assert explains(one, standing) is explained


def test_counts_by_code_must_be_those_of_the_files_own_rows():
    refused, owned = (N, "refused", "", 0, 0, ""), ("2", "already owned", "", 0, 0, "")
    differs = ("3", "already owned", "", 0, 0, "differs: URI")
    count = value("Count", "7", sheet="By code")
    for number, tie in ((2, True), (3, False), ("many", False)):
        by_code = Table(["Count"], [[number]], [])
        tables = {"Results": results(refused, owned, differs, ROW), "By code": by_code}
        assert explains(count, FREE, tables=tables) is tie


def test_figures_on_summary_must_be_those_of_the_files_own_rows():
    def on_summary(label, says, cell="B8", ledger="1", kind=Kind.VALUE):
        return Difference(kind, "Summary", cell, label, says, ledger)

    for one, explained in (
        (on_summary("Paid by this run", "3"), True),
        (on_summary("Paid by this run", "4"), False),
        (on_summary("Paid by this run", "not known"), True),
        (on_summary("purchased", "1", "E13"), True),
        (on_summary("gekauft (purchased)", "2", "E13"), False),
        (on_summary("purchased", "3", "H13"), True),
        (on_summary("purchased", "100", "F13"), True),
        (on_summary("Rows in", "1", "E19"), True),
        (on_summary("Rows in", "2", "E19"), False),
        (on_summary("Ledger", "another"), False),
        (on_summary("", "file.xlsx: SHA-256 ab"), False),
        (on_summary("", "", ledger="Rehearsal: nothing was bought", kind=Kind.ROW_MISSING), False),
        (on_summary("", "", ledger="more", kind=Kind.ROW_MISSING), True),
    ):
        assert explains(one, PRICED) is explained, one
    assert explains(on_summary("Paid by this run", "4"), PRICED, tables={})
    assert not explains(on_summary("Paid by this run", "3"), PRICED, before={})


def test_what_a_row_may_have_said_before_is_its_estimate_and_what_was_tried_for_it(make):
    rows = [make.row(0), make.row(1, price=None, instead_of=(("12025559999", -275),)), make.row(2)]
    judge = Judge(CODES, "7f3a", Decimal(7), frozenset({Decimal(7), Decimal(8)}))
    found = before_of(rows, judge, {"12025550000", "12025550001"})
    assert found["12025550000"] == Before({Decimal(3)}, {Decimal(3)}, set())
    assert found["12025550001"] == Before(
        {Decimal(7), Decimal(8), None}, {Decimal(7), Decimal(8), None}, {"12025559999"}
    )
    assert len(found) == 2
