"""Pages besides a run's results: where they go, that nothing else is replaced, and what is said where they go elsewhere."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from batch.cli import pages
from batch.cli.pages import deliver_page
from batch.cli.plan_sheet import deliver_plan_page, place_plan_page, plan_facts
from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey, Preview, Run
from batch.order import OrderFile, Orders
from batch.plan.model import Plan
from batch.pool.options import PoolOptions
from batch.reconciler.place import AUDIT, PLAN, Owner, owner_of
from batch.settings.model import Settings

NOW = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
KEY = LedgerKey("multitel", Environment.LIVE, "acme")
OWNER = Owner("k", "live")


def refuses(*folders: Path):
    """Writes a page, but into none of `folders`."""

    def write(path: Path) -> None:
        if path.parent in folders:
            raise PermissionError(13, "Permission denied")
        path.write_text("page")

    return write


def deliver(path: Path, write, fallbacks=()):
    return deliver_page(path, write, kind=AUDIT, owner=OWNER, name="7f3a", fallbacks=fallbacks)


def test_a_page_is_written_where_it_was_asked_for_and_nothing_is_said(tmp_path, capsys):
    assert deliver(tmp_path / "a.xlsx", refuses()) == tmp_path / "a.xlsx"
    assert capsys.readouterr() == ("", "")


def test_a_page_that_does_not_fit_there_goes_elsewhere_and_that_is_said(tmp_path, capsys):
    path, keep = tmp_path / "a.xlsx", tmp_path / "keep"
    assert deliver(path, refuses(tmp_path), [keep]) == keep / "a-7f3a-elsewhere.xlsx"
    said = capsys.readouterr().err
    assert f"{path} could not be written: Permission denied; the audit's workbook went elsewhere: {keep}" in said


def test_a_page_that_no_directory_takes_is_said_not_to_be_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pages, "temporary_directory", list)
    assert deliver(tmp_path / "a.xlsx", refuses(tmp_path)) is None
    assert "the audit's workbook could not be written" in capsys.readouterr().err


@pytest.fixture
def orders():
    return Orders((OrderFile(Path("in/my orders.xlsx"), "ab", "S", 1),), (), [])


@pytest.fixture
def plan():
    preview = Preview(
        run=None, purchased=0, already_owned=0, in_doubt=0, refused=0, deferred=0, duplicates=0, invalid=0, to_buy=1
    )
    return Plan(1, 1, 1, 1, preview, Decimal(2), timedelta(seconds=1), NOW, ())


@pytest.fixture
def settings():
    return Settings()


def facts(orders, plan, settings, **more):
    return plan_facts(
        orders, KEY, plan, PoolOptions(rate=Decimal(3)), settings, NOW, until=None, group="Cost centre", **more
    )


def test_a_plan_says_how_it_is_carried_out(orders, plan, settings):
    told = facts(orders, plan, settings)
    assert told.command == "numbatch run 'in/my orders.xlsx'"
    assert (told.rate, told.group, told.run, told.plan_id, told.expires) == (3, "Cost centre", "", "", None)
    told = facts(orders, plan, settings, plan_file=(Path("my plan.json"), "p1", NOW))
    assert (told.command, told.plan_id, told.expires) == ("numbatch run --plan 'my plan.json'", "p1", NOW)


def test_a_plan_names_the_run_that_it_goes_on_with(orders, plan, settings):
    run = Run("7f3a", "k", orders.files, (), 1, NOW)
    on = dataclasses.replace(plan, preview=dataclasses.replace(plan.preview, run=run))
    assert facts(orders, on, settings).run == "7f3a"


def test_a_plan_replaces_one_for_its_account_and_nothing_else(tmp_path, orders, plan, settings):
    path = tmp_path / "PLAN.xlsx"
    told = facts(orders, plan, settings)
    assert place_plan_page(path, KEY, orders, force=False) == path
    assert deliver_plan_page(path, plan, told, settings) == path
    assert owner_of(path, PLAN) == Owner("acme", "live")
    assert openpyxl.load_workbook(path).sheetnames == ["Plan", "Details"]
    assert place_plan_page(path, KEY, orders, force=False) == path
    other = dataclasses.replace(KEY, account="a/b")
    assert place_plan_page(path, other, orders, force=True) == tmp_path / "PLAN-another.xlsx"
    path.write_text("mine")
    with pytest.raises(UsageError, match="no plan's page"):
        place_plan_page(path, KEY, orders, force=False)
    assert place_plan_page(path, KEY, orders, force=True) == path
