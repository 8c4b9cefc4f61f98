"""Listings in a file beside the ledger, so that a plan and the run after it ask once: they are used while they are fresh.

The file is nobody's truth: one that is missing, damaged, too large or of another version is as none, and one that can't be
written is left. It is replaced whole, for two may write it at once, and readable by its owner only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from batch.files import replacing
from batch.money import parse_money
from batch.number import Number
from batch.plan.catalogue import Catalogue, Listing
from batch.provider.lookups import Offer

SUFFIX = ".stock"
_VERSION = 1
_MOST_SPANS = 100_000
"""Spans of consecutive numbers at the same price that are kept, of the newest listings."""
_LARGEST = 32 * 1024 * 1024


def stock_path(ledger: Path) -> Path:
    """The file of listings beside a ledger."""
    return ledger.with_suffix(SUFFIX)


def kept_listings(path: Path, now: datetime, age: float) -> Catalogue:
    """The listings in the file that are at most `age` seconds old; none where it can't be read."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_LARGEST))
        if said["version"] != _VERSION:
            return Catalogue()
        listings = [_listing(one) for one in said["listings"]]
        oldest = now - timedelta(seconds=age)
        return Catalogue(one for one in listings if oldest <= one.at <= now)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return Catalogue()


def keep_listings(path: Path, catalogue: Catalogue, before: Catalogue) -> None:
    """Replace the file with the newest of these listings, unless they are those of `before`; where it can't be written, it is left."""
    if not path.parent.is_dir() or catalogue.listings == before.listings:
        return
    kept = []
    left = _MOST_SPANS
    for listing in sorted(catalogue.listings.values(), key=lambda one: one.at, reverse=True):
        told = _told(listing)
        left -= len(told["spans"])
        if left < 0:
            break
        kept.append(told)
    with suppress(OSError), replacing(path) as file:
        file.write(json.dumps({"version": _VERSION, "listings": kept}, separators=(",", ":")).encode())


def _told(listing: Listing) -> dict[str, Any]:
    kinds: dict[tuple[object, ...], int] = {}
    numbered = [(int(offer.number), kinds.setdefault(_kind(offer), len(kinds))) for offer in listing.offers]
    return {
        "prefix": listing.prefix,
        "at": listing.at.isoformat(),
        "whole": listing.whole,
        "kinds": [list(kind) for kind in kinds],
        "spans": [list(span) for span in spans(numbered)],
    }


def spans(numbered: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """(first, count, kind) of consecutive numbers of the same kind, in ascending order."""
    first = kind = count = 0
    for number, its in sorted(numbered):
        if count and number == first + count and its == kind:
            count += 1
            continue
        if count:
            yield first, count, kind
        first, count, kind = number, 1, its
    if count:
        yield first, count, kind


def _kind(offer: Offer) -> tuple[object, ...]:
    money = (offer.setup, offer.monthly, offer.per_minute)
    told = [None if one is None else str(one) for one in money]
    return (*told, offer.country, offer.area, offer.prefix, offer.voice, offer.texts)


def _listing(said: Mapping[str, Any]) -> Listing:
    offers: list[Offer] = []
    for first, count, kind in said["spans"]:
        if len(offers) + count > _MOST_SPANS * 10:
            raise ValueError("more numbers than any listing has")
        if not isinstance(first, int):
            raise TypeError("no number")  # what is kept is written again, whole
        offers += [_offer(str(first + index), said["kinds"][kind]) for index in range(count)]
    return Listing(str(said["prefix"]), datetime.fromisoformat(said["at"]), offers, bool(said["whole"]))


def _offer(number: str, kind: Sequence[Any]) -> Offer:
    setup, monthly, per_minute, country, area, prefix, voice, texts = kind
    if not all(isinstance(one, str) for one in (country, area, prefix)) or {voice, texts} - {None, True, False}:
        raise TypeError("no offer")
    return Offer(
        number=Number(number),
        setup=_money(setup),
        monthly=_money(monthly),
        country=country,
        area=area,
        prefix=prefix,
        per_minute=_money(per_minute),
        voice=voice,
        texts=texts,
    )


def _money(said: str | None) -> Decimal | None:
    return None if said is None else parse_money(said)
