"""Which numbers in stock a wish gets: pure, the same for the same stock, whatever order it was listed in.

One block of consecutive numbers where there is one (the cheapest, then the lowest); else the cheapest numbers, the lowest
first. Never a number that another row orders or that the ledger knows, never one that takes no calls for routing that sends
some, never one that costs more than the row's price. Numbers of one country have the same length or they make no block.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from batch.money import ZERO
from batch.number import Number
from batch.order import Choice, Chosen, Wish
from batch.provider.lookups import Offer


def choose(wishes: Sequence[Wish], offers: Mapping[str, Sequence[Offer]], taken: Collection[Number]) -> Chosen:
    """Numbers for each of `wishes`, in their order: what one has chosen, no later one gets.

    `offers` are the numbers in stock by the prefix that was asked for, which may be longer or shorter than a wish's. `taken` are the
    numbers that are not to be chosen. A wish whose prefix nothing was answered for is not known to lack anything.
    """
    gone = set(taken)
    choices = []
    for wish in wishes:
        choice = _choose(wish, _under(wish.prefix, offers), gone)
        choice = replace(choice, told=any(wish.prefix.startswith(asked) for asked in offers))
        gone.update(choice.numbers)
        choices.append(choice)
    return Chosen(tuple(choices))


def _under(prefix: str, offers: Mapping[str, Sequence[Offer]]) -> list[Offer]:
    """What is in stock under a prefix, each number once, the lowest first."""
    found = {
        offer.number: offer
        for asked, listed in offers.items()
        if asked.startswith(prefix) or prefix.startswith(asked)
        for offer in listed
        if offer.number.startswith(prefix)
    }
    return sorted(found.values(), key=lambda offer: (len(offer.number), offer.number))


def _choose(wish: Wish, listed: Sequence[Offer], gone: Collection[Number]) -> Choice:
    fitting: list[Offer] = []
    taken = silent = dear = 0
    for offer in listed:
        if offer.number in gone:
            taken += 1
        elif wish.voice and offer.voice is False:
            silent += 1
        elif wish.price is not None and (offer.first_charge or ZERO) > wish.price:
            dear += 1
        else:
            fitting.append(offer)
    block = _block(fitting, wish.count)
    chosen = block or sorted(fitting, key=_cost)[: wish.count]
    numbers = tuple(sorted((offer.number for offer in chosen), key=lambda number: (len(number), number)))
    lacking = wish.count - len(numbers)
    return Choice(wish.source, wish.prefix, numbers, lacking, listed=len(listed), taken=taken, silent=silent, dear=dear)


def _block(offers: Sequence[Offer], count: int) -> Sequence[Offer]:
    """The cheapest `count` consecutive numbers of `offers` (sorted), the lowest of equally cheap ones; empty: there are none."""
    best: Sequence[Offer] = ()
    least = (0, ZERO)
    begin, unknown, known = 0, 0, ZERO
    for end, offer in enumerate(offers, start=1):
        if end > 1 and not _follows(offers[end - 2].number, offer.number):
            begin, unknown, known = end - 1, 0, ZERO
        elif end - begin > count:
            left = _cost(offers[begin])
            begin, unknown, known = begin + 1, unknown - left[0], known - left[1]
        more = _cost(offer)
        unknown, known = unknown + more[0], known + more[1]
        if end - begin == count and (not best or (unknown, known) < least):
            best, least = offers[begin:end], (unknown, known)
    return best


def _follows(one: Number, other: Number) -> bool:
    return len(one) == len(other) and int(other) == int(one) + 1


def _cost(offer: Offer) -> tuple[int, Decimal]:
    """What it costs, for comparing: what is not known is the dearest."""
    charge = offer.first_charge
    return (1, ZERO) if charge is None else (0, charge)
