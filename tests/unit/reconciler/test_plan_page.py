"""A plan's page, opened again by another reader: the verdict, the sums, what is cut short there and whole on Details."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from batch.ledger.records import Environment, LedgerKey, Preview
from batch.number import Number
from batch.order import OrderFile
from batch.plan.model import Group, Plan, PriceClass, PricedBy
from batch.reconciler.brand import Brand
from batch.reconciler.place import PLAN, Owner, owner_of
from batch.reconciler.plan_page import PlanFacts, write_plan_page
from batch.reconciler.report import ReportOptions
from batch.reconciler.workbook.plan_tables import duration_text

_NOW = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
_NAME = "migration-wave-3-northern-branches.xlsx"
_PREVIEW = Preview(
    run=None,
    purchased=40,
    already_owned=120,
    in_doubt=3,
    refused=12,
    deferred=0,
    duplicates=25,
    invalid=0,
    to_buy=13_800,
)


def groups(count: int, *, known: bool = True) -> tuple[Group, ...]:
    return tuple(
        Group(f"G{index}", 100 - index, Decimal(index), Decimal(1) if known or index < 8 else None)
        for index in range(count)
    )


def make_plan(**changes: Any) -> Plan:
    plan = Plan(
        source_rows=14_010,
        numbers=14_000,
        to_buy=13_800,
        open_numbers=13_800,
        preview=_PREVIEW,
        cost=Decimal("1104000.00"),
        duration=timedelta(hours=1, minutes=32),
        ends=_NOW + timedelta(hours=1, minutes=32),
        reasons=(),
        balance=Decimal("1250000.00"),
        priced=Decimal("1104000.00"),
        monthly=Decimal("41400.00"),
        by_country=(Group("US", 13_800, Decimal("1104000.00"), Decimal("41400.00")),),
        by_price=(PriceClass(Decimal(80), Decimal(3), 13_800, PricedBy.CATALOGUE),),
        fits=13_800,
        looked_up_at=_NOW - timedelta(minutes=4),
    )
    return replace(plan, **changes)


def make_facts(**changes: Any) -> PlanFacts:
    facts = PlanFacts(
        files=(OrderFile(Path("in") / _NAME, "9c1f" + "0" * 56 + "e07a", "Orders", 14_010),),
        key=LedgerKey("multitel", Environment.LIVE, "acme"),
        made=_NOW,
        user="ops",
        host="host-01",
        version="0.9.0",
        rate=Decimal(5),
        command="numbatch run --plan plan.json",
    )
    return replace(facts, **changes)


@pytest.fixture
def written(tmp_path) -> Callable[..., openpyxl.Workbook]:
    """Writes a plan's page and opens it again."""

    def write(plan: Plan | None = None, facts: PlanFacts | None = None, **options: Any) -> openpyxl.Workbook:
        path = tmp_path / "plan.xlsx"
        chosen = ReportOptions(**{"currency": "USD", "timezone": ZoneInfo("Europe/Berlin"), **options})
        write_plan_page(path, plan or make_plan(), facts or make_facts(), chosen)
        return openpyxl.load_workbook(path)

    return write


def lines(book: openpyxl.Workbook) -> list[list[object]]:
    """What stands in each row of the page."""
    rows = book["Plan"].iter_rows(values_only=True)
    return [found for row in rows if (found := [cell for cell in row if cell is not None])]


def details(book: openpyxl.Workbook) -> Sequence[Mapping[str, object]]:
    header, *rows = book["Details"].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_it_is_one_portrait_page_and_a_sheet_of_details(written):
    book = written()
    assert book.sheetnames == ["Plan", "Details"]
    page = book["Plan"]
    assert book.active is page
    assert (page.page_setup.orientation, page.sheet_properties.pageSetUpPr.fitToPage) == ("portrait", True)
    assert page.oddFooter.left.text == "account acme · live"
    assert page.oddFooter.right.text == "numbatch 0.9.0"
    assert "Page" in page.oddFooter.center.text
    assert (book["Details"].freeze_panes, book["Details"].auto_filter.ref is not None) == ("C2", True)


def test_go_is_said_in_words_beside_what_it_costs_and_what_comes_next(written):
    said = lines(written())
    assert ["GO", "nothing that is known now stops it"] in said
    assert [f"{_NAME}  ·  account acme  ·  live"] in said
    assert ["24 Nov 2026 22:00 (Europe/Berlin)  ·  by ops on host-01"] in said
    assert [1_104_000, 41_400, 1_250_000, 13_800] in said
    assert "expected after: 146,000.00 USD" in [cell for line in said for cell in line]
    assert [_NAME, "9c1f0000…0000e07a", 14_010] in said
    assert ["When it is decided:", "numbatch run --plan plan.json"] in said
    assert said[-2:] == [["Decided by", "Name", "Date", "Signature"], ["Carried out by", "Name", "Date", "Signature"]]


def test_no_go_is_said_with_its_reasons_and_without_a_command(written):
    said = lines(written(make_plan(reasons=("the balance is too low",))))
    assert ["NO-GO", "one reason against it"] in said
    assert ["What would stop it"] in said
    assert ["The balance is too low"] in said
    assert not [line for line in said if "numbatch run --plan plan.json" in line]
    assert any(str(line[0]).startswith("Mend what stops it") for line in said)


def test_more_reasons_than_fit_are_cut_with_their_number_and_stand_whole_on_details(written):
    reasons = tuple(f"reason {index}" for index in range(9))
    remarks = tuple(f"remark {index}" for index in range(9))
    book = written(make_plan(reasons=reasons, remarks=remarks))
    said = lines(book)
    assert ["NO-GO", "9 reasons against it"] in said
    assert [line for line in said if line in (["Reason 4"], ["Reason 5"])] == [["Reason 4"]]
    assert ["and 4 more, on the sheet Details"] in said
    assert ["and 6 more, on the sheet Details"] in said
    rows = details(book)
    assert [row["Name"] for row in rows if row["What"] == "reason"] == list(reasons)
    assert [row["Name"] for row in rows if row["What"] == "remark"] == list(remarks)


def test_the_numbers_are_counted_by_what_becomes_of_them(written):
    plan = make_plan(not_in_stock=(Number("12025550001"), Number("12025550002")), differing=7)
    book = written(plan)
    counts = {line[0]: line[1] for line in lines(book) if len(line) > 1}
    expected = {
        "To buy now": 13_800,
        "Already ours": 120,
        "Bought by this run before": 40,
        "In doubt, asked about first": 3,
        "Refused before, left alone": 12,
        "Duplicates": 25,
        "Numbers asked for": 14_000,
        "Of those to buy: not in stock": 2,
        "Of those ours: routed otherwise": 7,
    }
    assert {name: counts.get(name) for name in expected} == expected
    assert not {"Invalid", "Left for a later run"} & counts.keys()
    out = [(row["Name"], row["Numbers"]) for row in details(book) if row["What"] == "not in stock"]
    assert out == [("12025550001", 1), ("12025550002", 1)]


def test_money_and_time_say_the_bounds_and_what_fits(written):
    facts = make_facts(max_spend=Decimal(1_200_000), until=_NOW + timedelta(hours=6), rate=Decimal("2.50"))
    plan = make_plan(fits=12_600, spent=Decimal("120.50"))
    cells = [cell for line in lines(written(plan, facts)) for cell in line]
    for label, value in (
        ("Spending limit", 1_200_000),
        ("Spent by this run before", 120.5),
        ("Prices looked up", "4 min before"),
        ("Requests a second", "2.5"),
        ("Duration", "1 h 32 min"),
        ("Starts, at the earliest", "24 Nov 2026 22:00"),
        ("Ends, if begun at once", "24 Nov 2026 23:32"),
        ("Nothing is sent after", "25 Nov 2026 04:00"),
        ("Fits until then", "12,600 of 13,800"),
    ):
        assert cells[cells.index(label) + 1] == value


def test_what_is_not_known_is_said_to_be_so(written):
    unknown = make_plan(
        cost=None,
        priced=Decimal(0),
        monthly=None,
        balance=None,
        unpriced=13_800,
        looked_up_at=None,
        by_country=(Group("", 13_800, None, None),),
        by_price=(PriceClass(None, None, 13_800, PricedBy.UNKNOWN),),
    )
    facts = make_facts(key=LedgerKey("multitel", Environment.LIVE, ""))
    said = lines(written(unknown, facts))
    cells = [cell for line in said for cell in line]
    assert ["not known", "not known", "not known", 13_800] in said
    assert "Cost now, at least" in cells
    assert "USD, 13,800 without a price" in cells
    assert "was not told" in cells
    assert cells[cells.index("Prices looked up") + 1] == "not looked up"
    assert cells[cells.index("Spending limit") + 1] == "none"
    assert ["(not known)", 13_800, "–", "–"] in said
    assert ["not known", 13_800, "–", "–", "–"] in said
    assert [f"{_NAME}  ·  account ?  ·  live"] in said


def test_a_cost_that_is_known_in_part_is_a_least_and_the_balance_after_a_most(written):
    said = lines(written(make_plan(cost=None, priced=Decimal(1000), balance=Decimal(900), unpriced=3)))
    cells = [cell for line in said for cell in line]
    assert [1000, 41_400, 900, 13_800] in said
    assert "after: at most -100.00 USD" in cells


def test_a_cost_that_may_be_more_than_listed_is_both(written):
    said = lines(written(make_plan(cost=Decimal(5000), worst=Decimal(5000), priced=Decimal(1000))))
    cells = [cell for line in said for cell in line]
    assert "Cost now, as listed" in cells
    assert "USD, at most 5,000.00" in cells
    assert 1000 in cells


def test_long_lists_end_with_how_many_more_and_their_sum(written):
    prices = tuple(PriceClass(Decimal(index), Decimal(1), 1, PricedBy.ORDER) for index in range(9))
    files = tuple(OrderFile(Path(f"{index}.xlsx"), "0" * 64, "Orders", 10) for index in range(5))
    plan = make_plan(by_country=groups(9), by_group=groups(9, known=False), by_price=prices)
    book = written(plan, make_facts(files=files, group="Cost centre", run="7f3a"))
    said = lines(book)
    assert ["and 3 more", 279, 21, 3, "and 3 more", 279, 21, "–"] in said
    assert [cell for cell in next(line for line in said if line[0] == "and 4 more") if cell != "–"] == ["and 4 more", 4]
    assert ["and 3 more", "–", 30] in said
    assert ["0.xlsx and 4 more  ·  run 7f3a  ·  account acme  ·  live"] in said
    assert any("By Cost centre" in line for line in said)
    rows = details(book)
    assert [
        len([row for row in rows if row["What"] == what]) for what in ("country", "Cost centre", "price", "file")
    ] == [*(9, 9, 9, 5)]
    assert rows[-1] == {
        "What": "price",
        "Name": "the order",
        "Numbers": 1,
        "Cost now": 8,
        "Monthly": 1,
        "Each now": 8,
        "Each monthly": 1,
        "Currency": "USD",
    }


def test_a_long_group_is_cut_on_the_page_and_whole_on_details(written):
    name = "4100-PAR Niederlassung Nord-West Hauptgebäude"
    book = written(make_plan(by_group=(Group(name, 1, None, None),)), make_facts(group="Kostenstelle"))
    assert any("4100-PAR Niederlassung Nord…" in line for line in lines(book))
    assert name in [row["Name"] for row in details(book)]


def test_the_plan_file_that_was_written_with_it_is_named_with_its_end(written):
    facts = make_facts(plan_id="p-7f3a91", expires=_NOW + timedelta(hours=24))
    assert ["plan p-7f3a91  ·  valid until 25 Nov 2026 22:00, once"] in lines(written(facts=facts))
    assert ["plan p-7f3a91"] in lines(written(facts=replace(facts, expires=None)))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Rehearsal: nothing will be bought"), ("de", "Probelauf: Es wird nichts gekauft")]
)
def test_a_rehearsal_says_so_across_every_page(written, language, said):
    facts = make_facts(key=LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:80"))
    book = written(facts=facts, language=language)
    assert [said] in lines(book)
    assert all(said in (sheet.oddHeader.center.text or "") for sheet in book.worksheets)


def test_the_account_has_its_label_and_its_identity(written):
    book = written(account="prod", brand=Brand(company="ACME Corp"))
    assert [f"{_NAME}  ·  account prod (acme)  ·  live"] in lines(book)
    assert ["Purchase plan", "ACME Corp"] in lines(book)


def test_a_later_plan_for_the_account_replaces_it_and_nothing_else_does(written, tmp_path):
    written()
    assert owner_of(tmp_path / "plan.xlsx", PLAN) == Owner("acme", "live") == make_facts().owner
    assert owner_of(tmp_path / "plan.xlsx") is None


def test_a_plan_without_anything_to_buy_has_no_prices(written):
    plan = make_plan(to_buy=0, cost=Decimal(0), priced=Decimal(0), by_country=(), by_price=())
    assert not [line for line in lines(written(plan)) if line[0] == "By price"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (3599, "59 min 59 s"), (3661, "1 h 01 min")]
)
def test_a_duration_has_its_two_largest_parts(seconds, text):
    assert duration_text(timedelta(seconds=seconds)) == text
