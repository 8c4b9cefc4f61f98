"""Numbers in stock, as a search shows them and orders them: one by one, or in blocks of consecutive ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from batch.cli.figures import amount, money_text
from batch.cli.masking import mask
from batch.cli.output import Column
from batch.money import format_money
from batch.number import Number
from batch.order import Cell
from batch.plan.blocks import Block, blocks_for, find_blocks, longest_first
from batch.provider.lookups import Offer

ORDER_HEADERS = ("Number", "Price", "Area", "Description", "Type", "URI", "Channels")
"""Of an order workbook that a search writes: what is known, then what a person fills in."""
_EMPTY = (None,) * 4

NUMBER_COLUMNS = (
    Column("Number"),
    Column("Area"),
    Column("Set-up", figures=True),
    Column("Monthly", figures=True),
    Column("First charge", figures=True),
    Column("Per minute", figures=True),
    Column("Calls"),
    Column("Texts"),
)
BLOCK_COLUMNS = (
    Column("Numbers"),
    Column("Area"),
    Column("First charge", figures=True),
    Column("Of all", figures=True),
    Column("Monthly", figures=True),
    Column("Calls"),
    Column("Texts"),
)


@dataclass(frozen=True, slots=True)
class Find:
    """Consecutive numbers in stock, and what each of them costs: a single one, or a block."""

    block: Block
    offers: tuple[Offer, ...]

    @property
    def label(self) -> str:
        """12035550100-12035550199 (100)."""
        block = self.block
        return block.first if block.size == 1 else f"{block.first}-{block.last} ({block.size:,})"

    @property
    def charge(self) -> Decimal | None:
        """What all of them take from the balance at first; None where one has no price."""
        return total(self.offers)


def total(offers: Iterable[Offer]) -> Decimal | None:
    """What `offers` take from the balance at first; None where one has no price."""
    charges = [offer.first_charge for offer in offers]
    known = [charge for charge in charges if charge is not None]
    return sum(known, Decimal(0)) if len(known) == len(charges) else None


def choose(offers: Sequence[Offer], *, contiguous: bool, limit: int | None) -> list[Find]:
    """What a search finds: the first `limit` numbers by their digits, or the blocks that make up `limit`, the longest first."""
    by_number = {offer.number: offer for offer in offers}
    if contiguous:
        blocks = find_blocks(by_number)
        chosen = longest_first(blocks) if limit is None else blocks_for(limit, blocks)
    else:
        chosen = [Block(number, 1) for number in sorted(by_number, key=lambda one: (len(one), one))[:limit]]
    return [_find(block, by_number) for block in chosen]


def _find(block: Block, offers: Mapping[Number, Offer]) -> Find:
    return Find(block, tuple(offers[number] for number in block.numbers()))


def number_row(find: Find) -> tuple[str, ...]:
    """A single number, for NUMBER_COLUMNS."""
    [offer] = find.offers
    prices = (offer.setup, offer.monthly, offer.first_charge, offer.per_minute)
    return (
        find.label,
        mask(offer.area),
        *map(_price, prices),
        _answer(find.offers, "voice"),
        _answer(find.offers, "texts"),
    )


def block_row(find: Find) -> tuple[str, ...]:
    """A block, for BLOCK_COLUMNS."""
    offers = find.offers
    return (
        find.label,
        mask(", ".join(areas(offers))),
        _prices(offer.first_charge for offer in offers),
        _price(find.charge),
        _prices(offer.monthly for offer in offers),
        _answer(offers, "voice"),
        _answer(offers, "texts"),
    )


def areas(offers: Iterable[Offer]) -> list[str]:
    """The areas of `offers`, each once."""
    return list(dict.fromkeys(offer.area for offer in offers if offer.area))


def order_rows(finds: Sequence[Find], *, max_block: int) -> list[tuple[Cell, ...]]:
    """The rows of an order workbook: a row for as many numbers as cost the same in one area, `max_block` at most.

    Numbers have their plus: without it a number could be read as a national one.
    """
    rows: list[tuple[Cell, ...]] = []
    for find in finds:
        for (charge, area), alike in groupby(find.offers, key=lambda offer: (offer.first_charge, offer.area)):
            numbers = [offer.number for offer in alike]
            for start in range(0, len(numbers), max_block):
                part = numbers[start : start + max_block]
                written = f"+{part[0]}" if len(part) == 1 else f"+{part[0]}-+{part[-1]}"
                rows.append((written, charge, area, *_EMPTY))
    return rows


def offer_json(offer: Offer) -> dict[str, object]:
    """A number in stock for programs; money is text, null where it is not known."""
    return {
        "number": offer.number,
        "setup": money_text(offer.setup),
        "monthly": money_text(offer.monthly),
        "first_charge": money_text(offer.first_charge),
        "per_minute": money_text(offer.per_minute),
        "country": offer.country,
        "area": offer.area,
        "prefix": offer.prefix,
        "voice": offer.voice,
        "texts": offer.texts,
    }


def block_json(find: Find) -> dict[str, object]:
    """A block for programs; a charge that is not the same for each of its numbers is null."""
    charges = {offer.first_charge for offer in find.offers}
    return {
        "first": find.block.first,
        "last": find.block.last,
        "size": find.block.size,
        "first_charge": money_text(charges.pop()) if len(charges) == 1 else None,
        "first_charge_of_all": money_text(find.charge),
        "areas": areas(find.offers),
    }


def summed(finds: Sequence[Find], currency: str) -> str:
    """What they cost, in words."""
    charge = total(offer for find in finds for offer in find.offers)
    return "at a price that is not known for all" if charge is None else f"{amount(charge, currency)} at first"


def _price(money: Decimal | None) -> str:
    return "?" if money is None else format_money(money)


def _prices(found: Iterable[Decimal | None]) -> str:
    """One price, or from the least to the greatest."""
    prices = set(found)
    known = sorted(price for price in prices if price is not None)
    words = "–".join(dict.fromkeys(format_money(price) for price in (known[:1] + known[-1:])))
    return words if None not in prices else f"{words} ?".strip()


def _answer(offers: Sequence[Offer], name: str) -> str:
    """Whether they take calls, or texts."""
    answers = {getattr(offer, name) for offer in offers}
    return {True: "yes", False: "no", None: "?"}[answers.pop()] if len(answers) == 1 else "some"
