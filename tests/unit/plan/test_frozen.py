"""A plan in a file: it comes back as it was written, and any change of it shows."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from batch.errors import UsageError
from batch.number import Number
from batch.order import Choice, Source
from batch.plan.frozen import FrozenFile, FrozenPlan, digest_of, is_plan, read_plan, write_plan
from batch.plan.quote import Quote

MADE = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
PLAN = FrozenPlan(
    id="0c7ee4925e8de7fb",
    made=MADE,
    expires=MADE + timedelta(hours=24),
    provider="multitel",
    environment="live",
    host="sapi.multitel.net:443",
    account="acme",
    files=(FrozenFile("/orders/o.csv", "o.csv", "0" * 64, "Orders"),),
    reading={"sheet": None, "header_row": 3, "skip_invalid": False},
    key="f" * 64,
    numbers=102,
    max_spend=Decimal("350.50"),
    max_numbers=102,
    prices={
        **{Number(str(12025550100 + n)): Quote(Decimal("0.500"), Decimal("3.00")) for n in range(100)},
        Number("33123450000"): Quote(Decimal(1), Decimal(2)),
    },
    choices=(Choice(Source(0, "Orders", 4), "1203", (Number("12035550101"),)),),
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "plan.json"
    write_plan(path, PLAN)
    return path


def test_a_plan_comes_back_as_it_was_written(path):
    assert read_plan(path) == PLAN
    assert is_plan(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["plan.json"]
    assert len(json.loads(path.read_text())["prices"]) == 2


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "made",
        "expires",
        "provider",
        "environment",
        "host",
        "account",
        "orders",
        "reading",
        "key",
        "numbers",
        "max_spend",
        "max_numbers",
        "prices",
        "chosen",
        "signature",
    ],
)
def test_each_field_that_is_edited_shows(path, name):
    said = json.loads(path.read_text())
    said[name] = {str: "1", int: 1, list: [], dict: {}}[type(said[name])]
    path.write_text(json.dumps(said))
    with pytest.raises(UsageError, match="changed since it was made"):
        read_plan(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no plan of ours"),
        ("[]", "no plan of ours"),
        ("Number\n12025550101\n", "no plan of ours"),
        ('{"version": 1}', "no plan of ours"),
        ('{"version": 2, "signature": ""}', "of version 2"),
    ],
)
def test_what_is_no_plan_is_refused(path, content, words):
    path.write_text(content)
    assert not is_plan(path)
    with pytest.raises(UsageError, match=words):
        read_plan(path)


def test_a_plan_that_is_signed_and_makes_no_sense_is_refused(path):
    for odd in (
        replace(PLAN, made=MADE.replace(tzinfo=None)),
        replace(PLAN, max_spend=Decimal(-1)),
        replace(PLAN, numbers=float("inf")),
    ):
        write_plan(path, odd)
        with pytest.raises(UsageError, match="can't be understood"):
            read_plan(path)


def test_a_plan_that_can_not_be_read_or_written_is_said_to_be(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        read_plan(tmp_path / "nowhere.json")
    with pytest.raises(UsageError, match="can't be written"):
        write_plan(tmp_path / "gone" / "plan.json", PLAN)
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(UsageError, match="can't be written"):
        write_plan(tmp_path / "plan.json", PLAN)
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]
    assert not is_plan(tmp_path / "plan.json")


def test_orders_that_moved_with_the_plan_are_found_and_the_unchanged_ones_taken(tmp_path):
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        folder.mkdir()
    (there / "o.csv").write_text("old")
    digest = digest_of(there / "o.csv")
    one = FrozenFile(str(there / "o.csv"), "o.csv", digest, "")
    assert one.find(here / "plan.json") == there / "o.csv"
    (here / "o.csv").write_text("old")
    (there / "o.csv").write_text("new")
    assert one.find(here / "plan.json") == here / "o.csv"
    (here / "o.csv").unlink()
    assert one.find(here / "plan.json") == there / "o.csv"
    (there / "o.csv").unlink()
    assert one.find(here / "plan.json") == Path(one.path)
    assert digest_of(there / "o.csv") == ""
