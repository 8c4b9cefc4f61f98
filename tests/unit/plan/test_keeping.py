"""Listings are kept beside the ledger, and used while they are fresh; the file is nobody's truth."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from batch.number import Number
from batch.plan.catalogue import Catalogue, Listing
from batch.plan.keeping import keep_listings, kept_listings, stock_path
from batch.provider.lookups import Offer

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
OFFERS = [
    *(Offer(Number(str(12025550100 + n)), Decimal("0.500"), Decimal("3.00"), "US", voice=True) for n in range(50)),
    Offer(Number("12025550199"), None, Decimal(1), "US", area="DC", prefix="1202", voice=False, texts=True),
]


@pytest.fixture
def path(tmp_path):
    return stock_path(tmp_path / "one.ledger")


def kept(path, age=3600.0, now=NOW):
    return kept_listings(path, now, age).listings


def _one(spans, kinds):
    return (
        b'{"version": 1, "listings": [{"prefix": "1", "at": "2026-11-21T22:00:00+00:00", "whole": true, "kinds": '
        + kinds
        + b', "spans": '
        + spans
        + b"}]}"
    )


def test_what_was_listed_comes_back_as_it_was(path):
    listing = Listing("1202555", NOW, OFFERS, whole=False)
    keep_listings(path, Catalogue([listing]), Catalogue())
    assert kept(path) == {"1202555": listing}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_is_too_old_or_of_the_future_is_not_used(path):
    old, new = Listing("1202", NOW - timedelta(hours=2), []), Listing("1203", NOW + timedelta(hours=1), [])
    keep_listings(path, Catalogue([old, new, Listing("1204", NOW, [])]), Catalogue())
    assert list(kept(path)) == ["1204"]
    assert set(kept(path, age=3 * 3600.0)) == {"1202", "1204"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"version": 2, "listings": []}',
        b'{"version": 1, "listings": [{"prefix": "1202"}]}',
        b'{"version": 1, "listings": [{"prefix": "1", "at": "2026-11-21T22:00:00+00:00", "whole": true, "kinds": [], "spans": [[1, 9999999999, 0]]}]}',
        b'{"version": 1, "listings": [{"prefix": "1", "at": "2026-11-21T22:00:00", "whole": true, "kinds": [], "spans": []}]}',
        b"[" * 100_000,
        _one(b"[[1.5, 1, 0]]", b'[["1", "2", null, "US", "", "", true, null]]'),
        _one(b"[[12025550100, 1, 0]]", b'[["1", "2", null, {}, "", "", true, null]]'),
        _one(b"[[12025550100, 1, 0]]", b'[["1", "2", null, "US", "", "", "yes", null]]'),
    ],
)
def test_a_damaged_file_is_as_none(path, content):
    path.write_bytes(content)
    assert kept(path) == {}


def test_a_missing_directory_and_what_is_unchanged_are_left(path, tmp_path):
    catalogue = Catalogue([Listing("1202", NOW, [])])
    keep_listings(tmp_path / "gone" / "x.stock", catalogue, Catalogue())
    assert not (tmp_path / "gone").exists()
    keep_listings(path, catalogue, catalogue)
    assert not path.exists()


def test_a_place_that_can_not_be_written_is_left(path):
    path.mkdir()
    keep_listings(path, Catalogue([Listing("1202", NOW, [])]), Catalogue())
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_file_is_bounded_and_keeps_the_newest(path):
    odd = [Offer(Number(str(12020000000 + 2 * n)), Decimal(1), Decimal(1)) for n in range(60_000)]
    older = Listing("1202", NOW - timedelta(minutes=1), odd)
    newer = Listing("1203", NOW, [Offer(Number(f"1203{one.number[4:]}"), one.setup, one.monthly) for one in odd])
    keep_listings(path, Catalogue([older, newer]), Catalogue())
    assert [one["prefix"] for one in json.loads(path.read_text())["listings"]] == ["1203"]
